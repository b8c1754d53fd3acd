"""Power of a planned experiment, and what is missing for it: sample size, effect or power."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, stats

from cerebro_abtest.blocks.multiplicity import dunnett_critical
from cerebro_abtest.blocks.proportions import score_of_difference
from cerebro_abtest.blocks.spending import CrossingPath, student_value, two_sided_bounds, upper_bounds
from cerebro_core.blocks.result import Refused

MOST_UNITS = 1e13
FAR = 8.0  # standard deviations; no boundary that far is reached


@dataclass(frozen=True)
class PowerPlan:
    """A planned experiment, but for its size, its effect and its power.

    Attributes:
        metric: "proportion", "mean" or "ratio".
        baseline: of the control.
        variance: of one unit's outcome (of a ratio: of its linearised value); not used for proportions.
        shares: of the arms, the control first; they sum to 1.
        alpha: over all arms and looks.
        two_sided: whether both directions count.
        hypothesis: "difference", "non-inferiority" or "equivalence".
        correction: "none", "bonferroni", "holm" or "dunnett".
        looks, spending, spending_power: of a sequential design.
        convention: of proportions: "pooled", "unpooled", "arcsine" or "baseline".
        design_effect: by which clusters raise the variance.
        cluster_size: mean units in a cluster; 1 where units are put into arms.
        kept: share of the variance that covariates leave.
        cluster_cv: coefficient of variation of the clusters' sizes.
    """

    metric: str
    baseline: float
    variance: float
    shares: tuple[float, ...]
    alpha: float
    two_sided: bool
    hypothesis: str
    correction: str
    looks: int
    spending: str
    spending_power: float
    convention: str
    design_effect: float
    cluster_size: float
    kept: float
    cluster_cv: float = 0.0

    @property
    def icc(self) -> float:
        """The intra-cluster correlation behind the design effect 1 + ((cv^2 + 1) m - 1) ICC."""
        return (self.design_effect - 1) / max((self.cluster_cv**2 + 1) * self.cluster_size - 1, 1e-12)

    @property
    def smallest(self) -> float:
        """Units of the smallest treated arm for each unit of the control."""
        return min(self.shares[1:]) / self.shares[0]

    @property
    def comparisons(self) -> int:
        """Treated arms."""
        return len(self.shares) - 1

    @property
    def times(self) -> tuple[float, ...]:
        """Information fractions of the looks."""
        return tuple((k + 1) / self.looks for k in range(self.looks))


def comparison_alpha(plan: PowerPlan) -> float:
    """The error that one comparison may make.

    Holm's first step is Bonferroni's, so this is the power for an arm whichever of the others have effects. Dunnett's
    critical value is that of large samples; comparisons share the control, with correlation
    sqrt(r_i r_j / ((1 + r_i) (1 + r_j))), where r is an arm's size over the control's (Dunnett 1955).
    """
    if plan.comparisons == 1 or plan.correction == "none":
        return plan.alpha
    if plan.correction != "dunnett":
        return plan.alpha / plan.comparisons
    ratio = np.array(plan.shares[1:]) / plan.shares[0]
    loading = np.sqrt(ratio / (1 + ratio))
    return float(2 * stats.norm.sf(dunnett_critical(1 - plan.alpha, loading, np.inf)))


def plan_errors(plan: PowerPlan, units: float, effect: float) -> tuple[float, float, float]:
    """Distance from no effect, and its standard error without and with the effect.

    Args:
        plan: the experiment.
        units: in the control.
        effect: absolute.
    """
    other = units * plan.smallest
    scale = plan.design_effect * plan.kept
    if plan.metric != "proportion":
        error = float(np.sqrt(plan.variance * scale * (1 / units + 1 / other)))
        return effect, error, error
    first, second = plan.baseline, plan.baseline + effect
    if plan.convention == "arcsine":
        distance = 2 * (np.arcsin(np.sqrt(second)) - np.arcsin(np.sqrt(first)))
        error = float(np.sqrt(scale * (1 / units + 1 / other)))
        return float(distance), error, error
    real = first * (1 - first) / units + second * (1 - second) / other
    mean = (first * units + second * other) / (units + other) if plan.convention == "pooled" else first
    null = real if plan.convention == "unpooled" else mean * (1 - mean) * (1 / units + 1 / other)
    return effect, float(np.sqrt(null * scale)), float(np.sqrt(real * scale))


def power_of(plan: PowerPlan, units: float, effect: float) -> float:
    """Chance that one treated arm (the smallest) is found to differ, or not to.

    Means and ratios use the noncentral t distribution, whose degrees of freedom are those of units or clusters;
    proportions the normal one. With several looks all are normal: the chance that a Brownian motion with this drift
    crosses the boundaries (Jennison & Turnbull 2000).

    Args:
        plan: the experiment.
        units: in the control.
        effect: absolute; for non-inferiority and equivalence the margin.
    """
    if plan.hypothesis != "difference":
        return margin_power(plan, units, effect)
    alpha = comparison_alpha(plan)
    distance, null, real = plan_errors(plan, units, effect)
    if plan.looks > 1:
        return looks_power(plan, alpha, units, abs(distance), null, real)
    tail = alpha / 2 if plan.two_sided else alpha
    if plan.metric == "proportion":
        return float(stats.norm.cdf((abs(distance) - stats.norm.isf(tail) * null) / real))
    degrees = max(units * (1 + plan.smallest) / plan.cluster_size - 2, 1e-3)
    return t_power(abs(distance) / real, degrees, tail, plan.two_sided)


def t_power(shift: float, degrees: float, tail: float, two_sided: bool) -> float:
    """Power of a t test whose statistic is shifted by `shift` standard errors."""
    if degrees > 1e5:  # noncentral t is slow and rough there, and normal to 1e-6
        reach = float(stats.norm.isf(tail))
        return float(stats.norm.sf(reach - shift) + (stats.norm.cdf(-reach - shift) if two_sided else 0.0))
    reach = float(stats.t.isf(tail, degrees))
    upper = float(stats.nct.sf(reach, degrees, shift))
    if not np.isfinite(upper):
        upper = float(stats.norm.sf(reach - shift))
    lower = float(stats.nct.cdf(-reach, degrees, shift)) if two_sided else 0.0
    return upper + (lower if np.isfinite(lower) else 0.0)


def margin_power(plan: PowerPlan, units: float, margin: float) -> float:
    """Power of one-sided tests against a margin when there is no difference (Chow, Shao & Wang 2008, chapter 3)."""
    reach = float(stats.norm.isf(comparison_alpha(plan)))
    below = one_side_power(plan, units, abs(margin), reach)
    if plan.hypothesis == "non-inferiority":
        return below
    return max(below + one_side_power(plan, units, -abs(margin), reach) - 1, 0.0)


def one_side_power(plan: PowerPlan, units: float, margin: float, reach: float) -> float:
    """Chance to rule out that the arm is worse by the margin (better, where it is negative).

    Shares have the null variance of the score test, whose likelihood is maximal at the margin (Farrington & Manning
    1990; gsDesign's nBinomial). With clusters or covariates the analysis compares means, with each arm's variance.
    """
    _, _, real = plan_errors(replace(plan, convention="unpooled"), units, 0.0)
    null = real
    if plan.metric == "proportion" and plan.design_effect == 1 and plan.kept == 1 and abs(margin) < 1:
        other = units * plan.smallest
        score = score_of_difference(plan.baseline * other, other, plan.baseline * units, units, -margin)
        null = abs(margin / score) if np.isfinite(score) and score != 0 else real
    return float(stats.norm.cdf((abs(margin) - reach * null) / real))


def looks_power(plan: PowerPlan, alpha: float, units: float, distance: float, null: float, real: float) -> float:
    """Chance to cross a boundary at one of the looks.

    Boundaries are those of Student's t with the degrees of freedom of units or clusters, as in the analysis.
    """
    bounds = look_bounds(plan, alpha)
    so_far = units * (1 + plan.smallest) / plan.cluster_size * np.array(plan.times)
    bounds = np.array([student_value(float(b), max(n - 2, 1.0)) for b, n in zip(bounds, so_far, strict=True)])
    path, total = CrossingPath(distance / real), 0.0
    for t, bound in zip(plan.times, bounds, strict=True):
        high = float(bound) * null / real
        low = -high if plan.two_sided else -FAR
        total += path.chance_above(t, high) + (path.chance_below(t, low) if plan.two_sided else 0.0)
        path.stay(t, low, high)
    return total


def look_bounds(plan: PowerPlan, alpha: float) -> np.ndarray:
    """The boundary of each look, standardised; the same blocks as the sequential analysis."""
    if plan.two_sided:
        return two_sided_bounds(plan.times, alpha, plan.spending, plan.spending_power)
    return upper_bounds(plan.times, alpha, plan.spending, plan.spending_power)


def size_for(plan: PowerPlan, effect: float, power: float) -> float:
    """Units in the control, not rounded, for an effect to be found with this power.

    Raises:
        Refused: where no number of units is enough.
    """

    def gap(log_units: float) -> float:
        return power_of(plan, float(np.exp(log_units)), effect) - power

    low, high = np.log(2.0 * max(plan.cluster_size, 1.0)), np.log(MOST_UNITS)
    if gap(low) >= 0:
        return float(np.exp(low))
    if gap(high) < 0:
        raise Refused(f"--mde {effect:g}: more than {MOST_UNITS:g} units would be needed; look for a larger effect")
    return float(np.exp(optimize.brentq(gap, low, high, xtol=1e-13, rtol=1e-13)))


def effect_for(plan: PowerPlan, units: float, power: float, sign: float = 1.0) -> float:
    """The smallest effect (absolute, with its sign) that so many units find with this power.

    Raises:
        Refused: where no possible effect is found.
    """
    top = largest_effect(plan, sign)

    def gap(size: float) -> float:
        return power_of(plan, units, sign * size) - power

    if gap(top) < 0:
        raise Refused(f"--sample-size {units:g}: no possible effect is found with a power of {power:g}; add units")
    return sign * solve_rising(gap, top * 1e-12, top)


def largest_effect(plan: PowerPlan, sign: float) -> float:
    """The size of an effect beyond which none is possible, or none is wanted."""
    if plan.metric == "proportion":
        room = 1 - plan.baseline if sign > 0 else plan.baseline
        return (room if plan.hypothesis == "difference" else 1.0) * (1 - 1e-9)
    return 1e6 * float(np.sqrt(plan.variance))


def solve_rising(gap: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function crosses zero, on a logarithmic scale; `low` where it does so below."""
    if gap(low) >= 0:
        return low
    return float(np.exp(optimize.brentq(lambda x: gap(float(np.exp(x))), np.log(low), np.log(high), xtol=1e-12)))
