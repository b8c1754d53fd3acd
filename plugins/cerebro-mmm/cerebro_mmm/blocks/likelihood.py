"""The log density of the model in NumPy, for many draws at once, and its gradient.

A parameter of a channel acts on that channel alone (and one of a region on that region alone), so one evaluation can
move the same parameter of all channels and give all their derivatives: the gradient costs as much as ten densities,
however many channels there are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from cerebro_mmm.blocks.beliefs import belief_density
from cerebro_mmm.blocks.media import effects_of_draws
from cerebro_mmm.blocks.modeling import Problem, baseline_spread, described
from cerebro_mmm.blocks.priors import Prior, constrained, log_prior

CHUNK = 250
STEP = 1e-4


@dataclass(frozen=True)
class Density:
    """The log density of one problem on some rows, over a flat vector of unconstrained parameters.

    Attributes:
        problem: the model.
        arrays: see `model_arrays`.
        places: parameter -> its slice of the vector.
        size: length of the vector.
    """

    problem: Problem
    arrays: Mapping[str, Any]
    places: dict[str, slice]
    size: int

    def samples(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """Vectors (draws, size) as values of the parameters, name -> (draws, members)."""
        priors = self.problem.priors
        return {name: constrained(priors[name], points[:, place]) for name, place in self.places.items()}

    def at(self, points: np.ndarray) -> np.ndarray:
        """Log density, shape (draws, size) to (draws,); in threads, since NumPy lets go of the interpreter."""
        parts = [points[start : start + CHUNK] for start in range(0, len(points), CHUNK)]
        if len(parts) == 1:
            return self._some(parts[0])
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return np.concatenate(list(pool.map(self._some, parts)))

    def _some(self, points: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            samples = self.samples(points)
            media = effects_of_samples(self.problem, self.arrays, samples).sum(axis=1)
            value = log_likelihood(self.problem, self.arrays, samples, media)[0]
            value = value + knowledge_density(self.problem, self.arrays, samples).sum(axis=1)
            for name, place in self.places.items():
                value = value + log_prior(self.problem.priors[name], points[:, place])
        return np.where(np.isfinite(value), value, -np.inf)

    def value_and_gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density and its gradient at one vector, by central differences of what belongs to one channel."""
        problem, arrays, priors = self.problem, self.arrays, self.problem.priors
        own = [name for name in self.places if name == "region" or problem.members[name] == problem.prepared.channels]
        moved = np.repeat(point[None], 2 * len(own) + 1, axis=0)
        for index, name in enumerate(own):
            moved[2 * index + 1, self.places[name]] += STEP
            moved[2 * index + 2, self.places[name]] -= STEP
        with np.errstate(all="ignore"):
            samples = self.samples(moved)
            effects = effects_of_samples(problem, arrays, samples)
            known = knowledge_density(problem, arrays, samples)
            here = {name: values[:1] for name, values in samples.items()}
            media = effects[:1].sum(axis=1)
            value, pull = log_likelihood(problem, arrays, here, media)
            gradient = np.zeros_like(point)
            for index, name in enumerate(own):
                up, down = 2 * index + 1, 2 * index + 2
                moves = (effects[up] - effects[down]) * pull[0]
                if name == "region":  # acts on the rows of one region
                    slope = moves.reshape((len(moves), len(problem.prepared.regions), -1)).sum(axis=2).ravel()
                else:
                    slope = moves.sum(axis=1) + known[up] - known[down]
                gradient[self.places[name]] += slope / (2 * STEP)
            for name in (name for name in self.places if name not in own):
                ends = []
                for sign in (1.0, -1.0):
                    other = {**here, name: constrained(priors[name], point[None, self.places[name]] + sign * STEP)}
                    ends.append(float(log_likelihood(problem, arrays, other, media)[0][0]))
                gradient[self.places[name]] += (ends[0] - ends[1]) / (2 * STEP)
            total = float(value[0] + known[0].sum())
            for name, place in self.places.items():
                free = point[place]
                total += float(log_prior(priors[name], free[None])[0])
                steps = STEP * np.eye(len(free))
                # The prior is a sum over members, so differences of it along each member are its gradient.
                rise = log_prior(priors[name], free + steps) - log_prior(priors[name], free - steps)
                gradient[place] += rise / (2 * STEP)
        return total, gradient


