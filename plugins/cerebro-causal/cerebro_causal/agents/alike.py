"""Whether the arms are as alike as chance would make them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cerebro_core.blocks.display import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cerebro_core.table import Table

CHANCE = 0.001  # of a false alarm over all columns together
MOST_COLUMNS = 40


def why_not_by_chance(table: Table, treatment: str, columns: Sequence[str]) -> str:
    """The column in which two arms differ most, where that is more than chance would leave; else "".

    Welch's statistic for each column of numbers, held to the normal quantile of .001 shared among them (Bonferroni).

    Args:
        table: the table.
        treatment: a column of two values.
        columns: what was there before the treatment.
    """
    numbers = [name for name in columns if table.columns[name].kind in ("number", "integer", "boolean")][:MOST_COLUMNS]
    if table.columns[treatment].distinct != 2 or not numbers:
        return ""
    measures = {
        f"* {measure} {place}": (measure, name)
        for place, name in enumerate(numbers)
        for measure in ("mean", "std", "count")
    }
    arms = [row for row in table.aggregate(measures, by=[treatment]) if row[treatment] is not None]
    if len(arms) != 2:
        return ""
    found = {name: standard_errors(arms, place) for place, name in enumerate(numbers)}
    worst = max(found, key=lambda name: found[name])
    limit = math.sqrt(2 * math.log(2 * len(numbers) / CHANCE))  # above the quantile, so on the safe side
    if found[worst] < limit:
        return ""
    return f"the arms differ in '{display(worst, 40)}' by {found[worst]:.0f} standard errors"


def standard_errors(arms: list[dict[str, Any]], place: int) -> float:
    """How far apart the means of two arms are, in standard errors of their difference."""
    means = [arm[f"* mean {place}"] for arm in arms]
    spreads = [arm[f"* std {place}"] for arm in arms]
    counts = [arm[f"* count {place}"] for arm in arms]
    if any(value is None for value in (*means, *spreads)) or not all(counts):
        return 0.0
    error = math.sqrt(sum(spread**2 / count for spread, count in zip(spreads, counts, strict=True)))
    gap = abs(means[0] - means[1])
    return float(gap / error) if error > 0 else (math.inf if gap > 0 else 0.0)
