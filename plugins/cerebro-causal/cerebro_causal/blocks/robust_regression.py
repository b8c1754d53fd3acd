"""Least squares with errors that allow for unequal spread and for clusters, also few of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_core.blocks.result import Refused


@dataclass(frozen=True)
class RobustFit:
    """Coefficients with a bias-reduced robust covariance (HC2, or CR2 with clusters).

    Attributes:
        coefficients: (k,).
        covariance: (k, k).
        residuals: (n,) unweighted.
        pieces: what the degrees of freedom of a contrast are computed from.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    residuals: np.ndarray
    pieces: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]

    def error(self, contrast: np.ndarray) -> float:
        """Standard error of a linear combination of coefficients."""
        return float(np.sqrt(max(contrast @ self.covariance @ contrast, 0.0)))

    def degrees(self, contrast: np.ndarray) -> float:
        """Degrees of freedom by Bell & McCaffrey (2002), with errors of equal spread as working model."""
        design, bread, groups, adjusted = self.pieces
        # a_g = A_g X_g M c; B = diag(a_g' a_g) - U M U' with u_g = X_g' a_g
        along = adjusted @ (bread @ contrast)
        count = int(groups.max()) + 1
        diagonal = np.bincount(groups, weights=along**2, minlength=count)
        sums = np.column_stack([np.bincount(groups, weights=column * along, minlength=count) for column in design.T])
        inner = np.einsum("gi,ij,gj->g", sums, bread, sums)
        cross = bread @ sums.T @ sums
        trace = float(diagonal.sum() - inner.sum())
        square = float((diagonal**2).sum() - 2 * (diagonal * inner).sum() + np.trace(cross @ cross))
        return max(trace**2 / square, 1.0) if square > 0 else 1.0


def robust_regression(outcome: np.ndarray, design: np.ndarray, weights: np.ndarray, clusters: np.ndarray) -> RobustFit:
    """Weighted least squares; rows are their own clusters where `clusters` gives each its own number.

    The covariance is M (sum_g X_g' A_g u_g u_g' A_g X_g) M with A_g = (I - H_gg)^(-1/2): HC2 for single rows, CR2 for
    clusters (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018).

    Args:
        outcome: (n,).
        design: (n, k) with its intercept.
        weights: (n,) weights; ones for none.
        clusters: (n,) numbers from 0.

    Raises:
        Refused: columns repeat each other, or a cluster alone decides about a coefficient.
    """
    groups = np.unique(clusters, return_inverse=True)[1]
    root = np.sqrt(weights)
    scaled, target = design * root[:, None], outcome * root
    size = np.sqrt((scaled**2).sum(axis=0))
    gram = scaled.T @ scaled
    if (size == 0).any() or np.linalg.eigvalsh(gram / np.outer(size, size))[0] < 1e-12:
        raise Refused("the columns repeat each other: leave out confounders that are sums or copies of others")
    bread = np.linalg.inv(gram)
    coefficients = bread @ (scaled.T @ target)
    residuals = outcome - design @ coefficients
    adjusted = adjusted_design(scaled, bread, groups)
    count = int(groups.max()) + 1
    scores = np.column_stack(
        [np.bincount(groups, weights=column * residuals * root, minlength=count) for column in adjusted.T]
    )
    covariance = bread @ (scores.T @ scores) @ bread
    return RobustFit(coefficients, covariance, residuals, (scaled, bread, groups, adjusted))


def adjusted_design(scaled: np.ndarray, bread: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """A_g X_g for each cluster, stacked; A_g is symmetric, so X_g' A_g u_g is a sum over rows of A_g X_g."""
    rows = len(scaled)
    if int(groups.max()) + 1 == rows:
        leverage = np.einsum("ij,jk,ik->i", scaled, bread, scaled)
        return scaled / np.sqrt(np.maximum(1 - leverage, 1e-8))[:, None]
    root = np.linalg.cholesky(bread)
    adjusted = np.empty_like(scaled)
    order = np.argsort(groups, kind="stable")
    edges = np.cumsum(np.bincount(groups))[:-1]
    for part in np.split(order, edges):
        own = scaled[part]
        left, values, _ = np.linalg.svd(own @ root, full_matrices=False)
        # (I - H_gg)^(-1/2) = I + L (diag((1 - s^2)^(-1/2)) - I) L'; directions that the cluster alone decides add none
        spare = 1 - values**2
        stretch = np.where(spare > 1e-8, 1 / np.sqrt(np.maximum(spare, 1e-8)), 0.0) - 1
        adjusted[part] = own + left @ (stretch[:, None] * (left.T @ own))
    return adjusted
