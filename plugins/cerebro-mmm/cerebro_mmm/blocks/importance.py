"""Adaptive importance sampling from a mixture of Student-t proposals, judged by Pareto k-hat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from cerebro_mmm.blocks.convergence import pareto_smooth

ROUND_DRAWS = 4000
ROUNDS = 12
TAILS = 6.0


@dataclass(frozen=True)
class Proposal:
    """Centre and covariance of a Student-t proposal."""

    mean: np.ndarray
    covariance: np.ndarray


@dataclass(frozen=True)
class Weighted:
    """Weighted draws.

    Attributes:
        points: shape (draws, dimensions).
        log_weights: normalised and Pareto-smoothed, shape (draws,).
        pareto_k: k-hat of the weights; above 0.7 they cannot be trusted.
        effective: Kish's effective sample size.
        log_evidence: log of the density's integral.
    """

    points: np.ndarray
    log_weights: np.ndarray
    pareto_k: float
    effective: float
    log_evidence: float


def importance_sample(
    log_density: Callable[[np.ndarray], np.ndarray],
    proposals: Sequence[Proposal],
    rng: np.random.Generator,
    enough: float,
) -> Weighted:
    """Draw, move the proposal to where the weights are, and weigh all draws against the mixture of all proposals.

    Cornuet, Marin, Mira, Robert (2012), "Adaptive multiple importance sampling"; the weights are smoothed as in Vehtari
    et al. (2024). Each round draws from the last proposal; the first round from all that are given.

    Args:
        log_density: of the target, unnormalised; shape (draws, dimensions) to (draws,).
        proposals: where to begin.
        rng: draws.
        enough: effective draws at which it stops, if k-hat is small too.
    """
    used = [(one, ROUND_DRAWS // len(proposals)) for one in proposals]
    points = np.concatenate([student_draws(one, count, rng) for one, count in used])
    target = log_density(points)
    for turn in range(ROUNDS):
        counts = np.array([count for _, count in used], dtype=float)
        density = np.stack([student_density(one, points) for one, _ in used])
        mixture = special.logsumexp(density + np.log(counts / counts.sum())[:, None], axis=0)
        raw = np.where(np.isfinite(target), target - mixture, -np.inf)
        logs, k_hat = pareto_smooth(np.maximum(raw, raw.max() - 700.0))
        effective = float(1.0 / np.exp(2.0 * logs).sum())
        evidence = float(special.logsumexp(raw) - np.log(len(raw)))
        found = Weighted(points, logs, k_hat, effective, evidence)
        if (k_hat <= 0.6 and effective >= enough) or turn == ROUNDS - 1:
            return found
        # Tempered weights keep the covariance from collapsing onto the few draws that carry all the weight.
        weights = np.exp(logs - logs.max())
        for power in (1.0, 0.7, 0.5, 0.3, 0.15):
            tempered = weights**power
            tempered /= tempered.sum()
            if 1.0 / (tempered**2).sum() >= 20.0 * points.shape[1]:
                break
        mean = tempered @ points
        covariance = (points - mean).T @ ((points - mean) * tempered[:, None])
        used.append((Proposal(mean, covariance), ROUND_DRAWS))
        fresh = student_draws(used[-1][0], ROUND_DRAWS, rng)
        points = np.concatenate([points, fresh])
        target = np.concatenate([target, log_density(fresh)])
    raise AssertionError("unreachable")


def student_draws(proposal: Proposal, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of a multivariate Student-t, shape (count, dimensions)."""
    root = np.linalg.cholesky(proposal.covariance)
    normal = rng.standard_normal((count, len(root))) @ root.T
    return np.asarray(proposal.mean + normal * np.sqrt(TAILS / rng.chisquare(TAILS, size=(count, 1))))


def student_density(proposal: Proposal, points: np.ndarray) -> np.ndarray:
    """Log density of a multivariate Student-t, shape (draws, dimensions) to (draws,)."""
    size = points.shape[1]
    root = np.linalg.cholesky(proposal.covariance)
    scaled = np.linalg.solve(root, (points - proposal.mean).T)
    distance = np.log1p((scaled**2).sum(axis=0) / TAILS)
    height = special.gammaln((TAILS + size) / 2) - special.gammaln(TAILS / 2) - 0.5 * size * np.log(TAILS * np.pi)
    return np.asarray(height - np.log(np.diag(root)).sum() - 0.5 * (TAILS + size) * distance)


def systematic_picks(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Systematic resampling: indices that pick each draw as often as its weight says."""
    edges = np.cumsum(weights) / weights.sum()
    return np.asarray(np.minimum(np.searchsorted(edges, (rng.random() + np.arange(count)) / count), weights.size - 1))
