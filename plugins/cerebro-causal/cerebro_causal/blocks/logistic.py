"""Generalised linear models with canonical links by Newton's method, with what influence functions need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from cerebro_core.blocks.result import Refused

MOST_STEPS = 60
CHUNK = 100_000


@dataclass(frozen=True)
class CanonicalFit:
    """A fitted model.

    Attributes:
        coefficients: (k,), the first of the intercept.
        mean: (n,) fitted means.
        design: (n, k) the columns that were fitted.
        residuals: (n,) target less fitted mean.
        information: (k, k) mean over rows of w v x x', with v the variance function.
    """

    coefficients: np.ndarray
    mean: np.ndarray
    design: np.ndarray
    residuals: np.ndarray
    information: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """(n, k) score of each row, without its sampling weight; computed when asked for, since it is large."""
        return self.design * self.residuals[:, None]

    def carried(self, gradient: np.ndarray) -> np.ndarray:
        """What the estimation of the coefficients adds to an influence function: gradient' A^-1 s_i, (n,)."""
        return (self.design @ np.linalg.solve(self.information, gradient)) * self.residuals


def with_intercept(covariates: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and variance 1, after a column of ones; a shift and a scale change no fitted value."""
    middle = covariates.mean(axis=0)
    design = np.empty((len(covariates), covariates.shape[1] + 1))
    design[:, 0] = 1.0
    np.subtract(covariates, middle, out=design[:, 1:])
    # the spread from the copy that is made anyway: a large table is held twice and not four times
    spread = np.sqrt(np.einsum("ij,ij->j", design[:, 1:], design[:, 1:]) / max(len(covariates), 1))
    design[:, 1:] /= np.where(spread > 0, spread, 1.0)
    return design


def canonical_mean(linear: np.ndarray, family: str) -> np.ndarray:
    """Mean of a linear predictor."""
    if family == "binomial":
        return np.asarray(expit(linear))
    return np.exp(np.minimum(linear, 50.0)) if family == "poisson" else linear


def canonical_variance(mean: np.ndarray, family: str) -> np.ndarray:
    """Variance function; with a canonical link also the slope of the mean."""
    if family == "binomial":
        return mean * (1 - mean)
    return mean if family == "poisson" else np.ones_like(mean)


def fit_canonical(target: np.ndarray, design: np.ndarray, weights: np.ndarray, family: str) -> CanonicalFit:
    """Fit by Newton's method with halved steps.

    Args:
        target: (n,).
        design: (n, k) with its intercept first.
        weights: (n,) with mean about 1; rows with 0 do not enter the fit.
        family: "gaussian", "binomial" or "poisson".

    Raises:
        Refused: the columns separate yes from no, or repeat each other.
    """
    coefficients = np.zeros(design.shape[1])
    total = float(np.average(target, weights=weights))
    if family == "binomial":
        coefficients[0] = np.log(total / (1 - total)) if 0 < total < 1 else 0.0
    elif family == "poisson":
        coefficients[0] = np.log(max(total, 1e-12))
    loss = canonical_loss(target, design @ coefficients, weights, family)
    for _ in range(MOST_STEPS):
        mean = canonical_mean(design @ coefficients, family)
        information = weighted_gram(design, weights * canonical_variance(mean, family))
        gradient = design.T @ (weights * (target - mean)) / len(target)
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e13:
            raise Refused(separation_text(family))
        step = np.linalg.solve(information, gradient)
        size = 1.0
        while size > 1e-6:
            fresh = canonical_loss(target, design @ (coefficients + size * step), weights, family)
            if fresh <= loss + 1e-12 * abs(loss):
                break
            size /= 2
        coefficients, done = coefficients + size * step, float(gradient @ step) < 1e-12
        loss = fresh
        if done:
            break
    else:
        raise Refused(separation_text(family))
    mean = canonical_mean(design @ coefficients, family)
    information = weighted_gram(design, weights * canonical_variance(mean, family))
    if np.linalg.cond(information) > 1e13:
        raise Refused(separation_text(family))
    return CanonicalFit(coefficients, mean, design, target - mean, information)


def weighted_gram(design: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean over rows of w x x', a part of the rows at a time, so that no second copy of a large table is made."""
    total = np.zeros((design.shape[1], design.shape[1]))
    for start in range(0, len(design), CHUNK):
        part = design[start : start + CHUNK]
        total += part.T @ (part * weights[start : start + CHUNK, None])
    return total / len(design)


def canonical_loss(target: np.ndarray, linear: np.ndarray, weights: np.ndarray, family: str) -> float:
    """Mean negative log-likelihood, up to a constant."""
    if family == "binomial":
        each = np.logaddexp(0.0, linear) - target * linear
    elif family == "poisson":
        each = np.exp(np.minimum(linear, 50.0)) - target * linear
    else:
        each = 0.5 * linear**2 - target * linear
    return float(weights @ each) / len(target)


def separation_text(family: str) -> str:
    """Why a model cannot be fitted."""
    if family == "binomial":
        return (
            "the columns tell exactly which rows are yes and which are no, so nothing is left to compare (no overlap): "
            "leave out the column that decides, or keep the rows that could have gone either way"
        )
    return "the columns repeat each other or the outcome is too large for the model: leave out copies and sums"
