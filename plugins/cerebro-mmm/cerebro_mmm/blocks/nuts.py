"""Sampling with NumPyro: the No-U-Turn sampler, until the draws suffice."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.inference import Draws, Wanted, judge_draws, starting_positions, starting_spread
from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.numpyro_model import numpyro_model, prior_distribution

WARMUP_STEPS = 500
BATCH_STEPS = 250
STUCK_RHAT = 1.2


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
        for attempt in range(1, 3):
            stuck = draws.worst_rhat > STUCK_RHAT
            if not (stuck or draws.divergences) or time.monotonic() - began > wanted.max_seconds / 2:
                break
            why = "a chain is stuck" if stuck else f"{draws.divergences} transitions diverged"
            progress.stage(f"sampling again from other starts, in smaller steps: {why}")
            careful = nuts_program(problem, 0.99)
            again = run_chains(problem, careful, arrays, wanted, chains, seed + attempt, progress, began)
            draws = min((draws, again), key=lambda one: (one.worst_rhat > STUCK_RHAT, one.divergences))
        return draws

    return run_nuts


def nuts_program(problem: Problem, accept: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Two compiled functions: `begin(keys, positions, arrays)` gives states, `advance(states, arrays)` states, draws.

    Args:
        problem: the model.
        accept: acceptance rate that the step size is adapted to.
    """
    import jax
    import numpyro  # before its parts: ArviZ, where something imported it, leaves a half-loaded one behind
    from numpyro.distributions import biject_to
    from numpyro.infer.hmc import hmc
    from numpyro.infer.util import potential_energy

    numpyro.enable_x64()
    model = numpyro_model(problem)
    supports = {name: biject_to(prior_distribution(prior).support) for name, prior in problem.priors.items()}

    names = tuple(sorted(problem.priors))
    metric = np.diag(np.concatenate([starting_spread(problem, name) ** 2 for name in names]))
    # Compiling it by itself lets JAX trace it once, and not at each of the sampler's calls.
    energy = jax.jit(lambda arrays, position: potential_energy(model, (arrays,), {}, position))

    def potential(arrays: Mapping[str, Any]) -> Callable[[Any], Any]:
        return lambda position: energy(arrays, position)

    start, transition = hmc(potential_fn_gen=potential, algo="NUTS")

    def begin(keys: Any, positions: Any, arrays: Mapping[str, Any]) -> Any:
        def start_chain(key: Any, position: Any) -> Any:
            return start(
                position,
                num_warmup=WARMUP_STEPS,
                step_size=0.1,
                dense_mass=[names],
                inverse_mass_matrix={names: metric},
                max_tree_depth=(7, 10),
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
    quick = {"xla_backend_optimization_level": 1}
    return jax.jit(begin, compiler_options=quick), jax.jit(advance, compiler_options=quick)


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
    import jax

    begin, advance = program
    positions = starting_positions(problem, chains, seed)
    states = begin(jax.random.split(jax.random.key(seed), chains), positions, arrays)
    for _ in range(WARMUP_STEPS // BATCH_STEPS):
        states, _dropped = advance(states, arrays)
    batches: list[dict[str, np.ndarray]] = []
    divergences = 0
    next_look = math.ceil(4 * wanted.min_ess / (BATCH_STEPS * chains))
    while True:
        states, (values, diverging) = advance(states, arrays)
        batches.append({name: np.asarray(value) for name, value in values.items()})
        divergences += int(np.asarray(diverging).sum())
        seconds = time.monotonic() - began
        late = seconds > wanted.max_seconds
        if len(batches) < next_look and not late:
            continue
        joined = {name: np.swapaxes(np.concatenate([batch[name] for batch in batches]), 0, 1) for name in batches[0]}
        draws = judge_draws(joined, wanted, divergences=divergences, seconds=seconds)
        enough = draws.worst_rhat <= wanted.max_rhat and draws.least_ess >= wanted.min_ess
        if enough or late or (draws.worst_rhat > STUCK_RHAT and len(batches) > 3):
            return draws
        next_look = math.ceil(1.3 * len(batches))
        progress.stage(
            f"sampling on: R-hat {draws.worst_rhat:.3f}, {draws.least_ess:.0f} effective draws of {wanted.min_ess:.0f}"
        )
