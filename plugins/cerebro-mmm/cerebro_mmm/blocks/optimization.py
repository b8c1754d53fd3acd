"""Stage 5, optimization: how to split the next budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.posterior import Posterior, given_values
from cerebro_mmm.blocks.preprocessing import Prepared

BUDGET_DRAWS = 250
GREEDY_STEPS = 400


@dataclass(frozen=True)
class BudgetBounds:
    """What may be spent over the horizon, in money.

    Attributes:
        total: the whole budget.
        horizon: rows over which it is spent.
        current: the total split as it was in the last `horizon` rows, shape (channels,).
        low, high: least and most of each channel, shape (channels,).
    """

    total: float
    horizon: int
    current: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class BudgetPlan:
    """The recommended split.

    Attributes:
        bounds: what was allowed.
        spend: recommended spend over the horizon, shape (channels,).
        now, then: outcome from media at the current and the recommended split, shape (draws, channels).
    """

    bounds: BudgetBounds
    spend: np.ndarray
    now: np.ndarray
    then: np.ndarray

    @property
    def gain(self) -> np.ndarray:
        """Outcome gained by the recommended split, shape (draws,)."""
        return np.asarray(self.then.sum(axis=1) - self.now.sum(axis=1))


def budget_bounds(
    prepared: Prepared,
    *,
    budget: float | None,
    budget_horizon: int,
    budget_min: Mapping[str, float],
    budget_max: Mapping[str, float],
    budget_change: float,
) -> BudgetBounds:
    """Turn the user's bounds into amounts, and refuse those that no split can meet.

    A channel without bounds of its own may change by `budget_change` of its share of the budget, the shares being those
    of the last `budget_horizon` rows (of all rows, where nothing was spent in these).

    Raises:
        Refused: least amounts above the total, most amounts below it, or a least above a most.
    """
    horizon = min(budget_horizon, prepared.spend.shape[1])
    recent = prepared.spend[:, -horizon:].sum(axis=1) * (budget_horizon / horizon)
    if recent.sum() == 0:
        recent = prepared.spend.mean(axis=1) * budget_horizon
    total = float(recent.sum()) if budget is None else float(budget)
    current = recent * (total / recent.sum())
    low, high = current * max(0.0, 1.0 - budget_change), current * (1.0 + budget_change)
    for index, name in enumerate(prepared.channels):
        least, most = budget_min.get(name), budget_max.get(name)
        if least is not None and most is not None and least > most:
            raise Refused(f"{display(name)}: budget_min {least:,.0f} is above budget_max {most:,.0f}.")
        low[index] = least if least is not None else min(low[index], most if most is not None else np.inf)
        high[index] = most if most is not None else max(high[index], low[index])
    slack = 1e-9 * total
    if low.sum() > total + slack:
        raise Refused(
            f"The least amounts add up to {low.sum():,.0f}, more than the budget of {total:,.0f}. "
            "Raise budget, lower budget_min, or raise budget_change."
        )
    if high.sum() < total - slack:
        raise Refused(
            f"The most amounts add up to {high.sum():,.0f}, less than the budget of {total:,.0f}. "
            "Lower budget, raise budget_max, or raise budget_change."
        )
    return BudgetBounds(total, budget_horizon, current, low, high)


def plan_budget(problem: Problem, posterior: Posterior, bounds: BudgetBounds, seed: int) -> BudgetPlan:
    """Find the split with the most expected outcome, and say what each draw of the posterior thinks of it."""
    response = response_of_spend(problem, posterior, bounds.horizon)
    keep = np.linspace(0, len(posterior.noise) - 1, min(BUDGET_DRAWS, len(posterior.noise))).astype(int)
    quick = response_of_spend(problem, thin_posterior(posterior, keep), bounds.horizon)
    spend = best_split(quick, bounds, np.random.default_rng(seed))
    return BudgetPlan(bounds, spend, response(bounds.current).real, response(spend).real)


def response_of_spend(problem: Problem, posterior: Posterior, horizon: int) -> Callable[[np.ndarray], np.ndarray]:
    """The outcome that spend buys over the horizon when it is spread evenly and carry-over has settled.

    Returns:
        `(spend, shape (channels,)) -> outcome, shape (draws, channels)`; complex spend gives derivatives.
    """
    scale = problem.prepared.outcome_scale * horizon
    curve = problem.curves(given_values(posterior.samples))
    height = posterior.samples["effect"] * scale / curve(np.ones((1, 1)))[..., 0]
    typical = problem.prepared.media_scale * horizon

    def respond(spend: np.ndarray) -> np.ndarray:
        return np.asarray(height * curve((spend / typical)[:, None])[..., 0])

    return respond


def thin_posterior(posterior: Posterior, keep: np.ndarray) -> Posterior:
    """The same posterior with the draws `keep` alone."""
    return Posterior(
        {name: values[keep] for name, values in posterior.samples.items()},
        posterior.coefficients[keep],
        posterior.contributions[keep],
        posterior.baseline[keep],
        posterior.noise[keep],
    )


def best_split(
    response: Callable[[np.ndarray], np.ndarray], bounds: BudgetBounds, rng: np.random.Generator
) -> np.ndarray:
    """Maximise the expected outcome over splits of the total within the bounds.

    Sequential least squares programming from several starts, since S-shaped curves have several tops: the current
    split, an equal one, the greedy one (each step of money goes where it earns most) and random ones. Derivatives are
    exact, by the complex step f'(x) = Im f(x + ih) / h.

    Args:
        response: see `response_of_spend`.
        bounds: the total and the bounds.
        rng: draws the random starts.

    Returns:
        The best split that was met, shape (channels,).
    """
    room = bounds.high - bounds.low
    free = room > 1e-9 * bounds.total
    if free.sum() < 2:
        return feasible_split(bounds.low + room * 0.5, bounds)

    def expected(share: np.ndarray) -> float:
        return float(response(share * bounds.total).real.mean(axis=0).sum())

    unit = max(abs(expected(bounds.current / bounds.total)), 1e-12)

    def loss(share: np.ndarray) -> tuple[float, np.ndarray]:
        moved = response(np.maximum(share, 1e-9) * bounds.total + 1e-20j * bounds.total)
        return -float(moved.real.mean(axis=0).sum()) / unit, -moved.imag.mean(axis=0) / (1e-20 * unit)

    starts = [bounds.current, np.full(len(room), bounds.total / len(room)), greedy_split(response, bounds)]
    starts += [bounds.low + room * rng.random(len(room)) for _ in range(5)]
    splits = [feasible_split(start, bounds) for start in starts]
    for start in tuple(splits):
        found = optimize.minimize(
            loss,
            start / bounds.total,
            jac=True,
            method="SLSQP",
            bounds=list(zip(bounds.low / bounds.total, bounds.high / bounds.total, strict=True)),
            constraints=({"type": "eq", "fun": lambda s: s.sum() - 1.0, "jac": lambda s: np.ones_like(s)},),
            options={"maxiter": 200, "ftol": 1e-10},
        )
        if np.isfinite(found.x).all():
            splits.append(feasible_split(found.x * bounds.total, bounds))
    return max(splits, key=lambda split: expected(split / bounds.total))


def greedy_split(response: Callable[[np.ndarray], np.ndarray], bounds: BudgetBounds) -> np.ndarray:
    """Hand out the money step by step, each to the channel that earns most with it (best for concave curves)."""
    split = bounds.low.copy()
    step = (bounds.total - split.sum()) / GREEDY_STEPS
    for _ in range(GREEDY_STEPS if step > 0 else 0):
        more = np.minimum(split + step, bounds.high)
        earned = (response(more).real - response(split).real).mean(axis=0)
        best = int(np.argmax(np.where(more > split, earned, -np.inf)))
        split[best] = more[best]
    return split


def feasible_split(split: np.ndarray, bounds: BudgetBounds) -> np.ndarray:
    """The nearest split (in Euclidean distance) that keeps the bounds and adds up to the total."""

    def clipped(shift: float) -> np.ndarray:
        return np.asarray(np.clip(split + shift, bounds.low, bounds.high))

    reach = float(bounds.high.max() + np.abs(split).max() + bounds.total)
    short = float(clipped(0.0).sum() - bounds.total)
    if abs(short) < 1e-9 * bounds.total:
        return clipped(0.0)
    if clipped(reach).sum() <= bounds.total:
        return np.asarray(bounds.high.copy())
    if clipped(-reach).sum() >= bounds.total:
        return np.asarray(bounds.low.copy())
    shift = optimize.brentq(
        lambda value: float(clipped(value).sum()) - bounds.total, -reach, reach, xtol=1e-9 * bounds.total
    )
    return clipped(float(shift))
