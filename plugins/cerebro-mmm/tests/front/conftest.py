"""A clean marketing table, and ways to spoil it."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from cerebro_core.table import Table, profile_table

Columns = dict[str, Sequence[object]]


def clean(rows: int = 156, step: int = 7) -> Columns:
    """A table that no check has anything to say about."""
    draw = random.Random(7)
    when = [date(2021, 1, 4) + timedelta(days=step * i) for i in range(rows)]
    season = [math.sin(2 * math.pi * i * step / 365.25) for i in range(rows)]
    return {
        "week": [day.isoformat() for day in when],
        "sales": [round(100_000 + 8_000 * wave + draw.gauss(0, 3_000), 2) for wave in season],
        "tv": [round(draw.uniform(2_000, 9_000), 2) if draw.random() < 0.6 else 0 for _ in range(rows)],
        "search": [round(draw.lognormvariate(7.5, 0.4), 2) for _ in range(rows)],
        "social": [round(draw.uniform(500, 4_000), 2) if draw.random() < 0.8 else 0 for _ in range(rows)],
        "price": [round(10 + draw.gauss(0, 0.3), 3) for _ in range(rows)],
        "holiday": [1 if i % 26 == 12 else 0 for i in range(rows)],
    }


@pytest.fixture
def table_of(tmp_path: Path) -> Callable[[Columns], Table]:
    """Writes columns to a CSV file and profiles it."""

    def make(columns: Columns) -> Table:
        path = tmp_path / "table.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
        return profile_table(str(path))

    return make
