"""From draws of the parameters to what each channel added. NumPy only: nothing here is compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cerebro_mmm.blocks.likelihood import effects_of_samples, spread_of
from cerebro_mmm.blocks.media import effects_of_draws
from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.preprocessing import Prepared
from cerebro_mmm.blocks.priors import Prior, frozen_prior

KEPT_DRAWS = 1000
PANEL_DRAWS = 300


@dataclass(frozen=True)
class Part:
    """The draws of one form.

    Attributes:
        problem: the model of this form.
        samples: parameter -> values, shape (draws, members).
    """

    problem: Problem
    samples: dict[str, np.ndarray]

    def effects(self, exposure: np.ndarray, reached: np.ndarray, window: np.ndarray) -> np.ndarray:
        """Effects in outcome scales at these exposures, shape (draws, channels, rows); see `effects_of_draws`."""
        prepared, place = self.problem.prepared, self.problem.place
        if place is not None and len(window) != len(prepared.region):
            regions = np.repeat(np.arange(len(prepared.regions)), len(window) // len(prepared.regions))
            place = np.arange(len(prepared.channels))[:, None] * len(prepared.regions) + regions
        form = self.problem.form
        return effects_of_draws(self.samples, form, prepared.lags, exposure, reached, prepared.by_reach, window, place)


@dataclass(frozen=True)
class Posterior:
    """Draws in the outcome's own unit, thinned; first those of the first part, then of the next.

    Attributes:
        parts: the draws by form.
        coefficients: of the baseline's columns, in outcome scales, shape (draws, columns).
        contributions: what each channel added in each period, all regions together, shape (draws, channels, periods).
        by_region: what each channel added in each region, all periods together, shape (draws, channels, regions).
        revenue: what each channel added, in money, shape (draws, channels).
        baseline: outcome without any media, shape (draws, periods).
        noise: standard deviation of a period's noise, shape (draws,).
    """

    parts: tuple[Part, ...]
    coefficients: np.ndarray
    contributions: np.ndarray
    by_region: np.ndarray
    revenue: np.ndarray
    baseline: np.ndarray
    noise: np.ndarray

    @property
    def expected(self) -> np.ndarray:
        """Outcome without noise, shape (draws, periods)."""
        return np.asarray(self.baseline + self.contributions.sum(axis=1))

    def of_parts(self, answer: Callable[[Part], np.ndarray]) -> np.ndarray:
        """What `answer` gives for each part, joined along the draws."""
        return np.concatenate([answer(part) for part in self.parts])


def thin_posterior(posterior: Posterior, most: int) -> Posterior:
    """The same posterior with at most so many draws, evenly from all parts."""
    keep = np.linspace(0, len(posterior.noise) - 1, min(most, len(posterior.noise))).astype(int)
    parts, start = [], 0
    for part in posterior.parts:
        count = len(part.samples["noise"])
        own = keep[(keep >= start) & (keep < start + count)] - start
        start += count
        if len(own):
            parts.append(Part(part.problem, {name: values[own] for name, values in part.samples.items()}))
    return Posterior(
        tuple(parts),
        posterior.coefficients[keep],
        posterior.contributions[keep],
        posterior.by_region[keep],
        posterior.revenue[keep],
        posterior.baseline[keep],
        posterior.noise[keep],
    )


def given_values(samples: Mapping[str, np.ndarray]) -> Callable[[str, Prior], Any]:
    """A `draw` for the model's forms that looks values up instead of sampling them."""

    def look_up(name: str, prior: Prior) -> Any:
        return samples[name]

    return look_up


