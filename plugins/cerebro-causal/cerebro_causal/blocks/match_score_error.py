"""What the estimation of the propensity score does to the error of matching on it (Abadie & Imbens 2016)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.logistic import CanonicalFit, with_intercept
from cerebro_causal.blocks.match_effect import Matched, match_rows
from cerebro_causal.blocks.match_sets import nearest_sets
from cerebro_causal.blocks.match_space import mahalanobis_places

LOCAL_MATCHES = 2
MOST_MATCHED_ROWS = 5_000


def estimated_score_effect(
    sample: CausalSample, effect: Effect, model: CanonicalFit, estimand: str, seed: int
) -> Effect:
    """An effect by matching on an estimated score, with the error that this has.

    For all rows the variance is lessened by c' I^-1 c / n, with c = E[(cov(X, Y | p, T = 1) / p + cov(X, Y | p, T = 0)
    / (1 - p)) f]. For the treated c has one more term, and d' I^-1 d / n is added, with d the derivative of the
    estimand with respect to the score's coefficients (theorems 1 and 2 of the paper). For the untreated the arms
    change places.

    Args:
        sample: the rows.
        effect: with the error of Abadie & Imbens (2006).
        model: the logistic regression of the score.
        estimand: "ate", "att" or "atc".
        seed: of the choice of rows from which the derivative is estimated in large tables.
    """
    design, scores = with_intercept(sample.covariates), model.mean
    weights = sample.weights
    slope = weights * scores * (1 - scores)
    near = np.round(scores, 12)[:, None]
    if estimand == "ate":
        pulled = local_covariance(sample, design, near, 1, slope / scores)
        pulled = (pulled + local_covariance(sample, design, near, 0, slope / (1 - scores))) / len(scores)
        change = -quadratic(model, pulled)
    else:
        about = sample.treated if estimand == "att" else 1 - sample.treated
        # the chance of being one whom the estimand is about, and the arm of these
        chance, arm = (scores, 1) if estimand == "att" else (1 - scores, 0)
        share = float(weights @ about) / len(scores)
        pulled = local_covariance(sample, design, near, arm, slope)
        pulled = pulled + local_covariance(sample, design, near, 1 - arm, slope * chance / (1 - chance))
        both = match_rows(sample, near, "ate", 1)
        sign = 1.0 if estimand == "att" else -1.0
        pulled = pulled + sign * design.T @ (slope * (imputed_difference(sample, both) - effect.value))
        pulled = pulled / len(scores) / share
        change = quadratic(model, derivative(sample, design, slope, effect.value, seed) / share)
        change = change - quadratic(model, pulled)
    variance = effect.error**2 + change / len(scores)
    # the estimate of c is noisy: never less than a quarter of the variance is left
    return replace(effect, error=float(np.sqrt(max(variance, effect.error**2 / 4))))


def quadratic(model: CanonicalFit, vector: np.ndarray) -> float:
    """v' I^-1 v."""
    return float(vector @ np.linalg.solve(model.information, vector))


def local_covariance(
    sample: CausalSample, design: np.ndarray, near: np.ndarray, arm: int, loads: np.ndarray
) -> np.ndarray:
    """Sum over all rows of a load times the covariance of X and Y among the rows of one arm with nearly their score.

    The covariance of a set of m is (sum x y - sum x sum y / m) / (m - 1); summed over sets it is linear in the x of the
    rows of the arm, so that no copy of the confounders is made.
    """
    own = np.flatnonzero(sample.arm == arm)
    sets = nearest_sets(near, np.arange(len(near)), own, np.ones(len(near)), LOCAL_MATCHES)
    outcome = sample.outcome[own] - sample.outcome[own].mean()
    size = np.maximum(sets.size, 2)
    each = sets.links.T @ (loads / (size - 1))
    middle = sets.links.T @ (loads / (size - 1) * sets.means(outcome))
    return np.asarray(design[own].T @ (outcome * each[sets.place] - middle[sets.place]))


def imputed_difference(sample: CausalSample, matched: Matched) -> np.ndarray:
    """(n,) outcome with treatment less without it, one of both that of the nearest row of the other arm."""
    difference = np.where(sample.arm == 1, sample.outcome, -sample.outcome)
    for arm, found in matched.sets.items():
        imputed = found.means(sample.outcome[found.donors])
        difference[found.targets] -= imputed if arm == 1 else -imputed
    return difference


def derivative(sample: CausalSample, design: np.ndarray, slope: np.ndarray, value: float, seed: int) -> np.ndarray:
    """E[X f (mu(1, X) - mu(0, X) - tau)], by matching on the confounders; on a random part of a large table."""
    rows = np.arange(len(slope))
    if len(rows) > MOST_MATCHED_ROWS:
        rows = np.sort(np.random.default_rng([seed, 2016]).choice(rows, MOST_MATCHED_ROWS, replace=False))
    part = replace(
        sample,
        outcome=sample.outcome[rows],
        arm=sample.arm[rows],
        covariates=sample.covariates[rows],
        weights=sample.weights[rows],
    )
    places = mahalanobis_places(part, slope)[0]
    difference = imputed_difference(part, match_rows(part, places, "ate", 1))
    return np.asarray(design[rows].T @ (slope[rows] * (difference - value))) / len(rows)
