"""The user's table and its profile: what an agent or a validator may know without loading the rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Self

from cerebro_core.blocks.display import display
from cerebro_core.blocks.moment_sql import Moments, MomentSet
from cerebro_core.blocks.source import Source, SourceError, open_source
from cerebro_core.errors import TableError
from cerebro_core.findings import Finding
from cerebro_core.frames import save_frame as save_frame
from cerebro_core.roles import likely_role
from cerebro_core.steps import Steps, steps_of
from cerebro_core.suggest import nearest

EXACT_ROWS = 200_000  # up to here distinct values are counted, beyond it estimated where they are many
FEW_LEVELS = 50
MOST_LEVELS = 20
MOST_COUNTED = 100_000
MOST_DATES = 10_000  # those whose distances are looked at; 27 years of days
WARNING_NOTES = ("ambiguous-dates", "ambiguous-numbers", "mixed-values", "header-of-values")
REMEDIES = {
    "ambiguous-dates": "write the dates as 2024-12-31 if they were read wrongly",
    "ambiguous-numbers": "write the numbers as 1234.5 if they were read wrongly",
    "mixed-values": "correct or empty those cells if the column is meant to hold values",
    "header-of-values": "add a first row with the names of the columns",
}


@dataclass(frozen=True)
class ColumnProfile:
    """What the values of one column are like.

    Attributes:
        name: exact.
        kind: "number", "integer", "boolean", "date" or "text".
        rows: rows of the table.
        missing: rows without a value (empty, NA, NaN, NULL and the like).
        distinct: how many different values; an estimate (within some percent) where `distinct_exact` is false.
        minimum, maximum: of finite numbers; of dates as ISO 8601 text; None for others.
        mean, std: of finite numbers and truth values; `std` has n - 1 in its denominator.
        zeros, negatives, not_finite: of numbers; `not_finite` counts infinities (NaN counts as missing).
        levels: up to 20 (value, count), most frequent first; empty for numbers and dates with many values.
        steps: the spacing of dates.
        role, role_reason: a likely role in an analysis ("" where none is likely), and why.
    """

    name: str
    kind: str
    rows: int
    missing: int
    distinct: int
    distinct_exact: bool = True
    minimum: Any = None
    maximum: Any = None
    mean: float | None = None
    std: float | None = None
    zeros: int | None = None
    negatives: int | None = None
    not_finite: int | None = None
    levels: tuple[tuple[Any, int], ...] = ()
    steps: Steps | None = None
    role: str = ""
    role_reason: str = ""

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers, whole or not."""
        return self.kind in ("number", "integer")

    @property
    def is_constant(self) -> bool:
        """Whether all its values are the same (or missing)."""
        return self.distinct <= 1

    @property
    def is_key(self) -> bool:
        """Whether each row has a value of its own, so that it could identify the rows."""
        return self.rows > 1 and not self.missing and self.distinct == self.rows and self.distinct_exact

    @property
    def spacing(self) -> str | None:
        """Of dates: "hour", "day", "week", "month", "quarter", "year" or "irregular"."""
        return self.steps.spacing if self.steps else None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {key: plain_json(value) for key, value in asdict(self).items()} | {
            "constant": self.is_constant,
            "key": self.is_key,
        }


