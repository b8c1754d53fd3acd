"""Bandwidths that make the squared error of a jump least, for jumps that diff-diff does not estimate."""

from __future__ import annotations

import numpy as np

from cerebro_causal.blocks.local_polynomial import (
    curve_residuals,
    jump_covariance,
    jump_weights,
    neighbour_residuals,
)

REGULAR = 3.0  # Imbens & Kalyanaraman (2012): three variances of the estimated bias


def jump_bandwidths(
    x: np.ndarray,
    outcome: np.ndarray,
    weights: np.ndarray,
    clusters: np.ndarray | None,
    *,
    degree: int,
    order: int,
    kernel: str,
) -> tuple[float, float]:
    """Bandwidth of a jump and of its bias, the same on both sides.

    h = ((1 + 2 v) V / (2 (p + 1 - v) (B^2 + R)))^(1 / (2 p + 3)) with v the order of the derivative, V the variance
    times h^(1 + 2 v) at a pilot bandwidth, B the bias over h^(p + 1 - v), and R three variances of it (Imbens &
    Kalyanaraman 2012; Calonico, Cattaneo & Titiunik 2014). The bias's own bandwidth comes from the same rule one degree
    higher, whose bias in turn is that of polynomials over the whole range.

    Args:
        x: (n,) distance from the cutoff.
        outcome: (n,).
        weights: (n,) sampling weights.
        clusters: (n,) numbers, or None.
        degree, order, kernel: as in `jump_weights`.
    """
    widest = float(min(-x.min(), x.max()))
    spread = float(min(x.std(), np.subtract(*np.quantile(x, [0.75, 0.25])) / 1.349))
    start = min(2.576 * spread * len(x) ** -0.2, widest)
    start = max(start, nearest_reach(x, 10 * (degree + 2)))
    pilot = optimal_bandwidth(
        x, outcome, weights, clusters, start, widest, degree=degree + 1, order=degree + 1, kernel=kernel, widest=widest
    )
    pilot = max(pilot, nearest_reach(x, 5 * (degree + 3)))
    main = optimal_bandwidth(
        x, outcome, weights, clusters, start, pilot, degree=degree, order=order, kernel=kernel, widest=widest
    )
    return max(main, nearest_reach(x, 5 * (degree + 2))), pilot


def nearest_reach(x: np.ndarray, rows: int) -> float:
    """How far the nearest rows on both sides reach: the least bandwidth that a curve can be fitted in."""
    return max(float(np.sort(np.abs(np.unique(part)))[:rows][-1]) for part in (x[x < 0], x[x >= 0])) * 1.001


def optimal_bandwidth(
    x: np.ndarray,
    outcome: np.ndarray,
    weights: np.ndarray,
    clusters: np.ndarray | None,
    start: float,
    pilot: float,
    *,
    degree: int,
    order: int,
    kernel: str,
    widest: float,
) -> float:
    """The rule of `jump_bandwidths`, with variance from curves within `start` and bias from those within `pilot`."""
    values = outcome[:, None]
    both = jump_weights(
        x, weights, bandwidths=(start, start), pilots=(pilot, pilot), degree=degree, order=order, kernel=kernel
    )
    spread = residuals_of(x, values, weights, clusters, start, degree, kernel)
    variance = float(jump_covariance(both.plain, spread, clusters)[0, 0]) * start ** (1 + 2 * order)
    bias_weights = (both.plain - both.corrected) / start ** (degree + 1 - order)
    bias = float(bias_weights @ outcome)
    bent = residuals_of(x, values, weights, clusters, max(start, pilot), degree + 1, kernel)
    error = float(jump_covariance(bias_weights, bent, clusters)[0, 0])
    ratio = (1 + 2 * order) * variance / (2 * (degree + 1 - order) * (bias**2 + REGULAR * error))
    return float(min(ratio ** (1 / (2 * degree + 3)), widest))


def residuals_of(
    x: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    clusters: np.ndarray | None,
    bandwidth: float,
    degree: int,
    kernel: str,
) -> np.ndarray:
    """Residuals by neighbours, or of the curves where there are clusters."""
    if clusters is None:
        return neighbour_residuals(x, values, bandwidth)
    return curve_residuals(x, values, weights, (bandwidth, bandwidth), degree, kernel)
