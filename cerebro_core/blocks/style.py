"""How figures look: plain, colour-blind-safe, readable on a phone, and never reading user text as markup."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cerebro_core.blocks.display import display

# Okabe and Ito (2008), without the yellow that is hard to see on white, and four more that differ in lightness.
PALETTE = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#6A3D9A",
    "#8C6D31",
    "#1B3A57",
    "#8A8A8A",
)
INK = "#1F2933"
MUTED_INK = "#616E7C"
GRID_COLOUR = "#E4E7EB"
TITLE_MARK = "cerebro-title"
LEGEND_SIZE = 12.0


def new_figure(width: float = 8.0, height: float = 4.5) -> Figure:
    """An empty figure on white, with room made for its labels.

    Args:
        width, height: size in inches; at 8 inches the text is still readable on a phone.
    """
    return Figure(figsize=(width, height), dpi=144, facecolor="white", layout="constrained")


def label(axes: Axes, *, title: str = "", x: str = "", y: str = "") -> None:
    """Give axes their texts and the common look; user text is shown as it is, never as mathematics.

    Args:
        axes: the axes, after or before drawing on them.
        title: what the reader should see, top left.
        x, y: what the axes measure, with the unit.
    """
    plain: dict[str, Any] = {"parse_math": False, "usetex": False, "color": INK}
    if title:
        drawn = axes.set_title(display(title, 80), loc="left", fontsize=14, fontweight="bold", pad=10, **plain)
        drawn.set_gid(TITLE_MARK)
    axes.set_xlabel(display(x), fontsize=12.5, **plain)
    axes.set_ylabel(display(y), fontsize=12.5, **plain)
    axes.set_facecolor("white")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(MUTED_INK)
        axes.spines[side].set_linewidth(0.8)
    axes.tick_params(labelsize=12, colors=INK, length=3, color=MUTED_INK)
    axes.grid(visible=True, color=GRID_COLOUR, linewidth=0.8)
    axes.set_axisbelow(True)


def tick_text(axis: Axis, positions: Sequence[float], texts: Sequence[object], limit: int = 28) -> None:
    """Put user text at ticks, such as channel names.

    Args:
        axis: `axes.xaxis` or `axes.yaxis`.
        positions: where the ticks stand.
        texts: as many texts.
        limit: the longest text, in characters.
    """
    shown = [display(text, limit) for text in texts]
    axis.set_ticks(list(positions), labels=shown, parse_math=False, usetex=False)


def tick_numbers(axis: Axis, percent: bool = False) -> None:
    """Write the ticks of an axis for people: 1.2M, 340k, or shares as percent."""
    axis.set_major_locator(MaxNLocator(nbins=6))
    axis.set_major_formatter(FuncFormatter(_percent_tick if percent else _short_tick))


def tick_dates(axis: Axis) -> None:
    """Write few and short dates at the ticks of an axis: `2024`, `Apr`, `Jul`; call it after drawing."""
    locator = AutoDateLocator(minticks=3, maxticks=6)
    axis.set_major_locator(locator)
    axis.set_major_formatter(ConciseDateFormatter(locator, usetex=False))


def _percent_tick(value: float, position: int | None = None) -> str:
    return f"{value * 100:.3g}%"


def _short_tick(value: float, position: int | None = None) -> str:
    for size, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{suffix}"
    return f"{value:.3g}"


def legend_text(axes: Axes, handles: Sequence[Any], texts: Sequence[object], **placement: Any) -> Legend:
    """A legend with user text; also names that begin with `_`, which matplotlib leaves out by itself.

    Args:
        axes: the axes.
        handles: what was drawn.
        texts: as many names.
        placement: `loc`, `ncols`, `bbox_to_anchor`, … of matplotlib.
    """
    stand_ins = [f"series {number}" for number in range(len(texts))]
    legend = axes.legend(list(handles), stand_ins, frameon=False, fontsize=LEGEND_SIZE, labelcolor=INK, **placement)
    for entry, text in zip(legend.get_texts(), texts, strict=True):
        plain_text(entry, text)
    return legend


def legend_below(figure: Figure, handles: Sequence[Any], texts: Sequence[object], limit: int = 24) -> Legend:
    """A legend under all panels, in as many columns as fit; the figure grows by its height.

    Args:
        figure: made by `new_figure`.
        handles: what was drawn.
        texts: as many names.
        limit: the longest name, in characters.
    """
    columns = legend_columns([display(text, limit) for text in texts], 72.0 * figure.get_figwidth())
    rows = -(-len(texts) // columns)
    figure.set_figheight(figure.get_figheight() + 0.28 * rows)
    stand_ins = [f"series {number}" for number in range(len(texts))]
    legend = figure.legend(
        list(handles),
        stand_ins,
        frameon=False,
        fontsize=LEGEND_SIZE,
        labelcolor=INK,
        loc="outside lower center",
        ncols=columns,
    )
    for entry, text in zip(legend.get_texts(), texts, strict=True):
        plain_text(entry, text, limit)
    return legend


def legend_columns(texts: Sequence[str], room: float) -> int:
    """The most columns, at most four, in which a legend is no wider than `room` points."""
    widths = [text_width(text, FontProperties(size=LEGEND_SIZE)) + 3.2 * LEGEND_SIZE for text in texts]
    for columns in range(min(4, len(texts)), 1, -1):
        rows, longer = divmod(len(texts), columns)
        total, start = 2.0 * LEGEND_SIZE * columns, 0
        for column in range(columns):
            end = start + rows + (column < longer)
            total += max(widths[start:end])
            start = end
        if total <= room:
            return columns
    return 1


def text_width(text: str, font: FontProperties, dpi: float = 72.0) -> float:
    """Width of one line of text in pixels, which are points at 72 dots an inch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return float(RendererAgg(1, 1, dpi).get_text_width_height_descent(text, font, False)[0])


