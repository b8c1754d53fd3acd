"""The diagnostics agent: how good the fit must be before it counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cerebro_mmm.agents.stage import Stage
from cerebro_mmm.spacing import Spacing

if TYPE_CHECKING:
    from cerebro_core.table import Table


def diagnose(given: Mapping[str, Any], known: Mapping[str, Any], table: Table, spacing: Spacing | None) -> Stage:
    """Decide `chains`, `min_ess`, `max_rhat` and `max_seconds`."""
    stage = Stage("diagnostics", given)
    stage.choose("chains", 4, "Four independent runs show whether all come to the same answer.")
    stage.choose("min_ess", 400, "400 effective draws make intervals steady to a few per cent (Vehtari et al. 2021).")
    stage.choose("max_rhat", 1.01, "The runs must agree this closely (Vehtari et al. 2021).")
    stage.choose(
        "max_seconds", 600.0, "Ten minutes are enough for most tables; after that the fit stops and says what it lacks."
    )
    return stage
