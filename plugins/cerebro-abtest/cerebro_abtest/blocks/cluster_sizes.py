"""What few clusters of different sizes do to a variance that is estimated from their sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from cerebro_abtest.blocks.arms import Arms
from cerebro_core.blocks.source import Source

MOST_LISTED = 2_000


@dataclass(frozen=True)
class SizeCorrection:
    """What to multiply a variance between clusters by, and its degrees of freedom."""

    factor: float
    degrees: float


def size_correction(sizes: Sequence[int]) -> SizeCorrection:
    """Correct the variance of sum(y) / sum(n) that is estimated by G / (G - 1) times the squared residual sums.

    Residual sums fall short of the true ones, the more so the larger a cluster is. Under a working model (all variance
    within clusters, or all of it between them) the expected shortfall and the degrees of freedom are known (Bell &
    McCaffrey 2002; Pustejovsky & Tipton 2018). Of the two models the more careful answer is taken; for clusters of one
    size both give factor 1 and G - 1.

    Args:
        sizes: rows of each cluster.
    """
    n = np.asarray(sizes, float)
    count, total = len(n), float(n.sum())
    if count < 2:
        return SizeCorrection(1.0, 1.0)
    if n.min() == n.max():
        return SizeCorrection(1.0, count - 1.0)
    share = n / total
    away = np.eye(count) - np.outer(np.ones(count), share)
    usual = count / (count - 1)
    found = []
    for within in (True, False):
        # covariance of the residual sums, and what the variance of the mean truly is, up to a constant
        root = np.diag(n) @ away @ np.diag(1 / np.sqrt(n)) if within else np.diag(n) @ away
        covariance = root @ root.T
        trace = float(np.trace(covariance))
        truth = total if within else float((n**2).sum())
        found.append((truth / (usual * trace), trace**2 / float((covariance**2).sum())))
    return SizeCorrection(max(1.0, *(factor for factor, _ in found)), min(degrees for _, degrees in found))


def size_corrections(
    source: Source, arms: Arms, cluster: str, column: str, until: tuple[str, Any] | None = None
) -> list[SizeCorrection]:
    """The correction of each arm; where clusters are many, G - 1 degrees of freedom and no factor.

    Args:
        source, arms: the experiment.
        cluster, column: whose rows with a value are counted.
        until: (date, value): only rows up to this look.
    """
    counts = source.aggregate({"number of clusters": ("distinct", cluster)}, by=[arms.column])
    many = max(row["number of clusters"] for row in counts)
    if many > MOST_LISTED:
        of_arm = {row[arms.column]: row["number of clusters"] for row in counts}
        return [SizeCorrection(1.0, max(float(of_arm[value] - 1), 1.0)) for value in arms.values]
    by = [arms.column, cluster, *([until[0]] if until else [])]
    sizes: dict[Any, dict[Any, int]] = {value: {} for value in arms.values}
    for row in source.aggregate({"number of rows": ("count", column)}, by=by):
        seen = row["number of rows"] > 0 and row[arms.column] in sizes
        if seen and (until is None or (row[until[0]] is not None and row[until[0]] <= until[1])):
            mine = sizes[row[arms.column]]
            mine[row[cluster]] = mine.get(row[cluster], 0) + row["number of rows"]
    return [known_correction(tuple(sizes[value].values())) for value in arms.values]


@lru_cache(maxsize=256)
def known_correction(sizes: tuple[int, ...]) -> SizeCorrection:
    """See `size_correction`; looks and simulations ask for the same sizes again and again."""
    return size_correction(sizes)
