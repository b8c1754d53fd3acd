"""Tables that mean harm, or were broken by accident: each is read exactly, or refused with one clear message."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from cerebro_core.blocks.display import display
from cerebro_core.blocks.source import SourceError, open_source
from cerebro_core.errors import TableError
from cerebro_core.table import profile_table

NAMES = [
    'say "hi"',
    "it's",
    "line\nbreak",
    '"""',
    "{x!r} {0} %s",
    "x; drop table data0; --",
    "select * from read_csv('/etc/passwd')",
    "=cmd|' /C calc'!A0",
    "\u202egnp.exe",
    "<script>alert(1)</script>",
    "\x1b[31mred\x1b[0m",
    "class",
    "c0",
    "rowid",
    "x" * 300,
    " sales ",
    "$\\frac{x}$",
    "a,b;c\td|e",
    "naïve ✓ 日本語 🎉",
    "\\",
    "'; attach 'x' as y; '",
    "null",
    "1",
]


def quoted_csv(names: list[str]) -> str:
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    return f"{header}\n" + "".join(",".join(str(10 * row + i) for i in range(len(names))) + "\n" for row in range(5))


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_only_a_name(tmp_path: Path, write: ModuleType, name: str) -> None:
    table = profile_table(write.text_file(tmp_path, quoted_csv(["first", name])))
    assert list(table.columns) == ["first", name]
    assert table.records([name], 2) == [(1,), (11,)]
    assert table.column(name).mean == 21
    assert table.aggregate({"total": ("sum", name)}, by=[name])[0] == {name: 1, "total": 1}
    shown = table.as_text()
    assert not set(shown) & set("\x1b\u202e\r\t")
    assert display(name, 40) in shown
    json.dumps(table.as_dict(), allow_nan=False)


@pytest.mark.parametrize("kind", ["csv", "parquet", "json"])
def test_all_hostile_names_at_once_in_every_format(tmp_path: Path, write: ModuleType, kind: str) -> None:
    names = [*NAMES, "Sales", "sales", "SALES"]
    path = tmp_path / f"data.{kind}"
    if kind == "csv":
        write.text_file(tmp_path, quoted_csv(names))
    elif kind == "json":
        write.text_file(tmp_path, json.dumps([{name: i for i, name in enumerate(names)}] * 2), "data.json")
    else:
        arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(arrow.table([[i] for i in range(len(names))], names=names), path)
    source = open_source(str(path))
    assert source.names == tuple(names)
    assert source.records(names, 1) == [tuple(range(len(names)))]
    assert list(source.frame(names[::-1]).columns) == names[::-1]


def test_names_that_differ_only_in_case_are_a_finding(tmp_path: Path, write: ModuleType) -> None:
    table = profile_table(write.text_file(tmp_path, "Sales,sales,x\n1,2,3\n4,5,6\n"))
    assert table.records(["sales", "Sales"]) == [(2, 1), (5, 4)]
    assert [finding.code for finding in table.findings()] == ["names-alike"]
    assert table.findings(columns=["x"]) == []


def test_an_empty_name_is_kept_and_two_are_refused(tmp_path: Path, write: ModuleType) -> None:
    table = profile_table(write.text_file(tmp_path, ",x\n1,2\n"))
    assert list(table.columns) == ["", "x"]
    assert [finding.code for finding in table.findings()] == ["empty-name"]
    trailing = profile_table(write.text_file(tmp_path, "x,y,,\n1,2,,\n3,4,,\n", "b.csv"))
    assert list(trailing.columns) == ["x", "y"]
    with pytest.raises(TableError, match="columns 2 and 3 are both without a name"):
        profile_table(write.text_file(tmp_path, "x,,\n1,2,3\n", "c.csv"))


