"""Do the 90 % intervals hold the truth nine times in ten? Simulated worlds whose contributions are known.

    python benchmarks/mmm/coverage.py --worlds 40 --families right wrong demand --processes 2 --json coverage.json

Reports, for each family, the share of contributions and of the total inside their 90 % intervals, the mean absolute and
the mean signed relative error and the interval's relative width, each with its Monte-Carlo standard error clustered by
world, and the seconds a world took.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from cerebro_mmm.worlds import FAMILIES, World, draw_world

PROGRAMS: dict[tuple[Any, ...], Any] = {}
"""Compiled samplers of this process, by saturation and shape."""


def fit_world(task: tuple[str, int, str, dict[str, float]]) -> dict[str, Any]:
    """Fit one world; what its intervals say beside the truth."""
    family, seed, saturation, priors = task
    import numpyro

    from cerebro_core.blocks.progress import Progress
    from cerebro_mmm.blocks.adstock import geometric_adstock
    from cerebro_mmm.blocks.inference import Wanted
    from cerebro_mmm.blocks.modeling import build_problem
    from cerebro_mmm.blocks.nuts import sample_nuts
    from cerebro_mmm.blocks.posterior import total_effects
    from cerebro_mmm.blocks.saturation import hill, logistic

    numpyro.enable_x64()
    world = draw_world(seed, family, saturation=saturation)
    problem = build_problem(
        prepare_world(world),
        adstock=geometric_adstock,
        saturation=hill if saturation == "hill" else logistic,
        priors=priors,
    )
    began = time.monotonic()
    # All numbers reach the program as arguments, so markets of one shape share what was compiled.
    shape = (saturation, *problem.prepared.lagged.shape)
    if shape not in PROGRAMS:
        PROGRAMS[shape] = sample_nuts(problem, chains=4, seed=seed, progress=Progress(quiet=True))
    fit = PROGRAMS[shape]
    wanted = Wanted(400, 1.01, 60, lambda samples: total_effects(problem, samples))
    draws = fit(problem.arrays, wanted)
    rows, scale = problem.prepared.lagged.shape[1], problem.prepared.outcome_scale
    parts = draws.reported["contribution"].reshape((-1, len(world.channels))) * rows * scale
    truth = np.array([world.contribution[name] for name in world.channels])
    low, high = np.quantile(parts, (0.05, 0.95), axis=0)
    total = parts.sum(axis=1)
    edges = np.quantile(total, (0.05, 0.95))
    return {
        "family": family,
        "seed": seed,
        "inside": ((truth >= low) & (truth <= high)).tolist(),
        "error": ((parts.mean(axis=0) - truth) / truth).tolist(),
        "width": ((high - low) / truth).tolist(),
        "total_inside": bool(edges[0] <= truth.sum() <= edges[1]),
        "total_error": float(total.mean() / truth.sum() - 1.0),
        "share_truth": float(truth.sum() / problem.prepared.outcome.sum()),
        "rhat": draws.worst_rhat,
        "ess": draws.least_ess,
        "divergences": draws.divergences,
        "seconds": time.monotonic() - began,
    }


def prepare_world(world: World) -> Any:
    """A world's rows as the model's stages prepare them."""
    from cerebro_core.blocks.result import ResultTable
    from cerebro_mmm.blocks.exploration import Market
    from cerebro_mmm.blocks.preprocessing import prepare

    def numbers(name: str) -> np.ndarray:
        return np.array(world.columns[name], dtype=float)

    market = Market(
        dates=np.array(world.columns["week"], dtype="datetime64[D]"),
        outcome=numbers("sales"),
        spend=np.stack([numbers(name) for name in world.channels]),
        controls={name: numbers(name) for name in world.controls},
        events={},
        summary=ResultTable((), ()),
    )
    return prepare(
        market,
        world.channels,
        frequency="week",
        missing_media="refuse",
        missing_controls="refuse",
        holdout=0,
        adstock_max_lag=8,
        trend="linear",
        seasonality=2,
        weekly_seasonality=0,
    )


def summarise(family: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over worlds with standard errors clustered by world."""

    def mean(values: list[float]) -> tuple[float, float]:
        array = np.array(values)
        return round(float(array.mean()), 4), round(float(array.std(ddof=1) / np.sqrt(len(array))), 4)

    return {
        "family": family,
        "worlds": len(runs),
        "coverage": mean([float(np.mean(run["inside"])) for run in runs]),
        "absolute_error": mean([float(np.mean(np.abs(run["error"]))) for run in runs]),
        "signed_error": mean([float(np.mean(run["error"])) for run in runs]),
        "relative_width": mean([float(np.mean(run["width"])) for run in runs]),
        "total_coverage": mean([float(run["total_inside"]) for run in runs]),
        "total_error": mean([run["total_error"] for run in runs]),
        "converged": mean([float(run["rhat"] <= 1.01 and run["ess"] >= 400) for run in runs]),
        "divergent_worlds": int(sum(run["divergences"] > 0 for run in runs)),
        "seconds": mean([run["seconds"] for run in runs]),
    }


def measure(
    families: list[str], worlds: int, processes: int, saturation: str, priors: dict[str, float], first: int = 0
) -> list[dict[str, Any]]:
    """Fit all the worlds in parallel processes."""
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
    tasks = [(family, seed, saturation, priors) for family in families for seed in range(first, first + worlds)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(fit_world, tasks))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="seed of the first world")
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=["right", "wrong", "demand"])
    parser.add_argument("--saturation", choices=["hill", "logistic"], default="hill")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--prior", action="append", default=[], help="NAME=VALUE, as in the spec's priors")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    priors = {name: float(value) for name, value in (text.split("=") for text in given.prior)}
    runs = measure(given.families, given.worlds, given.processes, given.saturation, priors, given.first)
    summary = [summarise(family, [run for run in runs if run["family"] == family]) for family in given.families]
    for line in summary:
        print(json.dumps(line))
    if given.json:
        given.json.write_text(json.dumps({"summary": summary, "runs": runs}, indent=1))


if __name__ == "__main__":
    main()
