"""How strong something unmeasured would have to be to explain an effect away."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.logistic import weighted_gram
from cerebro_core.blocks.result import ResultTable

COHEN_TO_RISK = 0.91  # VanderWeele & Ding (2017), table 2: RR is about exp(.91 d)


def e_value(ratio: float) -> float:
    """Least risk ratio of an unmeasured confounder with treatment and outcome (VanderWeele & Ding 2017)."""
    above = max(ratio, 1 / ratio) if ratio > 0 else math.inf
    return above + math.sqrt(above * (above - 1))


def e_value_pair(ratio: float, low: float, high: float) -> tuple[float, float]:
    """E-values of the estimate and of the end of the interval that is nearer to 1; 1 where it holds 1."""
    if low <= 1 <= high:
        return e_value(ratio), 1.0
    return e_value(ratio), e_value(low if ratio > 1 else high)


def robustness_value(t_value: float, degrees: float, q: float = 1.0, alpha: float | None = None) -> float:
    """Share of the residual variance of treatment and outcome that explains an effect away (Cinelli & Hazlett 2020).

    Args:
        t_value: of the treatment in a linear regression.
        degrees: residual degrees of freedom of that regression.
        q: the share of the estimate that is explained away.
        alpha: explain away the significance at this level rather than the estimate.
    """
    f = q * abs(t_value) / math.sqrt(degrees)
    if alpha is not None:
        f -= abs(float(stats.t.ppf(alpha / 2, degrees - 1))) / math.sqrt(degrees - 1)
    if f <= 0:
        return 0.0
    return 0.5 * (math.sqrt(f**4 + 4 * f**2) - f**2)


def classical_t(outcome: np.ndarray, design: np.ndarray, place: int, weights: np.ndarray) -> tuple[float, float]:
    """t value of one column of a linear regression with errors of equal spread, and its degrees of freedom."""
    bread = np.linalg.pinv(weighted_gram(design, weights) * len(outcome))
    coefficients = bread @ (design.T @ (weights * outcome))
    degrees = len(outcome) - design.shape[1]
    spread = float(weights @ (outcome - design @ coefficients) ** 2) / degrees
    return float(coefficients[place] / math.sqrt(max(spread * bread[place, place], 1e-300))), float(degrees)


def unmeasured_table(sample: CausalSample, effect: Effect, level: float, means: tuple[float, float]) -> ResultTable:
    """E-values and robustness values of an effect.

    Args:
        sample: the rows.
        effect: the difference that was estimated.
        level: of its interval.
        means: what the outcome would be on average with and without the treatment.
    """
    low, high = effect.interval(level)
    if sample.is_binary and min(means) > 0:
        scaled = [(means[1] + value) / means[1] for value in (effect.value, low, high)]
        ratio, lower, upper = (max(value, 1e-9) for value in scaled)
        how = "risk ratio"
    else:
        spread = math.sqrt(np.average((sample.outcome - np.average(sample.outcome, weights=sample.weights)) ** 2))
        ratio, lower, upper = (math.exp(COHEN_TO_RISK * value / spread) for value in (effect.value, low, high))
        how = "risk ratio, from the effect in standard deviations of the outcome"
    point, end = e_value_pair(ratio, lower, upper)
    design = np.column_stack([np.ones(len(sample.outcome)), sample.treated, sample.covariates])
    t_value, degrees = classical_t(sample.outcome, design, 1, sample.weights)
    rows = (
        ("E-value of the estimate", point, f"{how} of an unmeasured cause with both treatment and outcome"),
        ("E-value of the interval", end, "the same, until the interval holds zero"),
        (
            "robustness value",
            robustness_value(t_value, degrees),
            "share of what is left of treatment and outcome that an unmeasured cause must explain, in a linear model",
        ),
        (
            "robustness value of the interval",
            robustness_value(t_value, degrees, alpha=1 - level),
            "the same, until the interval holds zero",
        ),
    )
    caption = (
        "How strong something that was not measured would have to be to explain the effect away. Only you can say "
        "whether there is such a thing."
    )
    return ResultTable(("figure", "value", "meaning"), rows, "What was not measured", caption)