def density_of(problem: Problem, arrays: Mapping[str, Any]) -> Density:
    """The log density of a problem on the rows of these arrays."""
    places, start = {}, 0
    for name, members in problem.members.items():
        places[name] = slice(start, start + len(members))
        start += len(members)
    return Density(problem, arrays, places, start)


def effects_of_samples(problem: Problem, arrays: Mapping[str, Any], samples: Mapping[str, np.ndarray]) -> np.ndarray:
    """Effects of the channels in outcome scales, shape (draws, channels, rows)."""
    prepared = problem.prepared
    return effects_of_draws(
        samples,
        problem.form,
        prepared.lags,
        prepared.exposure,
        prepared.reached,
        prepared.by_reach,
        prepared.window,
        problem.place,
    )


def log_likelihood(
    problem: Problem, arrays: Mapping[str, Any], samples: Mapping[str, np.ndarray], media: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    r"""Log density of the outcome with the baseline's coefficients integrated out, and its gradient by the media.

    With A = noise^2 I + S G S and c = A^{-1} S Z' r the quadratic form is |r - Z S c|^2 / noise^2 + |c|^2: a sum of
    squares, and no difference of large numbers.

    Args:
        problem: the model.
        arrays: see `model_arrays`.
        samples: parameter -> values, shape (draws, members).
        media: sum of the effects, shape (draws, rows).

    Returns:
        Shapes (draws,) and (draws, rows).
    """
    residual = arrays["seen"] * (arrays["target"] - media)
    variance = samples["noise"] ** 2
    spread = np.broadcast_to(spread_of(samples, arrays), (len(residual), len(arrays["spread"])))
    inner = spread[:, :, None] * arrays["gram"] * spread[:, None, :]
    inner = inner + variance[:, :, None] * np.eye(inner.shape[-1])
    along = spread * (residual @ arrays["columns"])
    turned = np.linalg.solve(inner, along[..., None])[..., 0]
    rest = residual - (spread * turned) @ arrays["columns"].T
    distance = (rest**2).sum(axis=1) / variance[:, 0] + (turned**2).sum(axis=1)
    volume = np.linalg.slogdet(inner)[1] + (arrays["rows"] - inner.shape[-1]) * np.log(variance[:, 0])
    return -0.5 * (distance + volume + arrays["rows"] * np.log(2.0 * np.pi)), rest / variance


def spread_of(samples: Mapping[str, np.ndarray], arrays: Mapping[str, Any]) -> np.ndarray:
    """Prior standard deviations of the baseline's coefficients, shape (draws or 1, columns)."""
    return np.atleast_2d(baseline_spread(samples, arrays))


def knowledge_density(problem: Problem, arrays: Mapping[str, Any], samples: Mapping[str, np.ndarray]) -> np.ndarray:
    """Log density of beliefs and lift tests, by the channel that each is about, shape (draws, channels)."""
    channels = len(problem.prepared.channels)
    found = np.zeros((len(samples["effect"]), channels))
    if not problem.knowledge:
        return found

    def draw(name: str, prior: Prior) -> Any:
        return samples[name]

    _, quantity, lift = described(problem, draw, arrays)
    if quantity is not None:
        for index, channel in enumerate(arrays["believed"]):
            one = {name: arrays[name][index : index + 1] for name in ("believed_terms", "believed_effect")}
            said, effect = quantity[:, index : index + 1], samples["effect"][:, [channel]]
            found[:, channel] += belief_density(said, np.log(said), effect, np.log(effect), one)
    if lift is not None:
        off = -0.5 * ((lift - arrays["lift"]) / arrays["lift_error"]) ** 2
        found += off @ (np.abs(arrays["tested_sum"]).sum(axis=2) > 0)
    return found
