"""What an installed set of distributions offers: its own commands, methods and sources, and none of the others'.

In tox each environment says by CEREBRO_EXPECT which plugins it installed from wheels; elsewhere what the metadata says
is taken.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cerebro_core.catalogue import PUBLISHED
from cerebro_core.finder import find

EXPECTED = os.environ.get("CEREBRO_EXPECT", ",".join(["core", *find().plugins])).split(",")


def cerebro(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The installed command, in a process of its own."""
    command = [str(Path(sys.executable).with_name("cerebro")), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, timeout=600)


def test_the_plugins_are_those_that_were_installed() -> None:
    states = json.loads(cerebro("plugins", "--json").stdout)["plugins"]
    assert {item["name"] for item in states} == set(EXPECTED)
    assert {item["state"] for item in states} == {"ok"}


def test_in_tox_nothing_is_taken_from_the_source_tree() -> None:
    if "CEREBRO_EXPECT" not in os.environ:
        pytest.skip("not in a clean environment")
    import cerebro_core

    assert "site-packages" in (cerebro_core.__file__ or "")


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda item: item.name)
def test_a_domain_is_there_only_with_its_plugin(published: object) -> None:
    name, distribution, command = published.name, published.distribution, published.commands[0]  # type: ignore[attr-defined]
    ended = cerebro(command, "--help")
    listed = cerebro("methods", name)
    if name in EXPECTED:
        assert ended.returncode == 0
        assert listed.stdout.startswith(f"{name}/")
    else:
        assert ended.returncode == 2
        assert f"pip install {distribution}" in ended.stderr
        assert listed.returncode == 2
        assert f"pip install {distribution}" in listed.stderr


def test_the_commands_of_the_core_need_no_plugin(tmp_path: Path) -> None:
    data = tmp_path / "some data.csv"
    data.write_text("a,b\n1,x\n2,y\n")
    for words in ("--help", "--version", "plugins", "methods", "profile DATA", "profile DATA --json"):
        arguments = [data if word == "DATA" else word for word in words.split()]
        ended = cerebro(*arguments, cwd=tmp_path)
        assert ended.returncode == 0, ended.stderr


@pytest.mark.skipif("mmm" in EXPECTED, reason="an analysis is installed")
def test_auto_without_a_plugin_says_what_to_install(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("week,sales,tv\n2024-01-01,3,1\n2024-01-08,4,2\n")
    ended = cerebro("auto", data, "--output", tmp_path / "p.py")
    assert ended.returncode == 2
    assert "pip install cerebro-mmm" in ended.stderr
    assert sorted(tmp_path.iterdir()) == [data]


@pytest.mark.skipif("mmm" not in EXPECTED, reason="cerebro-mmm is not installed")
def test_from_a_table_to_a_report(tmp_path: Path) -> None:
    from cerebro_mmm.worlds import draw_world

    world = draw_world(7, weeks=110, channels=2, names=("tv_spend", "search_spend"))
    data = tmp_path / "my weekly data.csv"
    columns = {**world.columns, "tv_impressions": [round(float(str(item)) * 31) for item in world.columns["tv_spend"]]}
    rows = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    data.write_text("\n".join(rows) + "\n")
    ended = cerebro(
        "mmm", data.name, "--inference", "svi", "-o", "p.py", "--save-spec", "spec.yaml", "--run", cwd=tmp_path
    )
    assert ended.returncode in (0, 4), ended.stderr
    folder = tmp_path / "p_run"
    for name in ("result.json", "report.html", "spec.yaml", "log.txt"):
        assert (folder / name).stat().st_size > 0, name
    result = json.loads((folder / "result.json").read_text())
    assert result["status"] == "ok"
    assert (ended.returncode == 4) == any(item["status"] == "fail" for item in result["diagnostics"])
    names = {item["name"] for item in result["estimates"]}
    assert {"contribution", "contribution_share", "roas", "mroas", "baseline", "total_media"} <= names
    assert result["answer"] in ended.stdout
    assert result["spec"]["channels"] == ["tv_spend", "search_spend"]
    left = [item["value"] for item in result["decisions"] if item["made"] == "left out"]
    assert left == ["tv_impressions"]
    assert "Looked at and left out" in (folder / "report.html").read_text()
    again = cerebro("run", "p.py", "--out", "again", "--json", cwd=tmp_path)
    assert again.returncode == ended.returncode, again.stderr
    first = {(item["name"], item["group"]): item["value"] for item in result["estimates"]}
    second = {(item["name"], item["group"]): item["value"] for item in json.loads(again.stdout)["estimates"]}
    assert second == pytest.approx(first), "the same seed gives the same answer"
