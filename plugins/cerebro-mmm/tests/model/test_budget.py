"""The budget is the best that can be had, against grids, greed and chance."""

from __future__ import annotations

import numpy as np
import pytest

from cerebro_core.blocks.result import Refused
from cerebro_mmm.blocks.optimization import (
    BudgetBounds,
    best_split,
    budget_bounds,
    feasible_split,
    greedy_split,
)


def curves(half, slope, height):
    """Hill curves with a posterior of three draws."""
    half, slope, height = (np.asarray(values, dtype=float) for values in (half, slope, height))
    wobble = np.array([0.8, 1.0, 1.2])[:, None]

    def response(spend):
        raised = (spend + 1e-30) ** slope
        return wobble * height * raised / (raised + half**slope)

    return response


def bounds(total, current, low, high):
    return BudgetBounds(total, 13, *(np.asarray(values, dtype=float) for values in (current, low, high)))


def expected(response, split):
    return response(np.asarray(split)).mean(axis=0).sum()


CASES = {
    "concave": curves([30, 60, 20], [1, 0.8, 0.9], [100, 150, 40]),
    "s-shaped": curves([40, 50, 60], [3, 4, 2.5], [100, 110, 120]),
    "one pays": curves([500, 500, 500], [1, 1, 1], [10, 10, 500]),
}


@pytest.mark.parametrize("case", CASES)
def test_no_split_on_a_grid_is_better(case):
    response = CASES[case]
    limits = bounds(100, [34, 33, 33], [0, 0, 0], [90, 90, 90])
    split = best_split(response, limits, np.random.default_rng(0))
    assert split.sum() == pytest.approx(100)
    grid = np.linspace(0, 90, 181)
    best = max(expected(response, (a, b, 100 - a - b)) for a in grid for b in grid if -1e-9 <= 100 - a - b <= 90)
    assert expected(response, split) >= best * (1 - 1e-6)


def test_it_beats_greed_chance_and_the_start_on_many_random_markets():
    rng = np.random.default_rng(4)
    for _ in range(15):
        count = int(rng.integers(2, 7))
        response = curves(rng.uniform(5, 80, count), rng.uniform(0.6, 3, count), rng.uniform(10, 200, count))
        current = rng.dirichlet(np.ones(count)) * 100
        limits = bounds(100, current, current * 0.5, current * 1.5)
        value = expected(response, best_split(response, limits, rng))
        rivals = [greedy_split(response, limits), current]
        rivals += [feasible_split(rng.uniform(limits.low, limits.high), limits) for _ in range(200)]
        assert value >= max(expected(response, rival) for rival in rivals) * (1 - 1e-9)


def test_bounds_are_kept_and_the_total_is_spent():
    limits = bounds(100, [50, 50], [45, 10], [60, 70])
    split = best_split(curves([10, 10], [1, 1], [1, 100]), limits, np.random.default_rng(0))
    assert split == pytest.approx([45, 55])


def test_default_bounds_follow_recent_spend_and_scale_with_the_budget(problem):
    settings = {"budget_horizon": 13, "budget_min": {}, "budget_max": {}, "budget_change": 0.5}
    recent = problem.prepared.spend[:, -13:].sum(axis=1)
    same = budget_bounds(problem.prepared, budget=None, **settings)
    assert same.total == pytest.approx(recent.sum())
    assert same.high == pytest.approx(1.5 * recent)
    double = budget_bounds(problem.prepared, budget=2 * recent.sum(), **settings)
    assert double.low == pytest.approx(recent)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"budget_min": {"media_1": 2e9}}, "budget_min"),
        ({"budget_max": {f"media_{i}": 1.0 for i in range(1, 6)}}, "budget_max"),
        ({"budget_min": {"media_1": 5.0}, "budget_max": {"media_1": 4.0}}, "above budget_max"),
    ],
)
def test_bounds_that_no_split_meets_are_refused_with_what_to_do(problem, changes, words):
    settings = {"budget_horizon": 13, "budget_min": {}, "budget_max": {}, "budget_change": 0.5, "budget": 1e6} | changes
    with pytest.raises(Refused, match=words):
        budget_bounds(problem.prepared, **settings)
