"""The method `frontdoor`, held to the contract."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from front_worlds import draw_visits

from cerebro_core.testing import MethodContract


class TestFrontdoor(MethodContract):
    method = "causal/frontdoor"
    settings: ClassVar[dict[str, Any]] = {
        "treatment": "ad",
        "outcome": "spend",
        "mediators": ["visits"],
        "confounders": ["age"],
        "refute": False,
    }
    effect = 1.0

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_visits(seed, effect)

    def violated(self, seed: int) -> pd.DataFrame:
        # the mediator nearly tells who was treated
        return draw_visits(seed, 1.0).assign(visits=lambda f: 4 * f["ad"] + f["visits"])
