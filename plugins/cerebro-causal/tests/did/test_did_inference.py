"""Errors with many and few clusters, bands, and sensitivity, each held to another way of computing it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from did_worlds import draw_regions, draw_rollout
from scipy import stats

from cerebro_causal.blocks.did_bands import band_reach, pretrend_p_value
from cerebro_causal.blocks.did_fit import DidFit
from cerebro_causal.blocks.did_honest import TrendBounds, smoothness_interval
from cerebro_causal.blocks.did_relative import accepts, breakdown_ratio, moment_tests, relative_interval
from cerebro_causal.blocks.did_sample import DidSample
from cerebro_core.api import as_spec
from cerebro_core.blocks.result import Refused, Result
from cerebro_core.testing.direct import call_block

REGIONS: dict[str, Any] = {"treatment": "policy", "outcome": "income", "time": "year", "cluster": "region"}


def ask(frame: Any, folder: Path, **settings: Any) -> Result:
    path = folder / "data.parquet"
    frame.to_parquet(path, index=False)
    return call_block(as_spec({"kind": "causal", "method": "did", "data": str(path), **settings}))


def regional_changes(frame: Any) -> tuple[np.ndarray, np.ndarray]:
    """Changes of the regions' averages, treated and untreated."""
    means = frame.groupby(["region", "year", "policy"]).income.mean().unstack("year").reset_index("policy")
    change = means[2001] - means[2000]
    return change[means.policy == 1].to_numpy(), change[means.policy == 0].to_numpy()


@pytest.mark.parametrize("estimator", ["callaway_santanna", "twfe"])
def test_few_equal_regions_give_welch(tmp_path: Path, estimator: str) -> None:
    # with regions of one size a difference in differences is a difference of two averages of changes, whose error in
    # small samples and degrees of freedom are Neyman's and Welch's; leaving regions out, and CR2, give that
    frame = draw_regions(3, 1.0, regions=9)
    found = ask(frame, tmp_path, estimator=estimator, **REGIONS).estimates[0]
    treated, others = regional_changes(frame)
    assert found.value == pytest.approx(treated.mean() - others.mean(), rel=1e-9)
    parts = [treated.var(ddof=1) / len(treated), others.var(ddof=1) / len(others)]
    assert found.std_error == pytest.approx(np.sqrt(sum(parts)), rel=1e-6)
    if estimator == "callaway_santanna":
        degrees = sum(parts) ** 2 / (parts[0] ** 2 / (len(treated) - 1) + parts[1] ** 2 / (len(others) - 1))
        reach = stats.t.ppf(0.975, degrees) * np.sqrt(sum(parts))
        assert (found.ci_high or 0) - found.value == pytest.approx(reach, rel=1e-6)


def test_the_wild_bootstrap_by_brute_force(tmp_path: Path) -> None:
    # the p-value of no effect, from refitting the regression to each draw
    frame = draw_regions(4, 0.5, regions=12, people=6)
    found = ask(frame, tmp_path, estimator="twfe", inference="wild", **REGIONS)
    region = frame.region.astype("category").cat.codes.to_numpy()
    late = (frame.year == 2001).to_numpy(float)
    others = np.column_stack([np.eye(12)[region], late])
    design = np.column_stack([frame.active, others])

    def ratio(outcome: np.ndarray) -> float:
        bread = np.linalg.pinv(design.T @ design)
        fit = bread @ design.T @ outcome
        left = outcome - design @ fit
        sums = np.array([design[region == number].T @ left[region == number] for number in range(12)])
        return float(abs(fit[0]) / np.sqrt((bread @ sums.T @ sums @ bread)[0, 0]))

    outcome = frame.income.to_numpy()
    fitted = others @ np.linalg.lstsq(others, outcome, rcond=None)[0]
    observed, rng = ratio(outcome), np.random.default_rng(7)
    drawn = [ratio(fitted + (outcome - fitted) * rng.choice([-1.0, 1.0], 12)[region]) for _ in range(1500)]
    expected = float(np.mean(np.array(drawn) >= observed - 1e-9))
    margin = 4 * np.sqrt(max(expected * (1 - expected), 1e-3) * (1 / 1500 + 1 / 4999))
    assert found.estimates[0].p_value == pytest.approx(expected, abs=margin)
    assert {item.name for item in found.estimates} >= {"att", "att_cr2"}


def test_bands_hold_everywhere_at_once() -> None:
    # independent estimates: the exact answer is the quantile of the largest of k absolute normals
    exact = stats.norm.ppf((1 + 0.95 ** (1 / 6)) / 2)
    assert band_reach(np.eye(6), np.inf, 0.95, 1) == pytest.approx(exact, abs=0.03)
    assert band_reach(np.ones((6, 6)) + 1e-9 * np.eye(6), np.inf, 0.95, 1) == pytest.approx(1.96, abs=0.03)


def test_the_test_before_treatment_is_right_on_average() -> None:
    # p-values of noise are uniform: 400 draws, of which 5 % fall below .05 with a Monte-Carlo error of 1.1 %
    rng = np.random.default_rng(2)
    covariance = 0.5 * np.eye(4) + 0.5
    root = np.linalg.cholesky(covariance)
    found, clusters = [], np.arange(4000)
    nothing = np.zeros(4000)
    sample = DidSample(
        nothing,
        clusters,
        clusters % 5,
        clusters % 2,
        (),
        nothing[:, None],
        (),
        nothing,
        False,
        clusters,
        True,
        False,
        1,
        0,
    )
    for _ in range(400):
        values = root @ rng.normal(size=4)
        fit = DidFit(0.0, 1.0, np.array([-4, -3, -2, 0]), values, np.ones(4), covariance, ())
        found.append(pretrend_p_value(sample, fit, fit.event_times < 0, 1))
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=4 * 0.011)


