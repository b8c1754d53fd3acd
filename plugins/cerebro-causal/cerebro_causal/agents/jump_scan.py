"""Where along a column the share of treated rows jumps, if anywhere."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

SMALLEST_JUMP = 0.25
ERRORS = 6.0
FEWEST_ROWS = 200
WINDOWS = (0.05, 0.1)  # shares of the rows, on each side: narrow ones see small jumps in large tables
LEAST_WINDOW = 30
HARDLY = 0.75  # standard errors: a jump that is less steep by so little may be the same one


@dataclass(frozen=True)
class JumpSeen:
    """A jump in the share of treated rows.

    Attributes:
        last, first: the values before and after it.
        before, after: shares of treated rows close by.
        errors: the jump less its trend, in standard errors.
    """

    last: float
    first: float
    before: float
    after: float
    errors: float


def steepest_jump(rows: Sequence[tuple[Any, Any]], at: float | None = None) -> JumpSeen | None:
    """The largest jump along the first column of the share of the second's higher value; None where none is sure.

    The shares of the rows in windows on both sides of each value are compared, less what the windows beyond them
    foretell (half of the change on each side), so that a steep but smooth rise is no jump.

    Args:
        rows: (value, treatment) of each row.
        at: the only value to look at, where it is known.
    """
    known = sorted((float(x), d) for x, d in rows if x is not None and d is not None)
    levels = sorted({d for _, d in known}, key=lambda value: (isinstance(value, str), value))
    if len(known) < FEWEST_ROWS or len(levels) != 2:
        return None
    total = [0]
    for _, d in known:
        total.append(total[-1] + (d == levels[1]))
    best: JumpSeen | None = None
    close: list[JumpSeen] = []
    for share in WINDOWS:
        window = max(LEAST_WINDOW, int(share * len(known)))
        for place in range(2 * window, len(known) - 2 * window + 1):
            value = known[place][0]
            if known[place - 1][0] == value or (at is not None and not known[place - 1][0] < at <= value):
                continue
            seen = jump_at(total, place, window, (known[place - 1][0], value))
            close.append(seen)
            if best is None or abs(seen.errors) > abs(best.errors):
                best = seen
    if best is None or abs(best.errors) < ERRORS or abs(best.after - best.before) < SMALLEST_JUMP:
        return None
    return best if at is not None else with_neighbours(best, close)


def with_neighbours(best: JumpSeen, seen: Sequence[JumpSeen]) -> JumpSeen:
    """The jump with the values between which it may as well lie: those where it is hardly less steep."""
    steep = [item for item in seen if abs(item.errors) >= abs(best.errors) - HARDLY and item.errors * best.errors > 0]
    low, high = best.last, best.first
    for item in sorted(steep, key=lambda one: -one.last):
        low = item.last if item.last < low <= item.first else low
    for item in sorted(steep, key=lambda one: one.first):
        high = item.first if item.last <= high < item.first else high
    return replace(best, last=low, first=high)


def jump_at(total: Sequence[int], place: int, window: int, values: tuple[float, float]) -> JumpSeen:
    """The jump between two windows, less the trend on both sides of them; `values` stand next to it."""
    ends = [place + step * window for step in (-2, -1, 0, 1, 2)]
    shares = [(total[high] - total[low]) / window for low, high in itertools.pairwise(ends)]
    trend = (shares[1] - shares[0] + shares[3] - shares[2]) / 2
    jump = shares[2] - shares[1] - trend
    spread = sum(weight * share * (1 - share) for share, weight in zip(shares, (0.25, 2.25, 2.25, 0.25), strict=True))
    error = max((spread / window) ** 0.5, 1 / window)
    return JumpSeen(*values, shares[1], shares[2], jump / error)
