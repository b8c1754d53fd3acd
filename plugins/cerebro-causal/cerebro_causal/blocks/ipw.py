"""Inverse probability weighting, with errors that account for the estimated weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cerebro_causal.blocks.balance import balance_diagnostics, balance_of, balance_table, effective_size, love_chart
from cerebro_causal.blocks.causal_sample import (
    CausalSample,
    causal_sample,
    check_cluster_count,
    missing_diagnostics,
)
from cerebro_causal.blocks.design_counts import design_result
from cerebro_causal.blocks.influence import Effect, effect_estimate, heavy_tailed_effect
from cerebro_causal.blocks.logistic import CanonicalFit, fit_canonical, with_intercept
from cerebro_causal.blocks.overlap import (
    deciding_rows,
    overlap_diagnostics,
    refuse_without_overlap,
    safer_ways,
    weight_diagnostics,
)
from cerebro_causal.blocks.refuters import Refutation, refutation_diagnostics, refutation_table, refute_effect
from cerebro_causal.blocks.score_form import score_form_diagnostics
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
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, Refused, Result, ResultTable
from cerebro_core.blocks.source import Source

LEAST_LEFT = 0.2
LARGE_ROWS = 100_000


@dataclass(frozen=True)
class WeightedMeans:
    """Effect and means by weighting, with their influence functions.

    Attributes:
        effect, treated_mean, control_mean: with errors.
        balancing: (n,) weights of rows, sampling weights included.
    """

    effect: Effect
    treated_mean: Effect
    control_mean: Effect
    balancing: np.ndarray


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
    graph: str | None,
    stage: str,
    missing: str,
    stabilised: bool,
    trim: float,
    refute: bool,
    ci_level: float,
    seed: int,
) -> Result:
    """Weight rows by the inverse of their estimated chance of the arm that they are in.

    The chance is a logistic regression on the confounders. With h(e) = 1, e, 1 - e or e(1 - e) for ate, att, atc and
    ato (Li, Morgan & Zaslavsky 2018), treated rows weigh h/e and untreated ones h/(1 - e). The error is that of the
    stacked estimating equations of chance and means (Lunceford & Davidian 2004), by rows or by clusters.

    Args:
        source: the table.
        treatment, outcome, confounders, cluster, weights: columns.
        control: the arm that is untreated.
        estimand: "ate", "att", "atc" or "ato".
        graph: the causal graph that the confounders were read from, if any.
        stage: "design" to stop before the outcome is looked at.
        missing: what to do with empty cells.
        stabilised: whether weights are divided by their sum.
        trim: rows with a chance below this or above one less this are left out, and the chance is estimated again.
        refute: whether to run the analysis where the answer is known.
        ci_level: level of the interval.
        seed: of the refuters.

    Raises:
        Refused: arms do not overlap at all, rows are too few, or the estimand is not one of this method.
    """
    if estimand not in ("ate", "att", "atc", "ato"):
        raise Refused(f"--estimand {estimand}: weighting answers for ate, att, atc and ato")
    if not stabilised and estimand != "ate":
        raise Refused("--no-stabilised goes with --estimand ate only: leave it out")
    whole = causal_sample(
        source,
        treatment=treatment,
        outcome=outcome,
        confounders=confounders,
        control=control,
        weights=weights,
        cluster=cluster,
        missing=missing,
    )
    check_cluster_count(whole)
    sample, model = trimmed_sample(whole, trim)
    refuse_without_overlap(model.mean, sample.treated)
    checks, tables, charts = weighting_design(sample, model, estimand, trim)
    if trim:
        tables["trimmed"] = trim_table(len(whole.outcome), len(sample.outcome), trim)
    if stage == "design":
        return design_result(sample, checks, tables, charts)
    found = weighted_means(sample, model, sample.outcome, estimand, stabilised)
    tests = weighting_refutations(sample, found.effect, estimand, stabilised, seed) if refute else []
    who = estimand_text(estimand) + (" that are left after trimming" if trim else "")
    points = [
        (f"untreated ({sample.arms[0]})", found.control_mean),
        (f"treated ({sample.arms[1]})", found.treated_mean),
    ]
    tables["unmeasured"] = unmeasured_table(
        sample, found.effect, ci_level, (found.control_mean.value, found.treated_mean.value)
    )
    if tests:
        tables["refuters"] = refutation_table(tests)
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
        estimates=weighted_estimates(sample, found, estimand, ci_level, outcome),
        diagnostics=(
            *checks,
            deciding_rows(found.effect, safer_ways("ipw", estimand, trim)),
            *cluster_diagnostics(sample),
            *refutation_diagnostics(tests),
        ),
        tables=tables,
        charts=(means_chart(points, ci_level, outcome), *charts),
        rows_used=len(sample.outcome),
    )


def propensity(sample: CausalSample) -> CanonicalFit:
    """Logistic regression of the treatment on the confounders."""
    return fit_canonical(sample.treated, with_intercept(sample.covariates), sample.weights, "binomial")


def trimmed_sample(sample: CausalSample, trim: float) -> tuple[CausalSample, CanonicalFit]:
    """Rows within the bounds, and the chance estimated among them (Crump et al. 2009)."""
    model = propensity(sample)
    if not trim:
        return sample, model
    kept = (model.mean >= trim) & (model.mean <= 1 - trim)
    if min(kept[sample.arm == 0].sum(), kept[sample.arm == 1].sum()) < 10:
        raise Refused(f"--trim {trim:g} leaves fewer than ten rows of an arm: choose less")
    left = sample_part(sample, kept)
    return left, propensity(left)


def sample_part(sample: CausalSample, kept: np.ndarray) -> CausalSample:
    """Some rows of a sample."""
    weights = sample.weights[kept]
    return replace(
        sample,
        outcome=sample.outcome[kept],
        arm=sample.arm[kept],
        covariates=sample.covariates[kept],
        weights=weights / weights.mean(),
        clusters=sample.clusters[kept],
        strata=sample.strata[kept],
    )


def tilting(scores: np.ndarray, estimand: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Weights of treated and untreated rows, and the derivatives of both with respect to the log odds."""
    odds = scores / (1 - scores)
    one = np.ones_like(scores)
    if estimand == "att":
        return one, odds, 0 * one, odds
    if estimand == "atc":
        return 1 / odds, one, -1 / odds, 0 * one
    if estimand == "ato":
        slope = scores * (1 - scores)
        return 1 - scores, scores, -slope, slope
    return 1 / scores, 1 / (1 - scores), -1 / odds, odds


