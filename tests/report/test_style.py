"""Figures show user text as it is, whatever it holds."""

from __future__ import annotations

import warnings

import pytest

from cerebro_core.blocks.style import (
    PALETTE,
    figure_png,
    label,
    legend_text,
    new_figure,
    plain_text,
    tick_numbers,
    tick_text,
)

HOSTILE = [
    r"$\frac{x}$",
    "$",
    r"\\undefined{",
    "_hidden",
    "a\u202eb",
    "\x1b[31m",
    "漢字",
    "x" * 300,
    "",
    "\ud800",
    "%s{}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_can_stand_anywhere_on_a_figure(text: str) -> None:
    figure = new_figure()
    axes = figure.add_subplot()
    (line,) = axes.plot([0, 1], [0, 2e6])
    label(axes, title=text, x=text, y=text)
    tick_text(axes.xaxis, [0, 1], [text, text])
    tick_numbers(axes.yaxis)
    legend = legend_text(axes, [line], [text], loc="upper left")
    plain_text(axes.text(0.5, 0.5, ""), text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert figure_png(figure).startswith(b"\x89PNG")
    if text == "_hidden":
        assert [entry.get_text() for entry in legend.get_texts()] == ["_hidden"]
    if text == r"$\frac{x}$":
        assert axes.get_title(loc="left") == text
        assert not axes.title.get_parse_math() or axes.title.get_text() == ""


def test_text_set_past_the_helpers_is_shown_as_it_is() -> None:
    figure = new_figure()
    axes = figure.add_subplot()
    axes.set_title(r"$\undefined{x}$")
    axes.bar([r"$\frac{x}$", "b"], [1, 2])
    assert figure_png(figure).startswith(b"\x89PNG")


def test_the_same_figure_gives_the_same_bytes() -> None:
    def draw() -> bytes:
        figure = new_figure(3, 2)
        axes = figure.add_subplot()
        axes.plot([0, 1], [1, 2], color=PALETTE[0])
        label(axes, title="t")
        return figure_png(figure)

    assert draw() == draw()
