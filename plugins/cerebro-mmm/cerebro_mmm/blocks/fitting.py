"""Fitting the model on some of the rows: one form, or several whose draws are mixed by stacking weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.inference import Draws, Wanted
from cerebro_mmm.blocks.modeling import Problem, model_arrays
from cerebro_mmm.blocks.posterior import Posterior, build_posterior, total_effects
from cerebro_mmm.blocks.stacking import pointwise_loo, stacking_weights


@dataclass(frozen=True)
class Model:
    """A problem and the compiled inference for it: `fit(arrays, wanted)` gives draws."""

    problem: Problem
    fit: Callable[[Mapping[str, Any], Wanted], Draws]


@dataclass(frozen=True)
class Fit:
    """What was learnt from the rows.

    Attributes:
        models: one for each form.
        draws: of each.
        weights: of each in the posterior; they sum to one.
        posterior: the mixture.
        seen: periods that were fitted, as booleans, shape (periods,).
    """

    models: tuple[Model, ...]
    draws: tuple[Draws, ...]
    weights: np.ndarray
    posterior: Posterior
    seen: np.ndarray

    @property
    def main(self) -> int:
        """Number of the form with the largest weight."""
        return int(np.argmax(self.weights))

    @property
    def problem(self) -> Problem:
        """The model of the form with the largest weight."""
        return self.models[self.main].problem

    @property
    def best(self) -> Draws:
        """The draws of the form with the largest weight."""
        return self.draws[self.main]


def fit_models(
    models: Sequence[Model],
    seen: np.ndarray,
    limits: tuple[float, float, float],
    rng: np.random.Generator,
    progress: Progress,
) -> Fit:
    """Fit every form to the periods that are `seen`, and weigh them.

    Args:
        models: the forms.
        seen: booleans, shape (periods,).
        limits: least effective draws, largest R-hat, most seconds for each form.
        rng: draws the coefficients.
        progress: says how far it is.
    """
    draws = []
    for model in models:
        if len(models) > 1:
            progress.stage(f"modeling: {model.problem.form.name}")
        wanted = Wanted(*limits, partial(total_effects, model.problem))
        draws.append(model.fit(model_arrays(model.problem, seen), wanted))
    weights = np.ones(1)
    if len(models) > 1:
        alone = [
            build_posterior([(model.problem, one.samples, 1.0)], seen, rng)
            for model, one in zip(models, draws, strict=True)
        ]
        weights = stacking_weights(np.stack([pointwise_loo(one, seen) for one in alone]))
    fits = [(model.problem, one.samples, float(w)) for model, one, w in zip(models, draws, weights, strict=True)]
    return Fit(tuple(models), tuple(draws), weights, build_posterior(fits, seen, rng), seen)
