"""The table behind an analysis: one file, read by a closed DuckDB, only the columns that are asked for."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import duckdb

from cerebro_core.blocks.column_loading import LoadedColumns, load_columns
from cerebro_core.blocks.display import display
from cerebro_core.blocks.moment_sql import ColumnSql, Moments, MomentSet, moment_plan, read_moments
from cerebro_core.blocks.source_file import UnreadableFile, prepare_file
from cerebro_core.blocks.source_layout import TableLayout, read_layout
from cerebro_core.blocks.table_sql import COLUMN_BATCH, MEASURES, closed_duckdb, measure_sql

PAIR_MEASURES = ("corr", "covar", "sum_product")
ANY_KIND_MEASURES = ("count", "missing", "distinct", "approx_distinct", "min", "max")


class SourceError(Exception):
    """The file or a column of it cannot be read; the message says what, where and what to do."""


@dataclass(frozen=True)
class SourceColumn:
    """A column: its exact name and its kind, "number", "integer", "boolean", "date" or "text".

    The kind is that of the values, the same whatever the file's format: whole numbers are "integer", dates and
    times "date".
    """

    name: str
    kind: str


class Source:
    """A table in a file; made by `open_source`.

    Columns are read when they are first asked for, and only those. A `Source` can be used in a `with` statement.

    Attributes:
        path: as the user gave it.
        table: the table of a DuckDB file, or None.
        names: the exact names of the columns, in the order of the file.
    """

    def __init__(self, path: str, table: str | None) -> None:
        self.path = path
        self.table = table
        self._folder = tempfile.TemporaryDirectory(prefix="cerebro-source-", ignore_cleanup_errors=True)
        try:
            with reading_errors(path):
                prepared = prepare_file(path, self._folder.name)
                self._connection = closed_duckdb(prepared.path, self._folder.name)
                self._layout: TableLayout = read_layout(self._connection, prepared, table, display(path))
        except BaseException:
            self._folder.cleanup()
            raise
        self.table = self._layout.table
        self.names = self._layout.names
        self._number = {name: i for i, name in enumerate(self.names)}
        self._loaded: list[LoadedColumns] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the rows and remove the private folder."""
        self._connection.close()
        self._folder.cleanup()

    @property
    def columns(self) -> tuple[SourceColumn, ...]:
        """Every column with its kind. Kinds depend on all the values, so the first use reads the whole table."""
        loaded = self._holding(range(len(self.names)))
        return tuple(SourceColumn(name, loaded.kinds[i]) for i, name in enumerate(self.names))

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        if not self._loaded:
            self._holding([0])
        return self._loaded[0].rows

    @property
    def notes(self) -> tuple[tuple[str, str, str], ...]:
        """What was done while reading, as (code, column or "", message), for the columns read so far."""
        notes = list(self._layout.notes)
        for loaded in self._loaded:
            notes += [(code, self.names[i], message) for i, code, message in loaded.notes]
        return tuple(dict.fromkeys(notes))

    def kind(self, column: str) -> str:
        """The kind of one column."""
        return self.kinds([column])[0]

    def kinds(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The kinds of these columns, read at once."""
        wanted = [self._index(name) for name in columns]
        kinds = self._holding(wanted).kinds if wanted else {}
        return tuple(kinds[i] for i in wanted)

    def frame(self, columns: Sequence[str]) -> Any:
        """Just these columns as a pandas DataFrame, rows in the order of the file.

        Numbers are float64, whole numbers int64 (float64 where some are missing), dates datetime64[us], truth values
        bool (boolean where some are missing) and text str; missing values are NaN, NaT or NA.

        Args:
            columns: exact names.

        Raises:
            SourceError: a column does not exist, or the file cannot be read.
        """
        import pandas as pd

        if not columns:
            return pd.DataFrame(index=range(self.rows))
        wanted = [self._index(name) for name in columns]
        loaded = self._holding(wanted)
        selected = []
        for place, i in enumerate(wanted):
            value = loaded.values[i]
            if loaded.kinds[i] == "integer" and i in loaded.missing:
                value = f"({value})::double"
            elif loaded.kinds[i] == "date":
                value = f"({value})::timestamp"
            selected.append(f"{value} as f{place}")
        with reading_errors(self.path):
            found = self._connection.execute(f"select {', '.join(selected)} from {loaded.name}").df()
        found.columns = list(columns)
        return found

    def records(
        self, columns: Sequence[str], limit: int = 20_000, order_by: Sequence[str] = ()
    ) -> list[tuple[Any, ...]]:
        """Rows of these columns as plain Python values, without importing pandas.

        Args:
            columns: exact names.
            limit: the most rows.
            order_by: columns to sort by (missing values last); else the order of the file.

        Raises:
            SourceError: a column does not exist, or the file cannot be read.
        """
        wanted, order = [self._index(name) for name in columns], [self._index(name) for name in order_by]
        loaded = self._holding([*wanted, *order])
        sql = f"select {', '.join(loaded.values[i] for i in wanted) or '1'} from {loaded.name}"
        if order:
            sql += " order by " + ", ".join(f"{loaded.values[i]} nulls last" for i in order)
        with reading_errors(self.path):
            rows: list[tuple[Any, ...]] = self._connection.execute(f"{sql} limit {int(limit)}").fetchall()
        return rows

    def levels(self, column: str, limit: int = 20) -> list[tuple[Any, int]]:
        """The most frequent values of a column with how often each occurs; missing values are not counted."""
        i = self._index(column)
        loaded = self._holding([i])
        with reading_errors(self.path):
            rows = self._connection.execute(
                f"select {loaded.values[i]} as level, count(*) as n from {loaded.name} where level is not null "
                f"group by level order by n desc, level limit {int(limit)}"
            ).fetchall()
        return [(level, count) for level, count in rows]

    def distinct(self, column: str, limit: int = 100_000) -> list[Any]:
        """The distinct values of a column in their order, at most `limit`; missing values are left out."""
        i = self._index(column)
        loaded = self._holding([i])
        with reading_errors(self.path):
            rows = self._connection.execute(
                f"select distinct {loaded.values[i]} as level from {loaded.name} where level is not null "
                f"order by level limit {int(limit)}"
            ).fetchall()
        return [row[0] for row in rows]

    def aggregate(self, measures: Mapping[str, tuple[str, ...]], by: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Sufficient statistics, computed where the data is; no row comes into Python.

        Sums are compensated (Kahan), variances and correlations updated around the running mean (Welford), so
        neither loses digits to a large mean. Infinite values are left out of sums, moments and extremes and counted
        by `not_finite`; missing values are left out of all but `rows` and `missing`. A pair counts where both are
        there. What is not defined (the mean of nothing, the variance of one) is None.

        Args:
            measures: result name -> (function, column, [second column]). Functions: rows; count, missing, distinct,
                approx_distinct, min, max of any column (distinct also of several together, gaps being values there);
                sum, mean, var, std, skewness, zeros, negatives, not_finite of numbers and truth values; true of truth
                values; corr, covar, sum_product of two.
            by: columns whose combinations of values make the groups.

        Returns:
            One dict for each group, sorted by its values; one in all without `by`. Keys are the names of `by` and
            of the measures.

        Raises:
            SourceError: a column or function does not exist, or does not suit the column.
        """
        groups = [self._index(name) for name in by]
        used = dict.fromkeys(groups)
        for measure in measures.values():
            used.update(dict.fromkeys(self._index(name) for name in measure[1:]))
        clash = set(by) & set(measures)
        if clash:
            raise SourceError(f"a measure and a grouping column are both called '{display(min(clash))}'; rename one")
        loaded = self._holding(list(used))
        compiled = [self._measure(measure, loaded) for measure in measures.values()]
        keys = [loaded.values[i] for i in groups]
        tail = ""
        if keys:
            places = ", ".join(str(place + 1) for place in range(len(keys)))
            order = ", ".join(f"{place + 1} nulls last" for place in range(len(keys)))
            tail = f" group by {places} order by {order}"
        batch = len(compiled) if keys else 10 * COLUMN_BATCH
        rows: list[tuple[Any, ...]] = []
        with reading_errors(self.path):
            for start in range(0, max(len(compiled), 1), max(batch, 1)):
                selected = ", ".join([*keys, *compiled[start : start + batch]]) or "1"
                part = self._connection.execute(f"select {selected} from {loaded.name}{tail}").fetchall()
                rows = [left + right for left, right in zip(rows, part, strict=True)] if rows else part
        return [dict(zip([*by, *measures], row, strict=False)) for row in rows]

    def moments(
        self,
        sets: Mapping[str, MomentSet],
        by: Sequence[str] = (),
        unit: str | None = None,
        limits: Mapping[str, tuple[float | None, float | None]] | None = None,
        until: tuple[str, Any] | None = None,
        logs: Sequence[str] = (),
    ) -> list[tuple[tuple[Any, ...], dict[str, Moments]]]:
        """Joint moments of sets of columns, all in one pass where the data is; no row comes into Python.

        Args:
            sets: name -> the columns whose means and covariances are wanted.
            by: columns whose combinations of values make the groups.
            unit: a column; moments are then those of the sums over the rows of each unit, such as a cluster.
            limits: column -> lowest and highest value; what lies beyond is set to it (winsorised).
            until: (column, value): only rows where the column is at most this value.
            logs: columns that enter as their natural logarithm; what is not positive counts as missing.

        Returns:
            For each group, sorted: the values of `by`, and set name -> moments.

        Raises:
            SourceError: a column does not exist, or does not hold numbers.
        """
        columns = list(dict.fromkeys(name for item in sets.values() for name in (*item.columns, *item.filled)))
        others = [*by, *([unit] if unit else []), *([until[0]] if until else [])]
        loaded = self._holding([self._index(name) for name in dict.fromkeys([*columns, *others])])
        values = {name: loaded.values[self._index(name)] for name in [*columns, *others]}
        with reading_errors(self.path):
            entering = {name: self._entering(name, loaded, (limits or {}).get(name), name in logs) for name in columns}
            condition, parameters = (f"{values[until[0]]} <= $1", [until[1]]) if until else ("", [])
            keys = [values[name] for name in by]
            plan = moment_plan(sets, entering, keys, values[unit] if unit else None, loaded.name, condition)
            rows = self._connection.execute(plan.sql, parameters).fetchall()
        width = len(by)
        return [
            (row[:width], {name: read_moments(plan, name, row[width:], unit is not None) for name in sets})
            for row in rows
        ]

    def _entering(
        self, name: str, loaded: LoadedColumns, limits: tuple[float | None, float | None] | None, logged: bool
    ) -> ColumnSql:
        """How a column enters sums: within its limits, and less the median of the first rows."""
        i = self._index(name)
        if loaded.kinds[i] not in ("number", "integer", "boolean"):
            raise SourceError(f"'{display(name)}' in {display(self.path)} is {loaded.kinds[i]}, not numbers")
        value = f"({loaded.values[i]})::integer" if loaded.kinds[i] == "boolean" else loaded.values[i]
        for function, bound in zip(("greatest", "least"), limits or (), strict=False):
            if bound is not None:  # `greatest` and `least` pass over what is missing
                value = f"case when {value} is not null then {function}({value}, {float(bound)!r}::double) end"
        if logged:
            value = f"case when {value} > 0 then ln({value}) end"
        sampled = f"select {value} as v from {loaded.name} limit 1000"
        row = self._connection.execute(f"select median(v::double) filter (isfinite(v::double)) from ({sampled})")
        middle = (row.fetchone() or (None,))[0]
        return ColumnSql(value, float(middle or 0.0), logged or i in loaded.missing or i in loaded.infinite)

    def quantiles(
        self, column: str, levels: Sequence[float], by: Sequence[str] = ()
    ) -> list[tuple[tuple[Any, ...], list[float]]]:
        """Quantiles of a column (linear between order statistics), for each group; missing values are left out.

        The values of the column are sorted in memory.

        Args:
            column: of numbers.
            levels: from 0 to 1.
            by: columns whose combinations of values make the groups.
        """
        wanted = [self._index(name) for name in (column, *by)]
        loaded = self._holding(wanted)
        keys = [loaded.values[i] for i in wanted[1:]]
        listed = "[" + ", ".join(repr(float(level)) for level in levels) + "]"
        asked = f"quantile_cont({loaded.values[wanted[0]]}::double, {listed})"
        places = ", ".join(str(place + 1) for place in range(len(keys)))
        tail = f" group by {places} order by {places}" if keys else ""
        with reading_errors(self.path):
            rows = self._connection.execute(f"select {', '.join([*keys, asked])} from {loaded.name}{tail}").fetchall()
        return [(row[:-1], list(row[-1] or [])) for row in rows]

    def _measure(self, measure: tuple[str, ...], loaded: LoadedColumns) -> str:
        """SQL for a measure, after checking that it suits its columns."""
        function, names = measure[0], measure[1:]
        if function not in MEASURES:
            raise SourceError(f"no measure '{display(function)}'; there are {', '.join(MEASURES)}")
        arity = 0 if function == "rows" else 2 if function in PAIR_MEASURES else 1
        if len(names) != arity and not (function == "distinct" and len(names) > 1):
            raise SourceError(f"the measure '{function}' takes {arity} columns, not {len(names)}")
        numbers = [self._number[name] for name in names]
        for i, name in zip(numbers, names, strict=True):
            allowed = ("boolean",) if function == "true" else ("number", "integer", "boolean")
            if arity and function not in ANY_KIND_MEASURES and loaded.kinds[i] not in allowed:
                raise SourceError(
                    f"'{display(name)}' in {display(self.path)} is {loaded.kinds[i]}; '{function}' needs "
                    f"{'truth values' if function == 'true' else 'numbers'}"
                )
        cast = arity and function not in ANY_KIND_MEASURES and function != "true"
        columns = [
            f"{loaded.values[i]}::integer" if cast and loaded.kinds[i] == "boolean" else loaded.values[i]
            for i in numbers
        ]
        return measure_sql(measure, columns, [i in loaded.infinite for i in numbers])

    def _index(self, name: str) -> int:
        """The number of a column.

        Raises:
            SourceError: there is none of this name.
        """
        if name in self._number:
            return self._number[name]
        folded = {known.casefold(): known for known in self.names}
        close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
        hint = f"; did you mean '{display(folded[close[0]])}'?" if close else ""
        raise SourceError(f"no column '{display(name)}' in {display(self.path)}{hint}")

    def _holding(self, wanted: Sequence[int]) -> LoadedColumns:
        """A table in memory that holds these columns: one that is there already, or a new one."""
        needed = frozenset(wanted) or frozenset({0})
        for loaded in self._loaded:
            if needed <= loaded.kinds.keys():
                return loaded
        with reading_errors(self.path):
            fresh = load_columns(self._connection, self._layout, sorted(needed), len(self._loaded))
        self._loaded.append(fresh)
        return fresh


def open_source(path: str, table: str | None = None) -> Source:
    """Open a table: CSV (any delimiter and encoding, also gzipped), Parquet, JSON or a table of a DuckDB file.

    Args:
        path: the file.
        table: the table (or view, or "schema.table") of a DuckDB file; not needed where it has only one.

    Raises:
        SourceError: the file is missing, empty, of a foreign kind, damaged or holds no rows.
    """
    return Source(path, table)


def file_sha256(path: str, limit_bytes: int | None) -> str | None:
    """The SHA-256 of a file in hexadecimal, or None where the file is larger than the limit.

    Args:
        path: the file.
        limit_bytes: the largest size to read; None for no limit.

    Raises:
        SourceError: the file cannot be read.
    """
    try:
        if limit_bytes is not None and os.path.getsize(path) > limit_bytes:
            return None
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{display(path)} cannot be read: {display(error.strerror or error)}") from error


@contextmanager
def reading_errors(path: str) -> Iterator[None]:
    """Turn what goes wrong inside into one clear SourceError."""
    try:
        yield
    except UnreadableFile as error:
        raise SourceError(str(error)) from error
    except duckdb.Error as error:
        raise SourceError(reading_error(display(path), str(error))) from error


def reading_error(shown: str, text: str) -> str:
    """A message for people, from one of DuckDB's; raw rows of the file are not repeated."""
    line = re.search(r"CSV Error on Line: (\d+)", text)
    where = f"{shown}, line {line[1]}" if line else shown
    counts = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
    if counts:
        return (
            f"{where}: {counts[2]} cells where the header has {counts[1]}; "
            "correct this row, or remove lines above the header"
        )
    for mark, message in READING_FAULTS:
        if mark.casefold() in text.casefold():
            return f"{where}: {message}"
    first = text.splitlines()[0] if text else "unknown error"
    return f"{where} cannot be read: {display(first, 300)}"


READING_FAULTS = (
    ("unterminated quote", "a quote is opened and never closed; close it, or double the quotes inside cells"),
    ("Maximum line size", "a line is longer than 2 MB; check that the quotes of its cells are closed"),
    ("Invalid unicode", "the text is not valid UTF-8; save the file as UTF-8"),
    ("Conflicting lock", "another program has this DuckDB file open for writing; close it there, then try again"),
    (
        "Unique file handle conflict",
        "this Python process has this DuckDB file open; close that connection, then try again",
    ),
    (
        "file system operations are disabled",
        "this view or file reads another file, which is not allowed; copy its rows into a table first",
    ),
    (
        "disabled through configuration",
        "it needs a DuckDB extension, which is not allowed; copy its rows into a plain table first",
    ),
    ("Malformed JSON", "the JSON is damaged or cut off; write the file again"),
    ("maximum_object_size", "one JSON object is larger than 64 MB; write one object a row"),
    ("Out of Memory", "the rows do not fit into memory; name fewer columns, or use Parquet"),
    ("No magic bytes", "the Parquet file is damaged or cut off; write it again"),
    ("state machine", "the rows are not valid CSV; check its quotes and line ends"),
)
