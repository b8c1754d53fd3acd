"""The method `mmm/newey-west`, a guest in the domain of cerebro-mmm, held to the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("cerebro_mmm")

from cerebro_core import generate, propose
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import open_source
from cerebro_core.errors import SpecError
from cerebro_core.testing import MethodContract, PluginContract
from cerebro_example.blocks.newey_west import analyse

WEEKS = 156
SETTINGS: dict[str, Any] = {
    "date": "week",
    "outcome": "sales",
    "channels": ["tv", "search"],
    "controls": ["price"],
    "options": {"carryover": 0.4},
}


def draw_market(seed: int, roas: float, *, bend: float = 1.0) -> pd.DataFrame:
    """Weekly sales with straight-line effects of two channels, errors that last, and a season.

    tv earns `roas` and search .8 per 1 of spend; with `bend` below 1 the effect of tv grows ever more slowly.
    """
    rng = np.random.default_rng(seed)
    time = np.arange(WEEKS)
    tv = rng.gamma(2.0, 500.0, WEEKS) * (rng.random(WEEKS) < 0.7)
    search = rng.gamma(6.0, 100.0, WEEKS)
    price = rng.normal(10, 0.5, WEEKS)
    error = rng.normal(0, 350, WEEKS)
    for week in range(1, WEEKS):
        error[week] += 0.4 * error[week - 1]
    carried = np.stack([tv, search])
    for week in range(1, WEEKS):
        carried[:, week] += 0.4 * carried[:, week - 1]
    scale = carried[0].mean() ** (1 - bend)
    effect = (1 - 0.4) * (roas * scale * carried[0] ** bend + 0.8 * carried[1])
    sales = 10_000 + 5 * time + 900 * np.sin(2 * np.pi * time * 7 / 365.25) - 300 * (price - 10) + effect + error
    days = np.datetime64("2021-01-04") + 7 * time
    return pd.DataFrame({"week": days.astype(str), "sales": sales, "tv": tv, "search": search, "price": price})


class TestExampleInMmm(PluginContract):
    plugin = "mmm.example"


class TestNeweyWest(MethodContract):
    method = "mmm/newey-west"
    settings: ClassVar[dict[str, Any]] = SETTINGS
    effect = 1.2
    estimate = "roas"
    group = "tv"

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_market(seed, effect)

    def truth(self, seed: int, effect: float) -> float:
        """What carries over beyond the last week is lost, so a little less than the effect."""
        tv = draw_market(seed, effect)["tv"].to_numpy()
        carried = tv.copy()
        for week in range(1, WEEKS):
            carried[week] += 0.4 * carried[week - 1]
        return float(effect * 0.6 * carried.sum() / tv.sum())

    def violated(self, seed: int) -> pd.DataFrame:
        """Strongly diminishing returns, where the method draws a straight line."""
        return draw_market(seed, 12.0, bend=0.4)


def test_the_agents_of_mmm_leave_what_this_engine_does_not_read(tmp_path: Path) -> None:
    """`cerebro mmm data.csv --engine newey-west` works, though the agents of mmm know nothing of it."""
    path = tmp_path / "weekly.csv"
    draw_market(1, 1.0).rename(columns={"tv": "tv_spend", "search": "search_spend"}).to_csv(path, index=False)
    proposal = propose(path, "mmm", engine="newey-west", carryover=0.4)
    assert proposal.spec.options == {"carryover": 0.4}
    assert {"date", "channels"} <= {item.field for item in proposal.decisions}
    assert not {"inference", "saturation", "chains"} & {item.field for item in proposal.decisions}
    assert "inference" in {item.field for item in proposal.rejected}
    script = generate(proposal)
    assert script.literals["SPEC"]["options"] == {"carryover": 0.4, "hac_lags": None}
    assert "numpyro" not in " ".join(script.requires)


def test_a_setting_that_it_does_not_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weekly.csv"
    draw_market(1, 1.0).to_csv(path, index=False)
    given = {name: value for name, value in SETTINGS.items() if name != "options"}
    with pytest.raises(SpecError, match="does not read it"):
        generate(propose(path, "mmm", engine="newey-west", saturation="logistic", **given))


def test_a_channel_that_repeats_others_is_refused(tmp_path: Path) -> None:
    frame = draw_market(1, 1.0)
    frame["both"] = frame["tv"] + frame["search"]
    frame.to_csv(tmp_path / "weekly.csv", index=False)
    with pytest.raises(Refused, match="sums or multiples"):
        analyse(
            open_source(str(tmp_path / "weekly.csv")),
            date="week",
            outcome="sales",
            channels=["tv", "search", "both"],
            controls=[],
            trend="linear",
            seasonality=1,
            ci_level=0.9,
        )
