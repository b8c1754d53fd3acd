"""The whole analysis on a market whose truth is known."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest

from cerebro_core.blocks.progress import Progress
from cerebro_core.blocks.style import figure_png
from cerebro_mmm.blocks.adstock import geometric_adstock
from cerebro_mmm.blocks.analysis import analyse
from cerebro_mmm.blocks.fast_numpyro import fit_fast_numpyro
from cerebro_mmm.blocks.forms import given_form
from cerebro_mmm.blocks.nuts import sample_nuts
from cerebro_mmm.blocks.saturation import hill
from cerebro_mmm.blocks.svi import fit_svi


def run(in_memory, world, **changes):
    settings = {
        "date": "week",
        "outcome": "sales",
        "channels": world.channels,
        "controls": world.controls,
        "events": (),
        "geo": None,
        "exposure": {},
        "reach": {},
        "average_frequency": {},
        "revenue_per_unit": None,
        "unit_value": 1.0,
        "currency": "EUR",
        "frequency": "week",
        "missing_media": "refuse",
        "missing_controls": "refuse",
        "holdout": 0,
        "cross_validation": 0,
        "form": given_form,
        "adstock": geometric_adstock,
        "adstock_max_lag": 8,
        "saturation": hill,
        "order": "adstock_first",
        "trend": "linear",
        "seasonality": 2,
        "weekly_seasonality": 0,
        "holidays": "",
        "demand_proxy": "auto",
        "priors": {},
        "prior": {},
        "beliefs": {},
        "lift_tests": (),
        "inference": fit_fast_numpyro,
        "ci_level": 0.9,
        "chains": 4,
        "min_ess": 400,
        "max_rhat": 1.01,
        "max_seconds": 300,
        "budget": None,
        "budget_horizon": 13,
        "budget_min": {},
        "budget_max": {},
        "budget_change": 0.5,
        "budget_fixed": (),
        "budget_groups": {},
        "risk_aversion": 0.0,
        "figures": "all",
        "seed": 1,
        "progress": Progress(quiet=True),
    }
    return analyse(in_memory(pd.DataFrame(world.columns)), **(settings | changes))


@pytest.fixture(scope="module")
def result(in_memory, world):
    return run(in_memory, world, holdout=13)


@pytest.fixture(scope="module")
def sampled(in_memory, world):
    return run(in_memory, world, inference=sample_nuts, figures="main")


def by_group(result, name):
    return {entry.group: entry for entry in result.estimates if entry.name == name}


def test_the_first_estimate_is_the_share_of_media_and_holds_the_truth(result, world):
    share = result.estimates[0]
    assert share.name == "total_media_share"
    assert share.ci_low <= sum(world.contribution.values()) / sum(world.columns["sales"]) <= share.ci_high


def test_contributions_hold_the_truth(result, world):
    found = by_group(result, "contribution")
    inside = [found[name].ci_low <= truth <= found[name].ci_high for name, truth in world.contribution.items()]
    assert sum(inside) >= 4


def test_estimates_agree_with_each_other(result, world):
    contributions, roas = by_group(result, "contribution"), by_group(result, "roas")
    total = next(entry for entry in result.estimates if entry.name == "total_media")
    assert sum(entry.value for entry in contributions.values()) == pytest.approx(total.value)
    for name in world.channels:
        assert roas[name].value == pytest.approx(contributions[name].value / sum(world.columns[name]))
    assert all(entry.ci_low <= entry.value <= entry.ci_high for entry in result.estimates)
    keys = [(entry.name, entry.group) for entry in result.estimates]
    assert len(keys) == len(set(keys))


def test_the_checks_of_the_inference_passed_and_nothing_failed(result):
    checks = {check.name: check for check in result.diagnostics}
    assert {
        "pareto_k",
        "importance_ess",
        "baseline_negative",
        "posterior_predictive",
        "holdout",
        "identification",
    } <= set(checks)
    assert [check.name for check in result.diagnostics if check.status == "fail"] == []


def test_the_decomposition_adds_up_to_the_expected_outcome(result, world):
    table = result.tables["weekly_decomposition"]
    frame = pd.DataFrame(table.rows, columns=table.columns)
    parts = frame[["baseline", *world.channels]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(frame["expected"].to_numpy())
    assert ((frame["expected_low"] <= frame["expected"]) & (frame["expected"] <= frame["expected_high"])).all()


def test_the_budget_is_spent_and_is_no_worse_than_the_current_split(result):
    rows = {row[0]: row for row in result.tables["budget"].rows}
    total = rows.pop("total")
    assert sum(row[2] for row in rows.values()) == pytest.approx(total[1])
    assert total[6] >= total[5] * (1 - 1e-6)
    assert all(row[3] - 1e-6 <= row[2] <= row[4] + 1e-6 for row in rows.values())


def test_every_parameter_has_a_prior_in_the_tables(result):
    priors = {row[:2] for row in result.tables["priors"].rows}
    assert priors == {row[:2] for row in result.tables["parameters"].rows}


def test_figures_can_be_drawn(result):
    for chart in result.charts:
        assert figure_png(chart.figure).startswith(b"\x89PNG")


def test_the_saved_posterior_is_small_and_gives_the_contributions_again(result):
    raw = result.extras["posterior.npz"]
    assert len(raw) < 5_000_000
    saved = np.load(io.BytesIO(raw), allow_pickle=False)
    found = by_group(result, "contribution")
    means = saved["contributions"].mean(axis=0)
    for name, mean in zip(json.loads(str(saved["facts"]))["channels"], means, strict=True):
        assert mean == pytest.approx(found[name].value, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("inference", [fit_svi, fit_fast_numpyro])
def test_approximations_agree_with_sampling(in_memory, world, sampled, inference):
    quick = run(in_memory, world, inference=inference, figures="main")
    check = next(check for check in quick.diagnostics if check.name == "pareto_k")
    assert check.status == "pass"
    exact = by_group(sampled, "contribution")
    for name, entry in by_group(quick, "contribution").items():
        assert entry.value == pytest.approx(exact[name].value, abs=0.25 * exact[name].std_error)
        assert entry.std_error == pytest.approx(exact[name].std_error, rel=0.25)


@pytest.mark.slow
def test_sampling_converges_and_nothing_fails(sampled):
    checks = {check.name: check for check in sampled.diagnostics}
    assert {"rhat", "ess", "divergences"} <= set(checks)
    assert [check.name for check in sampled.diagnostics if check.status == "fail"] == []


@pytest.mark.slow
def test_a_sampler_without_time_says_that_it_did_not_converge(in_memory, world):
    hurried = run(in_memory, world, inference=sample_nuts, max_seconds=0.01, chains=2, min_ess=5000, figures="main")
    assert "ess" in [check.name for check in hurried.diagnostics if check.status == "fail"]
    assert hurried.answer.startswith("Not to be relied on")
