"""What a profile says about a table, and that a DataFrame goes the same way as a file."""

from __future__ import annotations

import decimal
import json
import time
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from cerebro_core.errors import TableError
from cerebro_core.table import Table, profile_table, save_frame


class Odd:
    """A label whose text is a lone surrogate, which pandas cannot hold as text itself."""

    def __str__(self) -> str:
        return "\ud800"


def weekly(tmp_path: Path, write: ModuleType) -> Table:
    lines = ["week,revenue,tv_spend,events,constant"]
    for i in range(30):
        if i != 12:
            day = date(2024, 1, 1) + timedelta(weeks=i)
            lines.append(f"{day},{100.5 + i},{max(0, i - 9)},{'xmas' if i == 20 else 'na'},7")
    return profile_table(write.text_file(tmp_path, "\n".join(lines) + "\n"))


def test_a_weekly_table(tmp_path: Path, write: ModuleType) -> None:
    table = weekly(tmp_path, write)
    week, revenue, spend = table.column("week"), table.column("revenue"), table.column("tv_spend")
    assert (table.rows, week.kind, week.spacing, week.minimum) == (29, "date", "week", "2024-01-01")
    assert week.steps is not None
    assert (week.steps.gaps, week.steps.after, week.steps.repeated) == (1, ("2024-03-18",), 0)
    values = [100.5 + i for i in range(30) if i != 12]
    assert revenue.mean == pytest.approx(np.mean(values))
    assert revenue.std == pytest.approx(np.std(values, ddof=1))
    assert (revenue.minimum, revenue.maximum, revenue.zeros, revenue.negatives) == (100.5, 129.5, 0, 0)
    assert (spend.kind, spend.zeros, spend.distinct) == ("integer", 10, 20)
    assert table.column("events").levels == (("na", 28), ("xmas", 1))
    assert table.column("constant").is_constant
    assert week.is_key
    assert not spend.is_key
    roles = {name: column.role for name, column in table.columns.items()}
    assert roles == {"week": "date", "revenue": "outcome", "tv_spend": "media", "events": "event", "constant": ""}
    assert all(column.role_reason for column in table.columns.values())


def test_the_profile_as_json_and_as_text(tmp_path: Path, write: ModuleType) -> None:
    path = write.text_file(tmp_path, "a,b,c\n1,inf,x\n2,-inf,\n,1.5,x\n")
    table = profile_table(path)
    document = json.loads(json.dumps(table.as_dict(), allow_nan=False))
    b = next(column for column in document["columns"] if column["name"] == "b")
    assert (b["minimum"], b["maximum"], b["not_finite"], b["mean"]) == (1.5, 1.5, 2, 1.5)
    assert document["columns"][2]["levels"] == [["x", 2]]
    assert document["columns"][0]["missing"] == 1
    assert "3 rows, 3 columns" in table.as_text()


@pytest.mark.parametrize(
    ("step", "spacing"),
    [("1 hour", "hour"), ("1 day", "day"), ("7 days", "week"), ("1 month", "month"), ("3 months", "quarter"), ("1 year", "year")],  # noqa: E501
)  # fmt: skip
def test_spacing(tmp_path: Path, write: ModuleType, step: str, spacing: str) -> None:
    days = f"timestamp '2020-01-31' + i * interval '{step}'"
    select = f"select {days} as t from range(20) r(i) where i not in (5, 6, 11)"
    path = write.copy_to(tmp_path / "t.csv", f"{select} union all {select} order by 1")
    steps = profile_table(path).column("t").steps
    assert steps is not None
    assert (steps.spacing, steps.gaps, steps.repeated) == (spacing, 3, 17)


def test_irregular_dates(tmp_path: Path, write: ModuleType) -> None:
    cells = ["2024-01-01", "2024-01-03", "2024-01-08", "2024-02-20", "2024-06-01"]
    assert profile_table(write.column_file(tmp_path, cells)).column("x").spacing == "irregular"


def test_estimates_for_large_tables_are_marked(tmp_path: Path, write: ModuleType) -> None:
    path = write.copy_to(
        tmp_path / "t.parquet", "select i as id, i % 7 as few, hash(i)::double / 1e19 as x from range(300000) r(i)"
    )
    table = profile_table(path)
    assert table.column("id").is_key
    assert (table.column("few").distinct, table.column("few").distinct_exact) == (7, True)
    assert not table.column("x").distinct_exact
    assert table.column("x").distinct == pytest.approx(300_000, rel=0.2)


