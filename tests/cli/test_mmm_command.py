"""`cerebro mmm`, `auto`, `generate`, `validate`, `relink`: everything short of running."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from cerebro_core.script import read_script

pytest.importorskip("cerebro_mmm")


def test_auto_writes_a_script_and_says_why(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    ended = cerebro("auto", weekly, "--output", tmp_path / "p.py")
    assert ended.code == 0, ended.err
    inside = read_script(tmp_path / "p.py")
    assert inside.spec["date"] == "week"
    assert inside.spec["outcome"] == "sales"
    assert inside.spec["channels"] == ["tv", "search", "social"]
    assert inside.spec["controls"] == ["price"]
    told = {item["field"] for item in inside.decisions}
    assert {"date", "outcome", "channels", "controls"} <= told
    assert "outcome: sales — " in ended.out


def test_flags_overrule_the_agents(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    ended = cerebro(
        "mmm", weekly, "--channels", "tv", "--channels", "search", "--saturation", "logistic", "-o", tmp_path / "p.py"
    )
    assert ended.code == 0, ended.err
    inside = read_script(tmp_path / "p.py")
    assert inside.spec["channels"] == ["tv", "search"]
    assert inside.spec["saturation"] == "logistic"
    assert "channels" not in {item["field"] for item in inside.decisions if item["taken"]}
    text = (tmp_path / "p.py").read_text()
    assert "def logistic(" in text
    assert "def hill(" not in text, "only what was chosen is linked"


def test_a_script_imports_no_cerebro(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    cerebro("auto", weekly, "-o", tmp_path / "p.py")
    tree = ast.parse((tmp_path / "p.py").read_text())
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in modules if name.startswith("cerebro")]


def test_spec_yaml_and_back(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    first = cerebro("mmm", weekly, "-o", tmp_path / "a.py", "--save-spec", tmp_path / "spec.yaml")
    assert first.code == 0, first.err
    assert cerebro("validate", tmp_path / "spec.yaml").code == 0
    second = cerebro("generate", tmp_path / "spec.yaml", "--output", tmp_path / "b.py")
    assert second.code == 0, second.err
    assert read_script(tmp_path / "a.py").spec == read_script(tmp_path / "b.py").spec


def test_relink_gives_the_same_bytes(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    cerebro("auto", weekly, "-o", tmp_path / "p.py")
    before = (tmp_path / "p.py").read_bytes()
    ended = cerebro("relink", tmp_path / "p.py")
    assert ended.code == 0, ended.err
    assert (tmp_path / "p.py").read_bytes() == before


def test_json_alone_on_stdout(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    told = json.loads(cerebro("auto", weekly, "-o", tmp_path / "p.py", "--json").out)
    assert told["spec"]["kind"] == "mmm"
    assert told["decisions"]
    found = json.loads(cerebro("validate", _saved(cerebro, weekly, tmp_path), "--json").out)
    assert isinstance(found["findings"], list)


def test_schema_accepts_a_saved_spec(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(cerebro("schema", "mmm").out)
    spec = json.loads(cerebro("auto", weekly, "-o", tmp_path / "p.py", "--json").out)["spec"]
    jsonschema.validate(spec, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**spec, "chanels": ["tv"]}, schema)


def test_validate_finds_what_is_wrong(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    spec = _saved(cerebro, weekly, tmp_path)
    spec.write_text(spec.read_text().replace("outcome: sales", "outcome: salse"))
    ended = cerebro("validate", spec)
    assert ended.code == 2
    assert "did you mean 'sales'?" in ended.out


def test_methods_lists_what_each_needs(cerebro: Any) -> None:
    told = json.loads(cerebro("methods", "mmm", "--json").out)["methods"]
    ours = next(item for item in told if item["name"] == "numpyro")
    assert ours["references"]
    assert ours["assumes"]
    assert ours["needs"]


def _saved(cerebro: Any, weekly: Path, tmp_path: Path) -> Path:
    spec = tmp_path / "spec.yaml"
    cerebro("mmm", weekly, "-o", tmp_path / "saved.py", "--save-spec", spec, "--force")
    return spec


def test_newer_data_of_another_kind_are_refused(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    cerebro("auto", weekly, "-o", tmp_path / "p.py")
    newer = tmp_path / "newer.csv"
    newer.write_text(weekly.read_text().replace("sales", "sales", 1).replace("\n2022-02-07,", "\n2022-02-07,about "))
    ended = cerebro("run", tmp_path / "p.py", "--data", newer, "--out", tmp_path / "out")
    assert ended.code == 2, ended
    assert "holds text, where number or integer is wanted" in ended.out + ended.err


def test_run_refuses_what_is_no_script_of_ours(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text(f"open({str(tmp_path / 'made')!r}, 'w')\n")
    for path in (weekly, other):
        ended = cerebro("run", path)
        assert ended.code == 2
        assert "script" in ended.err
    assert not (tmp_path / "made").exists()


def test_a_saved_spec_overwrites_nothing_but_a_spec(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    data = weekly.read_bytes()
    for place in (weekly, tmp_path / "p.py", tmp_path / "notes.txt"):
        (tmp_path / "notes.txt").write_text("mine")
        ended = cerebro("mmm", weekly, "-o", tmp_path / "p.py", "--save-spec", place)
        assert ended.code == 2, place
        assert "--save-spec" in ended.err
    assert weekly.read_bytes() == data
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert _saved(cerebro, weekly, tmp_path) == _saved(cerebro, weekly, tmp_path), "a spec may be replaced"


def test_auto_says_where_the_flags_are_that_it_lacks(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    lines = weekly.read_text().splitlines()
    lines[5] = ",".join("" if i == 2 else cell for i, cell in enumerate(lines[5].split(",")))
    weekly.write_text("\n".join(lines) + "\n")
    ended = cerebro("auto", weekly, "-o", tmp_path / "p.py")
    assert ended.code == 2
    assert "--missing-media zero" in ended.err
    assert f"cerebro mmm {weekly}" in ended.err


def test_quiet_tells_no_reasons(cerebro: Any, weekly: Path, tmp_path: Path) -> None:
    assert cerebro("auto", weekly, "-o", tmp_path / "p.py", "--quiet").out == f"script: {tmp_path / 'p.py'}\n"
