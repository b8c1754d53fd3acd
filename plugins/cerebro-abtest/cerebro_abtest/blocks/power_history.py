"""What a power analysis needs to know of the outcome, said by the user or taken from a history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source

MOST_SAMPLED = 2_000_000


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
    below, before = denominator or outcome, covariate or outcome
    wanted: dict[str, tuple[str, ...]] = {"n": ("count", outcome), "mean": ("mean", outcome), "var": ("var", outcome)}
    wanted |= {"mean_d": ("mean", below), "var_d": ("var", below), "covar": ("covar", outcome, below)}
    wanted |= {"var_x": ("var", before), "y_x": ("covar", outcome, before), "d_x": ("covar", below, before)}
    found = source.aggregate(wanted)[0]
    if not found["n"] or not found["var"]:
        raise Refused(f"'{display(outcome)}' has no values that differ; give --baseline and --sd in its place")
    mean, variance, shared = float(found["mean"]), float(found["var"]), float(found["y_x"])
    if denominator:
        centre = float(found["mean_d"])
        if centre == 0:
            raise Refused(f"'{display(denominator)}' has a mean of zero; a ratio is not defined")
        mean /= centre
        variance = (variance - 2 * mean * float(found["covar"]) + mean**2 * float(found["var_d"])) / centre**2
        shared = (shared - mean * float(found["d_x"])) / centre
    explained = shared**2 / (variance * found["var_x"]) if covariate and found["var_x"] and variance > 0 else None
    icc = size = cv = clusters = None
    if cluster:
        groups = cluster_rows(source, outcome, denominator, covariate, cluster)
        icc, size, cv, clusters = cluster_facts(groups, mean if denominator else None)
        explained = explained_sums(groups, mean if denominator else None) if covariate else None
    explained = None if explained is None else min(explained, 0.999999)
    return OutcomeFacts(mean, variance, explained, icc, size, cv, int(found["n"]), clusters)


def history_sample(
    source: Source, outcome: str, denominator: str | None, covariate: str | None, cluster: str | None
) -> np.ndarray | None:
    """Rows of the history to draw experiments from, or clusters with their sums; None where they are too many.

    Returns:
        (units, variables): rows of the cluster where there are clusters, outcome, [denominator], [covariate].
    """
    numbers = [outcome, *([denominator] if denominator else []), *([covariate] if covariate else [])]
    if source.rows > MOST_SAMPLED:
        return None
    frame = source.frame(list(dict.fromkeys([*numbers, *([cluster] if cluster else [])])))
    frame = frame.dropna(subset=[outcome, *([denominator] if denominator else []), *([cluster] if cluster else [])])
    values = np.column_stack([frame[name].to_numpy(float) for name in numbers])
    if covariate:
        values[:, -1] = np.where(np.isnan(values[:, -1]), np.nanmean(values[:, -1]), values[:, -1])
    if cluster is None:
        return values
    place = np.unique(frame[cluster].to_numpy().astype(str), return_inverse=True)[1]
    columns = [np.ones(len(values)), *values.T]
    return np.column_stack([np.bincount(place, weights=column) for column in columns])


def cluster_rows(
    source: Source, outcome: str, denominator: str | None, covariate: str | None, cluster: str
) -> dict[str, np.ndarray]:
    """Of each cluster: rows n; means y, d, x; variances yy, dd and covariance yd of outcome and denominator.

    Raises:
        Refused: where there are fewer than two clusters, or each row is its own.
    """
    below, before = denominator or outcome, covariate or outcome
    asked: dict[str, tuple[str, ...]] = {"n": ("count", outcome), "y": ("mean", outcome), "yy": ("var", outcome)}
    asked |= {"d": ("mean", below), "dd": ("var", below), "yd": ("covar", outcome, below), "x": ("mean", before)}
    safe = {f"of clusters {name}": measure for name, measure in asked.items()}  # apart from any column's name
    groups = [row for row in source.aggregate(safe, by=[cluster]) if row["of clusters n"] and row[cluster] is not None]
    found = {name: np.array([row[f"of clusters {name}"] or 0.0 for row in groups], float) for name in asked}
    if len(groups) < 2 or found["n"].sum() == len(groups):
        raise Refused(f"--cluster: '{display(cluster)}' has no clusters of several rows; leave it out")
    return found


def cluster_facts(groups: dict[str, np.ndarray], ratio: float | None) -> tuple[float, float, float, int]:
    """Intra-cluster correlation, mean size, the sizes' coefficient of variation, and how many clusters there are.

    Args:
        groups: of `cluster_rows`.
        ratio: where the outcome is one, its correlation is that of y - ratio d.
    """
    sizes = groups["n"]
    means, spreads = groups["y"], groups["yy"]
    if ratio is not None:
        means = means - ratio * groups["d"]
        spreads = spreads - 2 * ratio * groups["yd"] + ratio**2 * groups["dd"]
    whole, count = sizes.sum(), len(sizes)
    within = ((sizes - 1) * spreads).sum() / (whole - count)
    between = (sizes * (means - (sizes @ means) / whole) ** 2).sum() / (count - 1)
    typical = (whole - (sizes**2).sum() / whole) / (count - 1)
    icc = (between - within) / (between + (typical - 1) * within)
    return float(max(icc, 0.0)), float(sizes.mean()), float(sizes.std() / sizes.mean()), count


def explained_sums(groups: dict[str, np.ndarray], ratio: float | None) -> float | None:
    """The share of the variance of clusters' sums that the sums of a covariate explain.

    It is that of rows only where covariate and outcome hang together within clusters as much as between them.
    """
    sizes = groups["n"]
    whole = sizes.sum()
    means = groups["y"] - (ratio * groups["d"] if ratio is not None else 0.0)
    sums = sizes * (means - sizes @ means / whole)
    other = sizes * (groups["x"] - sizes @ groups["x"] / whole)
    both = float((sums @ sums) * (other @ other))
    return float((sums @ other) ** 2 / both) if both > 0 else None


def ratio_variance(ratio: float, sd: float, mean_d: float, sd_d: float, correlation: float) -> float:
    """Variance of a ratio's linearised value, from the moments of one unit (delta method)."""
    return (sd**2 - 2 * ratio * correlation * sd * sd_d + ratio**2 * sd_d**2) / mean_d**2
