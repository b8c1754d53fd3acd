"""How the rows of a table are spaced in time, as the profile of its date column says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cerebro_core.table import Table


@dataclass(frozen=True)
class Spacing:
    """The dates of a table.

    Attributes:
        unit: the usual distance: "day", "week", another unit of time, or "irregular".
        rows: how many rows have a date.
        duplicates: rows whose date an earlier row has already.
        gaps: dates that are missing in between.
        breaks: up to five dates that the next date does not follow at the usual distance.
        first: the earliest date.
        last: the latest date.
    """

    unit: str
    rows: int
    duplicates: int
    gaps: int
    breaks: tuple[str, ...]
    first: str
    last: str

    @property
    def frequency(self) -> str | None:
        """ "day" or "week", or None where the rows are spaced otherwise."""
        return self.unit if self.unit in ("day", "week") else None

    @property
    def said(self) -> str:
        """The spacing in words."""
        return (
            "dates at uneven distances"
            if self.unit == "irregular"
            else f"one row a{'n' * (self.unit == 'hour')} {self.unit}"
        )


def spacing_of(table: Table, column: str) -> Spacing | None:
    """The spacing of a date column; None where the column holds no dates."""
    profile = table.columns.get(column)
    if profile is None or profile.kind != "date" or profile.steps is None:
        return None
    steps = profile.steps
    return Spacing(
        unit=steps.spacing,
        rows=profile.rows - profile.missing,
        duplicates=steps.repeated,
        gaps=steps.gaps or 0,
        breaks=steps.after,
        first=str(profile.minimum),
        last=str(profile.maximum),
    )


def panel_spacing(table: Table, column: str, geo: str) -> Spacing | None:
    """The spacing of the dates within the regions of a panel; None where the columns hold no dates or no regions.

    `duplicates` counts rows that repeat both region and date, `gaps` the dates that some region lacks.
    """
    profile = table.columns.get(column)
    if profile is None or profile.kind != "date" or geo not in table.columns:
        return None
    cells = table.aggregate({"rows": ("rows",)}, by=[column, geo])
    cells = [cell for cell in cells if cell[column] is not None and cell[geo] is not None]
    days = sorted({cell[column] for cell in cells})
    regions = {cell[geo] for cell in cells}
    if not days:
        return None
    steps = [(after - before).days for before, after in pairwise(days)]
    usual = Counter(steps).most_common(1)[0][0] if steps else 1
    here = Counter(cell[column] for cell in cells)
    short = [day for day in days if here[day] < len(regions)]
    breaks = [before for before, step in zip(days, steps, strict=False) if step != usual] + short
    return Spacing(
        unit={1: "day", 7: "week"}.get(usual, "irregular" if len(set(steps)) > 1 else f"{usual} days"),
        rows=len(days),
        duplicates=sum(cell["rows"] - 1 for cell in cells),
        gaps=sum(len(regions) - here[day] for day in days) + sum(step // usual - 1 for step in steps if step != usual),
        breaks=tuple(str(day)[:10] for day in breaks[:5]),
        first=str(days[0])[:10],
        last=str(days[-1])[:10],
    )


def region_column(table: Table, date: str, taken: set[str]) -> str | None:
    """A column whose values, with the dates, name each row once: the regions of a panel; None where there is none."""
    dates = table.columns[date].distinct
    for name, profile in table.columns.items():
        if name in taken or name == date or profile.kind not in ("text", "integer") or profile.missing:
            continue
        if 2 <= profile.distinct <= 500 and profile.distinct * dates == table.rows:
            found = panel_spacing(table, date, name)
            if found is not None and not found.duplicates and not found.gaps:
                return name
    return None


def periods_of(table: Table, spacing: Spacing | None) -> int:
    """How many periods the table covers: its rows, or the dates of one region of a panel."""
    return spacing.rows if spacing is not None else table.rows
