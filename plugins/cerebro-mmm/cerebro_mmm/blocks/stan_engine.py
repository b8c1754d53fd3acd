"""Inference with Stan, whatever runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.fast import fast_or_sampled
from cerebro_mmm.blocks.inference import Draws, Wanted
from cerebro_mmm.blocks.modeling import Problem


def sample_stan(
    problem: Problem, *, chains: int, seed: int, progress: Progress, runtime: Callable[..., Any]
) -> Callable[[Mapping[str, Any], Wanted], Draws]:
    """Stan's No-U-Turn sampler by the runtime that was chosen: `sample_stanli` or `sample_cmdstan`."""
    prepared: Callable[[Mapping[str, Any], Wanted], Draws] = runtime(
        problem, chains=chains, seed=seed, progress=progress
    )
    return prepared


def fit_fast_stan(
    problem: Problem, *, chains: int, seed: int, progress: Progress, runtime: Callable[..., Any]
) -> Callable[[Mapping[str, Any], Wanted], Draws]:
    """Laplace and importance sampling where they pass their checks, else Stan's No-U-Turn sampler."""
    return fast_or_sampled(problem, runtime, chains=chains, seed=seed, progress=progress)
