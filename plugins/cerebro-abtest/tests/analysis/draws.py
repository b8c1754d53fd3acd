"""Experiments with known effects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cerebro_core import validate
from cerebro_core.blocks.result import Estimate, Result
from cerebro_core.testing.direct import call_block


def draw_experiment(seed: int, effect: float, rows: int = 600) -> pd.DataFrame:
    """Amounts with a covariate from before; `effect` is added in arm b."""
    rng = np.random.default_rng([seed, 17])
    arm = rng.permutation(np.repeat(["a", "b"], rows // 2))
    before = rng.gamma(4.0, 5.0, rows)
    amount = 5 + 0.8 * before + rng.normal(0, 4, rows) + effect * (arm == "b")
    day = pd.Timestamp("2024-03-01") + pd.to_timedelta(rng.integers(0, 10, rows), unit="D")
    return pd.DataFrame(
        {
            "variant": arm,
            "amount": amount.round(6),
            "before": before.round(6),
            "day": day.strftime("%Y-%m-%d"),
            "country": rng.choice(["x", "y", "z"], rows),
        }
    )


def draw_conversions(seed: int, effect: float, rows: int = 2000, base: float = 0.2) -> pd.DataFrame:
    """Yes or no on ten days; `effect` is added to the chance in arm b."""
    rng = np.random.default_rng([seed, 18])
    arm = rng.choice(["a", "b"], rows)
    day = pd.Timestamp("2024-03-01") + pd.to_timedelta(np.sort(rng.integers(0, 10, rows)), unit="D")
    won = rng.random(rows) < base + effect * (arm == "b")
    return pd.DataFrame({"variant": arm, "won": won.astype(int), "day": day.strftime("%Y-%m-%d")})


def ask(path: Path, frame: pd.DataFrame, **settings: Any) -> Result:
    """Write a table, and call the block of a spec about it."""
    from cerebro_core.api import as_spec

    frame.to_csv(path / "data.csv", index=False)
    return call_block(as_spec({"kind": "abtest", "data": str(path / "data.csv"), **settings}))


def codes(path: Path, frame: pd.DataFrame, **settings: Any) -> dict[str, str]:
    """Code -> severity of all that the validators say about a spec."""
    from cerebro_core.api import as_spec

    frame.to_csv(path / "data.csv", index=False)
    spec = as_spec({"kind": "abtest", "data": str(path / "data.csv"), **settings})
    return {item.code: item.severity for item in validate(spec)}


def pick(result: Result, name: str, outcome: str | None = None, group: str | None = None) -> Estimate:
    """One estimate of a result."""
    return next(
        item
        for item in result.estimates
        if item.name == name and outcome in (None, item.outcome) and group in (None, item.group)
    )
