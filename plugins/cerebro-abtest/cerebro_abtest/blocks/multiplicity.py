"""Several comparisons at once: adjusted p-values, with intervals that hold together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from cerebro_abtest.blocks.contrasts import Contrast, Interval, MetricAnswer


@dataclass(frozen=True)
class Adjusted:
    """A comparison after the correction: its p-value, and its intervals."""

    p_value: float
    interval: Interval
    lift: tuple[Interval, ...]
    level: float


type Correction = Callable[[Sequence[tuple[MetricAnswer, Contrast]], float], list[Adjusted]]


def uncorrected(family: Sequence[tuple[MetricAnswer, Contrast]], ci_level: float) -> list[Adjusted]:
    """Each comparison for itself."""
    return [at_level(contrast, contrast.p_value, ci_level) for _, contrast in family]


def holm_correction(family: Sequence[tuple[MetricAnswer, Contrast]], ci_level: float) -> list[Adjusted]:
    """Holm's (1979) p-values; Bonferroni's intervals, which hold together at the level."""
    p = np.array([contrast.p_value for _, contrast in family])
    adjusted = holm_p(p)
    level = 1 - (1 - ci_level) / len(p)
    return [at_level(item[1], float(value), level) for item, value in zip(family, adjusted, strict=True)]


def holm_p(p: np.ndarray) -> np.ndarray:
    """P-values after Holm's steps, in the same order."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def bh_correction(family: Sequence[tuple[MetricAnswer, Contrast]], ci_level: float) -> list[Adjusted]:
    """Benjamini and Hochberg's (1995) p-values; intervals with the same rate of false coverage (2005).

    With R of m comparisons selected, each interval has the level 1 - R alpha / m; where none is, 1 - alpha / m.
    """
    p = np.array([contrast.p_value for _, contrast in family])
    adjusted = stats.false_discovery_control(p, method="bh")
    selected = max(int((adjusted <= 1 - ci_level).sum()), 1)
    level = 1 - (1 - ci_level) * selected / len(p)
    return [at_level(item[1], float(value), level) for item, value in zip(family, adjusted, strict=True)]


def dunnett_correction(family: Sequence[tuple[MetricAnswer, Contrast]], ci_level: float) -> list[Adjusted]:
    """Dunnett's (1955) comparisons with one control; outcomes are corrected for by Bonferroni, if there are several.

    Where variances differ, each comparison keeps its own standard error, and the joint distribution is that of the
    arms' own variances with the smallest degrees of freedom of any comparison.
    """
    answers = list(dict.fromkeys(id(answer) for answer, _ in family))
    found: list[Adjusted] = []
    for answer, contrast in family:
        p_value = min(1.0, dunnett_p(answer, contrast) * len(answers))
        correlations, degrees = dunnett_shape(answer)
        wanted = 1 - (1 - ci_level) / len(answers)
        critical = dunnett_critical(wanted, correlations, degrees)
        level = 2 * float(stats.t.cdf(critical, contrast_degrees(contrast))) - 1
        found.append(at_level(contrast, p_value, level))
    return found


def dunnett_shape(answer: MetricAnswer) -> tuple[np.ndarray, float]:
    """Loadings of the comparisons on the shared control, and the degrees of freedom."""
    if answer.own is None or answer.degrees is None:
        raise ValueError("Dunnett's correction needs means; the validators should have said so")
    own = np.array(answer.own)
    return np.sqrt(own[0] / (own[0] + own[1:])), min(answer.degrees[1:])


def dunnett_p(answer: MetricAnswer, contrast: Contrast) -> float:
    """The p-value of one comparison, adjusted for those with the other arms."""
    ratio = abs(contrast.difference) / (contrast.std_error or np.inf)
    return 1 - dunnett_probability(ratio, *dunnett_shape(answer))


def contrast_degrees(contrast: Contrast) -> float:
    """The degrees of freedom that a contrast's own interval has, read off its 95 % interval."""
    low, high = contrast.interval(0.95)
    reach = ((high or 0.0) - (low or 0.0)) / 2 / (contrast.std_error or 1.0)
    if reach <= stats.norm.ppf(0.975) * (1 + 1e-9):
        return np.inf
    return float(optimize.brentq(lambda d: stats.t.ppf(0.975, d) - reach, 0.5, 1e9))


def dunnett_probability(reach: float, correlations: np.ndarray, degrees: float) -> float:
    """P(all |T_i| <= reach) for T_i = (sqrt(1 - l_i^2) Z_i + l_i Z_0) / s, by quadrature over Z_0 and s.

    Args:
        reach: the bound.
        correlations: l_i; the correlation of two comparisons is l_i l_j.
        degrees: of the shared s^2, a chi-square over its degrees of freedom.
    """
    z, weight = np.polynomial.hermite_e.hermegauss(80)
    weight = weight / weight.sum()
    if np.isfinite(degrees):
        u, mass = np.polynomial.legendre.leggauss(80)
        s = np.sqrt(stats.chi2.ppf((u + 1) / 2, degrees) / degrees)
        mass = mass / 2
    else:
        s, mass = np.ones(1), np.ones(1)
    spare = np.sqrt(1 - correlations**2)[:, None, None]
    shared = correlations[:, None, None] * z[None, :, None]
    bound = reach * s[None, None, :]
    inside = stats.norm.cdf((bound - shared) / spare) - stats.norm.cdf((-bound - shared) / spare)
    return float(weight @ inside.prod(axis=0) @ mass)


def dunnett_critical(level: float, correlations: np.ndarray, degrees: float) -> float:
    """The bound within which all comparisons stay with this probability, where nothing differs."""
    return float(optimize.brentq(lambda c: dunnett_probability(c, correlations, degrees) - level, 0.5, 200.0))


def at_level(contrast: Contrast, p_value: float, level: float) -> Adjusted:
    """A comparison with intervals of some level."""
    return Adjusted(p_value, contrast.interval(level), contrast.lift_set(level), level)
