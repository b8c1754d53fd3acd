"""A power analysis: what is missing of sample size, power and smallest effect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cerebro_abtest.blocks.power_design import PowerPlan, effect_for, power_of, size_for
from cerebro_abtest.blocks.power_history import OutcomeFacts, history_facts, history_sample, ratio_variance
from cerebro_abtest.blocks.power_report import power_answer, power_charts, power_checks, power_estimates, power_tables
from cerebro_abtest.blocks.power_simulation import simulated_power
from cerebro_core.blocks.result import Refused, Result
from cerebro_core.blocks.source import Source


@dataclass(frozen=True)
class SolvedPlan:
    """A plan with its size, effect and power, and which of them was asked for.

    Attributes:
        plan: the experiment.
        units: in the control, whole.
        effect: absolute.
        power: at this size and effect.
        promised: the power that was asked for, or that was found.
        solved: "sample_size", "power" or "mde".
        units_per_day: over all arms, or None.
    """

    plan: PowerPlan
    units: int
    effect: float
    power: float
    promised: float
    solved: str
    units_per_day: float | None


def analyse(
    source: Source | None,
    *,
    baseline: float | None,
    mde: float | None,
    mde_scale: str,
    sample_size: int | None,
    power: float | None,
    alpha: float,
    sides: str,
    hypothesis: str,
    margin: float | None,
    metric: str,
    sd: float | None,
    denominator_mean: float | None,
    denominator_sd: float | None,
    correlation: float | None,
    variance_explained: float | None,
    icc: float | None,
    cluster_size: float | None,
    cluster_cv: float,
    shares: Sequence[float],
    correction: str,
    looks: int,
    spending: str,
    spending_power: float,
    convention: str,
    units_per_day: float | None,
    simulations: int,
    outcome: str | None,
    denominator: str | None,
    covariate: str | None,
    cluster: str | None,
    seed: int,
) -> Result:
    """Solve for what is missing of sample size, power and effect, and check it by simulation.

    Args:
        source: a history, or None.
        seed: of the simulation.
        baseline, … : the spec's fields.

    Raises:
        Refused: where something needed is neither said nor in the history, or no design answers.
    """
    facts = history_facts(source, outcome, denominator, covariate, cluster)
    level = said(baseline, facts.baseline)
    below = (denominator_mean, denominator_sd, correlation)
    variance = unit_variance(metric, level, sd, below, facts)
    size = said(cluster_size, facts.cluster_size) or 1.0
    inner = said(icc, facts.icc) or 0.0
    spread = cluster_cv or facts.cluster_cv or 0.0
    plan = PowerPlan(
        metric,
        0.0 if level is None else level,
        variance,
        tuple(shares) or (0.5, 0.5),
        alpha,
        sides == "two" and hypothesis == "difference",
        hypothesis,
        correction,
        looks,
        spending,
        spending_power,
        convention,
        1 + ((spread**2 + 1) * size - 1) * inner if inner else 1.0,
        size if inner else 1.0,
        1 - (said(variance_explained, facts.explained) or 0.0),
        spread if inner else 0.0,
    )
    wanted = mde if hypothesis == "difference" else margin
    effect = None if wanted is None else absolute_effect(plan, wanted, mde_scale, level)
    solved = solve_plan(plan, effect, sample_size, power, units_per_day)
    simulated = None
    sample = None
    if simulations:
        said_otherwise = any(item is not None for item in (sd, variance_explained, icc, cluster_size))
        if source is not None and outcome is not None and metric != "proportion" and not said_otherwise:
            sample = history_sample(source, outcome, denominator, covariate, cluster if plan.cluster_size > 1 else None)
        simulated = simulated_power(plan, solved.units, solved.effect, simulations, seed, sample)
    return Result(
        answer=power_answer(solved),
        estimates=power_estimates(solved, level),
        diagnostics=power_checks(solved, simulated, facts.clusters),
        tables=power_tables(solved),
        charts=power_charts(solved),
        rows_used=facts.rows,
    )


def said(given: float | None, seen: float | None) -> float | None:
    """What the user said, else what the history shows."""
    return seen if given is None else given


def unit_variance(
    metric: str,
    level: float | None,
    sd: float | None,
    below: tuple[float | None, float | None, float | None],
    facts: OutcomeFacts,
) -> float:
    """The variance of one unit.

    Raises:
        Refused: where it is neither said nor in the history.
    """
    if metric == "proportion":
        if level is None:
            raise Refused("--baseline: the control's share is not known; give it, or a history with --outcome")
        if not 0 < level < 1:
            raise Refused(
                f"--baseline: a share of {level:g} is not between 0 and 1; choose --metric mean for an amount"
            )
        return level * (1 - level)
    mean_d, sd_d, correlation = below
    if metric == "ratio" and sd is not None:
        if level is None or mean_d is None or sd_d is None or correlation is None:
            raise Refused(
                "--metric ratio: with --sd give --baseline, --denominator-mean, --denominator-sd and --correlation too"
            )
        found = ratio_variance(level, sd, mean_d, sd_d, correlation)
    else:
        found = sd**2 if sd is not None else facts.variance or 0.0
    if found <= 0:
        raise Refused("--sd: the outcome's spread is not known; give it, or a history with --outcome")
    return found


def absolute_effect(plan: PowerPlan, wanted: float, scale: str, level: float | None) -> float:
    """The effect in the outcome's unit.

    Raises:
        Refused: where it leads out of the possible values, or is relative to nothing.
    """
    if scale == "relative":
        if not level:
            raise Refused("--mde-scale relative: the baseline is zero or not known; give the effect in its unit")
        wanted = wanted * abs(level)
    if plan.metric == "proportion" and plan.hypothesis == "difference" and not 0 < plan.baseline + wanted < 1:
        raise Refused(
            f"--mde: {plan.baseline:g} {wanted:+g} is no share between 0 and 1; give a smaller effect, or say "
            "--mde-scale relative if you mean a share of the baseline"
        )
    return wanted


def solve_plan(
    plan: PowerPlan, effect: float | None, units: int | None, power: float | None, per_day: float | None
) -> SolvedPlan:
    """Fill in the one of effect, units and power that is missing.

    Raises:
        Refused: where not exactly one is missing.
    """
    missing = [name for name, value in (("sample_size", units), ("power", power), ("mde", effect)) if value is None]
    if len(missing) != 1:
        raise Refused("give two of --mde (or --margin), --sample-size and --power; the third is solved for")
    if effect is not None and power is not None:
        units = whole_units(plan, size_for(plan, effect, power))
    elif units is not None and power is not None:
        effect = effect_for(plan, units, power)
    if units is None or effect is None:
        raise Refused("give two of --mde (or --margin), --sample-size and --power; the third is solved for")
    reached = power_of(plan, units, effect)
    return SolvedPlan(plan, units, effect, reached, reached if power is None else power, missing[0], per_day)


def whole_units(plan: PowerPlan, units: float) -> int:
    """Rounded up, to whole clusters where there are any."""
    step = plan.cluster_size
    return math.ceil(math.ceil(units / step - 1e-3 / step) * step - 1e-9)
