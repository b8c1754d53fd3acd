"""Experiments drawn for a power analysis: their joint moments, by arm and look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.drawn_table import DRAWN_BEFORE, DRAWN_BELOW, DRAWN_OUTCOME, DrawnMoments
from cerebro_abtest.blocks.power_design import PowerPlan

FEW_CLUSTERS = 100  # of an arm at a look; the sums of more are drawn as normal
BELOW_SPREAD = 0.5  # of a drawn denominator, whose mean is 1


@dataclass(frozen=True)
class DrawnDesign:
    """What is drawn.

    Attributes:
        plan: the experiment.
        truth: mean, share or ratio of each arm.
        rows: units that come in between two looks, (looks, arms).
        history: units (or clusters) of a history to draw from, or None; columns as in `DrawnMoments`.
    """

    plan: PowerPlan
    truth: np.ndarray
    rows: np.ndarray
    history: np.ndarray | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that are drawn."""
        found = [*(["rows"] if self.plan.cluster_size > 1 else []), DRAWN_OUTCOME]
        found += [DRAWN_BELOW] if self.plan.metric == "ratio" else []
        return (*found, *([DRAWN_BEFORE] if self.plan.kept < 1 else []))

    @property
    def is_one_by_one(self) -> bool:
        """Whether units of a history, or few clusters, are drawn one by one."""
        return self.history is not None or (self.plan.cluster_size > 1 and int(self.rows.max()) <= FEW_CLUSTERS)

    @property
    def is_counted(self) -> bool:
        """Whether the outcome is drawn as yes and no."""
        return self.plan.metric == "proportion" and self.plan.kept == 1


def new_rows(plan: PowerPlan, units: int) -> np.ndarray:
    """Units (or clusters) of each arm that come in between two looks: (looks, arms)."""
    wholes = np.array([units * share / plan.shares[0] for share in plan.shares]) / plan.cluster_size
    so_far = np.maximum(np.round(np.outer(plan.times, wholes)), 2)
    return np.diff(so_far, axis=0, prepend=0).astype(int)


def draw_moments(design: DrawnDesign, count: int, rng: np.random.Generator) -> DrawnMoments:
    """A batch of experiments.

    Units' moments are drawn, not units: binomial counts, or normal means with Wishart covariances. So are those of many
    clusters, whose sums are as good as normal; few clusters, and rows of a history, are drawn one by one.
    """
    plan = design.plan
    if design.is_one_by_one:
        return unit_by_unit(design, count, rng)
    if design.is_counted and plan.cluster_size == 1:
        hits = rng.binomial(design.rows, design.truth, (count, *design.rows.shape))
        share = hits / np.maximum(design.rows, 1)
        spread = share * (1 - share) * design.rows / np.maximum(design.rows - 1, 1)
        return DrawnMoments(design.names, design.rows, design.rows, share[..., None], spread[..., None, None])
    drawn = [
        wishart_moments(*unit_law(design, arm), design.rows[:, arm], count, rng) for arm in range(len(plan.shares))
    ]
    means = np.stack([item[0] for item in drawn], axis=2)
    covariances = np.stack([item[1] for item in drawn], axis=2)
    if plan.cluster_size == 1:
        return DrawnMoments(design.names, design.rows, design.rows, means, covariances)
    sizes = tuple(cluster_sizes(plan, int(clusters)) for clusters in design.rows.sum(axis=0))
    return DrawnMoments(design.names, design.rows, np.round(means[..., 0] * design.rows), means, covariances, sizes)


