"""What a test gives back: each arm against the control, with intervals at any level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_core.blocks.source import Source

type Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class ComparisonPlan:
    """How the arms are compared; the fields are those of the spec.

    Attributes:
        limits: outcome -> lowest and highest value that counts.
        covariate_of: outcome -> the covariate that serves it alone.
    """

    covariates: Sequence[str]
    strata: Sequence[str]
    cluster: str | None
    adjustment: str
    relative: str
    quantile: float
    permutations: int
    limits: dict[str, Interval]
    ci_level: float
    seed: int
    covariate_of: Mapping[str, str] | None = None

    def covariates_for(self, metric: str) -> tuple[str, ...]:
        """The covariates of one metric: those that are nobody's own, and its own."""
        of_one = self.covariate_of or {}
        taken = set(of_one.values())
        own = [of_one[metric]] if metric in of_one else []
        return (*(name for name in self.covariates if name not in taken), *own)


@dataclass(frozen=True)
class ArmSummary:
    """One arm: what is compared, its standard error, rows and independent units."""

    value: float
    std_error: float | None
    rows: int
    units: int


@dataclass(frozen=True)
class Contrast:
    """One arm against the control.

    Attributes:
        arm: its number.
        difference, std_error: in the outcome's unit.
        interval: level -> interval of the difference.
        lift: the difference as a share of the control's value; None where that is zero.
        lift_set: level -> intervals of the lift, which may be disjoint or unbounded.
        p_value: of no difference.
        p_above: value -> p-value of the null hypothesis that the difference is at most this.
        p_below: value -> p-value of the null hypothesis that the difference is at least this.
        p_ratio_above: r -> p-value of the null hypothesis that the arm's value is at most r times the control's.
        p_ratio_below: the same with at least; both None where the test has none.
    """

    arm: int
    difference: float
    std_error: float | None
    interval: Callable[[float], Interval]
    lift: float | None
    lift_set: Callable[[float], tuple[Interval, ...]]
    p_value: float
    p_above: Callable[[float], float]
    p_below: Callable[[float], float]
    p_ratio_above: Callable[[float], float] | None = None
    p_ratio_below: Callable[[float], float] | None = None


@dataclass(frozen=True)
class MetricAnswer:
    """All arms compared on one metric.

    Attributes:
        what: what is compared, such as "mean" or "median".
        arms: in the order of `Arms`.
        contrasts: of each arm but the control.
        own: variance of each arm's value from its own rows, where the contrasts are of independent arms.
        degrees: their degrees of freedom.
        overall: p-value of no difference among all arms.
        explained: share of the variance that covariates explain.
        notes: what the reader should know about how it was done.
    """

    metric: Metric
    what: str
    arms: tuple[ArmSummary, ...]
    contrasts: tuple[Contrast, ...]
    own: tuple[float, ...] | None = None
    degrees: tuple[float, ...] | None = None
    overall: float | None = None
    explained: float = 0.0
    notes: tuple[str, ...] = ()


type ArmTest = Callable[[Source, Arms, Sequence[Metric], ComparisonPlan], tuple[MetricAnswer, ...]]


def fieller_set(top: float, base: float, covariance: np.ndarray, reach: float) -> tuple[Interval, ...]:
    """Fieller's (1954) interval of top / base: all r for which top - r base is within `reach` standard errors of zero.

    It may be unbounded or disjoint, where the base is not clearly apart from zero.

    Args:
        top, base: two means.
        covariance: of (base, top).
        reach: quantile of Student's t or the normal distribution.
    """
    a = base * base - reach**2 * covariance[0, 0]
    b = top * base - reach**2 * covariance[0, 1]
    c = top * top - reach**2 * covariance[1, 1]
    inside = b * b - a * c
    if a == 0 or (a < 0 and inside <= 0):
        return ((None, None),)
    root = float(np.sqrt(max(inside, 0.0)))
    low, high = sorted(((b - root) / a, (b + root) / a))
    return ((low, high),) if a > 0 else ((None, low), (high, None))


def lift_of(intervals: Sequence[Interval]) -> tuple[Interval, ...]:
    """Intervals of a ratio as those of a lift: less one."""
    return tuple((None if low is None else low - 1, None if high is None else high - 1) for low, high in intervals)


def quantile_t(level: float, degrees: float) -> float:
    """The two-sided critical value of Student's t; of the normal distribution for endless degrees of freedom."""
    return float(stats.t.ppf((1 + level) / 2, degrees) if np.isfinite(degrees) else stats.norm.ppf((1 + level) / 2))


def tail_t(ratio: float, degrees: float) -> float:
    """Upper tail of Student's t, or of the normal distribution."""
    return float(stats.t.sf(ratio, degrees) if np.isfinite(degrees) else stats.norm.sf(ratio))


def mean_contrast(arm: int, means: np.ndarray, covariance: np.ndarray, degrees: float, relative: str) -> Contrast:
    """The contrast of two means whose covariance is known.

    Args:
        arm: the arm's number.
        means: of the control and the arm.
        covariance: of these two.
        degrees: degrees of freedom; infinity for the normal distribution.
        relative: "fieller" or "delta".
    """
    base, top = float(means[0]), float(means[1])
    difference = top - base
    error = float(np.sqrt(max(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1], 0.0)))

    def interval(level: float) -> Interval:
        reach = quantile_t(level, degrees) * error
        return difference - reach, difference + reach

    def lift_set(level: float) -> tuple[Interval, ...]:
        if base == 0:
            return ((None, None),)
        reach = quantile_t(level, degrees)
        if relative == "fieller":
            return lift_of(fieller_set(top, base, covariance, reach))
        ratio = top / base
        spread = (covariance[1, 1] - 2 * ratio * covariance[0, 1] + ratio**2 * covariance[0, 0]) / base**2
        return ((ratio - 1 - reach * float(np.sqrt(spread)), ratio - 1 + reach * float(np.sqrt(spread))),)

    def tail(numerator: float, spread: float) -> float:
        return tail_t(numerator / np.sqrt(spread), degrees) if spread > 0 else float(numerator <= 0)

    def ratio_spread(r: float) -> float:
        return float(covariance[1, 1] - 2 * r * covariance[0, 1] + r**2 * covariance[0, 0])

    return Contrast(
        arm,
        difference,
        error,
        interval,
        difference / base if base else None,
        lift_set,
        min(1.0, 2 * tail(abs(difference), error**2)),
        lambda value: tail(difference - value, error**2),
        lambda value: tail(value - difference, error**2),
        lambda r: tail(top - r * base, ratio_spread(r)),
        lambda r: tail(r * base - top, ratio_spread(r)),
    )
