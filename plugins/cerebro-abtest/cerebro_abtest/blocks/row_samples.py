"""The rows of each arm, for tests that need more than sums."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cerebro_abtest.blocks.arms import MOST_SORTED_ROWS, Arms, Metric
from cerebro_abtest.blocks.contrasts import Interval
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source


def samples_of(
    source: Source, arms: Arms, metric: Metric, more: Sequence[str], limits: dict[str, Interval]
) -> list[list[np.ndarray]]:
    """For each arm: the values of the metric, sorted, and with them those of further columns.

    Sorted, so that the order of the file's rows changes nothing.

    Args:
        source, arms, metric: what is compared.
        more: further columns; those that hold no numbers are numbered.
        limits: outcome -> lowest and highest value that counts.

    Raises:
        Refused: an arm has fewer than two rows with a value, or there are more rows than should be held in memory.
    """
    import pandas as pd

    if sum(arms.counts) > MOST_SORTED_ROWS:
        raise Refused(
            f"{sum(arms.counts):,} rows: this test holds all rows in memory, and takes {MOST_SORTED_ROWS:,} at most. "
            "Choose --test welch, which needs only sums, or take a random sample of the units"
        )

    columns = [arms.column, metric.name, *more]
    frame = source.frame(list(dict.fromkeys(columns)))
    whole = frame.dropna(subset=[metric.name, *more])
    values = whole[metric.name].to_numpy(float)
    low, high = limits.get(metric.name, (None, None))
    values = np.clip(values, -np.inf if low is None else low, np.inf if high is None else high)
    others = []
    for name in more:
        column = whole[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            others.append(column.to_numpy(float))
        else:
            others.append(pd.factorize(column, sort=True)[0].astype(float))
    treatment = whole[arms.column]
    found = []
    for value, name in zip(arms.values, arms.names, strict=True):
        mine = (treatment == value).fillna(False).to_numpy(bool)
        kept = [values[mine], *(other[mine] for other in others)]
        if len(kept[0]) < 2:
            raise Refused(f"arm '{display(name)}' has {len(kept[0])} rows with a value of '{display(metric.name)}'")
        order = np.lexsort(kept[::-1])
        found.append([item[order] for item in kept])
    return found