def wishart_moments(
    middle: np.ndarray, covariance: np.ndarray, rows: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Means and covariances of samples from a normal distribution: (count, looks, variables), and once more variables.

    Args:
        middle, covariance: of one unit.
        rows: units that come in at each look.
        count: samples.
    """
    width = len(middle)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    n = np.maximum(rows, 1)[None, :, None]
    shape = (count, len(rows), width)
    means = middle + (rng.normal(size=shape) @ root.T) / np.sqrt(n)
    # Bartlett (1933): the Wishart's root has chi on its diagonal and standard normals below it
    lower = np.tril(rng.normal(size=(*shape, width)), -1)
    free = np.maximum(n - 1 - np.arange(width), 1e-9)
    lower[..., np.arange(width), np.arange(width)] = np.sqrt(rng.chisquare(np.broadcast_to(free, shape)))
    half = root @ lower / np.sqrt(np.maximum(n - 1, 1))[..., None]
    return means, half @ np.swapaxes(half, -1, -2)


def unit_law(design: DrawnDesign, arm: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of what one unit of an arm brings, or the sums of one cluster.

    Given its size n, a cluster's sums have the mean n c and the covariance n^2 icc B + n (1 - icc) V.
    """
    plan, truth = design.plan, float(design.truth[arm])
    middle, noise = centre_and_noise(plan, truth)
    move = np.eye(len(middle))
    if plan.metric == "ratio":
        move[0, 1] = truth
    middle = move @ middle
    if plan.metric != "ratio":
        middle[0] += truth
    within = move @ noise @ move.T
    if plan.cluster_size == 1:
        return middle, within
    shared = clustering_noise(plan, noise)
    size, spread = plan.cluster_size, (plan.cluster_cv * plan.cluster_size) ** 2
    whole = np.concatenate([[1.0], middle])
    covariance = spread * np.outer(whole, whole)
    covariance[1:, 1:] += (size**2 + spread) * plan.icc * (move @ shared @ move.T) + size * (1 - plan.icc) * within
    return size * whole, covariance


def centre_and_noise(plan: PowerPlan, truth: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance over units of (outcome less what the arm gives, [denominator], [covariate])."""
    variance = max(truth * (1 - truth), 1e-12) if plan.metric == "proportion" else plan.variance
    ratio, before = plan.metric == "ratio", plan.kept < 1
    middle = [0.0, *([1.0] if ratio else []), *([0.0] if before else [])]
    covariance = np.diag([variance, *([BELOW_SPREAD**2] if ratio else []), *([1.0] if before else [])])
    if before:
        covariance[0, -1] = covariance[-1, 0] = np.sqrt((1 - plan.kept) * variance)
    return np.array(middle), covariance


def clustering_noise(plan: PowerPlan, noise: np.ndarray) -> np.ndarray:
    """The part of the noise that rows of a cluster share; a denominator does not cluster."""
    shared = noise.copy()
    if plan.metric == "ratio":
        shared[1, :] = shared[:, 1] = 0.0
    return shared


def unit_by_unit(design: DrawnDesign, count: int, rng: np.random.Generator) -> DrawnMoments:
    """Draw each cluster (its sums), or each row of a history, and take their moments."""
    looks, arms = design.rows.shape
    width = len(design.names)
    means = np.zeros((count, looks, arms, width))
    covariances = np.zeros((count, looks, arms, width, width))
    rows = np.broadcast_to(design.rows, (count, looks, arms)).astype(float).copy()
    clustered = design.plan.cluster_size > 1
    sizes = tuple(cluster_sizes(design.plan, int(design.rows[:, arm].sum())) for arm in range(arms))
    for arm in range(arms):
        starts = np.concatenate([[0], np.cumsum(design.rows[:, arm])])
        for look in range(looks):
            mine = sizes[arm][starts[look] : starts[look + 1]]
            if design.history is not None:
                drawn = history_units(design, arm, (count, design.rows[look, arm]), rng)
            else:
                drawn = cluster_sums(design, arm, mine, count, rng)
            if clustered:
                rows[:, look, arm] = drawn[..., 0].sum(axis=1)
            means[:, look, arm] = drawn.mean(axis=1)
            apart = drawn - means[:, None, look, arm]
            free = max(drawn.shape[1] - 1, 1)
            covariances[:, look, arm] = np.einsum("ngi,ngj->nij", apart, apart) / free
        if design.history is not None:
            sizes = (*sizes[:arm], drawn[..., 0], *sizes[arm + 1 :])
    return DrawnMoments(design.names, design.rows, rows, means, covariances, sizes if clustered else None)


def cluster_sizes(plan: PowerPlan, clusters: int) -> np.ndarray:
    """Sizes with the plan's mean and coefficient of variation: quantiles of a gamma distribution, in a fixed order."""
    if plan.cluster_cv <= 0 or clusters < 2:
        return np.full(clusters, max(round(plan.cluster_size), 1))
    shape = plan.cluster_cv**-2
    sizes = stats.gamma.ppf((np.arange(clusters) + 0.5) / clusters, shape, scale=plan.cluster_size / shape)
    return np.random.default_rng(clusters).permutation(np.maximum(np.round(sizes), 1).astype(int))


def cluster_sums(design: DrawnDesign, arm: int, sizes: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Sums over the rows of each cluster, (count, clusters, variables); counts are beta-binomial, others normal."""
    plan, truth = design.plan, float(design.truth[arm])
    shape = (count, len(sizes))
    n = np.broadcast_to(sizes.astype(float), shape)
    icc = min(plan.icc, 1 - 1e-9)
    if design.is_counted:
        share = np.clip(truth, 0.0, 1.0)
        if icc > 0 and 0 < share < 1:
            share = rng.beta(share * (1 / icc - 1), (1 - share) * (1 / icc - 1), shape)
        return np.stack([n, rng.binomial(n.astype(int), share)], axis=-1).astype(float)
    middle, noise = centre_and_noise(plan, truth)
    both = [
        rng.multivariate_normal(np.zeros(len(middle)), part, shape) for part in (clustering_noise(plan, noise), noise)
    ]
    sums = n[..., None] * (middle + np.sqrt(icc) * both[0]) + np.sqrt(n * (1 - icc))[..., None] * both[1]
    sums[..., 0] += truth * (sums[..., 1] if plan.metric == "ratio" else n)
    return np.concatenate([n[..., None], sums], axis=-1)


def history_units(design: DrawnDesign, arm: int, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Units or clusters of the history, drawn with replacement, with the arm's effect added."""
    assert design.history is not None
    drawn = design.history[rng.integers(0, len(design.history), shape)]
    clustered = design.plan.cluster_size > 1
    top = 1 if clustered else 0
    effect = float(design.truth[arm] - design.truth[0])
    base = drawn[..., top + 1] if design.plan.metric == "ratio" else drawn[..., 0] if clustered else 1.0
    drawn[..., top] += effect * base
    return drawn