def study(values: list[float], wanted: list[float], error: float = 0.1) -> TrendBounds:
    times = np.array([-4, -3, -2, 0, 1])
    return TrendBounds(times, -1, np.array(values), error**2 * np.eye(5), np.array([0, 0, 0, *wanted]))


def test_smoothness_without_bend_extrapolates_a_straight_line() -> None:
    # nearly without error, and a straight trend of .5 a period: the effect is what lies above that line
    found = smoothness_interval(study([-1.5, -1.0, -0.5, 3.5, 4.0], [1.0, 0.0], 1e-4), 0.0, 0.95)
    assert found == pytest.approx((3.0, 3.0), abs=1e-3)


def test_relative_magnitudes_without_error_are_the_bounds_of_the_paper() -> None:
    # the largest step before is .5; an average over two periods moves by .5 * ratio * (1 + 2) / 2
    found = relative_interval(study([0.2, 0.7, 0.5, 3.0, 4.0], [0.5, 0.5], 1e-4), 1.0, 0.95, 1)
    assert found == pytest.approx((3.5 - 0.75, 3.5 + 0.75), abs=2e-3)
    assert breakdown_ratio(study([0.2, 0.7, 0.5, 3.0, 4.0], [0.5, 0.5], 1e-4), 0.95, 1) == pytest.approx(
        3.5 / 0.75, abs=0.01
    )


def test_relative_magnitudes_cover() -> None:
    # the effect stands at the edge of what the worst step before allows, where coverage is hardest: 300 draws, with a
    # Monte-Carlo error of 1.3 %
    rng, held = np.random.default_rng(3), []
    truth = np.array([0.0, 0.0, 0.3, 0.3, 0.6])
    for _ in range(300):
        given = study((truth + 0.1 * rng.normal(size=5)).tolist(), [1.0, 0.0])
        held.append(bool(accepts(moment_tests(given, 1.0, 0.95, 1), np.zeros(1), 0.05)[0]))
    assert np.mean(held) >= 0.95 - 4 * 0.0126


def test_errors_of_many_units_agree_with_leaving_out_groups(tmp_path: Path) -> None:
    frame = draw_rollout(5, 1.0, units=240)
    given = {"treatment": "campaign", "outcome": "sales", "unit": "store", "time": "week"}
    analytic = ask(frame, tmp_path, inference="analytic", **given).estimates
    jackknife = ask(frame, tmp_path, inference="jackknife", **given).estimates
    assert jackknife[0].value == analytic[0].value
    for one, other in zip(analytic, jackknife, strict=True):
        assert other.std_error == pytest.approx(one.std_error, rel=0.4)  # 40 groups, of which few show each lag


@pytest.mark.slow
def test_weights_stand_for_copies(tmp_path: Path) -> None:
    # a unit with weight 2 counts like two units; errors differ, since two copies are not two draws
    frame = draw_rollout(6, 1.0, units=60)
    number = frame.store.str[1:].astype(int)
    twice = frame[number % 3 == 0].assign(store=lambda f: f.store + "b")
    given = {"treatment": "campaign", "outcome": "sales", "unit": "store", "time": "week", "inference": "analytic"}
    weighted = frame.assign(w=1.0 + (number % 3 == 0))
    for estimator in ("callaway_santanna", "sun_abraham", "imputation"):
        one = ask(weighted, tmp_path, weights="w", estimator=estimator, **given).estimates[0]
        other = ask(pd.concat([frame, twice]), tmp_path, estimator=estimator, **given).estimates[0]
        assert one.value == pytest.approx(other.value, rel=1e-6), estimator
    given["inference"] = "auto"
    one = ask(weighted, tmp_path, weights="w", estimator="twfe", **given).estimates[0]
    other = ask(pd.concat([frame, twice]), tmp_path, estimator="twfe", **given).estimates[0]
    assert one.value == pytest.approx(other.value, rel=1e-6)


@pytest.mark.slow
def test_a_posterior_says_what_welch_says(tmp_path: Path) -> None:
    pytest.importorskip("causalpy")
    frame = draw_regions(5, 1.0, regions=20)
    found = ask(frame, tmp_path, inference="bayesian", **REGIONS)
    answer = found.estimates[0]
    assert answer.interval == "credible"
    treated, others = regional_changes(frame)
    plain = stats.ttest_ind(treated, others)
    error = (treated.mean() - others.mean()) / plain.statistic
    # priors that say little; the mean of 4,000 draws is right to a fiftieth of an error
    assert answer.value == pytest.approx(treated.mean() - others.mean(), abs=0.15 * error)
    low, high = plain.confidence_interval()
    assert answer.ci_low == pytest.approx(low, abs=0.3 * error)
    assert answer.ci_high == pytest.approx(high, abs=0.3 * error)
    assert {item.name: item.status for item in found.diagnostics}["rhat"] == "pass"


def test_a_posterior_is_refused_where_the_model_does_not_fit(tmp_path: Path) -> None:
    given = {"treatment": "campaign", "outcome": "sales", "unit": "store", "time": "week"}
    with pytest.raises(Refused, match="begins at several"):
        ask(draw_rollout(1, 1.0, units=40), tmp_path, inference="bayesian", **given)
