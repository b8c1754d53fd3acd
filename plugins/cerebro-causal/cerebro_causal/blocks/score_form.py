"""Whether the chance of treatment follows a logistic regression on straight lines."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy import stats

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.logistic import CanonicalFit, with_intercept
from cerebro_causal.blocks.p_values import p_diagnostic
from cerebro_core.blocks.result import Diagnostic

FORM_LEVEL = 0.01
ROWS_A_TERM = 20
MOST_TERMS = 100
MOST_TESTED_ROWS = 50_000


def score_form_diagnostics(sample: CausalSample, model: CanonicalFit) -> list[Diagnostic]:
    """A score test of squares and products of the confounders in the logistic regression; the outcome is not used.

    Products are left out where rows or terms are too many, and rows beyond the first 50,000.
    """
    rows = min(len(sample.arm), MOST_TESTED_ROWS)
    design = with_intercept(sample.covariates[:rows])
    terms = bent_terms(design[:, 1:], min(rows // ROWS_A_TERM, MOST_TERMS))
    if not terms.shape[1]:
        return []
    weights, mean = sample.weights[:rows], model.mean[:rows]
    slope = weights * mean * (1 - mean)
    scaled = design * slope[:, None]
    left = terms - design @ np.linalg.lstsq(scaled.T @ design, scaled.T @ terms, rcond=1e-10)[0]
    scores = left * (weights * (sample.treated[:rows] - mean))[:, None]
    groups = np.unique(sample.clusters[:rows], return_inverse=True)[1]
    sums = np.column_stack([np.bincount(groups, weights=column) for column in scores.T])
    plain = not sample.clustered and not sample.weighted
    spread = (left * slope[:, None]).T @ left if plain else sums.T @ sums
    total = scores.sum(axis=0)
    count = int(np.linalg.matrix_rank(spread))
    p_value = float(stats.chi2.sf(total @ np.linalg.lstsq(spread, total, rcond=1e-10)[0], count)) if count else 1.0
    fine = p_value >= FORM_LEVEL
    message = (
        "The chance of treatment follows a logistic regression as far as squares and products show."
        if fine
        else "The chance of treatment does not follow a logistic regression on straight lines: squares or products of "
        "the confounders foretell it too. Add them as columns, or take --method backdoor, which learns bends."
    )
    return [p_diagnostic("score_form", "pass" if fine else "warn", message, p_value, FORM_LEVEL)]


def bent_terms(columns: np.ndarray, most: int) -> np.ndarray:
    """Squares of columns of more than two values, and products of pairs where there is room for all of them."""
    many = [place for place in range(columns.shape[1]) if len(np.unique(columns[:2000, place])) > 2]
    pairs = list(combinations(range(columns.shape[1]), 2))
    if len(many) > most:
        return np.zeros((len(columns), 0))
    terms = [columns[:, place] ** 2 for place in many]
    if len(many) + len(pairs) <= most:
        terms += [columns[:, one] * columns[:, other] for one, other in pairs]
    found = np.column_stack(terms) if terms else np.zeros((len(columns), 0))
    return found[:, found.std(axis=0) > 1e-12]
