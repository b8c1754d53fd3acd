"""Tables with a cutoff whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd


def draw_score(
    seed: int,
    effect: float,
    *,
    rows: int = 1200,
    fuzzy: bool = False,
    push: float = 0.6,
    crowd: float = 0.0,
    whole: bool = False,
    jump_before: float = 0.0,
) -> pd.DataFrame:
    """Pupils with 50 points or more get a grant; what they earn later bends with the points.

    `push` is by how much the cutoff raises the chance of a grant in a fuzzy design; `crowd` the share of those up to 3
    points below that move themselves across; `whole` rounds points; `jump_before` makes age jump at the cutoff.
    """
    rng = np.random.default_rng(seed)
    points = np.clip(rng.normal(48, 18, rows), 0, 100)
    near = (points < 50) & (points > 47) & (rng.random(rows) < crowd)
    points = np.where(near, points + 3, points)
    if whole:
        points = np.floor(points)
    above = points >= 50
    ability = rng.normal(size=rows)
    grant = above
    if fuzzy:
        grant = rng.normal(size=rows) + 0.3 * ability > np.where(above, 0.9 - 3.0 * push, 0.9) - 0.005 * (points - 50)
    z = (points - 50) / 50
    earnings = 20 + 3 * z - 2 * z**2 + effect * grant + ability + rng.normal(size=rows)
    age = 17 + 0.5 * z + jump_before * above + rng.normal(0, 1, rows)
    return pd.DataFrame({"points": points, "grant": grant.astype(int), "age": age, "earnings": earnings})
