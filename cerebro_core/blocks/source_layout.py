"""Which columns a file has, how they are read, and what a sample of their cells shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from cerebro_core.blocks.csv_dialect import CsvDialect, sniff_csv
from cerebro_core.blocks.display import display
from cerebro_core.blocks.source_file import PreparedFile, UnreadableFile
from cerebro_core.blocks.table_sql import (
    attached_tables,
    csv_relation,
    json_keys_of,
    json_pointer,
    literal_text,
    numbered,
    parquet_names,
    quoted,
    typed_columns,
)
from cerebro_core.blocks.text_kinds import present, shows_decimal_comma

MOST_COLUMNS = 20_000
SAMPLED_ROWS = 1_000


@dataclass(frozen=True)
class TableLayout:
    """How a table is read.

    Attributes:
        names: exact column names.
        places: for each name, its number in the file (columns that are empty and nameless are left out).
        table: the table of a DuckDB file, or None.
        relation: SQL of the rows, with columns c0, c1, …; empty for CSV, where it depends on the types.
        parameters: of that SQL.
        types: the SQL type of each column in the file's own schema; text for CSV and JSON.
        dialect: of a CSV file.
        cells: column number -> distinct cells of the sample, trimmed, without markers of missing values.
        comma_file: some column can only have decimal commas.
        comma_likely: that, or semicolons separate the columns.
        notes: what was done to the file, as (code, column, message).
        reread: SQL of the rows without parameters, for a file that is quick to read again; else empty.
    """

    names: tuple[str, ...]
    places: tuple[int, ...]
    table: str | None
    relation: str
    parameters: tuple[Any, ...]
    types: tuple[str, ...]
    dialect: CsvDialect | None
    cells: Mapping[int, Sequence[str]]
    comma_file: bool
    comma_likely: bool
    notes: tuple[tuple[str, str, str], ...]
    reread: str = ""


def read_layout(
    connection: duckdb.DuckDBPyConnection, prepared: PreparedFile, table: str | None, shown: str
) -> TableLayout:
    """See which columns a prepared file has.

    Args:
        connection: a closed DuckDB that may read the file.
        prepared: the file.
        table: the user's choice of a table in a DuckDB file.
        shown: the file's name for messages.

    Raises:
        UnreadableFile: it holds no rows, has columns of the same name, or the table is not in it.
    """
    if table is not None and prepared.kind != "duckdb":
        raise UnreadableFile(f"{shown} is no DuckDB file and has no table '{display(table)}'; leave the table out")
    if prepared.kind == "csv":
        return csv_layout(connection, prepared, shown)
    path, reread = prepared.path, ""
    if prepared.kind == "json":
        names = json_keys_of(connection, path, shown)
        relation = f"(select {', '.join(f'l[{i + 1}] as c{i}' for i in range(len(names)))} from (select "
        relation += "json_extract_string(json, $2::varchar[]) as l from read_json_objects($1, maximum_object_size = "
        relation += "67108864)))"
        parameters: tuple[Any, ...] = (path, [json_pointer(name) for name in names])
        types: tuple[str, ...] = ("VARCHAR",) * len(names)
    elif prepared.kind == "parquet":
        names = parquet_names(connection, path)
        relation = f"read_parquet($1, hive_partitioning = false) as source({numbered(len(names))})"
        parameters = (path,)
        reread = relation.replace("$1", literal_text(path))
        types = tuple(kind for _, kind in typed_columns(connection, relation, parameters))
    else:
        connection.execute("attach '" + path.replace("'", "''") + "' as src (type duckdb, read_only)")
        schema, table = chosen_table(attached_tables(connection), table, shown)
        place = f"src.{quoted(schema)}.{quoted(table)}"
        columns = typed_columns(connection, place, ())
        names, types = tuple(name for name, _ in columns), tuple(kind for _, kind in columns)
        relation, parameters = f"{place} as source({numbered(len(names))})", ()
        reread = relation
    check_names(names, shown)
    cells = sampled_cells(connection, relation, parameters, types, shown)
    comma = any(shows_decimal_comma(column) for column in cells.values())
    return TableLayout(
        names, tuple(range(len(names))), table, relation, parameters, types, None, cells, comma, comma, prepared.notes,
        reread,
    )  # fmt: skip


def csv_layout(connection: duckdb.DuckDBPyConnection, prepared: PreparedFile, shown: str) -> TableLayout:
    """The layout of a CSV file."""
    dialect = sniff_csv(prepared.path)
    if not dialect.header:
        raise UnreadableFile(f"{shown} holds no readable row; check its quotes, or save it again as CSV")
    notes = list(prepared.notes)
    parameters = (prepared.path, dialect.delimiter, dialect.quote, dialect.escape)
    if not dialect.sample and not has_row(connection, dialect, parameters):
        raise UnreadableFile(f"{shown} has a header and no rows; name a file with at least one row")
    header = dialect.header
    places = tuple(range(len(header)))
    nameless = [i for i in places if not header[i].strip()]
    if len(nameless) > 1:
        counted = ", ".join(f"count(c{i})" for i in nameless)
        filled = connection.execute(f"select {counted} from {csv_relation(dialect, {})}", list(parameters)).fetchone()
        empty = [i for i, count in zip(nameless, filled or (), strict=True) if not count]
        places = tuple(i for i in places if i not in empty)
        if empty:
            notes.append(("empty-columns", "", f"{len(empty)} columns without a name and without values were left out"))
    names = tuple(header[i] for i in places)
    check_names(names, shown)
    if all(is_like_a_value(name) for name in names):
        notes.append(
            ("header-of-values", "", "the first row was read as names, and looks like values; add a row of names")
        )
    cells = {n: present(row[i] for row in dialect.sample) for n, i in enumerate(places)}
    comma = any(shows_decimal_comma(column) for column in cells.values())
    return TableLayout(
        names, places, None, "", parameters, ("VARCHAR",) * len(names), dialect, cells, comma,
        comma or dialect.delimiter == ";", tuple(notes),
    )  # fmt: skip


def has_row(connection: duckdb.DuckDBPyConnection, dialect: CsvDialect, parameters: Sequence[Any]) -> bool:
    """Whether a CSV file has a row below its header; one that cannot be read raises DuckDB's error."""
    return (
        connection.execute(f"select 1 from {csv_relation(dialect, {})} limit 1", list(parameters)).fetchone()
        is not None
    )


