"""Each finding has a table that brings it about; a clean table has none."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from cerebro_core.findings import Finding
from cerebro_core.table import Table
from cerebro_mmm.checks import validate
from cerebro_mmm.specs import MMMSpec

from .conftest import Columns, clean

Edit = Callable[[Columns], None]


def set_cells(column: str, values: dict[int, object]) -> Edit:
    def edit(columns: Columns) -> None:
        cells = list(columns[column])
        for row, value in values.items():
            cells[row] = value
        columns[column] = cells

    return edit


def set_column(column: str, make: Callable[[int, Columns], object]) -> Edit:
    def edit(columns: Columns) -> None:
        columns[column] = [make(i, columns) for i in range(len(columns["week"]))]

    return edit


def keep_rows(rows: slice) -> Edit:
    def edit(columns: Columns) -> None:
        for name in columns:
            columns[name] = columns[name][rows]

    return edit


def drop_row(row: int) -> Edit:
    def edit(columns: Columns) -> None:
        for name in columns:
            columns[name] = [*columns[name][:row], *columns[name][row + 1 :]]

    return edit


def nothing(columns: Columns) -> None:
    pass


def judged(table: Table, **given: Any) -> list[Finding]:
    values = {
        "date": "week",
        "outcome": "sales",
        "channels": ("tv", "search", "social"),
        "controls": ("price",),
        "events": ("holiday",),
        **given,
    }
    return validate(MMMSpec(**values), table)


def number(value: object) -> float:
    return float(str(value))


CASES: list[tuple[str, str, Edit, dict[str, Any]]] = [
    ("error", "missing-dates", set_cells("week", {5: ""}), {}),
    ("error", "duplicate-dates", set_column("week", lambda i, c: str(c["week"][i // 2 * 2])), {}),
    ("error", "irregular-dates", drop_row(40), {}),
    ("error", "frequency-mismatch", nothing, {"frequency": "day"}),
    ("error", "unusual-spacing", set_column("week", lambda i, c: f"{2000 + i // 12}-{i % 12 + 1:02d}-01"), {}),
    ("error", "outcome-missing", set_cells("sales", {3: "", 9: ""}), {}),
    ("error", "outcome-not-finite", set_cells("sales", {3: "inf"}), {}),
    ("error", "outcome-constant", set_column("sales", lambda i, c: 7), {}),
    ("warning", "outcome-negative", set_cells("sales", {3: -50}), {}),
    ("warning", "outcome-leading-zeros", set_cells("sales", dict.fromkeys(range(20), 0)), {}),
    (
        "warning",
        "outcome-level-shift",
        set_column("sales", lambda i, c: number(c["sales"][i]) * (1 if i < 80 else 3)),
        {},
    ),
    ("error", "channel-not-finite", set_cells("tv", {3: "inf"}), {}),
    ("error", "channel-negative", set_cells("tv", {3: -1}), {}),
    ("error", "channel-all-zero", set_column("tv", lambda i, c: 0), {}),
    ("error", "channel-constant", set_column("tv", lambda i, c: 500), {}),
    ("error", "channel-missing", set_cells("tv", {3: ""}), {}),
    ("info", "channel-blank-is-zero", set_cells("tv", {3: ""}), {"missing_media": "zero"}),
    ("warning", "dead-channel", set_column("tv", lambda i, c: 900 + i if i in (50, 90, 91) else 0), {}),
    ("warning", "late-channel", set_cells("search", dict.fromkeys(range(60), 0)), {}),
    ("warning", "on-off-channel", set_column("tv", lambda i, c: 500 if i % 7 < 3 else 0), {}),
    ("warning", "channel-left-out", nothing, {"channels": ("tv", "search")}),
    ("warning", "tiny-channel", set_column("tv", lambda i, c: number(c["tv"][i]) / 400), {}),
    (
        "warning",
        "channel-is-exposure",
        set_column("radio_grps", lambda i, c: 10 + i % 17),
        {"channels": ("tv", "radio_grps")},
    ),
    ("warning", "collinear-channels", set_column("tv", lambda i, c: 3 * number(c["search"][i]) + i % 5), {}),
    ("warning", "spend-follows-outcome", set_column("tv", lambda i, c: 0.1 * number(c["sales"][i]) + 10 * (i % 3)), {}),
    ("warning", "spend-follows-outcome", set_column("tv", lambda i, c: noisy(c, i)), {}),
    ("error", "control-not-finite", set_cells("price", {3: "inf"}), {}),
    ("error", "control-constant", set_column("price", lambda i, c: 10), {}),
    ("error", "control-missing", set_cells("price", {3: ""}), {}),
    ("info", "control-interpolated", set_cells("price", {3: ""}), {"missing_controls": "interpolate"}),
    ("error", "event-constant", set_column("holiday", lambda i, c: 1), {}),
    ("warning", "event-amounts", set_column("holiday", lambda i, c: i % 4), {}),
    ("warning", "many-events", set_column("holiday", lambda i, c: f"day {i}" if i % 10 == 3 else "na"), {}),
    ("error", "too-few-rows", keep_rows(slice(0, 20)), {"adstock_max_lag": 2, "budget_horizon": 4}),
    ("warning", "tight-fit", keep_rows(slice(0, 80)), {}),
    ("warning", "short-history", keep_rows(slice(0, 90)), {}),
    ("error", "lag-too-long", nothing, {"adstock_max_lag": 100}),
    ("error", "holdout-too-long", nothing, {"holdout": 60}),
    ("warning", "season-unseen", keep_rows(slice(0, 50)), {}),
    ("error", "weekly-season-needs-days", nothing, {"weekly_seasonality": 3}),
    ("warning", "horizon-too-long", nothing, {"budget_horizon": 200}),
    ("error", "budget-bound-negative", nothing, {"budget_min": {"tv": -1.0}}),
    ("error", "budget-bounds-crossed", nothing, {"budget_min": {"tv": 9.0}, "budget_max": {"tv": 5.0}}),
    ("error", "budget-infeasible", nothing, {"budget": 100.0, "budget_min": {"tv": 90.0, "search": 20.0}}),
    ("error", "budget-infeasible", nothing, {"budget_change": 0.1, "budget_max": {"tv": 10.0}}),
    ("error", "budget-infeasible", nothing, {"budget": 1e4, "budget_max": {"tv": 9e2, "search": 2e3, "social": 5e2}}),
]


def noisy(columns: Columns, row: int) -> float:
    """Spend set by the outcome of the week before, with some freedom."""
    before = number(columns["sales"][max(row - 1, 0)])
    return round(before / 20 + random.Random(row).gauss(0, 120), 2)


@pytest.mark.parametrize(("severity", "code", "edit", "given"), CASES, ids=[f"{c[1]}-{i}" for i, c in enumerate(CASES)])
def test_finding(
    severity: str, code: str, edit: Edit, given: dict[str, Any], table_of: Callable[[Columns], Table]
) -> None:
    columns = clean()
    if code == "spend-follows-outcome":  # without its season, in which everything moves together
        draw = random.Random(3)
        columns["sales"] = [round(draw.gauss(100_000, 8_000), 2) for _ in columns["sales"]]
    edit(columns)
    found = [finding for finding in judged(table_of(columns), **given) if finding.code == code]
    assert found, "the finding is missing"
    assert found[0].severity == severity
    assert found[0].message
    assert found[0].remedy or severity == "info"
    assert found[0].field is None or found[0].field in MMMSpec.model_fields


def test_clean_table_has_no_findings(table_of: Callable[[Columns], Table]) -> None:
    assert judged(table_of(clean())) == []


def test_clean_daily_table_has_no_findings(table_of: Callable[[Columns], Table]) -> None:
    table = table_of(clean(rows=800, step=1))
    assert judged(table, frequency="day", weekly_seasonality=3, adstock_max_lag=28) == []


def test_errors_come_first(table_of: Callable[[Columns], Table]) -> None:
    columns = clean(90)
    set_cells("tv", {3: -1})(columns)
    severities = [finding.severity for finding in judged(table_of(columns))]
    assert severities == sorted(severities, key=("error", "warning", "info").index)
    assert severities[0] == "error"


def test_a_column_that_is_not_there_or_not_numeric_is_left_to_the_core(table_of: Callable[[Columns], Table]) -> None:
    columns = clean()
    columns["tv"] = ["much" for _ in columns["tv"]]
    table = table_of(columns)
    assert judged(table) == []
    assert judged(table, date="weeks", outcome="sale", channels=("tvs",), controls=("prices",), events=("days",)) == []


def test_the_remedy_for_a_useless_channel_names_the_flag_without_it(table_of: Callable[[Columns], Table]) -> None:
    columns = clean()
    set_column("tv", lambda i, c: 0)(columns)
    found = next(f for f in judged(table_of(columns)) if f.code == "channel-all-zero")
    assert "--channels search,social" in found.remedy


def test_hostile_names_are_shown_safely(table_of: Callable[[Columns], Table]) -> None:
    name = "tv\u202e\x1b[31m\n"
    columns = clean()
    columns[name] = [0 for _ in columns.pop("tv")]
    found = judged(table_of(columns), channels=(name, "search", "social"))
    shown = "".join(f.message + f.remedy for f in found)
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert "\n" not in shown
