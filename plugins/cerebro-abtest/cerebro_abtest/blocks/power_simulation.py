"""Power by simulation of the same analysis: experiments are drawn, and tested as the analysis would test them."""

from __future__ import annotations

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.multiplicity import dunnett_critical
from cerebro_abtest.blocks.power_design import PowerPlan, comparison_alpha, look_bounds

BATCH = 2_000_000  # numbers that are drawn at once


def simulated_power(plan: PowerPlan, units: int, effect: float, count: int, seed: int) -> tuple[float, float]:
    """Share of simulated experiments in which the smallest treated arm is found, and its Monte-Carlo error.

    Arms other than the smallest have no effect. Yes-or-no outcomes are binomial and tested by the score test (z);
    others are normal and tested by Welch's t; clusters have normal means and are tested by t over the clusters'
    means. With covariates what is drawn is the outcome less what they explain.

    Args:
        plan: the experiment.
        units: in the control.
        effect: absolute; for non-inferiority and equivalence the margin (there the true difference is 0).
        count: experiments.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    tested = int(np.argmin(plan.shares[1:])) + 1
    sizes = [max(round(units * share / plan.shares[0]), 2) for share in plan.shares]
    each = max(min(count, BATCH // (len(sizes) * plan.looks)), 1)
    hits = done = 0
    while done < count:
        batch = min(each, count - done)
        statistics, degrees = draw_statistics(rng, plan, sizes, tested, effect, batch)
        hits += int(found_arms(plan, statistics, degrees, tested).sum())
        done += batch
    share = hits / count
    return share, float(np.sqrt(max(share * (1 - share), 1 / count) / count))


def draw_statistics(
    rng: np.random.Generator, plan: PowerPlan, sizes: list[int], tested: int, effect: float, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """The test statistic of each comparison at each look, and its degrees of freedom.

    Returns:
        statistics (count, looks, comparisons), against zero; for a margin (count, 2, comparisons), against -margin
        and against margin; degrees in the same shape.
    """
    truth = np.full(len(sizes), plan.baseline)
    if plan.hypothesis == "difference":
        truth[tested] += effect
    means, variances, rows = draw_arms(rng, plan, sizes, truth, count)
    gap = means[:, :, 1:] - means[:, :, :1]
    squares = variances / rows
    pair = squares[:, :, 1:] + squares[:, :, :1]
    degrees = pair**2 / (
        squares[:, :, 1:] ** 2 / (rows[:, 1:] - 1) + squares[:, :, :1] ** 2 / (rows[:, :1] - 1) + 1e-300
    )
    if plan.hypothesis != "difference":
        pair, gap, degrees = pair[:, -1:], gap[:, -1:], degrees[:, -1:]
        both = np.concatenate([gap + abs(effect), gap - abs(effect)], axis=1)
        return both / np.sqrt(pair + 1e-300), np.repeat(degrees, 2, axis=1)
    if plan.metric == "proportion" and plan.design_effect == 1 and plan.convention != "unpooled":
        whole = (means[:, :, 1:] * rows[:, 1:] + means[:, :, :1] * rows[:, :1]) / (rows[:, 1:] + rows[:, :1])
        pair = plan.kept * whole * (1 - whole) * (1 / rows[:, 1:] + 1 / rows[:, :1])
        degrees = np.full_like(degrees, np.inf)
    return gap / np.sqrt(pair + 1e-300), degrees


def draw_arms(
    rng: np.random.Generator, plan: PowerPlan, sizes: list[int], truth: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means and variances (count, looks, arms) of what has come in by each look, and how many (looks, arms).

    Sums of looks are drawn, which are sufficient: binomial counts, or normal sums with chi-squared spreads. With
    clusters, what is counted is clusters.
    """
    wholes = np.array(sizes, float) / plan.cluster_size
    rows = np.maximum(np.round(np.outer(plan.times, wholes)), 2)
    new = np.diff(rows, axis=0, prepend=0)
    if plan.metric == "proportion" and plan.design_effect == 1 and plan.kept == 1:
        counts = rng.binomial(new.astype(np.int64), truth, (count, *new.shape)).cumsum(axis=1)
        means = counts / rows
        return means, means * (1 - means) * rows / (rows - 1), rows
    one = truth * (1 - truth) if plan.metric == "proportion" else np.full(len(sizes), plan.variance)
    spread = one * plan.kept * plan.design_effect / plan.cluster_size
    sums = rng.normal(new * truth, np.sqrt(new * spread), (count, *new.shape)).cumsum(axis=1)
    # within-look squares are chi-squared; those between looks follow from the means
    inner = spread * rng.chisquare(np.maximum(new - 1, 0.0) + 1e-12, (count, *new.shape))
    own = np.diff(sums, axis=1, prepend=0) ** 2 / np.maximum(new, 1)
    squares = (inner + own).cumsum(axis=1) - sums**2 / rows
    return sums / rows, np.maximum(squares, 1e-300) / (rows - 1), rows


def found_arms(plan: PowerPlan, statistics: np.ndarray, degrees: np.ndarray, tested: int) -> np.ndarray:
    """Whether the tested arm is found, in each experiment."""
    place = tested - 1
    alpha = comparison_alpha(plan)
    one_tail = np.where(np.isinf(degrees), stats.norm.sf(statistics), stats.t.sf(statistics, degrees))
    if plan.hypothesis != "difference":
        above = one_tail[:, 0, place] <= alpha
        below = 1 - one_tail[:, 1, place] <= alpha
        return above if plan.hypothesis == "non-inferiority" else above & below
    p = 2 * np.minimum(one_tail, 1 - one_tail) if plan.two_sided else one_tail
    if plan.looks > 1:  # p of the t test, held to the boundary's own nominal level
        bounds = look_bounds(plan, alpha)
        nominal = stats.norm.sf(bounds) * (2 if plan.two_sided else 1)
        return np.asarray((p[:, :, place] <= nominal).any(axis=1))
    if plan.correction == "holm" and plan.comparisons > 1:
        return holm_found(p[:, 0], place, plan.alpha)
    if plan.correction == "dunnett" and plan.comparisons > 1:
        ratio = np.array(plan.shares[1:]) / plan.shares[0]
        loading = np.sqrt(ratio / (1 + ratio))
        middle = float(np.median(degrees[:, 0]))
        critical = dunnett_critical(1 - plan.alpha, loading, middle)
        return np.asarray(np.abs(statistics[:, 0, place]) >= critical)
    return np.asarray(p[:, 0, place] <= alpha)


def holm_found(p: np.ndarray, place: int, alpha: float) -> np.ndarray:
    """Whether Holm's (1979) steps reach one comparison: p is (experiments, comparisons)."""
    order = np.argsort(p, axis=1)
    steps = np.take_along_axis(p, order, axis=1) * (p.shape[1] - np.arange(p.shape[1]))
    adjusted = np.maximum.accumulate(steps, axis=1)
    rank = np.argsort(order, axis=1)[:, place]
    return np.asarray(adjusted[np.arange(len(p)), rank] <= alpha)
