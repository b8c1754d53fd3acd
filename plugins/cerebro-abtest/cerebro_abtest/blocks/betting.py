"""Betting against a hypothesis about two arms: confidence sequences that hold from the first unit on.

Units are put into the arm with a known chance pi. For an outcome Y in [0, 1] and any number c that is known before
the unit, the score

    s = (Y - c) / pi in the arm, -(Y - c) / (1 - pi) in the control

has the mean delta = E Y(1) - E Y(0). A gambler who starts with 1 and puts a share lambda of what he has on s - delta_0
has, if delta_0 is true, an average fortune of 1 at any time, so it exceeds 1 / alpha with a chance of at most alpha at
all times together (Ville 1939; Waudby-Smith & Ramdas 2024). All delta_0 under which he has not won that much make the
confidence sequence. The fortune is averaged over many lambda, so that none has to be chosen well. Nothing is assumed
about the size of the sample. For a ratio r the score is (Y - c) / pi and -(r Y - c) / (1 - pi), whose mean is zero
where E Y(1) = r E Y(0).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

BETS = 41
CENTRAL_BET = 0.025
SPREAD = 1.6
LARGEST_SHARE = 0.95
LOG_FARTHEST = 7.0


@dataclass(frozen=True)
class Batches:
    """Sums of an outcome in [0, 1] for each look, control first.

    Attributes:
        n, y, y2: shape (looks, 2): units, sums and sums of squares of what each look added.
        pi: chance that a unit of the two arms is in the treated one.
        binary: whether all values are 0 and 1.
    """

    n: np.ndarray
    y: np.ndarray
    y2: np.ndarray
    pi: float
    binary: bool

    def centres(self) -> np.ndarray:
        """What is taken from Y at each look: for the control and the arm, their means before it; 0 at the first."""
        n, y = np.cumsum(self.n, axis=0), np.cumsum(self.y, axis=0)
        before_n, before_y = np.vstack([np.zeros(2), n[:-1]]), np.vstack([np.zeros(2), y[:-1]])
        pooled = (before_y.sum(axis=1) + 0.0) / np.maximum(before_n.sum(axis=1), 1.0)
        # half a unit of the pooled mean keeps a mean of few units from jumping
        return np.asarray((before_y + pooled[:, None] * 0.5) / (before_n + 0.5))


def bet_sizes(bound: float) -> tuple[np.ndarray, np.ndarray]:
    """Shares lambda > 0 that are bet, and their log weights: log-normal about what a lift of some per cent calls for.

    For a rare yes the best share is a quarter of the relative lift, whatever the rate.

    Args:
        bound: the largest loss per unit of lambda.
    """
    largest = LARGEST_SHARE / bound
    sizes = np.geomspace(largest, largest / 20_000, BETS)
    weight = -((np.log(sizes) - np.log(CENTRAL_BET)) ** 2) / (2 * SPREAD**2)
    return sizes, weight - special.logsumexp(weight)


def log_fortunes(batches: Batches, top: np.ndarray, base: np.ndarray, null: float, bound: float) -> np.ndarray:
    """The logarithm of the mixed fortune after each look.

    Args:
        batches: the sums.
        top, base: shape (looks, 2): intercept and slope of the score of an arm's unit, and of a control's unit, in Y.
        null: the score's mean under the hypothesis.
        bound: how far the score can be from `null`.
    """
    sizes, weight = bet_sizes(bound)
    signed = np.concatenate([sizes, -sizes])
    weights = np.concatenate([weight, weight]) - np.log(2)
    if batches.binary:
        gain = np.zeros((len(batches.n), len(signed)))
        for arm, score in ((1, top), (0, base)):
            yes, no = batches.y[:, arm], batches.n[:, arm] - batches.y[:, arm]
            gain += yes[:, None] * np.log1p(signed * (score.sum(axis=1) - null)[:, None])
            gain += no[:, None] * np.log1p(signed * (score[:, 0] - null)[:, None])
        total = np.cumsum(gain, axis=0)
    else:
        first, second = np.zeros(len(batches.n)), np.zeros(len(batches.n))
        for arm, score in ((1, top), (0, base)):
            a, b = score[:, 0] - null, score[:, 1]
            n, y, y2 = batches.n[:, arm], batches.y[:, arm], batches.y2[:, arm]
            first += a * n + b * y
            second += a * a * n + 2 * a * b * y + b * b * y2
        # log(1 + x) >= x - (-log(1 - u) - u) (x / u)^2 for x >= -u (Fan, Grama & Liu 2015)
        u = np.abs(signed) * bound
        cost = (-np.log1p(-u) - u) / bound**2
        total = np.cumsum(first)[:, None] * signed - np.cumsum(second)[:, None] * cost
    return np.asarray(special.logsumexp(total + weights, axis=1))


def difference_fortunes(batches: Batches, delta: float) -> np.ndarray:
    """Log fortunes of a bet against a difference of delta."""
    pi, means = batches.pi, batches.centres()
    c = (1 - pi) * means[:, 1] + pi * means[:, 0]
    top = np.column_stack([-c / pi, np.full(len(c), 1 / pi)])
    base = np.column_stack([c / (1 - pi), np.full(len(c), -1 / (1 - pi))])
    return log_fortunes(batches, top, base, delta, 1 / min(pi, 1 - pi) + 1.0)


def ratio_fortunes(batches: Batches, ratio: float) -> np.ndarray:
    """Log fortunes of a bet against E Y(1) = ratio E Y(0)."""
    pi, means = batches.pi, batches.centres()
    scale = 1 / max(1.0, ratio)
    c = np.clip((1 - pi) * means[:, 1] + pi * ratio * means[:, 0], 0.0, max(1.0, ratio)) * scale
    top = np.column_stack([-c / pi, np.full(len(c), scale / pi)])
    base = np.column_stack([c / (1 - pi), np.full(len(c), -scale * ratio / (1 - pi))])
    return log_fortunes(batches, top, base, 0.0, 1 / min(pi, 1 - pi))


def difference_interval(batches: Batches, alpha: float) -> tuple[float, float]:
    """All differences against which the fortune after the last look is below 1 / alpha.

    For each lambda the fortune is a convex function of delta, so this is one interval.
    """
    limit = -np.log(alpha)
    n, y = batches.n.sum(axis=0), batches.y.sum(axis=0)
    estimate = float(np.clip(y[1] / max(n[1], 1) - y[0] / max(n[0], 1), -1, 1))

    def over(delta: float) -> float:
        return float(difference_fortunes(batches, delta)[-1] - limit)

    inside = estimate if over(estimate) < 0 else lowest(over, -1.0, 1.0)
    low = -1.0 if over(-1.0) < 0 else float(optimize.brentq(over, -1.0, inside, xtol=1e-12, rtol=1e-10))
    high = 1.0 if over(1.0) < 0 else float(optimize.brentq(over, inside, 1.0, xtol=1e-12, rtol=1e-10))
    return low, high


def lowest(over: Callable[[float], float], low: float, high: float) -> float:
    """Where a convex function is smallest."""
    found = optimize.minimize_scalar(over, bounds=(low, high), method="bounded", options={"xatol": 1e-10})
    return float(found.x)


def ratio_interval_of(batches: Batches, alpha: float) -> tuple[float | None, float | None]:
    """The hull of all ratios against which the fortune is below 1 / alpha; None for an end that is not found."""
    limit = -np.log(alpha)

    def over(log_ratio: float) -> float:
        return float(ratio_fortunes(batches, float(np.exp(log_ratio)))[-1] - limit)

    grid = np.linspace(-LOG_FARTHEST, LOG_FARTHEST, 141)
    n, y = batches.n.sum(axis=0), batches.y.sum(axis=0)
    if min(y) > 0 and min(n) > 0:
        grid = np.unique(np.append(grid, np.log(y[1] / n[1] / (y[0] / n[0]))))
    held = np.array([over(float(value)) < 0 for value in grid])
    if not held.any():
        middle = float(np.log(max(y[1], 0.5) / max(n[1], 1) / (max(y[0], 0.5) / max(n[0], 1))))
        return float(np.exp(middle)), float(np.exp(middle))
    first, last = int(np.argmax(held)), len(held) - 1 - int(np.argmax(held[::-1]))
    low = high = None
    if first > 0:
        low = float(np.exp(optimize.brentq(over, grid[first - 1], grid[first], xtol=1e-10)))
    if last < len(grid) - 1:
        high = float(np.exp(optimize.brentq(over, grid[last], grid[last + 1], xtol=1e-10)))
    return low if low is not None else 0.0, high
