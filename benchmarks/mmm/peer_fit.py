"""The peer's side: pymc-marketing 1.3 with its defaults on one table; runs in the peer's own environment.

    python peer_fit.py table.csv columns.json out.json [table.csv columns.json out.json …]

Writes the posterior mean and the 90 % interval of each channel's contribution, the smallest bulk ESS, and R-hat. Time
for the report, the response curves and the budget that Cerebro's script also makes is not asked of the peer.
"""

from __future__ import annotations

import json
import sys
import time

BEGAN = time.perf_counter()  # before the imports: the first fit is cold

import arviz as az  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from pymc_marketing.mmm import MMM, GeometricAdstock, LogisticSaturation  # noqa: E402


def main(table: str, columns: str, out: str, began: float, cold: bool) -> None:
    """Fit and write."""
    with open(columns) as file:
        roles = json.load(file)
    frame = pd.read_csv(table, parse_dates=[roles["date"]])
    controls = frame[roles["controls"]]
    frame[roles["controls"]] = (controls - controls.mean()) / controls.std()
    frame["trend"] = np.linspace(0, 1, len(frame))
    model = MMM(
        date_column=roles["date"],
        channel_columns=roles["channels"],
        target_column=roles["outcome"],
        control_columns=[*roles["controls"], "trend"],
        adstock=GeometricAdstock(l_max=8),
        saturation=LogisticSaturation(),
        yearly_seasonality=2,
    )
    data = model.fit(frame.drop(columns=roles["outcome"]), frame[roles["outcome"]], random_seed=1, progressbar=False)
    draws = data.posterior["channel_contribution"].sum("date") * float(np.abs(frame[roles["outcome"]]).max())
    flat = draws.stack(draw_=("chain", "draw")).transpose("channel", "draw_").to_numpy()
    sampled = ["adstock_alpha", "saturation_lam", "saturation_beta", "gamma_control", "y_sigma"]
    summary = az.summary(data, var_names=sampled, round_to="none")
    low, high = np.quantile(flat, [0.05, 0.95], axis=1)
    total_low, total_high = np.quantile(flat.sum(axis=0), [0.05, 0.95])
    with open(out, "w") as file:
        json.dump(
            {
                "mean": flat.mean(axis=1).tolist(),
                "low": low.tolist(),
                "high": high.tolist(),
                "ess": float(summary["ess_bulk"].astype(float).min()),
                "rhat": float(summary["r_hat"].astype(float).max()),
                "total_low": float(total_low),
                "total_high": float(total_high),
                "seconds": time.perf_counter() - began,
                "cold": cold,
            },
            file,
        )


if __name__ == "__main__":
    for number in range(1, len(sys.argv), 3):
        first = number == 1
        main(*sys.argv[number : number + 3], BEGAN if first else time.perf_counter(), first)
