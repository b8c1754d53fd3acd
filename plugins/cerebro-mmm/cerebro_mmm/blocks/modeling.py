"""Stage 3, modeling: the marketing mix model, the same for every engine.

outcome_t = baseline_t + sum over channels of effect_c * response_ct / response_c(typical) + noise_t

The baseline is linear in its columns; given everything else its coefficients are normal, so they are integrated out
exactly and drawn afterwards. That leaves a small, well shaped posterior. This module says what the parameters, their
priors and the arrays are; an engine evaluates

    log prior(parameters) + log N(outcome; media + Z m, noise^2 I + Z S S Z') + log density of beliefs and lift tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cerebro_mmm.blocks.beliefs import Belief, LiftTest, belief_arrays, lift_arrays
from cerebro_mmm.blocks.forms import Form
from cerebro_mmm.blocks.media import media_effects
from cerebro_mmm.blocks.preprocessing import Prepared
from cerebro_mmm.blocks.priors import Prior, check_priors, overridden_prior, prior_keys


@dataclass(frozen=True)
class Problem:
    """A model and the arrays to fit it to.

    Attributes:
        prepared: the rows, with the baseline's priors as the user set them.
        form: adstock, saturation and their order.
        priors: parameter name -> prior, one entry a member.
        members: parameter name -> names of its members; one empty name for a scalar.
        knowledge: arrays of beliefs and lift tests; empty where there are none.
        arrays: what an engine is called with, for all rows.
    """

    prepared: Prepared
    form: Form
    priors: dict[str, Prior]
    members: dict[str, tuple[str, ...]]
    knowledge: dict[str, Any]
    arrays: dict[str, Any]

    @property
    def place(self) -> np.ndarray | None:
        """Place of each row's region among the members of `region`, (channels, rows); None for a whole market."""
        regions = len(self.prepared.regions)
        if regions == 1:
            return None
        return np.arange(len(self.prepared.channels))[:, None] * regions + self.prepared.region


def build_problem(
    prepared: Prepared,
    form: Form,
    priors: Mapping[str, float],
    beliefs: Sequence[Belief] = (),
    lift_tests: Sequence[LiftTest] = (),
) -> Problem:
    """The model with its priors, ready for any engine.

    Raises:
        Refused: a prior that does not exist or a scale that is not above zero.
    """
    defaults = default_priors(prepared, form)
    prepared = baseline_priors(prepared, priors)
    members = {name: parameter_members(prepared, name) for name in defaults}
    known = {key for name in defaults for key in prior_keys(name, defaults[name], members[name])}
    check_priors(known | baseline_prior_keys(prepared), priors)
    chosen = {name: overridden_prior(name, prior, members[name], priors) for name, prior in defaults.items()}
    knowledge = belief_arrays(prepared, beliefs, chosen["effect"]) | lift_arrays(prepared, lift_tests)
    problem = Problem(prepared, form, chosen, members, knowledge, {})
    return replace(problem, arrays=model_arrays(problem, np.ones(len(prepared.dates), bool)))


def parameter_members(prepared: Prepared, name: str) -> tuple[str, ...]:
    """What a parameter has one value for: each channel, each channel in each region, or nothing."""
    if name in ("noise", "level_sd", "smooth_sd", "smooth_length"):
        return ("",)
    if name == "region":
        return tuple(f"{channel}, {region}" for channel in prepared.channels for region in prepared.regions)
    return prepared.channels


def model_arrays(problem: Problem, seen: np.ndarray) -> dict[str, Any]:
    """Arrays of the model for the periods that are `seen`; the others keep their place, so that shapes stay the same.

    All numbers reach the model through these, none as a constant: programs are compiled by shape and used again.

    Args:
        problem: the model.
        seen: booleans, shape (periods,).
    """
    prepared = problem.prepared
    rows = np.tile(seen, len(prepared.regions)).astype(float)
    columns = prepared.design * rows[:, None]
    arrays = {
        "lagged": prepared.exposure[:, prepared.window],
        "seen": rows,
        "target": rows * (prepared.row_outcome / prepared.row_scale - prepared.design @ prepared.prior_mean),
        "columns": columns,
        "gram": columns.T @ columns,
        "spread": prepared.prior_sd,
        "level": np.array([float(group == "level") for group in prepared.groups]),
        "smooth": np.array([float(group == "smooth") for group in prepared.groups]),
        "waves": prepared.waves,
        "rows": float(rows.sum()),
        "priors": {name: prior.values for name, prior in problem.priors.items()},
        **problem.knowledge,
    }
    if prepared.by_reach.any():
        arrays["reached"] = prepared.reached[:, prepared.window]
    return arrays


