"""The plugin of docs/plugins.md, put together from its snippets, works; and the page names all there is to know."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from docs_pages import DOCS, files_of, snippets

from cerebro_core import hookspecs, testing
from cerebro_core.method import Method
from cerebro_core.plugins import plugins

PAGE = "plugins.md"
RUN_CEREBRO = "from cerebro_core.cli import main; main()"


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's plugin, installed as pip would, and a table for it."""
    folder = tmp_path_factory.mktemp("acme-lift")
    files = files_of(PAGE) | {"acme_lift/__init__.py": "", "acme_lift/blocks/__init__.py": ""}
    project = tomllib.loads(files["pyproject.toml"])["project"]
    points = "".join(
        f"[{group}]\n" + "".join(f"{name} = {module}\n" for name, module in entries.items())
        for group, entries in project["entry-points"].items()
    )
    metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    files |= {"acme_lift-1.0.dist-info/METADATA": metadata, "acme_lift-1.0.dist-info/entry_points.txt": points}
    rows = "".join(f"{'ab'[i % 2]},{10 + i % 2 + (i * 37 % 11) / 10}\n" for i in range(80))
    for name, text in (files | {"orders.csv": f"variant,amount\n{rows}"}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def python(plugin: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in the plugin's folder, where it is installed."""
    environment = {**os.environ, "PYTHONPATH": str(plugin), "COLUMNS": "100", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=plugin, env=environment, capture_output=True, text=True, check=False
    )


def test_it_is_listed_with_all_that_it_adds(plugin: Path) -> None:
    done = python(plugin, "-c", RUN_CEREBRO, "plugins", "--json")
    listed = {item["name"]: item for item in json.loads(done.stdout)["plugins"]}
    assert listed["lift"]["state"] == "ok", listed["lift"]["cause"]
    assert listed["lift"]["methods"] == ["lift/means"]
    assert listed["lift"]["commands"] == ["lift"]
    assert listed["lift"]["sources"] == ["acme-lift-cards"]


def test_its_command_runs_to_a_result(plugin: Path) -> None:
    pytest.importorskip("scipy")
    arguments = ("lift", "orders.csv", "--error", "pooled", "-o", "lift.py", "--run", "--json")
    done = python(plugin, "-c", RUN_CEREBRO, *arguments)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["estimates"][0]["ci_low"] < 1 < result["estimates"][0]["ci_high"]
    assert [item["field"] for item in result["decisions"]] == ["group", "outcome"]
    assert "def pooled_error" in (script := (plugin / "lift.py").read_text())
    assert "def welch_error" not in script


@pytest.mark.slow
def test_it_passes_the_contract(plugin: Path) -> None:
    pytest.importorskip("scipy")
    settings = plugin / "pytest.ini"
    settings.write_text("[pytest]\nmarkers = slow: simulations\n")
    done = python(plugin, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(settings), "tests")
    assert done.returncode == 0, done.stdout[-3000:]


def test_every_snippet_is_python() -> None:
    for item in snippets(PAGE):
        if item.language == "python":
            ast.parse(item.text)


HOOKS = [name for name in vars(hookspecs) if name.startswith("cerebro_")]


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented(hook: str) -> None:
    assert f"\n### {hook}\n" in (DOCS / PAGE).read_text(encoding="utf-8")


def test_every_part_of_a_method_and_every_contract_is_named() -> None:
    text = (DOCS / PAGE).read_text(encoding="utf-8")
    names = {item.name for item in fields(Method)} - {"domain", "name"}
    names |= {name for name in testing.__all__ if name.endswith("Contract")}
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []


def test_options_of_a_guest_method_are_flags_and_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cerebro
) -> None:
    """As the page says of a method in someone else's domain, with that of cerebro-example."""
    if "newey-west" not in {item.name for item in plugins().methods() if item.domain == "mmm"}:
        pytest.skip("needs cerebro-mmm and cerebro-example")
    monkeypatch.chdir(tmp_path)
    data = DOCS.parent / "examples/mmm/weekly.csv"
    ended = cerebro("mmm", data, "--engine", "newey-west", "--carryover", "0.4", "-o", "p.py", "--json")
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["spec"]["options"] == {"carryover": 0.4, "hac_lags": None}
