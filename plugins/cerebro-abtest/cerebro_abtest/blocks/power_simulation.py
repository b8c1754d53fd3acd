"""Power by simulation of the same analysis: experiments are drawn, and the blocks of `cerebro abtest` test them."""

from __future__ import annotations

import numpy as np

from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.contrasts import ComparisonPlan, Contrast, MetricAnswer
from cerebro_abtest.blocks.drawn_table import (
    DRAWN_ARM,
    DRAWN_BEFORE,
    DRAWN_BELOW,
    DRAWN_CLUSTER,
    DRAWN_DAY,
    DRAWN_OUTCOME,
    DrawnTable,
)
from cerebro_abtest.blocks.hypotheses import shown_p
from cerebro_abtest.blocks.looks import LookPlan, cumulative_means
from cerebro_abtest.blocks.mean_tests import welch_test
from cerebro_abtest.blocks.multiplicity import dunnett_p, holm_p
from cerebro_abtest.blocks.power_design import PowerPlan, comparison_alpha
from cerebro_abtest.blocks.power_draws import DrawnDesign, draw_moments, new_rows
from cerebro_abtest.blocks.proportions import z_test
from cerebro_abtest.blocks.sequence_group import group_path, information
from cerebro_core.blocks.result import Refused

BATCH = 2_000_000  # numbers that are drawn at once
MOST_HISTORY = 20_000_000  # rows of a history that are drawn in all; of more, sums are as good as normal
MOST_CLUSTERS = 200  # of an arm that are drawn from a history; more are as good as normal


def simulated_power(
    plan: PowerPlan, units: int, effect: float, count: int, seed: int, history: np.ndarray | None = None
) -> tuple[float, float]:
    """Share of simulated experiments in which the smallest treated arm is found, and its Monte-Carlo error.

    Each experiment goes through the functions that `cerebro abtest` runs: the score test of shares, Welch's test with
    the delta method, CUPED and clusters, group-sequential looks, Holm's and Dunnett's corrections, margins. Arms other
    than the smallest have no effect.

    Args:
        plan: the experiment.
        units: in the control.
        effect: absolute; for non-inferiority and equivalence the margin (there the true difference is 0).
        count: experiments.
        seed: of the draws.
        history: units or clusters to draw from, with columns as in `DrawnMoments`; None draws counts and normal sums.
    """
    rng = np.random.default_rng(seed)
    tested = int(np.argmin(plan.shares[1:])) + 1
    truth = np.full(len(plan.shares), plan.baseline)
    if plan.hypothesis == "difference":
        truth[tested] += effect
    rows = new_rows(plan, units)
    many = plan.cluster_size > 1 and rows.max() > MOST_CLUSTERS
    if plan.looks > 1 or plan.metric == "proportion" or many or rows.sum() * count > MOST_HISTORY:
        history = None
    design = DrawnDesign(plan, truth, rows, history)
    each = max(min(count, int(BATCH // (4 * (rows.sum() if design.is_one_by_one else 4 * rows.size)))), 1)
    hits = done = 0
    while done < count:
        batch = min(each, count - done)
        drawn = draw_moments(design, batch, rng)
        hits += sum(is_found(DrawnTable(drawn, place), plan, units, effect, tested) for place in range(batch))
        done += batch
    share = hits / count
    return share, float(np.sqrt(max(share * (1 - share), 1 / count) / count))


def is_found(table: DrawnTable, plan: PowerPlan, units: int, effect: float, tested: int) -> bool:
    """Whether the analysis finds the tested arm in one experiment; not where it refuses."""
    count = len(plan.shares)
    arms = Arms(DRAWN_ARM, tuple(range(count)), tuple(map(str, range(count))), (units,) * count, plan.shares, 0)
    metric = Metric(DRAWN_OUTCOME, DRAWN_BELOW if plan.metric == "ratio" else None, "decides", 1)
    cluster = DRAWN_CLUSTER if plan.cluster_size > 1 else None
    compare = ComparisonPlan(
        (DRAWN_BEFORE,) if plan.kept < 1 else (), (), cluster, "cuped", "delta", 0.5, 999, {}, 1 - plan.alpha, 0
    )
    try:
        if plan.looks > 1 and plan.hypothesis == "difference":
            return crosses(table, arms, metric, compare, plan, effect, tested)
        counted = plan.metric == "proportion" and cluster is None and plan.kept == 1
        test = z_test if counted and plan.convention != "unpooled" else welch_test
        return is_shown(test(table, arms, [metric], compare)[0], plan, effect, tested)
    except Refused:
        return False


def is_shown(answer: MetricAnswer, plan: PowerPlan, effect: float, tested: int) -> bool:
    """Whether one look shows what was to be shown."""
    contrast = answer.contrasts[tested - 1]
    if plan.hypothesis != "difference":
        hypothesis = plan.hypothesis.replace("-", "")
        return shown_p(contrast, 1, hypothesis, abs(effect), "absolute") <= comparison_alpha(plan)
    p_values = np.array([one_p(item, plan, effect) for item in answer.contrasts])
    if len(p_values) > 1 and plan.correction == "holm":
        p_values = holm_p(p_values)
    elif len(p_values) > 1 and plan.correction == "bonferroni":
        p_values = p_values * len(p_values)
    elif len(p_values) > 1 and plan.correction == "dunnett":
        if contrast.p_value > plan.alpha or contrast.p_value * len(p_values) <= plan.alpha:
            return contrast.p_value <= plan.alpha  # Dunnett's lies between no correction and Bonferroni's
        return dunnett_p(answer, contrast) <= plan.alpha
    return float(p_values[tested - 1]) <= plan.alpha


def one_p(contrast: Contrast, plan: PowerPlan, effect: float) -> float:
    """The p-value of a comparison, two-sided or in the direction of the effect."""
    if plan.two_sided:
        return contrast.p_value
    return contrast.p_above(0.0) if effect >= 0 else contrast.p_below(0.0)


def crosses(
    table: DrawnTable, arms: Arms, metric: Metric, compare: ComparisonPlan, plan: PowerPlan, effect: float, tested: int
) -> bool:
    """Whether some look crosses its boundary; one-sided plans count one direction of a test at twice the error."""
    alpha = comparison_alpha(plan)
    ends = tuple(range(plan.looks))
    looks = LookPlan(
        DRAWN_DAY, ends, ends, 1 - alpha * (1 if plan.two_sided else 2), plan.looks, None, plan.spending,
        plan.spending_power, "none", 0.8, None, 0.0, None,
    )  # fmt: skip
    by_look = cumulative_means(table, arms, [metric], compare, looks)[0]
    used = [(place, found) for place, found in enumerate(by_look) if found is not None]
    if not used:
        return False
    times = information([found for _, found in used], len(by_look), looks)
    path = group_path(tested, metric, used, times, looks, with_p=False)
    if plan.two_sided:
        return path.crossed is not None
    sign = 1 if effect >= 0 else -1
    return any(point.statistic * sign >= point.bound for point in path.points if point.statistic and point.bound)
