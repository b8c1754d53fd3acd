"""What scripts ask of a table: frames, rows and statistics; and that the reader is light and links."""

from __future__ import annotations

import json
import math
import random
import statistics
import subprocess
import sys
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from cerebro_core.blocks.source import SourceError, file_sha256, open_source
from cerebro_core.linker.module import read_module
from cerebro_core.linker.resolve import resolve

MODULES = ("source", "source_file", "source_layout", "column_loading", "table_sql", "text_kinds", "csv_dialect")
TEXT = """day,when,n,gaps,x,flag,maybe,town
2024-01-01,2024-01-01 10:00,1,1,1.5,true,true,Bonn
2024-01-02,2024-01-02 11:00,2,,2.5,false,,
,,3,3,,true,false,Köln
"""


def test_a_frame_is_typed_and_holds_just_what_was_asked(tmp_path: Path, write: ModuleType) -> None:
    source = open_source(write.text_file(tmp_path, TEXT))
    frame = source.frame(["town", "day", "when", "n", "gaps", "x", "flag", "maybe"])
    assert list(frame.columns) == ["town", "day", "when", "n", "gaps", "x", "flag", "maybe"]
    kinds = {name: str(kind) for name, kind in frame.dtypes.items()}
    assert kinds["day"] == kinds["when"] == "datetime64[us]"
    assert (kinds["n"], kinds["gaps"], kinds["x"]) == ("int64", "float64", "float64")
    assert (kinds["flag"], kinds["maybe"]) == ("bool", "boolean")
    assert pd.api.types.is_string_dtype(frame["town"].dropna())
    assert frame["when"][1] == pd.Timestamp("2024-01-02 11:00")
    assert [frame[name].isna().sum() for name in frame] == [1, 1, 1, 0, 1, 1, 0, 1]
    assert np.array_equal(frame["maybe"].to_numpy(float, na_value=math.nan), [1, math.nan, 0], equal_nan=True)
    assert len(source.frame([])) == 3


def test_rows_keep_the_order_of_the_file(tmp_path: Path, write: ModuleType) -> None:
    numbers = random.Random(1).sample(range(1_000_000), 200_000)
    source = open_source(write.text_file(tmp_path, "n,m\n" + "".join(f"{n},{-n}\n" for n in numbers)))
    assert source.frame(["n"])["n"].tolist() == numbers
    assert [row[0] for row in source.records(["m"], 5)] == [-n for n in numbers[:5]]
    assert source.records(["n"], 2, order_by=["m"]) == [(n,) for n in sorted(numbers)[:-3:-1]]


def test_records_are_plain(tmp_path: Path, write: ModuleType) -> None:
    source = open_source(write.text_file(tmp_path, TEXT))
    assert source.records(["day", "when", "n", "x", "flag", "town"], 1) == [
        (date(2024, 1, 1), datetime(2024, 1, 1, 10), 1, 1.5, True, "Bonn")
    ]
    assert source.records(["day"], order_by=["day"])[-1] == (None,)


def test_an_unknown_column_is_told_with_the_nearest(tmp_path: Path, write: ModuleType) -> None:
    source = open_source(write.text_file(tmp_path, TEXT))
    for ask in (source.frame, source.records):
        with pytest.raises(SourceError, match=r"no column 'Twon' in .*data\.csv; did you mean 'town'\?"):
            ask(["Twon"])


