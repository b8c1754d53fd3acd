"""Checks of the budget: bounds that can be met, over a horizon that the table covers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding
from cerebro_mmm.checks.rows import Rows, usual
from cerebro_mmm.specs import MMMSpec

if TYPE_CHECKING:
    from cerebro_core.table import Table


def check_budget(spec: MMMSpec, table: Table, rows: Rows) -> Iterator[Finding]:
    """Bounds below zero, crossed, or that no division of the budget can meet; a horizon beyond the table."""
    regions = table.columns[spec.geo].distinct if spec.geo and spec.geo in table.columns else 1
    periods = table.rows // max(regions, 1)
    if spec.budget_horizon > periods:
        yield Finding(
            "warning",
            "horizon-too-long",
            f"budget_horizon is {spec.budget_horizon}, and the table has {periods} rows; the mean spend of all rows "
            "stands for recent spend",
            f"say --budget-horizon {periods} or less, or give the total with --budget",
            "budget_horizon",
        )
    wrong = [*_bounds(spec)]
    yield from wrong
    if not wrong and spec.geo is None and all(rows.numbers.get(name) for name in spec.channels):
        yield from _total(spec, _current(spec, rows))


def _bounds(spec: MMMSpec) -> Iterator[Finding]:
    for field in ("budget_min", "budget_max"):
        for channel, amount in getattr(spec, field).items():
            if amount < 0:
                message = f"{field}: {display(channel)}={usual(amount)} is below zero"
                yield Finding("error", "budget-bound-negative", message, "give an amount of zero or more", field)
    for channel, least in spec.budget_min.items():
        most = spec.budget_max.get(channel)
        if most is not None and least > most:
            yield Finding(
                "error",
                "budget-bounds-crossed",
                f"channel '{display(channel)}': budget_min {usual(least)} is above budget_max {usual(most)}",
                "lower the one or raise the other",
                "budget_min",
            )


def _current(spec: MMMSpec, rows: Rows) -> dict[str, float]:
    """The total as it would be divided now: by the shares of the last rows of the horizon, or of all rows."""
    spend = {name: [value or 0.0 for value in rows.numbers[name]] for name in spec.channels}
    count = len(next(iter(spend.values())))
    horizon = min(spec.budget_horizon, count)
    recent = {name: sum(values[-horizon:]) * spec.budget_horizon / horizon for name, values in spend.items()}
    if not any(recent.values()):
        recent = {name: sum(values) / count * spec.budget_horizon for name, values in spend.items()}
    everything = sum(recent.values())
    if spec.budget is None or not everything:
        return recent
    return {name: value * spec.budget / everything for name, value in recent.items()}


def _total(spec: MMMSpec, current: dict[str, float]) -> Iterator[Finding]:
    """No division of the total lies within the bounds; the same bounds as in `blocks/optimization.py`."""
    total = sum(current.values())
    least = most = 0.0
    for name, value in current.items():
        floor, ceiling = spec.budget_min.get(name), spec.budget_max.get(name)
        usual_low, usual_high = value * max(0.0, 1 - spec.budget_change), value * (1 + spec.budget_change)
        low = floor if floor is not None else min(usual_low, usual_low if ceiling is None else ceiling)
        least += low
        most += ceiling if ceiling is not None else max(usual_high, low)
    said = f"a budget of {usual(total)} over {spec.budget_horizon} rows cannot be divided"
    if least > total * (1 + 1e-9):
        message = f"{said}: the least amounts come to {usual(least)}"
        remedy = "raise --budget, lower --budget-min, or raise --budget-change for the channels without bounds"
        yield Finding("error", "budget-infeasible", message, remedy, "budget")
    elif most < total * (1 - 1e-9):
        message = f"{said}: the most amounts come to {usual(most)}"
        remedy = "lower --budget, raise --budget-max, or raise --budget-change for the channels without bounds"
        yield Finding("error", "budget-infeasible", message, remedy, "budget")
