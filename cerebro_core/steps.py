"""How dates are spaced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

SECONDS = {"hour": 3_600.0, "day": 86_400.0, "week": 604_800.0}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
EVEN = 0.8  # the share of distances that must be whole multiples of the unit


@dataclass(frozen=True)
class Steps:
    """The distances between the distinct dates of a column.

    Attributes:
        spacing: "hour", "day", "week", "month", "quarter", "year" or "irregular".
        gaps: periods without a row between the first and the last date; None where the spacing is irregular.
        after: up to five dates (ISO 8601) that a gap follows.
        repeated: rows whose date another row has already; units by date make many.
    """

    spacing: str
    gaps: int | None
    after: tuple[str, ...]
    repeated: int


def steps_of(values: Sequence[date], repeated: int) -> Steps | None:
    """See how dates are spaced.

    Args:
        values: distinct dates or times, sorted; the first of them are enough.
        repeated: rows whose date another row has already.
    """
    if len(values) < 2:
        return Steps("irregular", None, (), repeated) if values else None
    moments = [
        value if isinstance(value, datetime) else datetime(value.year, value.month, value.day) for value in values
    ]
    pairs = list(pairwise(moments))
    seconds = [(after - before).total_seconds() for before, after in pairs]
    usual = Counter(seconds).most_common(1)[0][0]
    for spacing, length in SECONDS.items():
        if usual == length:
            return counted(spacing, [step / length for step in seconds], values, repeated)
    months = [month_steps(before, after) for before, after in pairs]
    whole = Counter(step for step in months if step is not None)
    if whole:
        common = whole.most_common(1)[0][0]
        for spacing, length in MONTHS.items():
            if common == length:
                lengths = [float("nan") if step is None else step / length for step in months]
                return counted(spacing, lengths, values, repeated)
    return Steps("irregular", None, (), repeated)


def month_steps(before: datetime, after: datetime) -> int | None:
    """Whole months from one date to the next: on the same day of the month, or both at the month's end."""
    months = (after.year - before.year) * 12 + after.month - before.month
    same = before.day == after.day or (is_month_end(before) and is_month_end(after))
    return months if same and months > 0 else None


def is_month_end(moment: datetime) -> bool:
    following = datetime(moment.year + moment.month // 12, moment.month % 12 + 1, 1)
    return (following - moment).days <= 1


def counted(spacing: str, lengths: Sequence[float], values: Sequence[date], repeated: int) -> Steps:
    """The steps of a spacing, or irregular ones where too few are whole multiples of the unit."""
    whole = [abs(length - round(length)) < 1e-9 if length == length else False for length in lengths]
    if sum(whole) < EVEN * len(lengths):
        return Steps("irregular", None, (), repeated)
    wide = [i for i, length in enumerate(lengths) if not whole[i] or length > 1.5]
    gaps = sum(round(lengths[i]) - 1 for i in wide if whole[i])
    return Steps(spacing, gaps, tuple(values[i].isoformat() for i in wide[:5]), repeated)
