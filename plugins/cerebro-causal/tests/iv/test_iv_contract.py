"""The method `iv`, held to the contract."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from iv_worlds import draw_offer

from cerebro_core.testing import MethodContract


class TestIv(MethodContract):
    method = "causal/iv"
    settings: ClassVar[dict[str, Any]] = {
        "treatment": "took_part",
        "outcome": "score",
        "instruments": ["offer"],
        "confounders": ["age"],
        "control": "stayed away",
    }
    effect = 2.0

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_offer(seed, effect, word=True)

    def violated(self, seed: int) -> pd.DataFrame:
        return draw_offer(seed, 2.0, push=0.02, word=True)
