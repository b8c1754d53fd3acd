"""The optimization agent: which budget is divided anew, over how long, and within which bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cerebro_mmm.agents.preprocessing import QUARTER
from cerebro_mmm.agents.stage import Stage
from cerebro_mmm.spacing import Spacing, periods_of

if TYPE_CHECKING:
    from cerebro_core.table import Table


def optimize(given: Mapping[str, Any], known: Mapping[str, Any], table: Table, spacing: Spacing | None) -> Stage:
    """Decide `budget`, `budget_horizon` and `budget_change`."""
    stage = Stage("optimization", given)
    frequency = known["frequency"]
    horizon = max(min(QUARTER[frequency], periods_of(table, spacing)), 1)
    reason = (
        "Budgets are mostly set by the quarter."
        if horizon == QUARTER[frequency]
        else "The table has no more rows than this."
    )
    horizon = stage.choose("budget_horizon", horizon, reason)
    stage.choose(
        "budget", None, f"No total was given, so what was spent in the last {horizon} {frequency}s is divided anew."
    )
    reason = "Each channel may change by half: further away the data say little about what spend does."
    stage.choose("budget_change", 0.5, reason)
    return stage
