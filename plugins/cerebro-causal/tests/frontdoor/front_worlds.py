"""Tables in which something hidden moves treatment and outcome, and the effect runs through a mediator."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit


def draw_visits(
    seed: int, effect: float, *, rows: int = 500, hidden: float = 1.0, past: float = 0.0, leak: float = 0.0
) -> pd.DataFrame:
    """An ad that works through visits: one more visit brings 2, an ad brings effect / 2 visits.

    `hidden` moves both ad and spend and is not in the table; `past` is an effect past the visits; `leak` lets what is
    hidden move the visits too.
    """
    rng = np.random.default_rng(seed)
    prone, age = rng.normal(size=rows), rng.normal(size=rows)
    ad = (rng.random(rows) < expit(hidden * prone + 0.3 * age)).astype(int)
    visits = 3 + effect / 2 * ad + 0.4 * age + leak * prone + rng.normal(size=rows)
    spend = 10 + 2 * visits + past * ad + 1.5 * hidden * prone + 0.5 * age + rng.normal(size=rows)
    return pd.DataFrame({"age": 40 + 10 * age, "ad": ad, "visits": visits, "spend": spend})
