"""Counts of yes and no in each arm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source


def yes_counts(source: Source, arms: Arms, metrics: Sequence[Metric]) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each metric: how often it is 1, and how often it is 0 or 1, in each arm.

    Raises:
        Refused: a metric holds other values than 0 and 1, or an arm has no row.
    """
    measures: dict[str, tuple[str, ...]] = {}
    for place, metric in enumerate(metrics):
        for name, function in (("n", "count"), ("s", "sum"), ("low", "min"), ("high", "max"), ("d", "distinct")):
            measures[f"{name} of {place}"] = (function, metric.name)
    rows = {row[arms.column]: row for row in source.aggregate(measures, by=[arms.column])}
    found = []
    for place, metric in enumerate(metrics):
        of_arm = [rows[value] for value in arms.values]
        for name, row in zip(arms.names, of_arm, strict=True):
            if not row[f"n of {place}"]:
                raise Refused(f"arm '{display(name)}' has no value of '{display(metric.name)}'")
            values = {float(row[f"low of {place}"]), float(row[f"high of {place}"])}
            if not values <= {0.0, 1.0} or row[f"d of {place}"] > 2:
                raise Refused(
                    f"column '{display(metric.name)}' holds more than 0 and 1, and this test counts yes and no; "
                    "choose --test welch"
                )
        successes = np.array([round(row[f"s of {place}"]) for row in of_arm], float)
        found.append((successes, np.array([row[f"n of {place}"] for row in of_arm], float)))
    return found
