"""Means of arms from joint moments: plain, ratios, by cluster, adjusted for covariates, within strata.

The statistic of an arm is R = mean(a) / mean(b), where b is 1 without a denominator. Its units have the influence
(a_i - R b_i) / mean(b) (the delta method). Covariates take part of that away; strata are weighted by their share of
all units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.cluster_sizes import SizeCorrection
from cerebro_core.blocks.display import display
from cerebro_core.blocks.moment_sql import Moments
from cerebro_core.blocks.result import Refused

FEWEST_TO_ADJUST = 10


@dataclass(frozen=True)
class ArmMeans:
    """Means of one metric in each arm, the control first.

    Attributes:
        means: one for each arm.
        own: variance of each mean from the rows of its own arm.
        covariance: of the means, with what all arms share (means of covariates, shares of strata).
        degrees: degrees of freedom of each `own`.
        units: independent units of each arm: rows, or clusters.
        rows: rows of each arm that count.
        spread: variance between the units of each arm, in the outcome's unit.
        explained: share of the variance that covariates explain.
    """

    means: np.ndarray
    own: np.ndarray
    covariance: np.ndarray
    degrees: np.ndarray
    units: np.ndarray
    rows: np.ndarray
    spread: np.ndarray
    explained: float = 0.0


@dataclass(frozen=True)
class Influence:
    """An arm's statistic with the moments of its units' influence.

    Attributes:
        value: the ratio of means.
        variance: of the influence over units.
        covariates: means of the covariates, as ratios to the rows.
        slopes_left: covariances of the influence with those of the covariates.
        slopes_over: covariances of the covariates' influences.
        units, rows: how many.
    """

    value: float
    variance: float
    covariates: np.ndarray
    slopes_left: np.ndarray
    slopes_over: np.ndarray
    units: int
    rows: int


def influence_of(moments: Moments, metric: Metric, clustered: bool, where: str) -> Influence:
    """Turn joint moments into a statistic and the moments of its influence.

    Raises:
        Refused: fewer than two units, or a denominator that adds up to zero.
    """
    if moments.count < 2:
        what = "clusters" if clustered else "rows"
        raise Refused(
            f"arm '{display(where)}' has {moments.count} {what} with a value of '{display(metric.name)}'; two are "
            "needed: check the column, or leave this arm out"
        )
    means, spread = np.array(moments.means), np.array(moments.covariances)
    top = 1 if clustered else 0
    below = top + 1 if metric.denominator is not None else (0 if clustered else None)
    first = top + (2 if metric.denominator is not None else 1)
    width = len(means) - first
    weights = np.zeros((1 + width, len(means)))
    base = 1.0 if below is None else means[below]
    if base == 0:
        raise Refused(f"column '{display(metric.denominator or '')}' adds up to zero in arm '{display(where)}'")
    value = means[top] / base
    weights[0, top] = 1 / base
    if below is not None:
        weights[0, below] -= value / base
    per = means[0] if clustered else 1.0
    for place in range(width):
        weights[1 + place, first + place] = 1 / per
        if clustered:
            weights[1 + place, 0] -= means[first + place] / per / per
    moved = weights @ spread @ weights.T
    return Influence(
        float(value),
        float(moved[0, 0]),
        means[first:] / per,
        moved[1:, 0],
        moved[1:, 1:],
        moments.count,
        moments.rows,
    )


def slopes_of(arms: Sequence[Influence], adjustment: str) -> list[np.ndarray]:
    """Slopes of the outcome on the covariates: one for all arms (CUPED, Deng et al. 2013) or one each (Lin 2013)."""
    width = len(arms[0].covariates)
    if width == 0 or min(arm.units for arm in arms) < FEWEST_TO_ADJUST + 2 * width:
        return [np.zeros(width) for _ in arms]
    if adjustment == "regression":
        return [solved(arm.slopes_over, arm.slopes_left) for arm in arms]
    weights = [arm.units - 1 for arm in arms]
    over = sum(weight * arm.slopes_over for weight, arm in zip(weights, arms, strict=True))
    left = sum(weight * arm.slopes_left for weight, arm in zip(weights, arms, strict=True))
    return [solved(np.asarray(over), np.asarray(left)) for _ in arms]


def solved(over: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Least squares from moments; covariates that do not vary or repeat others get no slope of their own."""
    scale = np.sqrt(np.diag(over))
    good = scale > 0
    if not good.any():
        return np.zeros_like(left)
    slopes = np.zeros_like(left)
    unit = over[np.ix_(good, good)] / np.outer(scale[good], scale[good])
    slopes[good] = np.linalg.pinv(unit, rcond=1e-10, hermitian=True) @ (left[good] / scale[good]) / scale[good]
    return slopes