def total_effects(problem: Problem, samples: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The reported quantities whose convergence is checked: each channel's total and that of all media.

    Args:
        problem: the model.
        samples: parameter -> values, shape (chains, draws, members).

    Returns:
        "contribution" of shape (chains, draws, channels) and "total_media" of shape (chains, draws, 1), as shares of
        the outcome of a mean row.
    """
    chains, draws = samples["noise"].shape[:2]
    flat = {name: values.reshape((-1, values.shape[-1])) for name, values in samples.items()}
    rows = len(problem.prepared.region)
    weights = problem.prepared.row_scale / problem.prepared.row_scale.sum()
    chunk = max(1, 4_000_000 // (rows * len(problem.prepared.channels)))
    parts = [
        effects_of_samples(problem, problem.arrays, {name: values[at : at + chunk] for name, values in flat.items()})
        @ weights
        for at in range(0, chains * draws, chunk)
    ]
    totals = np.concatenate(parts).reshape((chains, draws, -1))
    return {"contribution": totals, "total_media": totals.sum(axis=-1, keepdims=True)}


def build_posterior(
    fits: Sequence[tuple[Problem, Mapping[str, np.ndarray], float]], seen: np.ndarray, rng: np.random.Generator
) -> Posterior:
    """Thin the draws, draw the baseline's coefficients given the rest, and add everything up in the outcome's unit.

    Args:
        fits: for each form its model, its draws (chains, draws, members), and its weight; the weights sum to one.
        seen: periods that were fitted, as booleans, shape (periods,).
        rng: draws.
    """
    prepared = fits[0][0].prepared
    kept = KEPT_DRAWS if len(prepared.regions) == 1 else PANEL_DRAWS
    parts, coefficients, contributions, regional, revenue, noise = [], [], [], [], [], []
    for problem, samples, weight in fits:
        flat = {name: values.reshape((-1, values.shape[-1])) for name, values in samples.items()}
        count = min(round(kept * weight), len(flat["noise"]))
        if count == 0:
            continue
        keep = np.linspace(0, len(flat["noise"]) - 1, count).astype(int)
        part = Part(problem, {name: values[keep] for name, values in flat.items()})
        effects = part.effects(prepared.exposure, prepared.reached, prepared.window)
        parts.append(part)
        coefficients.append(draw_coefficients(part, effects.sum(axis=1), seen, rng))
        sold = effects * prepared.row_scale
        contributions.append(prepared.over_regions(sold))
        regional.append(sold.reshape((*sold.shape[:2], len(prepared.regions), -1)).sum(axis=-1))
        revenue.append(sold @ prepared.row_worth)
        noise.append(part.samples["noise"][:, 0])
    drawn = np.concatenate(coefficients)
    return Posterior(
        parts=tuple(parts),
        coefficients=drawn,
        contributions=np.concatenate(contributions),
        by_region=np.concatenate(regional),
        revenue=np.concatenate(revenue),
        baseline=prepared.over_regions(drawn @ prepared.design.T * prepared.row_scale),
        noise=np.concatenate(noise) * period_scale(prepared),
    )


def draw_coefficients(part: Part, media: np.ndarray, seen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The baseline's coefficients given the rest, shape (draws, columns): m + S c with c normal.

    c has precision I + S G S / noise^2 and mean (noise^2 I + S G S)^{-1} S Z' r.
    """
    prepared = part.problem.prepared
    rows = np.tile(seen, len(prepared.regions)).astype(float)
    columns = prepared.design * rows[:, None]
    target = prepared.row_outcome / prepared.row_scale - prepared.design @ prepared.prior_mean
    spread = np.broadcast_to(spread_of(part.samples, part.problem.arrays), (len(media), columns.shape[1]))
    noise = part.samples["noise"]
    inner = spread[:, :, None] * (columns.T @ columns) * spread[:, None, :] / noise[:, :, None] ** 2
    root = np.linalg.cholesky(inner + np.eye(columns.shape[1]))
    along = spread * ((target - media) @ columns) / noise**2
    half = np.linalg.solve(root, along[..., None])[..., 0] + rng.standard_normal(spread.shape)
    turned = np.linalg.solve(np.swapaxes(root, 1, 2), half[..., None])[..., 0]
    return np.asarray(prepared.prior_mean + spread * turned)


def period_scale(prepared: Prepared) -> float:
    """What noise of one outcome scale in every region is in a period of the whole market, regions independent."""
    scales = prepared.row_scale[:: len(prepared.dates)]
    return float(np.sqrt((scales**2).sum()))


def prior_draws(problem: Problem, rng: np.random.Generator, draws: int = 400) -> Part:
    """Draws of the priors alone; where there are beliefs, effects follow these."""
    samples = {
        name: np.asarray(frozen_prior(prior).rvs(size=(draws, len(prior.values[0])), random_state=rng))
        for name, prior in problem.priors.items()
    }
    if "believed" in problem.knowledge:
        part = Part(problem, samples)
        prepared = problem.prepared
        effects = part.effects(prepared.exposure, prepared.reached, prepared.window)
        known = problem.knowledge
        for index, channel in enumerate(known["believed"]):
            implied = effects[:, channel] @ known["believed_rows"][index]
            wanted = belief_draws(known["believed_terms"][index], draws, rng)
            samples["effect"][:, channel] *= wanted / implied
    return Part(problem, samples)


def belief_draws(terms: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of a belief from the numbers of its density, see `belief_terms`."""
    power, square, linear, quadratic = (float(term) for term in terms)
    if square < 0:
        scale = np.sqrt(-0.5 / square)
        return np.asarray(rng.lognormal(power * scale**2, scale, draws))
    if linear < 0:
        return np.asarray(rng.gamma(power, -1.0 / linear, draws))
    return np.asarray(np.abs(rng.normal(0.0, np.sqrt(-0.5 / quadratic), draws)))


def prior_contributions(problem: Problem, rng: np.random.Generator, draws: int = 400) -> np.ndarray:
    """Totals of the channels under the priors alone, in the outcome's unit, shape (draws, channels)."""
    prepared = problem.prepared
    effects = prior_draws(problem, rng, draws).effects(prepared.exposure, prepared.reached, prepared.window)
    return np.asarray(effects @ prepared.row_scale)
