"""Instruments: what is at fault ends with exit code 2, what is doubtful is flagged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from iv_worlds import draw_dose, draw_offer, draw_villages

from cerebro_core import validate
from cerebro_core.api import as_spec
from cerebro_core.blocks.result import Refused, Result
from cerebro_core.testing.direct import call_block

ROWS = 400
ASK: dict[str, Any] = {"method": "iv", "treatment": "took_part", "outcome": "score", "instruments": ["offer"]}
DOSE: dict[str, Any] = {"method": "iv", "treatment": "dose", "outcome": "outcome", "instruments": ["z1", "z2"]}
VILLAGES: dict[str, Any] = {"method": "iv", "treatment": "came", "outcome": "score", "instruments": ["offer"]}


def offers(**columns: Any) -> pd.DataFrame:
    return draw_offer(3, 1.0, rows=ROWS).assign(**columns)


def spec_of(frame: pd.DataFrame, folder: Path, **settings: Any) -> Any:
    path = folder / "data.csv"
    frame.to_csv(path, index=False)
    return as_spec({"kind": "causal", "data": str(path), **settings})


def ask(frame: pd.DataFrame, folder: Path, **settings: Any) -> Result:
    return call_block(spec_of(frame, folder, **settings))


def status(found: Result, name: str) -> str:
    return next(item.status for item in found.diagnostics if item.name == name)


FINDINGS = {
    "no instrument": (offers(), {"instruments": []}, "no-instruments"),
    "instrument never varies": (offers(offer=1), {}, "constant-instrument"),
    "instrument is the treatment": (offers(offer=lambda f: 1 - f["took_part"]), {}, "instrument-is-treatment"),
    "instrument is named as treatment": (offers(), {"instruments": ["took_part"]}, "two-roles"),
    "instrument is a confounder": (offers(), {"confounders": ["offer"]}, "two-roles"),
    "instrument is the outcome": (offers(offer=lambda f: f["score"] * 2), {}, "instrument-is-outcome"),
    "treatment in three words": (offers(took_part=np.resize(["a", "b", "c"], ROWS)), {}, "many-arms"),
    "treatment in words": (offers(took_part=np.resize(["in", "out", "in"], ROWS)), {}, "control-unknown"),
    "treatment never varies": (offers(took_part=1), {}, "one-arm"),
    "three clusters": (offers(g=np.arange(ROWS) % 3), {"cluster": "g"}, "few-clusters"),
    "empty instrument": (
        offers(offer=np.where(np.arange(ROWS) < 5, np.nan, np.arange(ROWS) % 2)),
        {},
        "missing-values",
    ),
    "negative weights": (offers(w=np.resize([-1, 2], ROWS)), {"weights": "w"}, "negative-weights"),
}


@pytest.mark.parametrize("case", FINDINGS)
def test_it_is_a_finding_with_its_code(tmp_path: Path, case: str) -> None:
    frame, settings, code = FINDINGS[case]
    found = validate(spec_of(frame, tmp_path, **{**ASK, **settings}))
    assert code in [item.code for item in found if item.severity == "error"]
    assert all(item.message for item in found)


REFUSALS = {
    "instrument never varies": (offers(offer=1), {}, "one value only"),
    "instrument is the treatment": (offers(offer=lambda f: 1 - f["took_part"]), {}, "is the treatment"),
    "instrument is a sum of confounders": (
        offers(b=lambda f: f["offer"] - f["age"]), {"confounders": ["age", "b"]}, "computed from the confounders",
    ),
    "few rows": (offers().head(15), {}, "rows are left"),
    "three clusters": (offers(g=np.arange(ROWS) % 3), {"cluster": "g"}, "3 clusters"),
    "empty cells": (offers(score=np.where(np.arange(ROWS) < 5, np.nan, 1.0 * np.arange(ROWS))), {}, "empty cells"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_the_rows_refuse(tmp_path: Path, case: str) -> None:
    frame, settings, words = REFUSALS[case]
    with pytest.raises(Refused, match=words):
        ask(frame, tmp_path, **{**ASK, **settings})


def test_a_weak_instrument_fails_and_its_interval_is_honest(tmp_path: Path) -> None:
    found = ask(draw_offer(5, 2.0, push=0.01), tmp_path, **ASK)
    assert status(found, "instrument_strength") == "fail"
    assert found.estimates[0].interval == "set", "the set of a useless instrument has no end"
    assert "too weak" in found.answer


def test_instruments_that_contradict_each_other_fail(tmp_path: Path) -> None:
    found = ask(draw_dose(5, 1.0, leak=0.6), tmp_path, **DOSE)
    assert status(found, "overidentification") == "fail"


def test_an_instrument_that_came_not_by_chance_is_flagged(tmp_path: Path) -> None:
    frame = draw_offer(5, 2.0)
    frame["older"] = frame["age"] + 5 * frame["offer"]
    assert status(ask(frame, tmp_path, **ASK, confounders=["older"]), "instrument_balance") == "warn"
    assert status(ask(frame, tmp_path, **ASK, confounders=["age"]), "instrument_balance") == "pass"


def test_empty_cells_are_dropped_and_said(tmp_path: Path) -> None:
    frame = draw_offer(5, 2.0)
    frame.loc[frame.index < 100, "offer"] = np.nan
    found = ask(frame, tmp_path, **ASK, missing="drop")
    assert found.rows_used == len(frame) - 100
    assert status(found, "rows_left_out") == "warn"


def test_the_design_stage_does_not_look_at_the_outcome(tmp_path: Path) -> None:
    frame = draw_offer(5, 2.0)
    found = ask(frame, tmp_path, **ASK, stage="design")
    assert {item.name for item in found.estimates} == {"first_stage"}
    again = ask(frame.assign(score=frame["score"].to_numpy()[::-1]), tmp_path, **ASK, stage="design")
    assert again.estimates == found.estimates
    assert again.diagnostics == found.diagnostics


def test_clusters_widen_the_interval(tmp_path: Path) -> None:
    frame = draw_villages(5, 1.0)
    alone = ask(frame, tmp_path, **VILLAGES).estimates[0]
    whole = ask(frame, tmp_path, **VILLAGES, cluster="village").estimates[0]
    assert alone.value == pytest.approx(whole.value)
    assert whole.std_error > 1.2 * alone.std_error


def test_weights_that_repeat_rows_say_the_same_as_the_rows_repeated(tmp_path: Path) -> None:
    frame = draw_dose(5, 1.0, rows=300).assign(w=np.resize([1, 2, 3], 300))
    weighted = ask(frame, tmp_path, **DOSE, weights="w").estimates[0]
    repeated = frame.loc[frame.index.repeat(frame["w"])]
    rows = ask(repeated, tmp_path, **DOSE).estimates[0]
    assert weighted.value == pytest.approx(rows.value, rel=1e-9)


def test_names_that_are_no_names_change_nothing(tmp_path: Path) -> None:
    frame = draw_dose(5, 1.0, rows=300)
    names = {"z1": "a + b ~ c", "z2": "Q('x')", "dose": 'dose" or 1', "outcome": "$\\alpha_1$"}
    plain = ask(frame, tmp_path, **DOSE)
    odd = ask(
        frame.rename(columns=names), tmp_path, method="iv", treatment=names["dose"], outcome=names["outcome"],
        instruments=[names["z1"], names["z2"]],
    )  # fmt: skip
    assert [item.value for item in odd.estimates] == [item.value for item in plain.estimates]
