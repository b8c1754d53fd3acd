"""The method `psm`, held to the contract."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from causal_worlds import draw_choice

from cerebro_core.testing import MethodContract


class TestPsm(MethodContract):
    method = "causal/psm"
    settings: ClassVar[dict[str, Any]] = {
        "treatment": "coupon",
        "outcome": "sales",
        "confounders": ["age", "income", "region"],
        "refute": False,
    }
    effect = 1.0

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_choice(seed, effect)

    def violated(self, seed: int) -> pd.DataFrame:
        return draw_choice(seed, 1.0, strength=5.0)
