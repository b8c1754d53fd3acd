"""The effect through mediators, where something unmeasured moves both treatment and outcome (Pearl 1995)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.influence import Effect, influence_effect
from cerebro_causal.blocks.logistic import fit_canonical, with_intercept
from cerebro_core.blocks.result import Refused

LEAST_MEDIATED_CHANCE = 0.005
MOST_REPEATED_ROWS = 100_000
DRAWS = 400
FEWEST_DRAWS = 100
ROWS_IN_ALL = 4_000_000


@dataclass(frozen=True)
class FrontDoor:
    """The effect through the mediators.

    Attributes:
        effect, upper, lower: the effect, and the averages if all were treated and if none were, with errors.
        by_outcome: the same effect from the models of the outcome alone.
        by_weights: the same effect from the models of the treatment alone, by weighting.
        chance: (n,) chance of treatment given mediators and confounders.
        influence: (n,) of the effect.
    """

    effect: Effect
    upper: Effect
    lower: Effect
    by_outcome: float
    by_weights: float
    chance: np.ndarray
    influence: np.ndarray


def front_door(sample: CausalSample, weights: np.ndarray) -> FrontDoor:
    """Estimate by the influence function of the front-door functional (Fulcher et al. 2020).

    With m(M, t, X) the outcome's mean and p(X) the chance of treatment, the average if all had t* is that of
    (Y - m(M, T, X)) f(M | t*, X) / f(M | T, X) + 1{T = t*} / p_t*(X) (h(M, X) - E[h | t*, X]) + E[m(M, T, X) | t*, X],
    where h = sum over t of m(M, t, X) p_t(X), and the first E is over M given t* and X. The ratio of the mediators'
    densities is that of odds, p(T | M, X) against p(T | X), so that no density is modelled. Treatment is modelled by
    logistic regressions with squares of the mediators, the outcome by a regression in each arm (linear, or logistic for
    0/1), and means over M by linear regressions on X. It is right where the models of the outcome are, or where those
    of the treatment are.

    Args:
        sample: the rows; with mediators.
        weights: (n,) with mean about 1.

    Raises:
        Refused: the mediators tell who was treated, or columns repeat each other.
    """
    mediators = np.zeros((len(sample.arm), 0)) if sample.mediators is None else sample.mediators
    given, outcome, treated = with_intercept(sample.covariates), sample.outcome, sample.treated
    through = with_intercept(np.column_stack([bent_columns(mediators), sample.covariates]))
    before = fit_canonical(treated, given, weights, "binomial").mean
    after = fit_canonical(treated, through, weights, "binomial").mean
    family = "binomial" if sample.is_binary else "gaussian"
    means = [fit_canonical(outcome, through, weights * (treated == arm), family) for arm in (0, 1)]
    foretold = [arm_mean(fit.coefficients, through, family) for fit in means]
    mixed = foretold[0] * (1 - before) + foretold[1] * before
    own = np.where(treated == 1, foretold[1], foretold[0])
    odds = np.clip(after, LEAST_MEDIATED_CHANCE, 1 - LEAST_MEDIATED_CHANCE)
    ratio = (odds / before) / ((1 - odds) / (1 - before))
    parts, outcomes, weighted = [], [], []
    for arm in (0, 1):
        among = treated == arm
        chance = before if arm else 1 - before
        turned = np.where(among, 1.0, ratio if arm else 1 / ratio)
        expected = [linear_means(values, given, weights * among) for values in foretold]
        middle = expected[0] * (1 - before) + expected[1] * before
        end = np.where(treated == 1, expected[1], expected[0])
        each = (outcome - own) * turned + among / chance * (mixed - middle) + end
        parts.append(each)
        outcomes.append(float(np.average(end, weights=weights)))
        weighted.append(float(np.average(outcome, weights=weights * turned)))
    effects = []
    for each in (parts[1] - parts[0], parts[1], parts[0]):
        value = float(np.average(each, weights=weights))
        effects.append(influence_effect(value, each - value, weights, sample.clusters))
    influence = parts[1] - parts[0] - effects[0].value
    by_outcome, by_weights = outcomes[1] - outcomes[0], weighted[1] - weighted[0]
    return FrontDoor(effects[0], effects[1], effects[2], by_outcome, by_weights, after, influence)


def bent_columns(values: np.ndarray) -> np.ndarray:
    """Columns, and the squares of those of more than two values."""
    many = [place for place in range(values.shape[1]) if len(np.unique(values[:2000, place])) > 2]
    spread = values.std(axis=0)
    scaled = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.column_stack([scaled, scaled[:, many] ** 2])


def arm_mean(coefficients: np.ndarray, design: np.ndarray, family: str) -> np.ndarray:
    """What a model of one arm foretells for all rows."""
    linear = design @ coefficients
    return 1 / (1 + np.exp(-np.clip(linear, -700, 700))) if family == "binomial" else linear


def linear_means(values: np.ndarray, design: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted least squares of values on a design, foretold for all rows."""
    scaled = design * weights[:, None]
    return np.asarray(design @ np.linalg.lstsq(scaled.T @ design, scaled.T @ values, rcond=1e-12)[0])


@dataclass(frozen=True)
class Repeated:
    """The whole analysis of many bootstrap samples.

    Attributes:
        values: (b, 5) effect, upper, lower, by outcome, by weights.
        refused: how many samples refused the analysis.
    """

    values: np.ndarray
    refused: int

    def error(self, place: int) -> float:
        """Standard deviation of one figure."""
        return float(self.values[:, place].std(ddof=1))


def repeat_front_door(sample: CausalSample, seed: int) -> Repeated | None:
    """Draw rows, or whole clusters, with replacement, and estimate everything again.

    Returns:
        None where the table is so large that the influence function has to do.

    Raises:
        Refused: most samples refuse the analysis.
    """
    rows = len(sample.arm)
    if rows > MOST_REPEATED_ROWS:
        return None
    draws = int(np.clip(ROWS_IN_ALL // rows, FEWEST_DRAWS, DRAWS))
    rng = np.random.default_rng([seed, 1995])
    groups = np.unique(sample.clusters, return_inverse=True)[1]
    count = int(groups.max()) + 1
    found = []
    for _ in range(draws):
        weights = sample.weights * np.bincount(rng.integers(count, size=count), minlength=count)[groups]
        try:
            one = front_door(sample, weights / weights.mean())
        except Refused:
            continue
        found.append((one.effect.value, one.upper.value, one.lower.value, one.by_outcome, one.by_weights))
    if len(found) < draws / 2:
        raise Refused("in most random samples of the rows the effect cannot be estimated: get more rows")
    return Repeated(np.array(found), draws - len(found))