def wrapped_text(text: str, font: FontProperties, room: float, dpi: float, most: int = 3) -> str:
    """Break text into lines no wider than `room` pixels, at spaces, `_`, `-` and `/`, and in words where it must be.

    Args:
        text: one line.
        font: the font that it is drawn in.
        room, dpi: the widest line in pixels, and how many of these an inch has.
        most: how many lines there may be; what is left over becomes an ellipsis.
    """
    lines = [""]
    for piece in re.split(r"(?<=[\s_/-])", text):
        if text_width((lines[-1] + piece).rstrip(), font, dpi) <= room:
            lines[-1] += piece
            continue
        lines.append("")
        for character in piece:
            if lines[-1] and text_width((lines[-1] + character).rstrip(), font, dpi) > room:
                lines.append("")
            lines[-1] += character
    lines = [line.strip() for line in lines if line.strip()]
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][:-1] + "…"]
    return "\n".join(lines)


def fit_texts(figure: Figure) -> None:
    """Break titles and axis labels that are longer than their axes into lines, so that none is cut or overprinted."""
    whole: dict[Text, str] = {}
    for _ in range(3):  # lines take room, which can leave less for others
        figure.draw_without_rendering()
        changed = False
        for axes in figure.axes:
            box = axes.get_window_extent()
            titles = [artist for artist in axes.findobj(Text) if artist.get_gid() == TITLE_MARK]
            rooms = [*((title, box.width) for title in titles), (axes.xaxis.label, box.width)]
            for artist, room in (*rooms, (axes.yaxis.label, box.height)):
                text, font = artist.get_text(), artist.get_fontproperties()
                if max(text_width(line, font, figure.dpi) for line in text.split("\n")) > room:
                    whole.setdefault(artist, text.replace("\n", " "))
                    artist.set_text(wrapped_text(whole[artist], font, room, figure.dpi))
                    changed = changed or artist.get_text() != text
        if not changed:
            return


def plain_text(artist: Text, text: object, limit: int = 80) -> None:
    """Set the text of an artist (an annotation, a legend entry) to user text, shown as it is."""
    artist.set_parse_math(False)
    artist.set_usetex(False)
    artist.set_text(display(text, limit))


def figure_png(figure: Figure) -> bytes:
    """A figure as PNG; whatever text it holds is shown as it is, broken into lines where its axes are too narrow.

    Glyphs that the font lacks are shown as boxes.
    """
    for artist in figure.findobj(Text):
        artist.set_parse_math(False)
        artist.set_usetex(False)
    png = io.BytesIO()
    with rc_context({"text.parse_math": False, "text.usetex": False}), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        fit_texts(figure)
        figure.savefig(png, format="png", dpi=144, facecolor="white", metadata={"Software": None})
    return png.getvalue()
