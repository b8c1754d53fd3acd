"""Fast inference: Laplace's method from several starts, mended and judged by importance weights. NumPy alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import optimize

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.importance import Proposal, importance_sample, systematic_picks
from cerebro_mmm.blocks.inference import Draws, Wanted
from cerebro_mmm.blocks.likelihood import Density, density_of
from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.priors import frozen_prior, unconstrained

SCOUTS = 1000
STARTS = 4
SPREAD_STEP = 1e-3
MOST_PARETO = 0.7
MOST_PARAMETERS = 70
DRAWS = 2000


def fast_or_sampled(
    problem: Problem,
    sampler: Callable[..., Callable[[Mapping[str, Any], Wanted], Draws]],
    *,
    chains: int,
    seed: int,
    progress: Progress,
) -> Callable[[Mapping[str, Any], Wanted], Draws]:
    """Fast inference that hands over to a sampler where its own checks fail, and says so.

    Args:
        problem: the model.
        sampler: the engine's sampler, prepared only when it is needed.
        chains, seed, progress: as for every inference.

    Returns:
        `(arrays, wanted) -> Draws`.
    """
    prepared: list[Callable[[Mapping[str, Any], Wanted], Draws]] = []

    def sample(arrays: Mapping[str, Any], wanted: Wanted, why: str) -> Draws:
        progress.stage(f"sampling instead of fast inference: {why}")
        if not prepared:
            prepared.append(sampler(problem, chains=chains, seed=seed, progress=progress))
        draws = prepared[0](arrays, wanted)
        note = f"Fast inference handed over to sampling ({problem.form.name}): {why}."
        return replace(draws, notes=(*draws.notes, note))

    def run_fast(arrays: Mapping[str, Any], wanted: Wanted) -> Draws:
        if sum(len(members) for members in problem.members.values()) > MOST_PARAMETERS:
            return sample(arrays, wanted, f"more than {MOST_PARAMETERS} parameters are too many for it")
        draws = fit_laplace(problem, arrays, wanted, chains=chains, seed=seed)
        if draws.pareto_k is not None and draws.pareto_k > MOST_PARETO:
            return sample(arrays, wanted, f"Pareto k-hat is {draws.pareto_k:.2f}, above {MOST_PARETO}")
        if draws.least_ess < wanted.min_ess:
            return sample(arrays, wanted, f"{draws.least_ess:.0f} effective draws, fewer than {wanted.min_ess:.0f}")
        return draws

    return run_fast


def fit_laplace(problem: Problem, arrays: Mapping[str, Any], wanted: Wanted, *, chains: int, seed: int) -> Draws:
    """Draws by adaptive importance sampling from Laplace approximations (Cornuet, Marin, Mira, Robert 2012).

    Args:
        problem: the model.
        arrays: see `model_arrays`.
        wanted: the effective draws wanted.
        chains: the draws are handed out in so many rows, as a sampler would.
        seed: of every random draw.
    """
    began = time.monotonic()
    rng = np.random.default_rng(seed)
    density = density_of(problem, arrays)
    proposals = [laplace_at(density, mode) for mode in find_modes(density, rng)]
    found = importance_sample(density.at, proposals, rng, enough=2.0 * wanted.min_ess)
    picks = rng.permutation(systematic_picks(np.exp(found.log_weights), DRAWS, rng))
    flat = density.samples(found.points[picks])
    samples = {name: values.reshape((chains, DRAWS // chains, -1)) for name, values in flat.items()}
    draws = Draws(
        samples,
        wanted.report(samples),
        "fast",
        {},
        {"all": np.array([found.effective])},
        0,
        found.pareto_k,
        log_evidence=found.log_evidence,
    )
    return replace(draws, seconds=time.monotonic() - began)


def find_modes(density: Density, rng: np.random.Generator) -> list[np.ndarray]:
    """Tops of the posterior, the highest first: climbed to from the best of many draws of the prior."""
    problem = density.problem
    scouts = np.concatenate(
        [
            unconstrained(
                prior, np.asarray(frozen_prior(prior).rvs(size=(SCOUTS, len(prior.values[0])), random_state=rng))
            )
            for prior in problem.priors.values()
        ],
        axis=1,
    )
    middle = np.concatenate([unconstrained(prior, frozen_prior(prior).median()) for prior in problem.priors.values()])
    scouts = 0.7 * (scouts - middle) + middle
    order = np.argsort(-density.at(scouts))
    tops: list[tuple[float, np.ndarray]] = []
    for start in [middle, *scouts[order[: STARTS - 1]]]:
        climbed = optimize.minimize(
            lambda point: tuple(-part for part in density.value_and_gradient(point)),
            start,
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 400, "maxcor": 20},
        )
        near = [np.abs(climbed.x - top).max() < 0.1 for _, top in tops]
        if np.isfinite(climbed.fun) and not any(near):
            tops.append((float(climbed.fun), climbed.x))
    tops.sort(key=lambda one: one[0])
    return [top for value, top in tops if value < tops[0][0] + 8.0]


def laplace_at(density: Density, mode: np.ndarray) -> Proposal:
    """The normal that has the mode and the curvature of the density there, in directions that curve too little widened.

    Where the density is nearly flat, or rises (a mode on a ridge), the prior's spread stands in.
    """
    slopes = []
    for index in range(density.size):
        step = np.zeros(density.size)
        step[index] = SPREAD_STEP
        rise = density.value_and_gradient(mode + step)[1] - density.value_and_gradient(mode - step)[1]
        slopes.append(-rise / (2 * SPREAD_STEP))
    precision = np.array(slopes)
    values, vectors = np.linalg.eigh((precision + precision.T) / 2)
    return Proposal(mode, (vectors / np.maximum(values, 0.25)) @ vectors.T)
