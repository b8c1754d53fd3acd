"""Plans with reach and frequency, with exposure, and by region."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from cerebro_core import generate, propose
from cerebro_mmm.panels import draw_panel
from cerebro_mmm.worlds import draw_world

AHEAD = 4

pytestmark = pytest.mark.slow


def finished(folder, table, **given):
    """The run folder of a model of all but the last weeks of a table."""
    weeks = sorted(set(table["week"]))
    table[table["week"].isin(weeks[:-AHEAD])].to_csv(folder / "w.csv", index=False)
    settings = {"date": "week", "outcome": "sales", "holdout": 0, "demand_proxy": "off", "figures": "main"}
    generate(propose(folder / "w.csv", domain="mmm", **settings, **given)).write(folder / "w.py")
    done = subprocess.run([sys.executable, "w.py", "--quiet"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 4), done.stderr
    return folder / "w_run", weeks[-AHEAD:]


def foretold(cerebro, run, plan, name):
    """Estimates of a forecast, by name and channel."""
    plan.to_csv(run.parent / f"{name}.csv", index=False)
    done = cerebro("forecast", run, run.parent / f"{name}.csv", "--out", run.parent / name, "--json")
    assert done.returncode in (0, 4), done.stderr
    return {(item["name"], item["group"]): item["value"] for item in json.loads(done.stdout)["estimates"]}


def test_reach_and_frequency_of_a_plan_are_used(cerebro, tmp_path):
    drawn = draw_world(3, weeks=108, channels=2)
    table = pd.DataFrame(drawn.columns)
    rng = np.random.default_rng(0)
    table["people"], table["often"] = rng.lognormal(10.0, 0.3, 108), rng.uniform(1.0, 5.0, 108)
    table["media_1"] = 0.05 * table["people"] * table["often"]
    given = {"channels": list(drawn.channels), "controls": ["price", "promo"]}
    given |= {"reach": {"media_1": "people"}, "average_frequency": {"media_1": "often"}}
    run, weeks = finished(tmp_path, table, **given)
    known = table[:-AHEAD]
    plan = pd.DataFrame({"week": weeks, "media_1": 1000.0, "media_2": 500.0, "price": 10.0, "promo": 0})
    bought = foretold(cerebro, run, plan, "bought")
    people = 1000.0 * known["people"].sum() / known["media_1"].sum()
    same = foretold(cerebro, run, plan.assign(people=people, often=known["often"].mean()), "same")
    assert list(same.values()) == pytest.approx(list(bought.values()), rel=1e-9)
    double = foretold(cerebro, run, plan.assign(people=2 * people, often=known["often"].mean()), "double")
    grew = [key for key in same if double[key] > same[key] and key[1] == "media_1"]
    assert grew
    half = plan.assign(people=people)
    half.to_csv(tmp_path / "half.csv", index=False)
    refused = cerebro("forecast", run, tmp_path / "half.csv")
    assert refused.returncode == 2
    assert "give both" in refused.stderr


def test_exposure_of_a_plan_is_used(cerebro, tmp_path):
    drawn = draw_world(3, weeks=108, channels=2)
    table = pd.DataFrame(drawn.columns).assign(grp=lambda frame: frame["media_1"] / 40.0)
    given = {"channels": list(drawn.channels), "controls": ["price", "promo"], "exposure": {"media_1": "grp"}}
    run, weeks = finished(tmp_path, table, **given)
    plan = pd.DataFrame({"week": weeks, "media_1": 8000.0, "media_2": 500.0, "price": 10.0, "promo": 0})
    bought = foretold(cerebro, run, plan, "bought")
    same = foretold(cerebro, run, plan.assign(grp=200.0), "same")
    assert list(same.values()) == pytest.approx(list(bought.values()), rel=1e-9)


def test_a_plan_by_region_adds_up_to_the_plan_of_the_market(cerebro, tmp_path):
    panel = draw_panel(1, regions=3, weeks=64, channels=2)
    table = pd.DataFrame(panel.columns)
    run, weeks = finished(tmp_path, table, channels=list(panel.channels), geo="region", seasonality=1)
    known = table[table["week"].isin(sorted(set(table["week"]))[:-AHEAD])]
    shares = known.groupby("region")[list(panel.channels)].sum()
    shares = shares / shares.sum()
    whole = pd.DataFrame({"week": weeks, "media_1": 9000.0, "media_2": 7000.0})
    parts = pd.concat(
        whole.assign(region=region, media_1=9000.0 * share["media_1"], media_2=7000.0 * share["media_2"])
        for region, share in shares.iterrows()
    )
    market, regional = foretold(cerebro, run, whole, "market"), foretold(cerebro, run, parts, "regional")
    assert list(regional.values()) == pytest.approx(list(market.values()), rel=1e-6)
    planned = cerebro("budget", run, "--json")
    assert planned.returncode in (0, 4), planned.stderr
