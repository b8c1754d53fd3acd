"""The wild cluster bootstrap of two-way fixed effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_causal.blocks.did_sample import DidSample
from cerebro_causal.blocks.did_twfe import two_way_design

WILD_DRAWS = 4_999
WEBB_BELOW = 12


@dataclass(frozen=True)
class WildInterval:
    """What the bootstrap says.

    Attributes:
        value: the coefficient of being treated.
        low, high: ends of the interval, by inverting the test; infinite where the test never rejects.
        p_value: of no effect.
        clusters: how many.
    """

    value: float
    low: float
    high: float
    p_value: float
    clusters: int


@dataclass(frozen=True)
class WildPieces:
    """Sums over clusters from which each draw's t follows.

    Attributes:
        own: (G, 2) cross products of the treatment with outcome and with itself, both net of the other columns.
        through: (G, k) of the treatment with the other columns.
        inverse: (k, k) of the other columns' cross products.
        back: (2, k, G) of the other columns with outcome and treatment.
    """

    own: np.ndarray
    through: np.ndarray
    inverse: np.ndarray
    back: np.ndarray


def wild_interval(sample: DidSample, level: float, seed: int) -> WildInterval:
    """Restricted wild cluster bootstrap (Cameron, Gelbach & Miller 2008) of the two-way regression.

    Signs by Rademacher, with fewer than 12 clusters Webb's six points (2023), drawn once and used for every value that
    is tested.

    Args:
        sample: the rows.
        level: of the interval.
        seed: of the draws.
    """
    pieces = wild_pieces(sample)
    total = float(pieces.own[:, 1].sum())
    value = float(pieces.own[:, 0].sum() / total)
    count = len(pieces.own)
    rng = np.random.default_rng(seed)
    if count < WEBB_BELOW:
        points = np.sqrt(np.array([0.5, 1.0, 1.5]))
        signs = rng.choice(np.concatenate([points, -points]), size=(count, WILD_DRAWS))
    else:
        signs = rng.choice([-1.0, 1.0], size=(count, WILD_DRAWS))
    scale = max(abs(wild_error(pieces, value)), 1e-12)
    ends = [wild_end(pieces, signs, value, side * scale, 1 - level) for side in (-1.0, 1.0)]
    return WildInterval(value, ends[0], ends[1], wild_p_value(pieces, signs, 0.0), count)


def wild_pieces(sample: DidSample) -> WildPieces:
    """Take the other columns out of outcome and treatment, and sum over clusters."""
    design = two_way_design(sample)
    root = np.sqrt(design.weights)[:, None]
    others = design.others * root
    both = np.column_stack([design.outcome, design.within(sample.treated[:, None])[:, 0]]) * root
    inverse = np.linalg.pinv(others.T @ others)
    net = both - others @ (inverse @ (others.T @ both))
    order = np.unique(design.clusters, return_inverse=True)[1]
    own = cluster_sums(net * net[:, [1]], order)
    through = cluster_sums(others * net[:, [1]], order)
    back = np.stack([cluster_sums(others * net[:, [place]], order).T for place in (0, 1)])
    return WildPieces(own, through, inverse, back)


def cluster_sums(columns: np.ndarray, order: np.ndarray) -> np.ndarray:
    """(G, k) sums over the rows of each cluster."""
    return np.column_stack([np.bincount(order, weights=column) for column in columns.T])


def wild_matrix(pieces: WildPieces, tested: float) -> tuple[np.ndarray, np.ndarray]:
    """How a draw's signs become its scores (G, G) and its coefficient (G,), where the coefficient is `tested`."""
    first = pieces.own[:, 0] - tested * pieces.own[:, 1]
    back = pieces.back[0] - tested * pieces.back[1]
    total = float(pieces.own[:, 1].sum())
    scores = np.diag(first) - pieces.through @ (pieces.inverse @ back)
    return scores - np.outer(pieces.own[:, 1] / total, first), first / total


def wild_error(pieces: WildPieces, value: float) -> float:
    """Cluster-robust error (CR0) of the coefficient."""
    scores = pieces.own[:, 0] - value * pieces.own[:, 1]
    return float(np.sqrt((scores**2).sum()) / pieces.own[:, 1].sum())


def wild_p_value(pieces: WildPieces, signs: np.ndarray, tested: float) -> float:
    """Share of draws whose |t| is as large as that of the sample."""
    total = float(pieces.own[:, 1].sum())
    value = float(pieces.own[:, 0].sum() / total)
    observed = abs(value - tested) / max(wild_error(pieces, value), 1e-300)
    scores, first = wild_matrix(pieces, tested)
    spread = np.sqrt(((scores @ signs) ** 2).sum(axis=0)) / total
    drawn = np.abs(first @ signs) / np.maximum(spread, 1e-300)
    return float((drawn >= observed * (1 - 1e-9)).mean())


def wild_end(pieces: WildPieces, signs: np.ndarray, value: float, step: float, alpha: float) -> float:
    """The value, in the direction of `step`, from which on the test rejects."""
    inside, outside = value, value + 2 * step
    for _ in range(12):
        if wild_p_value(pieces, signs, outside) < alpha:
            break
        inside, outside = outside, value + 2 * (outside - value)
    else:
        return float(np.sign(step) * np.inf)
    for _ in range(40):
        middle = (inside + outside) / 2
        if wild_p_value(pieces, signs, middle) < alpha:
            outside = middle
        else:
            inside = middle
    return float((inside + outside) / 2)
