"""The visualization agent: which figures the report shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cerebro_mmm.agents.stage import Stage
from cerebro_mmm.spacing import Spacing

if TYPE_CHECKING:
    from cerebro_core.table import Table


def visualize(given: Mapping[str, Any], known: Mapping[str, Any], table: Table, spacing: Spacing | None) -> Stage:
    """Decide `figures`."""
    stage = Stage("visualization", given)
    stage.choose("figures", "all", "A first look needs all figures; --figures main shows the chief ones only.")
    return stage
