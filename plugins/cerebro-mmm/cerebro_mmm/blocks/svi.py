"""A quicker approximation: variational inference, mended and judged by importance weights."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from numpyro.distributions import biject_to
from numpyro.infer import SVI, Trace_ELBO, init_to_value
from numpyro.infer.autoguide import AutoMultivariateNormal
from numpyro.infer.util import potential_energy
from numpyro.optim import ClippedAdam
from scipy import stats

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.convergence import pareto_smooth
from cerebro_mmm.blocks.inference import Draws, Wanted
from cerebro_mmm.blocks.modeling import Problem, prior_distribution
from cerebro_mmm.blocks.priors import frozen_prior

SVI_STEPS = 2500
PROPOSAL_DRAWS = 4000
PROPOSAL_ROUNDS = 6
PROPOSAL_TAILS = 5.0


def fit_svi(
    problem: Problem, *, chains: int, seed: int, progress: Progress
) -> Callable[[Mapping[str, Any], Wanted], Draws]:
    """Prepare stochastic variational inference with a multivariate normal guide.

    The guide is the first proposal of an adaptive importance sampler (Cornuet, Marin, Mira, Robert 2012): Student-t
    proposals with the moments of the weighted draws, weights against the mixture of all proposals. Pareto k-hat of the
    final weights judges the result.

    Args:
        problem: the model.
        chains: the draws are handed out in so many rows, as a sampler would.
        seed: of every random draw.
        progress: says how far it is.

    Returns:
        `(arrays, wanted) -> Draws`.
    """
    names = list(problem.priors)
    medians = {name: frozen_prior(problem.priors[name]).median() for name in names}
    supports = {name: biject_to(prior_distribution(problem.priors[name]).support) for name in names}
    # The guide lays parameters out in the order in which the model samples them; an ordered dictionary keeps it.
    unpack = ravel_pytree(OrderedDict((name, np.zeros(len(medians[name]))) for name in names))[1]

    def log_densities(points: Any, arrays: Mapping[str, Any]) -> Any:
        return jax.vmap(lambda point: -potential_energy(problem.model, (arrays,), {}, unpack(point)))(points)

    compiled = jax.jit(log_densities)

    def run_svi(arrays: Mapping[str, Any], wanted: Wanted) -> Draws:
        began = time.monotonic()
        guide = AutoMultivariateNormal(problem.model, init_loc_fn=init_to_value(values=medians), init_scale=0.3)
        svi = SVI(problem.model, guide, ClippedAdam(0.02), Trace_ELBO(num_particles=4))
        fitted = svi.run(jax.random.key(seed), SVI_STEPS, arrays, progress_bar=False)
        normal = guide.get_posterior(fitted.params)
        rng = np.random.default_rng(seed)
        points, weights, k_hat = importance_sample(
            lambda flat: np.asarray(compiled(flat, arrays)),
            np.asarray(normal.mean),
            np.asarray(normal.covariance_matrix),
            rng,
        )
        count = 500 * chains
        drawn = points[rng.permutation(systematic_picks(np.exp(weights), count, rng))]
        split = jax.vmap(unpack)(drawn)
        samples = {name: np.asarray(supports[name](split[name])).reshape((chains, 500, -1)) for name in names}
        effective = np.array([1.0 / np.exp(2.0 * weights).sum()])
        draws = Draws(samples, wanted.report(samples), "svi", {}, {"all": effective}, 0, k_hat, 0.0)
        return replace(draws, seconds=time.monotonic() - began)

    return run_svi


def importance_sample(
    log_density: Callable[[np.ndarray], np.ndarray], mean: np.ndarray, covariance: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, float]:
    """Draw from Student-t proposals, move them to where the weights are, and weigh all draws against their mixture.

    Args:
        log_density: of the target, unnormalised; shape (draws, dimensions) to (draws,).
        mean, covariance: of the first proposal.
        rng: draws.

    Returns:
        The draws, their Pareto-smoothed normalised log weights, and k-hat.
    """
    proposals: list[Any] = []
    points = np.empty((0, mean.size))
    target = np.empty(0)
    best = (points, target, np.inf)
    for _ in range(PROPOSAL_ROUNDS):
        proposals.append(stats.multivariate_t(mean, covariance, df=PROPOSAL_TAILS, allow_singular=True))
        fresh = proposals[-1].rvs(size=PROPOSAL_DRAWS, random_state=rng)
        points = np.concatenate([points, fresh])
        target = np.concatenate([target, log_density(fresh)])
        density = np.stack([proposal.logpdf(points) for proposal in proposals])
        mixture = np.logaddexp.reduce(density, axis=0) - np.log(len(proposals))
        raw = np.where(np.isfinite(target), target - mixture, -np.inf)
        logs, k_hat = pareto_smooth(np.maximum(raw, raw.max() - 700.0))
        best = (points, logs, k_hat)
        if k_hat <= 0.6 and 1.0 / np.exp(2.0 * logs).sum() >= 800.0:
            break
        # Tempered weights keep the covariance from collapsing onto the few draws that carry all the weight.
        tempered = np.exp(0.5 * logs - np.max(0.5 * logs)) if k_hat > 0.7 else np.exp(logs)
        tempered /= tempered.sum()
        mean = tempered @ points
        covariance = (points - mean).T @ ((points - mean) * tempered[:, None])
    return best


def systematic_picks(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Systematic resampling: indices that pick each draw as often as its weight says."""
    edges = np.cumsum(weights) / weights.sum()
    return np.asarray(np.minimum(np.searchsorted(edges, (rng.random() + np.arange(count)) / count), weights.size - 1))
