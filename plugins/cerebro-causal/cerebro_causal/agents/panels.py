"""Whether a table follows units over time, and what it shows of a treatment there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cerebro_causal.agents.casting import is_time, names_rows

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

MOST_CELLS = 300_000
FEWEST_PERIODS = 2


@dataclass(frozen=True)
class Panel:
    """Units followed over time.

    Attributes:
        unit: the column with the units; "" where all rows are of one.
        time: the column with the periods.
    """

    unit: str
    time: str


def find_panel(table: Table, unit: str | None = None, time: str | None = None) -> Panel | None:
    """Units and periods whose pairs are the rows of the table; None where there are none.

    Args:
        table: the table.
        unit, time: what the user said.
    """
    whens = (
        [table.columns[time]] if time in table.columns and time else [c for c in table.columns.values() if is_time(c)]
    )
    whens = [column for column in whens if column.distinct >= FEWEST_PERIODS and not column.missing]
    for when in whens:
        if when.is_key and is_evenly_spaced(when):
            return Panel("", when.name)
    for when in sorted(whens, key=lambda column: column.kind != "date"):
        for who in units_beside(table, when, unit):
            if crosses(table, who, when):
                return Panel(who.name, when.name)
    return None


def is_evenly_spaced(column: ColumnProfile) -> bool:
    """Whether a column of times is one series, rather than the dates at which rows happened to be written."""
    if column.kind == "date":
        return column.spacing not in (None, "irregular")
    return column.kind == "integer" and column.maximum - column.minimum == column.rows - 1


def units_beside(table: Table, when: ColumnProfile, unit: str | None) -> list[ColumnProfile]:
    """Columns that may hold the units, those with a fitting name first."""
    if unit is not None:
        return [table.columns[unit]] if unit in table.columns else []
    able = [
        column
        for column in table.columns.values()
        if column.name != when.name
        and column.kind in ("text", "integer")
        and not column.missing
        and not column.is_key
        and 1 < column.distinct < table.rows
        and not is_time(column)
        and 0.5 <= column.distinct * when.distinct / table.rows <= 5
    ]
    return sorted(able, key=lambda column: (not names_rows(column), column.kind != "text"))


def crosses(table: Table, who: ColumnProfile, when: ColumnProfile) -> bool:
    """Whether no unit has two rows of one period."""
    if who.distinct * when.distinct > 5 * MOST_CELLS or table.rows > MOST_CELLS:
        return False
    return len(table.aggregate({"* rows": ("rows",)}, by=[who.name, when.name])) == table.rows


def why_no_comparison(table: Table, panel: Panel, treatment: ColumnProfile | None) -> str:
    """Why nothing can be compared in a panel, or "" where something can."""
    if not panel.unit:
        return (
            "the table follows one unit over time, so there is nobody to compare it with at the same time: what else "
            "changed at that time cannot be told from the effect. Add units that were not treated"
        )
    if treatment is None or treatment.kind not in ("integer", "number", "boolean") or treatment.distinct != 2:
        return ""
    spread = {"* low": ("min", treatment.name), "* high": ("max", treatment.name)}
    by_time = table.aggregate(spread, by=[panel.time])
    if all(row["* low"] == row["* high"] for row in by_time):
        return (
            f"all units of '{panel.unit}' were treated at the same time, so nobody is left to compare with: what else "
            "changed at that time cannot be told from the effect. Add units that were treated later or never"
        )
    return ""


def never_switches(table: Table, panel: Panel, treatment: ColumnProfile) -> bool:
    """Whether each unit is treated in all of its periods, or in none."""
    if not panel.unit or treatment.kind not in ("integer", "number", "boolean"):
        return False
    by_unit = table.aggregate({"* low": ("min", treatment.name), "* high": ("max", treatment.name)}, by=[panel.unit])
    return all(row["* low"] == row["* high"] for row in by_unit)
