"""How often refuters give alarm where nothing is wrong, and under faults that they can see."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from causal_worlds import draw_choice

from cerebro_causal.blocks.adjustment import adjust_gcomputation
from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.covariates import covariate_matrix
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.ipw import propensity, weighted_means
from cerebro_causal.blocks.matching import MatchingPlan, churn_of, whole_matching
from cerebro_causal.blocks.refuters import placebo_treatment, refute_effect

Analysis = Callable[[CausalSample], Effect]
SCORE = MatchingPlan("ate", "propensity", 1, True, None, False, 1)
DRAWS = 40
MOST_ALARMS = 6  # at a rate of 5 % more are drawn in one test of 100
FEWEST_FOUND = 27  # at a rate of 80 % fewer are drawn in one test of 50


def choice(seed: int, rows: int = 400, bend: float = 0.0) -> CausalSample:
    frame = draw_choice(seed, 1.0, rows=rows, bend=bend)
    covariates = covariate_matrix(frame, ["age", "income", "region"])
    return CausalSample(
        frame["sales"].to_numpy(), frame["coupon"].to_numpy(), ("0", "1"), covariates.values, covariates.names,
        np.ones(rows), False, np.arange(rows), False, np.zeros(rows, int), rows, 0, (),
    )  # fmt: skip


def by_ipw(sample: CausalSample) -> Effect:
    return weighted_means(sample, propensity(sample), sample.outcome, "ate", True).effect


def by_gcomputation(sample: CausalSample) -> Effect:
    return adjust_gcomputation(sample, estimand="ate", learner="linear", folds=2, seed=1).effect


def by_psm(sample: CausalSample) -> Effect:
    return whole_matching(sample, SCORE).effect


ANALYSES: dict[str, tuple[Analysis, float]] = {
    "ipw": (by_ipw, 0.0),
    "gcomputation": (by_gcomputation, 0.0),
    "psm": (by_psm, churn_of(SCORE)),
}


def alarms(sample: CausalSample, analysis: Analysis, seed: int, churn: float = 0.0) -> set[str]:
    found = refute_effect(sample, analysis(sample), analysis, seed, churn=churn)
    return {one.name for one in found if one.status != "pass"}


@pytest.mark.parametrize("name", ["ipw", "gcomputation", pytest.param("psm", marks=pytest.mark.slow)])
def test_there_are_few_alarms_where_nothing_is_wrong(name: str) -> None:
    analysis, churn = ANALYSES[name]
    counts: dict[str, int] = {}
    for seed in range(DRAWS):
        for refuter in alarms(choice(seed), analysis, seed, churn):
            counts[refuter] = counts.get(refuter, 0) + 1
    assert all(count <= MOST_ALARMS for count in counts.values()), counts


def stale(sample: CausalSample) -> Analysis:
    """Weights by the chances of the real treatment, whatever the treatment."""
    model = propensity(sample)

    def run(changed: CausalSample) -> Effect:
        if changed.covariates.shape != sample.covariates.shape:
            return by_ipw(changed)
        return weighted_means(changed, model, changed.outcome, "ate", True).effect

    return run


def short(sample: CausalSample) -> Analysis:
    """Half of the standard error."""
    return lambda changed: replace(by_ipw(changed), error=by_ipw(changed).error / 2)


def plain(sample: CausalSample) -> Analysis:
    """A comparison without adjustment."""
    return lambda changed: by_ipw(replace(changed, covariates=changed.covariates[:, :0], covariate_names=()))


def unstable(sample: CausalSample) -> Analysis:
    """An estimate that is another one each time."""
    rng = np.random.default_rng(7)

    def run(changed: CausalSample) -> Effect:
        effect = by_ipw(changed)
        return replace(effect, value=effect.value + float(rng.normal(0, 2)) * effect.error)

    return run


FAULTS: dict[str, tuple[Callable[[CausalSample], Analysis], str, float]] = {
    "stale chances": (stale, "placebo_treatment", 0.0),
    "short errors, placebo": (short, "placebo_treatment", 0.0),
    "short errors, subset": (short, "random_subset", 0.0),
    "not adjusted": (plain, "dummy_outcome", 0.0),
    "a bend that is taken as straight": (lambda _: by_ipw, "dummy_outcome", 0.6),
    "unstable": (unstable, "random_common_cause", 0.0),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_found(fault: str) -> None:
    make, refuter, bend = FAULTS[fault]
    found = 0
    for seed in range(DRAWS):
        sample = choice(seed, 1500 if bend else 600, bend)
        found += refuter in alarms(sample, make(sample), seed)
    assert found >= FEWEST_FOUND, f"{found} of {DRAWS}"


@pytest.mark.slow
def test_ours_acquits_a_correct_estimate_that_dowhy_condemns() -> None:
    # dowhy#1728: its placebo refuter weighs the placebo by the scores of the real treatment
    dowhy = pytest.importorskip("dowhy", reason="DoWhy, which this is compared with")
    sample = choice(3, 2000)
    estimate = by_ipw(sample)
    assert abs(estimate.value - 1) < 3 * estimate.error, "the estimate is right"
    ours = placebo_treatment(sample, by_ipw, np.random.default_rng(1), 10)
    assert ours.status == "pass"
    frame = pd.DataFrame(sample.covariates, columns=["age", "income", "south", "west"])
    frame = frame.assign(coupon=sample.arm.astype(bool), sales=sample.outcome)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = dowhy.CausalModel(
            data=frame, treatment="coupon", outcome="sales", common_causes=["age", "income", "south", "west"]
        )
        named = model.identify_effect(proceed_when_unidentifiable=True)
        other = model.estimate_effect(named, method_name="backdoor.propensity_score_weighting")
        assert other.value == pytest.approx(estimate.value, abs=0.05), "the same estimate"
        verdict = model.refute_estimate(
            named, other, method_name="placebo_treatment_refuter", placebo_type="permute", num_simulations=20,
            random_seed=1,
        )  # fmt: skip
    assert abs(verdict.new_effect) > 4 * estimate.error, "DoWhy finds an effect of a treatment that is dealt by chance"