def test_statistics_keep_their_digits_far_from_zero(tmp_path: Path, write: ModuleType) -> None:
    draw = random.Random(2)
    rows = [(1e9 + draw.gauss(0, 1e-2), 1e9 + draw.gauss(0, 1e-2)) for _ in range(5_000)]
    path = write.text_file(tmp_path, "x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in rows))
    found = open_source(path).aggregate(
        {f: (f, "x") for f in ("mean", "var", "std", "sum")} | {"r": ("corr", "x", "y"), "c": ("covar", "x", "y")}
    )[0]
    xs, ys = [Fraction(x) for x, _ in rows], [Fraction(y) for _, y in rows]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    cross = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    square_x, square_y = sum((x - mean_x) ** 2 for x in xs), sum((y - mean_y) ** 2 for y in ys)
    assert found["mean"] == pytest.approx(float(mean_x), rel=1e-15)
    assert found["sum"] == pytest.approx(float(sum(xs)), rel=1e-15)
    assert found["var"] == pytest.approx(float(square_x / (len(xs) - 1)), rel=1e-6)
    assert found["c"] == pytest.approx(float(cross / (len(xs) - 1)), abs=1e-5 * 1e-4)
    assert found["r"] == pytest.approx(float(cross) / math.sqrt(square_x * square_y), abs=1e-5)


def test_statistics_by_group(tmp_path: Path, write: ModuleType) -> None:
    text = "arm,week,y\n" + "".join(f"{'ab'[i % 2]},{i % 3},{i}\n" for i in range(12)) + ",1,inf\n"
    source = open_source(write.text_file(tmp_path, text))
    rows = source.aggregate({"n": ("rows",), "mean": ("mean", "y"), "sd": ("std", "y")}, by=["arm"])
    assert [row["arm"] for row in rows] == ["a", "b", None]
    assert rows[0] == {"arm": "a", "n": 6, "mean": 5.0, "sd": pytest.approx(statistics.stdev([0, 2, 4, 6, 8, 10]))}
    assert rows[2] == {"arm": None, "n": 1, "mean": None, "sd": None}
    assert len(source.aggregate({"n": ("rows",)}, by=["arm", "week"])) == 7
    assert source.aggregate({"d": ("distinct", "arm", "week")})[0] == {"d": 7}
    assert source.aggregate({"f": ("not_finite", "y"), "z": ("zeros", "y"), "max": ("max", "y")})[0] == {
        "f": 1,
        "z": 1,
        "max": 11,
    }


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (("mean", "town"), "'town' in .* is text; 'mean' needs numbers"),
        (("mean", "day"), "is date"),
        (("true", "n"), "needs truth values"),
        (("median", "n"), "no measure 'median'"),
        (("sum", "n", "x"), "takes 1 columns, not 2"),
        (("corr", "n"), "takes 2 columns, not 1"),
        (("sum", "nope"), "no column 'nope'"),
    ],
)
def test_a_measure_that_does_not_suit_is_refused(
    tmp_path: Path, write: ModuleType, measure: tuple[str, ...], message: str
) -> None:
    source = open_source(write.text_file(tmp_path, TEXT))
    with pytest.raises(SourceError, match=message):
        source.aggregate({"m": measure})


def test_many_columns(tmp_path: Path, write: ModuleType) -> None:
    names = [f"column {i}" for i in range(700)]
    path = write.text_file(tmp_path, ",".join(names) + "\n" + ",".join(map(str, range(700))) + "\n")
    source = open_source(path)
    assert {column.kind for column in source.columns} == {"integer"}
    sums = source.aggregate({name: ("sum", name) for name in names})[0]
    assert list(sums.values()) == list(range(700))


def test_only_the_columns_named_are_read(tmp_path: Path, write: ModuleType) -> None:
    """A cell that would change the kind of another column is not even looked at."""
    lines = [f"{i},{i}" for i in range(60_000)]
    lines[50_000] = "50000,oops"
    source = open_source(write.text_file(tmp_path, "a,b\n" + "\n".join(lines) + "\n"))
    assert source.frame(["a"])["a"].sum() == sum(range(60_000))
    assert source.notes == ()
    assert source.kind("b") == "text"
    assert [note[0] for note in source.notes] == ["mixed-values"]


def test_sha256(tmp_path: Path, write: ModuleType) -> None:
    path = write.text_file(tmp_path, "abc")
    assert file_sha256(path, None) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_sha256(path, 3) is not None
    assert file_sha256(path, 2) is None
    with pytest.raises(SourceError):
        file_sha256(str(tmp_path / "no"), None)


def test_profiling_imports_neither_pandas_nor_numpy(tmp_path: Path, write: ModuleType) -> None:
    path = write.text_file(tmp_path, TEXT)
    code = (
        "import json, sys\nfrom cerebro_core.table import profile_table\n"
        f"table = profile_table({path!r}); table.as_text(); table.records(['day', 'x']); table.findings()\n"
        "heavy = [m for m in ('pandas', 'numpy', 'pyarrow', 'matplotlib', 'socket') if m in sys.modules]\n"
        "print(json.dumps(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) <= {"socket"}


def test_the_reader_links_into_a_script() -> None:
    for module in MODULES:
        read_module(f"cerebro_core.blocks.{module}", "this test")
    roots = [
        ("cerebro_core.blocks.source:" + name, "this test") for name in ("open_source", "SourceError", "file_sha256")
    ]
    resolve(roots, {"duckdb": "duckdb>=1.4"})
