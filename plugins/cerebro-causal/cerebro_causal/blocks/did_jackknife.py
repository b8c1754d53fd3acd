"""Errors that stay honest with few clusters: leave one cluster out at a time, within its cohort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cerebro_causal.blocks.did_fit import DidFit
from cerebro_causal.blocks.did_sample import DidSample
from cerebro_core.blocks.result import Refused

FEWEST_IN_STRATUM = 2
MANY_CLUSTERS = 50  # from here on clusters are left out in groups
MANY_GROUPS = 40


def jackknife_strata(sample: DidSample) -> np.ndarray:
    """(G,) stratum of each cluster: its cohort; cohorts with one cluster are joined to the next ones.

    Raises:
        Refused: the treated, or the untreated, are fewer than two clusters.
    """
    order = np.unique(sample.clusters, return_inverse=True)[1]
    count = int(order.max()) + 1
    treated = np.bincount(order, weights=sample.first > 0, minlength=count)
    rows = np.bincount(order, minlength=count)
    for name, own in (("treated", treated > 0), ("untreated", treated < rows)):
        if own.sum() < FEWEST_IN_STRATUM:
            raise Refused(
                f"there is {int(own.sum())} cluster that is {name}: at least {FEWEST_IN_STRATUM} treated and "
                f"{FEWEST_IN_STRATUM} untreated ones are needed to tell an effect from chance. A synthetic control may "
                "suit a single treated unit"
            )
    if ((treated > 0) & (treated < rows)).any():  # clusters hold both, so none belongs to a cohort
        return np.zeros(count, int)
    cohort = np.zeros(count, int)
    np.maximum.at(cohort, order, sample.first)
    strata = np.where(cohort == 0, 0, -1)
    number, held = 1, 0
    for value in np.unique(cohort[cohort > 0]):
        strata[cohort == value] = number
        held += int((cohort == value).sum())
        if held >= FEWEST_IN_STRATUM:
            number, held = number + 1, 0
    if held and number > 1:  # the rest is too small for a stratum of its own
        strata[strata == number] = number - 1
    return strata


def jackknife_fit(sample: DidSample, fit: Callable[[DidSample], DidFit], whole: DidFit) -> DidFit:
    """The estimate with errors by the stratified delete-one-cluster jackknife.

    Var = sum_s (n_s - 1)/n_s sum_c (theta_(-c) - mean_s)^2 over strata s; for a difference of averages that is Neyman's
    variance (HC2, and CR2 with clusters). Student's t has Satterthwaite's degrees of freedom over the strata. From 50
    clusters on, 40 random groups of clusters within strata are left out together.

    Args:
        sample: the rows.
        fit: the estimator.
        whole: its answer to all rows.

    Raises:
        Refused: too few clusters.
    """
    strata = jackknife_strata(sample)
    numbers = np.unique(sample.clusters)
    parts = delete_groups(strata)
    place = {time: number for number, time in enumerate(whole.event_times.tolist())}
    cohorts = {row[0]: number for number, row in enumerate(whole.groups)}
    width = 1 + len(place) + len(cohorts)
    full = np.array([whole.att, *whole.event, *(row[1] for row in whole.groups)])
    replicates = np.full((len(parts), width), np.nan)
    for row, (_, members) in enumerate(parts):
        try:
            part = fit(sample.rows(~np.isin(sample.clusters, numbers[members])))
        except Refused:
            continue
        replicates[row, 0] = part.att
        for time, value in zip(part.event_times.tolist(), part.event, strict=True):
            if time in place:
                replicates[row, 1 + place[time]] = value
        for cohort, value, _ in part.groups:
            if cohort in cohorts:
                replicates[row, 1 + len(place) + cohorts[cohort]] = value
    if not np.isfinite(replicates[:, 0]).all():
        raise Refused(
            "the estimate rests on single clusters: without one of them it cannot be computed, so nothing shows how "
            "far chance goes. Join cohorts, or add clusters"
        )
    covariance, degrees = replicate_covariance(replicates, np.array([stratum for stratum, _ in parts]))
    errors = np.sqrt(np.diag(covariance))
    known = np.concatenate([[whole.att_error], whole.event_errors, [row[2] for row in whole.groups]])
    errors = np.where(errors > 0, errors, known)
    last = 1 + len(place)
    groups = tuple((row[0], row[1], float(error)) for row, error in zip(whole.groups, errors[last:], strict=True))
    block = covariance[1:last, 1:last]
    return replace(
        whole,
        att=float(full[0]),
        att_error=float(errors[0]),
        event_errors=errors[1:last],
        event_covariance=rescaled_covariance(block, errors[1:last]),
        groups=groups,
        degrees=degrees,
    )


def delete_groups(strata: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Which clusters are left out together: each alone, or in groups where there are many."""
    parts: list[tuple[int, np.ndarray]] = []
    share = 1.0 if len(strata) < MANY_CLUSTERS else MANY_GROUPS / len(strata)
    rng = np.random.default_rng(1)
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        count = len(members) if share == 1 else max(2, min(len(members), round(len(members) * share)))
        mixed = members if count == len(members) else rng.permutation(members)
        parts += [(int(stratum), part) for part in np.array_split(mixed, count)]
    return parts


def replicate_covariance(replicates: np.ndarray, strata: np.ndarray) -> tuple[np.ndarray, float]:
    """Covariance of the estimates, and the degrees of freedom of the first; what a replicate lacks counts as no change.

    Args:
        replicates: (r, k) estimates with a part left out.
        strata: (r,) stratum of the part.
    """
    width = replicates.shape[1]
    total = np.zeros((width, width))
    firsts, below = [], []
    for stratum in np.unique(strata):
        own = replicates[strata == stratum]
        apart = own - np.nanmean(own, axis=0, where=np.isfinite(own)) if np.isfinite(own).any() else np.zeros_like(own)
        apart = np.nan_to_num(apart)
        count = len(own)
        inner = (count - 1) / count * (apart.T @ apart)
        total += inner
        firsts.append(float(inner[0, 0]))
        below.append(max(count - 1, 1))
    spread = sum(value**2 / degree for value, degree in zip(firsts, below, strict=True))
    degrees = sum(firsts) ** 2 / spread if spread > 0 else 1.0
    return total, max(degrees, 1.0)


def rescaled_covariance(covariance: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """The same correlations with these errors."""
    own = np.sqrt(np.diag(covariance))
    scale = np.where(own > 0, errors / np.where(own > 0, own, 1.0), 0.0)
    found = covariance * np.outer(scale, scale)
    np.fill_diagonal(found, errors**2)
    return found
