"""Tables with an instrument whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd


def draw_offer(
    seed: int, effect: float, *, rows: int = 800, push: float = 0.45, leak: float = 0.0, word: bool = False
) -> pd.DataFrame:
    """A programme offered by lottery: the motivated come more often, and have better outcomes anyway.

    `push` is by how much the offer raises the chance of coming; `leak` is what the offer does to the outcome by itself.
    """
    rng = np.random.default_rng(seed)
    motivation, age = rng.normal(size=rows), rng.normal(size=rows)
    offer = rng.integers(0, 2, rows)
    draw = rng.normal(size=rows)
    came = (0.8 * motivation + 0.6 * draw > 0.8 - 1.6 * push * offer).astype(int)
    score = 10 + effect * came + 1.5 * motivation + 0.5 * age + leak * offer + rng.normal(size=rows)
    return pd.DataFrame(
        {
            "age": 40 + 10 * age,
            "offer": np.where(offer == 1, "yes", "no") if word else offer,
            "took_part": np.where(came == 1, "came", "stayed away") if word else came,
            "score": score,
        }
    )


def draw_dose(seed: int, effect: float, *, rows: int = 600, strength: float = 0.5, leak: float = 0.0) -> pd.DataFrame:
    """A dose with two instruments; something unmeasured moves dose and outcome; `leak` makes the second invalid."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(rows, 2))
    hidden = rng.normal(size=rows)
    dose = 5 + strength * z.sum(axis=1) + hidden + rng.normal(size=rows)
    outcome = effect * dose + 1.5 * hidden + leak * z[:, 1] + rng.normal(size=rows) * (1 + 0.5 * np.abs(z[:, 0]))
    return pd.DataFrame({"z1": z[:, 0], "z2": z[:, 1], "dose": dose, "outcome": outcome})


def draw_villages(seed: int, effect: float, *, villages: int = 30, each: int = 20) -> pd.DataFrame:
    """Whole villages were offered, and people of a village are alike."""
    rng = np.random.default_rng(seed)
    village = np.repeat(np.arange(villages), each)
    offer = rng.permutation(np.arange(villages) % 2)[village]
    hidden = rng.normal(size=len(village))
    came = (hidden + rng.normal(size=len(village)) > 0.7 - 1.2 * offer).astype(int)
    score = effect * came + hidden + rng.normal(0, 0.5, villages)[village] + rng.normal(size=len(village))
    return pd.DataFrame({"village": [f"v{number}" for number in village], "offer": offer, "came": came, "score": score})
