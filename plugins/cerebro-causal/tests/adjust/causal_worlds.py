"""Tables whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit


def draw_choice(seed: int, effect: float, *, rows: int = 600, strength: float = 1.0, bend: float = 0.0) -> pd.DataFrame:
    """Customers who chose a coupon; age, income and region move choice and spend.

    `strength` scales how far confounders decide about the choice; `bend` adds the square of age to the choice and
    twice of it to spend. The effect is the same for all.
    """
    rng = np.random.default_rng(seed)
    age, income = rng.normal(size=rows), rng.normal(size=rows)
    region = rng.choice(["north", "south", "west"], size=rows, p=[0.5, 0.3, 0.2])
    south = (region == "south").astype(float)
    pull = 0.6 * age - 0.5 * income + 0.5 * south - 0.2
    chance = expit(strength * pull + bend * (age**2 - 1))
    coupon = (rng.random(rows) < chance).astype(int)
    spend = 10 + effect * coupon + age - income + south + 2 * bend * (age**2 - 1) + rng.normal(size=rows)
    return pd.DataFrame(
        {"age": 40 + 10 * age, "income": 50 + 20 * income, "region": region, "coupon": coupon, "sales": spend}
    )


def draw_trial(seed: int, effect: float, *, rows: int = 300, chosen: float = 0.0) -> pd.DataFrame:
    """A trial with a score before; `chosen` makes those with a high score before more likely to be treated."""
    rng = np.random.default_rng(seed)
    before = rng.normal(size=rows)
    treated = (rng.random(rows) < expit(chosen * before)).astype(int)
    score = 5 + effect * treated + 2 * before + before * treated * 0.5 + rng.normal(size=rows) * (1 + treated)
    return pd.DataFrame({"before": before, "arm": np.where(treated, "new", "control"), "score": score})


def draw_schools(seed: int, effect: float, *, schools: int = 12, pupils: int = 20) -> pd.DataFrame:
    """Whole schools were randomised, and pupils of a school are alike."""
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(schools), pupils)
    treated = rng.permutation(np.arange(schools) % 2)[school]
    score = effect * treated + rng.normal(0, 0.7, schools)[school] + rng.normal(size=len(school))
    return pd.DataFrame({"school": [f"s{number}" for number in school], "treated": treated, "score": score})
