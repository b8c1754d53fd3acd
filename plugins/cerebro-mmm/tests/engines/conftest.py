"""Small markets with everything that a model can have, for the tests of the engines."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpyro.infer  # noqa: F401 - before PyMC: ArviZ leaves a lazy `numpyro` behind, which breaks a later import of it
import pytest

from cerebro_core.blocks.result import ResultTable
from cerebro_mmm.blocks.beliefs import Belief, LiftTest
from cerebro_mmm.blocks.exploration import Market
from cerebro_mmm.blocks.forms import given_form
from cerebro_mmm.blocks.modeling import Problem, build_problem
from cerebro_mmm.blocks.preprocessing import Prepared, prepare
from cerebro_mmm.blocks.priors import Prior
from cerebro_mmm.worlds import draw_world

CHANNELS = 4
WEEKS = 60

BELIEFS = (
    Belief(0, "roas", Prior("lognormal", (0.5, 0.4), "")),
    Belief(1, "share", Prior("gamma", (3.0, 30.0), "")),
    Belief(2, "roas", Prior("halfnormal", (2.0,), "")),
)


def _market(weeks: int, channels: int, regions: int, with_reach: bool) -> Market:
    world = draw_world(7, weeks=weeks, channels=channels)
    rng = np.random.default_rng(1)

    def numbers(name: str) -> np.ndarray:
        rows = np.array(world.columns[name], dtype=float)
        return np.concatenate([rows * (1 + part) * rng.uniform(0.9, 1.1, weeks) for part in range(regions)])

    spend = np.stack([numbers(name) for name in world.channels])
    exposure, reach = spend.copy(), {}
    if with_reach:
        exposure[0] = rng.uniform(1.0, 5.0, spend.shape[1])
        reach = {world.channels[0]: spend[0] / exposure[0]}
    return Market(
        dates=np.array(world.columns["week"], dtype="datetime64[D]"),
        regions=tuple("abc"[:regions]) if regions > 1 else ("",),
        outcome=numbers("sales"),
        spend=spend,
        exposure=exposure,
        reach=reach,
        worth=np.ones(spend.shape[1]),
        controls={name: numbers(name) for name in world.controls},
        events={},
        summary=ResultTable((), ()),
    )


def _prepared(market: Market, channels: int, trend: str) -> Prepared:
    return prepare(
        market,
        tuple(f"media_{index + 1}" for index in range(channels)),
        missing_media="refuse",
        missing_controls="refuse",
        holdout=0,
        adstock_max_lag=5,
        trend=trend,
        seasonality=1,
        weekly_seasonality=0,
        holidays="",
    )


def _lift_tests(prepared: Prepared) -> tuple[LiftTest, ...]:
    """Two on one channel, in all regions and in the first, and one on another."""
    week = np.tile(np.arange(len(prepared.dates)), len(prepared.regions))
    scale = float(prepared.row_scale.mean())

    def test(channel: int, rows: np.ndarray, change: float, lift: float) -> LiftTest:
        money = float(prepared.row_spend[channel][rows].sum())
        return LiftTest(channel, rows, change * money, lift * scale, 0.1 * scale)

    return (
        test(1, (week >= 10) & (week < 14), 0.5, 0.2),
        test(1, (week >= 30) & (week < 33) & (prepared.region == 0), -0.4, -0.1),
        test(3, (week >= 20) & (week < 26), 0.3, 0.1),
    )


@pytest.fixture(scope="session")
def problem_of() -> Callable[..., Problem]:
    """A problem of a form and a feature: plain, reach, beliefs, lift_tests, panel, local_level, gp or everything."""

    @cache
    def build(
        adstock: Callable[..., object],
        saturation: Callable[..., object],
        order: str = "adstock_first",
        feature: str = "plain",
        weeks: int = WEEKS,
        channels: int = CHANNELS,
    ) -> Problem:
        every = feature == "everything"
        trend = feature if feature in ("local_level", "gp") else "gp" if every else "linear"
        market = _market(weeks, channels, 3 if every or feature == "panel" else 1, every or feature == "reach")
        prepared = _prepared(market, channels, trend)
        (form,) = given_form(adstock, saturation, order)
        beliefs = BELIEFS if every or feature == "beliefs" else ()
        tests = _lift_tests(prepared) if every or feature == "lift_tests" else ()
        return build_problem(prepared, form, {}, beliefs, tests)

    return build
