"""What a difference in differences says and shows of its own figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from did_worlds import draw_regions, draw_rollout

from cerebro_causal.blocks.did_report import spread_places
from cerebro_core.api import as_spec
from cerebro_core.blocks.report_numbers import interval_text
from cerebro_core.blocks.result import Result
from cerebro_core.testing.direct import call_block

PANEL: dict[str, Any] = {"outcome": "sales", "unit": "store", "time": "week"}


def ask(frame: pd.DataFrame, folder: Path, **settings: Any) -> Result:
    path = folder / "data.parquet"
    frame.to_parquet(path, index=False)
    return call_block(as_spec({"kind": "causal", "method": "did", "data": str(path), **settings}))


def test_a_column_of_dates_is_not_called_the_cause(tmp_path: Path) -> None:
    found = ask(draw_rollout(1, 3.0), tmp_path, **PANEL, first_treated="first_week")
    assert found.answer.startswith("The treatment (from 'first_week' on) raised 'sales' ")
    none = ask(draw_rollout(2, 0.0), tmp_path, **PANEL, first_treated="first_week")
    assert none.answer.startswith("No effect of the treatment (from 'first_week' on) on 'sales' ")


def test_the_untreated_value_is_named_where_it_is_not_plain(tmp_path: Path) -> None:
    frame = draw_rollout(1, -3.0).assign(campaign=lambda f: 1 - f.campaign)
    found = ask(frame, tmp_path, **PANEL, treatment="campaign", control="1")
    assert found.answer.startswith("'campaign' = 0 rather than 1 lowered 'sales' ")
    assert "−" not in found.answer


def test_comparisons_that_are_not_used_have_no_figure(tmp_path: Path) -> None:
    frame = draw_rollout(1, 1.0, periods=10, growth=1.0)
    found = ask(frame, tmp_path, **PANEL, treatment="campaign")
    check = next(item for item in found.diagnostics if item.name == "forbidden_comparisons")
    assert (check.status, check.value, check.threshold) == ("pass", None, None)
    trends = next(item for item in found.diagnostics if item.name == "parallel_trends")
    assert f"The p-value of this test is {trends.value:.2g}, the limit 0.05." in trends.message


def test_answer_and_table_round_a_bootstrap_alike(tmp_path: Path) -> None:
    settings = {"treatment": "active", "outcome": "income", "time": "year", "cluster": "region", "estimator": "twfe"}
    found = ask(draw_regions(2, 3.0), tmp_path, **settings, inference="wild")
    first = found.estimates[0]
    shown = interval_text({"unit": "", **{name: getattr(first, name) for name in
                          ("value", "ci_low", "ci_high", "ci_set", "std_error")}})  # fmt: skip
    assert shown.replace(" to ", " and ") in found.answer


@pytest.mark.parametrize(("count", "most"), [(2, 8), (8, 8), (10, 8), (12, 8), (40, 12), (401, 12)])
def test_ticks_stand_at_both_ends_and_evenly(count: int, most: int) -> None:
    places = spread_places(count, most)
    assert places[0] == 0
    assert places[-1] == count - 1
    assert len(places) <= most
    gaps = np.diff(places)
    assert len(set(gaps[:-1])) <= 1
    assert gaps[-1] > gaps[0] / 2


def test_all_short_periods_have_their_tick(tmp_path: Path) -> None:
    found = ask(draw_rollout(1, 1.0, periods=10), tmp_path, **PANEL, treatment="campaign")
    figure = next(item.figure for item in found.charts if item.name == "trends")
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == [str(number) for number in range(1, 11)]
