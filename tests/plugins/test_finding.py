"""What the metadata says: names, clashes, switches. Nothing is imported."""

from __future__ import annotations

from email.message import Message
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path
from typing import Any

import pytest

from cerebro_core.finder import find

HOSTILE_NAMES = (
    "\x1b[31mred\x1b[0m",
    "two\nlines",
    "../../etc/passwd",
    "C:\\windows",
    "Upper",
    "1st",
    "",
    " spaced ",
    "a b",
    "mmm.",
    ".mmm",
    "mmm..acme",
    "mmm.acme.more",
    "\u202egnp.exe",
    "naïve",
    "x" * 5000 + "!",
    "core",
    "core.acme",
    "__import__('os')",
    "<script>alert(1)</script>",
)


class Installed(Distribution):
    """A distribution that exists in memory only."""

    def __init__(self, name: str | None, version: str = "1.0") -> None:
        self._message = Message()
        if name is not None:
            self._message["Name"] = name
        self._message["Version"] = version

    @property
    def metadata(self) -> Any:
        return self._message

    def read_text(self, filename: str) -> str | None:
        return None

    def locate_file(self, path: Any) -> Any:
        return Path(path)


def point(name: str, module: str, group: str = "cerebro.plugins", distribution: str | None = "acme") -> EntryPoint:
    return EntryPoint(name, module, group)._for(Installed(distribution))  # type: ignore[attr-defined, no-any-return]


def command(name: str, module: str, distribution: str = "acme") -> EntryPoint:
    return point(name, module, "cerebro.commands", distribution)


def test_a_plugin_and_its_command_are_found_without_import() -> None:
    index = find([point("pricing", "no_such_module.plugin"), command("pricing", "no_such_module.plugin")])
    assert index.plugins["pricing"].origin == "acme 1.0"
    assert index.commands["pricing"].module == "no_such_module.plugin"
    assert not index.refused


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_bad_names_are_refused_and_shown_safely(name: str) -> None:
    index = find([point(name, "acme.plugin"), point("fine", "fine.plugin")])
    assert set(index.plugins) == {"fine"}
    ((found, cause),) = index.refused
    assert found.name == name
    assert cause.isprintable()
    assert cause.isascii()
    assert len(cause) < 300


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if not name.startswith("core")])
def test_bad_command_names_are_refused(name: str) -> None:
    index = find([point("fine", "fine.plugin"), command(name, "fine.plugin")])
    assert not index.commands
    assert len(index.refused) == 1


def test_a_name_declared_twice_is_refused_with_both_named() -> None:
    index = find([point("geo2", "a.plugin", distribution="acme"), point("geo2", "b.plugin", distribution="bolt")])
    assert "geo2" not in index.plugins
    assert [cause for _, cause in index.refused] == [
        "the plugin name 'geo2' is declared by acme 1.0 and bolt 1.0: uninstall one of them"
    ] * 2


def test_the_project_keeps_its_own_names() -> None:
    index = find(
        [
            point("mmm", "cerebro_mmm.plugin", distribution="cerebro-mmm"),
            point("mmm", "evil.plugin", distribution="evil"),
            command("budget", "cerebro_mmm.plugin", distribution="cerebro-mmm"),
            command("budget", "evil.plugin", distribution="evil"),
        ]
    )
    assert index.plugins["mmm"].distribution == "cerebro-mmm"
    assert index.commands["budget"].distribution == "cerebro-mmm"
    assert {found.distribution for found, _ in index.refused} == {"evil"}


def test_the_same_distribution_seen_twice_is_no_clash() -> None:
    index = find([point("pricing", "acme.plugin"), point("pricing", "acme.plugin")])
    assert "pricing" in index.plugins
    assert not index.refused


def test_disabled_plugins_take_their_extensions_and_commands_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEREBRO_DISABLE_PLUGINS", " pricing , other.acme,")
    index = find(
        [
            point("pricing", "p.plugin"),
            point("pricing.acme", "q.plugin"),
            point("other", "r.plugin"),
            point("other.acme", "s.plugin"),
            command("pricing", "p.plugin"),
            command("other", "r.plugin"),
        ]
    )
    assert set(index.plugins) == {"other"}
    assert set(index.commands) == {"other"}
    assert {item.name for item in index.disabled} == {"pricing", "pricing.acme", "other.acme"}
    assert not index.refused


def test_a_command_of_a_module_that_is_no_plugin_is_refused() -> None:
    index = find([point("pricing", "p.plugin"), command("stray", "elsewhere.plugin")])
    assert not index.commands
    assert "names a module that no plugin" in index.refused[0][1]


def test_metadata_without_a_name_is_no_crash() -> None:
    assert find([point("pricing", "p.plugin", distribution=None)]).plugins["pricing"].origin == "unknown 1.0"


def test_a_hostile_distribution_name_is_shown_safely() -> None:
    origin = find([point("pricing", "p.plugin", distribution="a\x1b[2Jb\u202e" + "c" * 900)]).plugins["pricing"].origin
    assert origin.isprintable()
    assert len(origin) < 80
