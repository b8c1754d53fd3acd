"""Matching without replacement: each donor is given away once, to whoever comes first."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.match_effect import Matched, MatchedEffect
from cerebro_causal.blocks.match_sets import WIDE, MatchSets, NearestPoints
from cerebro_core.blocks.result import Refused

FIRST_LOOK = 24


def pair_rows(
    sample: CausalSample,
    places: np.ndarray,
    scores: np.ndarray,
    estimand: str,
    neighbours: int,
    farthest: float = np.inf,
) -> Matched:
    """Give each target the nearest donors that are left, those hardest to match first.

    Greedy; the order is by the chance of the target's own arm, the largest first, as in the R package MatchIt. Each
    target gets its first donor before any gets a second one.

    Args:
        sample: the rows.
        places: (n, k) where they stand.
        scores: (n,) chances of treatment.
        estimand: "att" or "atc".
        neighbours: donors of each target.
        farthest: rows farther than this are no match.

    Raises:
        Refused: the estimand is "ate", or there are fewer donors than targets want.
    """
    if estimand == "ate":
        raise Refused("--no-replacement goes with --estimand att or atc: the other arm runs out before all are matched")
    arm = 1 if estimand == "att" else 0
    targets, donors = np.flatnonzero(sample.arm == arm), np.flatnonzero(sample.arm != arm)
    if len(donors) < neighbours * len(targets) and not np.isfinite(farthest):
        raise Refused(
            f"{len(targets)} rows want {neighbours} matches each without replacement, and there are {len(donors)}: "
            "say --replacement, fewer --neighbours, or a --caliper"
        )
    order = np.argsort(-scores[targets] if arm == 1 else scores[targets], kind="stable")
    given = dealt_out(places[donors], places[targets][order], neighbours, farthest)
    rows, columns = order[given[0]], given[1]
    links = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(targets), len(donors)))
    size = np.asarray(links.sum(axis=1)).ravel()
    reached = np.full(len(targets), np.nan)
    np.fmax.at(reached, rows, np.sqrt(((places[donors][columns] - places[targets][rows]) ** 2).sum(axis=1)))
    known = np.ones(len(donors))
    sets = MatchSets(targets, donors, np.arange(len(donors)), links, size, size, reached, known)
    loads, used = np.zeros(len(sample.arm)), np.zeros(len(sample.arm))
    loads[targets] = sets.found
    used[donors] = sets.used(sets.found.astype(float))
    return Matched({arm: sets}, loads > 0, loads, used, used**2)


def dealt_out(
    donors: np.ndarray, targets: np.ndarray, neighbours: int, farthest: float
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of targets and of the donors that they get, in the order of the targets."""
    search = NearestPoints(donors, cKDTree(donors) if donors.shape[1] <= WIDE else None)
    distances, found = search.nearest(targets, min(FIRST_LOOK, len(donors)))
    free = np.ones(len(donors), bool)
    pairs = []
    for _ in range(neighbours):
        for target in range(len(targets)):
            left = np.flatnonzero(free[found[target]])
            if len(left):
                donor, distance = int(found[target, left[0]]), float(distances[target, left[0]])
            else:
                spare = np.flatnonzero(free)
                if not len(spare):
                    break
                away = ((donors[spare] - targets[target]) ** 2).sum(axis=1)
                donor, distance = int(spare[away.argmin()]), float(np.sqrt(away.min()))
            if distance <= farthest:
                free[donor] = False
                pairs.append((target, donor))
    at = np.array(pairs, dtype=int).reshape(-1, 2)
    return at[:, 0], at[:, 1]


def paired_effect(
    sample: CausalSample, matched: Matched, models: tuple[np.ndarray, np.ndarray] | None
) -> MatchedEffect:
    """Average difference between targets and their matches, each set standing for itself (Abadie & Spiess 2022).

    With clusters whose rows are in several sets, sets are put together by the cluster of their target.
    """
    ((arm, sets),) = matched.sets.items()
    kept = sets.targets[sets.found]
    fitted = models[1 - arm] if models is not None else np.zeros(len(sample.outcome))
    imputed = (sets.means((sample.outcome - fitted)[sets.donors]) + fitted[sets.targets])[sets.found]
    own = sample.outcome[kept]
    upper, lower = (own, imputed) if arm == 1 else (imputed, own)
    groups = np.unique(sample.clusters[kept], return_inverse=True)[1]
    effects = [mean_of_sets(values, groups) for values in (upper - lower, upper, lower)]
    each = np.zeros(len(sample.outcome))
    each[kept] = upper - lower
    return MatchedEffect(effects[0], effects[1], effects[2], each)


def mean_of_sets(values: np.ndarray, groups: np.ndarray) -> Effect:
    """A mean with an error by groups, and Student's t."""
    sums = np.bincount(groups, weights=values - values.mean())
    count = len(sums)
    error = float(np.sqrt(count / (count - 1) * (sums**2).sum())) / len(values)
    return Effect(float(values.mean()), error, float(count - 1))
