"""Priors: what the model believes before it sees the rows, in one form for every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

from cerebro_core.blocks.result import Refused


@dataclass(frozen=True)
class Prior:
    """The prior of one parameter, or of one for each member (channel, coefficient).

    Attributes:
        family: "beta", "gamma", "lognormal", "halfnormal" or "normal".
        values: the family's numbers, in the order of `prior_arguments`; scalars, or arrays with one entry a member.
        meaning: what the parameter is, in plain words.
    """

    family: str
    values: tuple[Any, ...]
    meaning: str


def prior_arguments(family: str) -> tuple[str, ...]:
    """The names of a family's numbers: `beta` has alpha and beta, `gamma` shape and rate, and so on."""
    if family == "beta":
        return ("alpha", "beta")
    if family == "gamma":
        return ("shape", "rate")
    if family == "halfnormal":
        return ("scale",)
    return ("loc", "scale")


def overridden_prior(name: str, prior: Prior, members: Sequence[str], given: Mapping[str, float]) -> Prior:
    """The prior with the numbers that the user set, one entry a member.

    Args:
        name: the parameter, such as "retention".
        prior: its default.
        members: what it has one value for; one empty string for a scalar.
        given: `retention.alpha` for all members, or `retention[tv].alpha` for one of them.

    Returns:
        The same family, each number an array with one entry a member.
    """
    arrays = []
    for argument, value in zip(prior_arguments(prior.family), prior.values, strict=True):
        entries = np.broadcast_to(np.asarray(value, dtype=float), (len(members),)).copy()
        entries[:] = given.get(f"{name}.{argument}", entries)
        for index, member in enumerate(members):
            entries[index] = given.get(f"{name}[{member}].{argument}", entries[index])
        arrays.append(entries)
    return Prior(prior.family, tuple(arrays), prior.meaning)


def prior_keys(name: str, prior: Prior, members: Sequence[str]) -> set[str]:
    """Every key by which `overridden_prior` can be changed."""
    arguments = prior_arguments(prior.family)
    single = {f"{name}[{member}].{argument}" for member in members if member for argument in arguments}
    return single | {f"{name}.{argument}" for argument in arguments}


def log_prior(prior: Prior, free: np.ndarray) -> np.ndarray:
    """Log density of unconstrained values, the Jacobian of `constrained` included.

    Args:
        prior: one entry a member.
        free: shape (…, members).

    Returns:
        Shape (…,).
    """
    if prior.family == "beta":
        alpha, beta = prior.values
        terms = -alpha * np.logaddexp(0.0, -free) - beta * np.logaddexp(0.0, free) - special.betaln(alpha, beta)
    elif prior.family == "gamma":
        shape, rate = prior.values
        terms = shape * (free + np.log(rate)) - rate * np.exp(free) - special.gammaln(shape)
    else:
        loc, scale = (0.0, 1.0) if prior.family == "halfnormal" else prior.values
        terms = -0.5 * ((free - loc) / scale) ** 2 - np.log(scale) - 0.5 * np.log(2.0 * np.pi)
    return np.asarray(terms.sum(axis=-1))


def constrained(prior: Prior, free: np.ndarray) -> np.ndarray:
    """Unconstrained values as values of the parameter.

    By the logistic function (beta), the exponential (gamma, log-normal), or as they are (normal). A half-normal is laid
    out so that the unconstrained value is standard normal: then an effect near zero has no long tail.
    """
    if prior.family == "beta":
        return np.asarray(special.expit(free))
    if prior.family == "halfnormal":
        return np.asarray(-prior.values[0] * special.ndtri(0.5 * special.ndtr(-free)))
    return np.asarray(free if prior.family == "normal" else np.exp(free))


def unconstrained(prior: Prior, values: np.ndarray) -> np.ndarray:
    """The inverse of `constrained`."""
    if prior.family == "beta":
        return np.asarray(special.logit(values))
    if prior.family == "halfnormal":
        return np.asarray(-special.ndtri(2.0 * special.ndtr(-values / prior.values[0])))
    return np.asarray(values if prior.family == "normal" else np.log(values))


def frozen_prior(prior: Prior) -> Any:
    """The prior as a SciPy distribution, for its quantiles and draws."""
    if prior.family == "beta":
        return stats.beta(prior.values[0], prior.values[1])
    if prior.family == "gamma":
        return stats.gamma(prior.values[0], scale=1.0 / prior.values[1])
    if prior.family == "lognormal":
        return stats.lognorm(s=prior.values[1], scale=np.exp(prior.values[0]))
    if prior.family == "halfnormal":
        return stats.halfnorm(scale=prior.values[0])
    return stats.norm(prior.values[0], prior.values[1])


def check_priors(known: set[str], given: Mapping[str, float]) -> None:
    """Refuse names that no prior has, and scales that are not above zero.

    Raises:
        Refused: naming the key and the names that exist.
    """
    for key, value in given.items():
        if key not in known:
            general = ", ".join(sorted(name for name in known if "[" not in name))
            raise Refused(
                f"priors: no prior is called '{key}'. Those of this model: {general}; "
                "for one channel write effect[NAME].scale."
            )
        if not key.endswith(".loc") and value <= 0:
            raise Refused(f"priors: '{key}' is {value:g}; it must be above zero.")
