"""Regressions of several outcomes on the same columns after confounders are taken out, with their joint covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_causal.blocks.influence import Effect


@dataclass(frozen=True)
class PartialledFit:
    """Coefficients of q outcomes on m columns.

    Attributes:
        coefficients: (q, m).
        covariance: (q * m, q * m) of the coefficients in row order.
        gram: (m, m) weighted products of the columns, after the base was taken out.
        residuals: (n, q), unweighted.
        degrees: of freedom of t and F tests.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    gram: np.ndarray
    residuals: np.ndarray
    degrees: float

    def effect(self, outcome: int, column: int) -> Effect:
        """One coefficient with its error."""
        place = outcome * self.coefficients.shape[1] + column
        error = float(np.sqrt(max(self.covariance[place, place], 0.0)))
        return Effect(float(self.coefficients[outcome, column]), error, self.degrees)

    def block(self, first: int, second: int) -> np.ndarray:
        """(m, m) covariance of the coefficients of two outcomes."""
        wide = self.coefficients.shape[1]
        return self.covariance[first * wide : (first + 1) * wide, second * wide : (second + 1) * wide]

    def wald(self, outcome: int) -> float:
        """Wald statistic of all coefficients of one outcome being zero, divided by their number (an F)."""
        own = self.coefficients[outcome]
        return float(own @ np.linalg.pinv(self.block(outcome, outcome)) @ own) / len(own)


def partialled_regression(
    outcomes: np.ndarray,
    columns: np.ndarray,
    base: np.ndarray,
    weights: np.ndarray,
    clusters: np.ndarray | None,
    errors: str,
) -> PartialledFit:
    """Weighted least squares of each outcome on `columns` and `base`; only the former are kept (Frisch-Waugh-Lovell).

    The covariance is HC1, or CR1 with clusters (G/(G - 1) (n - 1)/(n - k), with G - 1 degrees of freedom), or that of
    equal spread ("classical").

    Args:
        outcomes: (n, q).
        columns: (n, m), no combination of each other and of the base.
        base: (n, p) with the intercept.
        weights: (n,).
        clusters: (n,) numbers, or None.
        errors: "robust" or "classical"; clusters go first.
    """
    root = np.sqrt(weights)[:, None]
    ortho = np.linalg.qr(base * root)[0]
    both = np.column_stack([columns, outcomes]) * root
    both = both - ortho @ (ortho.T @ both)
    wide = columns.shape[1]
    inner, targets = both[:, :wide], both[:, wide:]
    gram = inner.T @ inner
    bread = np.linalg.inv(gram)
    coefficients = (bread @ (inner.T @ targets)).T
    left = targets - inner @ coefficients.T
    rows, many = targets.shape
    spare = rows - base.shape[1] - wide
    if clusters is None and errors == "classical":
        covariance = np.kron(left.T @ left / spare, bread)
        return PartialledFit(coefficients, covariance, gram, left / np.where(root > 0, root, 1.0), float(spare))
    scores = (left[:, :, None] * inner[:, None, :]).reshape(rows, many * wide)
    factor, degrees = rows / spare, float(spare)
    if clusters is not None:
        groups = np.unique(clusters, return_inverse=True)[1]
        count = int(groups.max()) + 1
        sums = [np.bincount(groups, weights=column, minlength=count) for column in scores.T]
        scores = np.column_stack(sums)
        factor, degrees = count / (count - 1) * (rows - 1) / spare, float(count - 1)
    outer = np.kron(np.eye(many), bread)
    covariance = factor * outer @ (scores.T @ scores) @ outer
    return PartialledFit(coefficients, covariance, gram, left / np.where(root > 0, root, 1.0), degrees)
