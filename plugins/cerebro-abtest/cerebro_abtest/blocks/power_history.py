"""What a power analysis needs to know of the outcome, said by the user or taken from a history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source


@dataclass(frozen=True)
class OutcomeFacts:
    """The outcome of one unit; None where not known.

    Attributes:
        baseline: mean, share or ratio.
        variance: of one unit (of a ratio: of its linearised value).
        explained: share of the variance that a covariate explains.
        icc, cluster_size, cluster_cv: of clusters.
        rows, clusters: how many the history has, or None.
    """

    baseline: float | None = None
    variance: float | None = None
    explained: float | None = None
    icc: float | None = None
    cluster_size: float | None = None
    cluster_cv: float | None = None
    rows: int | None = None
    clusters: int | None = None


def history_facts(
    source: Source | None, outcome: str | None, denominator: str | None, covariate: str | None, cluster: str | None
) -> OutcomeFacts:
    """Baseline, variance, CUPED's share and clusters, as a history shows them.

    The variance of a ratio is that of (y - R d) / mean(d) (the delta method; Deng, Knoblich & Lu 2018). The
    intra-cluster correlation is the analysis-of-variance estimate (Donner 1986), not below 0.

    Raises:
        Refused: where the history has no rows or no spread.
    """
    if source is None or outcome is None:
        return OutcomeFacts()
    below = denominator or outcome
    wanted: dict[str, tuple[str, ...]] = {"n": ("count", outcome), "mean": ("mean", outcome), "var": ("var", outcome)}
    wanted |= {"mean_d": ("mean", below), "var_d": ("var", below), "covar": ("covar", outcome, below)}
    if covariate:
        wanted["corr"] = ("corr", outcome, covariate)
    found = source.aggregate(wanted)[0]
    if not found["n"] or not found["var"]:
        raise Refused(f"'{display(outcome)}' has no values that differ; give --baseline and --sd in its place")
    mean, variance = float(found["mean"]), float(found["var"])
    if denominator:
        centre = float(found["mean_d"])
        if centre == 0:
            raise Refused(f"'{display(denominator)}' has a mean of zero; a ratio is not defined")
        mean /= centre
        variance = (variance - 2 * mean * float(found["covar"]) + mean**2 * float(found["var_d"])) / centre**2
    explained = None if not covariate or found["corr"] is None else min(float(found["corr"]) ** 2, 0.999999)
    icc = size = cv = clusters = None
    if cluster:
        icc, size, cv, clusters = cluster_facts(source, outcome, cluster)
    return OutcomeFacts(mean, variance, explained, icc, size, cv, int(found["n"]), clusters)


def cluster_facts(source: Source, outcome: str, cluster: str) -> tuple[float, float, float, int]:
    """Intra-cluster correlation, mean size, the sizes' coefficient of variation, and how many clusters there are.

    Raises:
        Refused: where there are fewer than two clusters, or each row is its own.
    """
    wanted: dict[str, tuple[str, ...]] = {"n": ("count", outcome), "mean": ("mean", outcome), "var": ("var", outcome)}
    groups = [row for row in source.aggregate(wanted, by=[cluster]) if row["n"] and row[cluster] is not None]
    sizes = np.array([row["n"] for row in groups], float)
    if len(sizes) < 2 or sizes.sum() == len(sizes):
        raise Refused(f"--cluster: '{display(cluster)}' has no clusters of several rows; leave it out")
    means = np.array([row["mean"] for row in groups], float)
    spreads = np.array([row["var"] or 0.0 for row in groups], float)
    whole, count = sizes.sum(), len(sizes)
    within = ((sizes - 1) * spreads).sum() / (whole - count)
    between = (sizes * (means - (sizes @ means) / whole) ** 2).sum() / (count - 1)
    typical = (whole - (sizes**2).sum() / whole) / (count - 1)
    icc = (between - within) / (between + (typical - 1) * within)
    return float(max(icc, 0.0)), float(sizes.mean()), float(sizes.std() / sizes.mean()), count


def ratio_variance(ratio: float, sd: float, mean_d: float, sd_d: float, correlation: float) -> float:
    """Variance of a ratio's linearised value, from the moments of one unit (delta method)."""
    return (sd**2 - 2 * ratio * correlation * sd * sd_d + ratio**2 * sd_d**2) / mean_d**2
