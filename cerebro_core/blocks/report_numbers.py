"""Numbers for people: as many digits as the uncertainty allows, thousands separated, shares as percent.

An estimate is rounded by its own interval and by nothing else, so that it reads the same in a card, in a table and in
the terminal, whatever stands beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

MINUS = "−"


def share_unit(unit: str) -> bool:
    """Whether a unit says that values are shares, to be shown as percent."""
    first = unit.strip().lower().split(" ")[0]
    return first in ("share", "proportion", "probability", "fraction")


def number_text(value: float | None, decimals: int) -> str:
    """A number with thousands separated; negative `decimals` round to tens, hundreds, …; "n/a" for None."""
    if value is None:
        return "n/a"
    if abs(value) >= 1e15 or (value != 0 and abs(value) < 1e-6):
        return f"{value:.3g}".replace("-", MINUS)
    rounded = round(float(value), decimals)
    text = f"{rounded:,.{max(decimals, 0)}f}"
    return text.replace("-", MINUS) if rounded else text.replace("-", "")


def free_decimals(value: float | None, digits: int = 3) -> int:
    """Decimals that show `digits` significant digits of a value, none of an integer cut off."""
    if not value or not math.isfinite(value):
        return 0
    return max(0, min(digits - 1 - math.floor(math.log10(abs(value))), 8))


def estimate_decimals(estimate: Mapping[str, Any]) -> int:
    """Decimals that show two significant digits of an estimate's uncertainty.

    The shorter arm of the interval, else the standard error, says how far the digits mean anything. Decimals are
    negative where only hundreds or thousands do.
    """
    scale = 100.0 if share_unit(estimate["unit"]) else 1.0
    value = estimate["value"]
    spread = _interval_spread(value, estimate["ci_low"], estimate["ci_high"])
    spread = estimate["std_error"] if spread is None else spread
    if not spread or not math.isfinite(spread):
        return free_decimals(value * scale if value else value)
    return max(-9, min(1 - math.floor(math.log10(abs(spread) * scale * 1.02)), 8))


def _interval_spread(value: float | None, low: float | None, high: float | None) -> float | None:
    if low is None or high is None:
        return None
    half = (high - low) / 2
    arm = half if value is None else min(value - low, high - value)
    return float(max(arm, half / 100))


def scaled_text(value: float | None, decimals: int, unit: str) -> str:
    """A number in its unit: percent where the unit is a share."""
    if value is None or not share_unit(unit):
        return number_text(value, decimals)
    return number_text(value * 100, decimals) + "%"


def estimate_text(estimate: Mapping[str, Any]) -> str:
    """The point estimate as text."""
    return scaled_text(estimate["value"], estimate_decimals(estimate), estimate["unit"])


def interval_text(estimate: Mapping[str, Any]) -> str:
    """The interval as text, such as "1.2 to 3.4"; empty where none is known."""
    places = estimate_decimals(estimate)
    return " or ".join(_ends_text(low, high, places, estimate["unit"]) for low, high in interval_pieces(estimate))


def interval_pieces(estimate: Mapping[str, Any]) -> list[tuple[float | None, float | None]]:
    """The interval's pieces as (low, high), None for infinity; no piece where nothing is known."""
    if estimate["ci_set"] is not None:
        return [(low, high) for low, high in estimate["ci_set"]]
    low, high = estimate["ci_low"], estimate["ci_high"]
    return [] if low is None and high is None else [(low, high)]


def _ends_text(low: float | None, high: float | None, decimals: int, unit: str) -> str:
    if low is None and high is None:
        return "any value"
    if low is None:
        return f"{scaled_text(high, decimals, unit)} or less"
    if high is None:
        return f"{scaled_text(low, decimals, unit)} or more"
    return f"{scaled_text(low, decimals, unit)} to {scaled_text(high, decimals, unit)}"
