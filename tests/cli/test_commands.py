"""The commands of the core, and what is made of a spec's fields."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cerebro_core
from cerebro_core.builtin import COMMANDS
from cerebro_core.cli.flags import split_list, split_names


def test_the_version_is_that_of_the_distribution(cerebro: Any) -> None:
    from importlib.metadata import version

    assert cerebro("--version").out.strip() == f"cerebro {version('cerebro-core')}"
    assert cerebro_core.__version__ == version("cerebro-core")


@pytest.mark.parametrize("name", [name for name, _ in COMMANDS])
def test_every_command_of_the_core_explains_itself(name: str, cerebro: Any) -> None:
    ended = cerebro(name, "--help")
    assert ended.code == 0
    assert "Usage: cerebro " + name in ended.out


def test_help_lists_every_command(cerebro: Any) -> None:
    ended = cerebro("--help")
    assert ended.code == 0
    for name, _ in COMMANDS:
        assert name in ended.out


def test_a_command_of_a_plugin_that_is_absent_names_its_pip_line(cerebro: Any) -> None:
    ended = cerebro("uplift", "data.csv")
    assert ended.code == 2
    assert "pip install cerebro-uplift" in ended.err


def test_a_misspelt_command_names_the_nearest(cerebro: Any) -> None:
    ended = cerebro("profil", "data.csv")
    assert ended.code == 2
    assert "did you mean 'profile'?" in ended.err


def test_plugins_as_json(cerebro: Any) -> None:
    states = json.loads(cerebro("plugins", "--json").out)["plugins"]
    assert states[0]["name"] == "core"
    assert {"name", "distribution", "version", "state", "methods", "commands"} <= set(states[0])


def test_profile_tells_what_is_in_a_table(cerebro: Any, weekly: Path) -> None:
    told = json.loads(cerebro("profile", weekly, "--json").out)
    assert told["rows"] == 120
    text = cerebro("profile", weekly).out
    assert re.search(r"week\b.*week", text), "the spacing of the dates"


def test_names_with_commas_stand_in_quotes() -> None:
    assert split_list('tv, "Spend, search",social') == ["tv", "Spend, search", "social"]


def test_a_text_that_is_a_column_as_a_whole_is_that_column() -> None:
    columns = {"tv", "social", "Spend, search"}
    assert split_names(["tv,social", "Spend, search"], columns) == ["tv", "social", "Spend, search"]
    assert split_names(['"Spend, search",tv'], columns) == ["Spend, search", "tv"]


def test_nothing_heavy_is_imported_for_help_or_listings() -> None:
    heavy = ("pandas", "numpy", "duckdb", "jax", "matplotlib", "scipy", "haystack")
    code = (
        "import sys\nfrom cerebro_core.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"bad = [name for name in {heavy!r} if name in sys.modules]\n"
        "assert not bad, bad\n"
    )
    for arguments in (["--help"], ["plugins", "--json"], ["methods"], ["auto", "--help"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_our_own_error_shows_no_traceback(cerebro: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from cerebro_core.plugins import Plugins

    def fail(self: Plugins) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(Plugins, "states", fail)
    ended = cerebro("plugins")
    assert ended.code == 1
    assert "ZeroDivisionError" in ended.err
    assert "CEREBRO_DEBUG=1" in ended.err
    assert "Traceback" not in ended.err
