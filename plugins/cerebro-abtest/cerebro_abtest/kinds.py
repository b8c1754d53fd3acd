"""What kind of outcome a column is, as far as its profile tells."""

from __future__ import annotations

from typing import Literal

from cerebro_core.table import ColumnProfile

Kind = Literal["yes-no", "count", "amount", "number"]

MOST_COUNT = 10_000


def outcome_kind(column: ColumnProfile) -> Kind:
    """Yes or no, a count, an amount that is never negative and has a long tail, or any other number."""
    if is_yes_no(column):
        return "yes-no"
    low = column.minimum
    if not isinstance(low, int | float) or low < 0:
        return "number"
    mean, spread = column.mean or 0.0, column.std or 0.0
    top = column.maximum if isinstance(column.maximum, int | float) else 0
    if column.kind == "integer" and top < MOST_COUNT and mean > 0 and 0.5 < spread**2 / mean < 2:
        return "count"
    if mean > 0 and spread > mean and ((column.zeros or 0) > 0 or top > mean + 6 * spread):
        return "amount"
    return "number"


def is_yes_no(column: ColumnProfile) -> bool:
    """Whether all values are 0 and 1, or truth values."""
    if column.kind == "boolean":
        return True
    ends = (column.minimum, column.maximum)
    return column.is_number and column.distinct <= 2 and all(end in (0, 1) for end in ends)
