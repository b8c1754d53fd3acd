"""Effects by matching with replacement, and their errors (Abadie & Imbens 2006, 2011)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.influence import Effect, influence_effect
from cerebro_causal.blocks.match_sets import MatchSets, nearest_sets


@dataclass(frozen=True)
class Matched:
    """Rows that found a match, and what the others stand for.

    Attributes:
        sets: arm of the targets -> their matches in the other arm.
        kept: (n,) whether a row is one whose effect is averaged.
        loads: (n,) sampling weight of such a row; 0 for others.
        used: (n,) how much a row stands for as a match of others (K in the papers).
        squares: (n,) the same with each share squared (K').
    """

    sets: dict[int, MatchSets]
    kept: np.ndarray
    loads: np.ndarray
    used: np.ndarray
    squares: np.ndarray

    @property
    def balancing(self) -> np.ndarray:
        """(n,) weights under which the arms are compared."""
        return self.loads + self.used


def match_rows(
    sample: CausalSample, places: np.ndarray, estimand: str, neighbours: int, farthest: float = np.inf
) -> Matched:
    """Match the rows whom the estimand is about with rows of the other arm.

    Args:
        sample: the rows.
        places: (n, k) where they stand.
        estimand: "ate", "att" or "atc".
        neighbours: matches of each row; more where several are equally near.
        farthest: rows farther than this are no match.
    """
    rows = len(sample.arm)
    loads, used, squares = np.zeros(rows), np.zeros(rows), np.zeros(rows)
    kept = np.zeros(rows, bool)
    sets = {}
    for arm in {"ate": (0, 1), "att": (1,), "atc": (0,)}[estimand]:
        targets, donors = np.flatnonzero(sample.arm == arm), np.flatnonzero(sample.arm != arm)
        found = nearest_sets(places, targets, donors, sample.weights, neighbours, farthest)
        own = np.where(found.found, sample.weights[targets], 0.0)
        sets[arm], loads[targets], kept[targets] = found, own, found.found
        used[donors] += found.used(own)
        squares[donors] += found.used(own, 2)
    return Matched(sets, kept, loads, used, squares)


@dataclass(frozen=True)
class MatchedEffect:
    """An effect by matching.

    Attributes:
        effect, upper, lower: the effect, and the averages with and without the treatment, with errors.
        each: (n,) outcome with the treatment less without it, one of both imputed; 0 for rows that are not kept.
    """

    effect: Effect
    upper: Effect
    lower: Effect
    each: np.ndarray


def matched_effect(
    sample: CausalSample, matched: Matched, spread: np.ndarray, models: tuple[np.ndarray, np.ndarray] | None
) -> MatchedEffect:
    """Average over the kept rows of the difference to their matches, with its error.

    Var = sum l^2 (d - tau)^2 + sum (K^2 + 2 l K - K') s^2, over (sum l)^2 (Abadie & Imbens 2006, theorems 6 and 7, with
    sampling weights l of the kept rows). The bootstrap is not valid here (Abadie & Imbens 2008). With clusters the
    error is that of the sums over clusters of the estimator's linear representation (Otsu & Rai 2017).

    Args:
        sample: the rows.
        matched: their matches.
        spread: (n,) conditional variance of the outcome.
        models: (n,) fitted outcomes without and with treatment, to correct for what is left between a row and its
            match (Abadie & Imbens 2011); None for no correction.
    """
    outcome, treated = sample.outcome, sample.arm == 1
    lower, upper = np.where(treated, 0.0, outcome), np.where(treated, outcome, 0.0)
    for arm, found in matched.sets.items():
        fitted = models[1 - arm] if models is not None else np.zeros(len(outcome))
        imputed = found.means((outcome - fitted)[found.donors]) + fitted[found.targets]
        (lower if arm == 1 else upper)[found.targets] = imputed
    loads, size = matched.loads, float(matched.loads.sum())
    each = np.where(matched.kept, upper - lower, 0.0)
    more = matched.used**2 + 2 * loads * matched.used - matched.squares
    parts = []
    for values, arms in ((each, treated | ~treated), (upper, treated), (lower, ~treated)):
        value = float(loads @ values) / size
        variance = float(((loads * (values - value)) ** 2).sum() + (more * spread)[arms].sum()) / size**2
        parts.append(Effect(value, float(np.sqrt(variance))))
    if sample.clustered:
        parts[0] = clustered_effect(sample, matched, parts[0].value, models)
    return MatchedEffect(parts[0], parts[1], parts[2], each)


def clustered_effect(
    sample: CausalSample, matched: Matched, value: float, models: tuple[np.ndarray, np.ndarray] | None
) -> Effect:
    """The effect with an error by clusters: l (m1 - m0 - tau) + (2 T - 1) (l + K) (Y - m), summed over each cluster."""
    lower, upper = models if models is not None else arm_models(sample, matched.balancing)
    own = np.where(sample.arm == 1, upper, lower)
    sign = np.where(sample.arm == 1, 1.0, -1.0)
    influence = matched.loads * (upper - lower - value) + sign * matched.balancing * (sample.outcome - own)
    scaled = influence * len(influence) / float(matched.loads.sum())
    return influence_effect(value, scaled, np.ones(len(influence)), sample.clusters)


def conditional_variance(sample: CausalSample, values: np.ndarray, places: np.ndarray, least: int) -> np.ndarray:
    """(n,) variance of values among rows of an arm that stand near each other, a row and `least` - 1 others."""
    found = np.zeros(len(sample.arm))
    for arm in (0, 1):
        own = np.flatnonzero(sample.arm == arm)
        near = nearest_sets(places, own, own, np.ones(len(sample.arm)), least)
        found[own] = near.variances(values[own])
    return found


def left_over(sample: CausalSample, models: tuple[np.ndarray, np.ndarray] | None) -> np.ndarray:
    """(n,) the outcome, less what the model of the row's arm explains where there is one."""
    return sample.outcome if models is None else sample.outcome - np.where(sample.arm == 1, models[1], models[0])


def arm_models(sample: CausalSample, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes without and with treatment, (n,) each, by weighted least squares on the confounders in each arm."""
    middle = sample.covariates.mean(axis=0)
    design = np.column_stack([np.ones(len(sample.arm)), sample.covariates - middle])
    spread = design.std(axis=0)
    design = design / np.where(spread > 0, spread, 1.0)
    fitted = []
    for arm in (0, 1):
        root = np.sqrt(np.where(sample.arm == arm, weights, 0.0))
        coefficients = np.linalg.lstsq(design * root[:, None], sample.outcome * root, rcond=1e-10)[0]
        fitted.append(design @ coefficients)
    return fitted[0], fitted[1]
