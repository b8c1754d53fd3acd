"""How far the trends may part after treatment, in terms of the worst seen before (Rambachan & Roth 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from cerebro_causal.blocks.did_honest import TrendBounds

LEAST_FAVOURABLE_DRAWS = 4_000
GRID_POINTS = 801
FIRST_STAGE = 0.1  # share of the error that the first step of the hybrid test may spend; Rambachan & Roth (2023)


@dataclass(frozen=True)
class MomentTest:
    """Moment inequalities for one choice of the worst period before, in terms of the vertices of their dual.

    The set says that each step after treatment is at most `ratio` times one step before, so its dual has T + 2
    vertices whatever the number T of periods after: one for each side of the effect, and one for each step.

    Attributes:
        at_zero: (v,) the vertices' statistics where the effect is zero.
        slope: (v,) what they lose for each unit of the effect.
        covariance: (v, v) of the statistics.
        least_favourable: critical value of the first step.
    """

    at_zero: np.ndarray
    slope: np.ndarray
    covariance: np.ndarray
    least_favourable: float


def relative_interval(study: TrendBounds, ratio: float, level: float, seed: int) -> tuple[float, float]:
    """All effects that fit trends which, after treatment, part at most `ratio` times as fast as at worst before.

    The conditional test with the least favourable hybrid (Andrews, Roth & Pakes 2023) for each period before and each
    sign; the interval spans all effects that one of them accepts.

    Args:
        study: the event study, with at least one estimate before.
        ratio: how many times the largest step before.
        level: of the interval.
        seed: of the first step's draws.
    """
    tests = moment_tests(study, ratio, level, seed)
    middle = float(study.wanted @ study.values)
    error = float(np.sqrt(study.wanted @ study.covariance @ study.wanted))
    steps = np.diff(np.append(study.values[study.before], 0.0))
    reach = 8 * error + ratio * weight_of_steps(study) * (float(np.abs(steps).max()) + 8 * largest_step_error(study))
    grid = middle + np.linspace(-reach, reach, GRID_POINTS)
    inside = accepts(tests, grid, 1 - level)
    if not inside.any():
        return middle, middle
    ends = []
    for place, step in ((int(np.argmax(inside)), -1), (GRID_POINTS - 1 - int(np.argmax(inside[::-1])), 1)):
        other = min(max(place + step, 0), GRID_POINTS - 1)
        ends.append(boundary(tests, float(grid[place]), float(grid[other]), 1 - level))
    return ends[0], ends[1]


def boundary(tests: list[MomentTest], inside: float, outside: float, alpha: float) -> float:
    """Where acceptance ends between two effects."""
    for _ in range(25):
        middle = (inside + outside) / 2
        if accepts(tests, np.array([middle]), alpha)[0]:
            inside = middle
        else:
            outside = middle
    return inside


def weight_of_steps(study: TrendBounds) -> float:
    """How much the effect asked for moves where each step after treatment is off by one."""
    return float(np.abs(np.cumsum(study.wanted[study.after][::-1])).sum())


def largest_step_error(study: TrendBounds) -> float:
    """The largest standard error of a step before treatment."""
    before = study.covariance[np.ix_(study.before, study.before)]
    steps = step_matrix(int(study.before.sum()))
    return float(np.sqrt(np.diag(steps @ before @ steps.T)).max())


def step_matrix(count: int) -> np.ndarray:
    """(count, count) from the estimates before to their steps, the last one to the reference, which is zero."""
    return np.eye(count, k=1) - np.eye(count)


def moment_tests(study: TrendBounds, ratio: float, level: float, seed: int) -> list[MomentTest]:
    """The test of each period before and each sign."""
    before, after = int(study.before.sum()), int(study.after.sum())
    order = np.concatenate([np.flatnonzero(study.before), np.flatnonzero(study.after)])
    values, covariance = study.values[order], study.covariance[np.ix_(order, order)]
    asked = study.wanted[study.after]
    steps_before = step_matrix(before)
    steps_after = np.eye(after) - np.eye(after, k=-1)
    found = []
    for step in steps_before:
        for sign in (1.0, -1.0):
            bound = np.tile(-ratio * sign * step, (2 * after, 1))
            rows = np.hstack([bound, np.vstack([steps_after, -steps_after])])
            spread = rows @ covariance @ rows.T
            vertices = dual_vertices(np.cumsum(asked[::-1])[::-1], np.sqrt(np.diag(spread)))
            between = vertices @ spread @ vertices.T
            shift = vertices @ rows[:, before:] @ (asked / (asked @ asked))
            critical = largest_quantile(between, 1 - FIRST_STAGE * (1 - level), seed)
            found.append(MomentTest(vertices @ rows @ values, shift, between, critical))
    return found


def dual_vertices(weights: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """(T + 2, 2T) vertices of {g >= 0, g'X = 0, g'scale = 1}, X being what nuisance effects move.

    The steps up less those down have to be a multiple of `weights`, so that all but the effect asked for cancels.

    Args:
        weights: (T,) how much each step after treatment moves the effect.
        scale: (2T,) standard errors of the inequalities.
    """
    count = len(weights)
    up, down = np.maximum(weights, 0), np.maximum(-weights, 0)
    rows = [np.concatenate([up, down]), np.concatenate([down, up])]
    rows += [np.concatenate([unit, unit]) for unit in np.eye(count)]
    vertices = np.array(rows)
    return np.asarray(vertices / (vertices @ scale)[:, None])


def largest_quantile(covariance: np.ndarray, level: float, seed: int) -> float:
    """The quantile of the largest of normal statistics with mean zero."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, 0))
    return float(np.quantile((normal_draws(len(values), seed) @ root.T).max(axis=1), level))


