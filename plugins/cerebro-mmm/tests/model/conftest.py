"""Markets for the tests of the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from cerebro_core.blocks.result import ResultTable
from cerebro_mmm.blocks.adstock import geometric_adstock
from cerebro_mmm.blocks.exploration import Market
from cerebro_mmm.blocks.forms import given_form
from cerebro_mmm.blocks.modeling import Problem, build_problem
from cerebro_mmm.blocks.preprocessing import Prepared, prepare
from cerebro_mmm.blocks.saturation import hill
from cerebro_mmm.worlds import World, draw_world


@dataclass(frozen=True)
class Rows:
    """A table in memory that the blocks can read like a source."""

    table: pd.DataFrame

    def frame(self, columns: Sequence[str]) -> pd.DataFrame:
        return self.table[list(columns)]


def _market_of(world: World) -> Market:
    """A world's rows by role."""

    def numbers(name: str) -> np.ndarray:
        return np.array(world.columns[name], dtype=float)

    spend = np.stack([numbers(name) for name in world.channels])
    return Market(
        dates=np.array(world.columns["week"], dtype="datetime64[D]"),
        regions=("",),
        outcome=numbers("sales"),
        spend=spend,
        exposure=spend,
        reach={},
        worth=np.ones(spend.shape[1]),
        controls={name: numbers(name) for name in world.controls},
        events={},
        summary=ResultTable((), ()),
    )


def _prepared_of(market: Market, channels: tuple[str, ...], **changes: object) -> Prepared:
    """The rows prepared with the spec's defaults."""
    settings: dict[str, object] = {
        "missing_media": "refuse",
        "missing_controls": "refuse",
        "holdout": 0,
        "adstock_max_lag": 8,
        "trend": "linear",
        "seasonality": 2,
        "weekly_seasonality": 0,
        "holidays": "",
    }
    return prepare(market, channels, **(settings | changes))


@pytest.fixture(scope="session")
def world() -> World:
    return draw_world(3)


@pytest.fixture(scope="session")
def problem(world: World) -> Problem:
    prepared = _prepared_of(_market_of(world), world.channels)
    return build_problem(prepared, given_form(geometric_adstock, hill, "adstock_first")[0], {})


@pytest.fixture(scope="session")
def in_memory() -> type[Rows]:
    return Rows


@pytest.fixture(scope="session")
def market_of() -> Callable[[World], Market]:
    return _market_of


@pytest.fixture(scope="session")
def prepared_of() -> Callable[..., Prepared]:
    return _prepared_of
