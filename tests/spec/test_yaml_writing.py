"""What is written is read back exactly, by our reader and by any other."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cerebro_core.errors import SpecError
from cerebro_core.spec_yaml import dump_yaml, load_yaml

HOSTILE = [
    "", " ", " lead", "trail ", "a: b", "a #b", "#c", "- d", "? e", "&f", "*g", "!h", "!!python/object:x", "|", ">",
    "%TAG", "@i", "`j`", "{k}", "[l]", "'", '"', '"""', "\\", "\\n", "new\nline", "\r\n", "\ttab", "\0", "\x1b[31m",
    "\x7f", "\x85", "\u2028", "\u200b", "\u202egnp.exe", "\ufeff", "\ud800", "\udcff\udcfe", "\ud83d\ude00", "😀",
    "null", "~", "NO", "yes", "True", "on", "y", "1", "1.0", "0123", "1e3", ".inf", ".nan", "2024-01-01", "12:30",
    "<<", "=", "---", "...", "é", "日本語", "e\u0301", "$\\frac{x}$", "'; DROP TABLE x; --", "=1+1", "<script>", "a, b",
    "x" * 300, "\x01" * 300, "x" * 5000, "{x!r}", "class", "\U0010ffff", "\ue000",
]  # fmt: skip


def texts(value: Any) -> Any:
    """What the reader gives for a value: scalars as text."""
    if isinstance(value, dict):
        return {key: texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [texts(item) for item in value]
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is None else str(value)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_comes_back(text):
    literal = {
        "kind": "mmm",
        "date": text,
        "channels": [text, "tv"],
        "budget_min": {text: 1.5},
        "n": [[text], {text: 1}],
    }
    written = dump_yaml(literal)
    kind, values = load_yaml(written)
    assert {"kind": kind, **values} == texts(literal)
    assert written.replace("\n", "").isprintable()
    assert "\ud800" not in written
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert yaml.safe_load(written) == literal


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
names = st.text(st.characters(exclude_categories=[]), max_size=30)
values = st.recursive(scalars | names, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=20)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(names.filter(lambda name: name != "kind"), values, max_size=5))
def test_any_json_value_comes_back(settings_given):
    written = dump_yaml({"kind": "mmm", **settings_given})
    try:
        assert load_yaml(written) == ("mmm", texts(settings_given))
    except SpecError as error:
        assert "nested deeper" in str(error)  # noqa: PT017


def test_reads_well():
    literal = {"kind": "mmm", "date": "week", "channels": ["tv", "paid search"], "currency": "", "seed": 0,
               "table": None, "ci_level": 0.9, "tiny": 1e-7, "budget_max": {"tv": 100.0}, "options": {}, "controls": [],
               "flag": True, "countries": ["NO", "SE"], "data": "data/weekly-2024.csv"}  # fmt: skip
    assert dump_yaml(literal, {"date": "Column with the date\nof each row."}) == (
        'kind: mmm\n# Column with the date of each row.\ndate: week\nchannels: [tv, paid search]\ncurrency: ""\n'
        "seed: 0\ntable: null\nci_level: 0.9\ntiny: 1e-07\nbudget_max:\n  tv: 100.0\noptions: {}\ncontrols: []\n"
        'flag: true\ncountries: ["NO", SE]\ndata: data/weekly-2024.csv\n'
    )


def test_a_long_list_takes_a_line_an_item():
    written = dump_yaml({"kind": "mmm", "channels": [f"channel number {n}" for n in range(9)]})
    assert "channels:\n  - channel number 0\n  - channel number 1\n" in written


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"x", {1: 2}, object(), {"a": {1, 2}}])
def test_what_is_no_json_value_is_refused(value):
    with pytest.raises(SpecError):
        dump_yaml({"kind": "mmm", "options": {"a": value}})
