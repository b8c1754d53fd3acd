"""Drawing arms: complete, stratified, blocked, re-randomised, and by hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy import stats

from cerebro_core.blocks.result import Refused

BATCH = 100


@dataclass(frozen=True)
class DrawPlan:
    """What is put into arms: units, or clusters.

    Attributes:
        names: of the units, as text.
        strata: number of each unit's stratum.
        covariates: (units, k), without missing values.
        shares: of the arms; they add up to one.
        block_size: of blocked, or None.
        acceptance: of rerandomised.
        salt: of hash.
    """

    names: tuple[str, ...]
    strata: np.ndarray
    covariates: np.ndarray
    shares: np.ndarray
    block_size: int | None
    acceptance: float
    salt: str


type Scheme = Callable[[DrawPlan, np.random.Generator], np.ndarray]


def lot(count: int, shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many of each arm as its share says, in random order.

    What is left over by rounding down goes to arms drawn by systematic sampling, in random order of arms (Madow 1949):
    each unit gets each arm with exactly its share, and no count is one or more away from it.
    """
    exact = shares * count
    whole = np.floor(exact + 1e-9)
    order = rng.permutation(len(shares))
    edges = np.concatenate([[0.0], np.cumsum(np.maximum(exact - whole, 0.0)[order])])
    extra = np.zeros(len(shares))
    left = count - int(whole.sum())
    if left:
        edges *= left / edges[-1]
        points = rng.random() + np.arange(left)
        extra[order] = np.histogram(points, edges)[0]
    arms = np.repeat(np.arange(len(shares)), (whole + extra).astype(int))
    return rng.permutation(arms)


def complete_draw(plan: DrawPlan, rng: np.random.Generator) -> np.ndarray:
    """All units as one lot."""
    return lot(len(plan.names), plan.shares, rng)


def stratified_draw(plan: DrawPlan, rng: np.random.Generator) -> np.ndarray:
    """Each stratum as a lot of its own."""
    arms = np.empty(len(plan.names), int)
    for places in stratum_places(plan):
        arms[places] = lot(len(places), plan.shares, rng)
    return arms


def blocked_draw(plan: DrawPlan, rng: np.random.Generator) -> np.ndarray:
    """Permuted blocks in the order of the rows, within strata; the last block of each may be cut short."""
    size = plan.block_size or smallest_block(plan.shares)
    arms = np.empty(len(plan.names), int)
    for places in stratum_places(plan):
        for start in range(0, len(places), size):
            part = places[start : start + size]
            arms[part] = lot(size, plan.shares, rng)[: len(part)]
    return arms


def smallest_block(shares: np.ndarray) -> int:
    """The fewest units in which each arm has a whole number; 100 where that would be more."""
    parts = [Fraction(float(share)).limit_denominator(100).denominator for share in shares]
    return min(int(np.lcm.reduce(parts)), 100)


def rerandomised_draw(plan: DrawPlan, rng: np.random.Generator) -> np.ndarray:
    """Draw within strata until covariates are balanced (Morgan & Rubin 2012).

    The distance is sum_a n_a (m_a - m)' S^-1 (m_a - m), which for two arms is their Mahalanobis distance; it is nearly
    chi-squared with k (arms - 1) degrees of freedom, of which the acceptance is a quantile.

    Raises:
        Refused: where no draw is accepted.
    """
    limit = balance_limit(plan)
    white = whitened(plan.covariates)
    for _ in range(max(int(np.ceil(30 / plan.acceptance)), 1)):
        arms = stratified_draw(plan, rng)
        if arm_distance(white, arms, len(plan.shares)) <= limit:
            return arms
    raise Refused(
        f"--acceptance {plan.acceptance:g}: no draw was balanced enough; raise it, or name fewer --covariates"
    )


def balance_limit(plan: DrawPlan) -> float:
    """The distance up to which a draw is accepted."""
    return float(stats.chi2.ppf(plan.acceptance, plan.covariates.shape[1] * (len(plan.shares) - 1)))


def whitened(covariates: np.ndarray) -> np.ndarray:
    """Covariates with mean zero and the unit matrix as covariance; directions without spread are left out."""
    centred = covariates - covariates.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    kept = sizes > 1e-9 * max(float(sizes.max(initial=0.0)), 1e-300)
    return np.asarray(left[:, kept] * np.sqrt(len(covariates) - 1))


def arm_distance(white: np.ndarray, arms: np.ndarray, count: int) -> float:
    """Distance of the arms' means from the whole mean, in whitened covariates."""
    total = 0.0
    for arm in range(count):
        mine = white[arms == arm]
        total += len(mine) * float((mine.mean(axis=0) ** 2).sum()) if len(mine) else 0.0
    return total


def hash_draw(plan: DrawPlan, rng: np.random.Generator) -> np.ndarray:
    """By the first 8 bytes of SHA-256 of `salt`, a tab and the unit's name, as a share of 2^64.

    The arm of a unit depends on nothing but its name, the salt and the shares: units that come later change nobody's.
    """
    edges = np.cumsum(plan.shares)[:-1]
    return np.searchsorted(edges, [hash_place(plan.salt, name) for name in plan.names], side="right")


def hash_place(salt: str, name: str) -> float:
    """Where a unit stands between 0 and 1."""
    digest = hashlib.sha256(f"{salt}\t{name}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def stratum_places(plan: DrawPlan) -> list[np.ndarray]:
    """The units of each stratum, in the order of the rows."""
    order = np.argsort(plan.strata, kind="stable")
    cuts = np.flatnonzero(np.diff(plan.strata[order])) + 1
    return np.split(order, cuts)
