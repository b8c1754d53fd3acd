"""Boundaries of group-sequential tests, from how the error is spent.

The standardised statistic at information fractions t_1 < … < t_K is that of a Brownian motion with drift. Boundaries
follow one after the other from the chance to cross (Lan & DeMets 1983), by the recursive integration of Armitage,
McPherson & Rowe (1969; Jennison & Turnbull 2000, chapter 19).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy import optimize, stats

REACH = 8.5
FEWEST_NODES = 96
MOST_NODES = 1_200
MANY_DEGREES = 1e5  # beyond these Student's t is normal


def spent(kind: str, alpha: float, t: np.ndarray, power: float) -> np.ndarray:
    """The one-sided error that is spent up to information fraction t.

    O'Brien-Fleming: 2 - 2 Phi(z_{1 - alpha / 2} / sqrt(t)); Pocock: alpha ln(1 + (e - 1) t); Kim & DeMets (1987):
    alpha t^power.
    """
    t = np.minimum(t, 1.0)
    if kind == "obrien-fleming":
        return np.asarray(2 * stats.norm.sf(stats.norm.isf(alpha / 2) / np.sqrt(np.maximum(t, 1e-12))))
    if kind == "pocock":
        return np.asarray(alpha * np.log1p((np.e - 1) * t))
    return np.asarray(alpha * t**power)


class CrossingPath:
    """The density of a Brownian motion that has stayed within its boundaries, from look to look."""

    def __init__(self, drift: float) -> None:
        self.drift = drift
        self.time = 0.0
        self.nodes = np.zeros(1)
        self.mass = np.ones(1)

    def chance_above(self, t: float, z: float) -> float:
        """Chance to have stayed so far and be above z (standardised) at time t."""
        step = t - self.time
        mean = self.nodes + self.drift * step
        return float(self.mass @ stats.norm.sf((z * np.sqrt(t) - mean) / np.sqrt(step)))

    def chance_below(self, t: float, z: float) -> float:
        """Chance to have stayed so far and be below z at time t."""
        step = t - self.time
        mean = self.nodes + self.drift * step
        return float(self.mass @ stats.norm.cdf((z * np.sqrt(t) - mean) / np.sqrt(step)))

    def stay(self, t: float, low: float, high: float) -> None:
        """Go on to time t, and keep what lies between low and high (standardised)."""
        step = t - self.time
        deviation, centre = np.sqrt(t), self.drift * t
        first = max(low * deviation, centre - REACH * deviation)
        last = min(high * deviation, centre + REACH * deviation)
        if last <= first:
            self.nodes, self.mass, self.time = np.array([centre]), np.zeros(1), t
            return
        count = int(np.clip(5 * (last - first) / np.sqrt(step), FEWEST_NODES, MOST_NODES))
        node, weight = np.polynomial.legendre.leggauss(count)
        at = (last + first) / 2 + (last - first) / 2 * node
        gap = (at[:, None] - self.nodes[None, :] - self.drift * step) / np.sqrt(step)
        density = (np.exp(-gap * gap / 2) @ self.mass) / np.sqrt(2 * np.pi * step)
        self.nodes, self.mass, self.time = at, density * weight * (last - first) / 2, t


def two_sided_bounds(times: Sequence[float], alpha: float, kind: str, power: float) -> np.ndarray:
    """Symmetric boundaries of |Z| that spend half of alpha on each side.

    Args:
        times: information fractions, increasing, the last at most 1.
        alpha: two-sided error.
        kind, power: the spending function.
    """
    return np.array(cached_bounds(tuple(map(float, times)), float(alpha), kind, float(power)))


@lru_cache(maxsize=512)
def cached_bounds(times: tuple[float, ...], alpha: float, kind: str, power: float) -> tuple[float, ...]:
    """See `two_sided_bounds`."""
    target = np.diff(spent(kind, alpha / 2, np.array(times), power), prepend=0.0)
    path, bounds = CrossingPath(0.0), []
    for t, share in zip(times, target, strict=True):
        bound = crossing(path, t, float(share))
        bounds.append(bound)
        path.stay(t, -bound, bound)
    return tuple(bounds)


def crossing(path: CrossingPath, t: float, share: float) -> float:
    """The bound that is crossed upwards with this chance."""
    if share < 1e-17:
        return REACH
    if path.chance_above(t, REACH) >= share:
        return REACH
    return float(optimize.brentq(lambda z: path.chance_above(t, z) - share, -REACH, REACH, xtol=1e-10))


def normal_value(statistic: float, degrees: float) -> float:
    """The normal value with the tail that a t statistic has: boundaries are held to significance levels, so that few
    clusters raise no more alarms (Jennison & Turnbull 2000, 3.8 and 4.4)."""
    if degrees > MANY_DEGREES:
        return statistic
    return float(np.copysign(stats.norm.isf(max(stats.t.sf(abs(statistic), degrees), 1e-300)), statistic))


def student_value(bound: float, degrees: float) -> float:
    """The value of Student's t with the tail of a normal boundary."""
    return bound if degrees > MANY_DEGREES else float(stats.t.isf(stats.norm.sf(bound), degrees))


def upper_bounds(times: Sequence[float], alpha: float, kind: str, power: float) -> np.ndarray:
    """One-sided boundaries that spend alpha, whether or not futility is heeded (non-binding)."""
    target = np.diff(spent(kind, alpha, np.array(times, float), power), prepend=0.0)
    path, bounds = CrossingPath(0.0), []
    for t, share in zip(times, target, strict=True):
        bound = crossing(path, float(t), float(share))
        bounds.append(bound)
        path.stay(float(t), -REACH, bound)
    return np.array(bounds)


def futility_bounds(
    times: Sequence[float],
    upper: np.ndarray,
    beta: float,
    kind: str,
    power: float,
) -> tuple[np.ndarray, float]:
    """Lower boundaries that spend beta under the drift at which both boundaries meet at the end.

    Returns:
        the lower boundaries, and that drift: the mean of Z at the planned end.
    """
    target = np.diff(spent(kind, beta, np.array(times, float), power), prepend=0.0)

    def lower(drift: float) -> np.ndarray:
        path, bounds = CrossingPath(drift), []
        for t, share, top in zip(times, target, upper, strict=True):
            low, high = -REACH, float(top)
            if path.chance_below(t, low) >= share:
                bound = low
            elif path.chance_below(t, high) <= share:
                bound = high
            else:
                bound = float(
                    optimize.brentq(lambda z, t=t, s=share: path.chance_below(t, z) - s, low, high, xtol=1e-10)
                )
            bounds.append(bound)
            path.stay(float(t), bound, float(top))
        return np.array(bounds)

    def spare(drift: float) -> float:
        """Chance of no crossing before the end, less what may be spent at the end."""
        path, total = CrossingPath(drift), 0.0
        bounds = lower(drift)
        for t, low, top in list(zip(times, bounds, upper, strict=True))[:-1]:
            total += path.chance_below(float(t), low)
            path.stay(float(t), float(low), float(top))
        return total + path.chance_below(float(times[-1]), float(upper[-1])) - beta

    drift = float(optimize.brentq(spare, 0.5, 12.0, xtol=1e-8))
    found = lower(drift)
    found[-1] = upper[-1]
    return found, drift
