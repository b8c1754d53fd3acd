"""Doubly robust estimators with cross-fitted machine learning."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from cerebro_causal.blocks.adjustment import Adjustment
from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.crossfit import CrossFit, cross_fit, fold_numbers, useful_models
from cerebro_causal.blocks.influence import Effect, heavy_tailed_effect
from cerebro_causal.blocks.overlap import deciding_rows
from cerebro_causal.blocks.second_order import second_order_bias, second_order_diagnostic
from cerebro_core.blocks.result import Diagnostic, Refused, ResultTable

LEAST_CHANCE = 0.01
MOST_CUT = 0.05
LEAST_VARIATION = 0.01


def adjust_aipw(
    sample: CausalSample, *, estimand: str, learner: str, folds: int, seed: int, only: frozenset[str] = frozenset()
) -> Adjustment:
    """Augmented inverse probability weighting: right if the chance of treatment or the outcome is learnt well.

    psi = m1 - m0 + T (Y - m1) / e - (1 - T) (Y - m0) / (1 - e), averaged (Robins, Rotnitzky & Zhao 1994); for the
    treated ((T - (1 - T) e / (1 - e)) (Y - m0)) / P(T = 1). All of m0, m1 and e are cross-fitted (Chernozhukov et al.
    2018), weights are divided by their mean, and chances are cut at 1 %; Student's t allows for an error that few rows
    decide about. Of an average over all rows the second-order bias is taken away, and its error added
    (`second_order_bias`); not with clusters or sampling weights. Without confounders it is `compare_arms`.

    Raises:
        Refused: the estimand is none of ate, att and atc.
    """
    if estimand not in ("ate", "att", "atc"):
        raise Refused(f"--estimand {estimand}: this estimator answers for ate, att and atc; --estimator dml for ato")
    if not sample.covariates.shape[1]:
        return compare_arms(sample, estimand)
    treated, weights, outcome = sample.treated, sample.weights, sample.outcome
    fold = fold_numbers(sample.clusters, sample.arm, folds, seed)
    covariates = sample.covariates
    chance = cross_fit(treated, covariates, weights, fold, learner, seed, None, only)
    fits = {"treatment": chance}
    if estimand != "att":
        fits["outcome, treated"] = cross_fit(outcome, covariates, weights, fold, learner, seed, treated == 1, only)
    if estimand != "atc":
        fits["outcome, untreated"] = cross_fit(outcome, covariates, weights, fold, learner, seed, treated == 0, only)
    scores = np.clip(chance.predicted, LEAST_CHANCE, 1 - LEAST_CHANCE)
    odds = scores / (1 - scores)
    means = None
    if estimand == "ate":
        upper, lower = fits["outcome, treated"].predicted, fits["outcome, untreated"].predicted
        ups = normalised(treated / scores, weights) * (outcome - upper) + upper
        downs = normalised((1 - treated) / (1 - scores), weights) * (outcome - lower) + lower
        parts = [(float(np.average(one, weights=weights)), one) for one in (downs, ups)]
        pair = [heavy_tailed_effect(value, one - value, weights, sample.clusters) for value, one in parts]
        means = (pair[0], pair[1])
        each = ups - downs
        value = float(np.average(each, weights=weights))
        influence = each - value
    else:
        value, influence = one_sided(sample, fits, odds, estimand)
    effect = heavy_tailed_effect(value, influence, weights, sample.clusters)
    checks = [cut_diagnostic(chance.predicted, weights), deciding_rows(effect), *learning_diagnostics(fits)]
    if estimand == "ate" and not sample.clustered and not sample.weighted:
        own = np.where(treated == 1, fits["outcome, treated"].predicted, fits["outcome, untreated"].predicted)
        left = second_order_bias(covariates, treated, scores, outcome - own)
        if left is not None:
            checks.append(second_order_diagnostic(left, effect.error))
            effect = less_bias(effect, left.bias, left.error)
            if means is not None:
                means = less_bias(means[0], *left.lower), less_bias(means[1], *left.upper)
    tables = (("learners", learner_table(fits)),)
    return Adjustment(effect, estimand, "", means, scores, tuple(checks), tables, useful_models(fits.values()))


def compare_arms(sample: CausalSample, estimand: str) -> Adjustment:
    """The difference between the arms' averages, which all estimands share where nothing is adjusted for.

    The influence function of an arm's average is 1(own arm) (Y - m) / P(own arm).
    """
    treated, weights, outcome = sample.treated, sample.weights, sample.outcome
    parts = []
    for own in (1 - treated, treated):
        mean = float(np.average(outcome, weights=weights * own))
        parts.append((mean, own * (outcome - mean) / float(np.average(own, weights=weights))))
    (lower, lower_influence), (upper, upper_influence) = parts
    effect = heavy_tailed_effect(upper - lower, upper_influence - lower_influence, weights, sample.clusters)
    means = [heavy_tailed_effect(value, influence, weights, sample.clusters) for value, influence in parts]
    scores = np.full(len(treated), float(np.average(treated, weights=weights)))
    return Adjustment(effect, estimand, "", (means[0], means[1]), scores, (deciding_rows(effect),))


def less_bias(effect: Effect, bias: float, error: float) -> Effect:
    """An effect with an estimated bias taken away, and the error of that estimate added."""
    return replace(effect, value=effect.value - bias, error=math.hypot(effect.error, error))


def one_sided(
    sample: CausalSample, fits: dict[str, CrossFit], odds: np.ndarray, estimand: str
) -> tuple[float, np.ndarray]:
    """Effect on the treated or on the untreated, with its influence function."""
    treated, weights = sample.treated, sample.weights
    att = estimand == "att"
    own = treated if att else 1 - treated
    other = 1 - own
    model = fits["outcome, untreated" if att else "outcome, treated"].predicted
    residual = sample.outcome - model
    share = float(np.average(own, weights=weights))
    ratio = odds if att else 1 / odds
    carried = other * ratio
    carried = carried * share / float(np.average(carried, weights=weights))
    each = (own - carried) * residual * (1 if att else -1) / share
    value = float(np.average(each, weights=weights))
    return value, each - value * own / share


def adjust_dml(
    sample: CausalSample, *, estimand: str, learner: str, folds: int, seed: int, only: frozenset[str] = frozenset()
) -> Adjustment:
    """Double machine learning in the partially linear model: residuals of the outcome on residuals of the treatment.

    theta = sum v u / sum v^2 with v = T - E[T|X] and u = Y - E[Y|X], both cross-fitted (Robinson 1988; Chernozhukov et
    al. 2018). With effects that differ between rows it is an average in which rows that could have gone either way
    count most; so the estimand is "ato". The treatment may be a dose.

    Raises:
        Refused: the confounders decide about the treatment.
    """
    cause, weights = sample.cause, sample.weights
    fold = fold_numbers(sample.clusters, sample.arm, folds, seed)
    fits = {
        "treatment": cross_fit(cause, sample.covariates, weights, fold, learner, seed, None, only),
        "outcome": cross_fit(sample.outcome, sample.covariates, weights, fold, learner, seed, None, only),
    }
    moved = cause - fits["treatment"].predicted
    left = sample.outcome - fits["outcome"].predicted
    size = float(np.average(moved**2, weights=weights))
    spread = float(np.average((cause - np.average(cause, weights=weights)) ** 2, weights=weights))
    if size < 1e-6 * spread:
        raise Refused("the confounders decide about the treatment, so that nothing is left to compare: name fewer")
    value = float(np.average(moved * left, weights=weights)) / size
    influence = moved * (left - value * moved) / size
    share = size / spread
    fine = share >= LEAST_VARIATION
    message = f"{min(share, 1.0):.0%} of the treatment's variation is left after the confounders" + (
        "." if fine else ": the answer rests on very little."
    )
    checks = (
        Diagnostic("treatment_variation", "pass" if fine else "warn", message, share, LEAST_VARIATION),
        *learning_diagnostics(fits),
    )
    scores = None if sample.dose is not None else np.clip(fits["treatment"].predicted, 0.0, 1.0)
    who = "" if sample.dose is None else "all rows, for one more unit"
    effect = heavy_tailed_effect(value, influence, weights, sample.clusters)
    tables = (("learners", learner_table(fits)),)
    return Adjustment(effect, "ato", who, None, scores, checks, tables, useful_models(fits.values()))


def normalised(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Values over their weighted mean."""
    return np.asarray(values / np.average(values, weights=weights))


