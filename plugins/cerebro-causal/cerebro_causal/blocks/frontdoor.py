"""The front door: an effect measured through what the treatment works through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from cerebro_causal.blocks.causal_sample import (
    CausalSample,
    causal_sample,
    check_cluster_count,
    missing_diagnostics,
)
from cerebro_causal.blocks.design_counts import design_result
from cerebro_causal.blocks.frontdoor_effect import FrontDoor, Repeated, front_door, repeat_front_door
from cerebro_causal.blocks.influence import Effect, effect_estimate
from cerebro_causal.blocks.logistic import fit_canonical, with_intercept
from cerebro_causal.blocks.overlap import AT_EDGE, MOST_AT_EDGE, NEAR_EDGE, edge_share, refuse_without_overlap
from cerebro_causal.blocks.p_values import p_diagnostic
from cerebro_causal.blocks.refuters import Refutation, refutation_diagnostics, refutation_table, refute_effect
from cerebro_causal.blocks.study_report import (
    cluster_diagnostics,
    effect_answer,
    means_chart,
    overlap_chart,
    sample_facts,
)
from cerebro_core.blocks.result import Diagnostic, Estimate, Refused, Result, ResultTable
from cerebro_core.blocks.source import Source

LEAST_MOVED = 0.01
APART_LEVEL = 0.01


def analyse(
    source: Source,
    *,
    treatment: str | None,
    outcome: str,
    mediators: Sequence[str],
    confounders: Sequence[str],
    cluster: str | None,
    weights: str | None,
    control: str | None,
    estimand: str,
    graph: str | None,
    stage: str,
    missing: str,
    refute: bool,
    ci_level: float,
    seed: int,
) -> Result:
    """Measure an effect through mediators, with a bootstrap of the whole analysis.

    Args:
        source: the table.
        treatment, outcome, mediators, cluster, weights: columns.
        confounders: what moves treatment and mediators, or mediators and outcome, and was measured.
        control: the arm that is untreated.
        estimand: "ate".
        graph: the causal graph that the mediators were read from, if any.
        stage: "design" to stop before the outcome is looked at.
        missing: what to do with empty cells.
        refute: whether to run the analysis where the answer is known.
        ci_level: level of the interval.
        seed: of the bootstrap and the refuters.

    Raises:
        Refused: no mediator is named, the mediators tell who was treated, or rows are too few.
    """
    if estimand != "ate":
        raise Refused(f"--estimand {estimand}: the front door answers for ate")
    if not mediators:
        raise Refused("no mediator is named: say with --mediators what the treatment works through")
    sample = causal_sample(
        source,
        treatment=treatment,
        outcome=outcome,
        confounders=confounders,
        control=control,
        weights=weights,
        cluster=cluster,
        missing=missing,
        mediators=mediators,
    )
    check_cluster_count(sample)
    if sample.mediators is None or not sample.mediators.shape[1]:
        raise Refused("the mediators have the same value in all rows: nothing can work through them")
    checks, tables, chance = front_door_design(sample)
    charts = (overlap_chart(chance, sample.treated, sample.arms),)
    if stage == "design":
        return design_result(sample, checks, tables, charts)
    found = front_door(sample, sample.weights)
    repeated = repeat_front_door(sample, seed)
    effects = with_bootstrap_errors(found, repeated)
    tests = front_door_refutations(sample, found, seed) if refute else []
    checks += [two_ways(found, repeated), *cluster_diagnostics(sample), *refutation_diagnostics(tests)]
    tables["ways"] = way_table(sample, found, repeated)
    if tests:
        tables["refuters"] = refutation_table(tests)
    because = (
        "That holds only if the treatment works through the mediators alone, and nothing else that was not named moves "
        "them; " + ("your graph says so, and no table can show it." if graph else "no table can show that.")
    )
    lower, upper = sample.arms
    points = [(f"untreated ({lower})", effects[2]), (f"treated ({upper})", effects[1])]
    return Result(
        answer=effect_answer(
            effects[0],
            ci_level,
            treatment=str(treatment),
            arms=sample.arms,
            outcome=outcome,
            who="all rows",
            because=because,
        ),
        estimates=front_door_estimates(sample, effects, ci_level, outcome),
        diagnostics=tuple(checks),
        tables=tables,
        charts=(means_chart(points, ci_level, outcome), *charts),
        rows_used=len(sample.outcome),
    )


def front_door_design(sample: CausalSample) -> tuple[list[Diagnostic], dict[str, ResultTable], np.ndarray]:
    """Whether the mediators move with the treatment, and whether both arms have like mediators."""
    through = np.zeros((len(sample.arm), 0)) if sample.mediators is None else sample.mediators
    design = with_intercept(np.column_stack([sample.covariates, through]))
    model = fit_canonical(sample.treated, design, sample.weights, "binomial")
    refuse_without_overlap(model.mean, sample.treated)
    place = np.arange(1 + sample.covariates.shape[1], design.shape[1])
    # a robust Wald test of all mediators in the regression of the treatment
    bread = np.linalg.inv(model.information)
    scores = model.scores * sample.weights[:, None]
    groups = np.unique(sample.clusters, return_inverse=True)[1]
    sums = np.column_stack([np.bincount(groups, weights=column) for column in scores.T])
    covariance = bread @ (sums.T @ sums) @ bread / len(scores) ** 2
    part = model.coefficients[place]
    wald = float(part @ np.linalg.solve(covariance[np.ix_(place, place)], part))
    p_value = float(stats.chi2.sf(wald, len(place)))
    moved = p_value < LEAST_MOVED
    message = (
        "The treatment moves the mediators beyond chance."
        if moved
        else "The treatment does not move the mediators beyond chance: what runs through them is about nothing, or "
        "they are not the mediators."
    )
    checks = [
        *missing_diagnostics(sample),
        p_diagnostic("mediators_moved", "pass" if moved else "warn", message, p_value, LEAST_MOVED),
        mediator_overlap(model.mean, sample),
    ]
    return checks, {"sample": sample_facts(sample)}, model.mean


def mediator_overlap(chance: np.ndarray, sample: CausalSample) -> Diagnostic:
    """Whether there are rows of both arms with like mediators, with the thresholds of overlap."""
    near, edge = (edge_share(chance, sample.weights, "ate", bound) for bound in (NEAR_EDGE, AT_EDGE))
    status = "fail" if edge > MOST_AT_EDGE else "warn" if near > MOST_AT_EDGE else "pass"
    message = {
        "pass": "Rows of both arms have like mediators.",
        "warn": f"For {near:.0%} of the rows hardly anyone of the other arm has such mediators: the answer leans on "
        "the models there.",
        "fail": f"For {edge:.0%} of the rows next to nobody of the other arm has such mediators: the mediators nearly "
        "tell who was treated, and their own effect cannot be told apart.",
    }[status]
    return Diagnostic("mediator_overlap", status, message, edge if status == "fail" else near, MOST_AT_EDGE)


def with_bootstrap_errors(found: FrontDoor, repeated: Repeated | None) -> tuple[Effect, Effect, Effect]:
    """Effect and averages with the errors of the bootstrap, where there is one."""
    effects = (found.effect, found.upper, found.lower)
    if repeated is None:
        return effects
    first, second, third = (
        replace(effect, error=repeated.error(place), degrees=effect.degrees) for place, effect in enumerate(effects)
    )
    return first, second, third


def two_ways(found: FrontDoor, repeated: Repeated | None) -> Diagnostic:
    """Whether the models of the outcome and those of the treatment alone give the same effect."""
    gap = found.by_outcome - found.by_weights
    if repeated is None:
        value = gap / found.effect.error if found.effect.error > 0 else 0.0
        p_value = float(2 * stats.norm.sf(abs(value)))
    else:
        spread = float((repeated.values[:, 3] - repeated.values[:, 4]).std(ddof=1))
        p_value = float(2 * stats.norm.sf(abs(gap) / spread)) if spread > 0 else 1.0
    fine = p_value >= APART_LEVEL
    message = (
        "From the models of the outcome and from those of the treatment the same effect follows."
        if fine
        else "From the models of the outcome another effect follows than from those of the treatment: one of them is "
        "wrong, perhaps because the mediators work along bends."
    )
    return p_diagnostic("two_ways", "pass" if fine else "warn", message, p_value, APART_LEVEL)


def way_table(sample: CausalSample, found: FrontDoor, repeated: Repeated | None) -> ResultTable:
    """The effect by several ways, and the plain comparison."""
    treated, weights = sample.treated, sample.weights
    plain = [float(np.average(sample.outcome[treated == arm], weights=weights[treated == arm])) for arm in (0, 1)]
    errors = [None if repeated is None else repeated.error(place) for place in (3, 4)]
    rows = (
        ("front door, both models (the answer)", found.effect.value,
         found.effect.error if repeated is None else repeated.error(0)),
        ("front door, models of the outcome alone", found.by_outcome, errors[0]),
        ("front door, models of the treatment alone", found.by_weights, errors[1]),
        ("plain difference between the arms", plain[1] - plain[0], None),
    )  # fmt: skip
    draws = "" if repeated is None else f" Errors are those of {len(repeated.values)} bootstrap samples."
    caption = "Where something hidden moves treatment and outcome, the plain difference is off." + draws
    return ResultTable(("way", "effect", "standard error"), rows, "Ways to the effect", caption)


def front_door_estimates(
    sample: CausalSample, effects: tuple[Effect, Effect, Effect], level: float, outcome: str
) -> tuple[Estimate, ...]:
    """The effect, then the averages that it is the difference of."""
    lower, upper = sample.arms
    found = [effect_estimate("ate", effects[0], level, text=f"Effect of {upper} against {lower}", outcome=outcome)]
    for name, effect in ((upper, effects[1]), (lower, effects[2])):
        text = f"Average outcome if all had {name}"
        found.append(
            effect_estimate("mean_outcome", effect, level, text=text, outcome=outcome, group=name, unit="level")
        )
    return tuple(found)


def front_door_refutations(sample: CausalSample, found: FrontDoor, seed: int) -> list[Refutation]:
    """The refuters, with the error of the influence function, which costs no bootstrap."""

    def again(changed: CausalSample) -> Effect:
        return front_door(changed, changed.weights).effect

    return refute_effect(sample, found.effect, again, seed)