def test_rows_are_gone_after_closing(tmp_path: Path, write: ModuleType) -> None:
    table = weekly(tmp_path, write)
    table.close()
    assert table.column("week").spacing == "week"
    with pytest.raises(TableError, match="only the profile is left"):
        table.records(["week"])
    with pytest.raises(TableError, match="did you mean 'revenue'"):
        table.column("Revenue")


def frame_back(frame: pd.DataFrame, tmp_path: Path) -> Table:
    path = str(tmp_path / "frame.parquet")
    save_frame(frame, path)
    return profile_table(path)


def test_a_data_frame_goes_through_a_file(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=3)
    frame = pd.DataFrame(
        {
            "day": days,
            "zone": days.tz_localize("Europe/Berlin"),
            "town": ["Bonn", None, "Köln"],
            "group": pd.Categorical(["b", "a", None]),
            "level": pd.Categorical([3, 1, 3]),
            "mixed": [1, "a", None],
            "flag": [True, None, False],
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "price": [decimal.Decimal("1.5"), None, decimal.Decimal(2)],
            "date": [date(2024, 1, 1), None, date(2024, 1, 3)],
            "month": pd.period_range("2024-01", periods=3, freq="M"),
            "x": [1.5, np.nan, np.inf],
        },
        index=[7, 7, 9],
    )
    before = frame.copy(deep=True)
    table = frame_back(frame, tmp_path)
    pd.testing.assert_frame_equal(frame, before)
    kinds: dict[str, Any] = {name: column.kind for name, column in table.columns.items()}
    assert kinds == {
        "day": "date", "zone": "date", "town": "text", "group": "text", "level": "integer", "mixed": "text",
        "flag": "boolean", "whole": "integer", "price": "number", "date": "date", "month": "date", "x": "number",
    }  # fmt: skip
    assert {name: column.missing for name, column in table.columns.items() if column.missing} == dict.fromkeys(
        ["town", "group", "mixed", "flag", "whole", "price", "date", "x"], 1
    )
    assert table.records(["mixed", "zone"], 1)[0][0] == "1"
    assert str(table.records(["zone"], 1)[0][0]) == "2023-12-31 23:00:00"


@pytest.mark.parametrize(
    "names",
    [["Sales", "sales"], ["", "x"], ['say "hi"', "a\nb"], ["x" * 300, "\u202ey"], [0, 1], [("a", "b"), "c"], ["a\0b", "c"]],  # noqa: E501
)  # fmt: skip
def test_hostile_names_of_a_frame(tmp_path: Path, names: list[Any]) -> None:
    table = frame_back(pd.DataFrame([[1, 2], [3, 4]], columns=pd.Index(names, tupleize_cols=False)), tmp_path)
    exact = ["_".join(name) if isinstance(name, tuple) else str(name) for name in names]
    assert list(table.columns) == exact
    assert table.records(exact) == [(1, 2), (3, 4)]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "two columns called 'x'"),
        (pd.DataFrame({"x": []}), "no rows"),
        (pd.DataFrame(index=[1, 2]), "no rows or no columns"),
        (pd.DataFrame({0: [1]}).rename(columns={0: Odd()}), "no valid Unicode"),
        ([[1]], "a list is no table"),
    ],
)
def test_frames_that_are_no_table(tmp_path: Path, frame: Any, message: str) -> None:
    with pytest.raises(TableError, match=message):
        save_frame(frame, str(tmp_path / "x.parquet"))


def test_a_profile_costs_little_more_than_duckdbs_own_read(tmp_path: Path, write: ModuleType) -> None:
    """Processor time, so that a busy machine does not matter; benchmarks/ holds the stricter figure."""
    path = write.copy_to(
        tmp_path / "big.csv",
        "select date '2020-01-01' + (i % 1500)::int as day, 'u' || i as unit, ['n', 's', 'e'][1 + (i % 3)::int] as area, "  # noqa: E501
        "random() * 100 as a, random() as b, (random() * 9)::int as c, i % 2 as t, exp(random()) as y from range(300000) r(i)",  # noqa: E501
        "(header)",
    )  # fmt: skip
    own, ours = [], []
    for _ in range(3):
        start = time.process_time()
        duckdb.connect().execute("create table t as select * from read_csv(?)", [path])
        own.append(time.process_time() - start)
        start = time.process_time()
        profile_table(path).close()
        ours.append(time.process_time() - start)
    assert min(ours) < 3 * min(own)
