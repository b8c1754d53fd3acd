"""Sampling until the draws suffice, for samplers that hand out their draws in batches."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.inference import Draws, Wanted, judge_draws
from cerebro_mmm.blocks.modeling import Problem

FIRST_ACCEPT = 0.9
CAREFUL_ACCEPT = 0.99
CAREFUL_ATTEMPTS = 2
CHAINS_DIFFER = 1.2
FEWEST_DRAWS = 250


@dataclass(frozen=True)
class Batch:
    """Some draws of every chain.

    Attributes:
        values: parameter -> values, shape (chains, draws, members).
        divergences: transitions among them that diverged.
    """

    values: dict[str, np.ndarray]
    divergences: int

    @property
    def length(self) -> int:
        """Draws of one chain."""
        return len(next(iter(self.values.values()))[0])


def sample_carefully(
    run: Callable[[float, int], Draws], *, seed: int, wanted: Wanted, progress: Progress, note: str
) -> Draws:
    """Sample; where transitions diverge or a chain is stuck, again in smaller steps and from other starts.

    Args:
        run: (acceptance rate that the step size is adapted to, seed) -> draws.
        seed: of the first run.
        wanted: there is a second try only within the first half of its time.
        progress: says why it samples again.
        note: what drew, for the user.

    Returns:
        The best of the runs: no stuck chain, then the fewest divergences.
    """
    began = time.monotonic()
    best = run(FIRST_ACCEPT, seed)
    for attempt in range(1, CAREFUL_ATTEMPTS + 1):
        stuck = best.worst_rhat > CHAINS_DIFFER
        if not (stuck or best.divergences) or time.monotonic() - began > wanted.max_seconds / 2:
            break
        why = "a chain is stuck" if stuck else f"{best.divergences} transitions diverged"
        progress.stage(f"sampling again from other starts, in smaller steps: {why}")
        again = run(CAREFUL_ACCEPT, seed + attempt)
        best = min((best, again), key=lambda one: (one.worst_rhat > CHAINS_DIFFER, one.divergences))
    return replace(best, seconds=time.monotonic() - began, notes=(*best.notes, note))


def gather_batches(
    advance: Callable[[int], Batch], *, chains: int, longest: int, wanted: Wanted, progress: Progress
) -> Draws:
    """Draw batch after batch until the draws suffice, the time is over or the sampler has no more.

    The draws are judged when there is a set number of them, never by the clock: within the time a seed always gives the
    same draws.

    Args:
        advance: most draws of each chain that may come next -> a batch; an empty one when there are no more.
        chains: number of chains.
        longest: most draws of a batch; between batches the clock is looked at.
        wanted: when to stop.
        progress: says how far it is.
    """
    began = time.monotonic()
    batches: list[Batch] = []
    goal = max(FEWEST_DRAWS, math.ceil(4 * wanted.min_ess / chains))
    drawn = 0
    while True:
        batches.append(advance(min(longest, goal - drawn)))
        drawn += batches[-1].length
        seconds = time.monotonic() - began
        over = seconds > wanted.max_seconds or not batches[-1].length
        if drawn < goal and not over:
            continue
        draws = judge_draws(
            joined_values(batches), wanted, divergences=sum(one.divergences for one in batches), seconds=seconds
        )
        enough = draws.worst_rhat <= wanted.max_rhat and draws.least_ess >= wanted.min_ess
        if enough or over or (draws.worst_rhat > CHAINS_DIFFER and drawn >= 4 * FEWEST_DRAWS):
            return draws
        lacking = 1.1 * wanted.min_ess / max(draws.least_ess, 1.0)
        goal = math.ceil(min(max(lacking, 1.3), 3.0) * drawn)
        progress.stage(
            f"sampling on: R-hat {draws.worst_rhat:.3f}, {draws.least_ess:.0f} effective draws of {wanted.min_ess:.0f}"
        )


def joined_values(batches: list[Batch]) -> dict[str, np.ndarray]:
    """The draws of all batches, one after another."""
    return {name: np.concatenate([one.values[name] for one in batches], axis=1) for name in batches[0].values}


def constrained_starts(problem: Problem, positions: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """What `starting_positions` gives, as values of the parameters, one dictionary a chain."""
    values = {}
    for name, free in positions.items():
        family = problem.priors[name].family
        values[name] = free if family == "normal" else np.exp(free)
        if family == "beta":
            values[name] = 1.0 / (1.0 + np.exp(-free))
    chains = len(next(iter(values.values())))
    return [{name: value[chain] for name, value in values.items()} for chain in range(chains)]


def stream_seed(seed: int, stream: int) -> int:
    """A seed of 31 bits for the stream of this number."""
    return int(np.random.SeedSequence([seed, stream]).generate_state(1)[0] >> 1)
