"""Sampling with PyMC: the No-U-Turn sampler of nutpie where it is installed, else PyMC's own."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.batches import Batch, gather_batches, sample_carefully, stream_seed
from cerebro_mmm.blocks.inference import Draws, Wanted
from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.pymc_model import ROW_ARRAYS, pymc_model

PYMC_TUNING = 600
PYMC_BATCH = 250
NUTPIE_MOST = 20_000
NUTPIE_LOOKS = 0.02


def sample_pymc(
    problem: Problem, *, chains: int, seed: int, progress: Progress
) -> Callable[[Mapping[str, Any], Wanted], Draws]:
    """Prepare the No-U-Turn sampler (Hoffman and Gelman 2014) for PyMC.

    Args:
        problem: the model.
        chains: number of chains.
        seed: of every random draw.
        progress: says how far it is.

    Returns:
        `(arrays, wanted) -> Draws`. Other rows of the same table reuse what was compiled. `Draws.notes` says which
        sampler drew.

    Raises:
        Refused: PyMC is not installed.
    """
    model = pymc_model(problem, problem.arrays)
    try:
        import nutpie
    except ImportError:
        begin = pymc_sampler(model, tuple(problem.priors), chains)
        note = (
            "Sampled by PyMC's own No-U-Turn sampler, one chain after another, since nutpie is not installed; "
            "with it sampling is several times as quick: pip install nutpie."
        )
    else:
        begin = nutpie_sampler(model, tuple(problem.priors), chains)
        note = f"Sampled by PyMC with nutpie {nutpie.__version__}."

    def run_pymc(arrays: Mapping[str, Any], wanted: Wanted) -> Draws:
        rows = {f"{name}_data": arrays[name] for name in ROW_ARRAYS}

        def run(accept: float, own_seed: int) -> Draws:
            advance, end = begin(rows, accept, own_seed)
            try:
                return gather_batches(advance, chains=chains, longest=PYMC_BATCH, wanted=wanted, progress=progress)
            finally:
                end()

        return sample_carefully(run, seed=seed, wanted=wanted, progress=progress, note=note)

    return run_pymc


def nutpie_sampler(model: Any, names: tuple[str, ...], chains: int) -> Callable[..., Any]:
    """`begin(rows, accept, seed) -> (advance, end)` with nutpie (Seyboldt and Carlson): compiled here, once.

    nutpie draws in the background, and each batch is the next part of that one run.

    Args:
        model: see `pymc_model`.
        names: of the parameters.
        chains: number of chains, run side by side.
    """
    import nutpie

    compiled = nutpie.compile_pymc_model(model)

    def begin(rows: Mapping[str, Any], accept: float, seed: int) -> tuple[Callable[[int], Batch], Callable[[], None]]:
        finished = [0]
        background = nutpie.sample(
            compiled.with_data(**rows),
            draws=NUTPIE_MOST,
            tune=PYMC_TUNING,
            chains=chains,
            cores=chains,
            seed=seed,
            target_accept=accept,
            save_warmup=False,
            progress_bar=False,
            progress_callback=lambda all_chains: finished.append(min(one.finished_draws for one in all_chains)),
            progress_rate=20,
            blocking=False,
        )
        whole: list[Any] = []
        parts = [Batch({name: np.zeros((chains, 0, 0)) for name in names}, 0)]

        def advance(count: int) -> Batch:
            start = sum(part.length for part in parts)
            stop = min(start + count, NUTPIE_MOST)
            if start == stop:
                return Batch({name: values[:, :0] for name, values in parts[-1].values.items()}, 0)
            while finished[-1] < PYMC_TUNING + stop and not (whole or has_ended(background)):
                time.sleep(NUTPIE_LOOKS)
            trace = trace_so_far(background, whole)
            while lacks_draws(trace, names[0], stop):
                time.sleep(NUTPIE_LOOKS)
                trace = trace_so_far(background, whole)
            values = {name: np.asarray(trace.posterior[name].values[:, start:stop]) for name in names}
            parts.append(Batch(values, int(trace.sample_stats["diverging"].values[:, start:stop].sum())))
            return parts[-1]

        return advance, background.cancel

    return begin


def has_ended(background: Any) -> bool:
    """Whether nutpie's run in the background is over; it answers with an error that it timed out while it is not."""
    try:
        return bool(background.is_finished)
    except TimeoutError:
        return False


def trace_so_far(background: Any, whole: list[Any]) -> Any:
    """The draws that there are; those of a run that is over can be taken once only, and are kept in `whole`."""
    if not whole and has_ended(background):
        whole.append(background.wait())
    return whole[0] if whole else background.inspect()


def lacks_draws(trace: Any, name: str, stop: int) -> bool:
    """Whether a chain has not yet this many draws; those that are not there are NaN."""
    values = trace.posterior[name].values
    return values.shape[1] < stop or not np.isfinite(values[:, :stop]).all()


def pymc_sampler(model: Any, names: tuple[str, ...], chains: int) -> Callable[..., Any]:
    """`begin(rows, accept, seed) -> (advance, end)` with PyMC's own sampler; arguments as for `nutpie_sampler`."""
    import pymc

    with model:
        free = [model[name] for name in names]
        values_at = model.compile_fn(model.replace_rvs_by_values(free), inputs=model.value_vars)

    def begin(rows: Mapping[str, Any], accept: float, seed: int) -> tuple[Callable[[int], Batch], Callable[[], None]]:
        pymc.set_data(rows, model=model)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            points, step = pymc.init_nuts(
                init="jitter+adapt_diag",
                chains=chains,
                random_seed=[stream_seed(seed, chain) for chain in range(chains)],
                model=model,
                tune=PYMC_TUNING,
                target_accept=accept,
                progressbar=False,
                quiet=True,
            )
        states: list[Any] = []
        for chain in range(chains):
            step.setup_chain(np.random.default_rng(stream_seed(seed, chains + chain)), PYMC_TUNING, 1)
            step.reset_tuning()
            for _ in range(PYMC_TUNING):
                points[chain], _told = step.step(points[chain])
            step.stop_tuning()
            states.append(step.sampling_state)

        def advance(count: int) -> Batch:
            found: dict[str, list[list[np.ndarray]]] = {name: [[] for _ in range(chains)] for name in names}
            diverged = 0
            for chain in range(chains):
                step.sampling_state = states[chain]
                for _ in range(count):
                    points[chain], told = step.step(points[chain])
                    diverged += bool(told[0]["diverging"])
                    for name, value in zip(names, values_at(points[chain]), strict=True):
                        found[name][chain].append(value)
                states[chain] = step.sampling_state
            return Batch({name: np.asarray(values) for name, values in found.items()}, diverged)

        return advance, lambda: None

    return begin
