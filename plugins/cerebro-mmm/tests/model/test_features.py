"""What can be added to the model: regions, exposure, reach, beliefs, lift tests, forms, holidays, slow movement."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cerebro_core.blocks.result import Refused
from cerebro_mmm.blocks.adstock import geometric_adstock
from cerebro_mmm.blocks.forms import usual_forms
from cerebro_mmm.blocks.nuts import sample_nuts
from cerebro_mmm.blocks.stacking import stacking_weights
from cerebro_mmm.panels import draw_panel
from cerebro_mmm.worlds import draw_world

from .test_analyse import by_group, run


def rows_of(result, table):
    return [dict(zip(result.tables[table].columns, row, strict=True)) for row in result.tables[table].rows]


@pytest.fixture(scope="module")
def plain(in_memory, world):
    return run(in_memory, world, figures="main")


class Panel:
    """A panel with the attributes of a world that `run` reads."""

    def __init__(self, seed: int, **changes: int) -> None:
        self.drawn = draw_panel(seed, **changes)
        self.columns, self.channels, self.controls = self.drawn.columns, self.drawn.channels, ()


def test_a_panel_finds_the_truth_of_the_market_and_of_the_regions(in_memory):
    inside, regional = [], []
    for seed in range(4):
        panel = Panel(seed, regions=4, weeks=104)
        result = run(in_memory, panel, geo="region", figures="main", seasonality=1)
        found = by_group(result, "contribution")
        inside += [
            found[name].ci_low <= truth <= found[name].ci_high for name, truth in panel.drawn.contribution.items()
        ]
        regional += [
            row["low"] <= panel.drawn.by_region[row["channel"], row["region"]] <= row["high"]
            for row in rows_of(result, "regions")
        ]
    # Nominal .9; three standard errors if a world's intervals were half dependent.
    assert np.mean(inside) >= 0.9 - 3 * np.sqrt(0.09 / 6)
    assert np.mean(regional) >= 0.9 - 3 * np.sqrt(0.09 / 24)


def test_one_region_is_the_whole_market(in_memory, world, plain):
    single = pd.DataFrame(world.columns).assign(place="north")
    other = type("World", (), {"columns": single, "channels": world.channels, "controls": world.controls})
    result = run(in_memory, other, geo="place", figures="main")
    assert [one.value for one in result.estimates] == pytest.approx([one.value for one in plain.estimates])


def test_regions_need_the_same_dates(in_memory):
    panel = Panel(1, regions=3, weeks=60)
    panel.columns = pd.DataFrame(panel.columns).drop(index=65)
    with pytest.raises(Refused, match="other dates"):
        run(in_memory, panel, geo="region", seasonality=1)


def test_exposure_that_is_spend_in_another_unit_changes_nothing_but_the_labels(in_memory, world, plain):
    table = pd.DataFrame(world.columns).assign(grp=lambda frame: frame["media_1"] / 37.0)
    other = type("World", (), {"columns": table, "channels": world.channels, "controls": world.controls})
    result = run(in_memory, other, exposure={"media_1": "grp"}, figures="main")
    assert [one.value for one in result.estimates] == pytest.approx([one.value for one in plain.estimates])


def test_the_worth_of_a_unit_scales_returns_and_nothing_else(in_memory, world, plain):
    result = run(in_memory, world, unit_value=2.5, figures="main")
    for name, factor in (("roas", 2.5), ("mroas", 2.5), ("contribution", 1.0)):
        before, after = by_group(plain, name), by_group(result, name)
        for channel in world.channels:
            assert after[channel].value == pytest.approx(factor * before[channel].value)


def reach_world(seed: int) -> tuple[object, float]:
    """A market in which the first channel works by reach times saturated frequency, and what it truly added."""
    world = draw_world(seed, weeks=156, channels=3)
    rng = np.random.default_rng(seed)
    columns = dict(world.columns)
    reach, often = rng.lognormal(11.0, 0.4, 156), rng.uniform(1.0, 6.0, 156)
    sold = reach / reach.mean() * often**1.2 / (often**1.2 + 3.0**1.2)
    level = np.mean(columns["sales"])
    added = 0.15 * level * np.convolve(np.concatenate([sold[:1], sold]), [0.7, 0.3])[1:157] / sold.mean()
    columns["sales"] = (np.array(columns["sales"]) - world.weekly["media_1"] + added).tolist()
    columns |= {"media_1": (0.02 * reach * often).tolist(), "people": reach.tolist(), "often": often.tolist()}
    return type("World", (), {"columns": columns, "channels": world.channels, "controls": world.controls}), added.sum()


def test_reach_and_frequency_find_what_they_sold(in_memory):
    inside = 0
    for seed in range(6):
        world, truth = reach_world(seed)
        settings = {"reach": {"media_1": "people"}, "average_frequency": {"media_1": "often"}, "figures": "main"}
        found = by_group(run(in_memory, world, **settings), "contribution")["media_1"]
        inside += found.ci_low <= truth <= found.ci_high
    assert inside >= 4  # nominal 5.4 of 6; three standard errors below is 3.2


def test_a_sharp_belief_about_the_return_is_the_posterior(in_memory, world):
    said = {"roas:media_2": "lognormal(1.0,0.02)"}
    found = by_group(run(in_memory, world, prior=said, figures="main"), "roas")["media_2"]
    assert found.value == pytest.approx(np.exp(1.0), rel=0.03)
    assert found.std_error < 0.04 * np.exp(1.0)


def test_beliefs_in_plain_words_are_log_normal_between_their_ends(in_memory, world):
    words = run(in_memory, world, beliefs={"media_2": {"roas": {"low": 1.0, "high": 4.0}}}, figures="main")
    half = float(np.log(4.0)) / 2
    numbers = {"roas:media_2": f"lognormal({half!r},{half / 1.6448536269514722!r})"}
    same = run(in_memory, world, prior=numbers, figures="main")
    assert words.estimates[0].value == pytest.approx(same.estimates[0].value)


@pytest.mark.parametrize(
    "text", ["normal(1,2)", "lognormal(1)", "lognormal(1,-2)", "lognormal(1,x)", "roas", "gamma(0,1)"]
)
def test_a_belief_that_is_none_is_refused(in_memory, world, text):
    with pytest.raises(Refused, match="prior"):
        run(in_memory, world, prior={"roas:media_1": text})


def test_priors_that_promise_more_than_was_sold_are_said(in_memory, world, plain):
    assert next(check for check in plain.diagnostics if check.name == "prior_predictive").status == "pass"
    generous = run(in_memory, world, priors={"effect.scale": 1.0}, figures="main")
    assert next(check for check in generous.diagnostics if check.name == "prior_predictive").status == "warn"


def lift_of(world, channel: str, first: int, last: int) -> dict[str, object]:
    """A test that stopped a channel in these weeks, measured almost exactly."""
    spend = np.array(world.columns[channel])[first : last + 1].sum()
    truth = world.weekly[channel][first : last + 1].sum()
    return {
        "channel": channel,
        "start": world.columns["week"][first],
        "end": world.columns["week"][last],
        "spend_change": -float(spend),
        "lift": -float(truth),
        "std_error": 0.05 * float(truth),
    }


def test_a_lift_test_narrows_its_channel_and_moves_it_to_the_truth(in_memory, world, plain):
    name = max(world.channels, key=lambda one: by_group(plain, "contribution")[one].std_error)
    result = run(in_memory, world, lift_tests=(lift_of(world, name, 40, 100),), figures="main")
    before, after = by_group(plain, "contribution")[name], by_group(result, "contribution")[name]
    assert after.std_error < 0.6 * before.std_error
    assert after.ci_low <= world.contribution[name] <= after.ci_high
    verdict = next(row for row in rows_of(result, "verdicts") if row["channel"] == name)
    assert verdict["verdict"] == "identified"


def test_a_lift_test_outside_the_table_or_of_more_than_was_spent_is_refused(in_memory, world):
    test = lift_of(world, "media_1", 10, 20)
    with pytest.raises(Refused, match="no row of the table"):
        run(in_memory, world, lift_tests=({**test, "start": "1999-01-01", "end": "1999-02-01"},))
    with pytest.raises(Refused, match="takes away more"):
        run(in_memory, world, lift_tests=({**test, "spend_change": 3.0 * test["spend_change"]},))


def test_stacking_finds_the_mixture_that_foretells_best():
    rng = np.random.default_rng(0)
    densities = rng.normal(-1.0, 0.3, (3, 400))
    densities[1] += 0.5
    weights = stacking_weights(densities)
    assert weights.sum() == pytest.approx(1.0)

    def score(one):
        return np.log(np.exp(densities.T) @ one).sum()

    for _ in range(200):
        assert score(weights) >= score(rng.dirichlet(np.ones(3))) - 1e-4


def test_forms_are_weighed_and_mixed(in_memory, world):
    result = run(in_memory, world, form=usual_forms, figures="main")
    forms = rows_of(result, "forms")
    assert len(forms) == 6
    assert sum(row["weight"] for row in forms) == pytest.approx(1.0)
    assert {row["form"] for row in forms} >= {"geometric, hill", "delayed, logistic", "weibull pdf, hill"}
    share = result.estimates[0]
    assert share.ci_low <= sum(world.contribution.values()) / sum(world.columns["sales"]) <= share.ci_high


def test_holidays_are_columns_of_the_baseline(in_memory, world):
    result = run(in_memory, world, holidays="DE", figures="main")
    named = {row["of"] for row in rows_of(result, "parameters") if row["parameter"] == "holiday"}
    assert len(named) >= 8
    with pytest.raises(Refused, match="ISO code"):
        run(in_memory, world, holidays="XX")


@pytest.mark.parametrize("trend", ["local_level", "gp"])
def test_a_baseline_that_bends_is_followed(in_memory, world, trend):
    bent = dict(world.columns)
    week = np.arange(len(bent["sales"]))
    hump = 0.25 * np.mean(bent["sales"]) * np.exp(-(((week - 80) / 18.0) ** 2))
    bent["sales"] = (np.array(bent["sales"]) + hump).tolist()
    other = type("World", (), {"columns": bent, "channels": world.channels, "controls": world.controls})
    truth = sum(world.contribution.values())

    def error_of(kind):
        result = run(in_memory, other, trend=kind, figures="main")
        expected = np.array([row["expected"] for row in rows_of(result, "weekly_decomposition")])
        total = next(one for one in result.estimates if one.name == "total_media")
        return np.std(np.array(bent["sales"]) - expected), total.ci_low <= truth <= total.ci_high

    straight, _ = error_of("linear")
    follows, covered = error_of(trend)
    assert follows < 0.75 * straight
    assert covered


def test_slices_are_foretold_one_after_the_other(in_memory, world):
    result = run(in_memory, world, holdout=13, cross_validation=3, figures="main")
    slices = rows_of(result, "holdout")
    assert [row["rows"] for row in slices] == [13, 13, 13]
    assert [row["from"] for row in slices] == [
        world.columns["week"][len(world.columns["week"]) - 13 * k] for k in (3, 2, 1)
    ]
    assert all(f"roas: {name}" in slices[0] for name in world.channels)


def test_spend_that_chases_demand_is_said_and_its_common_movement_taken_out(in_memory):
    world = draw_world(1, "demand")
    result = run(in_memory, world, figures="main")
    assert {row["verdict"] for row in rows_of(result, "verdicts")} >= {"confounded with demand"}
    assert "may follow demand" in result.answer
    assert [one.value for one in result.decisions if one.field == "demand_proxy"] == ["on"]
    truth = sum(world.contribution.values())
    helped, plain = (
        next(one for one in answer.estimates if one.name == "total_media").value
        for answer in (result, run(in_memory, world, demand_proxy="off", figures="main"))
    )
    assert abs(helped - truth) < abs(plain - truth)


def test_groups_and_fixed_channels_are_kept(in_memory, world, plain):
    one, two, three = world.channels[:3]
    rows = {row["channel"]: row for row in rows_of(plain, "budget")}
    most = 0.9 * (rows[one]["current"] + rows[two]["current"])
    result = run(
        in_memory,
        world,
        budget_groups={f"{one}+{two}": f"0:{most}"},
        budget_fixed=(three,),
        risk_aversion=0.5,
        figures="main",
    )
    planned = {row["channel"]: row for row in rows_of(result, "budget")}
    assert planned[one]["recommended"] + planned[two]["recommended"] <= most * (1 + 1e-6)
    assert planned[three]["recommended"] == pytest.approx(planned[three]["current"])
    assert planned["total"]["recommended"] == pytest.approx(planned["total"]["current"])
    with pytest.raises(Refused, match="no split"):
        run(in_memory, world, budget_groups={f"{one}+{two}": "0:1"})


@pytest.mark.slow
def test_a_panel_agrees_with_sampling(in_memory):
    panel = Panel(2, regions=3, weeks=78)
    settings = {"geo": "region", "figures": "main", "seasonality": 1}
    quick = by_group(run(in_memory, panel, **settings), "contribution")
    sampled = by_group(
        run(in_memory, panel, inference=sample_nuts, adstock=geometric_adstock, **settings), "contribution"
    )
    for name in panel.channels:
        assert quick[name].value == pytest.approx(sampled[name].value, abs=0.25 * sampled[name].std_error)


KINDS = ("blowup", "short", "twins", "tiny", "constant tail", "huge", "flat", "rare")


@pytest.mark.parametrize("kind", KINDS)
def test_tables_that_made_other_samplers_blow_up_end_with_an_honest_answer(in_memory, kind):
    """Outliers of a hundredfold, 52 rows, twin channels, a channel of a thousandth of the spend, a dead half year; an
    outcome of trillions, one that hardly moves, and a channel that spends in three weeks only."""
    world = draw_world(7, "short" if kind == "short" else "right", channels=3)
    table = pd.DataFrame(world.columns)
    if kind == "blowup":
        table.loc[20, "media_1"] *= 100.0
    elif kind == "twins":
        table["media_2"] = table["media_1"] * 1.001 + 1.0
    elif kind == "tiny":
        table["media_3"] *= 1e-3
    elif kind == "constant tail":
        table.loc[len(table) - 26 :, "media_1"] = 0.0
    elif kind == "huge":
        table["sales"] *= 1e9
    elif kind == "flat":
        table["sales"] = 1e6 + 1e-3 * (table["sales"] - table["sales"].mean())
    elif kind == "rare":
        table.loc[~table.index.isin([20, 60, 90]), "media_1"] = 0.0
    other = type("World", (), {"columns": table, "channels": world.channels, "controls": world.controls})
    result = run(in_memory, other, seasonality=1, figures="main")
    assert all(np.isfinite([one.value, one.ci_low, one.ci_high]).all() for one in result.estimates)
    checks = {check.name: check for check in result.diagnostics}
    assert checks["pareto_k"].status == "pass" if "pareto_k" in checks else checks["rhat"].status == "pass"
    share = result.estimates[0]
    assert -0.01 <= share.ci_low <= share.ci_high <= 1.2
    if kind == "twins":
        verdicts = {row["channel"]: row["verdict"] for row in rows_of(result, "verdicts")}
        assert "identified" not in {verdicts["media_1"], verdicts["media_2"]}