def weighted_means(
    sample: CausalSample, model: CanonicalFit, outcome: np.ndarray, estimand: str, stabilised: bool
) -> WeightedMeans:
    """The effect with its error, that of the estimated chance included, and with few rows that decide allowed for."""
    treated, weights, scores = sample.treated, sample.weights, model.mean
    design = with_intercept(sample.covariates)
    up, down, up_slope, down_slope = tilting(scores, estimand)
    leverage = model_leverage(model, design, weights)
    parts = []
    for arm, weight, slope in ((treated, up, up_slope), (1 - treated, down, down_slope)):
        own = arm * weight
        size = float(np.average(own, weights=weights)) if stabilised else 1.0
        value = float(np.average(own * outcome, weights=weights)) / size
        centred = outcome - value if stabilised else outcome
        gradient = design.T @ (weights * arm * slope * centred) / len(outcome) / size
        influence = own * centred / size - (0.0 if stabilised else value) + model.carried(gradient)
        # what leaving a row out would do: its share of the arm, and its leverage in the model of the chance
        share = weights * own / float((weights * own).sum())
        parts.append((value, influence / np.maximum(1 - share - leverage, LEAST_LEFT)))
    (upper, upper_influence), (lower, lower_influence) = parts
    clusters = sample.clusters
    return WeightedMeans(
        heavy_tailed_effect(upper - lower, upper_influence - lower_influence, weights, clusters),
        heavy_tailed_effect(upper, upper_influence, weights, clusters),
        heavy_tailed_effect(lower, lower_influence, weights, clusters),
        weights * np.where(treated == 1, up, down),
    )


