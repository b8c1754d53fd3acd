"""Columns that came after the treatment: left out by the agent, warned of where the user names them."""

from __future__ import annotations

from pathlib import Path

import agent_worlds as worlds
import pandas as pd
import pytest

from cerebro_core import propose, validate

NAMED = {"method": "ipw", "treatment": "train", "refute": False}


def table(**columns: object) -> pd.DataFrame:
    frame = worlds.draw_choice(7, "train", "re78", ("age", "re75"))
    return frame.assign(**columns)


LATE = {
    "by its name": ("visits_after", lambda f: f["re78"] + f["train"]),
    "by its year": ("unem78", lambda f: (f["re78"] > 20).astype(int)),
    "as another form of the outcome": ("lre78", lambda f: f["re78"] ** 0.5 + f["age"] * 0.01),
    "by the word for a result": ("revenue", lambda f: f["re78"] * 2 + f["age"]),
}


@pytest.mark.parametrize("case", LATE)
def test_the_agent_leaves_it_out_and_says_why(tmp_path: Path, case: str) -> None:
    name, made = LATE[case]
    path = tmp_path / "t.parquet"
    table(**{name: made}).to_parquet(path)
    found = propose(path, "causal", question="What did train do to re78?")
    assert found.spec.confounders  # type: ignore[attr-defined]
    assert name not in found.spec.confounders  # type: ignore[attr-defined]
    assert any(item.value == name and item.reason for item in found.rejected)


@pytest.mark.parametrize("case", LATE)
def test_who_names_it_is_warned(tmp_path: Path, case: str) -> None:
    name, made = LATE[case]
    path = tmp_path / "t.parquet"
    table(**{name: made}).to_parquet(path)
    found = propose(path, "causal", **NAMED, outcome="re78", confounders=("age", "re75", name))
    findings = {item.code: item.severity for item in validate(found)}
    assert findings.get("post-treatment") == "warning"


def test_columns_from_before_bring_no_warning(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table(score_before=lambda f: f["age"] * 2.0, first_visit=1.0 * (pd.Series(range(900)) % 9)).to_parquet(path)
    found = propose(path, "causal", **NAMED, outcome="re78", confounders=("age", "re75", "score_before", "first_visit"))
    assert "post-treatment" not in {item.code for item in validate(found)}


def test_what_the_description_says_came_later_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table(mood=lambda f: f["re78"] + f["age"]).to_parquet(path)
    found = propose(
        path,
        "causal",
        question="What did train do to re78?",
        description="mood was recorded two weeks after the training.",
    )
    assert "mood" not in found.spec.confounders  # type: ignore[attr-defined]
    assert "age" in found.spec.confounders  # type: ignore[attr-defined]


def test_a_descendant_by_the_graph_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table(mood=lambda f: f["re78"] + f["age"]).to_parquet(path)
    graph = "age -> train; age -> re78; re75 -> train; re75 -> re78; train -> re78; train -> mood"
    found = propose(path, "causal", **NAMED, outcome="re78", confounders=("age", "re75", "mood"), graph=graph)
    assert "bad-control" in {item.code for item in validate(found) if item.severity == "error"}
