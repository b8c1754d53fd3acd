"""Always-valid answers for large samples: asymptotic confidence sequences and the mixture SPRT.

With a normal mixture N(0, tau^2) over effects, the difference d with variance V has the likelihood ratio
sqrt(V / (V + tau^2)) exp(d^2 tau^2 / (2 V (V + tau^2))), and all theta whose ratio stays below 1 / alpha make a
confidence sequence (Robbins 1970; Johari et al. 2022; Waudby-Smith et al. 2024). It holds at all looks at once, as far
as the difference is normal with a known variance: in large samples, and not from the first unit on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cerebro_abtest.blocks.arm_means import ArmMeans
from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.contrasts import ComparisonPlan, Contrast, Interval, MetricAnswer, fieller_set, lift_of
from cerebro_abtest.blocks.looks import LookPath, LookPlan, LookPoint, cumulative_means, look_day
from cerebro_abtest.blocks.mean_tests import mean_answer
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source

FEWEST_UNITS = 100
USUAL_EFFECT = 0.1


def asymptotic_sequence(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, looks: LookPlan
) -> list[tuple[MetricAnswer, list[LookPath]]]:
    """A confidence sequence that is narrowest at the planned end; looks with fewer than 100 units an arm are passed
    over, since it is asymptotic."""

    def tau(found: Sequence[ArmMeans], arm: int, alpha: float) -> float:
        first = found[0]
        variance = gap_variance(first, arm) * float(first.rows.sum())
        whole = looks.horizon if looks.horizon is not None else planned_rows(found, looks)
        ratio = -2 * np.log(alpha) + np.log(1 - 2 * np.log(alpha))
        return float(np.sqrt(ratio * variance / whole))

    return mixture_sequence(source, arms, metrics, plan, looks, tau)


def msprt_sequence(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, looks: LookPlan
) -> list[tuple[MetricAnswer, list[LookPath]]]:
    """The mixture SPRT: tau is `mixing`, or a tenth of a standard deviation of the outcome at the first look."""

    def tau(found: Sequence[ArmMeans], arm: int, alpha: float) -> float:
        return looks.mixing or USUAL_EFFECT * float(np.sqrt(found[0].spread[0])) or 1.0

    return mixture_sequence(source, arms, metrics, plan, looks, tau)


def planned_rows(found: Sequence[ArmMeans], looks: LookPlan) -> float:
    """Rows at the planned end, foretold from the first look: so that it does not depend on what came later."""
    first = float(found[0].rows.sum())
    ahead = looks.planned_looks if looks.planned_looks is not None else 10
    return first * ahead


def mixture_sequence(
    source: Source,
    arms: Arms,
    metrics: Sequence[Metric],
    plan: ComparisonPlan,
    looks: LookPlan,
    tau_of: Callable[[Sequence[ArmMeans], int, float], float],
) -> list[tuple[MetricAnswer, list[LookPath]]]:
    """The sequence of each metric and arm."""
    answers = []
    for metric, by_look in zip(metrics, cumulative_means(source, arms, metrics, plan, looks), strict=True):
        used = [
            (place, found)
            for place, found in enumerate(by_look)
            if found is not None and found.units.min() >= FEWEST_UNITS
        ]
        if not used:
            raise Refused(
                f"no look has {FEWEST_UNITS} units in each arm with a value of '{display(metric.name)}', and this "
                "sequence "
                "holds in large samples only: wait, or choose --sequence bounded or group"
            )
        found = [item for _, item in used]
        base = mean_answer(metric, found[-1], plan.relative, False)
        paths, contrasts = [], []
        for item in base.contrasts:
            arm = item.arm
            paths.append(mixture_path(arm, used, tau_of(found, arm, 1 - looks.level), looks))
            contrasts.append(mixture_contrast(item, found, tau_of, paths[-1].points[-1].p_value))
        note = "Holds at all looks at once in large samples; it is asymptotic."
        answer = MetricAnswer(metric, base.what, base.arms, tuple(contrasts), explained=base.explained, notes=(note,))
        answers.append((answer, paths))
    return answers


def gap_variance(found: ArmMeans, arm: int) -> float:
    """Variance of the difference of an arm and the control."""
    spread = found.covariance
    return float(max(spread[arm, arm] + spread[0, 0] - 2 * spread[0, arm], 1e-300))


def mixture_reach(variance: float, tau: float, alpha: float) -> float:
    """Half the width of the interval: sqrt(V (V + tau^2) / tau^2 log((V + tau^2) / (V alpha^2)))."""
    both = variance + tau**2
    return float(np.sqrt(variance * both / tau**2 * np.log(both / (variance * alpha**2))))


def mixture_p(gap: float, variance: float, tau: float) -> float:
    """One over the likelihood ratio of the mixture against no difference."""
    both = variance + tau**2
    log_ratio = 0.5 * np.log(variance / both) + gap**2 * tau**2 / (2 * variance * both)
    return float(np.exp(-max(log_ratio, 0.0)))


def mixture_path(arm: int, used: Sequence[tuple[int, ArmMeans]], tau: float, looks: LookPlan) -> LookPath:
    """What each look showed."""
    points: list[LookPoint] = []
    smallest = 1.0
    for place, found in used:
        gap, variance = float(found.means[arm] - found.means[0]), gap_variance(found, arm)
        reach = mixture_reach(variance, tau, 1 - looks.level)
        smallest = min(smallest, mixture_p(gap, variance, tau))
        error = variance**0.5
        rows = int(found.rows[[0, arm]].sum())
        points.append(
            LookPoint(look_day(looks, place), rows, gap, gap - reach, gap + reach, gap / error, reach / error, smallest)
        )
    return LookPath(arm, tuple(points), f"Mixing standard deviation {tau:.3g}.")


def mixture_contrast(
    plain: Contrast,
    found: Sequence[ArmMeans],
    tau_of: Callable[[Sequence[ArmMeans], int, float], float],
    p_value: float,
) -> Contrast:
    """The contrast at the last look, with intervals of the sequence."""
    last, arm = found[-1], plain.arm
    variance = gap_variance(last, arm)
    gap = float(last.means[arm] - last.means[0])
    pair = [0, arm]
    covariance = last.covariance[np.ix_(pair, pair)]

    def reach(level: float) -> float:
        return mixture_reach(variance, tau_of(found, arm, 1 - level), 1 - level)

    def lift_set(level: float) -> tuple[Interval, ...]:
        if last.means[0] == 0:
            return ((None, None),)
        wide = reach(level) / variance**0.5
        return lift_of(fieller_set(float(last.means[arm]), float(last.means[0]), covariance, wide))

    return Contrast(
        arm,
        gap,
        variance**0.5,
        lambda level: (gap - reach(level), gap + reach(level)),
        plain.lift,
        lift_set,
        p_value,
        plain.p_above,
        plain.p_below,
    )
