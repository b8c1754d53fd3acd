"""Adjustment for confounders: regression, g-computation, doubly robust and double machine learning."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cerebro_causal.blocks.adjustment import Adjustment
from cerebro_causal.blocks.balance import balance_diagnostics, balance_of, balance_table, love_chart
from cerebro_causal.blocks.causal_sample import (
    CausalSample,
    causal_sample,
    check_cluster_count,
    missing_diagnostics,
)
from cerebro_causal.blocks.design_counts import design_result
from cerebro_causal.blocks.influence import Effect, effect_estimate
from cerebro_causal.blocks.logistic import fit_canonical, with_intercept
from cerebro_causal.blocks.overlap import overlap_diagnostics, refuse_without_overlap, safer_ways
from cerebro_causal.blocks.refuters import REPEATS, Refutation, refutation_diagnostics, refutation_table, refute_effect
from cerebro_causal.blocks.study_report import (
    cluster_diagnostics,
    effect_answer,
    estimand_text,
    means_chart,
    overlap_chart,
    sample_facts,
    trusted_because,
)
from cerebro_causal.blocks.unmeasured import unmeasured_table
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, Result, ResultTable
from cerebro_core.blocks.source import Source

MOST_REFUTED_CELLS = 10_000_000
MOST_LEARNT_CELLS = 200_000
LEARNT_CHURN = 0.5  # what is learnt changes with each column and row, by about so many standard errors


def analyse(
    source: Source,
    *,
    treatment: str | None,
    outcome: str,
    confounders: Sequence[str],
    cluster: str | None,
    weights: str | None,
    control: str | None,
    estimand: str,
    estimator: Callable[..., Adjustment],
    learner: str,
    folds: int,
    graph: str | None,
    stage: str,
    missing: str,
    refute: bool,
    ci_level: float,
    seed: int,
) -> Result:
    """Compare treated and untreated rows that are alike in their confounders.

    Overlap and balance are judged first, by a logistic regression of the treatment, then by what the estimator learnt.

    Args:
        source: the table.
        treatment, outcome, confounders, cluster, weights: columns.
        control: the arm that is untreated.
        estimand: "ate", "att" or "atc"; regression and dml answer for "ato" whatever is said.
        estimator: how confounders are adjusted for.
        learner: what learns treatment and outcome, where the estimator learns.
        folds: parts for cross-fitting.
        graph: the causal graph that the confounders were read from, if any.
        stage: "design" to stop before the outcome is looked at.
        missing: what to do with empty cells.
        refute: whether to run the analysis where the answer is known.
        ci_level: level of the interval.
        seed: of folds, learners and refuters.

    Raises:
        Refused: arms do not overlap at all, rows are too few, or the estimand is not one of this estimator.
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
        doses=True,
    )
    check_cluster_count(sample)
    checks, tables, charts = adjustment_design(sample, estimand)
    if stage == "design":
        return design_result(sample, checks, tables, charts)
    settings = {"estimand": estimand, "learner": learner, "folds": folds, "seed": seed}
    found = estimator(sample, **settings)
    if found.scores is not None:
        refuse_without_overlap(found.scores, sample.treated)
        checks = [item for item in checks if item.name != "overlap"]
        ways = safer_ways("backdoor")
        checks += overlap_diagnostics(found.scores, sample.treated, sample.weights, found.estimand, ways)
        charts = (*(item for item in charts if item.name != "overlap"), learnt_overlap(found.scores, sample))
    tests = adjustment_refutations(sample, found, estimator, settings) if refute else []
    tables |= dict(found.tables)
    if sample.dose is None:
        tables["unmeasured"] = unmeasured_table(sample, found.effect, ci_level, arm_levels(sample, found))
    if tests:
        tables["refuters"] = refutation_table(tests)
    points = [] if found.means is None else list(zip(arm_titles(sample), found.means, strict=True))
    who = found.who or estimand_text(found.estimand)
    return Result(
        answer=effect_answer(
            found.effect,
            ci_level,
            treatment=str(treatment),
            arms=sample.arms if sample.dose is None else (),
            outcome=outcome,
            who=who,
            because=trusted_because(sample, graph),
        ),
        estimates=adjusted_estimates(sample, found, ci_level, outcome, who),
        diagnostics=(*checks, *found.diagnostics, *cluster_diagnostics(sample), *refutation_diagnostics(tests)),
        tables=tables,
        charts=(*([means_chart(points, ci_level, outcome)] if points else []), *charts),
        rows_used=len(sample.outcome),
    )


