"""What an estimator by adjustment gives back, and the estimators without machine learning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.influence import Effect, influence_effect
from cerebro_causal.blocks.logistic import canonical_mean, canonical_variance, fit_canonical, with_intercept
from cerebro_causal.blocks.robust_regression import robust_regression
from cerebro_core.blocks.result import Diagnostic, Refused, ResultTable


@dataclass(frozen=True)
class Adjustment:
    """An effect by adjustment.

    Attributes:
        effect: with its error.
        estimand: for whom it holds, which some estimators decide themselves.
        who: the same in words, where the estimand's own words do not fit.
        means: what the outcome would be untreated and treated, where the estimator says so.
        scores: (n,) estimated chance of treatment, where the estimator uses one.
        diagnostics, tables: of the estimator itself; tables with their names.
        models: names of those that matter in what was learnt; the refuters learn these only.
    """

    effect: Effect
    estimand: str
    who: str = ""
    means: tuple[Effect, Effect] | None = None
    scores: np.ndarray | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    tables: tuple[tuple[str, ResultTable], ...] = ()
    models: frozenset[str] = frozenset()


def adjust_regression(
    sample: CausalSample, *, estimand: str, learner: str, folds: int, seed: int, only: frozenset[str] = frozenset()
) -> Adjustment:
    """Least squares on treatment and confounders, with HC2 or CR2 errors.

    With effects that differ between rows the coefficient is a weighted average of them, in which rows that could have
    gone either way count most (Angrist 1998); so the estimand is "ato".

    Raises:
        Refused: columns repeat each other.
    """
    design = np.column_stack([np.ones(len(sample.outcome)), sample.cause, sample.covariates])
    fit = robust_regression(sample.outcome, design, sample.weights, sample.clusters)
    contrast = np.zeros(design.shape[1])
    contrast[1] = 1.0
    effect = Effect(float(fit.coefficients[1]), fit.error(contrast), fit.degrees(contrast))
    who = "" if sample.dose is None else "all rows, for one more unit"
    return Adjustment(effect, "ato", who)


def adjust_gcomputation(
    sample: CausalSample, *, estimand: str, learner: str, folds: int, seed: int, only: frozenset[str] = frozenset()
) -> Adjustment:
    """A regression of the outcome in each arm, averaged over the confounders of those whom the question is about.

    Linear for numbers, logistic for 0/1, Poisson for counts; the errors are those of the stacked estimating equations
    of coefficients and averages.

    Raises:
        Refused: the estimand is none of ate, att and atc, or a model cannot be fitted.
    """
    if estimand not in ("ate", "att", "atc"):
        raise Refused(f"--estimand {estimand}: g-computation answers for ate, att and atc")
    family = "binomial" if sample.is_binary else "poisson" if sample.is_count else "gaussian"
    design, treated, weights = with_intercept(sample.covariates), sample.treated, sample.weights
    target = treated if estimand == "att" else 1 - treated if estimand == "atc" else np.ones(len(treated))
    size = float(np.average(target, weights=weights))
    parts = []
    for arm in (1 - treated, treated):
        if int(arm.sum()) < 2 * design.shape[1]:
            raise Refused(
                f"an arm has {int(arm.sum())} rows for {design.shape[1]} coefficients: name fewer confounders, or "
                "choose --estimator aipw"
            )
        model = fit_canonical(sample.outcome, design, weights * arm, family)
        linear = design @ model.coefficients
        mean = canonical_mean(linear, family)
        value = float(np.average(target * mean, weights=weights)) / size
        slope = canonical_variance(mean, family)
        gradient = design.T @ (weights * target * slope) / len(target) / size
        # scores of rows of the other arm do not enter the fit
        influence = target * (mean - value) / size + arm * model.carried(gradient)
        parts.append((value, influence))
    (lower, lower_influence), (upper, upper_influence) = parts
    clusters = sample.clusters
    return Adjustment(
        influence_effect(upper - lower, upper_influence - lower_influence, weights, clusters),
        estimand,
        means=(
            influence_effect(lower, lower_influence, weights, clusters),
            influence_effect(upper, upper_influence, weights, clusters),
        ),
    )
