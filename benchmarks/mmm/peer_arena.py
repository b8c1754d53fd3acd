"""pymc-marketing 1.3 with its defaults on worlds of the arena, in the peer's own environment, one process a family.

The first world of a family is fitted cold (imports and compilation are in its time), the others warm.
"""

from __future__ import annotations

import csv
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from against_pymc_marketing import HERE, PEER, peer_python

from cerebro_mmm.worlds import draw_world


def fit_peer(family: str, seeds: list[int]) -> list[dict[str, Any]]:
    """Fit these worlds with the peer; the same measures as the arena's, as far as the peer gives them."""
    python = peer_python(PEER)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobs = []
        for seed in seeds:
            world = draw_world(seed, family)
            table = folder / f"{seed}.csv"
            with table.open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(world.columns)
                writer.writerows(zip(*world.columns.values(), strict=True))
            roles = folder / f"{seed}.json"
            roles.write_text(
                json.dumps({"date": "week", "outcome": "sales", "channels": world.channels, "controls": world.controls})
            )
            jobs += [str(table), str(roles), str(folder / f"{seed}.out.json")]
        subprocess.run([python, str(HERE / "peer_fit.py"), *jobs], check=True, capture_output=True)
        return [scored(family, seed, json.loads((folder / f"{seed}.out.json").read_text())) for seed in seeds]


def scored(family: str, seed: int, answer: dict[str, Any]) -> dict[str, Any]:
    """The peer's answer beside the truth."""
    world = draw_world(seed, family)
    truth = np.array([world.contribution[name] for name in world.channels])
    mean, low, high = (np.array(answer[name]) for name in ("mean", "low", "high"))
    return {
        "family": family,
        "seed": seed,
        "form": "pymc-marketing",
        "coverage": float(((low <= truth) & (truth <= high)).mean()),
        "total_coverage": float(answer["total_low"] <= truth.sum() <= answer["total_high"]),
        "error": float((np.abs(mean - truth) / truth).mean()),
        "weighted_error": float(np.abs(mean - truth).sum() / truth.sum()),
        "width": float(((high - low) / truth).mean()),
        "bias": float(mean.sum() / truth.sum() - 1.0),
        ("seconds_cold" if answer["cold"] else "seconds"): answer["seconds"],
        "ess_per_second": answer["ess"] / answer["seconds"],
    }
