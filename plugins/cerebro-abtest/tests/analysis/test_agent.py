"""What ABTestingAgent chooses, and why, for tables of many kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from draws import draw_conversions, draw_experiment

from cerebro_core import propose
from cerebro_core.api import propose_all, validate
from cerebro_core.decisions import Proposal
from cerebro_core.errors import SpecError


def proposal(path: Path, frame: pd.DataFrame, **given: Any) -> Proposal:
    frame.to_csv(path / "data.csv", index=False)
    return propose(path / "data.csv", "abtest", **given)


def shop(rows: int = 800) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = draw_experiment(5, 1.0, rows).rename(columns={"amount": "revenue", "before": "pre_revenue"})
    frame["variant"] = np.where(frame["variant"] == "a", "control", "blue")
    frame["conversion"] = rng.integers(0, 2, rows)
    frame["user_id"] = np.arange(rows)
    return frame


def test_roles_are_found_by_names_and_values(tmp_path: Path) -> None:
    spec: Any = proposal(tmp_path, shop()).spec
    assert (spec.treatment, spec.outcome, spec.control) == ("variant", ("revenue",), "control")
    assert (spec.covariates, spec.unit, spec.date) == (("pre_revenue",), "user_id", "day")
    assert (spec.type, spec.test) == ("frequentist", "welch")


def test_rows_of_one_user_are_a_cluster(tmp_path: Path) -> None:
    frame = shop()
    frame["user_id"] = frame["user_id"] // 4
    assert proposal(tmp_path, frame, outcome=["revenue"]).spec.cluster == "user_id"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "frequentist"),
        ({"type": "auto", "looks": "daily"}, "sequential"),
        ({"rope": 0.1}, "bayesian"),
        ({"segment": "country"}, "hierarchical"),
        ({"question": "what is the probability that blue is better?"}, "bayesian"),
        ({"question": "can we stop early?"}, "sequential"),
    ],
)
def test_the_type_follows_what_was_said(tmp_path: Path, given: dict[str, Any], wanted: str) -> None:
    found = proposal(tmp_path, shop(), outcome=["revenue"], **given)
    assert found.spec.method_name == wanted
    assert any(item.field == "type" for item in found.decisions)


@pytest.mark.parametrize(
    ("frame", "given", "field", "wanted"),
    [
        (draw_conversions(1, 0.0), {"outcome": ["won"]}, "test", "z"),
        (draw_conversions(1, 0.0, 60, 0.05), {"outcome": ["won"]}, "test", "boschloo"),
        (draw_experiment(1, 0.0, 40), {"outcome": ["amount"], "test": "auto"}, "test", "permutation"),
        (draw_experiment(1, 0.0), {"outcome": ["amount"]}, "test", "welch"),
        (draw_conversions(1, 0.0), {"outcome": ["won"], "type": "bayesian"}, "model", "beta"),
        (draw_experiment(1, 0.0), {"outcome": ["amount"], "type": "bayesian"}, "model", "normal"),
        (draw_conversions(1, 0.0), {"outcome": ["won"], "type": "sequential"}, "sequence", "bounded"),
        (draw_experiment(1, 0.0), {"outcome": ["amount"], "type": "sequential"}, "sequence", "asymptotic"),
        (
            draw_conversions(1, 0.0),
            {"outcome": ["won"], "type": "sequential", "planned_looks": 10},
            "sequence",
            "group",
        ),
    ],
)
def test_the_method_follows_the_values(
    tmp_path: Path, frame: pd.DataFrame, given: dict[str, Any], field: str, wanted: str
) -> None:
    found = proposal(tmp_path, frame, treatment="variant", **given)
    assert getattr(found.spec, field) == wanted
    assert next(item.reason for item in found.decisions if item.field == field)


def test_several_arms_are_corrected_for(tmp_path: Path) -> None:
    frame = shop()
    frame["variant"] = np.resize(["control", "blue", "red"], len(frame))
    assert proposal(tmp_path, frame, outcome=["revenue"]).spec.correction == "dunnett"  # type: ignore[attr-defined]
    both = proposal(tmp_path, frame, outcome=["revenue", "conversion"]).spec
    assert both.correction == "holm"  # type: ignore[attr-defined]


def test_auto_sees_an_experiment_only_where_there_is_one(tmp_path: Path) -> None:
    shop().to_csv(tmp_path / "shop.csv", index=False)
    found = propose_all(tmp_path / "shop.csv")
    assert (found[0].spec.kind, found[0].score) == ("abtest", 1.0)
    shop().drop(columns=["variant"]).to_csv(tmp_path / "plain.csv", index=False)
    assert "abtest" not in {item.spec.kind for item in propose_all(tmp_path / "plain.csv")}


def test_a_table_without_arms_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="name it with --treatment"):
        proposal(tmp_path, shop().drop(columns=["variant"]))


def test_of_three_arms_only_a_plain_name_is_taken_for_the_control(tmp_path: Path) -> None:
    frame = shop()
    frame["variant"] = np.resize(["a", "b", "c"], len(frame))
    found = proposal(tmp_path, frame, outcome=["revenue"])
    assert found.spec.control is None  # type: ignore[attr-defined]
    assert [item.code for item in validate(found) if item.severity == "error"] == ["control-needed"]


def test_a_covariate_named_after_an_outcome_serves_that_outcome(tmp_path: Path) -> None:
    frame = shop()
    frame["orders"] = frame["conversion"] * 2 + 1
    frame["pre_orders"] = frame["orders"] + 1
    spec: Any = proposal(tmp_path, frame, outcome=["revenue", "orders"]).spec
    assert spec.covariates == ("pre_revenue", "pre_orders")
    assert spec.covariate_of == {"revenue": "pre_revenue", "orders": "pre_orders"}
    spec = proposal(tmp_path, frame, outcome=["revenue", "conversion"], covariates=["pre_revenue"]).spec
    assert spec.covariate_of == {"revenue": "pre_revenue"}
    spec = proposal(tmp_path, frame, outcome=["revenue", "orders"], covariate_of={"orders": "pre_orders"}).spec
    assert spec.covariates == ("pre_orders",)
    assert proposal(tmp_path, frame, outcome=["revenue"]).spec.covariate_of == {}  # type: ignore[attr-defined]