def learnt_overlap(scores: np.ndarray, sample: CausalSample) -> Chart:
    """The overlap by what the estimator learnt."""
    return overlap_chart(scores, sample.treated, sample.arms)


def arm_titles(sample: CausalSample) -> tuple[str, str]:
    """Names of both arms for a chart."""
    return f"untreated ({sample.arms[0]})", f"treated ({sample.arms[1]})"


def arm_levels(sample: CausalSample, found: Adjustment) -> tuple[float, float]:
    """Average outcome untreated and treated, as far as is known."""
    if found.means is not None:
        return found.means[0].value, found.means[1].value
    untreated = sample.arm == 0
    base = float(np.average(sample.outcome[untreated], weights=sample.weights[untreated]))
    return base, base + found.effect.value


def adjustment_design(
    sample: CausalSample, estimand: str
) -> tuple[list[Diagnostic], dict[str, ResultTable], tuple[Chart, ...]]:
    """Overlap and balance before the outcome is looked at, by logistic regression of the treatment."""
    checks = missing_diagnostics(sample)
    if sample.dose is not None:
        return checks, {}, ()
    model = fit_canonical(sample.treated, with_intercept(sample.covariates), sample.weights, "binomial")
    refuse_without_overlap(model.mean, sample.treated)
    balancing = sample.weights * np.where(sample.treated == 1, 1 / model.mean, 1 / (1 - model.mean))
    names = sample.covariate_names
    before = balance_of(sample.covariates, sample.treated, sample.weights, sample.weights)
    after = balance_of(sample.covariates, sample.treated, balancing, sample.weights)
    tables = {"sample": sample_facts(sample), "balance": balance_table(names, before, after, "after weighting")}
    checks += overlap_diagnostics(model.mean, sample.treated, sample.weights, estimand, safer_ways("backdoor"))
    checks += balance_diagnostics(names, after, "after weighting")
    charts = [overlap_chart(model.mean, sample.treated, sample.arms)]
    if names:
        charts.insert(0, love_chart(names, before, after, "after weighting"))
    return checks, tables, tuple(charts)


def adjusted_estimates(
    sample: CausalSample, found: Adjustment, level: float, outcome: str, who: str
) -> tuple[Estimate, ...]:
    """The effect, then the averages that it is the difference of, where they are known."""
    if sample.dose is not None:
        return (effect_estimate("slope", found.effect, level, text="Effect of one more unit", outcome=outcome),)
    lower, upper = sample.arms
    text = f"Effect of {upper} against {lower}, {who}"
    estimates = [effect_estimate(found.estimand, found.effect, level, text=text, outcome=outcome)]
    for name, effect in zip((lower, upper), found.means or (), strict=False):
        label_text = f"Average outcome if all had {name}"
        estimates.append(
            effect_estimate("mean_outcome", effect, level, text=label_text, outcome=outcome, group=name, unit="level")
        )
    return tuple(estimates)


def adjustment_refutations(
    sample: CausalSample, found: Adjustment, estimator: Callable[..., Adjustment], settings: dict[str, object]
) -> list[Refutation]:
    """The refuters, each with everything learnt again, by the models that matter; none in tables where that is long."""
    cells = sample.covariates.size
    learnt = found.scores is not None
    if sample.dose is not None or cells > (MOST_LEARNT_CELLS if learnt else MOST_REFUTED_CELLS):
        return []

    def again(changed: CausalSample) -> Effect:
        return estimator(changed, only=found.models, **settings).effect

    repeats, churn = (1, LEARNT_CHURN) if learnt else (REPEATS, 0.0)
    return refute_effect(sample, found.effect, again, int(str(settings["seed"])), repeats, churn)