@lru_cache(maxsize=4)
def normal_draws(width: int, seed: int) -> np.ndarray:
    """Draws that all tests of a study share."""
    return np.random.default_rng(seed).standard_normal((LEAST_FAVOURABLE_DRAWS, width))


def accepts(tests: list[MomentTest], effects: np.ndarray, alpha: float) -> np.ndarray:
    """(m,) which effects some test accepts."""
    inside = np.zeros(len(effects), bool)
    for test in tests:
        inside |= ~rejects(test, effects, alpha)
    return inside


def rejects(test: MomentTest, effects: np.ndarray, alpha: float) -> np.ndarray:
    """(m,) which effects the hybrid test rejects.

    The largest statistic is judged by a normal distribution cut to where its vertex stays the largest, and to what the
    first step lets through.
    """
    first = FIRST_STAGE * alpha
    level = (alpha - first) / (1 - first)
    statistics = test.at_zero[None, :] - effects[:, None] * test.slope[None, :]
    best = statistics.argmax(axis=1)
    largest = statistics[np.arange(len(effects)), best]
    variance = np.diag(test.covariance)[best]
    ratio = test.covariance[best] / variance[:, None]
    ratio[np.arange(len(effects)), best] = 1.0
    left = statistics - ratio * largest[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = left / (1 - ratio)
    low = np.where(ratio < 1 - 1e-10, cut, -np.inf).max(axis=1)
    high = np.minimum(np.where(ratio > 1 + 1e-10, cut, np.inf).min(axis=1), test.least_favourable)
    tail = truncated_tail(largest, low, high, np.sqrt(variance))
    return (largest > test.least_favourable) | ((largest > 0) & (tail < level))


def truncated_tail(value: np.ndarray, low: np.ndarray, high: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """How likely a normal statistic, cut to [low, high], is at least `value`; by logarithms, for the far tails."""
    base = special.log_ndtr(-low / scale)
    above = np.exp(np.minimum(special.log_ndtr(-high / scale) - base, 0.0))
    own = np.exp(np.minimum(special.log_ndtr(-value / scale) - base, 0.0))
    return np.where(above < own, (own - above) / np.maximum(1 - above, 1e-12), 0.0)


def breakdown_ratio(study: TrendBounds, level: float, seed: int, most: float = 5.0) -> float:
    """The largest ratio at which zero is still outside; 0 where it is inside without any, `most` where never."""
    zero = np.zeros(1)

    def holds(ratio: float) -> bool:
        return not bool(accepts(moment_tests(study, ratio, level, seed), zero, 1 - level)[0])

    if not holds(0.0):
        return 0.0
    low, high = 0.0, most
    if holds(most):
        return most
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
