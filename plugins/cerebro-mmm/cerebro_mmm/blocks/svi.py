"""A quicker approximation: variational inference, mended and judged by importance weights."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.importance import Proposal, importance_sample, systematic_picks
from cerebro_mmm.blocks.inference import Draws, Wanted
from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.numpyro_model import numpyro_model, prior_distribution
from cerebro_mmm.blocks.priors import frozen_prior

SVI_STEPS = 2500


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
    import jax
    from jax.flatten_util import ravel_pytree
    from numpyro.distributions import biject_to
    from numpyro.infer import SVI, Trace_ELBO, init_to_value
    from numpyro.infer.autoguide import AutoMultivariateNormal
    from numpyro.infer.util import potential_energy
    from numpyro.optim import ClippedAdam

    model = numpyro_model(problem)
    names = list(problem.priors)
    medians = {name: frozen_prior(problem.priors[name]).median() for name in names}
    supports = {name: biject_to(prior_distribution(problem.priors[name]).support) for name in names}
    # The guide lays parameters out in the order in which the model samples them; an ordered dictionary keeps it.
    unpack = ravel_pytree(OrderedDict((name, np.zeros(len(medians[name]))) for name in names))[1]

    def log_densities(points: Any, arrays: Mapping[str, Any]) -> Any:
        return jax.vmap(lambda point: -potential_energy(model, (arrays,), {}, unpack(point)))(points)

    compiled = jax.jit(log_densities)

    def run_svi(arrays: Mapping[str, Any], wanted: Wanted) -> Draws:
        began = time.monotonic()
        guide = AutoMultivariateNormal(model, init_loc_fn=init_to_value(values=medians), init_scale=0.3)
        svi = SVI(model, guide, ClippedAdam(0.02), Trace_ELBO(num_particles=4))
        fitted = svi.run(jax.random.key(seed), SVI_STEPS, arrays, progress_bar=False)
        normal = guide.get_posterior(fitted.params)
        rng = np.random.default_rng(seed)
        found = importance_sample(
            lambda flat: np.asarray(compiled(flat, arrays)),
            [Proposal(np.asarray(normal.mean), np.asarray(normal.covariance_matrix))],
            rng,
            enough=2.0 * wanted.min_ess,
        )
        count = 500 * chains
        drawn = found.points[rng.permutation(systematic_picks(np.exp(found.log_weights), count, rng))]
        split = jax.vmap(unpack)(drawn)
        samples = {name: np.asarray(supports[name](split[name])).reshape((chains, 500, -1)) for name in names}
        effective = {"all": np.array([found.effective])}
        draws = Draws(samples, wanted.report(samples), "svi", {}, effective, 0, found.pareto_k)
        return replace(draws, seconds=time.monotonic() - began)

    return run_svi
