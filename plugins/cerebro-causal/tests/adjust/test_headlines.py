"""What an answer says: which value did what, without a sign that says it twice, and what it may rest on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from causal_worlds import draw_choice, draw_schools, draw_trial

from cerebro_causal.blocks.overlap import safer_ways
from cerebro_causal.blocks.study_report import cause_text, moved_text
from cerebro_core.api import as_spec
from cerebro_core.blocks.result import Refused, Result
from cerebro_core.testing.direct import call_block

ADJUST: dict[str, Any] = {"treatment": "coupon", "outcome": "sales", "confounders": ["age", "income", "region"]}
TRIAL: dict[str, Any] = {"treatment": "arm", "outcome": "score", "control": "control", "method": "rct"}


def ask(frame: pd.DataFrame, folder: Path, **settings: Any) -> Result:
    path = folder / "data.csv"
    frame.to_csv(path, index=False)
    refute = {} if settings["method"] == "rct" else {"refute": False}
    return call_block(as_spec({"kind": "causal", "data": str(path), **refute, **settings}))


def messages(found: Result, status: str = "warn fail") -> str:
    return " ".join(item.message for item in found.diagnostics if item.status in status.split())


@pytest.mark.parametrize("method", ["ipw", "psm", "backdoor", "rct"])
def test_the_answer_says_which_value_did_what(tmp_path: Path, method: str) -> None:
    more = {"backdoor": {"estimator": "gcomputation"}, "rct": {"design": "experiment"}}.get(method, {})
    settings: dict[str, Any] = {**ADJUST, **more, "method": method}
    frame = draw_choice(3, 2.0, rows=500)
    plain = ask(frame, tmp_path, **settings).answer
    assert plain.startswith("'coupon' raised 'sales' ")
    turned = ask(frame, tmp_path, **settings, control="1").answer
    assert turned.startswith("'coupon' = 0 rather than 1 lowered 'sales' ")
    ends = re.search(r"by ([\d.]+), between ([\d.]+) and ([\d.]+) \(", turned)
    assert ends, "sizes have no sign that says again what 'lowered' says"
    value, low, high = (float(end) for end in ends.groups())
    assert low < value < high


@pytest.mark.parametrize(
    ("arms", "text"),
    [
        (("0", "1"), "'t'"),
        (("false", "true"), "'t'"),
        (("no", "yes"), "'t'"),
        (("1", "0"), "'t' = 0 rather than 1"),
        (("yes", "no"), "'t' = no rather than yes"),
        (("1", "2"), "'t' = 2 rather than 1"),
        (("blue", "red"), "'t' = red rather than blue"),
        (("0", "1", "2"), "'t' = 1 rather than 0"),
        (("0", "-1"), "'t' = -1 rather than 0"),
        ((), "'t'"),
    ],
)
def test_values_are_named_unless_it_is_plain_which_is_untreated(arms: tuple[str, ...], text: str) -> None:
    assert cause_text("t", arms) == text


def test_an_interval_without_an_end_says_so() -> None:
    assert moved_text(-3.0, (float("-inf"), -1.0), 1) == ("lowered", "by 3.0, between 1.0 and no bound")


def test_an_experiment_claims_no_more_than_was_said(tmp_path: Path) -> None:
    said = {**TRIAL, "design": "experiment", "confounders": ["before"]}
    shown = ask(draw_trial(1, 3.0), tmp_path, **said).answer
    assert "'arm' = new rather than control raised" in shown
    assert "If chance decided who was treated, as you said" in shown
    nothing = ask(draw_trial(1, 0.0), tmp_path, **said).answer
    assert nothing.startswith("No effect")
    assert nothing.endswith("interval).")
    chosen = ask(draw_trial(1, 3.0, chosen=1.5), tmp_path, **said)
    assert "and a check speaks against it" in chosen.answer
    assert "fail" in {item.status for item in chosen.diagnostics}


def test_advice_is_what_the_method_reads() -> None:
    assert "--trim" not in safer_ways("psm")
    assert "--trim" not in safer_ways("backdoor")
    assert safer_ways("ipw", "ate") == "--estimand ato or --trim 0.05"
    assert safer_ways("ipw", "ato") == "--trim 0.05"
    assert safer_ways("ipw", "ato", 0.1) == "a larger --trim"


def test_matching_with_little_overlap_advises_no_flag_that_it_refuses(tmp_path: Path) -> None:
    found = ask(draw_choice(4, 1.0, rows=300, strength=4.0), tmp_path, **ADJUST, method="psm")
    told = messages(found)
    assert "--caliper" in told
    assert "--trim" not in told


@pytest.mark.parametrize("method", ["ipw", "psm", "backdoor"])
def test_fewer_than_five_clusters_are_refused(tmp_path: Path, method: str) -> None:
    frame = draw_choice(3, 1.0).assign(town=lambda f: np.arange(len(f)) % 3)
    with pytest.raises(Refused, match=r"there are 3 clusters, and 5 are needed.*finer --cluster"):
        ask(frame, tmp_path, **ADJUST, method=method, cluster="town")


def test_clusters_that_decide_are_counted_as_clusters(tmp_path: Path) -> None:
    frame = draw_schools(2, 1.0, schools=8).assign(age=lambda f: np.random.default_rng(1).normal(size=len(f)))
    settings = {"treatment": "treated", "outcome": "score", "confounders": ["age"], "method": "ipw"}
    found = ask(frame, tmp_path, **settings, cluster="school")
    check = next(item for item in found.diagnostics if item.name == "deciding_rows")
    assert re.match(r"As many as \d clusters of equal weight", check.message)
    assert "More clusters are safer." in check.message


def test_figures_that_are_p_values_are_called_so(tmp_path: Path) -> None:
    found = ask(draw_trial(1, 3.0), tmp_path, **TRIAL, design="experiment", confounders=["before"])
    check = next(item for item in found.diagnostics if item.name == "randomisation_test")
    assert f"The p-value of this test is {check.value:.2g}, the limit 0.001." in check.message


def test_a_script_advises_what_a_script_can_do(tmp_path: Path) -> None:
    from cerebro_core import generate, run

    spec = {"kind": "causal", "data": str(tmp_path / "data.csv"), "refute": False, "method": "ipw", **ADJUST}
    frame = draw_choice(3, 1.0, rows=300)
    frame.to_csv(tmp_path / "data.csv", index=False)
    script = generate(spec).write(tmp_path / "x.py")
    frame.assign(age=frame["age"].where(frame.index > 4)).to_csv(tmp_path / "later.csv", index=False)
    found = run(script, data=tmp_path / "later.csv", out=tmp_path / "later_run")
    assert "--missing: no flag of this script; generate it again with `cerebro causal`" in found.answer
