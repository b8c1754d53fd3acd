"""What the agent sees in a table that speaks for difference in differences, and what it does not take for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from did_worlds import draw_regions, draw_rollout

from cerebro_core import propose
from cerebro_core.errors import SpecError

ROLLOUT = draw_rollout(1, 1.0, units=40)
SHUFFLED = ROLLOUT.sample(frac=1, random_state=1)[["sales", "week", "campaign", "store"]]
STARTS = ROLLOUT.drop(columns="campaign")
WORDS = ROLLOUT.assign(campaign=np.where(ROLLOUT.campaign == 1, "yes", "no"))
DATED = ROLLOUT.assign(week=pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * ROLLOUT.week, unit="D"))
SECTIONS = draw_regions(1, 1.0)[["year", "policy", "income"]].rename(columns={"year": "after"})
SECTIONS = SECTIONS.assign(after=SECTIONS.after - 2000)

SHOWN = {
    "switches on": (ROLLOUT.drop(columns="first_week"), {}, {"treatment": "campaign", "unit": "store", "time": "week"}),
    "in any order": (SHUFFLED, {}, {"treatment": "campaign", "unit": "store", "time": "week"}),
    "first treated period": (STARTS, {}, {"first_treated": "first_week", "unit": "store", "time": "week"}),
    "in words": (
        WORDS.drop(columns="first_week"), {},
        {"treatment": "campaign", "control": "no", "unit": "store", "time": "week"},
    ),
    "by dates": (DATED.drop(columns="first_week"), {}, {"treatment": "campaign", "unit": "store", "time": "week"}),
    "two periods, asked anew": (
        SECTIONS, {"question": "Did the policy raise income after it was introduced?"},
        {"treatment": "policy", "time": "after", "outcome": "income"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SHOWN)
def test_the_agent_sees_the_design_and_its_roles(tmp_path: Path, case: str) -> None:
    frame, said, wanted = SHOWN[case]
    frame.to_csv(tmp_path / "data.csv", index=False)
    proposal = propose(tmp_path / "data.csv", domain="causal", **said)
    assert proposal.spec.method == "did"
    for name, value in wanted.items():
        assert getattr(proposal.spec, name) == value, name
    assert proposal.spec.estimator == "callaway_santanna"
    given = {item.field: item.reason for item in proposal.decisions}
    assert set(wanted) <= set(given)
    assert "parallel" in given["method"]


def cross_section() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    treated = rng.integers(0, 2, 300)
    return pd.DataFrame(
        {
            "age": rng.normal(40, 9, 300),
            "year": rng.integers(2010, 2020, 300),
            "coupon": treated,
            "sales": rng.normal(size=300),
        }
    )


COMES_AND_GOES = ROLLOUT.assign(campaign=np.random.default_rng(1).integers(0, 2, len(ROLLOUT))).drop(
    columns="first_week"
)
OTHERS = {
    "a cross-section with a year": cross_section(),
    "treatment that comes and goes": COMES_AND_GOES.assign(age=np.random.default_rng(2).normal(size=len(ROLLOUT))),
}


@pytest.mark.parametrize("case", OTHERS)
def test_it_is_not_taken_for_one(tmp_path: Path, case: str) -> None:
    OTHERS[case].to_csv(tmp_path / "data.csv", index=False)
    given: dict[str, Any] = {"treatment": OTHERS[case].columns[2], "outcome": "sales", "confounders": ["age"]}
    assert propose(tmp_path / "data.csv", domain="causal", **given).spec.method != "did"


def test_a_treatment_that_comes_and_goes_is_declined_with_what_helps(tmp_path: Path) -> None:
    COMES_AND_GOES.to_csv(tmp_path / "data.csv", index=False)
    with pytest.raises(SpecError, match=r"comes and goes.*--confounders"):
        propose(tmp_path / "data.csv", domain="causal", treatment="campaign", outcome="sales")


def test_unit_and_time_are_found_where_the_method_is_named(tmp_path: Path) -> None:
    ROLLOUT.to_csv(tmp_path / "data.csv", index=False)
    said = {"method": "did", "treatment": "campaign", "outcome": "sales"}
    spec = propose(tmp_path / "data.csv", domain="causal", **said).spec
    assert (spec.unit, spec.time) == ("store", "week")
