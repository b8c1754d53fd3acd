"""Discontinuities: what is at fault ends with exit code 2, what is doubtful is flagged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rdd_worlds import draw_score

from cerebro_core import validate
from cerebro_core.api import as_spec
from cerebro_core.blocks.result import Refused, Result
from cerebro_core.testing.direct import call_block

ROWS = 600
ASK: dict[str, Any] = {"method": "rdd", "outcome": "earnings", "running": "points", "cutoff": 50}


def scores(**columns: Any) -> pd.DataFrame:
    return draw_score(3, 2.0, rows=ROWS).assign(**columns)


def spec_of(frame: pd.DataFrame, folder: Path, **settings: Any) -> Any:
    path = folder / "data.csv"
    frame.to_csv(path, index=False)
    return as_spec({"kind": "causal", "data": str(path), **settings})


def ask(frame: pd.DataFrame, folder: Path, **settings: Any) -> Result:
    return call_block(spec_of(frame, folder, **settings))


def status(found: Result, name: str) -> str:
    return next(item.status for item in found.diagnostics if item.name == name)


FINDINGS = {
    "no running column": (scores(), {"running": None}, "no-running"),
    "no cutoff, no treatment": (scores(), {"cutoff": None}, "no-cutoff"),
    "cutoff outside": (scores(), {"cutoff": 150}, "cutoff-outside"),
    "running never varies": (scores(points=1.0), {}, "few-values"),
    "running of five values": (scores(points=np.arange(ROWS) % 5), {"cutoff": 2}, "few-values"),
    "fuzzy without treatment": (scores(), {"fuzzy": True}, "no-treatment"),
    "treatment never varies": (scores(grant=1), {"treatment": "grant"}, "one-arm"),
    "treatment in words": (scores(grant=np.resize(["in", "out"], ROWS)), {"treatment": "grant"}, "control-unknown"),
    "running is the outcome": (scores(), {"outcome": "points"}, "two-roles"),
    "confounder is the running column": (scores(), {"confounders": ["points"]}, "two-roles"),
    "confounder from after": (
        scores(pay_after=1.0 * np.arange(ROWS)), {"confounders": ["pay_after"]}, "post-treatment",
    ),
    "hole wider than the bandwidth": (scores(), {"donut": 5, "bandwidth": 4}, "donut-too-wide"),
    "kink of flat lines": (scores(), {"kink": True, "degree": 0}, "kink-degree"),
    "empty outcome": (scores(earnings=lambda f: f["earnings"].mask(f.index < 9)), {}, "missing-values"),
    "negative weights": (scores(w=np.resize([-1, 2], ROWS)), {"weights": "w"}, "negative-weights"),
}  # fmt: skip


@pytest.mark.parametrize("case", FINDINGS)
def test_it_is_a_finding_with_its_code(tmp_path: Path, case: str) -> None:
    frame, settings, code = FINDINGS[case]
    found = validate(spec_of(frame, tmp_path, **{**ASK, **settings}))
    assert code in [item.code for item in found if item.severity in ("error", "warning")]


REFUSALS = {
    "no row above": (scores(), {"cutoff": 101}, "no row has 'points' from the cutoff"),
    "few rows above": (scores(), {"cutoff": 95}, "fewer than 20"),
    "few values above": (scores(points=lambda f: np.where(f["points"] >= 50, 60, f["points"])), {}, "different values"),
    "treatment against the cutoff": (
        draw_score(3, 2.0, rows=ROWS, fuzzy=True), {"treatment": "grant"}, "say --fuzzy",
    ),
    "no value divides": (
        draw_score(3, 2.0, rows=ROWS, fuzzy=True), {"treatment": "grant", "cutoff": None}, "divides the treated",
    ),
    "no cutoff at all": (scores(), {"cutoff": None}, "no cutoff is known"),
    "empty cells": (scores(earnings=lambda f: f["earnings"].mask(f.index < 9)), {}, "empty cells"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_the_rows_refuse(tmp_path: Path, case: str) -> None:
    frame, settings, words = REFUSALS[case]
    with pytest.raises(Refused, match=words):
        ask(frame, tmp_path, **{**ASK, **settings})


def test_the_cutoff_is_read_from_the_treatment(tmp_path: Path) -> None:
    named = ask(scores(), tmp_path, **ASK)
    read = ask(scores(), tmp_path, **{**ASK, "cutoff": None, "treatment": "grant"})
    # the first treated row stands a hair above the cutoff of the rule
    assert read.estimates[0].value == pytest.approx(named.estimates[0].value, abs=0.15)


def test_the_treated_may_stand_below(tmp_path: Path) -> None:
    frame = scores(need=lambda f: 100 - f["points"])
    above = ask(frame, tmp_path, **ASK, treatment="grant")
    below = ask(frame, tmp_path, **{**ASK, "running": "need"}, treatment="grant")
    assert below.estimates[0].value == pytest.approx(above.estimates[0].value, rel=1e-6)


def test_people_who_move_themselves_across_fail(tmp_path: Path) -> None:
    assert status(ask(draw_score(4, 2.0, rows=2000, crowd=0.7), tmp_path, **ASK), "density") == "fail"
    assert status(ask(draw_score(4, 2.0, rows=2000), tmp_path, **ASK), "density") == "pass"


def test_what_jumps_before_the_treatment_fails(tmp_path: Path) -> None:
    frame = draw_score(4, 2.0, rows=2000, jump_before=1.0)
    assert status(ask(frame, tmp_path, **ASK, confounders=["age"]), "covariates_continuous") == "fail"


def test_an_outcome_that_jumps_elsewhere_fails(tmp_path: Path) -> None:
    frame = scores(earnings=lambda f: f["earnings"] + 6 * (f["points"] > f["points"][f["points"] < 50].median()))
    assert status(ask(frame, tmp_path, **ASK), "placebo_cutoffs") == "fail"


def test_whole_points_are_flagged_where_they_are_few(tmp_path: Path) -> None:
    frame = draw_score(4, 2.0, whole=True)
    assert status(ask(frame, tmp_path, **ASK, bandwidth=30), "discrete_running") == "pass"
    coarse = frame.assign(points=np.floor(frame["points"] / 5) * 5)
    assert status(ask(coarse, tmp_path, **ASK, bandwidth=30), "discrete_running") == "warn"


def test_a_fuzzy_cutoff_gives_the_effect_of_the_treatment(tmp_path: Path) -> None:
    frame = draw_score(5, 2.0, rows=4000, fuzzy=True)
    found = ask(frame, tmp_path, **ASK, treatment="grant", fuzzy=True)
    main = found.estimates[0]
    assert main.ci_low is not None
    assert main.ci_high is not None
    assert main.ci_low < 2.0 < main.ci_high
    names = [item.name for item in found.estimates]
    assert names[:4] == ["effect", "effect_anderson_rubin", "first_stage", "reduced_form"]


def test_a_cutoff_that_hardly_moves_the_treatment_fails(tmp_path: Path) -> None:
    frame = draw_score(5, 2.0, fuzzy=True, push=0.03)
    found = ask(frame, tmp_path, **ASK, treatment="grant", fuzzy=True)
    assert status(found, "take_up_jump") == "fail"
    assert found.estimates[0].interval == "set"


def test_a_confounder_with_empty_cells_loses_no_row(tmp_path: Path) -> None:
    frame = scores(age=lambda f: f["age"].mask(f.index % 7 == 0))
    assert ask(frame, tmp_path, **ASK, confounders=["age"]).rows_used == ROWS


def test_dates_are_counted_in_days(tmp_path: Path) -> None:
    frame = scores(day=lambda f: pd.Timestamp("2020-01-01") + pd.to_timedelta((f["points"] * 10).round(), unit="D"))
    cutoff = (pd.Timestamp("2020-01-01") - pd.Timestamp(0)).days + 500
    found = ask(frame, tmp_path, **{**ASK, "running": "day", "cutoff": cutoff})
    assert found.estimates[0].value == pytest.approx(ask(scores(), tmp_path, **ASK).estimates[0].value, abs=0.5)


def test_the_design_stage_does_not_look_at_the_outcome(tmp_path: Path) -> None:
    frame = draw_score(5, 2.0, fuzzy=True)
    found = ask(frame, tmp_path, **ASK, treatment="grant", fuzzy=True, stage="design", confounders=["age"])
    other = frame.assign(earnings=frame["earnings"].to_numpy()[::-1])
    again = ask(other, tmp_path, **ASK, treatment="grant", fuzzy=True, stage="design", confounders=["age"])
    assert {item.name for item in found.estimates} == {"n"}
    assert again.diagnostics == found.diagnostics
