"""How many numbers a marketing mix model has to learn; the same count as in `blocks/preprocessing.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cerebro_mmm.agents.words import NO_EVENT

if TYPE_CHECKING:
    from cerebro_core.table import Table

# Strength, carry-over, and up to two for the shape of diminishing returns.
PER_CHANNEL = 4
LEVEL_AND_NOISE = 2


def count_parameters(settings: Mapping[str, Any], table: Table) -> int:
    """Number of parameters of a model.

    Args:
        settings: channels, controls, events, trend, seasonality and weekly_seasonality.
        table: the profiled table, for the names of events.
    """
    channels = PER_CHANNEL * len(settings["channels"])
    season: int = 2 * (settings["seasonality"] + settings["weekly_seasonality"])
    trend = 0 if settings["trend"] == "none" else 1
    events = event_names(settings["events"], table)
    geo = settings.get("geo")
    levels = table.columns[geo].distinct - 1 if geo and geo in table.columns else 0
    return channels + levels + len(settings["controls"]) + events + season + trend + LEVEL_AND_NOISE


def event_names(events: Sequence[str], table: Table) -> int:
    """How many events the event columns mark, each with an effect of its own."""
    count = 0
    for name in events:
        column = table.columns.get(name)
        if column is None:
            continue
        if column.kind == "boolean":
            count += 1
        elif column.kind == "text":
            quiet = sum(1 for level, _ in column.levels if str(level).strip().casefold() in NO_EVENT)
            count += max(column.distinct - quiet, 0)
        else:
            count += max(column.distinct - bool(column.zeros), 0)
    return count
