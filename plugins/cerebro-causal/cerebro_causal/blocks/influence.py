"""From influence functions to errors and intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cerebro_core.blocks.result import Estimate


@dataclass(frozen=True)
class Effect:
    """One estimate with what its interval needs.

    Attributes:
        value, error: point and standard error.
        degrees: of Student's t; infinite for the normal.
        counted: what the error is summed over, "rows" or "clusters".
    """

    value: float
    error: float
    degrees: float = float("inf")
    counted: str = "rows"

    def interval(self, level: float) -> tuple[float, float]:
        """The ends of the interval."""
        reach = float(stats.t.ppf((1 + level) / 2, self.degrees)) * self.error
        return self.value - reach, self.value + reach

    @property
    def p_value(self) -> float | None:
        """Of no effect; None where the error is zero."""
        return float(2 * stats.t.sf(abs(self.value) / self.error, self.degrees)) if self.error > 0 else None


def influence_effect(value: float, influence: np.ndarray, weights: np.ndarray, clusters: np.ndarray) -> Effect:
    """An effect whose error is that of the mean of its influence function.

    Var = G/(G - 1) sum_g (sum_{i in g} w_i psi_i)^2 / n^2, with Student's t of G - 1 degrees; G is the number of
    clusters, or of rows where each is its own.

    Args:
        value: the estimate.
        influence: (n,) influence function, with weighted mean near 0.
        weights: (n,) sampling weights with mean 1.
        clusters: (n,) numbers of clusters.
    """
    groups = np.unique(clusters, return_inverse=True)[1]
    count = int(groups.max()) + 1
    sums = np.bincount(groups, weights=weights * influence, minlength=count)
    sums = sums - sums.mean()
    error = float(np.sqrt(count / (count - 1) * (sums**2).sum())) / len(influence)
    return Effect(value, error, float(count - 1))


def heavy_tailed_effect(value: float, influence: np.ndarray, weights: np.ndarray, clusters: np.ndarray) -> Effect:
    """An effect whose interval allows for an error that few rows decide about.

    The variance is a sum of squares; where one of them is half of it, the variance is known as badly as from two draws.
    So Student's t has 1 / sum q^2 degrees of freedom, with q each row's (or cluster's) share of the sum (Satterthwaite
    1946, with the fourth moments of the rows themselves, twice on the safe side).
    """
    effect = influence_effect(value, influence, weights, clusters)
    groups = np.unique(clusters, return_inverse=True)[1]
    counted = "rows" if int(groups.max()) + 1 == len(influence) else "clusters"
    squares = np.bincount(groups, weights=weights * influence) ** 2
    total = float(squares.sum())
    if total <= 0:
        return Effect(value, effect.error, effect.degrees, counted)
    degrees = max(min(effect.degrees, total**2 / float((squares**2).sum())), 1.0)
    return Effect(value, effect.error, degrees, counted)


def effect_estimate(
    name: str, effect: Effect, level: float, *, text: str, outcome: str, group: str | None = None, unit: str = ""
) -> Estimate:
    """An effect as an entry of the result."""
    low, high = effect.interval(level)
    return Estimate(
        name=name,
        value=effect.value,
        label=text,
        std_error=effect.error,
        ci_low=low,
        ci_high=high,
        ci_level=level,
        interval="confidence",
        p_value=effect.p_value if unit != "level" else None,
        outcome=outcome,
        group=group,
        unit="" if unit == "level" else unit,
    )
