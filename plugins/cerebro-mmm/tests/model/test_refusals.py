"""Rows that no model can use are refused with what, where and what to do."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cerebro_core.blocks.result import Refused
from cerebro_mmm.blocks.adstock import geometric_adstock
from cerebro_mmm.blocks.exploration import check_spacing, event_label, explore
from cerebro_mmm.blocks.forms import given_form
from cerebro_mmm.blocks.modeling import build_problem
from cerebro_mmm.blocks.preprocessing import lag_window, with_past
from cerebro_mmm.blocks.saturation import hill

ROLES = {
    "date": "week",
    "outcome": "sales",
    "channels": ("media_1", "media_2"),
    "controls": ("price",),
    "events": (),
    "frequency": "week",
    "geo": None,
    "exposure": {},
    "reach": {},
    "average_frequency": {},
    "revenue_per_unit": None,
    "unit_value": 1.0,
}


@pytest.fixture
def table(world):
    return pd.DataFrame(world.columns)


def spoil(table, column, row, value):
    table[column] = table[column].astype(object)
    table.loc[row, column] = value


@pytest.mark.parametrize(
    ("column", "row", "value", "words"),
    [
        ("week", 3, "soon", "week: 1 rows have no readable date"),
        ("week", 3, None, "no readable date"),
        ("week", 3, "2021-01-04", "more than once"),
        ("week", 3, "2021-01-26", "one week apart"),
        ("sales", 3, None, "sales: 1 rows have no value"),
        ("sales", 3, "many", "'many' is not a number"),
        ("sales", 3, float("inf"), "infinite"),
        ("media_1", 3, -1.0, "media_1: spend is below zero in 1 rows"),
        ("price", 3, float("-inf"), "infinite"),
    ],
)
def test_a_bad_cell_is_named(in_memory, table, column, row, value, words):
    spoil(table, column, row, value)
    with pytest.raises(Refused, match=words):
        explore(in_memory(table), **ROLES)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [("sales", 5.0, "5 in every row"), ("media_2", 0.0, "never spends"), ("media_2", None, "never")],
)
def test_a_dead_column_is_named(in_memory, table, column, value, words):
    table[column] = value
    with pytest.raises(Refused, match=words):
        explore(in_memory(table), **ROLES)


def test_no_rows(in_memory, table):
    with pytest.raises(Refused, match="no rows"):
        explore(in_memory(table.iloc[:0]), **ROLES)


def test_rows_in_any_order_are_sorted(in_memory, table):
    market = explore(in_memory(table.sample(frac=1, random_state=1)), **ROLES)
    assert (np.diff(market.dates).astype(int) == 7).all()
    assert market.outcome == pytest.approx(table["sales"].to_numpy(dtype=float))


def test_daily_rows_need_the_right_frequency():
    days = np.datetime64("2024-01-01") + np.arange(30)
    check_spacing(days, "day", "day")
    with pytest.raises(Refused, match="set frequency"):
        check_spacing(days, "day", "week")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"holdout": 130}, "cannot carry"),
        ({"seasonality": 26, "holdout": 80}, "cannot carry"),
        ({"weekly_seasonality": 1}, "daily rows"),
    ],
)
def test_settings_that_the_rows_cannot_carry(market_of, prepared_of, world, changes, words):
    with pytest.raises(Refused, match=words):
        prepared_of(market_of(world), world.channels, **changes)


def test_blanks_are_refused_or_filled_as_asked(market_of, prepared_of, world):
    market = market_of(world)
    spend, price = market.spend.copy(), market.controls["price"].copy()
    spend[0, 4] = price[7] = np.nan
    blank = dataclasses.replace(market, spend=spend, exposure=spend)
    with pytest.raises(Refused, match=r"media_1 \(1\)"):
        prepared_of(blank, world.channels)
    filled = prepared_of(blank, world.channels, missing_media="zero")
    assert filled.spend[0, 4] == 0
    assert filled.decisions[0].field == "missing_media"
    holes = dataclasses.replace(market, controls={**market.controls, "price": price})
    with pytest.raises(Refused, match="price is blank in 1 rows"):
        prepared_of(holes, world.channels)
    assert np.isfinite(prepared_of(holes, world.channels, missing_controls="interpolate").design).all()


def test_priors_can_be_changed_and_misspelt_ones_are_refused(market_of, prepared_of, world):
    prepared = prepared_of(market_of(world), world.channels)

    def build(priors):
        return build_problem(prepared, given_form(geometric_adstock, hill, "adstock_first")[0], priors)

    changed = build({"effect.scale": 0.1, "retention[media_2].alpha": 5.0, "trend.scale": 9.0})
    assert changed.priors["effect"].values[0] == pytest.approx(np.full(5, 0.1))
    assert changed.priors["retention"].values[0] == pytest.approx([2, 5, 2, 2, 2])
    assert changed.prepared.prior_sd[changed.prepared.groups.index("trend")] == 9.0
    with pytest.raises(Refused, match=r"no prior is called 'efect\.scale'"):
        build({"efect.scale": 0.1})
    with pytest.raises(Refused, match="above zero"):
        build({"effect.scale": 0.0})


def test_spend_before_the_first_row_is_the_mean_of_the_first_rows():
    lagged = with_past(np.array([[4.0, 2.0, 6.0, 8.0]]), 4, 2)[:, lag_window(1, 4, 2)]
    assert lagged[0].tolist() == [[4, 3, 3], [2, 4, 3], [6, 2, 4], [8, 6, 2]]


@pytest.mark.parametrize("cell", [None, float("nan"), "", "na", "NA", "none", 0, 0.0, "0", False, "no"])
def test_cells_that_mark_no_event(cell):
    assert event_label(cell) == ""


def test_labels_become_a_column_each(market_of, prepared_of, world):
    market = market_of(world)
    labels = tuple("sale" if row % 40 == 3 else "strike" if row == 60 else "" for row in range(len(market.outcome)))
    prepared = prepared_of(dataclasses.replace(market, events={"day": labels}), world.channels)
    assert prepared.names[-2:] == ("day: sale", "day: strike")
    assert prepared.design[:, -1].sum() == 1
