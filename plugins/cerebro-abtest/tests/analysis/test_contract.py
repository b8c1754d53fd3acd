"""The domain `abtest` and the methods that analyse an experiment, held to the contract."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
import pytest
from draws import draw_conversions, draw_experiment

from cerebro_core.testing import DomainContract, MethodContract


class TestABTest(DomainContract):
    plugin = "abtest"
    command = "abtest"

    def draw(self, seed: int) -> pd.DataFrame:
        return draw_experiment(seed, 1.0).rename(columns={"amount": "revenue", "before": "pre_revenue"})


class TestFrequentist(MethodContract):
    method = "abtest/frequentist"
    settings: ClassVar[dict[str, Any]] = {
        "treatment": "variant",
        "outcome": ["amount"],
        "covariates": ["before"],
        "covariate_of": {"amount": "before"},
        "strata": ["country"],
        "date": "day",
        "control": "a",
    }
    effect = 1.5

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_experiment(seed, effect)

    def violated(self, seed: int) -> pd.DataFrame:
        """A fifth of one arm is lost."""
        whole = draw_experiment(seed, 1.5)
        lost = whole.index[whole["variant"] == "b"][:60]
        return whole.drop(lost)


class TestBayesian(MethodContract):
    method = "abtest/bayesian"
    settings: ClassVar[dict[str, Any]] = {
        "treatment": "variant",
        "outcome": ["won"],
        "control": "a",
        "model": "beta",
        "date": "day",
    }
    effect = 0.06

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_conversions(seed, effect)

    def violated(self, seed: int) -> pd.DataFrame:
        whole = draw_conversions(seed, 0.06)
        return whole.drop(whole.index[whole["variant"] == "b"][:300])


class TestSequential(MethodContract):
    method = "abtest/sequential"
    settings: ClassVar[dict[str, Any]] = {
        "treatment": "variant",
        "outcome": ["won"],
        "control": "a",
        "date": "day",
        "looks": "daily",
        "sequence": "bounded",
    }
    effect = 0.1

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_conversions(seed, effect)

    def violated(self, seed: int) -> pd.DataFrame:
        whole = draw_conversions(seed, 0.1)
        return whole.drop(whole.index[whole["variant"] == "b"][:300])


@pytest.mark.slow
class TestHierarchical(MethodContract):
    """Sampled by PyMC, ten seconds a table: so five tables in place of twenty, of which four must cover."""

    method = "abtest/hierarchical"
    settings: ClassVar[dict[str, Any]] = {
        "treatment": "variant",
        "outcome": ["amount"],
        "segment": "country",
        "control": "a",
    }
    effect = 1.5
    tolerance = 1e-6
    TABLES = 5
    COVERED = 4

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_experiment(seed, effect)

    def violated(self, seed: int) -> pd.DataFrame:
        whole = draw_experiment(seed, 1.5)
        return whole.drop(whole.index[whole["variant"] == "b"][:90])
