"""Matching: each row is compared with rows of the other arm that were alike before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cerebro_causal.blocks.causal_sample import CausalSample, causal_sample, check_cluster_count
from cerebro_causal.blocks.design_counts import design_result
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.logistic import CanonicalFit, fit_canonical, with_intercept
from cerebro_causal.blocks.match_effect import (
    Matched,
    MatchedEffect,
    arm_models,
    conditional_variance,
    left_over,
    match_rows,
    matched_effect,
)
from cerebro_causal.blocks.match_pairs import pair_rows, paired_effect
from cerebro_causal.blocks.match_report import matching_design, matching_estimates, unmatched_share, unmatched_text
from cerebro_causal.blocks.match_score_error import estimated_score_effect
from cerebro_causal.blocks.match_space import apart_by_strata, mahalanobis_places, score_places
from cerebro_causal.blocks.overlap import refuse_without_overlap
from cerebro_causal.blocks.refuters import Refutation, refutation_diagnostics, refutation_table, refute_effect
from cerebro_causal.blocks.score_form import score_form_diagnostics
from cerebro_causal.blocks.study_report import (
    cluster_diagnostics,
    effect_answer,
    estimand_text,
    means_chart,
    trusted_because,
)
from cerebro_causal.blocks.unmeasured import unmeasured_table
from cerebro_core.blocks.result import Refused, Result
from cerebro_core.blocks.source import Source


@dataclass(frozen=True)
class MatchingPlan:
    """How rows are matched.

    Attributes:
        estimand: "ate", "att" or "atc".
        distance: "propensity" or "mahalanobis".
        neighbours: matches of each row.
        replacement: whether a row may be the match of several others.
        caliper: farthest match, in standard deviations; None for none.
        correct: whether what is left between a row and its matches is corrected by a regression.
        seed: of draws.
    """

    estimand: str
    distance: str
    neighbours: int
    replacement: bool
    caliper: float | None
    correct: bool
    seed: int


def analyse(
    source: Source,
    *,
    treatment: str | None,
    outcome: str,
    confounders: Sequence[str],
    strata: Sequence[str],
    cluster: str | None,
    weights: str | None,
    control: str | None,
    estimand: str,
    distance: str,
    neighbours: int,
    replacement: bool,
    caliper: float | None,
    bias_correction: str,
    graph: str | None,
    stage: str,
    missing: str,
    refute: bool,
    ci_level: float,
    seed: int,
) -> Result:
    """Compare each row with the rows of the other arm that are nearest to it.

    Nearest by the propensity score (a logistic regression on the confounders) or by Mahalanobis distance, ties kept.
    Errors are those of Abadie & Imbens (2006), for a score that was estimated those of Abadie & Imbens (2016); without
    replacement those of the matched sets (Abadie & Spiess 2022).

    Args:
        source: the table.
        treatment, outcome, confounders, cluster, weights: columns.
        strata: columns that a row and its match agree in exactly.
        control: the arm that is untreated.
        estimand: "ate", "att" or "atc".
        distance: "propensity" or "mahalanobis".
        neighbours: matches of each row.
        replacement: whether a row may be the match of several others.
        caliper: farthest match, in standard deviations of the score, or in Mahalanobis distance.
        bias_correction: "regression" to correct for what is left between a row and its matches (Abadie & Imbens 2011),
            "none", or "auto": but for the one nearest neighbour on the score, whose bias is negligible.
        graph: the causal graph that the confounders were read from, if any.
        stage: "design" to stop before the outcome is looked at.
        missing: what to do with empty cells.
        refute: whether to run the analysis where the answer is known.
        ci_level: level of the interval.
        seed: of the refuters.

    Raises:
        Refused: arms do not overlap at all, rows are too few, or none finds a match.
    """
    sample = causal_sample(
        source,
        treatment=treatment,
        outcome=outcome,
        confounders=confounders,
        control=control,
        weights=weights,
        cluster=cluster,
        missing=missing,
        strata=strata,
    )
    check_cluster_count(sample)
    alone = distance == "propensity" and neighbours == 1 and replacement
    correct = bias_correction == "regression" or (bias_correction == "auto" and not alone)
    plan = MatchingPlan(estimand, distance, neighbours, replacement, caliper, correct, seed)
    model = fit_canonical(sample.treated, with_intercept(sample.covariates), sample.weights, "binomial")
    refuse_without_overlap(model.mean, sample.treated)
    matched = matched_rows(sample, model, plan)
    checks, tables, charts = matching_design(sample, model.mean, matched, estimand)
    if distance == "propensity":
        checks += score_form_diagnostics(sample, model)
    if stage == "design":
        return design_result(sample, checks, tables, charts)
    found = matching_effect(sample, model, matched, plan)
    tests = matching_refutations(sample, found.effect, plan) if refute else []
    tables["unmeasured"] = unmeasured_table(sample, found.effect, ci_level, (found.lower.value, found.upper.value))
    if tests:
        tables["refuters"] = refutation_table(tests)
    who = estimand_text(estimand) + unmatched_text(sample, matched, estimand)
    points = [(f"untreated ({sample.arms[0]})", found.lower), (f"treated ({sample.arms[1]})", found.upper)]
    return Result(
        answer=effect_answer(
            found.effect,
            ci_level,
            treatment=str(treatment),
            arms=sample.arms,
            outcome=outcome,
            who=who,
            because=trusted_because(sample, graph),
        ),
        estimates=matching_estimates(sample, found, estimand, ci_level, outcome, who),
        diagnostics=(*checks, *cluster_diagnostics(sample), *refutation_diagnostics(tests)),
        tables=tables,
        charts=(means_chart(points, ci_level, outcome), *charts),
        rows_used=int((matched.balancing > 0).sum()),
    )


def matched_rows(sample: CausalSample, model: CanonicalFit, plan: MatchingPlan) -> Matched:
    """Match the rows as planned.

    Raises:
        Refused: no row finds a match, or the plan cannot be carried out.
    """
    if plan.estimand not in ("ate", "att", "atc"):
        raise Refused(f"--estimand {plan.estimand}: matching answers for ate, att and atc")
    fewest = int(np.bincount(sample.arm, minlength=2).min())
    if plan.neighbours > fewest:
        raise Refused(f"--neighbours {plan.neighbours}: the smaller arm has {fewest} rows")
    if not plan.replacement and sample.weighted:
        raise Refused("--weights goes with --replacement: a row that is given away once cannot stand for several")
    stand = score_places if plan.distance == "propensity" else mahalanobis_places
    places, unit = stand(sample, model.mean)
    places, foreign = apart_by_strata(places, sample.strata)
    farthest = foreign if plan.caliper is None else min(foreign, plan.caliper * unit)
    if plan.replacement:
        matched = match_rows(sample, places, plan.estimand, plan.neighbours, farthest)
    else:
        matched = pair_rows(sample, places, model.mean, plan.estimand, plan.neighbours, farthest)
    if int(matched.kept.sum()) < 2:
        raise Refused("no row has a match that is near enough: choose a wider --caliper, or fewer --strata")
    return matched


def matching_effect(sample: CausalSample, model: CanonicalFit, matched: Matched, plan: MatchingPlan) -> MatchedEffect:
    """The effect with its error."""
    models = arm_models(sample, matched.used) if plan.correct else None
    if not plan.replacement:
        return paired_effect(sample, matched, models)
    on_score = plan.distance == "propensity"
    places = score_places(sample, model.mean)[0] if on_score else mahalanobis_places(sample, model.mean)[0]
    places = apart_by_strata(places, sample.strata)[0]
    # What a correction takes out is no chance; a row and its nearest, or its two nearest, as in Stata's psmatch and
    # nnmatch have it.
    spread = conditional_variance(sample, left_over(sample, models), places, 2 if on_score else 3)
    found = matched_effect(sample, matched, spread, models)
    whole = unmatched_share(sample, matched, plan.estimand) == 0 and sample.strata.max() == 0
    if not on_score or plan.correct or sample.clustered or not whole:
        return found
    effect = estimated_score_effect(sample, found.effect, model, plan.estimand, plan.seed)
    return MatchedEffect(effect, found.upper, found.lower, found.each)


def matching_refutations(sample: CausalSample, effect: Effect, plan: MatchingPlan) -> list[Refutation]:
    """The refuters, each with everything done again, the score and the matching too."""

    def again(changed: CausalSample) -> Effect:
        return whole_matching(changed, plan).effect

    return refute_effect(sample, effect, again, plan.seed, churn=churn_of(plan))


def churn_of(plan: MatchingPlan) -> float:
    """How far the estimate moves when rows are matched anew, in standard errors; measured in benchmarks/causal."""
    if plan.distance == "mahalanobis":
        return 0.35
    if not plan.replacement:
        return 0.5
    return 0.55 if plan.estimand == "ate" else 0.8


def whole_matching(sample: CausalSample, plan: MatchingPlan) -> MatchedEffect:
    """Score, matches and effect of other rows."""
    model = fit_canonical(sample.treated, with_intercept(sample.covariates), sample.weights, "binomial")
    return matching_effect(sample, model, matched_rows(sample, model, plan), plan)
