"""P-values and intervals say the same: what is significant has an interval without zero, and the reverse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from draws import ask

from cerebro_core.blocks.result import Estimate

YES_NO = {"z", "chi2", "fisher", "boschloo"}
EXACT = {"fisher", "boschloo"}


def close_call(seed: int, yes_no: bool, arms: int = 2) -> pd.DataFrame:
    """Outcomes whose differences are about two standard errors, so that answers fall to both sides."""
    rng = np.random.default_rng([seed, 41])
    arm = rng.permutation(np.repeat(np.arange(arms), 24))
    shift = arm / max(arms - 1, 1)
    first, second = rng.normal(0.6 * shift, 1), rng.lognormal(0.4 * shift, 0.7)
    if yes_no:
        first, second = (rng.random(len(arm)) < 0.25 + 0.28 * shift), (rng.random(len(arm)) < 0.1 + 0.25 * shift)
    return pd.DataFrame({"arm": np.array(list("abcd"))[arm], "y": first.astype(float), "z": second.astype(float)})


@pytest.mark.parametrize(
    "test", ["welch", "student", "z", "chi2", "fisher", "boschloo", "mann-whitney", "permutation", "quantile"]
)
def test_p_value_and_interval_agree(tmp_path: Path, test: str) -> None:
    sides = set()
    for seed in range(12):
        frame = close_call(seed, test in YES_NO)
        found = ask(tmp_path, frame, treatment="arm", outcome=["y", "z"], test=test, correction="none")
        shown = [(clear(item), significant(item)) for item in found.estimates if item.name == "difference"]
        sides.update(shown)
        said = next(item.status for item in found.diagnostics if item.name == "p_and_interval")
        assert (said == "warn") == any(one != other for one, other in shown)
    assert {(True, True), (False, False)} <= sides
    assert sides == {(True, True), (False, False)} or test in EXACT


@pytest.mark.parametrize("correction", ["none", "holm", "bh", "dunnett"])
def test_corrected_p_values_and_simultaneous_intervals_agree(tmp_path: Path, correction: str) -> None:
    """Holm's alone may find more than its intervals (Bonferroni's) show, and then says so."""
    more = 0
    for seed in range(20):
        given: dict[str, Any] = {"treatment": "arm", "control": "a", "test": "welch", "correction": correction}
        found = ask(tmp_path, close_call(seed, False, 4), outcome=["y", "z"], **given)
        shown = [(clear(item), significant(item)) for item in found.estimates if item.name == "difference"]
        assert (True, False) not in shown
        word = next(item for item in found.diagnostics if item.name == "p_and_interval")
        assert (word.status == "warn") == ((False, True) in shown)
        if word.status == "warn":
            more += 1
            assert "Holm" in word.message
    assert (more > 0) == (correction == "holm")


def clear(item: Estimate) -> bool:
    return (item.ci_low or 0) > 0 or (item.ci_high or 0) < 0


def significant(item: Estimate) -> bool:
    assert item.p_value is not None
    return item.p_value <= 0.05
