"""Bad input: exit code 2, one clear message, no file written or changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cerebro_mmm")

Table = dict[str, list[Any]]
ROLES = ("--date", "week", "--outcome", "sales", "--channels", "tv,search,social", "--controls", "price")


def _set(column: str, value: Callable[[int, Any], Any]) -> Callable[[Table], None]:
    def change(table: Table) -> None:
        table[column] = [value(i, old) for i, old in enumerate(table[column])]

    return change


def _first_rows(count: int) -> Callable[[Table], None]:
    def change(table: Table) -> None:
        for name in table:
            table[name] = table[name][:count]

    return change


TABLES = {
    "outcome constant": (_set("sales", lambda i, old: 5), "constant|every row"),
    "outcome not numeric": (_set("sales", lambda i, old: f"many {i}"), "text"),
    "channel all zero": (_set("tv", lambda i, old: 0), "zero|any spend"),
    "channel negative": (_set("tv", lambda i, old: -old - 1), "negative|below"),
    "fewer rows than parameters": (_first_rows(8), "rows"),
    "dates unparseable": (_set("week", lambda i, old: f"some day {i}"), "date"),
    "dates duplicated": (
        lambda table: table["week"].__setitem__(5, table["week"][4]),
        "twice|duplicate|several|more than one",
    ),
    "dates irregular": (
        lambda table: [column.__delitem__(slice(40, 47)) for column in table.values()],
        "gap|missing|irregular",
    ),
    "infinite values": (_set("tv", lambda i, old: "inf" if i == 7 else old), "inf"),
    "missing outcome": (_set("sales", lambda i, old: None if i == 7 else old), "blank|missing|empty"),
    "missing media": (_set("tv", lambda i, old: None if i == 7 else old), "blank|missing|empty"),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_bad_table_is_refused_with_a_clear_message(
    case: str, cerebro: Any, tmp_path: Path, weekly_rows: Any, write_csv: Any
) -> None:
    change, word = TABLES[case]
    table = weekly_rows()
    change(table)
    data = write_csv(tmp_path / "data.csv", table)
    before = sorted(tmp_path.iterdir())
    ended = cerebro("mmm", data, *ROLES, "--missing-media", "refuse", "-o", tmp_path / "p.py")
    assert ended.code == 2, ended
    assert re.search(word, ended.err, re.IGNORECASE), ended.err
    assert "Traceback" not in ended.err
    assert sorted(tmp_path.iterdir()) == before


def _files(tmp_path: Path) -> dict[str, tuple[Path, str]]:
    binary = tmp_path / "picture.csv"
    binary.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    header = tmp_path / "header.csv"
    header.write_text("week,sales,tv,search,social,price\n")
    return {
        "missing": (tmp_path / "weekly_.csv", "no file|not exist|there is no"),
        "empty": (empty, "empty"),
        "header only": (header, "row"),
        "binary": (binary, "PNG|picture|binary|text"),
        "a folder": (tmp_path, "folder"),
    }


@pytest.mark.parametrize("case", ["missing", "empty", "header only", "binary", "a folder"])
@pytest.mark.parametrize("command", ["auto", "mmm", "profile"])
def test_a_bad_file_is_refused_with_a_clear_message(case: str, command: str, cerebro: Any, tmp_path: Path) -> None:

    path, word = _files(tmp_path)[case]
    before = sorted(tmp_path.iterdir())
    ended = cerebro(command, path, *(() if command == "profile" else ("-o", tmp_path / "p.py")))
    assert ended.code == 2, ended
    assert re.search(word, ended.err, re.IGNORECASE), ended.err
    assert sorted(tmp_path.iterdir()) == before


def test_an_unknown_column_is_named_with_the_nearest(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    ended = cerebro("mmm", weekly, "--outcome", "salse", "-o", tmp_path / "p.py")
    assert ended.code == 2
    assert "--outcome" in ended.err
    assert "did you mean 'sales'?" in ended.err
    assert not (tmp_path / "p.py").exists()


def test_one_column_in_two_roles_is_refused(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    ended = cerebro(
        "mmm", weekly, "--outcome", "sales", "--channels", "tv,search", "--controls", "tv", "-o", tmp_path / "p.py"
    )
    assert ended.code == 2
    assert "'tv'" in ended.err
    assert "--channels and --controls" in ended.err


def test_the_output_folder_must_exist(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    ended = cerebro("auto", weekly, "--output", tmp_path / "absent" / "p.py")
    assert ended.code == 2
    assert "no folder" in ended.err


def test_a_script_edited_by_hand_is_kept(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    script = tmp_path / "p.py"
    assert cerebro("auto", weekly, "-o", script).code == 0
    assert cerebro("auto", weekly, "-o", script).code == 0, "an untouched script may be overwritten"
    script.write_text(script.read_text() + "\n# my own line\n")
    edited = script.read_bytes()
    ended = cerebro("auto", weekly, "-o", script)
    assert ended.code == 2
    assert "--force" in ended.err
    assert script.read_bytes() == edited
    assert cerebro("auto", weekly, "-o", script, "--force").code == 0


def test_the_script_never_overwrites_its_data(cerebro: Any, weekly: Path) -> None:
    before = weekly.read_bytes()
    assert cerebro("auto", weekly, "-o", weekly, "--force").code == 2
    assert weekly.read_bytes() == before


def test_a_spec_of_a_domain_that_is_not_installed_names_its_pip_line(cerebro: Any, tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text("kind: uplift\noutcome: y\n")
    ended = cerebro("generate", spec, "-o", tmp_path / "p.py")
    assert ended.code == 2
    assert "pip install cerebro-uplift" in ended.err


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (("--chains", "many"), "--chains"),
        (("--ci-level", "1.5"), "--ci-level"),
        (("--engine", "nump"), "numpyro"),
        (("--budget-min", "tv"), "--budget-min"),
        (("--budget-max", "radio=3"), "radio"),
        (("--saturation", "log"), "logistic"),
        (("--memory", "lots"), "--memory"),
        (("--nonsense", "1"), "--nonsense"),
    ],
)
def test_a_bad_flag_is_named(flags: tuple[str, str], word: str, cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    ended = cerebro("mmm", weekly, *flags, "-o", tmp_path / "p.py")
    assert ended.code == 2, ended
    assert word in ended.err
    assert not (tmp_path / "p.py").exists()


def test_auto_wants_to_know_what_to_make(cerebro: Any, weekly: Path) -> None:
    ended = cerebro("auto", weekly)
    assert ended.code == 2
    assert "--output" in ended.err
    assert "--run" in ended.err


def test_auto_declines_a_table_that_fits_nothing(cerebro: Any, tmp_path: Path, write_csv: Any) -> None:
    data = write_csv(tmp_path / "people.csv", {"name": ["a", "b", "c"], "age": [1, 2, 3]})
    ended = cerebro("auto", data, "-o", tmp_path / "p.py")
    assert ended.code == 2
    assert "cerebro profile" in ended.err


def test_a_column_with_a_comma_may_be_a_flag_of_its_own(
    cerebro: Any, tmp_path: Path, weekly_rows: Any, write_csv: Any
) -> None:
    table = weekly_rows()
    table["search, paid"] = table.pop("search")
    data = write_csv(tmp_path / "data.csv", table)
    roles = ("mmm", data, "--date", "week", "--outcome", "sales", "-o", tmp_path / "p.py")
    apart = cerebro(*roles, "--channels", "tv,social", "--channels", "search, paid", "--controls", "price")
    assert apart.code == 0, apart.err
    assert "'search, paid'" in (tmp_path / "p.py").read_text() or '"search, paid"' in (tmp_path / "p.py").read_text()
    together = cerebro(*roles, "--channels", "tv,search, paid", "--controls", "price")
    assert together.code == 2
    assert "--channels '\"search, paid\"'" in together.err


def test_yes_and_no_where_numbers_are_wanted_say_how_to_write_them(
    cerebro: Any, tmp_path: Path, weekly_rows: Any, write_csv: Any
) -> None:
    pytest.importorskip("cerebro_causal")
    table = weekly_rows()
    table["bought"] = ["yes" if number % 3 else "no" for number in range(len(table["sales"]))]
    table["coupon"] = [number % 2 for number in range(len(table["sales"]))]
    data = write_csv(tmp_path / "data.csv", table)
    roles = ("-t", "coupon", "-y", "bought", "--confounders", "price", "--method", "ipw", "-o", tmp_path / "p.py")
    ended = cerebro("causal", data, *roles)
    assert ended.code == 2
    assert "as 0 and 1" in ended.err
