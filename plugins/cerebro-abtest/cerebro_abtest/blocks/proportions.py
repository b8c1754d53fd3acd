"""Tests of proportions in large samples: the z test and chi-square, with score intervals that agree with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import optimize, stats

from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.contrasts import ArmSummary, ComparisonPlan, Contrast, Interval, MetricAnswer, lift_of
from cerebro_abtest.blocks.counts import yes_counts
from cerebro_core.blocks.source import Source

FARTHEST = 1e7


def z_test(source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan) -> tuple[MetricAnswer, ...]:
    """The z test of two proportions, with one variance under the null hypothesis (Pearson 1900)."""
    return tuple(
        proportion_answer(metric, successes, trials, score_contrast)
        for metric, (successes, trials) in zip(metrics, yes_counts(source, arms, metrics), strict=True)
    )


def chi2_test(source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan) -> tuple[MetricAnswer, ...]:
    """Pearson's chi-square of all arms at once, and of each against the control (the square of the z test)."""
    return z_test(source, arms, metrics, plan)


def proportion_answer(
    metric: Metric,
    successes: np.ndarray,
    trials: np.ndarray,
    compare: Callable[[int, int, int, int, int], Contrast],
) -> MetricAnswer:
    """Each arm against the control by a test of two counts."""
    shares = successes / trials
    errors = np.sqrt(shares * (1 - shares) / trials)
    summaries = tuple(
        ArmSummary(float(share), float(error), int(n), int(n))
        for share, error, n in zip(shares, errors, trials, strict=True)
    )
    contrasts = tuple(
        compare(arm, int(successes[arm]), int(trials[arm]), int(successes[0]), int(trials[0]))
        for arm in range(1, len(trials))
    )
    return MetricAnswer(metric, "share", summaries, contrasts, overall=chi2_p(successes, trials))


def chi2_p(successes: np.ndarray, trials: np.ndarray) -> float:
    """P-value of Pearson's chi-square without a continuity correction; 1 where nothing varies."""
    pooled = successes.sum() / trials.sum()
    if pooled in (0.0, 1.0):
        return 1.0
    statistic = float(((successes - trials * pooled) ** 2 / (trials * pooled * (1 - pooled))).sum())
    return float(stats.chi2.sf(statistic, len(trials) - 1))


def score_contrast(arm: int, x1: int, n1: int, x0: int, n0: int) -> Contrast:
    """Compare two proportions by score statistics, so that interval and p-value agree.

    The interval of the difference is Mee's (1984), that of Miettinen and Nurminen (1985) without their factor
    n / (n - 1); the interval of the ratio is Koopman's (1984).
    """
    p1, p0 = x1 / n1, x0 / n0
    difference = p1 - p0

    def statistic(delta: float) -> float:
        return score_of_difference(x1, n1, x0, n0, delta)

    def interval(level: float) -> Interval:
        reach = float(stats.norm.ppf((1 + level) / 2))
        low = -1.0 if statistic(-1 + 1e-12) <= reach else solve(lambda d: statistic(d) - reach, -1 + 1e-12, difference)
        high = 1.0 if statistic(1 - 1e-12) >= -reach else solve(lambda d: statistic(d) + reach, difference, 1 - 1e-12)
        return low, high

    def lift_set(level: float) -> tuple[Interval, ...]:
        return lift_of((ratio_interval(x1, n1, x0, n0, float(stats.norm.ppf((1 + level) / 2))),))

    z = statistic(0.0)
    return Contrast(
        arm,
        difference,
        float(np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)),
        interval,
        p1 / p0 - 1 if x0 else None,
        lift_set,
        float(2 * stats.norm.sf(abs(z))),
        lambda value: float(stats.norm.sf(statistic(value))),
        lambda value: float(stats.norm.cdf(statistic(value))),
        lambda r: float(stats.norm.sf(score_of_ratio(x1, n1, x0, n0, r))),
        lambda r: float(stats.norm.cdf(score_of_ratio(x1, n1, x0, n0, r))),
    )


def solve(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that goes down from `low` to `high` is zero."""
    if function(low) * function(high) > 0:
        return low if abs(function(low)) < abs(function(high)) else high
    return float(optimize.brentq(function, low, high, xtol=1e-15, rtol=1e-12))


def score_of_difference(x1: float, n1: float, x0: float, n0: float, delta: float) -> float:
    """(p1 - p0 - delta) over its standard error under p1 - p0 = delta, whose likelihood is maximal at the root of a
    cubic (Farrington & Manning 1990)."""
    ratio = n0 / n1
    a = 1 + ratio
    p1, p0 = x1 / n1, x0 / n0
    b = -(1 + ratio + p1 + ratio * p0 + delta * (ratio + 2))
    c = delta**2 + delta * (2 * p1 + ratio + 1) + p1 + ratio * p0
    d = -p1 * delta * (1 + delta)
    v = (b / (3 * a)) ** 3 - b * c / (6 * a * a) + d / (2 * a)
    root = (b / (3 * a)) ** 2 - c / (3 * a)
    u = float(np.copysign(np.sqrt(max(root, 0.0)), v))
    angle = 1.0 if u == 0 else float(np.clip(v / u**3, -1, 1))
    w = (np.pi + np.arccos(angle)) / 3
    restricted = float(np.clip(2 * u * np.cos(w) - b / (3 * a), max(0.0, delta), min(1.0, 1.0 + delta)))
    other = float(np.clip(restricted - delta, 0.0, 1.0))
    variance = restricted * (1 - restricted) / n1 + other * (1 - other) / n0
    gap = p1 - p0 - delta
    if variance <= 1e-300:
        return 0.0 if abs(gap) < 1e-15 else float(np.copysign(np.inf, gap))
    return float(gap / np.sqrt(variance))


def score_of_ratio(x1: float, n1: float, x0: float, n0: float, ratio: float) -> float:
    """(p1 - ratio p0) over its standard error under p1 = ratio p0 (Miettinen & Nurminen 1985, without n / (n - 1))."""
    n = n1 + n0
    a = n * ratio
    b = n1 * ratio + x1 + n0 + x0 * ratio
    c = x1 + x0
    base = (b - np.sqrt(max(b * b - 4 * a * c, 0.0))) / (2 * a) if ratio > 0 else x0 / n0
    base = float(np.clip(base, 0.0, 1.0 if ratio <= 1 else 1 / ratio))
    top = min(ratio * base, 1.0)
    variance = top * (1 - top) / n1 + ratio**2 * base * (1 - base) / n0
    gap = x1 / n1 - ratio * x0 / n0
    if variance <= 1e-300:
        return 0.0 if abs(gap) < 1e-15 else float(np.copysign(np.inf, gap))
    return float(gap / np.sqrt(variance))


def ratio_interval(x1: float, n1: float, x0: float, n0: float, reach: float) -> Interval:
    """All ratios whose score is within `reach`; no upper end where the control never says yes."""

    def statistic(log_ratio: float) -> float:
        return score_of_ratio(x1, n1, x0, n0, float(np.exp(log_ratio)))

    ends = -np.log(FARTHEST), np.log(FARTHEST)
    middle = float(np.log(x1 / n1 / (x0 / n0))) if x1 and x0 else (ends[0] if x0 else ends[1])
    low = 0.0 if not x1 else float(np.exp(solve(lambda r: statistic(r) - reach, ends[0], max(middle, ends[0] + 1))))
    if not x0:
        return (low if x1 else 0.0), None
    return low, float(np.exp(solve(lambda r: statistic(r) + reach, min(middle, ends[1] - 1), ends[1])))
