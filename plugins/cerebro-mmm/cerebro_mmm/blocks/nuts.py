"""Sampling: the No-U-Turn sampler, until the draws suffice."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from numpyro.distributions import biject_to
from numpyro.infer.hmc import hmc
from numpyro.infer.util import potential_energy

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.inference import Draws, Wanted, judge_draws, starting_positions
from cerebro_mmm.blocks.modeling import Problem, prior_distribution

WARMUP_STEPS = 500
BATCH_STEPS = 250


def sample_nuts(
    problem: Problem, *, chains: int, seed: int, progress: Progress
) -> Callable[[Mapping[str, Any], Wanted], Draws]:
    """Prepare the No-U-Turn sampler (Hoffman and Gelman 2014) with a dense mass matrix.

    Args:
        problem: the model.
        chains: number of chains, run side by side.
        seed: of every random draw.
        progress: says how far it is.

    Returns:
        `(arrays, wanted) -> Draws`. Arrays of the same shapes reuse what was compiled.
    """
    gentle = nuts_program(problem, 0.9)

    def run_nuts(arrays: Mapping[str, Any], wanted: Wanted) -> Draws:
        began = time.monotonic()
        draws = run_chains(problem, gentle, arrays, wanted, chains, seed, progress, began)
        if draws.divergences and time.monotonic() - began < wanted.max_seconds / 2:
            progress.stage(f"sampling again in smaller steps: {draws.divergences} transitions diverged")
            careful = run_chains(problem, nuts_program(problem, 0.99), arrays, wanted, chains, seed, progress, began)
            return careful if careful.divergences <= draws.divergences else draws
        return draws

    return run_nuts


def nuts_program(problem: Problem, accept: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Two compiled functions: `begin(keys, positions, arrays)` gives states, `advance(states, arrays)` states, draws.

    Args:
        problem: the model.
        accept: acceptance rate that the step size is adapted to.
    """
    supports = {name: biject_to(prior_distribution(prior).support) for name, prior in problem.priors.items()}

    def potential(arrays: Mapping[str, Any]) -> Callable[[Any], Any]:
        return lambda position: potential_energy(problem.model, (arrays,), {}, position)

    start, transition = hmc(potential_fn_gen=potential, algo="NUTS")

    def begin(keys: Any, positions: Any, arrays: Mapping[str, Any]) -> Any:
        def start_chain(key: Any, position: Any) -> Any:
            return start(
                position,
                num_warmup=WARMUP_STEPS,
                step_size=0.1,
                dense_mass=[tuple(sorted(problem.priors))],
                target_accept_prob=accept,
                model_args=(arrays,),
                rng_key=key,
            )

        return jax.vmap(start_chain)(keys, positions)

    def advance(states: Any, arrays: Mapping[str, Any]) -> Any:
        def step(state: Any, _: Any) -> Any:
            state = jax.vmap(lambda one: transition(one, (arrays,), {}))(state)
            values = {name: supports[name](value) for name, value in state.z.items()}
            return state, (values, state.diverging)

        return jax.lax.scan(step, states, None, length=BATCH_STEPS)

    # The lower optimisation level halves the time to compile and costs no measurable speed here.
    return jax.jit(begin), jax.jit(advance, compiler_options={"xla_backend_optimization_level": 1})


def run_chains(
    problem: Problem,
    program: tuple[Callable[..., Any], Callable[..., Any]],
    arrays: Mapping[str, Any],
    wanted: Wanted,
    chains: int,
    seed: int,
    progress: Progress,
    began: float,
) -> Draws:
    """Warm up, then draw batch after batch until the draws suffice or the time is over."""
    begin, advance = program
    positions = starting_positions(problem, chains, seed)
    states = begin(jax.random.split(jax.random.key(seed), chains), positions, arrays)
    for _ in range(WARMUP_STEPS // BATCH_STEPS):
        states, _dropped = advance(states, arrays)
    batches: list[dict[str, np.ndarray]] = []
    divergences = 0
    while True:
        states, (values, diverging) = advance(states, arrays)
        batches.append({name: np.asarray(value) for name, value in values.items()})
        divergences += int(np.asarray(diverging).sum())
        seconds = time.monotonic() - began
        if len(batches) * BATCH_STEPS * chains < 4 * wanted.min_ess and seconds < wanted.max_seconds:
            continue
        joined = {name: np.swapaxes(np.concatenate([batch[name] for batch in batches]), 0, 1) for name in batches[0]}
        draws = judge_draws(joined, wanted, divergences=divergences, seconds=seconds)
        if draws.worst_rhat <= wanted.max_rhat and draws.least_ess >= wanted.min_ess:
            return draws
        if seconds > wanted.max_seconds:
            return draws
        progress.stage(
            f"sampling on: R-hat {draws.worst_rhat:.3f}, {draws.least_ess:.0f} effective draws of {wanted.min_ess:.0f}"
        )
