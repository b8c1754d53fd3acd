"""Local polynomials of our own are held to diff-diff's, and do what diff-diff lacks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from diff_diff._rdrobust_port import rdrobust_fit

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.rdd_density import count_jump
from cerebro_causal.blocks.rdd_effect import (
    CurveSettings,
    CutoffEffect,
    chosen_bandwidths,
    cutoff_effect,
    effect_within,
)
from cerebro_causal.blocks.rdd_sample import CutoffSample

LINES = CurveSettings(1, "triangular", None, "mserd", kink=False)
KINK = CurveSettings(2, "triangular", None, "mserd", kink=True)


def sample_of(outcome: np.ndarray, x: np.ndarray, cause: np.ndarray | None = None, **more: np.ndarray) -> CutoffSample:
    rows = len(x)
    study = CausalSample(
        outcome=outcome,
        arm=(x >= 0).astype(int),
        arms=("below", "above"),
        covariates=np.zeros((rows, 0)),
        covariate_names=(),
        weights=more.get("weights", np.ones(rows)),
        weighted="weights" in more,
        clusters=more.get("clusters", np.arange(rows)),
        clustered="clusters" in more,
        strata=np.zeros(rows, int),
        rows_in_file=rows,
        lost=0,
        lost_by_arm=(),
        dose=cause,
    )
    return CutoffSample(study, x, 0.0, turned=False, fuzzy=cause is not None)


def drawn(seed: int, rows: int = 2000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, rows)
    cause = (rng.random(rows) < 0.2 + 0.5 * (x >= 0) + 0.1 * x).astype(float)
    return x, cause, np.sin(2 * x) + cause + rng.normal(size=rows)


def figures(found: CutoffEffect) -> tuple[float, ...]:
    jump = found.effect
    return (jump.value, jump.error, jump.robust.value, jump.robust.error)


@pytest.mark.parametrize("kernel", ["triangular", "epanechnikov", "uniform"])
@pytest.mark.parametrize("fuzzy", [False, True])
def test_levels_are_those_of_diff_diff(kernel: str, fuzzy: bool) -> None:
    x, cause, outcome = drawn(1)
    sample = sample_of(outcome, x, cause if fuzzy else None)
    settings = replace(LINES, kernel=kernel)
    theirs = cutoff_effect(sample, settings)
    ours = effect_within(sample, settings, theirs.bandwidths, theirs.pilots)
    assert figures(ours) == pytest.approx(figures(theirs), rel=1e-6)


def test_slopes_are_those_of_diff_diffs_machinery() -> None:
    x, _, outcome = drawn(2)
    ours = cutoff_effect(sample_of(outcome, x), KINK)
    theirs = rdrobust_fit(outcome, x, 0.0, *ours.bandwidths, *ours.pilots, p=2, q=3, deriv=1)
    expected = (theirs.tau_cl, theirs.se_cl, theirs.tau_bc, theirs.se_rb)
    assert figures(ours) == pytest.approx(expected, rel=1e-6)


def test_our_bandwidth_is_near_that_of_diff_diff() -> None:
    # two plug-in rules for the same optimum; they differ by the pilots that they take
    for seed in range(6):
        x, _, outcome = drawn(seed)
        sample = sample_of(outcome, x)
        ours = chosen_bandwidths(sample, LINES)[0][0]
        assert 0.6 < ours / cutoff_effect(sample, LINES).bandwidths[0] < 1.7


def test_a_kink_is_found_where_there_is_one() -> None:
    held = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = rng.uniform(-1, 1, 2000)
        outcome = x + 2 * np.maximum(x, 0) + 0.1 * rng.normal(size=2000)
        low, high = cutoff_effect(sample_of(outcome, x), KINK).effect.robust.interval(0.95)
        held += low < 2 < high
    assert held >= 16, "19 are expected; fewer than 16 have a chance below .001"


def test_weights_that_repeat_rows_say_the_same_as_the_rows_repeated() -> None:
    x, _, outcome = drawn(4, 900)
    weights = np.resize([1.0, 2.0, 3.0], 900)
    times = weights.astype(int)
    settings = replace(LINES, bandwidth=0.4)
    weighted = effect_within(sample_of(outcome, x, weights=weights), settings, (0.4, 0.4), (0.4, 0.4))
    again = effect_within(sample_of(np.repeat(outcome, times), np.repeat(x, times)), settings, (0.4, 0.4), (0.4, 0.4))
    assert weighted.effect.value == pytest.approx(again.effect.value, rel=1e-9)
    assert weighted.effect.robust.value == pytest.approx(again.effect.robust.value, rel=1e-9)


def test_clusters_that_hang_together_widen_the_interval() -> None:
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(100), 20)
    centre = np.repeat(rng.uniform(-1, 1, 100), 20)
    x = np.clip(centre + rng.uniform(-0.02, 0.02, 2000), -1, 1)
    outcome = np.repeat(rng.normal(size=100), 20) + 0.3 * rng.normal(size=2000)
    settings = replace(LINES, bandwidth=0.5)
    alone = effect_within(sample_of(outcome, x), settings, (0.5, 0.5), (0.5, 0.5))
    whole = effect_within(sample_of(outcome, x, clusters=group), settings, (0.5, 0.5), (0.5, 0.5))
    assert alone.effect.value == pytest.approx(whole.effect.value)
    assert whole.effect.robust.error > 1.5 * alone.effect.robust.error


def test_a_useless_cutoff_has_an_interval_without_an_end() -> None:
    unbounded = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        x = rng.uniform(-1, 1, 600)
        cause = (rng.random(600) < 0.5).astype(float)
        found = cutoff_effect(sample_of(cause + rng.normal(size=600), x, cause), LINES)
        assert found.test is not None
        unbounded += any(None in piece for piece in found.test.interval(0.95))
    assert unbounded >= 25, "an interval with both ends must be rare (5 %) where nothing is known"


def test_counts_of_whole_numbers_see_crowding_and_do_not_invent_it() -> None:
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(200):
        x = np.floor(rng.normal(0, 15, 3000))
        found = count_jump(x)
        assert found.p_value is not None
        alarms += found.p_value < 0.05
    assert alarms <= 22, "10 are expected, and 22 have a chance below .001"
    x = np.floor(rng.normal(0, 15, 3000))
    moved = np.where((x < 0) & (x >= -3) & (rng.random(3000) < 0.6), x + 3, x)
    found = count_jump(moved)
    assert found.p_value is not None
    assert found.p_value < 0.01
