"""Exact tests of two proportions, Fisher's and Boschloo's, with an exact interval of the difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.contrasts import ComparisonPlan, Contrast, Interval, MetricAnswer
from cerebro_abtest.blocks.counts import yes_counts
from cerebro_abtest.blocks.proportions import proportion_answer, score_contrast, score_of_difference
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source

MOST_CELLS = 250_000
LARGEST = 1_000
NUISANCE_POINTS = 65
BISECTIONS = 30


def fisher_test(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan
) -> tuple[MetricAnswer, ...]:
    """Fisher's (1935) exact test, given the total of yes: the two-sided one adds up all that is no more likely."""
    return exact_answers(source, arms, metrics, lambda table: float(stats.fisher_exact(table).pvalue))


def boschloo_test(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan
) -> tuple[MetricAnswer, ...]:
    """Boschloo's (1970) exact test: Fisher's p-value as a statistic, whose chance is the largest over p."""
    return exact_answers(source, arms, metrics, lambda table: float(stats.boschloo_exact(table, n=64).pvalue), LARGEST)


def exact_answers(
    source: Source,
    arms: Arms,
    metrics: Sequence[Metric],
    p_of: Callable[[list[list[int]]], float],
    largest: int | None = None,
) -> tuple[MetricAnswer, ...]:
    """Each arm against the control, with the p-value of a table."""

    def compare(arm: int, x1: int, n1: int, x0: int, n0: int) -> Contrast:
        score = score_contrast(arm, x1, n1, x0, n0)
        if (n1 + 1) * (n0 + 1) > MOST_CELLS:
            if largest is not None and n1 + n0 > largest:
                raise Refused(
                    f"{n1 + n0:,} rows are too many for this exact test, and it is not needed there; choose --test z"
                )
            return replace(score, p_value=p_of([[x1, n1 - x1], [x0, n0 - x0]]))  # in large samples the score agrees
        return Contrast(
            arm,
            score.difference,
            score.std_error,
            lambda level: exact_interval(x1, n1, x0, n0, level),
            score.lift,
            score.lift_set,
            p_of([[x1, n1 - x1], [x0, n0 - x0]]),
            lambda value: exact_tail(x1, n1, x0, n0, value, 1),
            lambda value: exact_tail(x1, n1, x0, n0, value, -1),
        )

    answers = []
    for metric, (successes, trials) in zip(metrics, yes_counts(source, arms, metrics), strict=True):
        answers.append(proportion_answer(metric, successes, trials, compare))
    return tuple(answers)


def exact_tail(x1: int, n1: int, x0: int, n0: int, delta: float, side: int) -> float:
    """Chance of a score at least as far on one side, at the p that makes it largest, where p1 - p0 = delta.

    Args:
        x1, n1, x0, n0: yes and rows of the arm and the control.
        delta: the difference under the null hypothesis.
        side: 1 for large differences, -1 for small ones.
    """
    statistic = score_grid(n1, n0, delta) * side
    beyond = statistic >= side * score_of_difference(x1, n1, x0, n0, delta) - 1e-9
    low, high = max(0.0, -delta), min(1.0, 1.0 - delta)
    base = np.linspace(low, high, NUISANCE_POINTS)
    top = stats.binom.pmf(np.arange(n1 + 1)[:, None], n1, np.clip(base + delta, 0, 1)[None, :])
    bottom = stats.binom.pmf(np.arange(n0 + 1)[:, None], n0, np.clip(base, 0, 1)[None, :])
    return float(np.minimum(np.einsum("ip,ij,jp->p", top, beyond.astype(float), bottom, optimize=True), 1.0).max())


def score_grid(n1: int, n0: int, delta: float) -> np.ndarray:
    """The score of every table, shape (n1 + 1, n0 + 1); see `score_of_difference`."""
    x1, x0 = np.arange(n1 + 1)[:, None] / n1, np.arange(n0 + 1)[None, :] / n0
    ratio = n0 / n1
    a = 1 + ratio
    b = -(1 + ratio + x1 + ratio * x0 + delta * (ratio + 2))
    c = delta**2 + delta * (2 * x1 + ratio + 1) + x1 + ratio * x0
    d = -x1 * delta * (1 + delta)
    v = (b / (3 * a)) ** 3 - b * c / (6 * a * a) + d / (2 * a)
    u = np.copysign(np.sqrt(np.maximum((b / (3 * a)) ** 2 - c / (3 * a), 0.0)), v)
    cube = np.where(u == 0, 1.0, u**3)
    w = (np.pi + np.arccos(np.where(u == 0, 1.0, np.clip(v / cube, -1, 1)))) / 3
    top = np.clip(2 * u * np.cos(w) - b / (3 * a), max(0.0, delta), min(1.0, 1.0 + delta))
    base = np.clip(top - delta, 0.0, 1.0)
    variance = top * (1 - top) / n1 + base * (1 - base) / n0
    gap = x1 - x0 - delta
    small = variance <= 1e-300
    score = gap / np.sqrt(np.where(small, 1.0, variance))
    return np.where(small, np.where(np.abs(gap) < 1e-15, 0.0, np.copysign(np.inf, gap)), score)


def exact_interval(x1: int, n1: int, x0: int, n0: int, level: float) -> Interval:
    """All differences that neither one-sided exact score test rejects at half the level (Chan & Zhang 1999)."""
    half = (1 - level) / 2
    difference = x1 / n1 - x0 / n0
    return (
        bisected(lambda value: exact_tail(x1, n1, x0, n0, value, 1) > half, difference, -1.0),
        bisected(lambda value: exact_tail(x1, n1, x0, n0, value, -1) > half, difference, 1.0),
    )


def bisected(holds: Callable[[float], bool], inside: float, end: float) -> float:
    """The last value towards `end` that still holds."""
    if holds(end):
        return end
    low, high = inside, end
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high
