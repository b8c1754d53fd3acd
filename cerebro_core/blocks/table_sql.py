"""All the SQL of tables: a closed DuckDB, how each kind of file is read, and what is asked of the rows.

The user's columns are called c0, c1, … in every statement; names and cells of the user enter as parameters or as
quoted identifiers only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import duckdb

from cerebro_core.blocks.csv_dialect import CsvDialect
from cerebro_core.blocks.source_file import UnreadableFile
from cerebro_core.blocks.text_kinds import MISSING_AMONG_VALUES, MISSING_MARKERS, Reading

BLANKS = " \t\r\n\u00a0"
EXACT_INTEGERS = 9007199254740992.0  # 2^53: beyond it a double no longer tells neighbouring integers apart
COLUMN_BATCH = 60
MEASURES = MappingProxyType(
    {
        "rows": "count(*)",
        "count": "count({0})",
        "missing": "count(*) - count({0})",
        "distinct": "count(distinct {0})",
        "approx_distinct": "approx_count_distinct({0})",
        "sum": "fsum({0}::double)",
        "mean": "favg({0}::double)",
        "var": "var_samp({0}::double)",
        "std": "stddev_samp({0}::double)",
        "min": "min({0})",
        "max": "max({0})",
        "zeros": "count(*) filter ({0} = 0)",
        "negatives": "count(*) filter ({0} < 0)",
        "not_finite": "count(*) filter (isinf({0}::double))",
        "true": "count(*) filter ({0})",
        "skewness": "skewness({0}::double)",
        "corr": "corr({0}::double, {1}::double)",
        "covar": "covar_samp({0}::double, {1}::double)",
        "sum_product": "fsum({0}::double * {1}::double)",
    }
)
FINITE_ONLY = ("min", "max", "sum", "mean", "var", "std", "skewness", "corr", "covar", "sum_product")


def closed_duckdb(path: str, folder: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that can read one file and nothing else: no network, no extensions, no other file.

    Args:
        path: the only file, under its plain name in the private folder.
        folder: the private folder; rows that do not fit into memory are spilt there.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_unsigned_extensions": "false",
            "python_enable_replacements": "false",
            "custom_user_agent": "cerebro",
        },
    )
    allowed = [path]
    if path.endswith(".duckdb"):  # DuckDB follows the link, and looks for rows that a writer has not yet folded in
        suffixes = ("", ".wal", ".checkpoint.wal", ".recovery.wal")
        allowed = [place + suffix for place in (path, os.path.realpath(path)) for suffix in suffixes]
    connection.execute("set allowed_paths = ?", [allowed])
    connection.execute("set temp_directory = ?", [os.path.join(folder, "spill")])
    connection.execute("set enable_progress_bar = false")
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal_text(text: str) -> str:
    """A text as an SQL constant, where no parameter can stand."""
    return "'" + text.replace("'", "''") + "'"


def literal_list(texts: Sequence[str]) -> str:
    """Constants of our own as an SQL list."""
    return "(" + ", ".join(map(literal_text, texts)) + ")"


def csv_relation(dialect: CsvDialect, types: Mapping[int, str]) -> str:
    """SQL that reads a CSV file (the first parameter) as columns c0, c1, …

    Args:
        dialect: how it is delimited; its four parts are parameters two to four.
        types: column number -> SQL type; the others are read as text.
    """
    columns = ", ".join(f"'c{i}': '{types.get(i, 'VARCHAR')}'" for i in range(len(dialect.header)))
    how = "auto_detect = false, header = true, hive_partitioning = false, compression = 'none'"
    blanks = list_of((*MISSING_MARKERS, " ", "  ", "   "))
    marks = f"delim = $2, quote = $3, escape = $4, nullstr = {blanks}, skip = {dialect.skip}"
    return f"read_csv($1, {how}, {marks}, columns = {{{columns}}})"


def list_of(texts: Sequence[str]) -> str:
    return "[" + literal_list(texts)[1:-1] + "]"


def without_markers(cell: str) -> str:
    """SQL for a cell of text, null where it is a marker of a missing value."""
    return (
        f"case when length({cell}) < 8 and {trimmed(cell)} in {literal_list(MISSING_MARKERS)} then null else {cell} end"
    )


def trimmed(cell: str) -> str:
    return f"trim({cell}, '{BLANKS}')"


def plain_value(column: str, sql_type: str) -> str:
    """SQL that brings a typed column to one of five types: boolean, bigint, double, timestamp, varchar."""
    kind = sql_type.upper()
    if kind == "BOOLEAN":
        return column
    if kind in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"):
        return f"{column}::bigint"
    if kind in ("FLOAT", "DOUBLE", "REAL") or kind.startswith("DECIMAL"):
        return f"nullif({column}::double, 'nan'::double)"
    if kind in ("DATE", "DATETIME", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"):
        return f"{column}::timestamp"
    if kind in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"):
        return f"timezone('UTC', {column})"
    return without_markers(f"{column}::varchar")


def value_of(reading: Reading, cell: str) -> str:
    """SQL for the value of a cell under a reading; null where it does not fit."""
    pattern = reading.pattern.replace("'", "''")
    value = reading.value.format(trimmed(cell))
    return f"case when regexp_full_match({trimmed(cell)}, '{pattern}') then {value} end"


def misses_of(reading: Reading, cell: str) -> str:
    """SQL that counts the cells with a value that a reading cannot read."""
    return (
        f"count(*) filter ({cell} is not null and ({value_of(reading, cell)}) is null and "
        f"{trimmed(cell)} not in {literal_list((*MISSING_MARKERS, *MISSING_AMONG_VALUES))})"
    )


def odd_cell_of(reading: Reading, cell: str) -> str:
    """SQL for one cell that a reading cannot read."""
    return (
        f"min({cell}) filter (({value_of(reading, cell)}) is null and "
        f"{trimmed(cell)} not in {literal_list((*MISSING_MARKERS, *MISSING_AMONG_VALUES))})"
    )


def json_keys_of(connection: duckdb.DuckDBPyConnection, path: str, shown: str) -> tuple[str, ...]:
    """The keys of all the objects of a JSON file, in the order in which they first appear.

    Raises:
        UnreadableFile: it does not hold a list of flat objects.
    """
    found = connection.execute(
        "select json_type(json), json_keys(json), count(*) from read_json_objects($1, maximum_object_size = 67108864) "
        "group by all order by count(*) desc limit 2000",
        [path],
    ).fetchall()
    if not found:
        raise UnreadableFile(f"{shown} holds no rows; name a file with at least one")
    kinds = {kind for kind, _, _ in found}
    if kinds != {"OBJECT"}:
        raise UnreadableFile(
            f"{shown} is JSON, but not a table: it must be a list of objects with the same keys, such as "
            '[{"week": "2024-01-01", "sales": 10}], or one object a line'
        )
    for _, keys, _ in found:
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise UnreadableFile(f"{shown}: an object has the key '{twice[:80]}' twice; rename one")
    names = tuple(dict.fromkeys(key for _, keys, _ in sorted(found, key=lambda row: -len(row[1])) for key in keys))
    if len(found) == 1 and found[0][2] == 1 and nests_lists(connection, path):
        raise UnreadableFile(
            f"{shown} is JSON by columns, not by rows; write it as a list of objects (in pandas: orient='records')"
        )
    return names


def nests_lists(connection: duckdb.DuckDBPyConnection, path: str) -> bool:
    """Whether the only object of a JSON file holds nothing but lists or objects."""
    row = connection.execute("select json from read_json_objects($1)", [path]).fetchone()
    cells = json.loads(row[0]).values() if row else ()
    return bool(cells) and all(isinstance(cell, (list, dict)) for cell in cells)


def json_pointer(key: str) -> str:
    """The key of an object as a JSON pointer (RFC 6901)."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def parquet_names(connection: duckdb.DuckDBPyConnection, path: str) -> tuple[str, ...]:
    """The names of a Parquet file's columns as they were written."""
    kept = connection.execute(
        "select decode(value) from parquet_kv_metadata($1) where decode(key) = 'cerebro_columns'", [path]
    ).fetchall()
    if kept:
        return tuple(json.loads(bytes.fromhex(kept[0][0]).decode()))
    rows = connection.execute("select name, num_children from parquet_schema($1)", [path]).fetchall()
    names, skip = [], 0
    for name, children in rows[1:]:
        if skip:
            skip += (children or 0) - 1
            continue
        names.append(name)
        skip = children or 0
    return tuple(names)