def test_two_columns_of_one_name_are_refused(tmp_path: Path, write: ModuleType) -> None:
    with pytest.raises(TableError, match="columns 1 and 3 are both called 'x'"):
        profile_table(write.text_file(tmp_path, "x,y,x\n1,2,3\n"))


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty": ("a.csv", b"", "is empty"),
    "header only": ("a.csv", b"x,y\n", "has a header and no rows"),
    "header only without a line end": ("a.csv", b"x,y", "has a header and no rows"),
    "blank lines": ("a.csv", b"\n\n\n", "no readable row"),
    "PNG": ("a.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 90, "is a PNG picture"),
    "xlsx": ("a.xlsx", b"PK\x03\x04" + b"\0" * 90, "Excel workbook.* save it as CSV"),
    "old xls": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 90, "Excel"),
    "SQLite": ("a.db", b"SQLite format 3\x00" + b"\0" * 90, "SQLite"),
    "PDF": ("a.csv", b"%PDF-1.7\n", "PDF"),
    "binary": ("a.csv", b"a,b\n1,\x00\x01\x02\n" * 50, "binary"),
    "zero byte at the end": ("a.csv", b"a,b\n" + b"1,2\n" * 400_000 + b"\0,1\n", "binary"),
    "too many cells": ("a.csv", b"a,b\n1,2\n3,4,5\n", "line 3: 3 cells where the header has 2"),
    "too few cells": ("a.csv", b"a,b\n1,2\n3\n", "line 3: 1 cells where the header has 2"),
    "ragged far below": ("a.csv", b"a,b\n" + b"1,2\n" * 90_000 + b"3\n", "line 90002: 1 cells"),
    "a title above the header": ("a.csv", b"Report\nday,sales\n2024-01-01,1\n2024-01-02,2\n", "line 2: 2 cells"),
    "open quote": ("a.csv", b'a,b\n1,"x\n2,y\n', "quote is opened and never closed"),
    "one huge line": ("a.csv", b"a,b\nx," + b"y" * 5_000_000 + b"\n", "longer than 2 MB"),
    "broken Parquet": ("a.parquet", b"PAR1" + b"x" * 50, "damaged|Parquet|parquet"),
    "broken gzip": ("a.csv.gz", b"\x1f\x8b\x08\x00" + b"x" * 50, "damaged"),
    "broken DuckDB": ("a.duckdb", b"\0" * 8 + b"DUCK" + b"\0" * 9000, "a.duckdb"),
    "JSON number": ("a.json", b"[1, 2]", "list of objects"),
    "JSON text": ("a.json", b'["a"]', "list of objects"),
    "JSON by columns": ("a.json", b'{"a": [1, 2], "b": [3, 4]}', "by columns"),
    "JSON cut off": ("a.json", b'[{"a": 1}, {"a"', "damaged or cut off"),
    "JSON same key": ("a.json", b'[{"a": 1, "a": 2}]', "'a' twice"),
    "JSON empty": ("a.json", b"[]", "no rows|no columns"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_broken_file_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    name, content, message = REFUSED[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TableError, match=message) as refused:
        profile_table(str(tmp_path / name))
    said = str(refused.value)
    assert name in said
    assert "\n" not in said
    assert len(said) < 600
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_places_that_are_no_file(tmp_path: Path, write: ModuleType) -> None:
    write.text_file(tmp_path, "x,y\n1,2\n", "weekly_sales.csv")
    with pytest.raises(SourceError, match=r"did you mean .*weekly_sales\.csv"):
        open_source(str(tmp_path / "weekly_sale.csv"))
    with pytest.raises(SourceError, match="no folder"):
        open_source(str(tmp_path / "nowhere" / "x.csv"))
    with pytest.raises(SourceError, match="is a folder"):
        open_source(str(tmp_path))
    with pytest.raises(SourceError, match="not a path"):
        open_source("a\0b")
    with pytest.raises(SourceError, match="no file"):
        open_source("https://example.com/data.csv")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="no ordinary file"):
        open_source(str(tmp_path / "pipe"))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path, write: ModuleType) -> None:
    path = write.text_file(tmp_path, "x\n1\n")
    os.chmod(path, 0)
    with pytest.raises(SourceError, match="permission denied"):
        open_source(path)


@pytest.mark.parametrize(
    "name",
    ["a*[1].csv", "q?.csv", "{a,b}.csv", "it's.csv", "x=1.csv", "**.csv", "new\nline.csv", "-x.csv", "s3:%2f.csv"],
)  # fmt: skip
def test_a_path_with_wildcards_names_one_file(tmp_path: Path, write: ModuleType, name: str) -> None:
    folder = tmp_path / "week [1]*"
    folder.mkdir()
    for decoy in ("aX1.csv", "q1.csv", "a.csv", "b.csv", "a1.csv"):
        write.text_file(folder, "x\n999\n", decoy)
    source = open_source(write.text_file(folder, "x\n1\n2\n", name))
    assert source.names == ("x",)
    assert write.cells_of(source, "x") == [1, 2]


