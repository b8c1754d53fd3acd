"""From draws of the parameters to what each channel added. NumPy only: nothing here is compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.priors import Prior, frozen_prior

KEPT_DRAWS = 1000


@dataclass(frozen=True)
class Posterior:
    """Draws in the outcome's own unit, thinned to at most `KEPT_DRAWS`.

    Attributes:
        samples: parameter -> values, shape (draws, members).
        coefficients: of the baseline's columns, in outcome scales, shape (draws, columns).
        contributions: what each channel added in each row, shape (draws, channels, rows).
        baseline: outcome without any media, shape (draws, rows).
        noise: standard deviation of the noise, shape (draws,).
    """

    samples: dict[str, np.ndarray]
    coefficients: np.ndarray
    contributions: np.ndarray
    baseline: np.ndarray
    noise: np.ndarray

    @property
    def expected(self) -> np.ndarray:
        """Outcome without noise, shape (draws, rows)."""
        return np.asarray(self.baseline + self.contributions.sum(axis=1))


def given_values(samples: Mapping[str, np.ndarray]) -> Callable[[str, Prior], Any]:
    """A `draw` for the model's forms that looks values up instead of sampling them."""

    def look_up(name: str, prior: Prior) -> Any:
        return samples[name]

    return look_up


def channel_effects(problem: Problem, samples: Mapping[str, np.ndarray], lagged: np.ndarray) -> np.ndarray:
    """Effects of the channels in outcome scales for parameter values of shape (draws, channels).

    Returns:
        Shape (draws, channels, rows).
    """
    return np.asarray(problem.effects(given_values(samples), lagged))


def total_effects(problem: Problem, samples: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The reported quantities whose convergence is checked: each channel's total and that of all media.

    Args:
        problem: the model.
        samples: parameter -> values, shape (chains, draws, channels).

    Returns:
        "contribution" of shape (chains, draws, channels) and "total_media" of shape (chains, draws, 1), per row and in
        outcome scales.
    """
    chains, draws = samples["noise"].shape[:2]
    flat = {name: values.reshape((-1, values.shape[-1])) for name, values in samples.items()}
    chunk = max(1, 4_000_000 // problem.prepared.lagged[..., 0].size)
    parts = [
        channel_effects(
            problem, {name: values[at : at + chunk] for name, values in flat.items()}, problem.prepared.lagged
        ).mean(-1)
        for at in range(0, chains * draws, chunk)
    ]
    totals = np.concatenate(parts).reshape((chains, draws, -1))
    return {"contribution": totals, "total_media": totals.sum(axis=-1, keepdims=True)}


def build_posterior(
    problem: Problem, arrays: Mapping[str, Any], samples: Mapping[str, np.ndarray], rng: np.random.Generator
) -> Posterior:
    """Thin the draws, draw the baseline's coefficients given the rest, and add everything up in the outcome's unit.

    Given the media and the noise the coefficients are normal: with prior N(m, S^2) and Z S = U D V' they are
    m + S V b, where b has variance s^2 / (s^2 + D^2) and mean D U'r / (s^2 + D^2).
    """
    prepared = problem.prepared
    flat = {name: values.reshape((-1, values.shape[-1])) for name, values in samples.items()}
    count = len(flat["noise"])
    keep = np.linspace(0, count - 1, min(count, KEPT_DRAWS)).astype(int)
    kept = {name: values[keep] for name, values in flat.items()}
    effects = channel_effects(problem, kept, prepared.lagged)
    residual = arrays["seen"] * (arrays["target"] - effects.sum(axis=1))
    variance = kept["noise"] ** 2
    spread = variance + arrays["power"]
    mean = np.sqrt(arrays["power"]) * (residual @ arrays["basis"]) / spread
    turned = mean + np.sqrt(variance / spread) * rng.standard_normal(mean.shape)
    coefficients = prepared.prior_mean + prepared.prior_sd * (turned @ arrays["turn"])
    scale = prepared.outcome_scale
    return Posterior(
        samples=kept,
        coefficients=coefficients,
        contributions=effects * scale,
        baseline=coefficients @ prepared.design.T * scale,
        noise=kept["noise"][:, 0] * scale,
    )


def prior_contributions(problem: Problem, rng: np.random.Generator, draws: int = 400) -> np.ndarray:
    """Totals of the channels under the priors alone, in the outcome's unit, shape (draws, channels)."""
    samples = {
        name: np.asarray(frozen_prior(prior).rvs(size=(draws, len(prior.values[0])), random_state=rng))
        for name, prior in problem.priors.items()
    }
    effects = channel_effects(problem, samples, problem.prepared.lagged)
    return np.asarray(effects.sum(axis=-1) * problem.prepared.outcome_scale)