def chosen_table(tables: Sequence[tuple[str, str]], wanted: str | None, shown: str) -> tuple[str, str]:
    """(schema, name) of the table the user means.

    Raises:
        UnreadableFile: there is none, or the choice is open.
    """
    listed = ", ".join(f"'{display(name if schema == 'main' else f'{schema}.{name}')}'" for schema, name in tables[:20])
    if wanted is None:
        if len(tables) == 1:
            return tables[0]
        if not tables:
            raise UnreadableFile(f"{shown} holds no table; name another DuckDB file")
        raise UnreadableFile(f"{shown} holds several tables; choose one with --table: {listed}")
    found = [
        (schema, name)
        for schema, name in tables
        if wanted in ((name, f"main.{name}") if schema == "main" else (f"{schema}.{name}",))
    ] or [(schema, name) for schema, name in tables if name == wanted]
    if len(found) == 1:
        return found[0]
    raise UnreadableFile(f"{shown} holds no table '{display(wanted)}'; it holds {listed or 'none'}")


def check_names(names: Sequence[str], shown: str) -> None:
    """Refuse two columns of the very same name: nobody could say which is meant."""
    if not names:
        raise UnreadableFile(f"{shown} has no columns; name a file with a header and rows")
    if len(names) > MOST_COLUMNS:
        raise UnreadableFile(f"{shown} has {len(names)} columns, more than {MOST_COLUMNS}; keep those that matter")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        places = [str(i + 1) for i, name in enumerate(names) if name == twice[0]]
        called = f"called '{display(twice[0])}'" if twice[0].strip() else "without a name"
        raise UnreadableFile(f"{shown}: columns {' and '.join(places)} are both {called}; give each its own name")


def is_like_a_value(name: str) -> bool:
    """Whether a name looks like a cell: a number."""
    try:
        float(name.replace(",", "."))
    except ValueError:
        return False
    return True


def sampled_cells(
    connection: duckdb.DuckDBPyConnection, relation: str, parameters: Sequence[Any], types: Sequence[str], shown: str
) -> dict[int, list[str]]:
    """Distinct cells of the first rows, for the columns whose text may hold other kinds."""
    telling = [
        i
        for i, kind in enumerate(types)
        if kind == "VARCHAR" or kind.startswith("ENUM") or kind.endswith("INT") or kind == "INTEGER"
    ]
    limit = max(20, min(SAMPLED_ROWS, 300_000 // max(len(types), 1)))
    selected = ", ".join(f"c{i}::varchar" for i in telling) or "1"
    rows = connection.execute(f"select {selected} from {relation} limit {limit}", list(parameters)).fetchall()
    if not rows:
        raise UnreadableFile(f"{shown} holds no rows; name a table with at least one")
    cells: dict[int, list[str]] = {i: [] for i in range(len(types))}
    for place, i in enumerate(telling):
        cells[i] = present(row[place] for row in rows)
    return cells
