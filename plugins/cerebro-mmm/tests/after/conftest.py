"""One finished run for the tests of the commands after the fit."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cerebro_core import generate, propose
from cerebro_mmm.worlds import World, draw_world

AHEAD = 13
SETTINGS = {"date": "week", "outcome": "sales", "controls": ["price", "promo"], "holdout": 0, "demand_proxy": "off"}


def write_rows(path: Path, columns: dict[str, list[object]]) -> Path:
    """A table as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def finish_run(folder: Path, world: World) -> Path:
    """Fit all rows of a world but the last `AHEAD`; its script is `w.py`, its run `w_run`, the rest `plan.csv`."""
    table = write_rows(folder / "w.csv", {name: values[:-AHEAD] for name, values in world.columns.items()})
    ahead = {name: values[-AHEAD:] for name, values in world.columns.items() if name != "sales"}
    write_rows(folder / "plan.csv", ahead)
    proposal = propose(table, domain="mmm", channels=list(world.channels), **SETTINGS)
    generate(proposal).write(folder / "w.py")
    done = subprocess.run([sys.executable, "w.py", "--quiet"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 4), done.stderr
    return folder / "w_run"


@pytest.fixture(scope="session")
def world() -> World:
    return draw_world(5, weeks=143, channels=3, names=("tv", "search", "radio"))


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, world: World) -> Path:
    return finish_run(tmp_path_factory.mktemp("after"), world)


@pytest.fixture(scope="session")
def finish() -> Callable[[Path, World], Path]:
    return finish_run


@pytest.fixture(scope="session")
def rows_of() -> Callable[[Path, dict[str, list[object]]], Path]:
    return write_rows


@pytest.fixture(scope="session")
def cerebro() -> Callable[..., subprocess.CompletedProcess[str]]:
    def call(*words: object) -> subprocess.CompletedProcess[str]:
        code = "from cerebro_core.cli import main; main()"
        plain = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=False, env=plain
        )

    return call
