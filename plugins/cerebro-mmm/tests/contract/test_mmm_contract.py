"""The domain `mmm` and its method `numpyro`, held to the contract that third parties are held to."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

import pytest

from cerebro_core.blocks.result import Estimate
from cerebro_core.testing import DomainContract, MethodContract
from cerebro_mmm.worlds import World, draw_world

CHANNELS = ("tv_spend", "search_spend")


@lru_cache(maxsize=64)
def world(seed: int, share: float | None, family: str = "right") -> World:
    """Two years of weeks in which media cause this share of the outcome."""
    return draw_world(seed, family, weeks=104, names=CHANNELS, media_share=share)


class TestMmm(DomainContract):
    plugin = "mmm"

    def draw(self, seed: int) -> dict[str, list[object]]:
        return world(seed, 0.3).columns


@pytest.mark.slow
class TestNumpyro(MethodContract):
    """Sampling for what the script is held to; the default, fast inference, for the simulations."""

    method = "mmm/numpyro"
    settings: ClassVar[dict[str, Any]] = {
        "date": "week",
        "outcome": "sales",
        "channels": list(CHANNELS),
        "controls": ["price", "promo"],
        "inference": "nuts",
        "chains": 2,
        "min_ess": 100,
    }
    quick: ClassVar[dict[str, Any]] = {"inference": "fast"}
    effect = 0.3
    estimate = "total_media_share"

    def draw(self, seed: int, effect: float) -> dict[str, list[object]]:
        return world(seed, effect).columns

    def truth(self, seed: int, effect: float) -> float:
        """The share that media truly had in the rows that were drawn, after the world's rounding and noise."""
        drawn = world(seed, effect)
        sales = sum(float(str(value)) for value in drawn.columns["sales"])
        return sum(drawn.contribution.values()) / sales

    def is_alarm(self, estimate: Estimate) -> bool:
        """The prior lets no channel harm sales, so no interval holds zero; an alarm is one that begins above 5 %."""
        return estimate.ci_low is not None and estimate.ci_low > 0.05

    def violated(self, seed: int) -> dict[str, list[object]]:
        """Channels that move together, so that their effects cannot be told apart."""
        return world(seed, 0.3, "collinear").columns


@pytest.mark.slow
class TestStan(TestNumpyro):
    """The same model by Stan, sampled by stanli."""

    method = "mmm/stan"


@pytest.mark.slow
class TestPymc(TestNumpyro):
    """The same model by PyMC; its sampler is held to the others in tests/engines, here fast inference runs."""

    method = "mmm/pymc"
    settings: ClassVar[dict[str, Any]] = {**TestNumpyro.settings, "inference": "fast"}
