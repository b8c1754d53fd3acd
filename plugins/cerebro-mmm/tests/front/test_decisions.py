"""Every field that an agent fills in has a decision, and the choices follow the table."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cerebro_core.decisions import Proposal, Request
from cerebro_core.table import Table
from cerebro_mmm.agents.propose import propose
from cerebro_mmm.agents.words import NO_EVENT
from cerebro_mmm.checks import validate
from cerebro_mmm.specs import MMMSpec

from .conftest import Columns, clean

# Set by the caller, or empty unless the user fills them.
UNDECIDED = {
    *("data", "table", "seed", "options", "priors", "budget_min", "budget_max", "currency", "budget_fixed"),
    *("budget_groups", "risk_aversion", "exposure", "reach", "average_frequency", "revenue_per_unit", "unit_value"),
    *("cross_validation", "order", "holidays", "demand_proxy", "prior", "beliefs", "lift_tests", "stan_runtime"),
}
STAGE_FIELDS = {
    "exploration": {"date", "outcome", "channels", "controls", "events", "currency", "geo"},
    "preprocessing": {"frequency", "missing_media", "missing_controls", "holdout"},
    "modeling": {"engine", "form", "adstock", "adstock_max_lag", "saturation", "trend", "seasonality",
                 "weekly_seasonality", "inference", "ci_level"},
    "diagnostics": {"chains", "min_ess", "max_rhat", "max_seconds"},
    "optimization": {"budget", "budget_horizon", "budget_change"},
    "visualization": {"figures"},
}  # fmt: skip


def proposed(table: Table, **given: Any) -> Proposal:
    return propose(Request("mmm", given), table)[0]


def test_every_field_has_a_decision_of_its_stage(table_of: Callable[[Columns], Table]) -> None:
    proposal = proposed(table_of(clean()))
    assert {item.field for item in proposal.decisions} == set(MMMSpec.model_fields) - UNDECIDED
    for item in proposal.decisions:
        assert item.field in STAGE_FIELDS[item.agent]
        assert len(item.reason) > 20
        json.dumps(item.as_dict())
    literal = proposal.spec.as_literal()
    assert all(literal[item.field] == item.value for item in proposal.decisions)


def test_what_the_agents_choose_has_no_findings(table_of: Callable[[Columns], Table]) -> None:
    table = table_of(clean())
    spec = proposed(table).spec
    assert isinstance(spec, MMMSpec)
    assert [item for item in validate(spec, table) if item.severity != "info"] == []


@pytest.mark.parametrize(
    ("rows", "step", "expected"),
    [
        (
            208,
            7,
            {"frequency": "week", "seasonality": 3, "weekly_seasonality": 0, "holdout": 13, "adstock_max_lag": 13},
        ),
        (104, 7, {"frequency": "week", "seasonality": 1, "weekly_seasonality": 0, "holdout": 10, "adstock_max_lag": 8}),
        (60, 7, {"frequency": "week", "seasonality": 1, "holdout": 0, "adstock_max_lag": 7, "saturation": "logistic"}),
        (40, 7, {"frequency": "week", "seasonality": 0, "holdout": 0, "adstock_max_lag": 5}),
        (900, 1, {"frequency": "day", "seasonality": 2, "weekly_seasonality": 3, "holdout": 90, "adstock_max_lag": 28}),
        (200, 1, {"frequency": "day", "seasonality": 0, "weekly_seasonality": 3, "holdout": 0, "adstock_max_lag": 14}),
    ],
)
def test_settings_follow_the_length(
    rows: int, step: int, expected: dict[str, Any], table_of: Callable[[Columns], Table]
) -> None:
    spec = proposed(table_of(clean(rows, step))).spec
    assert {name: getattr(spec, name) for name in expected} == expected


def blank(column: str, rows: list[int]) -> Columns:
    columns = clean()
    cells = list(columns[column])
    for row in rows:
        cells[row] = ""
    columns[column] = cells
    return columns


@pytest.mark.parametrize(
    ("column", "rows", "field", "expected"),
    [
        ("search", [4, 50, 51], "missing_media", "zero"),
        ("tv", [0, 1, 2], "missing_media", "zero"),
        ("tv", [60], "missing_media", "refuse"),
        ("price", [4, 5, 80], "missing_controls", "interpolate"),
        ("price", [40, 41, 42, 43, 44], "missing_controls", "refuse"),
        ("price", [0], "missing_controls", "refuse"),
    ],
)
def test_blanks_are_filled_only_where_that_is_safe(
    column: str, rows: list[int], field: str, expected: str, table_of: Callable[[Columns], Table]
) -> None:
    proposal = proposed(table_of(blank(column, rows)))
    assert getattr(proposal.spec, field) == expected
    evidence = next(item.evidence for item in proposal.decisions if item.field == field)
    assert str(len(rows)) in evidence


def test_a_control_that_is_mostly_blank_is_left(table_of: Callable[[Columns], Table]) -> None:
    proposal = proposed(table_of(blank("price", list(range(30, 60)))))
    assert "price" in {item.value for item in proposal.rejected}


def test_quiet_words_are_those_of_the_model() -> None:
    block = pytest.importorskip("cerebro_mmm.blocks.exploration")
    assert {word for word in NO_EVENT if block.event_label(word) != ""} == set()
