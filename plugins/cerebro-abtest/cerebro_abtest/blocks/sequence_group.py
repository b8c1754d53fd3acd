"""Group-sequential tests: planned looks, each of which spends a part of the error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import optimize, stats

from cerebro_abtest.blocks.arm_means import ArmMeans
from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.contrasts import ComparisonPlan, Contrast, Interval, MetricAnswer, fieller_set, lift_of
from cerebro_abtest.blocks.looks import LookPath, LookPlan, LookPoint, cumulative_means, look_day
from cerebro_abtest.blocks.mean_tests import mean_answer, satterthwaite
from cerebro_abtest.blocks.spending import (
    futility_bounds,
    normal_value,
    student_value,
    two_sided_bounds,
    upper_bounds,
)
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source

SMALLEST_P = 1e-8
MOST_GROUP_LOOKS = 60  # each takes an integral over the last; more looks are better served by a sequence


def group_sequence(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, looks: LookPlan
) -> list[tuple[MetricAnswer, list[LookPath]]]:
    """Repeated intervals (Jennison & Turnbull 1989) at boundaries that spend the error over the looks.

    The information fraction of a look is its share of the planned rows (`horizon`), or of the planned looks, or of the
    rows in the data.
    """
    if len(looks.ends) > MOST_GROUP_LOOKS:
        raise Refused(
            f"{len(looks.ends)} looks are too many for group-sequential bounds (at most {MOST_GROUP_LOOKS}); choose "
            "--looks weekly, or --sequence asymptotic or bounded, which allow any number"
        )
    answers = []
    for metric, by_look in zip(metrics, cumulative_means(source, arms, metrics, plan, looks), strict=True):
        used = [(place, found) for place, found in enumerate(by_look) if found is not None]
        if not used:
            raise Refused(f"no look has two rows in each arm with a value of '{display(metric.name)}'")
        times = information([found for _, found in used], len(by_look), looks)
        base = mean_answer(metric, used[-1][1], plan.relative, False)
        paths = [group_path(arm, metric, used, times, looks) for arm in range(1, len(arms.names))]
        contrasts = tuple(group_contrast(item, used, times, looks) for item in base.contrasts)
        answers.append((MetricAnswer(metric, base.what, base.arms, contrasts, explained=base.explained), paths))
    return answers


def information(found: Sequence[ArmMeans], count: int, looks: LookPlan) -> np.ndarray:
    """The share of the planned information at each look, increasing and at most 1."""
    rows = np.array([item.rows.sum() for item in found], float)
    if looks.horizon is not None:
        whole = float(looks.horizon)
    elif looks.planned_looks is not None:
        whole = float(rows[-1] * max(looks.planned_looks, count) / count)
    else:
        whole = float(rows[-1])
    share = np.minimum(rows / whole, 1.0)
    for place in range(1, len(share)):  # a look without new rows spends nothing
        share[place] = max(share[place], share[place - 1] + 1e-9)
    return share


def arm_gap(found: ArmMeans, arm: int) -> tuple[float, float]:
    """Difference of an arm and the control, and its standard error."""
    spread = found.covariance[arm, arm] + found.covariance[0, 0] - 2 * found.covariance[0, arm]
    return float(found.means[arm] - found.means[0]), float(np.sqrt(max(spread, 1e-300)))


def arm_degrees(found: ArmMeans, arm: int) -> float:
    """Degrees of freedom of the difference of an arm and the control."""
    return satterthwaite(found.own[[0, arm]], found.degrees[[0, arm]])


def group_path(
    arm: int,
    metric: Metric,
    used: Sequence[tuple[int, ArmMeans]],
    times: np.ndarray,
    looks: LookPlan,
    with_p: bool = True,
) -> LookPath:
    """What each look showed, with the boundary that it had; the p-value of the last, which takes longest, if asked."""
    alpha = 1 - looks.level
    bounds = two_sided_bounds(tuple(times), alpha, looks.spending, looks.spending_power)
    lower: np.ndarray | None = None
    note = ""
    if looks.futility != "none":
        last = times[-1]
        whole = times if last > 1 - 1e-6 else np.append(times, 1.0)
        upper = upper_bounds(tuple(whole), alpha / 2, looks.spending, looks.spending_power)
        lower = futility_bounds(tuple(whole), upper, 1 - looks.power, looks.futility, looks.spending_power)[0]
        note = f"Futility is non-binding and spends {1 - looks.power:.0%} of missed effects."
    points: list[LookPoint] = []
    statistics = []
    for k, (place, found) in enumerate(used):
        gap, error = arm_gap(found, arm)
        degrees = arm_degrees(found, arm)
        statistics.append(normal_value(gap / error, degrees))
        bound = student_value(float(bounds[k]), degrees)
        last_p = with_p and k == len(used) - 1
        p_value = repeated_p(np.array(statistics), times[: k + 1], looks) if last_p else float("nan")
        futile = lower is not None and metric.sign * statistics[-1] < lower[k] and times[k] < 1 - 1e-6
        points.append(
            LookPoint(
                look_day(looks, place),
                int(found.rows[[0, arm]].sum()),
                gap,
                gap - bound * error,
                gap + bound * error,
                gap / error,
                bound,
                p_value,
                futile,
            )
        )
    return LookPath(arm, tuple(points), note)


def repeated_p(statistics: np.ndarray, times: np.ndarray, looks: LookPlan) -> float:
    """The smallest error at which some look so far would have crossed its boundary."""
    if len(times) == 1 and times[0] > 1 - 1e-6:
        return float(2 * stats.norm.sf(abs(statistics[0])))

    def over(log_alpha: float) -> float:
        bounds = two_sided_bounds(tuple(times), float(np.exp(log_alpha)), looks.spending, looks.spending_power)
        return float((np.abs(statistics) - bounds).max())

    low, high = float(np.log(SMALLEST_P)), float(np.log(0.999))
    if over(low) >= 0:
        return SMALLEST_P
    if over(high) < 0:
        return 1.0
    return float(np.exp(optimize.brentq(over, low, high, xtol=1e-4)))


def group_contrast(
    plain: Contrast, used: Sequence[tuple[int, ArmMeans]], times: np.ndarray, looks: LookPlan
) -> Contrast:
    """The contrast at the last look, with repeated intervals."""
    found = used[-1][1]
    arm = plain.arm
    gap, error = arm_gap(found, arm)
    degrees = arm_degrees(found, arm)
    pairs = [(arm_gap(item, arm), arm_degrees(item, arm)) for _, item in used]
    statistics = np.array([normal_value(gap_k / error_k, degrees_k) for (gap_k, error_k), degrees_k in pairs])
    pair = [0, arm]
    covariance = found.covariance[np.ix_(pair, pair)]

    def reach(level: float) -> float:
        bound = two_sided_bounds(tuple(times), 1 - level, looks.spending, looks.spending_power)[-1]
        return student_value(float(bound), degrees)

    def interval(level: float) -> Interval:
        return gap - reach(level) * error, gap + reach(level) * error

    def lift_set(level: float) -> tuple[Interval, ...]:
        if found.means[0] == 0:
            return ((None, None),)
        return lift_of(fieller_set(float(found.means[arm]), float(found.means[0]), covariance, reach(level)))

    return Contrast(
        arm,
        gap,
        error,
        interval,
        plain.lift,
        lift_set,
        repeated_p(statistics, times, looks),
        plain.p_above,
        plain.p_below,
    )