CLOSED: dict[str, Callable[[Path], str]] = {
    "CSV": lambda folder: f"read_csv('{folder}/secret.csv')",
    "text": lambda folder: f"read_text('{folder}/secret.csv')",
    "bytes": lambda folder: f"read_blob('{folder}/secret.csv')",
    "wildcard": lambda folder: f"read_csv('{folder}/*.csv')",
    "folder": lambda folder: f"glob('{folder}/*')",
}


@pytest.mark.parametrize("case", CLOSED)
def test_a_view_cannot_read_another_file(tmp_path: Path, write: ModuleType, case: str) -> None:
    write.text_file(tmp_path, "word\nsecret-word\n", "secret.csv")
    path = write.duckdb_file(
        tmp_path / "x.duckdb",
        "create table fine as select 1 as a",
        f"create view bad as select * from {CLOSED[case](tmp_path)}",
    )
    before = sorted(tmp_path.iterdir())
    with pytest.raises(TableError, match="not allowed") as refused:
        profile_table(path, "bad")
    assert "secret-word" not in str(refused.value)
    assert profile_table(path, "fine").records(["a"]) == [(1,)]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "statement",
    [
        "install httpfs",
        "load httpfs",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/hosts')",
        "select * from glob('/*')",
        "attach '/tmp/cerebro-other.duckdb'",
        "copy (select 1) to '/tmp/cerebro-out.csv'",
        "set enable_external_access = true",
        "set allowed_paths = ['/etc/passwd']",
        "set lock_configuration = false",
        "select * from read_csv('https://example.com/x.csv')",
    ],
)
def test_duckdb_runs_closed(tmp_path: Path, write: ModuleType, statement: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_socket(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    source = open_source(write.text_file(tmp_path, "x\n1\n"))
    with pytest.raises(duckdb.Error):
        source._connection.execute(statement).fetchall()


def test_tables_of_a_duckdb_file(tmp_path: Path, write: ModuleType) -> None:
    path = write.duckdb_file(
        tmp_path / "x.duckdb",
        'create table "odd ""name" as select 1 as a',
        "create table other as select 2 as a",
        "create schema s",
        "create table s.deep as select 3 as a",
        "create view seen as select a + 1 as b from other",
    )
    with pytest.raises(SourceError, match=r"holds several tables; choose one with --table: .*'other'"):
        open_source(path)
    with pytest.raises(SourceError, match="holds no table 'nope'"):
        open_source(path, "nope")
    assert open_source(path, 'odd "name').records(["a"]) == [(1,)]
    assert open_source(path, "s.deep").records(["a"]) == [(3,)]
    assert open_source(path, "deep").records(["a"]) == [(3,)]
    assert open_source(path, "seen").records(["b"]) == [(3,)]
    lone = write.duckdb_file(tmp_path / "y.duckdb", "create table lone as select 1 as a")
    assert open_source(lone).table == "lone"
    with pytest.raises(SourceError, match="no DuckDB file"):
        open_source(write.text_file(tmp_path, "x\n1\n"), "t")


def test_a_duckdb_file_in_use_is_told_and_rows_not_yet_folded_in_are_read(tmp_path: Path, write: ModuleType) -> None:
    path = write.duckdb_file(tmp_path / "x.duckdb", "create table t as select 1 as a")
    held = duckdb.connect(path)
    try:
        with pytest.raises(SourceError, match="has this DuckDB file open"):
            open_source(path)
    finally:
        held.close()
    code = f"import duckdb, os; c = duckdb.connect({path!r}); c.execute('insert into t values (2)'); os._exit(0)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert Path(path + ".wal").exists()
    kept = Path(path + ".wal").read_bytes()
    assert open_source(path).records(["a"]) == [(1,), (2,)]
    assert Path(path + ".wal").read_bytes() == kept


def test_cells_are_never_run_or_shown_raw(tmp_path: Path, write: ModuleType) -> None:
    cells = ["=1+1", "<b>x</b>", "\x1b[31m", "'; drop table data0; --", "\u202eabc", "{0}"]
    table = profile_table(write.column_file(tmp_path, cells))
    assert [row[0] for row in table.records(["x"])] == cells
    assert not set(table.as_text()) & set("\x1b\u202e")


def test_private_files_are_gone_after_closing(
    tmp_path: Path, write: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    source = open_source(write.text_file(tmp_path, "x,y\né,1\n", encoding="latin-1"))
    assert source.records(["x"]) == [("é",)]
    assert list(private.iterdir())
    source.close()
    assert not list(private.iterdir())
    with pytest.raises(SourceError):
        open_source(str(tmp_path / "missing.csv"))
    assert not list(private.iterdir())
