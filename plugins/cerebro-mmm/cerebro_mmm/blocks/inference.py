"""What an inference gives back, and when it may stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cerebro_mmm.blocks.convergence import bulk_ess, rank_rhat, tail_ess
from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.priors import frozen_prior


@dataclass(frozen=True)
class Draws:
    """Draws from the posterior.

    Attributes:
        samples: parameter -> values, shape (chains, draws, members).
        reported: reported quantity -> values, shape (chains, draws, members).
        method: "nuts", "svi" or "fast".
        rhat, ess: name of a quantity -> R-hat, and the smaller of bulk and tail effective sample size, per member.
        divergences: transitions that diverged.
        pareto_k: k-hat of the importance weights, for an approximation.
        seconds: time it took.
        log_evidence: log marginal likelihood, where the inference gives it.
        notes: what the user should know of how the draws came about.
    """

    samples: dict[str, np.ndarray]
    reported: dict[str, np.ndarray]
    method: str
    rhat: dict[str, np.ndarray]
    ess: dict[str, np.ndarray]
    divergences: int = 0
    pareto_k: float | None = None
    seconds: float = 0.0
    log_evidence: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def worst_rhat(self) -> float:
        """The largest R-hat of all quantities."""
        return max(float(np.nan_to_num(values, nan=np.inf).max()) for values in self.rhat.values())

    @property
    def least_ess(self) -> float:
        """The smallest effective sample size of all quantities."""
        return min(float(np.nan_to_num(values, nan=0.0).min()) for values in self.ess.values())


@dataclass(frozen=True)
class Wanted:
    """When sampling may stop.

    Attributes:
        min_ess, max_rhat: of every parameter and every reported quantity.
        max_seconds: time after which it stops anyway.
        report: samples -> reported quantities, both of shape (chains, draws, members).
    """

    min_ess: float
    max_rhat: float
    max_seconds: float
    report: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]


def judge_draws(samples: dict[str, np.ndarray], wanted: Wanted, *, divergences: int, seconds: float) -> Draws:
    """The draws with R-hat and effective sample size of every parameter and reported quantity."""
    reported = wanted.report(samples)
    quantities = {**samples, **reported}
    rhat = {name: np.atleast_1d(rank_rhat(values)) for name, values in quantities.items()}
    ess = {name: np.atleast_1d(np.fmin(bulk_ess(values), tail_ess(values))) for name, values in quantities.items()}
    return Draws(samples, reported, "nuts", rhat, ess, divergences, None, seconds)


def starting_positions(problem: Problem, chains: int, seed: int) -> dict[str, np.ndarray]:
    """Where the chains start: between the quartiles of the priors, unconstrained, shape (chains, members)."""
    rng = np.random.default_rng(seed)
    positions = {}
    for name, prior in problem.priors.items():
        values = frozen_prior(prior).ppf(rng.uniform(0.25, 0.75, size=(chains, len(prior.values[0]))))
        if prior.family == "beta":
            values = np.log(values) - np.log1p(-values)
        elif prior.family != "normal":
            values = np.log(values)
        positions[name] = values
    return positions


def starting_spread(problem: Problem, name: str) -> np.ndarray:
    """A first guess of a parameter's posterior sd, unconstrained: half the prior's; for noise what the rows allow."""
    prior = problem.priors[name]
    if name == "noise":
        return np.full(1, float(1.0 / np.sqrt(2.0 * problem.arrays["rows"])))
    low, high = frozen_prior(prior).ppf(0.16), frozen_prior(prior).ppf(0.84)
    if prior.family == "beta":
        return np.asarray((np.log(high / (1 - high)) - np.log(low / (1 - low))) / 4.0)
    return np.asarray((high - low) / 4.0 if prior.family == "normal" else np.log(high / low) / 4.0)
