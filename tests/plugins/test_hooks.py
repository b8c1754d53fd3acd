"""Calling hooks: each plugin by itself, its faults named, foreign domains left alone."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from cerebro_core.errors import PluginError, SpecError
from cerebro_core.finder import find
from cerebro_core.plugins import Plugins

OWNER = """
    from cerebro_core.errors import SpecError
    from cerebro_core.findings import Finding
    from cerebro_core.hookspecs import hookimpl

    @hookimpl
    def cerebro_validate(spec, table):
        if spec == "crash":
            raise KeyError("x")
        if spec == "exit":
            raise SystemExit(3)
        if spec == "refuse":
            raise SpecError("--outcome: say which")
        if spec == "text":
            return ["a finding"]
        return (Finding("info", "{name}", "seen") for _ in range(1))

    @hookimpl
    def cerebro_generate(spec, method):
        return "{name}" if spec == "mine" else None
"""


LITERALS: dict[str, Any] = {"method": None, "decisions": (), "findings": (), "citations": ()}


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugins:
    """The core and the plugins one, one.more and two."""
    monkeypatch.syspath_prepend(str(tmp_path))
    points = []
    for name in ("one", "one.more", "two"):
        module = f"hooks_{name.replace('.', '_')}"
        tmp_path.joinpath(f"{module}.py").write_text(dedent(OWNER).replace("{name}", name), encoding="utf-8")
        points.append(EntryPoint(name, module, "cerebro.plugins"))
    found = Plugins(find(points))
    found.load_all()
    found.manager.unregister(name="core")  # its validator wants a real spec
    found._loaded.pop("core")
    return found


def codes(answers: list[tuple[str, list[Any]]]) -> list[str]:
    return [item.code for _, items in answers for item in items]


def test_every_plugin_answers_by_itself(loaded: Plugins) -> None:
    assert codes(loaded.call("cerebro_validate", spec=None, table=None)) == ["one", "two", "one.more"]


def test_a_domain_is_not_changed_by_what_else_is_installed(loaded: Plugins) -> None:
    assert codes(loaded.call("cerebro_validate", domain="one", spec=None, table=None)) == ["one", "one.more"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("crash", r"cerebro_validate of plugin 'one' \(unknown \?\) failed: KeyError: 'x'"),
        ("exit", "failed: SystemExit: 3"),
        ("text", "gave str where a Finding is wanted"),
    ],
)
def test_a_hook_that_fails_is_named(loaded: Plugins, spec: str, message: str) -> None:
    with pytest.raises(PluginError, match=message):
        loaded.call("cerebro_validate", spec=spec, table=None)


def test_what_a_plugin_says_on_purpose_reaches_the_user(loaded: Plugins) -> None:
    with pytest.raises(SpecError, match="say which"):
        loaded.call("cerebro_validate", spec="refuse", table=None)


def test_the_first_answer_counts_and_extensions_come_before_their_owner(loaded: Plugins) -> None:
    assert loaded.first("cerebro_generate", domain="one", spec="mine", **LITERALS) == "one.more"
    assert loaded.first("cerebro_generate", domain="two", spec="mine", **LITERALS) == "two"
    assert loaded.first("cerebro_generate", domain="two", spec="other", **LITERALS) is None
