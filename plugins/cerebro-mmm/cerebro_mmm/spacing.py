"""How the rows of a table are spaced in time, as the profile of its date column says."""

from __future__ import annotations

from dataclasses import dataclass
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
