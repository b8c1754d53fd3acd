"""Result tables in the report: the first rows, numbers for people."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cerebro_core.blocks.report_markup import safe_html, spoken_name, spoken_words, value_words
from cerebro_core.blocks.report_numbers import free_decimals, number_text

TABLE_ROWS = 15
TABLE_COLUMNS = 16
FOLDED_ROWS = 40  # a longer table is folded, and so is one that few people read
FOLDED_NAMES = frozenset({"parameters", "priors"})
DIGITS = 4  # at most so many significant digits; the file has all of them
# Whole numbers that are names or counts, which keep every digit.
EXACT_WORDS = frozenset({"id", "ids", "seed", "row", "rows", "n", "count", "year", "number"})


def result_table(name: str, table: Mapping[str, Any], own_names: frozenset[str]) -> str:
    """One table of the result.

    Args:
        name: its name in `result.json`.
        table: `columns`, `rows`, `title`, `caption` and `file`.
        own_names: names of the user, which are shown as they are.
    """
    columns, rows = table["columns"][:TABLE_COLUMNS], table["rows"]
    title = safe_html(table["title"] or spoken_name(name))
    makers = [_cell_maker(column, [row[place] for row in rows]) for place, column in enumerate(columns)]
    head = "".join(
        _cell(_column_words(column, own_names), maker, 'th scope="col"')
        for column, maker in zip(columns, makers, strict=True)
    )
    body = "".join(_table_row(row, makers) for row in rows[:TABLE_ROWS])
    content = (
        f"{_optional_paragraph(table['caption'])}"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: {title}"><table>'
        f'<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div><p class="note">'
        f"{_cut_note(table)}<code>{safe_html(table['file'])}</code></p>"
    )
    if name in FOLDED_NAMES or len(rows) > FOLDED_ROWS:
        counted = f'<span class="unit">({len(rows):,} row{"" if len(rows) == 1 else "s"})</span>'
        return f'<details class="fold"><summary>{title} {counted}</summary>{content}</details>'
    return f"<h3>{title}</h3>{content}"


def _optional_paragraph(text: str) -> str:
    return f'<p class="caption">{safe_html(text, 1000)}</p>' if text else ""


def _cut_note(table: Mapping[str, Any]) -> str:
    rows, columns = len(table["rows"]), len(table["columns"])
    parts = [f"{TABLE_ROWS} of {rows:,} rows"] if rows > TABLE_ROWS else []
    parts += [f"{TABLE_COLUMNS} of {columns:,} columns"] if columns > TABLE_COLUMNS else []
    return f"The first {' and '.join(parts)}; the rest is in " if parts else "As a file: "


def _column_words(column: str, own_names: frozenset[str]) -> str:
    """The head of a column; small letters, as the user's own names stand among them as they are."""
    if column in own_names or not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", column):
        return column
    return spoken_words(column.removesuffix("_share"))


def _cell_maker(column: str, cells: Sequence[Any]) -> tuple[str, int]:
    """How a column is shown: "text", "plain" (years), "whole", "share" or "number", and the most decimals."""
    values = [cell for cell in cells if cell is not None]
    if not values or any(isinstance(cell, bool) or not isinstance(cell, int | float) for cell in values):
        return "text", 0
    top = max(abs(cell) for cell in values)
    whole = all(cell == int(cell) for cell in values)
    if "share" in column.lower() and not whole and top <= 10:
        return "share", 1
    if whole and min(values) >= 1900 and top <= 2100:
        return "plain", 0
    exact = whole and (top < 1e5 or not EXACT_WORDS.isdisjoint(column.lower().split("_")))
    return ("whole" if exact else "number"), 0 if whole else free_decimals(top, 3)


def _table_row(row: Sequence[Any], makers: Sequence[tuple[str, int]]) -> str:
    cells = (
        _cell(_cell_words(row[place], maker), maker, "td" if place else 'th scope="row"')
        for place, maker in enumerate(makers)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _cell(text: str, maker: tuple[str, int], tag: str) -> str:
    css = "nw" if len(text) <= 28 else "w"
    if maker[0] != "text":
        css = "n" if css == "nw" else ""
    return f'<{tag} class="{css}">{safe_html(text)}</{tag[:2]}>'


def _cell_words(cell: Any, maker: tuple[str, int]) -> str:
    kind, decimals = maker
    if cell is None:
        return "–"
    if kind == "share":
        return number_text(cell * 100, decimals) + "%"
    if kind == "plain":
        return str(int(cell))
    if kind == "whole":
        return number_text(cell, 0)
    if kind == "number":
        return _number_words(cell, decimals)
    return value_words(cell)


def _number_words(cell: float, decimals: int) -> str:
    """At most `DIGITS` significant digits and `decimals`; small ones keep two digits, unless minute."""
    if cell == 0 or abs(cell) < 1e-6 * 10.0**-decimals:
        return number_text(0.0, decimals)
    size = math.floor(math.log10(abs(cell)))
    return number_text(cell, min(max(decimals, 1 - size), DIGITS - 1 - size))