def cut_diagnostic(scores: np.ndarray, weights: np.ndarray) -> Diagnostic:
    """How many chances were cut."""
    share = float(np.average((scores < LEAST_CHANCE) | (scores > 1 - LEAST_CHANCE), weights=weights))
    fine = share <= MOST_CUT
    message = f"The chance of treatment was cut to 1 % or 99 % in {share:.1%} of the rows" + (
        "." if fine else ": for these the answer rests on the model of the outcome alone."
    )
    return Diagnostic("cut_chances", "pass" if fine else "warn", message, share, MOST_CUT)


def learning_diagnostics(fits: dict[str, CrossFit]) -> list[Diagnostic]:
    """Whether learning was worse than guessing the average."""
    worst = min(fits, key=lambda name: fits[name].explained)
    explained = fits[worst].explained
    fine = explained > -0.02
    message = (
        "Out of fold, treatment and outcome are foretold no worse than by their averages."
        if fine
        else f"Out of fold, {worst} is foretold worse than by its average: use fewer confounders, or --learner linear."
    )
    return [Diagnostic("learning", "pass" if fine else "warn", message, explained, -0.02)]


def learner_table(fits: dict[str, CrossFit]) -> ResultTable:
    """What was learnt by what."""
    rows = []
    for name, fit in fits.items():
        shares = ", ".join(f"{learner} {share:.0%}" for learner, share in fit.shares.items() if share >= 0.005)
        rows.append((name, fit.explained, shares))
    caption = "How much of the variance is foretold out of fold, and what the prediction is combined from."
    return ResultTable(("what", "variance foretold", "learners"), tuple(rows), "Learners", caption)
