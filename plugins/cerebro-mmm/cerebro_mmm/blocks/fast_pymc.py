"""Fast inference, with PyMC's sampler to fall back on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.fast import fast_or_sampled
from cerebro_mmm.blocks.inference import Draws, Wanted
from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.pymc_nuts import sample_pymc


def fit_fast_pymc(
    problem: Problem, *, chains: int, seed: int, progress: Progress
) -> Callable[[Mapping[str, Any], Wanted], Draws]:
    """Laplace and importance sampling where they pass their checks, else the No-U-Turn sampler of PyMC or nutpie."""
    return fast_or_sampled(problem, sample_pymc, chains=chains, seed=seed, progress=progress)
