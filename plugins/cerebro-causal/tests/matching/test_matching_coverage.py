"""Many drawn worlds whose effect is known: bias and coverage of matching within the Monte-Carlo error."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.matching import MatchingPlan, whole_matching

SCORE = MatchingPlan("ate", "propensity", 1, True, None, False, 1)


def world(seed: int, *, rows: int = 500, classes: int = 0, weighted: bool = False) -> CausalSample:
    """Four confounders; the effect is 1 for all, or differs with a column that sampling favoured."""
    rng = np.random.default_rng([seed, rows])
    x = rng.normal(size=(rows, 4))
    group = np.repeat(np.arange(classes), rows // classes) if classes else np.arange(rows)
    shock = rng.normal(0, 0.7, group.max() + 1)[group] if classes else np.zeros(rows)
    if classes:
        x[:, 0] = rng.normal(size=classes)[group]
    pull = expit(0.6 * x[:, 0] - 0.7) if classes else expit(x @ (0.5, -0.5, 0.3, 0.0) - 0.7)
    treated = (rng.random(classes) < pull[:: rows // classes])[group] if classes else rng.random(rows) < pull
    each = 1 + 0.5 * x[:, 3] if weighted else 1.0
    outcome = x @ (1.0, -1.0, 0.5, 0.5) + each * treated + shock + rng.normal(size=rows)
    weights = np.exp(0.5 * x[:, 3]) if weighted else np.ones(rows)
    return CausalSample(
        outcome, treated.astype(int), ("0", "1"), x, ("a", "b", "c", "d"), weights / weights.mean(), weighted, group,
        bool(classes), np.zeros(rows, int), rows, 0, (),
    )  # fmt: skip


def by(**changes: object) -> MatchingPlan:
    return MatchingPlan(**{**SCORE.__dict__, **changes})  # type: ignore[arg-type]


SLOW = pytest.mark.slow
CASES = {
    "score": (by(), {}, 1.0),
    "mahalanobis, corrected": (by(distance="mahalanobis", correct=True), {}, 1.0),
    "pairs": (by(estimand="att", replacement=False, caliper=0.2, correct=True), {}, 1.0),
    "score, att": (by(estimand="att"), {}, 1.0),
    "score, atc": (by(estimand="atc"), {}, 1.0),
    "score, four, corrected": (by(neighbours=4, correct=True), {}, 1.0),
    "mahalanobis, att, four": (by(distance="mahalanobis", correct=True, estimand="att", neighbours=4), {}, 1.0),
    "classes that chose as a whole": (by(distance="mahalanobis", correct=True), {"classes": 100}, 1.0),
    # the sampling weights are exp(x/2), under which x has mean 1/2
    "sampling weights": (by(distance="mahalanobis", correct=True), {"weighted": True}, 1.25),
}


@pytest.mark.parametrize("case", [name if i < 3 else pytest.param(name, marks=SLOW) for i, name in enumerate(CASES)])
def test_intervals_hold_the_truth_as_often_as_they_say(case: str) -> None:
    plan, settings, truth = CASES[case]
    draws = 200
    effects: list[Effect] = [whole_matching(world(seed, **settings), plan).effect for seed in range(draws)]
    errors = np.array([effect.value - truth for effect in effects])
    held = np.mean([low <= truth <= high for low, high in (effect.interval(0.95) for effect in effects)])
    # matching is a little biased in finite samples, so a twentieth of its error is allowed besides chance
    assert abs(errors.mean()) < 4 * errors.std() / np.sqrt(draws) + 0.05 * errors.std()
    assert abs(held - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / draws)
