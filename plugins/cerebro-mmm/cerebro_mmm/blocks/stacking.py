"""Weights of several forms, by how well each foretells rows that it has not seen."""

from __future__ import annotations

import numpy as np
from scipy import special

from cerebro_mmm.blocks.convergence import pareto_smooth
from cerebro_mmm.blocks.posterior import Posterior

STACKING_STEPS = 2000


def pointwise_loo(posterior: Posterior, seen: np.ndarray) -> np.ndarray:
    """Log density of each seen period under the posterior without it, shape (seen periods,).

    Pareto-smoothed importance sampling (Vehtari, Gelman, Gabry 2017, "Practical Bayesian model evaluation using
    leave-one-out cross-validation and WAIC").
    """
    prepared = posterior.parts[0].problem.prepared
    distance = (prepared.outcome - posterior.expected)[:, seen] / posterior.noise[:, None]
    logs = -0.5 * distance**2 - np.log(posterior.noise[:, None]) - 0.5 * np.log(2.0 * np.pi)
    found = np.empty(logs.shape[1])
    for row in range(logs.shape[1]):
        weights, _ = pareto_smooth(-logs[:, row])
        found[row] = special.logsumexp(weights + logs[:, row])
    return found


def stacking_weights(densities: np.ndarray) -> np.ndarray:
    """Weights of the forms whose mixture foretells the rows best.

    Maximises sum_i log sum_k w_k p_k(y_i | rest) (Yao, Vehtari, Simpson, Gelman 2018, "Using stacking to average
    Bayesian predictive distributions") by expectation maximisation, whose every step raises it: the problem is concave.

    Args:
        densities: log densities by form and row, shape (forms, rows).

    Returns:
        Shape (forms,); they sum to one.
    """
    heights = np.exp(densities - densities.max(axis=0))
    weights = np.full(len(heights), 1.0 / len(heights))
    for _ in range(STACKING_STEPS):
        mixed = weights @ heights
        again = weights * (heights / mixed).mean(axis=1)
        if np.abs(again - weights).max() < 1e-7:
            return again
        weights = again
    return weights
