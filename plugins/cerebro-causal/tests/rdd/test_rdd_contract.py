"""The method `rdd`, held to the contract: sharp and fuzzy."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from rdd_worlds import draw_score

from cerebro_core.testing import MethodContract


class TestRdd(MethodContract):
    method = "causal/rdd"
    settings: ClassVar[dict[str, Any]] = {
        "treatment": "grant",
        "outcome": "earnings",
        "running": "points",
        "cutoff": 50,
        "confounders": ["age"],
    }
    effect = 2.0

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_score(seed, effect)

    def violated(self, seed: int) -> pd.DataFrame:
        return draw_score(seed, 2.0, crowd=0.8)