def adjusted_means(
    arms: Sequence[Influence], adjustment: str, corrections: Sequence[SizeCorrection] | None
) -> ArmMeans:
    """Means of the arms of one stratum, adjusted for covariates.

    The adjusted mean is R_a - theta_a' (x_a - x), where x is the mean over all arms. Its variance is that of the
    residual influence in the arm, plus theta_a' S theta_b / N for what all arms share through x.
    """
    slopes = slopes_of(arms, adjustment)
    units = np.array([arm.units for arm in arms], float)
    rows = np.array([arm.rows for arm in arms], float)
    width = len(arms[0].covariates)
    used = width if any(np.any(slope != 0) for slope in slopes) else 0
    centre = np.sum([n * arm.covariates for n, arm in zip(rows, arms, strict=True)], axis=0) / rows.sum()
    means = np.array([arm.value - s @ (arm.covariates - centre) for arm, s in zip(arms, slopes, strict=True)])
    left = np.array(
        [
            max(arm.variance - 2 * s @ arm.slopes_left + s @ arm.slopes_over @ s, 0.0)
            for arm, s in zip(arms, slopes, strict=True)
        ]
    )
    # slopes cost degrees of freedom: each arm its own, or all arms together
    spare = units - 1 - used if adjustment == "regression" else (units - 1) * (1 - used / (units - 1).sum())
    left = left * (units - 1) / np.maximum(spare, 1.0)
    factors = np.ones_like(units) if corrections is None else np.array([item.factor for item in corrections])
    degrees = np.maximum(spare if corrections is None else np.array([item.degrees for item in corrections]) - used, 1.0)
    own = left / units * factors
    pooled = sum((arm.units - 1) * arm.slopes_over for arm in arms) / (units.sum() - len(units))
    shared = np.array([[one @ pooled @ other for other in slopes] for one in slopes]) / units.sum()
    total = float(sum(arm.variance for arm in arms))
    explained = 1 - float(left.sum()) / total if total > 0 and used else 0.0
    spread = np.array([arm.variance for arm in arms])
    return ArmMeans(means, own, np.diag(own) + shared, degrees, units, rows, spread, max(explained, 0.0))


def stratified_means(strata: Sequence[ArmMeans]) -> ArmMeans:
    """Means over strata, each weighted by its share of all units (post-stratification, Miratrix, Sekhon & Yu 2013).

    The shares are those of a sample: what strata differ by adds to the variance, in the same way for all arms.
    """
    sizes = np.array([stratum.units.sum() for stratum in strata])
    shares = sizes / sizes.sum()
    means = np.sum([share * stratum.means for share, stratum in zip(shares, strata, strict=True)], axis=0)
    parts = np.array([share**2 * stratum.own for share, stratum in zip(shares, strata, strict=True)])
    degrees = np.array([stratum.degrees for stratum in strata])
    own = parts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        joint = np.where(own > 0, own**2 / (parts**2 / degrees).sum(axis=0), degrees.sum(axis=0))
    shared = np.sum(
        [share**2 * (s.covariance - np.diag(s.own)) for share, s in zip(shares, strata, strict=True)], axis=0
    )
    apart = np.array([stratum.means - means for stratum in strata])
    shared = shared + (apart * shares[:, None]).T @ apart / sizes.sum()
    total = [np.sum([getattr(stratum, name) for stratum in strata], axis=0) for name in ("units", "rows")]
    spread = np.sum([share * stratum.spread for share, stratum in zip(shares, strata, strict=True)], axis=0)
    explained = float(sum(share * stratum.explained for share, stratum in zip(shares, strata, strict=True)))
    return ArmMeans(means, own, np.diag(own) + shared, joint, total[0], total[1], spread, explained)


def arm_means(
    found: Mapping[tuple[int, tuple[object, ...]], Moments],
    arms: Arms,
    metric: Metric,
    adjustment: str,
    clustered: bool,
    corrections: Sequence[SizeCorrection] | None,
) -> ArmMeans:
    """Means of a metric in each arm, from the moments of (arm, stratum).

    Strata in which an arm has fewer than two units are joined.

    Raises:
        Refused: an arm has fewer than two units.
    """
    strata = joined_strata(found, len(arms.names))
    parts = [
        adjusted_means(
            [influence_of(item, metric, clustered, arms.names[a]) for a, item in enumerate(stratum)],
            adjustment,
            corrections if len(strata) == 1 else None,
        )
        for stratum in strata
    ]
    return parts[0] if len(parts) == 1 else stratified_means(parts)


def joined_strata(found: Mapping[tuple[int, tuple[object, ...]], Moments], arms: int) -> list[list[Moments]]:
    """The moments of each stratum by arm; those where an arm is thin are joined with each other, or the next."""
    keys = list(dict.fromkeys(stratum for _, stratum in found))
    empty = Moments(next(iter(found.values())).names, 0, 0, (), ())
    whole: list[list[Moments]] = []
    thin: list[list[Moments]] = []
    for key in keys:
        stratum = [found.get((arm, key), empty) for arm in range(arms)]
        (whole if min(item.count for item in stratum) >= 2 else thin).append(stratum)
    if thin:
        rest = [joined_moments([stratum[arm] for stratum in thin]) for arm in range(arms)]
        if min(item.count for item in rest) < 2 and whole:
            rest = [joined_moments([one, other]) for one, other in zip(whole.pop(), rest, strict=True)]
        whole.append(rest)
    return whole


def joined_moments(parts: Sequence[Moments]) -> Moments:
    """The moments of several groups together (Chan, Golub & LeVeque 1983)."""
    filled = [part for part in parts if part.count]
    if len(filled) <= 1:
        return filled[0] if filled else parts[0]
    count = sum(part.count for part in filled)
    means = np.sum([part.count * np.array(part.means) for part in filled], axis=0) / count
    squares = np.sum([(part.count - 1) * np.array(part.covariances) for part in filled], axis=0)
    apart = np.array([np.array(part.means) - means for part in filled])
    squares = squares + (apart * np.array([part.count for part in filled])[:, None]).T @ apart
    covariances = tuple(tuple(map(float, row)) for row in squares / max(count - 1, 1))
    return Moments(filled[0].names, count, sum(part.rows for part in filled), tuple(map(float, means)), covariances)
