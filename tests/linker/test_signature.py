"""What a method reads, and what it cannot be called with."""

from __future__ import annotations

import pytest

from cerebro_core.errors import CerebroError, LinkError
from cerebro_core.linker import block_parameters, unread_fields

from .conftest import TinySpec


def test_fields_that_are_set_and_not_read_are_named(package) -> None:
    package.write({"m": "def analyse(source, *, x, seed=0, depth=1):\n    return x\n"})
    method = package.method
    assert block_parameters(method) == ("x", "seed", "depth")
    assert unread_fields(TinySpec(outcome="y", x=9), method) == ()
    assert unread_fields(TinySpec(outcome="y", extra=1.5, seed=3, data="d", table="t"), method) == ("extra",)
    spec = TinySpec(outcome="y", shape="flat", options={"depth": 2, "width": 3})
    assert unread_fields(spec, method) == ("shape", "options.width")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("def analyse(source, *, y_axis):\n    return 1\n", 1, "'y_axis' of 'analyse' is no field of tiny"),
        ("\ndef analyse(source, **fields):\n    return 1\n", 2, "does not begin with `source, *`"),
        ("def analyse(source, x):\n    return 1\n", 1, "does not begin with `source, *`"),
        ("def analyse():\n    return 1\n", 1, "does not begin with `source, *`"),
        ("class analyse:\n    pass\n", 1, "is no function"),
        ("async def analyse(source):\n    pass\n", 1, "is no function"),
    ],
)
def test_a_block_that_main_cannot_call_is_refused(package, text, line, words) -> None:
    package.write({"m": text.encode()})
    with pytest.raises(LinkError) as caught:
        package.link()
    assert str(caught.value).startswith(f"acme/blocks/m.py:{line}: ")
    assert words in str(caught.value)


def test_a_missing_block_is_named_with_the_nearest(package) -> None:
    package.write({"m": "def analyze(source):\n    return 1\n"})
    with pytest.raises(LinkError, match=r"method tiny/plain: acme\.blocks\.m has no 'analyse'; did you mean 'analyze'"):
        package.link()


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"shape": {"flat": "acme.blocks.m:one"}}, "shape: method tiny/plain offers no 'round'; it offers 'flat'"),
        ({"shap": {"round": "acme.blocks.m:one"}}, "'shap', no field of tiny; did you mean 'shape'"),
        ({"shape": {"round": "acme.blocks.m.one"}}, "names no block"),
        ({"shape": {"round": "acme.blocks.m:two"}}, "has no 'two'"),
        ({"extra": {"None": "acme.blocks.m:one"}}, "has no parameter 'extra'"),
    ],
)
def test_choices_that_cannot_be_linked(package, choices, words) -> None:
    package.write({"m": "def analyse(source, *, shape):\n    return shape()\ndef one():\n    return 1\n"})
    package.choices = choices
    with pytest.raises(CerebroError, match=words):
        package.link()
