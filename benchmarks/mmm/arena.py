"""The arena: does the model find the truth, on simulated markets of six kinds whose truth is known?

    python benchmarks/mmm/arena.py --worlds 100 --json benchmarks/mmm/arena.json   # the documented long run
    python benchmarks/mmm/arena.py --worlds 10                                     # what CI can afford
    python benchmarks/mmm/arena.py --worlds 4 --peer 4                             # with pymc-marketing beside

Families: right (the model's own form), wrong (other carry-over and saturation), demand (spend chases demand that no
column shows), collinear, short (52 weeks), heavy (Student-t(3) noise). Beside each fit stands an oracle, which knows
the shape of every channel's response, the unseen demand and the size of the noise, and has only the effects and the
baseline to learn, under the same prior.

Reported by family, each mean with its Monte-Carlo standard error over worlds (channels are clustered by world):
  coverage    of the 90 % intervals of the channels' contributions, and of all media together
  covered or flagged   a channel counts too where its verdict is not "identified"
  error       mean absolute error of a channel's contribution over its truth; and the sum of the absolute errors over
              the sum of the truths, which small channels do not rule
  width       of the intervals over the truth, and over the oracle's
  bias        of all media together
  regret      what the recommended split of the budget (each channel within 50 % of its recent spend) earns less than
              the best split, as a share of what media then earn
  seconds     a fit takes, warm; and the share that fell back on sampling
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

MEASURES = (
    "coverage",
    "total_coverage",
    "covered_or_flagged",
    "flagged",
    "demand_flagged",
    "error",
    "weighted_error",
    "width",
    "width_to_oracle",
    "bias",
    "regret",
    "seconds",
    "seconds_cold",
    "ess_per_second",
    "sampled",
    "oracle_coverage",
    "oracle_error",
)
EFFECT_SCALE = 0.5


def market_of(world: World) -> Any:
    """The world's table by role, as the script reads it."""
    from cerebro_core.blocks.result import ResultTable
    from cerebro_mmm.blocks.exploration import Market

    def numbers(name: str) -> np.ndarray:
        return np.array(world.columns[name], dtype=float)

    spend = np.stack([numbers(name) for name in world.channels])
    return Market(
        dates=np.array(world.columns["week"], dtype="datetime64[D]"),
        regions=("",),
        outcome=numbers("sales"),
        spend=spend,
        exposure=spend,
        reach={},
        worth=np.ones(spend.shape[1]),
        controls={name: numbers(name) for name in world.controls},
        events={},
        summary=ResultTable((), ()),
    )