def described(
    problem: Problem, draw: Callable[[str, Prior], Any], arrays: Mapping[str, Any]
) -> tuple[Any, Any | None, Any | None]:
    """What the parameters imply, for any engine: effects, quantities that beliefs are about, and lifts.

    Args:
        problem: the model.
        draw: gives the value of a parameter, shape (…, members).
        arrays: see `model_arrays`.

    Returns:
        Effects (…, channels, rows) in outcome scales; returns and shares (…, beliefs) and lifts (…, tests), or None.
    """
    facts = (problem.form, problem.priors, problem.prepared.lags)
    effects = media_effects(
        draw, *facts, arrays["lagged"], arrays.get("reached"), problem.prepared.by_reach, problem.place
    )
    quantity = lift = None
    if "believed" in arrays:
        quantity = (effects[..., arrays["believed"], :] * arrays["believed_rows"]).sum(axis=-1)
    if "tested" in arrays:
        changed = media_effects(draw, *facts, arrays["tested_changed"], None, 0.0, None)
        gained = changed - media_effects(draw, *facts, arrays["tested"], None, 0.0, None)
        lift = (gained[..., None, :, :] * arrays["tested_sum"]).sum(axis=-1).sum(axis=-1)
    return effects, quantity, lift


def baseline_spread(values: Mapping[str, Any], arrays: Mapping[str, Any]) -> Any:
    """Prior standard deviations of the baseline's coefficients, shape (…, columns), where some scales are learnt.

    A smooth wave of frequency w has the spectral density of the squared exponential kernel,
    s^2 sqrt(2 pi) l exp(-(l w)^2 / 2), as variance.

    Args:
        values: parameter -> value, one member each, shape (…, 1); those of the baseline's scales are read.
        arrays: see `model_arrays`.
    """
    spread = arrays["spread"]
    if "level_sd" in values:
        spread = spread * values["level_sd"] ** arrays["level"]
    if "smooth_sd" in values:
        length = values["smooth_length"]
        height = values["smooth_sd"] * (2.5066282746310002 * length) ** 0.5
        fade = 2.718281828459045 ** (-0.25 * (length * arrays["waves"]) ** 2)
        spread = spread * (height * fade) ** arrays["smooth"]
    return spread


def default_priors(prepared: Prepared, form: Form) -> dict[str, Prior]:
    """The default prior of every sampled parameter, in the order of sampling: the forms are asked what they draw."""
    share = prepared.row_spend.sum(axis=1) / prepared.row_spend.sum()
    channels = len(share)
    found: dict[str, Prior] = {
        "effect": Prior(
            "halfnormal",
            (0.5 * np.sqrt(share / channels),),
            "what the channel adds in a row of typical spend, as a share of the mean outcome",
        ),
    }

    def note(name: str, prior: Prior) -> np.ndarray:
        found[name] = prior
        return np.ones(channels)

    form.adstock(note, prepared.lags)
    form.saturation(note)
    noise = prepared.noise_scale
    found["noise"] = Prior("halfnormal", (noise,), "standard deviation of the noise, as a share of the mean outcome")
    if len(prepared.regions) > 1:
        found["spread"] = Prior("halfnormal", (0.3,), "how much a channel's effect differs between regions, in logs")
        found["region"] = Prior("normal", (0.0, 1.0), "deviation of a region's effect, in units of `spread`")
    if "level" in prepared.groups:
        meaning = "how far the baseline's level wanders over the table, as a share of the mean outcome"
        found["level_sd"] = Prior("halfnormal", (noise,), meaning)
    if "smooth" in prepared.groups:
        found["smooth_sd"] = Prior("halfnormal", (noise,), "size of the baseline's slow movement")
        found["smooth_length"] = Prior("lognormal", (np.log(0.15), 0.5), "its length, as a share of the table")
    return found


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