@dataclass(frozen=True)
class Table:
    """A table with its profile. The rows stay where they are; ask for some of them, or for statistics.

    Attributes:
        path: the file, as the user gave it.
        table: the table of a DuckDB file, or None.
        rows: how many.
        columns: exact name -> profile, in the order of the file.
        notes: what was done while reading, as (code, column or "", message).
    """

    path: str
    table: str | None
    rows: int
    columns: Mapping[str, ColumnProfile]
    notes: tuple[tuple[str, str, str], ...] = ()
    _source: Source | None = field(default=None, repr=False, compare=False)

    def column(self, name: str) -> ColumnProfile:
        """The profile of a column.

        Raises:
            TableError: there is none of this name; the nearest is suggested.
        """
        if name not in self.columns:
            raise TableError(f"no column '{display(name)}' in {display(self.path)}{nearest(name, self.columns)}")
        return self.columns[name]

    def records(
        self, columns: Sequence[str], limit: int = 20_000, order_by: Sequence[str] = ()
    ) -> list[tuple[Any, ...]]:
        """Rows of some columns as plain Python values; see `Source.records`."""
        with table_errors():
            return self._rows().records(columns, limit, order_by)

    def aggregate(self, measures: Mapping[str, tuple[str, ...]], by: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Statistics computed where the data is; see `Source.aggregate`."""
        with table_errors():
            return self._rows().aggregate(measures, by)

    def moments(
        self, sets: Mapping[str, MomentSet], by: Sequence[str] = (), unit: str | None = None
    ) -> list[tuple[tuple[Any, ...], dict[str, Moments]]]:
        """Joint moments computed where the data is; see `Source.moments`."""
        with table_errors():
            return self._rows().moments(sets, by, unit)

    def levels(self, column: str, limit: int = MOST_LEVELS) -> list[tuple[Any, int]]:
        """The most frequent values of a column with their counts."""
        with table_errors():
            return self._rows().levels(column, limit)

    def _rows(self) -> Source:
        if self._source is None:
            raise TableError(f"{display(self.path)}: only the profile is left, not the rows; profile the file again")
        return self._source

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the rows; the profile stays."""
        if self._source is not None:
            self._source.close()
            object.__setattr__(self, "_source", None)

    def findings(self, columns: Sequence[str] | None = None) -> list[Finding]:
        """What is remarkable about the table itself.

        Args:
            columns: tell only what concerns these columns, or the whole file; None for all.
        """
        wanted = set(self.columns if columns is None else columns)
        found = [
            Finding(
                "warning" if code in WARNING_NOTES else "info",
                code,
                f"column '{display(column)}': {message}" if column else message,
                REMEDIES.get(code, ""),
            )
            for code, column, message in self.notes
            if not column or column in wanted
        ]
        return found + name_findings(self.columns, wanted)

    def as_dict(self) -> dict[str, Any]:
        """The whole profile as plain values, fit for JSON."""
        return {
            "path": self.path,
            "table": self.table,
            "rows": self.rows,
            "columns": [column.as_dict() for column in self.columns.values()],
            "findings": [finding.as_dict() for finding in self.findings()],
        }

    def text_rows(self) -> list[tuple[str, ...]]:
        """The profile as rows of short texts for a terminal; the first row is the header."""
        rows: list[tuple[str, ...]] = [("column", "kind", "missing", "distinct", "values", "likely role")]
        for column in self.columns.values():
            role = f"{column.role}: {column.role_reason}" if column.role else column.role_reason
            about = "" if column.distinct_exact else "~"
            rows.append(
                (
                    display(column.name, 40),
                    column.kind,
                    f"{column.missing:,}" if column.missing else "",
                    f"{about}{column.distinct:,}",
                    said_values(column),
                    role,
                )
            )
        return rows

    def as_text(self) -> str:
        """The profile for a terminal."""
        place = f" (table {display(self.table)})" if self.table else ""
        rows = self.text_rows()
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines = [f"{display(self.path)}{place}: {self.rows:,} rows, {len(self.columns)} columns", ""]
        for row in rows:
            lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        findings = self.findings()
        if findings:
            lines += ["", *(f"{finding.severity}: {finding.message}" for finding in findings)]
        return "\n".join(lines)


@contextmanager
def table_errors() -> Iterator[None]:
    """Pass a block's error on as one of the core's."""
    try:
        yield
    except SourceError as error:
        raise TableError(str(error)) from error


def no_table() -> Table:
    """What an agent and a validator get where there is no data file: no rows, no columns, no path."""
    return Table("", None, 0, {})


def profile_table(path: str, table: str | None = None) -> Table:
    """Profile a table: CSV, Parquet, JSON or a table of a DuckDB file.

    Args:
        path: the file.
        table: which table of a DuckDB file; not needed where it has only one.

    Raises:
        TableError: the file cannot be read as a table.
    """
    with table_errors():
        source = open_source(path, table)
        try:
            kinds = {column.name: column.kind for column in source.columns}
            facts = column_facts(source, kinds)
            columns = {name: profile_column(source, name, kind, facts[name]) for name, kind in kinds.items()}
        except BaseException:
            source.close()
            raise
    return Table(path, source.table, source.rows, columns, source.notes, source)


def column_facts(source: Source, kinds: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The measures of every column in one pass over the rows, and in a second only what the first calls for.

    Distinct values are counted where that is cheap, and zeros where the range allows any.
    """
    exact = source.rows <= EXACT_ROWS
    first: dict[str, list[str]] = {}
    for name, kind in kinds.items():
        first[name] = ["missing", "distinct" if exact or kind == "boolean" else "approx_distinct"]
        if kind in ("number", "integer", "date"):
            first[name] += ["min", "max"]
        if kind in ("number", "integer", "boolean"):
            first[name] += ["mean", "std"]
        if kind == "number":
            first[name].append("not_finite")
    facts = measured(source, first)
    second: dict[str, list[str]] = {}
    for name, kind in kinds.items():
        known = facts[name]
        second[name] = ["distinct"] if worth_counting(known, kind, source.rows) else []
        if kind in ("number", "integer"):
            known |= {"zeros": 0, "negatives": 0}
            if known["min"] is not None and known["min"] <= 0:
                second[name] += ["zeros", "negatives"]
    for name, more in measured(source, second).items():
        facts[name] |= more
    return facts


def measured(source: Source, wanted: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    """Measures of columns, all in one pass: column -> measure -> value."""
    asked = [(name, measure) for name, measures in wanted.items() for measure in measures]
    if not asked:
        return {}
    row = source.aggregate({str(i): (measure, name) for i, (name, measure) in enumerate(asked)})[0]
    found: dict[str, dict[str, Any]] = {}
    for i, (name, measure) in enumerate(asked):
        found.setdefault(name, {})[measure] = row[str(i)]
    return found


def worth_counting(facts: Mapping[str, Any], kind: str, rows: int) -> bool:
    """Whether an estimated number of distinct values should be counted: where the column may number the rows."""
    if "distinct" in facts or kind != "integer" or facts["missing"] or not rows:
        return False
    return bool(facts["approx_distinct"] > 0.8 * rows and facts["max"] - facts["min"] < 2 * rows)


def profile_column(source: Source, name: str, kind: str, facts: Mapping[str, Any]) -> ColumnProfile:
    """Put the measures of one column together, with its levels or its spacing."""
    distinct, exact = facts.get("distinct", facts.get("approx_distinct")), "distinct" in facts
    steps, levels = None, []
    if kind == "date":
        moments = source.distinct(name, MOST_DATES)
        distinct, exact = len(moments), True
        if distinct == MOST_DATES:
            distinct = source.aggregate({"dates": ("distinct", name)})[0]["dates"]
        steps = steps_of(moments, source.rows - facts["missing"] - distinct)
    elif distinct <= FEW_LEVELS or (kind == "text" and distinct <= 10_000) or (not exact and distinct <= 1_000):
        levels = source.levels(name, MOST_LEVELS if exact else MOST_COUNTED)
        if not exact and len(levels) < MOST_COUNTED:
            distinct, exact = len(levels), True
        levels = levels[:MOST_LEVELS] if distinct <= FEW_LEVELS or kind == "text" else []
    column = ColumnProfile(
        name=name,
        kind=kind,
        rows=source.rows,
        missing=facts["missing"],
        distinct=min(distinct, source.rows),
        distinct_exact=exact,
        minimum=plain_json(facts.get("min")),
        maximum=plain_json(facts.get("max")),
        mean=facts.get("mean"),
        std=facts.get("std"),
        zeros=facts.get("zeros"),
        negatives=facts.get("negatives"),
        not_finite=facts.get("not_finite", 0 if kind == "integer" else None),
        levels=tuple(levels),
        steps=steps,
    )
    role, reason = likely_role(column)
    return ColumnProfile(**{**vars(column), "role": role, "role_reason": reason})


def name_findings(names: Mapping[str, Any], wanted: set[str]) -> list[Finding]:
    """Findings about the names of columns."""
    found = []
    folded: dict[str, list[str]] = {}
    for name in names:
        folded.setdefault(name.strip().casefold(), []).append(name)
    for alike in folded.values():
        if len(alike) > 1 and wanted & set(alike):
            listed = " and ".join(f"'{display(name)}'" for name in alike)
            found.append(
                Finding(
                    "warning",
                    "names-alike",
                    f"columns {listed} differ only in case or in spaces around them",
                    "give them names that cannot be confused",
                )
            )
    for name in names:
        if name in wanted and not name.strip():
            found.append(Finding("warning", "empty-name", "a column has no name", "give it a name"))
        elif name in wanted and display(name, len(name) + 1) != name:
            found.append(
                Finding(
                    "info",
                    "odd-name",
                    f"the name of column '{display(name)}' holds line breaks, tabs or characters that cannot be shown",
                    "rename it if that was not meant",
                )
            )
    return found


def said_values(column: ColumnProfile) -> str:
    """The values of a column in a few words."""
    if column.kind == "date" and column.steps:
        gaps = f", {column.steps.gaps} missing" if column.steps.gaps else ""
        return f"{column.minimum} to {column.maximum}, by {column.steps.spacing}{gaps}".replace(
            "by irregular", "irregular"
        )
    if column.is_number and column.minimum is not None:
        return f"{short(column.minimum)} to {short(column.maximum)}, mean {short(column.mean)}"
    return display(", ".join(f"{level} ({count:,})" for level, count in column.levels[:4]), 60)


def short(value: Any) -> str:
    """A number in few characters."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}" if isinstance(value, float) else str(value)


def plain_json(value: Any) -> Any:
    """A value as JSON can hold it: dates as ISO 8601 text, numbers that are not finite as None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, dict):
        return {key: plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    return value