def prepared_of(world: World) -> Any:
    """The world prepared with what the agents choose for such a table."""
    from cerebro_mmm.blocks.preprocessing import prepare

    rows = len(world.columns["week"])
    return prepare(
        market_of(world),
        world.channels,
        missing_media="refuse",
        missing_controls="refuse",
        holdout=0,
        adstock_max_lag=8 if rows < 104 else 13,
        trend="linear",
        seasonality=min(rows // 52, 3),
        weekly_seasonality=0,
        holidays="",
    )


def oracle(world: World, prepared: Any, rng: np.random.Generator) -> np.ndarray:
    """Draws of the contributions of one who knows the shapes, shape (draws, channels), by Gibbs sampling.

    The outcome is linear in the effects, whose priors are half-normal; the baseline (and the unseen demand) has normal
    coefficients and is integrated out. Each effect given the others is a normal cut at zero.
    """
    from scipy import stats

    level = float(world.truth["level"])  # type: ignore[arg-type]
    noise = float(world.truth["noise_sd"]) * level / prepared.outcome_scale  # type: ignore[arg-type]
    shapes = np.stack([world.weekly[name] for name in world.channels])
    heights = shapes.mean(axis=1, keepdims=True)
    design = prepared.design * prepared.prior_sd
    if world.truth["family"] == "demand":
        design = np.column_stack([design, world.unseen])
        noise *= 0.6
    target = prepared.outcome / prepared.outcome_scale - prepared.design @ prepared.prior_mean
    inverse = np.linalg.inv(noise**2 * np.eye(len(target)) + design @ design.T)
    columns = (shapes / heights).T
    share = prepared.row_spend.sum(axis=1) / prepared.row_spend.sum()
    precision = columns.T @ inverse @ columns + np.diag(len(share) / (EFFECT_SCALE**2 * share))
    pull = columns.T @ inverse @ target
    effect = np.maximum(np.linalg.solve(precision, pull), 1e-3)
    draws = []
    for turn in range(1500):
        for index in range(len(effect)):
            spread = precision[index, index] ** -0.5
            mean = effect[index] + (pull[index] - precision[index] @ effect) * spread**2
            below = stats.norm.cdf(-mean / spread)
            value = stats.norm.ppf(below + rng.random() * (1.0 - below))
            effect[index] = max(mean + spread * value, 0.0) if np.isfinite(value) else 1e-6
        if turn >= 300:
            draws.append(effect.copy())
    return np.array(draws) * len(target) * prepared.outcome_scale


def regret_of(world: World, prepared: Any, posterior: Any) -> float:
    """What the recommended split earns less than the best one, over what the best one earns."""
    from cerebro_mmm.blocks.optimization import best_split, budget_bounds, plan_budget

    settings = {"budget_horizon": 13, "budget_min": {}, "budget_max": {}, "budget_change": 0.5}
    bounds = budget_bounds(prepared, budget=None, **settings)
    grids = [world.response[name] for name in world.channels]

    def truth(spend: np.ndarray) -> np.ndarray:
        """True outcome; a complex step gives the slope of the table's line."""
        rates = spend / bounds.horizon
        found = []
        for rate, (grid, answer) in zip(rates, grids, strict=True):
            value = np.interp(rate.real, grid, answer)
            step = grid[1] / 10
            slope = (np.interp(rate.real + step, grid, answer) - value) / step
            found.append(value + 1j * rate.imag * slope if np.iscomplexobj(spend) else value)
        return np.array(found)[None] * bounds.horizon

    plan = plan_budget(prepared, posterior, bounds, 1, 0.0)
    best = best_split(truth, bounds, np.random.default_rng(1))
    most = float(truth(best).sum())
    return 1.0 - float(truth(plan.spend).sum()) / most


def fit_world(task: tuple[str, int, str]) -> dict[str, Any]:
    """Fit one world as the script does; what its answer is worth beside the truth."""
    family, seed, form = task
    from cerebro_core.blocks.progress import Progress
    from cerebro_mmm.blocks.adstock import geometric_adstock
    from cerebro_mmm.blocks.demand import MOVES_TOGETHER, common_movement, with_common_movement
    from cerebro_mmm.blocks.fast_numpyro import fit_fast_numpyro
    from cerebro_mmm.blocks.fitting import Model, fit_models
    from cerebro_mmm.blocks.forms import given_form, usual_forms
    from cerebro_mmm.blocks.modeling import build_problem
    from cerebro_mmm.blocks.saturation import hill
    from cerebro_mmm.blocks.verdicts import judge_channels

    world = draw_world(seed, family)
    prepared = prepared_of(world)
    known = prepared
    rng = np.random.default_rng(seed)
    quiet = Progress(quiet=True)
    began = time.perf_counter()
    movement = common_movement(prepared)
    if movement.z > MOVES_TOGETHER:
        prepared = with_common_movement(prepared, movement)
    forms = (given_form if form == "given" else usual_forms)(geometric_adstock, hill, "adstock_first")
    problems = [build_problem(prepared, one, {}) for one in forms]
    models = [Model(one, fit_fast_numpyro(one, chains=4, seed=seed, progress=quiet)) for one in problems]
    fit = fit_models(models, np.ones(len(prepared.dates), bool), (400.0, 1.01, 120.0), rng, quiet)
    seconds = time.perf_counter() - began
    verdicts = judge_channels(prepared, fit, movement, [], rng)

    truth = np.array([world.contribution[name] for name in world.channels])
    parts = fit.posterior.contributions.sum(axis=2)
    low, high = np.quantile(parts, (0.05, 0.95), axis=0)
    total_low, total_high = np.quantile(parts.sum(axis=1), (0.05, 0.95))
    sure = oracle(world, known, rng)
    sure_low, sure_high = np.quantile(sure, (0.05, 0.95), axis=0)
    inside = (low <= truth) & (truth <= high)
    flagged = np.array([one.verdict != "identified" for one in verdicts])
    return {
        "family": family,
        "seed": seed,
        "form": form,
        "coverage": float(inside.mean()),
        "total_coverage": float(total_low <= truth.sum() <= total_high),
        "covered_or_flagged": float((inside | flagged).mean()),
        "flagged": float(flagged.mean()),
        "demand_flagged": float(any(one.verdict == "confounded with demand" for one in verdicts)),
        "error": float((np.abs(parts.mean(axis=0) - truth) / truth).mean()),
        "weighted_error": float(np.abs(parts.mean(axis=0) - truth).sum() / truth.sum()),
        "width": float(((high - low) / truth).mean()),
        "width_to_oracle": float(((high - low) / (sure_high - sure_low)).mean()),
        "bias": float(parts.sum(axis=1).mean() / truth.sum() - 1.0),
        "regret": regret_of(world, prepared, fit.posterior),
        "seconds": seconds,
        "ess_per_second": min(draws.least_ess for draws in fit.draws) / seconds,
        "sampled": float(np.mean([bool(draws.rhat) for draws in fit.draws])),
        "oracle_coverage": float(((sure_low <= truth) & (truth <= sure_high)).mean()),
        "oracle_error": float((np.abs(sure.mean(axis=0) - truth) / truth).mean()),
    }


def summary(runs: list[dict[str, Any]]) -> dict[str, tuple[float, float]]:
    """Mean and Monte-Carlo standard error of every measure over worlds."""
    found = {}
    for name in MEASURES:
        values = np.array([run[name] for run in runs if name in run])
        if len(values):
            error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")
            found[name] = (float(values.mean()), error)
    return found


def print_table(runs: list[dict[str, Any]]) -> None:
    """A line for each family and form."""
    for family in FAMILIES:
        for form in dict.fromkeys(run["form"] for run in runs):
            own = [run for run in runs if run["family"] == family and run["form"] == form]
            if not own:
                continue
            print(f"\n{family}, {form}: {len(own)} worlds")
            for name, (mean, error) in summary(own).items():
                print(f"  {name:<20} {mean:9.3f} ± {error:.3f}")


def main() -> None:
    """Run, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--families", nargs="+", default=list(FAMILIES), choices=FAMILIES)
    parser.add_argument("--forms", nargs="+", default=["given", "auto"], choices=("given", "auto", "none"))
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--peer", type=int, default=0, help="worlds of each family for pymc-marketing too")
    parser.add_argument("--json", type=Path, help="write the figures of every world there, and keep those of others")
    chosen = parser.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.worlds)
    forms = [] if chosen.forms == ["none"] else chosen.forms
    tasks = [(family, seed, form) for family in chosen.families for seed in seeds for form in forms]
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    runs: list[dict[str, Any]] = []
    with ProcessPoolExecutor(chosen.processes, mp_context=get_context("spawn")) as pool:
        for run in pool.map(fit_world, tasks, chunksize=2):
            runs.append(run)
            if len(runs) % 20 == 0:
                print(f"{len(runs)} of {len(tasks)}", flush=True)
    if chosen.peer:
        from peer_arena import fit_peer

        for family in chosen.families:
            runs += fit_peer(family, list(seeds)[: chosen.peer])
    print_table(runs)
    if chosen.json:
        keep(chosen.json, runs)


def keep(path: Path, runs: list[dict[str, Any]]) -> None:
    """Write the figures of these worlds, and keep those of others that the file holds."""
    fresh = {(run["family"], run["seed"], run["form"]): run for run in runs}
    old = json.loads(path.read_text())["runs"] if path.exists() else []
    kept = {(run["family"], run["seed"], run["form"]): run for run in old} | fresh
    lines = ",\n".join(json.dumps({k: short(v) for k, v in run.items()}) for run in kept.values())
    path.write_text('{"runs": [\n' + lines + "\n]}\n")


def short(value: Any) -> Any:
    """Five digits of a number are enough."""
    return float(f"{value:.5g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
