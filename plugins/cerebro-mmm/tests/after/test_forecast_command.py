"""`cerebro forecast`: the truth near its level, no spend no effect, and clear refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cerebro_mmm.worlds import draw_world

AHEAD = 13


def columns_of(world, **changes):
    rows = {name: values[-AHEAD:] for name, values in world.columns.items() if name != "sales"}
    return {name: values for name, values in (rows | changes).items() if values is not None}


def forecast_of(cerebro, run, plan, out):
    done = cerebro("forecast", run, plan, "--out", out, "--json")
    assert done.returncode in (0, 4), done.stderr
    return json.loads(done.stdout)


def values(document, name):
    return {item["group"]: item["value"] for item in document["estimates"] if item["name"] == name}


def test_without_spend_only_the_baseline_is_left_once_carry_over_has_ended(
    cerebro, run_folder, world, rows_of, tmp_path
):
    nothing = {name: [0] * AHEAD for name in world.channels}
    lags = json.loads((run_folder / "result.json").read_text())["spec"]["adstock_max_lag"]
    plan = rows_of(tmp_path / "p.csv", columns_of(world, **nothing))
    found = forecast_of(cerebro, run_folder, plan, tmp_path / "f")
    table = found["tables"]["forecast"]
    at = table["columns"].index
    assert lags <= AHEAD
    for number, row in enumerate(table["rows"]):
        media = sum(row[at(name)] for name in world.channels)
        assert row[at("expected")] == pytest.approx(row[at("baseline")] + media)
        if number >= lags:
            assert media == pytest.approx(0.0, abs=1e-6 * row[at("baseline")])
    assert table["rows"][0][at(world.channels[0])] > 0
    assert values(found, "plan_roas") == {}


def test_more_spend_sells_more_and_missing_columns_are_told(cerebro, run_folder, world, rows_of, tmp_path):
    usual = forecast_of(cerebro, run_folder, rows_of(tmp_path / "a.csv", columns_of(world)), tmp_path / "a")
    more = {name: [2 * float(x) for x in world.columns[name][-AHEAD:]] for name in world.channels}
    plan = rows_of(tmp_path / "b.csv", columns_of(world, price=None, **more))
    double = forecast_of(cerebro, run_folder, plan, tmp_path / "b")
    assert values(double, "forecast_media")[None] > values(usual, "forecast_media")[None]
    assert values(double, "plan_roas")[None] < values(usual, "plan_roas")[None] * 1.2
    assert any("price" in item["reason"] and "last year" in item["reason"] for item in double["decisions"])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"week": ["2030-01-07"] * AHEAD}, "more than once"),
        (
            {"week": [str(np.datetime64("2030-01-07") + np.timedelta64(7 * i, "D")) for i in range(AHEAD)]},
            "first date must be",
        ),
        ({"pricee": [1.0] * AHEAD}, "did you mean 'price'"),
        ({"tv": [-5.0] * AHEAD}, "below zero"),
        ({"tv": ["lots"] * AHEAD}, "not a number"),
        ({"tv": [""] + [1.0] * (AHEAD - 1)}, "blank"),
        ({"tv": None}, "no column 'tv'"),
    ],
)
def test_plans_that_cannot_be_meant_are_refused(cerebro, run_folder, world, rows_of, tmp_path, changes, words):
    plan = rows_of(tmp_path / "p.csv", columns_of(world, **changes))
    done = cerebro("forecast", run_folder, plan, "--out", tmp_path / "f")
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "f").exists()


@pytest.mark.slow
def test_forecasts_of_held_out_weeks_cover_near_their_level(cerebro, finish, tmp_path):
    """Eight worlds of 13 weeks: weeks of a world err together, hence the wide tolerance (3 sd of the worlds' mean)."""
    shares = []
    for seed in range(8):
        folder = tmp_path / str(seed)
        folder.mkdir()
        drawn = draw_world(100 + seed, weeks=143, channels=3)
        found = forecast_of(cerebro, finish(folder, drawn), folder / "plan.csv", folder / "f")
        truth = np.array(drawn.columns["sales"][-AHEAD:], dtype=float)
        rows = found["tables"]["forecast"]["rows"]
        low, high = (np.array([row[place] for row in rows]) for place in (2, 3))
        shares.append(float(((truth >= low) & (truth <= high)).mean()))
    print(f"covered {np.mean(shares):.3f} (se {np.std(shares, ddof=1) / np.sqrt(len(shares)):.3f})")
    assert np.mean(shares) == pytest.approx(0.9, abs=3 * max(np.std(shares, ddof=1), 0.08) / np.sqrt(len(shares)))
