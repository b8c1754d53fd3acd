"""What is at fault in the input ends with exit code 2, and the message says what to do; bad designs are flagged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from causal_worlds import draw_choice, draw_schools, draw_trial

from cerebro_core import propose, validate
from cerebro_core.api import as_spec
from cerebro_core.blocks.result import Refused
from cerebro_core.errors import SpecError
from cerebro_core.testing.direct import call_block

ADJUST: dict[str, Any] = {"treatment": "coupon", "outcome": "sales", "confounders": ["age", "income"], "method": "ipw"}
ROWS = 400


def choice(**columns: Any) -> pd.DataFrame:
    return draw_choice(3, 1.0, rows=ROWS).assign(**columns)


def spec_of(frame: pd.DataFrame, folder: Path, **settings: Any) -> Any:
    path = folder / "data.csv"
    frame.to_csv(path, index=False)
    return as_spec(
        {
            "kind": "causal",
            "data": str(path),
            **({} if settings.get("method") == "rct" else {"refute": False}),
            **settings,
        }
    )


FINDINGS = {
    "one arm": (choice(coupon=1), {}, "one-arm"),
    "five arms": (choice(coupon=np.arange(ROWS) % 5), {}, "many-arms"),
    "words without control": (choice(coupon=np.resize(["new", "old"], ROWS)), {}, "control-unknown"),
    "unknown control": (choice(), {"control": "2"}, "unknown-control"),
    "outcome never varies": (choice(sales=4.0), {}, "no-variance"),
    "nothing to adjust for": (choice(), {"confounders": []}, "no-confounders"),
    "copy of the treatment": (choice(age=lambda f: 3 * f["coupon"] + 1), {}, "confounder-is-treatment"),
    "copy of the outcome": (choice(age=lambda f: f["sales"] / 2), {}, "confounder-is-outcome"),
    "after the treatment": (choice(income_after=1.0 * np.arange(ROWS)), {"confounders": ["income_after"]},
                            "post-treatment"),
    "estimand of another method": (choice(), {"method": "rct", "estimand": "att"}, "unread-setting"),
    "estimand of another estimator": (choice(), {"method": "backdoor", "estimand": "ato"}, "estimand"),
    "negative weights": (choice(w=np.resize([-1, 2], ROWS)), {"weights": "w"}, "negative-weights"),
    "rows that are there twice": (pd.concat([choice(), choice().iloc[:7]]), {}, "rows-twice"),
    "empty cells": (choice(age=np.where(np.arange(ROWS) < 9, np.nan, 1.0 * np.arange(ROWS))), {}, "missing-values"),
    "mediator by the graph": (
        choice(), {"graph": "coupon -> age; age -> sales; income -> coupon; income -> sales; coupon -> sales"},
        "bad-control",
    ),
    "open back door by the graph": (
        choice(), {"graph": "region -> coupon; region -> sales; coupon -> sales", "confounders": []}, "open-back-door",
    ),
    "no experiment": (choice(), {"method": "rct"}, "not-an-experiment"),
    "cluster of its own": (choice(row=np.arange(ROWS)), {"cluster": "row"}, "cluster-is-row"),
}  # fmt: skip


@pytest.mark.parametrize("case", FINDINGS)
def test_it_is_a_finding_with_its_code(tmp_path: Path, case: str) -> None:
    frame, settings, code = FINDINGS[case]
    findings = validate(spec_of(frame, tmp_path, **{**ADJUST, **settings}))
    assert code in {item.code for item in findings}


def apart() -> pd.DataFrame:
    return choice(age=lambda f: f["coupon"] * 10 + np.arange(ROWS) % 7)


REFUSED = {
    "no overlap, ipw": (apart(), ADJUST, "overlap"),
    "no overlap, backdoor": (apart(), {**ADJUST, "method": "backdoor"}, "overlap"),
    "nine treated rows": (choice(coupon=(np.arange(ROWS) < 9).astype(int)), ADJUST, "only 9 rows"),
    "three clusters": (
        draw_schools(1, 1.0, schools=3),
        {"treatment": "treated", "outcome": "score", "cluster": "school", "method": "rct", "design": "experiment"},
        "clusters",
    ),
    "block without an arm": (
        draw_trial(1, 1.0).assign(block=lambda f: f["arm"]),
        {"treatment": "arm", "control": "control", "outcome": "score", "strata": ["block"], "method": "rct",
         "design": "experiment"},
        "lack an arm",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_rows_that_refuse_the_method_say_why(tmp_path: Path, case: str) -> None:
    frame, settings, words = REFUSED[case]
    with pytest.raises(Refused, match=words):
        call_block(spec_of(frame, tmp_path, **settings))


def failed(frame: pd.DataFrame, folder: Path, **settings: Any) -> dict[str, str]:
    """Diagnostics that did not pass."""
    found = call_block(spec_of(frame, folder, **settings))
    return {item.name: item.status for item in found.diagnostics if item.status != "pass"}


def test_a_bend_that_weighting_misses_is_seen_by_a_refuter(tmp_path: Path) -> None:
    frame = draw_choice(1, 1.0, rows=1500, bend=0.4)
    assert "refute_dummy_outcome" in failed(frame, tmp_path, **{**ADJUST, "refute": True})


def test_an_experiment_whose_arms_differed_before_fails(tmp_path: Path) -> None:
    settings = {"treatment": "arm", "control": "control", "outcome": "score", "confounders": ["before"]}
    bad = failed(draw_trial(1, 1.0, chosen=1.5), tmp_path, method="rct", design="experiment", **settings)
    assert bad["randomisation_test"] == "fail"
    unsaid = failed(draw_trial(1, 1.0), tmp_path, method="rct", **settings)
    assert unsaid["random_assignment"] == "fail"


def test_hardly_any_overlap_is_flagged(tmp_path: Path) -> None:
    frame = draw_choice(2, 1.0, rows=1500, strength=4.0)
    for method in ("ipw", "backdoor"):
        given = {**ADJUST, "confounders": ["age", "income", "region"], "method": method}
        assert failed(frame, tmp_path, **given)["overlap"] == ("fail" if method == "ipw" else "warn")


def test_the_design_stage_never_looks_at_the_outcome(tmp_path: Path) -> None:
    for method in ("ipw", "backdoor"):
        answers = []
        for frame in (choice(), choice(sales=lambda f: f["sales"] * 3 + 7)):
            found = call_block(spec_of(frame, tmp_path, **{**ADJUST, "method": method, "stage": "design"}))
            assert {item.name for item in found.estimates} == {"n"}
            answers.append([(item.name, item.value) for item in found.diagnostics])
        assert answers[0] == answers[1]


def cerebro(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("cerebro")), "causal", "data.csv", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=300)


def test_the_command_line_ends_with_its_codes(tmp_path: Path) -> None:
    choice().to_csv(tmp_path / "data.csv", index=False)
    roles = ("-t", "coupon", "-y", "sales", "--confounders", "age,income,region")
    for method in ("ipw", "backdoor", "psm"):
        design = cerebro(
            tmp_path, *roles, "--method", method, "--stage", "design", "-o", "design.py", "--force", "--run"
        )
        assert design.returncode in (0, 4), design.stdout + design.stderr
    unknown = cerebro(tmp_path, *roles, "--method", "magic")
    assert unknown.returncode == 2
    assert "there is backdoor, " in unknown.stderr
    unread = cerebro(tmp_path, *roles, "--method", "rct", "--design", "experiment", "--trim", "0.1")
    assert unread.returncode == 2
    assert "--trim" in unread.stderr
    done = cerebro(tmp_path, *roles, "--method", "ipw", "-o", "p.py", "--run")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "p_run" / "report.html").stat().st_size > 0
    assert "cerebro" not in {line.split()[1] for line in (tmp_path / "p.py").read_text().splitlines()
                             if line.startswith(("import ", "from "))}  # fmt: skip
    apart().to_csv(tmp_path / "data.csv", index=False)
    refused = cerebro(tmp_path, *roles, "--method", "ipw")
    assert refused.returncode == 2
    assert "overlap" in refused.stderr + refused.stdout


AGENT = {
    "an experiment, said so": (draw_trial(1, 1.0), {"question": "The trial was randomised. Did it raise the score?"},
                               {"method": "rct", "design": "experiment", "control": "control"}),
    "not randomised": (choice(), {"question": "This was not randomised. What did the coupon change in sales?"},
                       {"method": "backdoor", "treatment": "coupon", "outcome": "sales"}),
    "the treated": (choice(), {"question": "Did the coupon raise sales among the treated?"}, {"estimand": "att"}),
    "from a graph": (choice(), {"graph": "age -> coupon; age -> sales; coupon -> sales; coupon -> income",
                                "treatment": "coupon", "outcome": "sales"}, {"confounders": ("age",)}),
    "a column from after": (choice(visits_after=np.arange(ROWS) % 9), {"treatment": "coupon", "outcome": "sales"},
                            {"confounders": ("age", "income", "region")}),
    "empty cells": (choice(age=np.where(np.arange(ROWS) < 9, np.nan, 1.0 * np.arange(ROWS))),
                    {"treatment": "coupon", "outcome": "sales"}, {"missing": "indicator"}),
}  # fmt: skip


@pytest.mark.parametrize("case", AGENT)
def test_the_agent_chooses_and_says_why(tmp_path: Path, case: str) -> None:
    frame, said, wanted = AGENT[case]
    frame.to_csv(tmp_path / "data.csv", index=False)
    proposal = propose(tmp_path / "data.csv", domain="causal", **said)
    for name, value in wanted.items():
        assert getattr(proposal.spec, name) == value
    given = {item.field for item in proposal.decisions}
    assert all(name in given for name in wanted if name not in said)
    assert all(item.reason for item in (*proposal.decisions, *proposal.rejected))


def test_the_agent_declines_where_nothing_is_defensible(tmp_path: Path) -> None:
    frame = choice()[["coupon", "sales"]]
    frame.to_csv(tmp_path / "data.csv", index=False)
    with pytest.raises(SpecError, match="no design is defensible"):
        propose(tmp_path / "data.csv", domain="causal")
