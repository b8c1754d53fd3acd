"""The rows that the checks look at, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cerebro_mmm.specs import MMMSpec

if TYPE_CHECKING:
    from cerebro_core.table import Table

# Longer than fifty years of days: beyond this, checks that follow single rows are left out.
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Rows:
    """The columns of a spec in the order of the dates.

    Attributes:
        numbers: outcome, channels and controls that are numeric: name -> values, None where blank; in a panel the
            sums over its regions.
    """

    numbers: Mapping[str, Sequence[float | None]]


def numeric(table: Table, names: Sequence[str]) -> list[str]:
    """Those columns that exist and hold numbers."""
    return [name for name in names if name in table.columns and table.columns[name].is_number]


def read_rows(spec: MMMSpec, table: Table) -> Rows:
    """Read what the checks need, once; nothing of a very long table, or of one without dates."""
    names = list(dict.fromkeys(numeric(table, [spec.outcome, *spec.channels, *spec.controls])))
    date = table.columns.get(spec.date)
    if not names or table.rows > MOST_ROWS or date is None or date.kind != "date":
        return Rows({})
    if spec.geo:
        days = table.aggregate({name: ("sum", name) for name in names}, by=[spec.date])
        return Rows({name: [_number(day[name]) for day in days] for name in names})
    records = table.records(names, limit=MOST_ROWS, order_by=[spec.date])
    columns = zip(*records, strict=True) if records else [()] * len(names)
    return Rows({name: [_number(value) for value in values] for name, values in zip(names, columns, strict=True)})


def _number(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]


def usual(value: float) -> str:
    """A number for a message."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
