"""Stage 3, modeling: the marketing mix model.

outcome_t = baseline_t + sum over channels of effect_c * curve_c(carried_ct) / curve_c(1) + noise_t

where carried is spend after adstock in units of the channel's typical spend, so that `effect` is what a channel adds in
a row of typical spend, as a share of the mean outcome. The baseline is linear in its columns; given everything else its
coefficients are normal, so they are integrated out exactly and drawn afterwards. That leaves the sampler a small, well
shaped posterior.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist

from cerebro_mmm.blocks.preprocessing import Prepared
from cerebro_mmm.blocks.priors import Prior, check_priors, overridden_prior, prior_keys


@dataclass(frozen=True)
class Problem:
    """A model and the arrays to fit it to.

    Attributes:
        prepared: the rows, with the baseline's priors as the user set them.
    model: a NumPyro model of one argument, the arrays.
        arrays: what `model` is called with.
        priors: parameter name -> prior, one entry a channel.
        effects: `(draw) -> (lagged -> effects)`, see `media_effects`.
        curves: `(draw) -> curve`, the saturation.
    """

    prepared: Prepared
    model: Callable[[Mapping[str, Any]], None]
    arrays: dict[str, Any]
    priors: dict[str, Prior]
    effects: Callable[[Callable[[str, Prior], Any], Any], Any]
    curves: Callable[[Callable[[str, Prior], Any]], Callable[[Any], Any]]


def build_problem(
    prepared: Prepared,
    *,
    adstock: Callable[[Callable[[str, Prior], Any], np.ndarray], Any],
    saturation: Callable[[Callable[[str, Prior], Any]], Callable[[Any], Any]],
    priors: Mapping[str, float],
) -> Problem:
    """The model with its priors, ready for any inference.

    Raises:
        Refused: a prior that does not exist or a scale that is not above zero.
    """
    defaults = default_priors(prepared, adstock, saturation)
    prepared = baseline_priors(prepared, priors)
    members = {name: prepared.channels if name != "noise" else ("",) for name in defaults}
    known = {key for name in defaults for key in prior_keys(name, defaults[name], members[name])}
    check_priors(known | baseline_prior_keys(prepared), priors)
    chosen = {name: overridden_prior(name, prior, members[name], priors) for name, prior in defaults.items()}

    def effects(draw: Callable[[str, Prior], Any], lagged: Any) -> Any:
        return media_effects(draw, lagged, prepared.lags, chosen["effect"], adstock, saturation)

    def marketing_mix(arrays: Mapping[str, Any]) -> None:
        def draw(name: str, prior: Prior) -> Any:
            return numpyro.sample(name, prior_distribution(replace(chosen[name], values=arrays["priors"][name])))

        media = effects(draw, arrays["lagged"]).sum(axis=0)
        noise = draw("noise", chosen["noise"])[0]
        numpyro.factor("outcome", integrated_log_likelihood(media, noise, arrays))

    everything = model_arrays(prepared, chosen, np.ones(len(prepared.outcome), bool))
    return Problem(prepared, marketing_mix, everything, chosen, effects, saturation)


def media_effects(
    draw: Callable[[str, Prior], Any],
    lagged: Any,
    lags: np.ndarray,
    effect_prior: Prior,
    adstock: Callable[[Callable[[str, Prior], Any], np.ndarray], Any],
    saturation: Callable[[Callable[[str, Prior], Any]], Callable[[Any], Any]],
) -> Any:
    """What each channel adds in each row, in outcome scales.

    Args:
        draw: gives the value of a parameter, shape (…, channels).
        lagged: shape (channels, rows, lags + 1).
        lags: 0, 1, … as floats.
        effect_prior: prior of what a channel adds in a row of typical spend.
        adstock, saturation: the forms.

    Returns:
        Shape (…, channels, rows).
    """
    effect = draw("effect", effect_prior)
    weights = adstock(draw, lags)
    curve = saturation(draw)
    carried = (lagged @ weights[..., None])[..., 0]
    return effect[..., None] * curve(carried) / curve(np.ones((1, 1)))


def integrated_log_likelihood(media: Any, noise: Any, arrays: Mapping[str, Any]) -> Any:
    r"""Log density of the outcome with the baseline's coefficients integrated out.

    With coefficients N(m, S^2) and Z S = U D V' this is a normal with mean Z m + media and covariance
    :math:`\sigma^2 I + U D^2 U'`, whose inverse and determinant need U and D alone.

    Args:
        media: sum of the channels' effects, shape (rows,).
        noise: standard deviation of the noise.
        arrays: see `model_arrays`.

    Returns:
        A scalar.
    """
    residual = arrays["seen"] * (arrays["target"] - media)
    along = residual @ arrays["basis"]
    spread = noise**2 + arrays["power"]
    # Not |residual|^2 - |along|^2: far from the data the difference of two huge numbers can come out negative.
    across = residual - arrays["basis"] @ along
    free = arrays["rows"] - arrays["power"].shape[0]
    distance = (along**2 / spread).sum() + (across @ across) / noise**2
    volume = jnp.log(spread).sum() + 2.0 * free * jnp.log(noise) + arrays["rows"] * math.log(2.0 * math.pi)
    return -0.5 * (distance + volume)


def model_arrays(prepared: Prepared, priors: Mapping[str, Prior], seen: np.ndarray) -> dict[str, Any]:
    """Arrays of the model for the rows that are `seen`; the others keep their place, so that shapes do not change.

    All numbers reach the model through these, none as a constant: programs are compiled by shape and used again.
    """
    weighted = prepared.design * prepared.prior_sd * seen[:, None]
    basis, singular, turn = np.linalg.svd(weighted, full_matrices=False)
    outcome = prepared.outcome / prepared.outcome_scale
    return {
        "lagged": prepared.lagged,
        "seen": seen.astype(float),
        "target": outcome - prepared.design @ prepared.prior_mean,
        "basis": basis,
        "power": singular**2,
        "turn": turn,
        "rows": float(seen.sum()),
        "priors": {name: prior.values for name, prior in priors.items()},
    }


def default_priors(
    prepared: Prepared,
    adstock: Callable[[Callable[[str, Prior], Any], np.ndarray], Any],
    saturation: Callable[[Callable[[str, Prior], Any]], Callable[[Any], Any]],
) -> dict[str, Prior]:
    """The default prior of every sampled parameter, in the order of sampling: the forms are asked what they draw."""
    share = prepared.spend.sum(axis=1) / prepared.spend.sum()
    found: dict[str, Prior] = {
        "effect": Prior(
            "halfnormal",
            (0.5 * np.sqrt(share / len(share)),),
            "what the channel adds in a row of typical spend, as a share of the mean outcome",
        ),
    }

    def note(name: str, prior: Prior) -> np.ndarray:
        found[name] = prior
        return np.ones(len(prepared.channels))

    adstock(note, prepared.lags)
    saturation(note)
    meaning = "standard deviation of the noise, as a share of the mean outcome"
    return {**found, "noise": Prior("halfnormal", (prepared.noise_scale,), meaning)}


def baseline_prior_keys(prepared: Prepared) -> set[str]:
    """Keys that change the priors of the baseline's coefficients: `trend.scale`, `control[price].scale`."""
    named = {f"{group}[{name}].scale" for name, group in zip(prepared.names, prepared.groups, strict=True)}
    return named | {f"{group}.scale" for group in prepared.groups} | {"intercept.loc"}


def baseline_priors(prepared: Prepared, given: Mapping[str, float]) -> Prepared:
    """The same rows with the means and scales of the baseline's priors that the user set."""
    mean, scale = prepared.prior_mean.copy(), prepared.prior_sd.copy()
    for index, (name, group) in enumerate(zip(prepared.names, prepared.groups, strict=True)):
        scale[index] = given.get(f"{group}[{name}].scale", given.get(f"{group}.scale", scale[index]))
        mean[index] = given.get("intercept.loc", mean[index]) if group == "intercept" else mean[index]
    return replace(prepared, prior_mean=mean, prior_sd=scale)


def prior_distribution(prior: Prior) -> Any:
    """The prior as a NumPyro distribution with one entry a member."""
    if prior.family == "beta":
        return dist.Beta(*prior.values).to_event(1)
    if prior.family == "gamma":
        return dist.Gamma(*prior.values).to_event(1)
    if prior.family == "lognormal":
        return dist.LogNormal(*prior.values).to_event(1)
    if prior.family == "halfnormal":
        return dist.HalfNormal(*prior.values).to_event(1)
    return dist.Normal(*prior.values).to_event(1)
