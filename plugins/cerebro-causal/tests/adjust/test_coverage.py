"""Many drawn worlds whose effect is known: bias and coverage within the Monte-Carlo error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from causal_worlds import draw_choice, draw_schools, draw_trial

from cerebro_causal.blocks.adjustment import adjust_gcomputation, adjust_regression
from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.covariates import covariate_matrix
from cerebro_causal.blocks.doubly_robust import adjust_aipw
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.ipw import propensity, weighted_means
from cerebro_causal.blocks.rct import contrast_effect, experiment_fit


def sample_of(frame: object, treatment: str, outcome: str, confounders: list[str], cluster: str = "") -> CausalSample:
    covariates = covariate_matrix(frame, confounders)  # type: ignore[arg-type]
    treated = frame[treatment].isin([1, "new"]).to_numpy().astype(int)  # type: ignore[index]
    rows = len(treated)
    groups = np.unique(frame[cluster], return_inverse=True)[1] if cluster else np.arange(rows)  # type: ignore[index]
    outcomes = frame[outcome].to_numpy()  # type: ignore[index]
    ones, zeros = np.ones(rows), np.zeros(rows, int)
    return CausalSample(
        outcomes, treated, ("0", "1"), covariates.values, covariates.names, ones, False, groups, bool(cluster), zeros,
        rows, 0, (),
    )  # fmt: skip


def choice(seed: int) -> CausalSample:
    return sample_of(draw_choice(seed, 1.0), "coupon", "sales", ["age", "income", "region"])


def trial(seed: int) -> CausalSample:
    return sample_of(draw_trial(seed, 1.0), "arm", "score", ["before"])


def schools(seed: int) -> CausalSample:
    return sample_of(draw_schools(seed, 1.0), "treated", "score", [], "school")


def by_rct(sample: CausalSample) -> Effect:
    return contrast_effect(experiment_fit(sample, False), 1)


def by_ipw(estimand: str) -> Callable[[CausalSample], Effect]:
    return lambda sample: weighted_means(sample, propensity(sample), sample.outcome, estimand, True).effect


def adjusted(estimator: Callable[..., object], estimand: str, learner: str) -> Callable[[CausalSample], Effect]:
    return lambda sample: estimator(sample, estimand=estimand, learner=learner, folds=5, seed=1).effect  # type: ignore[attr-defined]


CASES: dict[str, tuple[Callable[[int], CausalSample], Callable[[CausalSample], Effect], int]] = {
    "rct": (trial, by_rct, 400),
    "rct, 12 schools": (schools, by_rct, 400),
    **{f"ipw {estimand}": (choice, by_ipw(estimand), 200) for estimand in ("ate", "att", "atc", "ato")},
    "gcomputation": (choice, adjusted(adjust_gcomputation, "ate", "linear"), 400),
    "regression": (choice, adjusted(adjust_regression, "ato", "linear"), 400),
    "aipw ate": (choice, adjusted(adjust_aipw, "ate", "linear"), 60),
    "aipw att": (choice, adjusted(adjust_aipw, "att", "linear"), 60),
}


@pytest.mark.parametrize("case", CASES)
def test_intervals_hold_the_truth_as_often_as_they_say(case: str) -> None:
    world, method, draws = CASES[case]
    effects = [method(world(seed)) for seed in range(draws)]
    errors = np.array([effect.value - 1.0 for effect in effects])
    held = np.mean([low <= 1.0 <= high for low, high in (effect.interval(0.95) for effect in effects)])
    assert abs(errors.mean()) < 4 * errors.std() / np.sqrt(draws)
    assert abs(held - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / draws)
