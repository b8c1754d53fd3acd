"""What matching refuses, what it flags, and that its design stage is blind to the outcome."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from causal_worlds import draw_choice

from cerebro_core import validate
from cerebro_core.api import as_spec
from cerebro_core.blocks.result import Refused
from cerebro_core.testing.direct import call_block

ROWS = 400
ADJUST: dict[str, Any] = {"treatment": "coupon", "outcome": "sales", "confounders": ["age", "income"]}


def choice(**columns: Any) -> pd.DataFrame:
    return draw_choice(3, 1.0, rows=ROWS).assign(**columns)


def spec_of(frame: pd.DataFrame, folder: Path, **settings: Any) -> Any:
    frame.to_csv(folder / "data.csv", index=False)
    path = str(folder / "data.csv")
    return as_spec({"kind": "causal", "data": path, "method": "psm", "refute": False, **ADJUST, **settings})


FINDINGS = {
    "ate without replacement": ({"replacement": False}, "replacement"),
    "weights without replacement": ({"replacement": False, "estimand": "att", "weights": "w"}, "replacement"),
    "more neighbours than rows": ({"replacement": False, "estimand": "att", "neighbours": 3}, "replacement"),
    "caliper without effect": ({"caliper": 9.0}, "wide-caliper"),
    "strata of one row": ({"strata": ["row"]}, "strata-is-row"),
    "overlap estimand": ({"estimand": "ato"}, "estimand"),
    "folds are not read": ({"folds": 3}, "unread-setting"),
}


@pytest.mark.parametrize("case", FINDINGS)
def test_it_is_a_finding_with_its_code(tmp_path: Path, case: str) -> None:
    settings, code = FINDINGS[case]
    frame = choice(row=[f"r{number}" for number in range(ROWS)], w=1.0 + np.arange(ROWS) % 3)
    assert code in {item.code for item in validate(spec_of(frame, tmp_path, **settings))}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no overlap": ({"age": lambda f: f["coupon"] * 10 + np.arange(ROWS) % 7}, "overlap"),
    "no match within the caliper": ({}, "near enough"),
    "too many neighbours": ({"coupon": (np.arange(ROWS) % 20 == 0).astype(int)}, "smaller arm"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_rows_that_refuse_matching_say_why(tmp_path: Path, case: str) -> None:
    columns, words = REFUSED[case]
    settings = {"caliper": 1e-9} if "caliper" in case else {"neighbours": 50} if "neighbours" in case else {}
    with pytest.raises(Refused, match=words):
        call_block(spec_of(choice(**columns), tmp_path, **settings))


def status(frame: pd.DataFrame, folder: Path, **settings: Any) -> dict[str, str]:
    found = call_block(spec_of(frame, folder, **settings))
    return {item.name: item.status for item in found.diagnostics}


def test_a_caliper_that_leaves_many_out_is_flagged(tmp_path: Path) -> None:
    frame = draw_choice(2, 1.0, rows=1500, strength=2.5)
    assert status(frame, tmp_path)["unmatched_rows"] == "pass"
    assert status(frame, tmp_path, distance="mahalanobis", caliper=0.1)["unmatched_rows"] in ("warn", "fail")


def test_matches_agree_in_strata(tmp_path: Path) -> None:
    # region moves both and is no confounder here; exact agreement alone makes it alike
    frame = draw_choice(5, 1.0, rows=1500)
    given = {"strata": ["region"], "confounders": ["age", "income"]}
    found = call_block(spec_of(frame, tmp_path, **given))
    table = found.tables["matches"]
    assert table.rows[0][2] == (frame["coupon"] == 0).sum()
    plain = call_block(spec_of(frame, tmp_path, confounders=["age", "income"]))
    assert abs(found.estimates[0].value - 1) < abs(plain.estimates[0].value - 1)


def test_the_design_stage_never_looks_at_the_outcome(tmp_path: Path) -> None:
    answers = []
    for frame in (choice(), choice(sales=lambda f: f["sales"] * 3 + 7)):
        found = call_block(spec_of(frame, tmp_path, stage="design"))
        assert {item.name for item in found.estimates} == {"n"}
        answers.append([(item.name, item.value) for item in found.diagnostics])
    assert answers[0] == answers[1]


def test_matches_make_the_arms_alike(tmp_path: Path) -> None:
    found = call_block(spec_of(choice(), tmp_path))
    for row in found.tables["balance"].rows:
        assert abs(row[2]) < 0.1 < abs(row[1]) or abs(row[1]) < 0.1
    assert {"balance", "overlap", "means"} <= {chart.name for chart in found.charts}
