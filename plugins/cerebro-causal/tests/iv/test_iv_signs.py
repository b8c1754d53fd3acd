"""What the agent sees that speaks for an instrument."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from iv_worlds import draw_offer

from cerebro_causal.agents.signs_iv import signs
from cerebro_core.table import profile_table


def seen(frame: pd.DataFrame, folder: Path, words: str = "", **given: object) -> list[tuple[float, dict[str, object]]]:
    path = folder / "data.csv"
    frame.to_csv(path, index=False)
    with profile_table(str(path)) as table:
        return [(sign.strength, dict(sign.values)) for sign in signs(table, given, words)]


def test_an_offer_that_shifts_take_up_shows_the_design(tmp_path: Path) -> None:
    [(strength, values)] = seen(draw_offer(1, 1.0), tmp_path, outcome="score", treatment="took_part")
    assert strength == 1.0
    assert values["instruments"] == ("offer",)


def test_a_distance_only_allows_it(tmp_path: Path) -> None:
    frame = draw_offer(1, 1.0).rename(columns={"offer": "near_centre"})
    [(strength, _)] = seen(frame, tmp_path, outcome="score", treatment="took_part")
    assert strength == 0.5


def test_a_name_without_values_shows_nothing(tmp_path: Path) -> None:
    frame = draw_offer(1, 1.0, push=0.0)
    assert seen(frame, tmp_path, outcome="score", treatment="took_part") == []


def test_a_lottery_that_all_obeyed_is_no_instrument(tmp_path: Path) -> None:
    frame = draw_offer(1, 1.0).assign(took_part=lambda f: f["offer"])
    assert seen(frame, tmp_path, outcome="score", treatment="took_part") == []


def test_an_ordinary_column_that_foretells_the_choice_is_no_instrument(tmp_path: Path) -> None:
    frame = draw_offer(1, 1.0).rename(columns={"offer": "income"})
    assert seen(frame, tmp_path, outcome="score", treatment="took_part") == []


def test_named_instruments_are_taken_at_their_word(tmp_path: Path) -> None:
    frame = draw_offer(1, 1.0).assign(z=np.arange(800) % 2)
    [(strength, _)] = seen(frame, tmp_path, outcome="score", treatment="took_part", instruments=("z",))
    assert strength == 1.0
