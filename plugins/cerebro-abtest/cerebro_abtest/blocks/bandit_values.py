"""Off-policy values of playing one arm always, from a log with propensities, also where the log was adaptive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

FOLDS = 20
RIDGE = 1.0
MOST_BET = 0.75  # of what would lose all


@dataclass(frozen=True)
class ArmValue:
    """What always playing an arm is worth, by four estimators, with standard errors.

    Attributes:
        ips, snips, doubly_robust: (value, standard error); right for a log whose policy did not learn.
        adaptive: the same for any log: doubly robust scores with weights known beforehand.
        effective: effective sample size (sum w)^2 / sum w^2 of the inverse propensities.
        plays: rows with the arm.
    """

    ips: tuple[float, float]
    snips: tuple[float, float]
    doubly_robust: tuple[float, float]
    adaptive: tuple[float, float]
    effective: float
    plays: int


def arm_value(arm: int, arms: np.ndarray, rewards: np.ndarray, chances: np.ndarray, context: np.ndarray) -> ArmValue:
    """The value of one arm.

    IPS (Horvitz & Thompson 1952): mean of 1{A = a} Y / p. SNIPS (Swaminathan & Joachims 2015): over the sum of weights.
    Doubly robust (Dudik, Langford & Li 2011): m_t + 1{A = a} (Y - m_t) / p, where m_t is fitted on earlier rows alone,
    so that each score is unbiased given the past. Adaptive (Hadad et al. 2021): these scores weighted by
    sqrt of the arm's propensity when it was last played, which is known before the row.

    Args:
        arm: its number.
        arms, rewards, chances: (n,), in the order of time.
        context: (n, d), d may be 0.
    """
    played = arms == arm
    weight = np.where(played, 1 / chances, 0.0)
    count = len(arms)
    terms = weight * rewards
    ips = float(terms.mean()), float(terms.std(ddof=1) / np.sqrt(count))
    share = float((weight * rewards).sum() / weight.sum())
    snips = share, float(np.sqrt(((weight * (rewards - share)) ** 2).sum()) / weight.sum())
    model = earlier_fit(played, rewards, context)
    scores = model + weight * (rewards - model)
    robust = float(scores.mean()), float(scores.std(ddof=1) / np.sqrt(count))
    trust = earlier_chance(played, chances, float(1 / (arms.max() + 1)))
    h = np.sqrt(trust)
    value = float(h @ scores / h.sum())
    adaptive = value, float(np.sqrt((h**2 * (scores - value) ** 2).sum()) / h.sum())
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    return ArmValue(ips, snips, robust, adaptive, effective, int(played.sum()))


def any_time_interval(wins: float, losses: float, level: float) -> tuple[float, float]:
    """An interval for the chance of a win that holds after every play at once, so also where plays were adaptive.

    The k-th play of an arm earns the same whenever it comes, so the plays of an arm are a plain sequence, cut at a
    random length. The mixture of likelihood ratios under a uniform prior, B(1 + w, 1 + l) / (m^w (1 - m)^l), is a
    martingale at the true m and exceeds 1 / alpha with a chance of alpha at most (Ville; Robbins 1970). A reward y
    between 0 and 1 counts as y wins and 1 - y losses: then the ratio is a supermartingale, since
    (q / m)^y ((1 - q) / (1 - m))^(1 - y) is at most y q / m + (1 - y) (1 - q) / (1 - m).
    """
    mixed = float(special.betaln(1 + wins, 1 + losses)) - float(np.log(1 / (1 - level)))

    def outside(m: float) -> float:
        return mixed - float(special.xlogy(wins, m) + special.xlog1py(losses, -m))

    mean = wins / max(wins + losses, 1)
    tiny = 1e-12
    low = 0.0 if wins == 0 or outside(tiny) < 0 else float(optimize.brentq(outside, tiny, mean or 0.5))
    high = 1.0 if losses == 0 or outside(1 - tiny) < 0 else float(optimize.brentq(outside, mean, 1 - tiny))
    return low, high


def weighted_interval(
    weights: np.ndarray, rewards: np.ndarray, ends: tuple[float, float], level: float
) -> tuple[float, float]:
    """An interval for a policy's value that holds at all times at once, however the arms were chosen.

    With rewards between 0 and 1, w Y has the policy's value as its mean, and no negative values; so the capital
    prod (1 + l_t (w_t Y_t - v)) is a martingale at the true v for any bets l_t that are known beforehand, and rarely
    exceeds 2 / alpha (Ville; Waudby-Smith, Wu, Ramdas, Karampatziakis & Mineiro 2022). The upper end is the lower one
    of 1 - Y. Bets follow the variance of earlier rows.

    Args:
        weights: the policy's chance of the arm that was played, over its propensity; their mean is 1.
        rewards: of the rows, in the order of time.
        ends: lowest and highest reward.
        level: of the interval.
    """
    low, high = ends
    share = (rewards - low) / (high - low)
    lower = lowest_value(weights * share, level)
    upper = 1 - lowest_value(weights * (1 - share), level)
    return low + (high - low) * min(lower, upper), low + (high - low) * max(lower, upper)


def lowest_value(terms: np.ndarray, level: float) -> float:
    """The smallest mean of non-negative terms that no capital refutes, one-sided at half of 1 - level."""
    count = len(terms)
    past = np.arange(1, count + 1)
    mean = (0.5 + np.cumsum(terms)) / (past + 1)
    variance = (0.25 + np.cumsum((terms - mean) ** 2)) / (past + 1)
    reach = np.log(2 / (1 - level))
    bets = np.sqrt(2 * reach / (np.concatenate([[0.25], variance[:-1]]) * count))

    def refuted(value: float) -> bool:
        capital = np.cumsum(np.log1p(np.minimum(bets, MOST_BET / value) * (terms - value)))
        return bool(capital.max() >= reach)

    inside, outside = 1.0, 1e-9
    if not refuted(outside):
        return 0.0
    for _ in range(40):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if refuted(middle) else (middle, outside)
    return inside


def earlier_chance(played: np.ndarray, chances: np.ndarray, first: float) -> np.ndarray:
    """The arm's propensity when it was last played before each row; `first` before the first."""
    last = np.maximum.accumulate(np.where(played, np.arange(len(played)), -1))
    last = np.concatenate([[-1], last[:-1]])
    return np.where(last >= 0, chances[np.maximum(last, 0)], first)


def earlier_fit(played: np.ndarray, rewards: np.ndarray, context: np.ndarray) -> np.ndarray:
    """What earlier plays of the arm foretell for each row: ridge regression in blocks of time, or the running mean."""
    if context.shape[1] == 0:
        counts = np.concatenate([[0], np.cumsum(played)[:-1]])
        sums = np.concatenate([[0.0], np.cumsum(np.where(played, rewards, 0.0))[:-1]])
        return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), 0.0))
    found = np.zeros(len(rewards))
    design = np.column_stack([np.ones(len(context)), context])
    for places in np.array_split(np.arange(len(rewards)), FOLDS):
        past = played[: places[0]] if len(places) else played[:0]
        if past.any():
            x, y = design[: places[0]][past], rewards[: places[0]][past]
            slope = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ y)
            found[places] = design[places] @ slope
    return found
