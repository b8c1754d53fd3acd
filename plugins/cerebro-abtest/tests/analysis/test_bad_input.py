"""What is at fault in the input ends with exit code 2, and the message says what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from draws import ask, codes, draw_conversions, draw_experiment

from cerebro_core import propose
from cerebro_core.blocks.result import Refused
from cerebro_core.errors import SpecError


def conversions(**columns: Any) -> pd.DataFrame:
    frame = draw_conversions(1, 0.05, 400)
    frame["views"] = np.arange(400) % 5 + 1
    frame["user"] = np.arange(400) // 4
    return frame.assign(**columns)


COMMON = {"treatment": "variant", "outcome": ["won"], "control": "a"}
CASES = {
    "one arm": (conversions(variant="a"), {}, "one-arm"),
    "three arms": (conversions(variant=np.resize(["a", "b", "c"], 400)), {"control": None}, "control-needed"),
    "unknown control": (conversions(), {"control": "contrl"}, "unknown-control"),
    "arm without rows": (conversions(), {"allocation": {"a": 0.5, "b": 0.4, "c": 0.1}}, "allocation-arms"),
    "no variance": (conversions(won=1), {}, "no-variance"),
    "arm without variance": (
        conversions(won=np.where(conversions()["variant"] == "a", 3, np.arange(400))), {"test": "welch"},
        "arm-without-variance",
    ),
    "yes and no in words": (conversions(won=np.resize(["bought", "left"], 400)), {}, "wrong-kind"),
    "negative counts": (
        conversions(won=np.resize([-1, 2, 3], 400)),
        {"type": "bayesian", "model": "poisson"},
        "negative-values",
    ),
    "denominator zero": (conversions(views=0), {"denominator": "views"}, "zero-denominator"),
    "denominator negative": (
        conversions(views=np.resize([-1, 2], 400)), {"denominator": "views"}, "negative-denominator",
    ),
    "cluster is row": (conversions(user=np.arange(400)), {"cluster": "user"}, "cluster-is-row"),
    "one cluster": (conversions(user=np.resize(["s", "t"], 400), variant=np.resize(["a", "b"], 400)),
                    {"cluster": "user"}, "one-cluster"),
    "looks without dates": (
        conversions(), {"type": "sequential", "looks": "daily", "sequence": "group"}, "looks-without-dates",
    ),
    "not yes or no": (conversions(won=np.arange(400.0)), {"test": "fisher"}, "not-yes-no"),
    "no bound": (conversions(won=np.arange(400.0)), {"type": "sequential", "sequence": "bounded"}, "no-bound"),
    "covariates of an exact test": (conversions(), {"test": "z", "covariates": ["views"]}, "test-takes-none"),
    "too many arms": (conversions(variant=np.arange(400)), {"control": None}, "too-many-arms"),
    "constant covariate": (conversions(views=3), {"covariates": ["views"]}, "constant-covariate"),
    "ids as strata": (conversions(), {"strata": ["user"]}, "too-many-strata"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_an_error_with_its_code(tmp_path: Path, case: str) -> None:
    frame, settings, code = CASES[case]
    assert codes(tmp_path, frame, **{**COMMON, **settings}).get(code) == "error"


def test_warnings(tmp_path: Path) -> None:
    early = codes(tmp_path, conversions(), **COMMON, horizon=1000)
    assert early["peeking"] == "warning"
    looks = {"type": "sequential", "sequence": "group", "looks": "daily", "date": "day"}
    assert codes(tmp_path, conversions(), **COMMON, **looks)["end-not-planned"] == "warning"
    assert "end-not-planned" not in codes(tmp_path, conversions(), **COMMON, **looks, planned_looks=10)
    leak = conversions()
    leak["after"] = leak["won"] * 2.0 + np.resize([0, 0.001], 400)
    assert codes(tmp_path, leak, **COMMON, covariates=["after"])["covariate-is-outcome"] == "warning"
    lost = conversions()
    lost.loc[:20, "variant"] = None
    assert codes(tmp_path, lost, **COMMON)["rows-without-arm"] == "warning"


COMMAND_LINES = {
    "alpha": (["--ci-level", "1.5"], "ci_level|--ci-level"),
    "no arms": (["--treatment", "day"], "column .day. holds date"),
    "no such column": (["--outcome", "wonn"], "did you mean 'won'"),
    "margin": (["--hypothesis", "equivalence"], "how much is still acceptable"),
    "cap": (["--cap", "-1"], "more than the floor"),
}


@pytest.mark.parametrize("case", COMMAND_LINES)
def test_the_command_ends_with_two(tmp_path: Path, case: str) -> None:
    import re

    conversions().to_csv(tmp_path / "data.csv", index=False)
    more, message = COMMAND_LINES[case]
    given = ["--treatment", "variant", "--outcome", "won", "--type", "frequentist"]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("cerebro")), "abtest", "data.csv", *given, *more],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert re.search(message, done.stderr + done.stdout), done.stderr
    assert not (tmp_path / "cerebro_runs").exists()


def test_words_for_yes_and_no_are_asked_for_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    conversions(won=np.resize(["yes", "no"], 400)).to_csv(path, index=False)
    with pytest.raises(SpecError, match=r"holds the words .* write 1 for what counts as yes"):
        propose(path, "abtest", treatment="variant", outcome=["won"])


def test_newer_data_with_one_arm_are_refused_by_the_script_too(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="one arm"):
        ask(tmp_path, conversions(variant="a"), **COMMON)
    with pytest.raises(Refused, match="--control"):
        ask(tmp_path, conversions(variant=np.resize(["a", "b", "c"], 400)), **{**COMMON, "control": None})


def statuses(path: Path, frame: pd.DataFrame, **settings: Any) -> dict[str, str]:
    return {item.name: item.status for item in ask(path, frame, **settings).diagnostics}


def test_what_went_wrong_in_the_experiment_is_seen(tmp_path: Path) -> None:
    frame = draw_experiment(1, 0.0, 3000)
    common = {"treatment": "variant", "outcome": ["amount"], "control": "a"}
    assert set(statuses(tmp_path, frame, **common, covariates=["before"], date="day").values()) == {"pass"}
    lost = frame.drop(frame.index[frame["variant"] == "b"][:300])
    assert statuses(tmp_path, lost, **common)["sample_ratio"] == "fail"
    gaps = frame.copy()
    gaps.loc[(gaps["variant"] == "b") & (gaps.index % 5 == 0), "amount"] = np.nan
    assert statuses(tmp_path, gaps, **common)["missing_amount"] == "fail"
    after = frame.assign(before=frame["before"] + 2.0 * (frame["variant"] == "b"))
    assert statuses(tmp_path, after, **common, covariates=["before"])["covariates_before_treatment"] == "fail"
    twice = frame.assign(user=np.arange(3000) % 1500)
    seen = statuses(tmp_path, twice, **common, unit="user")
    assert (seen["units_in_two_arms"], seen["independent_rows"]) == ("fail", "fail")
    place = pd.to_datetime(frame["day"]).dt.day.to_numpy()
    fading = frame.assign(amount=frame["amount"] + (frame["variant"] == "b") * (10.0 - place) * 1.0)
    assert statuses(tmp_path, fading, **common, date="day")["steady_effect"] == "warn"
    late = frame.assign(measured="2024-03-05")
    late_seen = statuses(tmp_path, late, **common, covariates=["before"], date="day", covariate_date="measured")
    assert late_seen["covariate_dates"] == "fail"
    harmed = frame.assign(slow=frame["before"] + 3.0 * (frame["variant"] == "b"))
    more = {"guardrail": ["slow"], "lower_is_better": ["slow"]}
    assert statuses(tmp_path, harmed, **common, **more)["guardrail_slow_b"] == "warn"