def attached_tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """(schema, name) of each table and view of the attached DuckDB file."""
    return connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'src' and not internal union all "
        "select schema_name, view_name from duckdb_views() where database_name = 'src' and not internal order by all"
    ).fetchall()


def typed_columns(
    connection: duckdb.DuckDBPyConnection, relation: str, parameters: Sequence[Any]
) -> list[tuple[str, str]]:
    """(name, SQL type) of each column of a relation."""
    rows = connection.execute(f"describe select * from {relation}", list(parameters)).fetchall()
    return [(row[0], row[1]) for row in rows]


def numbered(width: int) -> str:
    return ", ".join(f"c{i}" for i in range(width))


def measure_sql(measure: tuple[str, ...], columns: Sequence[str], infinite: Sequence[bool]) -> str:
    """SQL for one measure of `Source.aggregate`; numbers that are not finite are left out of sums and moments.

    Args:
        measure: the function's name and its columns' names.
        columns: the SQL names of those columns.
        infinite: whether each holds an infinity.
    """
    sql = MEASURES[measure[0]].format(*columns)
    if measure[0] == "distinct" and len(columns) > 1:
        sql = f"count(distinct row({', '.join(columns)}))"
    doubtful = [column for column, may in zip(columns, infinite, strict=True) if may]
    if measure[0] in FINITE_ONLY and doubtful:
        sql += " filter (" + " and ".join(f"isfinite({column})" for column in doubtful) + ")"
    return sql


def step_facts(value: str, table: str) -> str:
    """SQL for the spread of the distances between successive dates (their standard deviation over their mean) and
    for the whole span in seconds."""
    steps = "select epoch(v - lag(v) over (order by v)) as step, v from d where v is not null"
    facts = "select stddev_pop(step) / avg(step), epoch(max(v) - min(v)) from s"
    return f"with d as (select distinct {value} as v from {table}), s as ({steps}) {facts}"


def shape_facts(column: str, sql_type: str, broken: bool = False) -> str:
    """SQL for three facts: whether all numbers are whole (or all times midnight), the least and the greatest.

    Args:
        column, sql_type: of the values.
        broken: a number that is not whole is known; then the least and the greatest are both the sum, which is as good
            for telling whether an infinity is among them, and quicker.
    """
    if sql_type == "DOUBLE" and broken:
        return f"false, sum({column}), sum({column})"
    if sql_type == "DOUBLE":
        return f"bool_and({column} = trunc({column})), min({column}), max({column})"
    if sql_type == "TIMESTAMP":
        return f"bool_and({column} = date_trunc('day', {column})), null, null"
    return "null, null, null"
