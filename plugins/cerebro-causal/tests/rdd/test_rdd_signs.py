"""What the agent sees that speaks for a discontinuity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rdd_worlds import draw_score

from cerebro_causal.agents.signs_rdd import roundest, signs
from cerebro_core.table import profile_table


def seen(frame: pd.DataFrame, folder: Path, words: str = "", **given: Any) -> list[tuple[float, dict[str, Any]]]:
    path = folder / "data.csv"
    frame.to_csv(path, index=False)
    with profile_table(str(path)) as table:
        return [(sign.strength, dict(sign.values)) for sign in signs(table, given, words)]


def test_a_score_that_divides_the_treated_shows_the_design(tmp_path: Path) -> None:
    [(strength, values)] = seen(draw_score(1, 2.0), tmp_path, outcome="earnings")
    assert strength == 1.0
    assert values == {"running": "points", "cutoff": 50.0, "treatment": "grant"}


def test_a_share_that_jumps_shows_a_fuzzy_design(tmp_path: Path) -> None:
    [(strength, values)] = seen(draw_score(1, 2.0, rows=4000, fuzzy=True), tmp_path, outcome="earnings")
    assert strength == 1.0
    assert values["fuzzy"] is True
    assert abs(values["cutoff"] - 50) < 1.0


def test_a_smooth_rise_is_no_jump(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frame = draw_score(1, 2.0, rows=4000)
    frame["grant"] = (rng.random(4000) < 1 / (1 + np.exp(-(frame["points"] - 50) / 8))).astype(int)
    assert seen(frame, tmp_path, outcome="earnings") == []


def test_row_numbers_are_no_score(tmp_path: Path) -> None:
    frame = draw_score(1, 2.0).drop(columns="points").sort_values("grant").reset_index(drop=True)
    frame["person"] = np.arange(len(frame))
    assert seen(frame, tmp_path, outcome="earnings") == []


def test_words_name_the_cutoff(tmp_path: Path) -> None:
    frame = draw_score(1, 2.0).drop(columns="grant")
    words = "Pupils with 50 points or more got a grant. Did it raise earnings?"
    [(strength, values)] = seen(frame, tmp_path, words, outcome="earnings")
    assert strength == 1.0
    assert values == {"running": "points", "cutoff": 50.0}


def test_nothing_is_seen_where_nothing_is(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    for seed in range(5):
        frame = draw_score(seed, 2.0).assign(grant=rng.integers(0, 2, 1200))
        assert seen(frame, tmp_path, outcome="earnings") == []


def test_the_roundest_number_between_two() -> None:
    assert roundest(49.7, 50.2, upper=True) == 50
    assert roundest(49.7, 50.0, upper=True) == 50
    assert roundest(0.48, 0.5031, upper=True) == 0.5
    assert roundest(-0.3, 0.2, upper=True) == 0
    assert roundest(50.0, 50.4, upper=False) == 50
