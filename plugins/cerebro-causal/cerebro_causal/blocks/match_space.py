"""Where rows stand when they are matched: on the propensity score, or in the space of the confounders."""

from __future__ import annotations

import numpy as np

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_core.blocks.result import Refused

APART = 4.0


def score_places(sample: CausalSample, scores: np.ndarray) -> tuple[np.ndarray, float]:
    """Rows by their estimated chance of treatment, and the standard deviation that a caliper is counted in.

    The standard deviation is that of the score, pooled over the arms.
    """
    spread = np.sqrt(np.mean([scores[sample.arm == arm].var(ddof=1) for arm in (0, 1)]))
    return scores[:, None], float(spread)


def mahalanobis_places(sample: CausalSample, scores: np.ndarray) -> tuple[np.ndarray, float]:
    """Rows by their confounders, turned and stretched so that Euclidean distance is that of Mahalanobis.

    The covariance is that of all rows (Abadie & Imbens 2011; Stata's default), and a caliper is counted in its units.

    Raises:
        Refused: there is nothing to match on.
    """
    if not sample.covariates.shape[1]:
        raise Refused("there is no confounder that varies, so rows cannot be matched: name some with --confounders")
    centred = sample.covariates - np.average(sample.covariates, axis=0, weights=sample.weights)
    covariance = (centred * sample.weights[:, None]).T @ centred / (len(centred) - 1)
    return np.linalg.solve(np.linalg.cholesky(covariance), centred.T).T, 1.0


def apart_by_strata(places: np.ndarray, strata: np.ndarray) -> tuple[np.ndarray, float]:
    """One more coordinate that puts the strata farther apart than rows within any of them.

    Returns:
        The places, and the distance beyond which two rows are of different strata.
    """
    if strata.max() == 0:
        return places, np.inf
    gap = APART * (1.0 + float(np.ptp(places, axis=0).max()) * np.sqrt(places.shape[1]))
    return np.column_stack([places, gap * strata]), gap / 2
