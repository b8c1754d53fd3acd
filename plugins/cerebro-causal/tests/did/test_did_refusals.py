"""What is at fault in the input ends with exit code 2 and says what to do; bad designs are flagged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from did_worlds import draw_regions, draw_rollout

from cerebro_core import validate
from cerebro_core.api import as_spec
from cerebro_core.blocks.result import Refused, Result
from cerebro_core.testing.direct import call_block

PANEL: dict[str, Any] = {"treatment": "campaign", "outcome": "sales", "unit": "store", "time": "week"}


def spec_of(frame: pd.DataFrame, folder: Path, **settings: Any) -> Any:
    path = folder / "data.parquet"
    frame.to_parquet(path, index=False)
    return as_spec({"kind": "causal", "method": "did", "data": str(path), **settings})


def rollout(**columns: Any) -> pd.DataFrame:
    return draw_rollout(1, 1.0, units=40).assign(**columns)


FINDINGS = {
    "no time": (rollout(), {"time": None}, "no-time"),
    "no treatment": (rollout(), {"treatment": None}, "no-treatment"),
    "treatment of one value": (rollout(campaign=1), {}, "one-arm"),
    "treatment of many values": (rollout(campaign=lambda f: f.week), {}, "many-arms"),
    "one period": (rollout(week=1), {}, "one-period"),
    "outcome never varies": (rollout(sales=3.0), {}, "no-variance"),
    "duplicates of unit and period": (pd.concat([rollout(), rollout().head(3)]), {}, "repeated-rows"),
    "no unit": (rollout(), {"unit": None}, "no-unit"),
    "the untreated": (rollout(), {"estimand": "atc"}, "estimand"),
    "wild for another estimator": (rollout(), {"inference": "wild"}, "inference"),
    "imputation without unit": (rollout(), {"unit": None, "estimator": "imputation"}, "no-unit"),
    "empty cells": (rollout(sales=lambda f: f.sales.where(f.index > 4)), {}, "missing-values"),
}


@pytest.mark.parametrize("case", FINDINGS)
def test_it_is_a_finding_with_its_code(tmp_path: Path, case: str) -> None:
    frame, settings, code = FINDINGS[case]
    given = {name: value for name, value in {**PANEL, **settings}.items() if value is not None}
    findings = validate(spec_of(frame, tmp_path, **given))
    assert code in {item.code for item in findings if item.severity == "error"}
    assert all(item.remedy for item in findings if item.code == code)


def ever(frame: pd.DataFrame) -> pd.Series:
    return frame.groupby("store").campaign.transform("max")


REFUSED = {
    "switches off": (rollout(campaign=lambda f: f.campaign * (f.week < 6)), PANEL, "switches off"),
    "treated from the start": (
        rollout(first_week=lambda f: np.where(ever(f) > 0, 1, 0)),
        {**PANEL, "treatment": None, "first_treated": "first_week"},
        "first period on",
    ),
    "all treated at once": (rollout(campaign=lambda f: (f.week > 3) * 1), PANEL, "same time"),
    "group, many periods": (rollout(campaign=ever), PANEL, "say when treatment began"),
    "duplicates": (pd.concat([rollout(), rollout().head(3)]), PANEL, "share unit and period"),
    "one treated unit": (rollout(campaign=lambda f: f.campaign * (f.store == f.store[f.campaign == 1].iloc[0])), PANEL,
                         "1 cluster that is treated"),
    "start changes within a unit": (
        rollout(first_week=lambda f: f.week), {**PANEL, "treatment": None, "first_treated": "first_week"},
        "changes within",
    ),
    "periods in words": (rollout(week=lambda f: f.week.map(lambda week: "abcdefg"[week])), PANEL, "order is not known"),
    "later period only": (
        draw_regions(1, 1.0), {"treatment": "active", "outcome": "income", "time": "year"}, "nothing says who",
    ),
    "nobody treated": (
        rollout(first_week=np.nan), {**PANEL, "treatment": None, "first_treated": "first_week"}, "nobody is treated",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_rows_that_refuse_the_method_say_why(tmp_path: Path, case: str) -> None:
    frame, settings, words = REFUSED[case]
    given = {name: value for name, value in settings.items() if value is not None}
    with pytest.raises(Refused, match=words):
        call_block(spec_of(frame, tmp_path, **given))


def statuses(found: Result) -> dict[str, str]:
    return {item.name: item.status for item in found.diagnostics}


def test_trends_that_part_before_fail(tmp_path: Path) -> None:
    bad = statuses(call_block(spec_of(draw_rollout(1, 1.0, apart=1.2), tmp_path, **PANEL)))
    assert bad["parallel_trends"] == "fail"
    good = statuses(call_block(spec_of(draw_rollout(2, 1.0), tmp_path, **PANEL)))
    assert good["parallel_trends"] == "pass"


def test_staggered_two_way_effects_fail(tmp_path: Path) -> None:
    frame = draw_rollout(1, 1.0, periods=10, growth=1.0)
    bad = call_block(spec_of(frame, tmp_path, **{**PANEL, "estimator": "twfe"}))
    assert statuses(bad)["forbidden_comparisons"] == "fail"
    good = call_block(spec_of(frame, tmp_path, **PANEL))
    assert statuses(good)["forbidden_comparisons"] == "pass"
    since = (frame.week - frame.first_week)[frame.campaign == 1]
    truth = float((1 + since).mean())
    assert good.estimates[0].value == pytest.approx(truth, abs=4 * (good.estimates[0].std_error or 0))
    assert bad.estimates[0].value < truth - 0.3


def test_two_periods_say_that_trends_cannot_be_seen(tmp_path: Path) -> None:
    settings = {"treatment": "policy", "outcome": "income", "time": "year", "cluster": "region"}
    found = call_block(spec_of(draw_regions(1, 1.0), tmp_path, **settings))
    assert statuses(found)["parallel_trends"] == "warn"
    assert "one period before cannot show" in found.answer


def test_three_ways_to_say_who_was_treated_when(tmp_path: Path) -> None:
    frame = draw_rollout(2, 1.0, units=40)
    by_switch = call_block(spec_of(frame, tmp_path, **PANEL)).estimates
    others = {name: value for name, value in PANEL.items() if name != "treatment"}
    by_start = call_block(spec_of(frame, tmp_path, first_treated="first_week", **others)).estimates
    by_zero = frame.assign(first_week=frame.first_week.fillna(0))
    zero = call_block(spec_of(by_zero, tmp_path, first_treated="first_week", **others)).estimates
    assert by_switch == by_start == zero
    dated = frame.assign(week=pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * frame.week, unit="D"))
    assert call_block(spec_of(dated, tmp_path, **PANEL)).estimates[0].value == pytest.approx(by_switch[0].value)
    began = pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * frame.first_week.replace(0, np.nan), unit="D")
    by_date = call_block(spec_of(dated.assign(first_week=began), tmp_path, first_treated="first_week", **others))
    assert by_date.estimates[0].value == pytest.approx(by_switch[0].value)


def test_everybody_treated_in_the_end(tmp_path: Path) -> None:
    frame = draw_rollout(3, 1.0).query("first_week > 0")
    found = call_block(spec_of(frame, tmp_path, **PANEL))
    low, high = found.estimates[0].ci_low or 0, found.estimates[0].ci_high or 0
    assert low < 1.0 < high
    assert any("Everybody is treated in the end" in item.reason for item in found.decisions)
    assert found.rows_used == int((frame.week < 5).sum())


@pytest.mark.slow
def test_hostile_names_change_nothing(tmp_path: Path) -> None:
    names = {"store": "st'ore\" id", "week": "C(week) * 2", "campaign": "y ~ x", "sales": "sales $^2$"}
    frame = draw_rollout(4, 1.0, units=40)
    plain = call_block(spec_of(frame, tmp_path, **PANEL)).estimates[0].value
    given = {role: names[name] for role, name in PANEL.items()}
    for estimator in ("callaway_santanna", "sun_abraham", "imputation", "twfe"):
        found = call_block(spec_of(frame.rename(columns=names), tmp_path, estimator=estimator, **given))
        if estimator == "callaway_santanna":
            assert found.estimates[0].value == plain


def test_the_design_stage_never_looks_at_the_outcome(tmp_path: Path) -> None:
    frame = draw_rollout(1, 1.0, units=40)
    found = call_block(spec_of(frame, tmp_path, stage="design", **PANEL))
    assert {item.name for item in found.estimates} == {"n"}
    assert found.tables["cohorts"].rows
