"""Posterior distributions of what an arm earns, and integrals over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

PANELS = (-10.0, -8.0, -6.0, -5.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
EVEN_PANELS = 12
NODES = 20


@dataclass(frozen=True)
class Posterior:
    """The posterior of one number.

    Attributes:
        mean, std: its mean and standard deviation.
        low, high: between them lies all but some 1e-13 of it.
        pdf, cdf: density and distribution function of an array.
    """

    mean: float
    std: float
    low: float
    high: float
    pdf: Callable[[np.ndarray], np.ndarray]
    cdf: Callable[[np.ndarray], np.ndarray]

    def quantile(self, level: float) -> float:
        """The value below which this share of it lies."""
        return float(optimize.brentq(lambda x: float(self.cdf(np.array([x]))[0]) - level, self.low, self.high))


def quadrature(posteriors: Sequence[Posterior], shifts: Sequence[float] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights that resolve each of some posteriors: Gauss-Legendre between their standard deviations.

    Args:
        posteriors: what is integrated over.
        shifts: how far each is moved to the left; none by default.
    """
    moved = list(shifts) or [0.0] * len(posteriors)
    lows = [item.low - shift for item, shift in zip(posteriors, moved, strict=True)]
    highs = [item.high - shift for item, shift in zip(posteriors, moved, strict=True)]
    breaks: list[float] = [min(lows), max(highs)]
    for item, shift, low, high in zip(posteriors, moved, lows, highs, strict=True):
        steps = item.mean - shift + item.std * np.array(PANELS)
        breaks += [float(step) for step in steps if low < step < high]
        breaks += list(np.linspace(low, high, EVEN_PANELS + 1))
    edges = np.unique(breaks)
    node, weight = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edges) / 2
    middle = (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * node).ravel(), (half[:, None] * weight).ravel()


def best_and_loss(posteriors: Sequence[Posterior], sign: int) -> tuple[np.ndarray, np.ndarray]:
    """For each arm: the probability that it is the best, and what choosing it loses on average.

    P(k best) = int f_k prod_{j != k} F_j; the loss E[max_j theta_j - theta_k] = int F_k (1 - prod_{j != k} F_j),
    which needs no difference of large numbers.

    Args:
        posteriors: one for each arm, independent.
        sign: 1 where more is better, -1 where less is.
    """
    nodes, weights = quadrature(posteriors)
    below = np.array([item.cdf(nodes) for item in posteriors])
    if sign < 0:
        below = 1 - below
    best, loss = [], []
    for k, item in enumerate(posteriors):
        others = np.delete(below, k, axis=0).prod(axis=0)
        best.append(float(weights @ (item.pdf(nodes) * others)))
        loss.append(float(weights @ (below[k] * (1 - others))))
    return np.array(best), np.array(loss)


def difference_cdf(top: Posterior, base: Posterior, value: float) -> float:
    """P(top - base <= value) = int f_base(x) F_top(x + value) dx."""
    nodes, weights = quadrature((base, top), (0.0, value))
    return float(np.clip(weights @ (base.pdf(nodes) * top.cdf(nodes + value)), 0.0, 1.0))


def ratio_cdf(top: Posterior, base: Posterior, ratio: float) -> float:
    """P(top <= ratio base), which is the distribution of the ratio where the base is positive."""
    if ratio <= 0:
        scaled = base
        nodes, weights = quadrature((scaled,))
    else:
        scaled = Posterior(top.mean / ratio, top.std / ratio, top.low / ratio, top.high / ratio, top.pdf, top.cdf)
        nodes, weights = quadrature((base, scaled))
    return float(np.clip(weights @ (base.pdf(nodes) * top.cdf(nodes * ratio)), 0.0, 1.0))


def difference_quantile(top: Posterior, base: Posterior, level: float) -> float:
    """The value below which this share of top - base lies."""
    low, high = top.low - base.high, top.high - base.low
    return float(optimize.brentq(lambda value: difference_cdf(top, base, value) - level, low, high, rtol=1e-10))


def ratio_quantile(top: Posterior, base: Posterior, level: float) -> float | None:
    """The value below which this share of top / base lies; None where the base may be zero or less."""
    if base.low <= 0 and float(base.cdf(np.zeros(1))[0]) > 1e-9:
        return None
    low = min(top.low, 0.0) / max(base.low, 1e-300) if top.low < 0 else 0.0
    high = max(top.mean, 1e-300) / base.mean
    while ratio_cdf(top, base, high) < level:
        high *= 2
    return float(optimize.brentq(lambda ratio: ratio_cdf(top, base, ratio) - level, low, high, rtol=1e-10))
