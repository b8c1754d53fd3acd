"""Anderson-Rubin tests and the set of effects that they do not reject, valid however weak the instruments are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import linalg, stats

from cerebro_causal.blocks.partialled import PartialledFit

Pieces = tuple[tuple[float | None, float | None], ...]


@dataclass(frozen=True)
class AndersonRubin:
    """The Anderson-Rubin (1949) test of each value of an effect, with an error covariance that may be robust.

    The reduced forms of outcome and treatment on the instruments are `fit.coefficients[0]` and `[1]`. Where b is the
    effect, pi_y - b pi_d is zero, and AR(b) = (pi_y - b pi_d)' V(b)^-1 (pi_y - b pi_d) / m is F with m and `degrees`
    degrees of freedom, whether or not pi_d is near zero. V(b) is that of the reduced form of y - b d.

    Attributes:
        fit: reduced forms of outcome and treatment.
    """

    fit: PartialledFit

    def statistic(self, effect: float) -> float:
        """AR at one value."""
        own = self.fit.coefficients[0] - effect * self.fit.coefficients[1]
        cross = self.fit.block(0, 1)
        spread = self.fit.block(0, 0) - effect * (cross + cross.T) + effect**2 * self.fit.block(1, 1)
        return float(own @ np.linalg.solve(spread, own)) / len(own)

    def p_value(self, effect: float) -> float:
        """How well one value fits."""
        return float(stats.f.sf(self.statistic(effect), self.fit.coefficients.shape[1], self.fit.degrees))

    def interval(self, level: float) -> Pieces:
        """All values that are not rejected: pieces [low, high], None for an end at infinity; () where none is left.

        AR(b) <= c where the determinant of [[c, pi(b)'], [pi(b), V(b)]] is not negative; its roots are eigenvalues of
        a quadratic pencil, so that the ends are exact and nothing is missed between the points of a grid.
        """
        critical = float(stats.f.ppf(level, self.fit.coefficients.shape[1], self.fit.degrees))
        scale, ends = pencil_roots(self.fit, critical)
        points = [-np.inf, *ends, np.inf]
        pieces: list[list[float]] = []
        for low, high in pairwise(points):
            inside = middle_of(low, high)
            if self.statistic(inside * scale) > critical:
                continue
            if pieces and pieces[-1][1] == low:
                pieces[-1][1] = high
            else:
                pieces.append([low, high])
        return tuple((finite_end(low * scale), finite_end(high * scale)) for low, high in pieces)


def middle_of(low: float, high: float) -> float:
    """A point between two ends, of which either may be infinite."""
    if np.isinf(low) and np.isinf(high):
        return 0.0
    if np.isinf(low):
        return high - 1.0 - abs(high)
    if np.isinf(high):
        return low + 1.0 + abs(low)
    return (low + high) / 2


def finite_end(value: float) -> float | None:
    """An end of an interval; None for infinity."""
    return float(value) if np.isfinite(value) else None


def pencil_roots(fit: PartialledFit, critical: float) -> tuple[float, list[float]]:
    """Where AR crosses its critical value: real roots, sorted, in units of the scale that is given back with them."""
    many = fit.coefficients.shape[1]
    half = linalg.sqrtm(fit.gram).real  # instruments made orthonormal: the covariances are then near multiples of I
    outcome, treatment = half @ fit.coefficients[0], half @ fit.coefficients[1]
    spreads = [half @ fit.block(i, j) @ half for i, j in ((0, 0), (0, 1), (1, 1))]
    unit_y, unit_d = (float(np.sqrt(np.trace(part) / many)) for part in (spreads[0], spreads[2]))
    scale = unit_y / unit_d
    outcome, treatment = outcome / unit_y, treatment / unit_d
    cross = (spreads[1] + spreads[1].T) / (unit_y * unit_d)
    still = np.block([[np.array([[critical * many]]), outcome[None, :]], [outcome[:, None], spreads[0] / unit_y**2]])
    slope = -np.block([[np.zeros((1, 1)), treatment[None, :]], [treatment[:, None], cross]])
    bend = np.block([[np.zeros((1, 1)), np.zeros((1, many))], [np.zeros((many, 1)), spreads[2] / unit_d**2]])
    nil, one = np.zeros((many + 1, many + 1)), np.eye(many + 1)
    roots = linalg.eigvals(np.block([[nil, one], [-still, -slope]]), np.block([[one, nil], [nil, bend]]))
    roots = roots[np.isfinite(roots)]
    near = np.abs(roots.imag) < 1e-7 * (1 + np.abs(roots.real))
    kept = np.sort(roots.real[near & (np.abs(roots.real) < 1e9)])
    return scale, [float(value) for value in kept]
