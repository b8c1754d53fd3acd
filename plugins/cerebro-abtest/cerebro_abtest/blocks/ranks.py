"""The Mann-Whitney test with the Hodges-Lehmann shift."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.contrasts import ArmSummary, ComparisonPlan, Contrast, Interval, MetricAnswer
from cerebro_abtest.blocks.row_samples import samples_of
from cerebro_core.blocks.source import Source

EXACT_UP_TO = 50
HALVINGS = 100


def mann_whitney_test(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan
) -> tuple[MetricAnswer, ...]:
    """Whether values of one arm tend to be larger (Mann & Whitney 1947), and by how much (Hodges & Lehmann 1963).

    The shift is the median of all differences between a row of the arm and one of the control. Its interval are the
    shifts that the test does not reject; it is right where the arms' distributions differ by a shift alone.
    """
    answers = []
    for metric in metrics:
        samples = [found[0] for found in samples_of(source, arms, metric, [], plan.limits)]
        summaries = tuple(ArmSummary(float(np.median(sample)), None, len(sample), len(sample)) for sample in samples)
        contrasts = tuple(rank_contrast(arm, samples[arm], samples[0]) for arm in range(1, len(samples)))
        overall = float(stats.kruskal(*samples).pvalue) if len(samples) > 2 else None
        note = "The difference is the Hodges-Lehmann shift; the values of the arms are medians."
        answers.append(MetricAnswer(metric, "shift", summaries, contrasts, overall=overall, notes=(note,)))
    return tuple(answers)


def rank_contrast(arm: int, top: np.ndarray, base: np.ndarray) -> Contrast:
    """Compare two sorted samples by ranks."""
    exact = max(len(top), len(base)) <= EXACT_UP_TO and len(np.unique(np.concatenate([top, base]))) == len(top) + len(
        base
    )
    how = "exact" if exact else "asymptotic"
    shift = pair_quantile(top, base, (len(top) * len(base) + 1) / 2)

    def interval(level: float) -> Interval:
        out = pairs_left_out(top, base, level, exact)
        pairs = len(top) * len(base)
        if out <= 0:
            return None, None
        return pair_quantile(top, base, out), pair_quantile(top, base, pairs + 1 - out)

    def tail(value: float, side: str) -> float:
        return float(stats.mannwhitneyu(top - value, base, alternative=side, method=how).pvalue)

    low, high = interval(0.95)
    error = None if low is None or high is None else (high - low) / 2 / float(stats.norm.ppf(0.975))
    middle = float(np.median(base))

    def lift_set(level: float) -> tuple[Interval, ...]:
        first, last = interval(level)
        if middle <= 0 or first is None or last is None:
            return ((None, None),)
        return ((first / middle, last / middle),)

    return Contrast(
        arm,
        shift,
        error,
        interval,
        shift / middle if middle > 0 else None,
        lift_set,
        float(stats.mannwhitneyu(top, base, method=how).pvalue),
        lambda value: tail(value, "greater"),
        lambda value: tail(value, "less"),
    )


def pairs_left_out(top: np.ndarray, base: np.ndarray, level: float, exact: bool) -> int:
    """How many of the smallest pairwise differences lie below the interval, plus one (Hollander & Wolfe 1999, 4.3)."""
    m, n = len(top), len(base)
    pairs = m * n
    alpha = 1 - level
    if exact and pairs <= 2500:
        below = np.cumsum(rank_sum_chances(m, n))
        return int(np.searchsorted(below, alpha / 2, side="right"))
    counts = np.unique(np.concatenate([top, base]), return_counts=True)[1].astype(float)
    total = m + n
    spread = pairs / 12 * (total + 1 - float((counts**3 - counts).sum()) / (total * (total - 1)))
    reach = float(stats.norm.ppf(1 - alpha / 2))
    return int(np.floor(pairs / 2 - reach * np.sqrt(spread) - 0.5)) + 1


def rank_sum_chances(m: int, n: int) -> np.ndarray:
    """P(U = u) for u = 0 … m n, without ties: the coefficients of the Gaussian binomial over their sum."""
    size = m * n + 1
    chances = np.zeros(size)
    chances[0] = 1.0
    for k in range(1, m + 1):
        # times (1 - q^(n + k)) over (1 - q^k), in floating point on probabilities
        moved = chances.copy()
        moved[n + k :] -= chances[: size - n - k]
        for start in range(k):
            moved[start::k] = np.cumsum(moved[start::k])
        chances = moved * (k / (n + k))
    return np.maximum(chances, 0.0) / chances.sum()


def pair_quantile(top: np.ndarray, base: np.ndarray, rank: float) -> float:
    """The difference of this rank (from 1; halves between two) among all between a row of `top` and one of `base`.

    Found by halving the range, with the count of smaller differences by binary search: memory does not grow with the
    number of pairs.

    Args:
        top, base: sorted.
        rank: from 1 to the number of pairs.
    """
    if rank != int(rank):
        return (pair_quantile(top, base, np.floor(rank)) + pair_quantile(top, base, np.ceil(rank))) / 2
    low, high = float(top[0] - base[-1]), float(top[-1] - base[0])
    for _ in range(HALVINGS):
        middle = low + (high - low) / 2
        if middle in (low, high):
            break
        if np.searchsorted(base, top - middle, side="left").sum() * -1 + len(top) * len(base) >= rank:
            high = middle
        else:
            low = middle
    return nearest_difference(top, base, high)


def nearest_difference(top: np.ndarray, base: np.ndarray, value: float) -> float:
    """The pairwise difference that is nearest to a value: what halving ended beside."""
    places = np.searchsorted(base, top - value)
    candidates = [top - base[np.clip(places + step, 0, len(base) - 1)] for step in (-1, 0, 1)]
    found = np.concatenate(candidates)
    return float(found[np.argmin(np.abs(found - value))])
