"""Stage 5, optimization: how to split the next budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_mmm.blocks.posterior import Posterior, thin_posterior
from cerebro_mmm.blocks.preprocessing import Prepared
from cerebro_mmm.blocks.response import steady_response

BUDGET_DRAWS = 250
GREEDY_STEPS = 400
TABLE_STEPS = 200
WORST_SHARE = 0.2


@dataclass(frozen=True)
class BudgetGroup:
    """Channels that have bounds together.

    Attributes:
        name: as the user gave it.
        members: booleans, shape (channels,).
        low, high: least and most of their sum over the horizon, in money.
    """

    name: str
    members: np.ndarray
    low: float
    high: float


@dataclass(frozen=True)
class BudgetBounds:
    """What may be spent over the horizon, in money.

    Attributes:
        total: the whole budget.
        horizon: rows over which it is spent.
        current: the total split as it was in the last `horizon` rows, shape (channels,).
        low, high: least and most of each channel, shape (channels,).
        groups: channels with bounds together.
    """

    total: float
    horizon: int
    current: np.ndarray
    low: np.ndarray
    high: np.ndarray
    groups: tuple[BudgetGroup, ...] = ()


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
    budget_fixed: Sequence[str] = (),
    budget_groups: Mapping[str, str] | None = None,
) -> BudgetBounds:
    """Turn the user's bounds into amounts, and refuse those that no split can meet.

    A channel without bounds of its own may change by `budget_change` of its share of the budget, the shares being those
    of the last `budget_horizon` rows (of all rows, where nothing was spent in these).

    Raises:
        Refused: least amounts above the total, most amounts below it, or a least above a most.
    """
    recent = recent_spend(prepared, budget_horizon)
    total = float(recent.sum()) if budget is None else float(budget)
    current = recent * (total / recent.sum())
    low, high = current * max(0.0, 1.0 - budget_change), current * (1.0 + budget_change)
    for index, name in enumerate(prepared.channels):
        least, most = budget_min.get(name), budget_max.get(name)
        if least is not None and most is not None and least > most:
            raise Refused(f"{display(name)}: budget_min {least:,.0f} is above budget_max {most:,.0f}.")
        low[index] = least if least is not None else min(low[index], most if most is not None else np.inf)
        high[index] = most if most is not None else max(high[index], low[index])
        if name in budget_fixed:
            low[index] = high[index] = recent[index]
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
    groups = tuple(read_group(name, text, prepared.channels) for name, text in (budget_groups or {}).items())
    bounds = BudgetBounds(total, budget_horizon, current, low, high, groups)
    refuse_impossible(bounds)
    return bounds


def recent_spend(prepared: Prepared, horizon: int) -> np.ndarray:
    """Money of the last `horizon` rows, or the mean of all rows where nothing was spent in these, shape (channels,)."""
    rows = min(horizon, prepared.spend.shape[1])
    recent = prepared.spend[:, -rows:].sum(axis=1) * (horizon / rows)
    return np.asarray(recent if recent.sum() > 0 else prepared.spend.mean(axis=1) * horizon)


def read_group(name: str, text: str, channels: Sequence[str]) -> BudgetGroup:
    """A group from `search+social` and `0:500000`.

    Raises:
        Refused: an unknown channel, or bounds that are no two amounts.
    """
    members = name.split("+")
    for member in members:
        if member not in channels:
            raise Refused(f"budget_groups: '{display(member)}' is not one of the channels; write A+B=LEAST:MOST.")
    least, _, most = text.partition(":")
    try:
        low, high = float(least or 0.0), float(most) if most else float("inf")
    except ValueError:
        low, high = 1.0, 0.0
    if not 0 <= low <= high:
        raise Refused(f"budget_groups: '{display(text)}' is not LEAST:MOST, such as 0:500000.")
    return BudgetGroup(name, np.array([channel in members for channel in channels]), low, min(high, 1e300))


def refuse_impossible(bounds: BudgetBounds) -> None:
    """Refuse bounds of groups that no split of the total can keep together with those of the channels.

    Raises:
        Refused: naming the groups.
    """
    if not bounds.groups:
        return
    sides = [sign * group.members for group in bounds.groups for sign in (-1.0, 1.0)]
    ends = [sign * end for group in bounds.groups for sign, end in ((-1.0, group.low), (1.0, group.high))]
    found = optimize.linprog(
        np.zeros(len(bounds.low)),
        A_ub=np.array(sides),
        b_ub=np.array(ends),
        A_eq=np.ones((1, len(bounds.low))),
        b_eq=[bounds.total],
        bounds=list(zip(bounds.low, bounds.high, strict=True)),
    )
    if found.status != 0:
        named = ", ".join(display(group.name) for group in bounds.groups)
        raise Refused(
            f"budget_groups: no split of {bounds.total:,.0f} keeps the bounds of {named} and those of the channels. "
            "Widen them, or raise budget_change."
        )


def plan_budget(
    prepared: Prepared, posterior: Posterior, bounds: BudgetBounds, seed: int, risk_aversion: float
) -> BudgetPlan:
    """Find the split with the most expected outcome, and say what each draw of the posterior thinks of it."""
    response = response_of_spend(prepared, posterior, bounds.horizon)
    quick = response_of_spend(prepared, thin_posterior(posterior, BUDGET_DRAWS), bounds.horizon)
    spend = best_split(quick, bounds, np.random.default_rng(seed), risk_aversion)
    return BudgetPlan(bounds, spend, response(bounds.current).real, response(spend).real)


def response_of_spend(prepared: Prepared, posterior: Posterior, horizon: int) -> Callable[[np.ndarray], np.ndarray]:
    """The outcome that spend buys over the horizon when it is spread evenly and carry-over has settled.

    Returns:
        `(spend, shape (channels,)) -> outcome, shape (draws, channels)`; complex spend gives derivatives.
    """

    def respond(spend: np.ndarray) -> np.ndarray:
        return steady_response(prepared, posterior, spend[:, None] / horizon)[..., 0] * horizon

    return respond


def best_split(
    response: Callable[[np.ndarray], np.ndarray],
    bounds: BudgetBounds,
    rng: np.random.Generator,
    risk_aversion: float = 0.0,
) -> np.ndarray:
    """Maximise the expected outcome over splits of the total within the bounds.

    With risk aversion a the aim is (1 - a) times the mean over the posterior plus a times the mean of its worst fifth
    (conditional value at risk; Rockafellar and Uryasev 2000).

    Sequential least squares programming from several starts, since S-shaped curves have several tops: the current
    split, an equal one, the greedy one (each step of money goes where it earns most), the best one of a table of steps
    and random ones. Derivatives are exact, by the complex step f'(x) = Im f(x + ih) / h.

    Args:
        response: see `response_of_spend`.
        bounds: the total and the bounds.
        rng: draws the random starts.
        risk_aversion: 0 for the mean alone, 1 for the worst fifth alone.

    Returns:
        The best split that was met, shape (channels,).
    """
    room = bounds.high - bounds.low
    free = room > 1e-9 * bounds.total
    if free.sum() < 2:
        return feasible_split(bounds.low + room * 0.5, bounds)

    def draw_weights(totals: np.ndarray) -> np.ndarray:
        weights = np.full(len(totals), (1.0 - risk_aversion) / len(totals))
        if risk_aversion > 0:
            worst = max(1, round(WORST_SHARE * len(totals)))
            weights[np.argsort(totals)[:worst]] += risk_aversion / worst
        return weights

    def worth(share: np.ndarray) -> float:
        totals = response(share * bounds.total).real.sum(axis=1)
        return float(draw_weights(totals) @ totals)

    unit = max(abs(worth(bounds.current / bounds.total)), 1e-12)

    def loss(share: np.ndarray) -> tuple[float, np.ndarray]:
        moved = response(np.maximum(share, 1e-9) * bounds.total + 1e-20j * bounds.total)
        totals = moved.real.sum(axis=1)
        weights = draw_weights(totals)
        return -float(weights @ totals) / unit, -(weights @ moved.imag) / (1e-20 * unit)

    starts = [bounds.current, np.full(len(room), bounds.total / len(room)), greedy_split(response, bounds)]
    starts.append(tabled_split(response, bounds))
    starts += [bounds.low + room * rng.random(len(room)) for _ in range(5)]
    splits = [feasible_split(start, bounds) for start in starts]
    for start in tuple(splits):
        found = optimize.minimize(
            loss,
            start / bounds.total,
            jac=True,
            method="SLSQP",
            bounds=list(zip(bounds.low / bounds.total, bounds.high / bounds.total, strict=True)),
            constraints=split_constraints(bounds),
            options={"maxiter": 200, "ftol": 1e-10},
        )
        if np.isfinite(found.x).all():
            splits.append(feasible_split(found.x * bounds.total, bounds))
    allowed = [split for split in splits if keeps_groups(split, bounds)]
    return max(allowed or splits, key=lambda split: worth(split / bounds.total))


def split_constraints(bounds: BudgetBounds) -> list[dict[str, Any]]:
    """The total, and the bounds of the groups, as SLSQP wants them, for shares of the total."""
    found: list[dict[str, Any]] = [
        {"type": "eq", "fun": lambda share: share.sum() - 1.0, "jac": lambda share: np.ones_like(share)}
    ]
    for group in bounds.groups:
        for sign, end in ((1.0, group.low), (-1.0, group.high)):
            found.append(
                {
                    "type": "ineq",
                    "fun": lambda share, s=sign, e=end, m=group.members: s * (share[m].sum() - e / bounds.total),
                    "jac": lambda share, s=sign, m=group.members: s * m.astype(float),
                }
            )
    return found


def keeps_groups(split: np.ndarray, bounds: BudgetBounds) -> bool:
    """Whether a split keeps the bounds of all groups."""
    slack = 1e-6 * bounds.total
    return all(group.low - slack <= split[group.members].sum() <= group.high + slack for group in bounds.groups)


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


def tabled_split(response: Callable[[np.ndarray], np.ndarray], bounds: BudgetBounds) -> np.ndarray:
    """The best split of the money in `TABLE_STEPS` equal steps, whatever the curves' shape, by dynamic programming.

    Channels add up, so best(c, m) = max over k of best(c - 1, m - k) + worth of k steps in channel c.
    """
    step = (bounds.total - bounds.low.sum()) / TABLE_STEPS
    if step <= 0:
        return bounds.low.copy()
    counts = np.arange(TABLE_STEPS + 1)
    worth = np.stack([response(bounds.low + k * step).real.mean(axis=0) for k in counts])
    allowed = counts[:, None] <= np.ceil((bounds.high - bounds.low) / step - 1e-9)
    worth = np.where(allowed, worth, -np.inf)
    left = counts[:, None] - counts
    best, chosen = np.where(counts == 0, 0.0, -np.inf), []
    for channel in range(worth.shape[1]):
        sums = np.where(left >= 0, best[np.maximum(left, 0)] + worth[:, channel], -np.inf)
        chosen.append(sums.argmax(axis=1))
        best = sums.max(axis=1)
    steps, money = np.zeros(worth.shape[1]), TABLE_STEPS
    for channel in range(worth.shape[1] - 1, -1, -1):
        steps[channel] = chosen[channel][money]
        money -= int(steps[channel])
    return np.minimum(bounds.low + steps * step, bounds.high)


def feasible_split(split: np.ndarray, bounds: BudgetBounds) -> np.ndarray:
    """The nearest split (in Euclidean distance) that keeps the bounds and adds up to the total."""
    if bounds.groups:
        return nearest_with_groups(split, bounds)

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


def nearest_with_groups(split: np.ndarray, bounds: BudgetBounds) -> np.ndarray:
    """The same where groups of channels have bounds too, by a small quadratic program."""
    share = split / bounds.total
    found = optimize.minimize(
        lambda moved: (((moved - share) ** 2).sum(), 2.0 * (moved - share)),
        np.clip(share, bounds.low / bounds.total, bounds.high / bounds.total),
        jac=True,
        method="SLSQP",
        bounds=list(zip(bounds.low / bounds.total, bounds.high / bounds.total, strict=True)),
        constraints=split_constraints(bounds),
        options={"maxiter": 200, "ftol": 1e-14},
    )
    return np.asarray(np.clip(found.x * bounds.total, bounds.low, bounds.high))
