"""Result tables in the report: the first rows, numbers for people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cerebro_core.blocks.report_markup import safe_html, spoken_name, value_words
from cerebro_core.blocks.report_numbers import free_decimals, number_text

TABLE_ROWS = 15
TABLE_COLUMNS = 16


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
    return (
        f"<h3>{title}</h3>{_optional_paragraph(table['caption'])}"
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: {title}"><table>'
        f'<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div><p class="note">'
        f"{_cut_note(table)}<code>{safe_html(table['file'])}</code></p>"
    )


def _optional_paragraph(text: str) -> str:
    return f'<p class="caption">{safe_html(text, 1000)}</p>' if text else ""


def _cut_note(table: Mapping[str, Any]) -> str:
    rows, columns = len(table["rows"]), len(table["columns"])
    parts = [f"{TABLE_ROWS} of {rows:,} rows"] if rows > TABLE_ROWS else []
    parts += [f"{TABLE_COLUMNS} of {columns:,} columns"] if columns > TABLE_COLUMNS else []
    return f"The first {' and '.join(parts)}; the rest is in " if parts else "As a file: "


def _column_words(column: str, own_names: frozenset[str]) -> str:
    if column in own_names or not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", column):
        return column
    return spoken_name(column.removesuffix("_share") if column.endswith("_share") else column)


def _cell_maker(column: str, cells: Sequence[Any]) -> tuple[str, int]:
    """How a column is shown: "text", "plain" (years, ids), "share" or "number", and the decimals."""
    values = [cell for cell in cells if cell is not None]
    if not values or any(isinstance(cell, bool) or not isinstance(cell, int | float) for cell in values):
        return "text", 0
    top = max(abs(cell) for cell in values)
    whole = all(cell == int(cell) for cell in values)
    if "share" in column.lower() and not whole and top <= 10:
        return "share", 1
    if whole:
        return ("plain" if min(values) >= 1900 and top <= 2100 else "number"), 0
    return "number", free_decimals(top, 3)


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
    if kind == "number":
        text = number_text(cell, decimals)
        vanished = cell != 0 and not any(digit in text for digit in "123456789")
        return number_text(cell, free_decimals(cell, 1)) if vanished else text
    return value_words(cell)
