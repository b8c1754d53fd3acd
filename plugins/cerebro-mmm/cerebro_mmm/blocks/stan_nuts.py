"""Sampling with Stan: by stanli, which needs no compiler, or by CmdStan where the user has it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cerebro_core.blocks.progress import Progress
from cerebro_core.blocks.result import Refused
from cerebro_mmm.blocks.batches import Batch, constrained_starts, gather_batches, sample_carefully, stream_seed
from cerebro_mmm.blocks.inference import Draws, Wanted, starting_positions, starting_spread
from cerebro_mmm.blocks.missing import missing_library
from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.stan_model import STAN_FAMILIES, STAN_PROGRAM, stan_data

STAN_WARMUP = 600
STAN_BATCH = 250
NO_VALUES = 0


def sample_stanli(
    problem: Problem, *, chains: int, seed: int, progress: Progress
) -> Callable[[Mapping[str, Any], Wanted], Draws]:
    """Prepare Stan's No-U-Turn sampler with a dense mass matrix, run by stanli.

    Args:
        problem: the model.
        chains: number of chains, run side by side.
        seed: of every random draw.
        progress: says how far it is.

    Returns:
        `(arrays, wanted) -> Draws`.

    Raises:
        Refused: stanli is not installed.
    """
    try:
        import stanli
    except ImportError:
        raise missing_library("stanli", "stan", "stanli") from None
    program = stanli.stan_to_mir(STAN_PROGRAM)
    note = f"Sampled by Stan with stanli {stanli.__version__}."

    def run_stanli(arrays: Mapping[str, Any], wanted: Wanted) -> Draws:
        model = stanli.Model(mir=program, data=stan_data(problem, arrays))

        def run(accept: float, own_seed: int) -> Draws:
            advance = stanli_batches(problem, model, chains, accept, own_seed)
            return gather_batches(advance, chains=chains, longest=STAN_BATCH, wanted=wanted, progress=progress)

        return sample_carefully(run, seed=seed, wanted=wanted, progress=progress, note=note)

    return run_stanli


def stanli_batches(problem: Problem, model: Any, chains: int, accept: float, seed: int) -> Callable[[int], Batch]:
    """`advance(count)`: warms up when first called, then goes on from where the chains are, with what was adapted.

    Args:
        problem: the model.
        model: the same as a `stanli.Model`.
        chains: number of chains.
        accept: acceptance rate that the step size is adapted to.
        seed: of the starts and of the chains.
    """
    spreads = [starting_spread(problem, name) for name in STAN_FAMILIES if name in problem.priors]
    places = constrained_starts(problem, starting_positions(problem, chains, seed))
    settings: dict[str, Any] = {
        "warmup": STAN_WARMUP,
        "delta": accept,
        "step_size": 0.1,
        "inv_metric": np.diag(np.concatenate(spreads) ** 2),
    }
    batches = [0]

    def advance(count: int) -> Batch:
        starts = np.stack([model.unconstrain(stan_values(place)) for place in places])
        fit = model.sample(
            chains=chains,
            seed=stream_seed(seed, batches[0]),
            samples=count,
            inits=starts,
            metric="dense_e",
            refresh=0,
            **settings,
        )
        batches[0] += 1
        settings.clear()
        # One step size serves all chains: the smallest that was adapted is safe in each.
        settings.update(warmup=0, adapt_engaged=False, inv_metric=fit.inv_metric, step_size=float(fit.step_size.min()))
        values = {name: np.asarray(fit.draws(name)) for name in problem.priors}
        places[:] = [{name: value[chain, -1] for name, value in values.items()} for chain in range(chains)]
        return Batch(values, int(np.sum(fit.divergences)))

    return advance


def stan_values(values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Values for every parameter of the program, inside their bounds; of size zero for those that a model lacks."""
    found = {}
    for name, family in STAN_FAMILIES.items():
        value = values.get(name, np.zeros(NO_VALUES))
        if family != "normal":
            value = np.clip(value, 1e-300, 1.0 - 1e-15 if family == "beta" else np.inf)
        found[name] = value
    return found


def sample_cmdstan(
    problem: Problem, *, chains: int, seed: int, progress: Progress
) -> Callable[[Mapping[str, Any], Wanted], Draws]:
    """Prepare Stan's No-U-Turn sampler with a dense mass matrix, run by CmdStan; compiles the program, once.

    Every batch is a run with a warm-up of its own, so the first is chosen long enough and a second is rare.

    Args, result: as for `sample_stanli`.

    Raises:
        Refused: CmdStanPy or CmdStan is not installed.
    """
    try:
        import cmdstanpy
    except ImportError:
        raise Refused(
            "CmdStanPy is not installed here. Install it: pip install cmdstanpy, then CmdStan: install_cmdstan. "
            "Or choose the Stan runtime stanli, which needs neither."
        ) from None
    try:
        cmdstanpy.cmdstan_path()
    except ValueError:
        raise Refused(
            "CmdStan is not installed here, or CMDSTAN does not name its folder. Install it: install_cmdstan "
            "(it needs a C++ compiler). Or choose the Stan runtime stanli, which needs neither."
        ) from None
    progress.stage("compiling the Stan program")
    folder = tempfile.TemporaryDirectory(prefix="cerebro_mmm_")
    path = os.path.join(folder.name, "marketing_mix.stan")
    with open(path, "w", encoding="utf-8") as file:
        file.write(STAN_PROGRAM)
    model = cmdstanpy.CmdStanModel(stan_file=path)
    note = f"Sampled by Stan with CmdStanPy {cmdstanpy.__version__}."

    def run_cmdstan(arrays: Mapping[str, Any], wanted: Wanted) -> Draws:
        data = stan_data(problem, arrays)

        def run(accept: float, own_seed: int) -> Draws:
            # Named here so that the folder lives as long as the program in it is used.
            advance = cmdstan_batches(problem, model, data, chains, accept, own_seed, folder.name)
            longest = int(np.iinfo(np.int32).max)
            return gather_batches(advance, chains=chains, longest=longest, wanted=wanted, progress=progress)

        return sample_carefully(run, seed=seed, wanted=wanted, progress=progress, note=note)

    return run_cmdstan


def cmdstan_batches(
    problem: Problem, model: Any, data: Mapping[str, Any], chains: int, accept: float, seed: int, folder: str
) -> Callable[[int], Batch]:
    """`advance(count)` with CmdStan; arguments as for `stanli_batches`, and where CmdStan writes its files."""
    batches = [0]

    def advance(count: int) -> Batch:
        own_seed = stream_seed(seed, batches[0])
        places = constrained_starts(problem, starting_positions(problem, chains, own_seed))
        fit = model.sample(
            data=data,
            chains=chains,
            parallel_chains=min(chains, os.cpu_count() or 1),
            seed=own_seed,
            inits=[stan_values(place) for place in places],
            iter_warmup=STAN_WARMUP,
            iter_sampling=count,
            adapt_delta=accept,
            metric="dense_e",
            sig_figs=12,
            output_dir=tempfile.mkdtemp(dir=folder),
            show_progress=False,
            show_console=False,
        )
        batches[0] += 1
        values = {name: np.asarray(fit.stan_variable(name)) for name in problem.priors}
        shaped = {name: value.reshape((chains, count, -1)) for name, value in values.items()}
        return Batch(shaped, int(np.sum(fit.divergences)))

    return advance
