"""Jumps of curves at zero: local polynomials on both sides with robust bias correction, for what diff-diff lacks.

diff-diff estimates jumps of levels for rows that are equal and independent. Jumps of slopes (kinks), sampling weights,
clusters, and the joint covariance of two jumps are computed here from the formulas of Calonico, Cattaneo & Titiunik
(2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_core.blocks.result import Refused

NEIGHBOURS = 3


@dataclass(frozen=True)
class JumpWeights:
    """What a row's outcome counts in a jump: the jump is `weights @ outcome`.

    Attributes:
        plain: (n,) of the conventional estimate.
        corrected: (n,) of the one less its estimated bias.
    """

    plain: np.ndarray
    corrected: np.ndarray


def kernel_values(distance: np.ndarray, kernel: str) -> np.ndarray:
    """Kernel at distances in bandwidths."""
    size = np.abs(distance)
    inside = size <= 1
    if kernel == "uniform":
        return np.where(inside, 0.5, 0.0)
    if kernel == "epanechnikov":
        return np.where(inside, 0.75 * (1 - size**2), 0.0)
    return np.where(inside, 1 - size, 0.0)


def side_weights(
    x: np.ndarray, weights: np.ndarray, bandwidth: float, degree: int, order: int, kernel: str
) -> np.ndarray:
    """Weights l with l @ y = the `order`-th coefficient of the local polynomial at zero (times order!: 1 for 0 and 1).

    Args:
        x: (n,) of one side.
        weights: (n,) sampling weights.
        bandwidth: of the kernel.
        degree: of the polynomial.
        order: which coefficient.

    Raises:
        Refused: too few different values lie within the bandwidth.
    """
    near = kernel_values(x / bandwidth, kernel) * weights
    used = near > 0
    if len(np.unique(x[used])) <= degree:
        raise Refused(
            f"within {bandwidth:.4g} of the cutoff one side has only {len(np.unique(x[used]))} different values: widen "
            "--bandwidth"
        )
    powers = (x[used, None] / bandwidth) ** np.arange(degree + 1)
    scaled = powers * near[used, None]
    found = np.zeros(len(x))
    found[used] = (scaled @ np.linalg.pinv(powers.T @ scaled)[:, order]) / bandwidth**order
    return found


def jump_weights(
    x: np.ndarray,
    weights: np.ndarray,
    *,
    bandwidths: tuple[float, float],
    pilots: tuple[float, float],
    degree: int,
    order: int,
    kernel: str,
) -> JumpWeights:
    """Weights of a jump (right less left) of the `order`-th derivative at zero, and of its bias-corrected form.

    The bias of a polynomial of degree p is (sum l x^(p+1)) times the coefficient of x^(p+1), which a polynomial of
    degree p + 1 with the pilot bandwidth estimates; both are linear in the outcome.

    Args:
        x: (n,) distance from the cutoff.
        weights: (n,) sampling weights.
        bandwidths, pilots: left and right, of the estimate and of its bias.
        degree: of the polynomial of the estimate.
        order: 0 for levels, 1 for slopes.
        kernel: "triangular", "epanechnikov" or "uniform".
    """
    plain, corrected = np.zeros(len(x)), np.zeros(len(x))
    for side, (bandwidth, pilot) in enumerate(zip(bandwidths, pilots, strict=True)):
        rows = x >= 0 if side else x < 0
        sign = 1.0 if side else -1.0
        own = x[rows]
        level = side_weights(own, weights[rows], bandwidth, degree, order, kernel)
        bend = side_weights(own, weights[rows], pilot, degree + 1, degree + 1, kernel)
        plain[rows] = sign * level
        corrected[rows] = sign * (level - (level @ own ** (degree + 1)) * bend)
    return JumpWeights(plain, corrected)


def neighbour_residuals(x: np.ndarray, values: np.ndarray, reach: float) -> np.ndarray:
    """(n, q) how far rows are from the mean of their three nearest neighbours on the same side, times sqrt(3 / 4).

    Only rows within `reach` of the cutoff are neighbours; the others get zero.
    """
    found = np.zeros_like(values, dtype=float)
    for rows in (np.flatnonzero((x < 0) & (x >= -reach)), np.flatnonzero((x >= 0) & (x <= reach))):
        order = rows[np.argsort(x[rows], kind="stable")]
        count = len(order)
        near = min(NEIGHBOURS, count - 1)
        offsets = np.concatenate([np.arange(-near, 0), np.arange(1, near + 1)])
        places = np.arange(count)[:, None] + offsets
        outside = (places < 0) | (places >= count)
        places = np.clip(places, 0, count - 1)
        gaps = np.abs(x[order][places] - x[order][:, None])
        gaps[outside] = np.inf
        nearest = np.take_along_axis(places, np.argsort(gaps, axis=1, kind="stable")[:, :near], axis=1)
        own = values[order]
        found[order] = np.sqrt(near / (near + 1)) * (own - own[nearest].mean(axis=1))
    return found


def jump_covariance(weights: np.ndarray, residuals: np.ndarray, clusters: np.ndarray | None) -> np.ndarray:
    """(q, q) covariance of the jumps of q outcomes.

    Args:
        weights: (n,) of the jump.
        residuals: (n, q) by `neighbour_residuals`, or of the fitted curves where there are clusters.
        clusters: (n,) numbers, or None.
    """
    scores = weights[:, None] * residuals
    if clusters is None:
        return scores.T @ scores
    used = weights != 0
    groups = np.unique(clusters[used], return_inverse=True)[1]
    count = int(groups.max()) + 1
    sums = np.column_stack([np.bincount(groups, weights=column, minlength=count) for column in scores[used].T])
    return count / max(count - 1, 1) * sums.T @ sums


def curve_residuals(
    x: np.ndarray, values: np.ndarray, weights: np.ndarray, bandwidths: tuple[float, float], degree: int, kernel: str
) -> np.ndarray:
    """(n, q) residuals of local polynomials on both sides; zero outside of the bandwidths."""
    found = np.zeros_like(values, dtype=float)
    for side, bandwidth in enumerate(bandwidths):
        rows = np.flatnonzero(x >= 0 if side else x < 0)
        near = kernel_values(x[rows] / bandwidth, kernel) * weights[rows]
        used = rows[near > 0]
        powers = (x[used, None] / bandwidth) ** np.arange(degree + 1)
        root = np.sqrt(near[near > 0])[:, None]
        slopes = np.linalg.lstsq(powers * root, values[used] * root, rcond=None)[0]
        found[used] = values[used] - powers @ slopes
    return found
