"""The method `did`, held to the contract."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from did_worlds import draw_rollout

from cerebro_core.testing import MethodContract


class TestDid(MethodContract):
    method = "causal/did"
    settings: ClassVar[dict[str, Any]] = {
        "treatment": "campaign",
        "outcome": "sales",
        "unit": "store",
        "time": "week",
    }
    effect = 1.0

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_rollout(seed, effect)

    def violated(self, seed: int) -> pd.DataFrame:
        return draw_rollout(seed, 1.0, apart=1.2)
