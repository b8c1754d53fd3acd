"""Fixtures that many tests share."""

from __future__ import annotations

import csv
import math
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def cerebro(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Run `cerebro …` in this process."""
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object) -> Ended:
        from cerebro_core.cli import main

        capsys.readouterr()
        try:
            main([str(item) for item in arguments])
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        seen = capsys.readouterr()
        return Ended(code, seen.out, seen.err)

    return call


def make_weekly(weeks: int = 120, seed: int = 1) -> dict[str, list[object]]:
    """A plausible weekly table: date, sales, three channels, a control."""
    draw = random.Random(seed)
    start = date(2022, 1, 3)
    table: dict[str, list[object]] = {name: [] for name in ("week", "sales", "tv", "search", "social", "price")}
    for i in range(weeks):
        tv = max(0.0, draw.gauss(40, 30)) if draw.random() < 0.6 else 0.0
        search, social = abs(draw.gauss(20, 8)), abs(draw.gauss(12, 6))
        price = 9 + draw.gauss(0, 0.4)
        sales = 500 + 60 * math.sin(2 * math.pi * i / 52.18) + 2 * tv + 3 * search + social - 20 * (price - 9)
        row = (start + timedelta(weeks=i)).isoformat(), round(sales + draw.gauss(0, 20), 2), round(tv, 2)
        for name, value in zip(table, (*row, round(search, 2), round(social, 2), round(price, 2)), strict=True):
            table[name].append(value)
    return table


def save_csv(path: Path, table: dict[str, list[object]]) -> Path:
    """Write columns as CSV; None is a blank cell."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table)
        writer.writerows([["" if cell is None else cell for cell in row] for row in zip(*table.values(), strict=True)])
    return path


def reset_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def heed_interrupts() -> Callable[[], None]:
    """A `preexec_fn`: where the tests run in a shell's background, SIGINT is ignored, and children inherit that."""
    return reset_interrupt


@pytest.fixture
def weekly(tmp_path: Path) -> Path:
    """The weekly table as a CSV file."""
    return save_csv(tmp_path / "weekly.csv", make_weekly())


@pytest.fixture
def weekly_rows() -> Callable[..., dict[str, list[object]]]:
    """Makes the weekly table: `weekly_rows(weeks=120, seed=1)`."""
    return make_weekly


@pytest.fixture
def write_csv() -> Callable[[Path, dict[str, list[object]]], Path]:
    """Writes columns as CSV: `write_csv(path, table)`."""
    return save_csv
