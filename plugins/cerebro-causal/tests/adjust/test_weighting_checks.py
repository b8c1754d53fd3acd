"""What the checks of weighting see: bends in the chance of treatment, and an error that few rows decide about."""

from __future__ import annotations

import numpy as np
import pytest
from causal_worlds import draw_choice
from scipy.special import expit

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.influence import heavy_tailed_effect, influence_effect
from cerebro_causal.blocks.ipw import propensity, weighted_means
from cerebro_causal.blocks.overlap import deciding_rows
from cerebro_causal.blocks.score_form import score_form_diagnostics
from cerebro_causal.blocks.screening import telling_columns

DRAWS = 200


def sample_of(covariates: np.ndarray, treated: np.ndarray, outcome: np.ndarray) -> CausalSample:
    rows = len(outcome)
    names = tuple(f"x{number}" for number in range(covariates.shape[1]))
    return CausalSample(
        outcome, treated.astype(int), ("0", "1"), covariates, names, np.ones(rows), False, np.arange(rows), False,
        np.zeros(rows, int), rows, 0, (),
    )  # fmt: skip


def choice(seed: int, bend: float) -> CausalSample:
    frame = draw_choice(seed, 1.0, rows=800, bend=bend)
    return sample_of(frame[["age", "income"]].to_numpy(), frame["coupon"].to_numpy(), frame["sales"].to_numpy())


@pytest.mark.parametrize(("bend", "least", "most"), [(0.0, 0.0, 0.035), (0.4, 0.9, 1.0)])
def test_a_bent_chance_is_seen_and_a_straight_one_is_not_suspected(bend: float, least: float, most: float) -> None:
    # at a rate of 1 % more than 3.5 % of 200 draws are drawn in one test of a thousand
    seen = [
        score_form_diagnostics(one, propensity(one))[0].status == "warn"
        for one in (choice(s, bend) for s in range(DRAWS))
    ]
    assert least <= np.mean(seen) <= most


def kang_schafer(seed: int) -> CausalSample:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(1000, 4))
    treated = rng.random(1000) < expit(z @ (-1.0, 0.5, -0.25, -0.1))
    return sample_of(z, treated, 210 + z @ (27.4, 13.7, 13.7, 13.7) + rng.normal(size=1000))


def test_intervals_of_kang_and_schafer_hold_or_are_flagged() -> None:
    held, quiet = [], []
    for seed in range(300):
        one = kang_schafer(seed)
        effect = weighted_means(one, propensity(one), one.outcome, "ate", True).effect
        low, high = effect.interval(0.95)
        held.append(low <= 0 <= high)
        quiet.append(deciding_rows(effect).status == "pass")
    # the aim is never below .90; its Monte-Carlo error here is .017
    assert np.mean(held) > 0.90 - 2 * 0.017
    assert np.mean(quiet) < 0.6


def test_the_degrees_of_freedom_are_the_rows_that_decide() -> None:
    ones, rows = np.ones(100), np.arange(100)
    even = heavy_tailed_effect(0.0, np.where(rows % 2, 1.0, -1.0), ones, rows)
    assert even.degrees == pytest.approx(99)
    assert even.error == influence_effect(0.0, np.where(rows % 2, 1.0, -1.0), ones, rows).error
    three = heavy_tailed_effect(0.0, np.where(rows < 3, 1.0, 0.0), ones, rows)
    assert three.degrees == pytest.approx(3)


def test_telling_columns_are_those_that_bend_too() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(3000, 40))
    target = np.sin(2 * x[:, 7]) + x[:, 11] ** 2 + 0.5 * (x[:, 30] > 1) + rng.normal(size=3000)
    assert set(telling_columns(x, target, 20)) >= {7, 11, 30}
    assert len(telling_columns(x, target, 20)) <= 5
    assert len(telling_columns(x, rng.normal(size=3000), 20)) <= 3
