"""Plain values, strict JSON and CSV that a spreadsheet can open."""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cerebro_core.blocks.display import display
from cerebro_core.blocks.output_folder import run_file_name
from cerebro_core.blocks.output_values import csv_bytes, strict_json, strict_value


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (math.nan, None),
        (-math.inf, None),
        (np.float32("nan"), None),
        (np.float64(2.5), 2.5),
        (np.int64(7), 7),
        (np.bool_(True), True),
        (np.array([1.0, math.inf]), [1.0, None]),
        (np.str_("tv"), "tv"),
        (np.datetime64("2024-01-08"), "2024-01-08"),
        (np.datetime64("NaT", "s"), None),
        (pd.NaT, None),
        (pd.NA, None),
        (pd.Timestamp("2024-01-08"), "2024-01-08T00:00:00"),
        (datetime.date(2024, 1, 8), "2024-01-08"),
        (Decimal("1.5"), 1.5),
        ({"a": (1, {2})}, {"a": [1, [2]]}),
        ("x\udcff", "x\\udcff"),
    ],
)
def test_values_become_plain(value: Any, plain: Any) -> None:
    found = strict_value(value)
    assert found == plain
    assert type(found) is type(plain)


def test_json_is_strict_ascii_and_holds_no_lone_surrogate() -> None:
    document = strict_json({"\udcff": [math.nan, "\ud800", "\u202eevil\x1b[31m", 10**400, 1.0]})
    assert document.isascii()
    assert b"\x1b" not in document
    text = document.decode("ascii")
    assert json.loads(text)["\\udcff"][:2] == [None, "\\ud800"]
    json.loads(text)["\\udcff"][2].encode("utf-8")


@pytest.mark.parametrize("cell", ["=1+1", "+x", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"])
def test_formulas_are_quoted_in_csv(cell: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_bytes([cell], [[cell]]).decode("utf-8"), newline="")))
    assert rows == [["'" + cell], ["'" + cell]]


def test_numbers_and_other_text_stay_as_they_are_in_csv() -> None:
    text = csv_bytes(["n", 'a"b,c'], [[-1.5, "x\ny"], [math.nan, None], [-3, "10-2"]]).decode("utf-8")
    assert text == 'n,"a""b,c"\r\n-1.5,"x\ny"\r\n,\r\n-3,10-2\r\n'


@given(st.text(), st.sets(st.text(alphabet="ab_", min_size=1), max_size=3))
def test_file_names_are_safe_and_unlike_others(name: str, taken: set[str]) -> None:
    made = run_file_name(name, taken)
    assert made not in taken
    assert made.replace("_", "").replace("-", "").isalnum() or made == "unnamed"
    assert made.isascii()
    assert len(made) < 70


@given(st.text(alphabet=st.characters(), max_size=200))
def test_display_shows_one_printable_line(text: str) -> None:
    shown = display(text)
    assert shown.isprintable()
    assert len(shown) <= 120


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a\ufffdb"),
        ("a\nb\tc", "a b c"),
        ("\x1b[31m", "\ufffd[31m"),
        ("\ud800", "\ufffd"),
        ("é漢🎈", "é漢🎈"),
    ],
)
def test_display_replaces_what_cannot_be_shown(text: str, shown: str) -> None:
    assert display(text) == shown
