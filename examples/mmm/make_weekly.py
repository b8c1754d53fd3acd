"""Make weekly.csv, the demo table, and weekly_truth.json, what each channel really sold in it.

The market is simulated (`cerebro_mmm.worlds`), so the answer of the model can be held to the truth:

    python examples/mmm/make_weekly.py
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from cerebro_mmm.worlds import World, draw_world

SEED = 35
CHANNELS = ("tv", "search", "social", "radio")
HERE = Path(__file__).parent


def demo_world() -> World:
    """Three years of a shop that advertises in four channels."""
    return draw_world(SEED, media_share=0.32, names=CHANNELS, start="2023-01-02")


def write_demo(folder: Path) -> None:
    """Write the table and its truth."""
    world = demo_world()
    rows = len(world.columns["week"])
    day = np.arange(rows) * 7 / 365.25
    weather = 11.0 - 9.0 * np.cos(2 * np.pi * day) + np.random.default_rng(SEED).normal(0.0, 2.0, rows)
    columns = {**world.columns, "temperature": np.round(weather, 1).tolist()}
    columns["sales"] = [round(float(str(value))) for value in columns["sales"]]
    for name in CHANNELS:
        columns[name] = [round(float(str(value))) for value in columns[name]]
    with (folder / "weekly.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    sold = float(sum(columns["sales"]))
    truth = {
        "note": "Simulated. Temperature has no effect of its own; price and promo do.",
        "total_media_share": sum(world.contribution.values()) / sold,
        "contribution": world.contribution,
        "roas": {name: world.contribution[name] / sum(columns[name]) for name in CHANNELS},
        "world": world.truth,
    }
    (folder / "weekly_truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_demo(HERE)
