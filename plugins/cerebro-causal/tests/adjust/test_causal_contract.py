"""The domain `causal` and its methods that compare arms, held to the contract."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
from causal_worlds import draw_choice, draw_trial

from cerebro_core.testing import DomainContract, MethodContract


class TestCausal(DomainContract):
    plugin = "causal"

    def draw(self, seed: int) -> pd.DataFrame:
        return draw_choice(seed, 1.0)


class TestRct(MethodContract):
    method = "causal/rct"
    settings: ClassVar[dict[str, Any]] = {
        "treatment": "arm",
        "outcome": "score",
        "confounders": ["before"],
        "control": "control",
        "design": "experiment",
    }
    effect = 1.0

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_trial(seed, effect)

    def violated(self, seed: int) -> pd.DataFrame:
        return draw_trial(seed, 1.0, chosen=1.5)


class TestIpw(MethodContract):
    method = "causal/ipw"
    settings: ClassVar[dict[str, Any]] = {
        "treatment": "coupon",
        "outcome": "sales",
        "confounders": ["age", "income", "region"],
    }
    effect = 1.0

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_choice(seed, effect)

    def violated(self, seed: int) -> pd.DataFrame:
        return draw_choice(seed, 1.0, strength=5.0)


class TestBackdoor(MethodContract):
    method = "causal/backdoor"
    settings: ClassVar[dict[str, Any]] = {
        "treatment": "coupon",
        "outcome": "sales",
        "confounders": ["age", "income", "region"],
        "learner": "linear",
        "refute": False,
    }
    effect = 1.0

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_choice(seed, effect)

    def violated(self, seed: int) -> pd.DataFrame:
        return draw_choice(seed, 1.0, strength=5.0)
