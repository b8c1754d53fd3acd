"""What a user writes in a file is what is read: delimiters, encodings, numbers and dates in their common forms."""

from __future__ import annotations

import gzip
import json
import math
from datetime import date, datetime
from pathlib import Path
from types import ModuleType

import pytest

from cerebro_core.blocks.source import SourceError, open_source


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", ":", "§", "\x01"])
def test_any_delimiter(tmp_path: Path, write: ModuleType, delimiter: str) -> None:
    rows = [["day", "sales", "town"], ["2024-01-01", "1.5", "Bonn"], ["2024-01-02", "2.5", "Köln"]]
    source = open_source(write.text_file(tmp_path, "\n".join(delimiter.join(row) for row in rows) + "\n"))
    assert source.records(["day", "sales", "town"]) == [
        (date(2024, 1, 1), 1.5, "Bonn"),
        (date(2024, 1, 2), 2.5, "Köln"),
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_encoding(tmp_path: Path, write: ModuleType, encoding: str, end: str) -> None:
    text = end.join(["Größe,n", "süß,1", "café,2"]) + end
    source = open_source(write.text_file(tmp_path, text, encoding=encoding))
    assert [column.name for column in source.columns] == ["Größe", "n"]
    assert source.records(["Größe", "n"]) == [("süß", 1), ("café", 2)]
    assert ("encoding" in {note[0] for note in source.notes}) == (not encoding.startswith("utf-8"))


def test_a_byte_that_is_not_utf8_in_the_last_row_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n" + b"1,x\n" * 500_000 + b"2,caf\xe9\n")
    assert open_source(str(path)).levels("b") == [("x", 500_000), ("café", 1)]


@pytest.mark.parametrize(
    ("cells", "values", "code"),
    [
        (["1", "22", "-3"], [1, 22, -3], ""),
        (["1.5", "2", "-.5"], [1.5, 2, -0.5], ""),
        (["1e3", "2.5E-2"], [1000, 0.025], ""),
        (["inf", "-inf", "1.5"], [math.inf, -math.inf, 1.5], ""),
        (["1,234.5", "12", "1,234,567.25"], [1234.5, 12, 1234567.25], "thousands-comma"),
        (["1,5", "2,25", "-3"], [1.5, 2.25, -3], "decimal-comma"),
        (["1.234,5", "12,25", "1.234.567"], [1234.5, 12.25, 1234567], "thousands-point"),
        (["1 234,5", "12", "1 234 567"], [1234.5, 12, 1234567], "thousands-space"),
        (["1 234.5", "12"], [1234.5, 12], "thousands-space"),
        (["1\u00a0234,5", "12"], [1234.5, 12], "thousands-space"),
        (["1'234.5", "12"], [1234.5, 12], "thousands-apostrophe"),
        (["1'234,5", "12"], [1234.5, 12], "thousands-apostrophe"),
        (["$5", "$1,234.50", "-$2"], [5, 1234.5, -2], "currency"),
        (["5 €", "1.234,50 €"], [5, 1234.5], "currency"),
        (["5%", "12.5%"], [5, 12.5], "percent"),
        (["\u22125", "3.5"], [-5, 3.5], ""),
    ],
)
def test_numbers(tmp_path: Path, write: ModuleType, cells: list[str], values: list[float], code: str) -> None:
    source = open_source(write.column_file(tmp_path, cells))
    assert write.cells_of(source, "x") == values
    assert source.kind("x") in ("number", "integer")
    assert [note[0] for note in source.notes] == ([code] if code else [])


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["2024-01-05", "2024-12-31"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["2024/01/05", "2024/12/31"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["05/01/2024", "31/12/2024"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["01/05/2024", "12/31/2024"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["5.1.2024", "31.12.2024"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["05.01.24", "31.12.24"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["1/5/24", "12/31/24"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["05-01-2024", "31-12-2024"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["20240105", "20241231"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["Jan 5, 2024", "Dec 31, 2024"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["January 5, 2024", "December 31, 2024"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["5 Jan 2024", "31 Dec 2024"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["05-Jan-24", "31-Dec-24"], [date(2024, 1, 5), date(2024, 12, 31)]),
        (["2024-W01", "2024-W05"], [date(2024, 1, 1), date(2024, 1, 29)]),
        (["2024-01", "2024-02"], [date(2024, 1, 1), date(2024, 2, 1)]),
        (["Jan 2024", "Feb 2024"], [date(2024, 1, 1), date(2024, 2, 1)]),
        (["Jan-24", "Feb-24"], [date(2024, 1, 1), date(2024, 2, 1)]),
        (["2024-Q1", "2024-Q3"], [date(2024, 1, 1), date(2024, 7, 1)]),
        (["2024-01-05 10:30", "2024-01-06 11:00:01"], [datetime(2024, 1, 5, 10, 30), datetime(2024, 1, 6, 11, 0, 1)]),
        (["2024-01-05T10:30:00.25", "2024-01-06"], [datetime(2024, 1, 5, 10, 30, 0, 250000), datetime(2024, 1, 6)]),
        (["2024-01-05T10:30:00Z", "2024-01-05T10:30:00+02:00"], [datetime(2024, 1, 5, 10, 30), datetime(2024, 1, 5, 8, 30)]),  # noqa: E501
        (["31/12/2024 15:04", "01/01/2025 03:04"], [datetime(2024, 12, 31, 15, 4), datetime(2025, 1, 1, 3, 4)]),
        (["12/31/2024 3:04 PM", "1/1/2025 3:04 AM"], [datetime(2024, 12, 31, 15, 4), datetime(2025, 1, 1, 3, 4)]),
    ],
)  # fmt: skip
def test_dates(tmp_path: Path, write: ModuleType, cells: list[str], values: list[date]) -> None:
    source = open_source(write.column_file(tmp_path, cells))
    assert source.kind("x") == "date"
    assert write.cells_of(source, "x") == values


@pytest.mark.parametrize("month_first", [True, False])
def test_day_or_month_first_is_settled_by_the_spacing(tmp_path: Path, write: ModuleType, month_first: bool) -> None:
    days = [date(2023 + i // 12, i % 12 + 1, 1) for i in range(18)]
    cells = [day.strftime("%m/%d/%Y" if month_first else "%d/%m/%Y") for day in days]
    source = open_source(write.column_file(tmp_path, cells))
    assert write.cells_of(source, "x") == days
    assert [note[0] for note in source.notes if note[0].startswith("ambiguous")] == ["ambiguous-dates"]


@pytest.mark.parametrize(
    ("delimiter", "other", "value"),
    [(",", "2.5", 1234), (";", "2,5", 1.234), (";", "7", 1.234)],
)
def test_one_comma_and_three_digits_means_what_the_file_shows(
    tmp_path: Path, write: ModuleType, delimiter: str, other: str, value: float
) -> None:
    text = f'x{delimiter}y\n"1,234"{delimiter}{other}\n"5,678"{delimiter}{other}\n'
    source = open_source(write.text_file(tmp_path, text))
    assert write.cells_of(source, "x")[0] == value
    assert "ambiguous-numbers" in {note[0] for note in source.notes}
    alone = open_source(source.path)  # the answer does not depend on which columns are read together
    assert alone.frame(["x"])["x"][0] == value


@pytest.mark.parametrize("marker", ["", "NA", "N/A", "NaN", "NULL", "null", "#N/A"])
def test_markers_are_missing_in_every_column(tmp_path: Path, write: ModuleType, marker: str) -> None:
    source = open_source(write.text_file(tmp_path, f"t,x,d\na,1,2024-01-01\n{marker},{marker},{marker}\n"))
    assert source.records(["t", "x", "d"])[1] == (None, None, None)
    assert [column.kind for column in source.columns] == ["text", "integer", "date"]


@pytest.mark.parametrize("marker", ["na", "n/a", "-", ".", "?", "None", "missing", "#DIV/0!"])
def test_words_for_missing_are_missing_among_numbers_and_levels_among_text(
    tmp_path: Path, write: ModuleType, marker: str
) -> None:
    source = open_source(write.text_file(tmp_path, f"t,x\na,1\n{marker},{marker}\nb,3\n"))
    assert write.cells_of(source, "t") == ["a", marker, "b"]
    assert write.cells_of(source, "x") == [1, None, 3]
    assert ("read-as-missing", "x", f"read as missing: '{marker}' (1)") in source.notes


@pytest.mark.parametrize("late", ["na", "1.5", "1,234.5", "12345678901234567"])
def test_a_late_row_is_read_as_an_early_one(tmp_path: Path, write: ModuleType, late: str) -> None:
    """A form that first appears far below what is sampled changes nothing but the column's kind."""
    lines = [f'{i},"{i}"' for i in range(1000, 61_000)]
    lines[40_123] = f'0,"{late}"'
    source = open_source(write.text_file(tmp_path, "n,x\n" + "\n".join(lines) + "\n"))
    value = source.records(["x"], 60_000)[40_123][0]
    assert value == {"na": None, "1.5": 1.5, "1,234.5": 1234.5, "12345678901234567": 12345678901234567}[late]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["007", "010"], ["007", "010"]),
        (["12345678901234567890", "12345678901234567891"], ["12345678901234567890", "12345678901234567891"]),
        (["9007199254740993", "9007199254740992"], [9007199254740993, 9007199254740992]),
        (["yes", "no"], ["yes", "no"]),
        (["TRUE", "false"], [True, False]),
        (["2024-02-30", "2024-02-28"], ["2024-02-30", "2024-02-28"]),
        (["$5", "€5"], ["$5", "€5"]),
        (["1_000", "2_000"], ["1_000", "2_000"]),
        (["=1+1", "@x"], ["=1+1", "@x"]),
    ],
)
def test_nothing_is_lost_by_guessing(tmp_path: Path, write: ModuleType, cells: list[str], values: list[object]) -> None:
    assert write.cells_of(open_source(write.column_file(tmp_path, cells)), "x") == values


def test_a_few_odd_cells_keep_a_column_text_and_are_told(tmp_path: Path, write: ModuleType) -> None:
    source = open_source(write.column_file(tmp_path, [f"{i}.5" for i in range(50)] + ["about 3"]))
    assert source.kind("x") == "text"
    assert [note[0] for note in source.notes] == ["mixed-values"]


def test_odd_spellings_of_nan_among_numbers_are_missing(tmp_path: Path, write: ModuleType) -> None:
    lines = [str(i / 2) for i in range(60_000)]
    lines[40_000:40_002] = ["NAN", "-nan"]
    source = open_source(write.text_file(tmp_path, "x\n" + "\n".join(lines) + "\n"))
    assert source.aggregate({"m": ("missing", "x"), "k": ("max", "x")})[0] == {"m": 2, "k": 29_999.5}


def test_quotes_escapes_and_line_breaks_inside_cells(tmp_path: Path, write: ModuleType) -> None:
    text = '"a\nb","c,d"\n"line 1\nline 2","say ""hi"""\n"x","y"\n'
    source = open_source(write.text_file(tmp_path, text))
    assert source.names == ("a\nb", "c,d")
    assert source.records(source.names) == [("line 1\nline 2", 'say "hi"'), ("x", "y")]
    backslash = open_source(write.text_file(tmp_path, 'a,b\n"say \\"hi\\"",1\n"x",2\n', "b.csv"))
    assert write.cells_of(backslash, "a") == ['say "hi"', "x"]
    single = open_source(write.text_file(tmp_path, "'a','b'\n'x,y',1\n'z',2\n", "s.csv"))
    assert single.records(["a", "b"]) == [("x,y", 1), ("z", 2)]


def test_mixed_and_old_line_ends(tmp_path: Path, write: ModuleType) -> None:
    for number, text in enumerate(["a,b\n1,2\r\n3,4\n", "a,b\r1,2\r3,4\r", "\n\na,b\n1,2\n3,4\n\n"]):
        source = open_source(write.text_file(tmp_path, text, f"{number}.csv"))
        assert source.records(["a", "b"]) == [(1, 2), (3, 4)]


def test_one_column(tmp_path: Path, write: ModuleType) -> None:
    assert write.cells_of(open_source(write.text_file(tmp_path, "sales\n1.5\n2\n")), "sales") == [1.5, 2]
    assert write.cells_of(open_source(write.text_file(tmp_path, "sales\n1,5\n2,5\n", "b.csv")), "sales") == [1.5, 2.5]


def test_the_same_table_in_every_format(tmp_path: Path, write: ModuleType) -> None:
    select = (
        "select date '2024-01-01' + (i * 7)::int as week, 100 + i / 7.0 + 1e-9 as sales, i as n, "
        "case when i % 5 = 0 then null else i / 3.0 end as gap, ['a', 'b'][1 + (i % 2)::int] as town, i % 3 = 0 as flag "  # noqa: E501
        "from range(60) r(i)"
    )
    paths = [
        write.copy_to(tmp_path / "t.csv", select, "(header)"),
        write.copy_to(tmp_path / "t.parquet", select),
        write.copy_to(tmp_path / "t.json", select, "(format json, array true)"),
        write.copy_to(tmp_path / "t.ndjson", select, "(format json)"),
        write.duckdb_file(tmp_path / "t.duckdb", f"create table t as {select}"),
    ]
    packed = tmp_path / "t.csv.gz"
    packed.write_bytes(gzip.compress(Path(paths[0]).read_bytes()))
    sources = [open_source(path) for path in [*paths, str(packed)]]
    first = sources[0]
    assert [column.kind for column in first.columns] == ["date", "number", "integer", "number", "text", "boolean"]
    for other in sources[1:]:
        assert other.columns == first.columns
        for left, right in zip(first.records(first.names), other.records(first.names), strict=True):
            for value, twin in zip(left, right, strict=True):
                assert twin == (pytest.approx(value, rel=1e-15) if isinstance(value, float) else value)
        measures = {f: (f, "sales") for f in ("mean", "std", "sum")} | {"c": ("corr", "sales", "gap")}
        assert other.aggregate(measures)[0] == pytest.approx(first.aggregate(measures)[0], rel=1e-9)
        assert other.frame(first.names).dtypes.to_dict() == first.frame(first.names).dtypes.to_dict()


def test_typed_files_keep_what_csv_cannot_say(tmp_path: Path, write: ModuleType) -> None:
    select = (
        "select 'nan'::double as x, 1.5::float as f, 12.25::decimal(9, 2) as d, "
        "timestamptz '2024-01-01 10:00:00+02' as z, [1, 2] as list, time '10:00' as t, 3::utinyint as u, "
        "'2024-01-05' as s, uuid() as k"
    )
    for name in ("t.parquet", "t.duckdb"):
        path = tmp_path / name
        if name.endswith("parquet"):
            write.copy_to(path, select)
        else:
            write.duckdb_file(path, f"create table t as {select}")
        source = open_source(str(path))
        row = source.records(["x", "f", "d", "z", "list", "t", "u", "s"])[0]
        assert row == (None, 1.5, 12.25, datetime(2024, 1, 1, 8), "[1, 2]", "10:00:00", 3, date(2024, 1, 5))


def test_json_by_rows_only(tmp_path: Path, write: ModuleType) -> None:
    rows = [{"a": 1, "b": "x"}, {"a": 2.5, "b": None, "c": {"k": 1}}]
    source = open_source(write.text_file(tmp_path, json.dumps(rows, indent=2), "t.json"))
    assert source.records(["a", "b", "c"]) == [(1, "x", None), (2.5, None, '{"k":1}')]
    for bad in ('{"a": [1, 2], "b": [3, 4]}', "[1, 2]", "[[1], [2]]", '[{"a": 1', '[{"a": 1, "a": 2}]', "[]", "{}"):
        with pytest.raises(SourceError):
            open_source(write.text_file(tmp_path, bad, "bad.json")).columns  # noqa: B018
