"""The marketing mix model in NumPyro. JAX is imported when it is first needed: fast inference does without it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cerebro_mmm.blocks.beliefs import belief_density
from cerebro_mmm.blocks.modeling import Problem, baseline_spread, described
from cerebro_mmm.blocks.priors import Prior


def numpyro_model(problem: Problem) -> Callable[[Mapping[str, Any]], None]:
    """The model as NumPyro wants it: a function of the arrays that samples parameters and scores the rows."""
    import jax.numpy as jnp
    import numpyro

    numpyro.enable_x64()

    def marketing_mix(arrays: Mapping[str, Any]) -> None:
        drawn: dict[str, Any] = {}

        def draw(name: str, prior: Prior) -> Any:
            if name not in drawn:
                chosen = replace(problem.priors[name], values=arrays["priors"][name])
                drawn[name] = numpyro.sample(name, prior_distribution(chosen))
            return drawn[name]

        for name, prior in problem.priors.items():  # in one order, whatever the form asks first
            draw(name, prior)
        effects, quantity, lift = described(problem, draw, arrays)
        numpyro.factor("outcome", integrated_log_likelihood(effects.sum(axis=0), drawn, arrays))
        if quantity is not None:
            effect = drawn["effect"][arrays["believed"]]
            said = belief_density(quantity, jnp.log(quantity), effect, jnp.log(effect), arrays)
            numpyro.factor("beliefs", said)
        if lift is not None:
            numpyro.factor("lift_tests", -0.5 * (((lift - arrays["lift"]) / arrays["lift_error"]) ** 2).sum())

    return marketing_mix


def integrated_log_likelihood(media: Any, drawn: Mapping[str, Any], arrays: Mapping[str, Any]) -> Any:
    """Log density of the outcome with the baseline's coefficients integrated out; see `log_likelihood` in NumPy.

    Args:
        media: sum of the channels' effects, shape (rows,).
        drawn: parameter -> value; `noise` and the scales of the baseline are read.
        arrays: see `model_arrays`.

    Returns:
        A scalar.
    """
    import jax.numpy as jnp
    from jax.scipy.linalg import cho_solve

    spread = baseline_spread(drawn, arrays)
    variance = drawn["noise"][0] ** 2
    residual = arrays["seen"] * (arrays["target"] - media)
    columns = arrays["columns"]
    root = jnp.linalg.cholesky(spread[:, None] * arrays["gram"] * spread + variance * jnp.eye(columns.shape[1]))
    turned = cho_solve((root, True), spread * (residual @ columns))
    rest = residual - columns @ (spread * turned)
    distance = (rest @ rest) / variance + turned @ turned
    volume = 2.0 * jnp.log(jnp.diag(root)).sum() + (arrays["rows"] - columns.shape[1]) * jnp.log(variance)
    return -0.5 * (distance + volume + arrays["rows"] * math.log(2.0 * math.pi))


def prior_distribution(prior: Prior) -> Any:
    """The prior as a NumPyro distribution with one entry a member."""
    import numpyro.distributions as dist

    if prior.family == "beta":
        return dist.Beta(*prior.values).to_event(1)
    if prior.family == "gamma":
        return dist.Gamma(*prior.values).to_event(1)
    if prior.family == "lognormal":
        return dist.LogNormal(*prior.values).to_event(1)
    if prior.family == "halfnormal":
        return dist.HalfNormal(*prior.values).to_event(1)
    return dist.Normal(*prior.values).to_event(1)