def model_leverage(model: CanonicalFit, design: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n,) leverage of each row in the logistic regression; 0 in large tables, where it does not matter."""
    rows = len(design)
    if rows > LARGE_ROWS:
        return np.zeros(rows)
    along = design @ np.linalg.cholesky(np.linalg.inv(model.information * rows))
    return np.asarray((along**2).sum(axis=1) * weights * model.mean * (1 - model.mean))


def weighting_design(
    sample: CausalSample, model: CanonicalFit, estimand: str, trim: float = 0.0
) -> tuple[list[Diagnostic], dict[str, ResultTable], tuple[Chart, ...]]:
    """Overlap, balance and weights, before the outcome is looked at."""
    up, down, _, _ = tilting(model.mean, estimand)
    balancing = sample.weights * np.where(sample.treated == 1, up, down)
    names = sample.covariate_names
    before = balance_of(sample.covariates, sample.treated, sample.weights, sample.weights)
    after = balance_of(sample.covariates, sample.treated, balancing, sample.weights)
    ways = safer_ways("ipw", estimand, trim)
    checks = [
        *missing_diagnostics(sample),
        *overlap_diagnostics(model.mean, sample.treated, sample.weights, estimand, ways),
        *balance_diagnostics(names, after, "after weighting"),
        *weight_diagnostics(balancing, sample.treated, "after weighting", ways),
        *score_form_diagnostics(sample, model),
    ]
    tables = {
        "sample": sample_facts(sample),
        "balance": balance_table(names, before, after, "after weighting"),
        "weights": weight_table(sample, balancing),
    }
    charts = [overlap_chart(model.mean, sample.treated, sample.arms)]
    if names:
        charts.insert(0, love_chart(names, before, after, "after weighting"))
    return checks, tables, tuple(charts)


def weight_table(sample: CausalSample, balancing: np.ndarray) -> ResultTable:
    """The weights of each arm, as multiples of their mean."""
    rows = []
    for number, name in enumerate(sample.arms):
        own = balancing[sample.arm == number]
        scaled = own / own.mean()
        quantiles = [float(value) for value in np.quantile(scaled, (0.5, 0.95, 0.99, 1.0))]
        rows.append((name, len(own), effective_size(own), *quantiles))
    columns = ("arm", "rows", "effective rows", "median weight", "95th percentile", "99th percentile", "largest weight")
    return ResultTable(columns, tuple(rows), "Weights", "Weights as multiples of the mean of their arm.")


def trim_table(before: int, after: int, trim: float) -> ResultTable:
    """What trimming left."""
    rows = (("rows before", float(before)), ("rows after", float(after)), ("bound", trim))
    return ResultTable(("figure", "value"), rows, "Trimming", "Rows with a chance beyond the bound were left out.")


def weighted_estimates(
    sample: CausalSample, found: WeightedMeans, estimand: str, level: float, outcome: str
) -> tuple[Estimate, ...]:
    """The effect, then the averages that it is the difference of."""
    upper, lower = sample.arms[1], sample.arms[0]
    text = f"Effect of {upper} against {lower}, {estimand_text(estimand)}"
    return (
        effect_estimate(estimand, found.effect, level, text=text, outcome=outcome),
        effect_estimate(
            "mean_outcome",
            found.treated_mean,
            level,
            text=f"Average outcome if all had {upper}",
            outcome=outcome,
            group=upper,
            unit="level",
        ),
        effect_estimate(
            "mean_outcome",
            found.control_mean,
            level,
            text=f"Average outcome if all had {lower}",
            outcome=outcome,
            group=lower,
            unit="level",
        ),
    )


def weighting_refutations(
    sample: CausalSample, effect: Effect, estimand: str, stabilised: bool, seed: int
) -> list[Refutation]:
    """The refuters, each with everything estimated again, the chance of treatment too."""

    def again(changed: CausalSample) -> Effect:
        return weighted_means(changed, propensity(changed), changed.outcome, estimand, stabilised).effect

    return refute_effect(sample, effect, again, seed)
