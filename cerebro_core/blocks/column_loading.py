"""Loading columns, each as what its values are: truth values, whole numbers, numbers, dates or text.

They are copied into memory, so that a file is read once. Of a large Parquet or DuckDB file a view is made instead: then
every question reads the file again, which these formats make quick, and memory does not grow with the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import duckdb

from cerebro_core.blocks.display import display
from cerebro_core.blocks.source_layout import TableLayout
from cerebro_core.blocks.table_sql import (
    COLUMN_BATCH,
    EXACT_INTEGERS,
    csv_relation,
    misses_of,
    odd_cell_of,
    plain_value,
    shape_facts,
    step_facts,
    value_of,
)
from cerebro_core.blocks.text_kinds import (
    MISSING_AMONG_VALUES,
    MOSTLY,
    SWAPPED,
    Reading,
    fitting,
    in_preference,
    number_is_ambiguous,
    present,
)

SQL_KINDS = MappingProxyType(
    {"BOOLEAN": "boolean", "BIGINT": "integer", "DOUBLE": "number", "TIMESTAMP": "date", "VARCHAR": "text"}
)
KIND_TYPES = MappingProxyType({"boolean": "BOOLEAN", "integer": "BIGINT", "number": "DOUBLE", "date": "TIMESTAMP"})
FAST_TYPES = MappingProxyType(
    {"integer": "DOUBLE", "number": "DOUBLE", "iso date": "TIMESTAMP", "iso time": "TIMESTAMP"}
)
MOST_TRIED = 6
FIRST_ROWS = 1_000
MOST_HELD = 20_000_000  # cells; of a larger Parquet or DuckDB file nothing is copied, and each question reads it again


@dataclass(frozen=True)
class LoadedColumns:
    """Columns in memory, or a view of those of a large file.

    Attributes:
        name: of the table or view.
        rows: how many.
        kinds: column number -> kind.
        values: column number -> SQL of its value.
        missing: columns with missing values.
        infinite: columns with infinite numbers.
        huge: columns of whole numbers beyond 2^53, which a double does not tell apart.
        notes: (column number, code, message).
    """

    name: str
    rows: int
    kinds: Mapping[int, str]
    values: Mapping[int, str]
    missing: AbstractSet[int]
    infinite: AbstractSet[int]
    huge: AbstractSet[int]
    notes: tuple[tuple[int, str, str], ...]


def load_columns(
    connection: duckdb.DuckDBPyConnection, layout: TableLayout, wanted: Sequence[int], serial: int
) -> LoadedColumns:
    """Read columns into a new table in memory (or a view, of a large file) and settle what their values are.

    What a column is depends on all of its values and on the sample of the whole file, never on which other columns
    are loaded with it.

    Args:
        connection: a closed DuckDB.
        layout: of the file.
        wanted: column numbers.
        serial: makes the table's name.
    """
    loaded = load_settled(connection, layout, wanted, serial, frozenset())
    huge = frozenset(i for i in loaded.huge if layout.dialect is not None and guessed_type(layout, i) == "DOUBLE")
    if huge:  # whole numbers too large for a double: read them again, digit by digit
        connection.execute(f"drop table {loaded.name}")
        return load_settled(connection, layout, wanted, serial, huge)
    return loaded


def load_settled(
    connection: duckdb.DuckDBPyConnection,
    layout: TableLayout,
    wanted: Sequence[int],
    serial: int,
    exact: AbstractSet[int],
) -> LoadedColumns:
    """Read columns, settle the meaning of those that are text, and describe them."""
    raw, table = f"raw{serial}", f"data{serial}"
    kept = "view" if is_large(connection, layout, len(wanted)) else "table"
    stored = load_raw(connection, layout, wanted, raw, exact, kept)
    notes: list[tuple[int, str, str]] = []
    chosen: dict[int, Reading] = {}
    for i in wanted:
        reading = settle_text(connection, layout, i, stored[i], raw, notes)
        if reading is not None:
            chosen[i] = reading
    if chosen:
        cells = {i: value_of(reading, text_of(i, stored[i])) for i, reading in chosen.items()}
        selected = ", ".join(f"{cells.get(i, f'c{i}')} as c{i}" for i in wanted)
        connection.execute(f"create {kept} {table} as select {selected} from {raw}")
        if kept == "table":
            connection.execute(f"drop table {raw}")
        stored |= {i: KIND_TYPES[reading.kind] for i, reading in chosen.items()}
    else:
        connection.execute(f"alter {kept} {raw} rename to {table}")
    return describe_loaded(connection, layout, table, stored, notes)


def is_large(connection: duckdb.DuckDBPyConnection, layout: TableLayout, width: int) -> bool:
    """Whether these many columns of a Parquet or DuckDB file are better read again than held in memory."""
    if not layout.reread:
        return False
    row = connection.execute(f"select count(*) from {layout.relation}", list(layout.parameters)).fetchone() or (0,)
    return bool(row[0] * width > MOST_HELD)


def text_of(i: int, sql_type: str) -> str:
    return f"c{i}" if sql_type == "VARCHAR" else f"c{i}::bigint::varchar"


def load_raw(
    connection: duckdb.DuckDBPyConnection,
    layout: TableLayout,
    wanted: Sequence[int],
    raw: str,
    exact: AbstractSet[int],
    kept: str,
) -> dict[int, str]:
    """Read columns as their plain types; a CSV's as the sample suggests, and as text where that fails.

    Args:
        connection, layout, wanted: as for `load_columns`.
        raw: the new table's name.
        exact: columns of a CSV file that must be read digit by digit.
        kept: "table" to copy the columns, "view" to read them again with each question.
    """
    if layout.dialect is None:
        selected = ", ".join(f"{plain_value(f'c{i}', layout.types[i])} as c{i}" for i in wanted)
        if kept == "view":  # a view takes no parameters
            connection.execute(f"create view {raw} as select {selected} from {layout.reread}")
        else:
            asked = f"create table {raw} as select {selected} from {layout.relation}"
            connection.execute(asked, list(layout.parameters))
        rows = connection.execute(f"describe {raw}").fetchall()
        return {i: row[1] for i, row in zip(wanted, rows, strict=True)}
    guessed = {i: "VARCHAR" if i in exact else guessed_type(layout, i) for i in wanted}
    try:
        read_csv_columns(connection, layout, guessed, raw)
        return guessed
    except duckdb.ConversionException:
        guessed = dict.fromkeys(wanted, "VARCHAR")
    connection.execute(f"drop table if exists {raw}")
    read_csv_columns(connection, layout, guessed, raw)
    return guessed


def read_csv_columns(
    connection: duckdb.DuckDBPyConnection, layout: TableLayout, types: Mapping[int, str], raw: str
) -> None:
    """Read the columns of a CSV file as the given types."""
    assert layout.dialect is not None
    selected = [f"c{layout.places[i]} as c{i}" for i in types]
    relation = csv_relation(layout.dialect, {layout.places[i]: kind for i, kind in types.items()})
    connection.execute(f"create table {raw} as select {', '.join(selected)} from {relation}", list(layout.parameters))


def guessed_type(layout: TableLayout, i: int) -> str:
    """The SQL type that suits the sample of a CSV column; text unless it is a plain number or an ISO date."""
    cells = layout.cells[i]
    found = in_preference(fitting(cells), cells, layout.comma_file, layout.comma_likely) if cells else []
    if not found or any(len(cell.strip("+-")) > 15 and cell.strip("+-").isdigit() for cell in cells):
        return "VARCHAR"
    return FAST_TYPES.get(found[0].name, "VARCHAR")


def batches(items: Iterable[int]) -> list[list[int]]:
    """Lists of at most COLUMN_BATCH items."""
    listed = list(items)
    return [listed[start : start + COLUMN_BATCH] for start in range(0, len(listed), COLUMN_BATCH)]


def settle_text(
    connection: duckdb.DuckDBPyConnection,
    layout: TableLayout,
    i: int,
    sql_type: str,
    raw: str,
    notes: list[tuple[int, str, str]],
) -> Reading | None:
    """The reading of a column of text, held against all of its cells; None where it stays as it is."""
    cell = text_of(i, sql_type)
    cells = list(layout.cells[i])
    if sql_type == "BIGINT":
        tried = [reading for reading in fitting(cells) if reading.name == "yearmonthday"] if len(cells) > 1 else []
    elif sql_type != "VARCHAR":
        return None
    else:
        if not cells:
            rows = connection.execute(
                f"select distinct {cell} from (from {raw} where {cell} is not null limit 50000) order by all limit 1000"
            ).fetchall()
            cells = present(row[0] for row in rows)
        if not cells:
            return None
        found = fitting(cells) or fitting(cells, MOSTLY)
        tried = in_preference(found, cells, layout.comma_file, layout.comma_likely)
    if not tried:
        if sql_type == "VARCHAR" and all(digits(text) for text in cells):
            notes.append((i, "leading-zeros", "kept as text, for some of its numbers begin with a zero, as codes do"))
        return None
    tried = tried[:MOST_TRIED]
    asked = ", ".join(misses_of(reading, cell) for reading in tried)
    row = connection.execute(f"select count({cell}), {asked} from {raw}").fetchone() or (0,)
    total, misses = row[0], row[1:]
    fits = [reading for reading, count in zip(tried, misses, strict=True) if count == 0]
    if not fits:
        if sql_type == "VARCHAR":
            note_mixed(connection, i, tried, misses, total, cell, raw, notes)
        return None
    best = fits[0]
    if SWAPPED.get(best.name.removesuffix(" and time")):
        best = day_or_month(connection, fits, cell, raw, i, notes)
    elif number_is_ambiguous(fits, cells) and best.name in ("thousands comma", "decimal comma"):
        other = "decimal comma" if best.name == "thousands comma" else "thousands comma"
        notes.append((i, "ambiguous-numbers", f"its commas could be a {other} too; they were read as {best.name}"))
    if best.note:
        notes.append((i, *best.note))
    note_markers(connection, i, cell, raw, notes)
    return best


def digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def note_mixed(
    connection: duckdb.DuckDBPyConnection,
    i: int,
    tried: Sequence[Reading],
    misses: Sequence[int],
    total: int,
    cell: str,
    raw: str,
    notes: list[tuple[int, str, str]],
) -> None:
    """Say that a column is text only because of a few cells."""
    count, reading = min(zip(misses, tried, strict=True), key=lambda pair: pair[0])
    if count > (1 - MOSTLY) * total:
        return
    row = connection.execute(f"select {odd_cell_of(reading, cell)} from {raw}").fetchone()
    kind = {"date": "dates", "boolean": "truth values"}.get(reading.kind, "numbers")
    odd = display(row[0], 40) if row else ""
    notes.append(
        (i, "mixed-values", f"kept as text: {total - count} cells are {kind}, {count} are not, such as '{odd}'")
    )


def day_or_month(
    connection: duckdb.DuckDBPyConnection,
    fits: Sequence[Reading],
    cell: str,
    raw: str,
    i: int,
    notes: list[tuple[int, str, str]],
) -> Reading:
    """Day first or month first, where both are possible: the one whose dates are evenly spaced; day first in doubt.

    Where both are even (1 to 12 January, or the first of twelve months) it is the one that spans more time.
    """
    first = fits[0]
    suffix = " and time" if first.name.endswith(" and time") else ""
    swapped = SWAPPED[first.name.removesuffix(" and time")] + suffix
    other = next((reading for reading in fits if reading.name == swapped), None)
    if other is None:
        return first
    spread: list[tuple[float, float]] = []
    for reading in (first, other):
        row = connection.execute(step_facts(value_of(reading, cell), raw)).fetchone() or (None, None)
        spread.append((float("inf") if row[0] is None else float(row[0]), float(row[1] or 0.0)))
    even = [cv < 0.1 for cv, _ in spread]
    if even[0] and even[1]:
        best = other if spread[1][1] > spread[0][1] else first
    else:
        best = other if spread[1][0] < spread[0][0] - 0.01 else first
    doubt = "month" if best is first else "day"
    notes.append((i, "ambiguous-dates", f"its dates could be {doubt} first too; they were read as {best.name}"))
    return best


def note_markers(
    connection: duckdb.DuckDBPyConnection, i: int, cell: str, raw: str, notes: list[tuple[int, str, str]]
) -> None:
    """Say which words among values were read as missing."""
    words = list(MISSING_AMONG_VALUES)
    rows = connection.execute(
        f"select trim({cell}) as word, count(*) from {raw} where list_contains($1, trim({cell})) group by word "
        "order by count(*) desc, word limit 3",
        [words],
    ).fetchall()
    if rows:
        listed = ", ".join(f"'{word}' ({count})" for word, count in rows)
        notes.append((i, "read-as-missing", f"read as missing: {listed}"))


def fractions_seen(connection: duckdb.DuckDBPyConnection, table: str, stored: Mapping[int, str]) -> AbstractSet[int]:
    """Columns that hold a number that is not whole among their first rows."""
    doubles = [i for i, sql_type in stored.items() if sql_type == "DOUBLE"]
    seen: set[int] = set()
    for batch in batches(doubles):
        asked = ", ".join(f"bool_or(isfinite(c{i}) and c{i} <> trunc(c{i}))" for i in batch)
        row = connection.execute(f"select {asked} from (from {table} limit {FIRST_ROWS})").fetchone() or ()
        seen |= {i for i, found in zip(batch, row, strict=False) if found}
    return seen


def describe_loaded(
    connection: duckdb.DuckDBPyConnection,
    layout: TableLayout,
    table: str,
    stored: Mapping[int, str],
    notes: Sequence[tuple[int, str, str]],
) -> LoadedColumns:
    """See which numbers are whole, which times are dates, and where values are missing."""
    facts: dict[int, tuple[Any, ...]] = {}
    rows = 0
    broken = fractions_seen(connection, table, stored)
    for batch in batches(stored):
        asked = ", ".join(f"count(c{i}), {shape_facts(f'c{i}', stored[i], i in broken)}" for i in batch)
        row = connection.execute(f"select count(*), {asked} from {table}").fetchone() or (0,)
        rows = row[0]
        odd = [i for place, i in enumerate(batch) if row[4 + 4 * place] != row[4 + 4 * place]]
        if odd and layout.dialect is not None:  # a spelling of NaN that only the number parser knew
            for i in odd:
                connection.execute(f"update {table} set c{i} = null where isnan(c{i})")
            row = connection.execute(f"select count(*), {asked} from {table}").fetchone() or (0,)
        facts.update({i: row[1 + 4 * place : 5 + 4 * place] for place, i in enumerate(batch)})
    kinds, values, huge, infinite = {}, {}, set(), set()
    for i, sql_type in stored.items():
        _, plain, low, high = facts[i]
        kinds[i], values[i] = SQL_KINDS[sql_type], f"c{i}"
        if sql_type == "DOUBLE" and plain is not None:
            top = max(abs(low), abs(high))
            if not top < float("inf"):
                infinite.add(i)
            elif plain and top < EXACT_INTEGERS:
                kinds[i], values[i] = "integer", f"c{i}::bigint"
            elif plain:
                huge.add(i)
        elif sql_type == "TIMESTAMP" and plain:
            values[i] = f"c{i}::date"
    missing = frozenset(i for i in stored if facts[i][0] < rows)
    return LoadedColumns(table, rows, kinds, values, missing, frozenset(infinite), frozenset(huge), tuple(notes))
