"""Fast inference, with Stan's sampler to fall back on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.fast import fast_or_sampled
from cerebro_mmm.blocks.inference import Draws, Wanted
from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.stan_nuts import sample_cmdstan, sample_stanli


def fit_fast_stanli(
    problem: Problem, *, chains: int, seed: int, progress: Progress
) -> Callable[[Mapping[str, Any], Wanted], Draws]:
    """Laplace and importance sampling where they pass their checks, else Stan's No-U-Turn sampler by stanli."""
    return fast_or_sampled(problem, sample_stanli, chains=chains, seed=seed, progress=progress)


def fit_fast_cmdstan(
    problem: Problem, *, chains: int, seed: int, progress: Progress
) -> Callable[[Mapping[str, Any], Wanted], Draws]:
    """Laplace and importance sampling where they pass their checks, else Stan's No-U-Turn sampler by CmdStan."""
    return fast_or_sampled(problem, sample_cmdstan, chains=chains, seed=seed, progress=progress)
