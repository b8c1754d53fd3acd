"""Two-way fixed effects: one regression with a level for each unit and each period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cerebro_causal.blocks.did_fit import DidFit, interacted_covariates
from cerebro_causal.blocks.did_sample import DidSample
from cerebro_causal.blocks.robust_regression import robust_regression


@dataclass(frozen=True)
class TwoWayDesign:
    """Outcome and columns with the levels of units taken out.

    Attributes:
        outcome: (n,).
        others: (n, k) periods, confounders, and in repeated cross-sections the groups.
        groups: (n,) whose levels were taken out; None where they stand among the columns.
        weights, clusters: (n,).
    """

    outcome: np.ndarray
    others: np.ndarray
    groups: np.ndarray | None
    weights: np.ndarray
    clusters: np.ndarray

    def within(self, columns: np.ndarray) -> np.ndarray:
        """Columns less their level in each unit."""
        return columns if self.groups is None else columns - group_levels(columns, self.groups, self.weights)


def two_way_design(sample: DidSample) -> TwoWayDesign:
    """The regression's columns but for the treatment.

    The levels are those of units; in repeated cross-sections those of clusters, or of cohorts where none are named.
    """
    periods = np.unique(sample.time)
    if sample.panel:
        sample = interacted_covariates(sample)
    columns = [(sample.time == period).astype(float) for period in periods[1:]]
    others = np.column_stack([*columns, sample.covariates])
    groups: np.ndarray | None = sample.unit if sample.panel else sample.clusters if sample.clustered else None
    if groups is None:
        cohorts = [(sample.first == value).astype(float) for value in np.unique(sample.first)]
        others = np.column_stack([others, *cohorts])
    design = TwoWayDesign(sample.outcome, others, groups, sample.weights, sample.clusters)
    return TwoWayDesign(
        design.within(sample.outcome[:, None])[:, 0], design.within(others), groups, sample.weights, sample.clusters
    )


def group_levels(columns: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n, k) weighted average of each column in the row's group."""
    order = np.unique(groups, return_inverse=True)[1]
    total = np.bincount(order, weights=weights)
    sums = [np.bincount(order, weights=weights * column) / np.where(total > 0, total, 1) for column in columns.T]
    return np.column_stack(sums)[order]


def did_twfe(sample: DidSample, comparison: str, anticipation: int) -> DidFit:
    """The coefficient of being treated, with CR2 errors and degrees of freedom by Bell & McCaffrey (2002).

    Right where treatment begins at one time, or where its effect is the same for all and at all times; else it compares
    with units that are treated already (Goodman-Bacon 2021). Rows in the `anticipation` periods before are left out;
    `comparison` changes nothing.
    """
    if anticipation:
        soon = (sample.first > 0) & (sample.time < sample.first) & (sample.time >= sample.first - anticipation)
        sample = sample.rows(~soon)
    design = two_way_design(sample)
    treated = design.within(sample.treated[:, None])
    fit = robust_regression(design.outcome, np.column_stack([treated, design.others]), design.weights, design.clusters)
    contrast = np.zeros(len(fit.coefficients))
    contrast[0] = 1.0
    times, event, covariance = two_way_events(sample, design, anticipation)
    return DidFit(
        att=float(fit.coefficients[0]),
        att_error=fit.error(contrast),
        event_times=times,
        event=event,
        event_errors=np.sqrt(np.diag(covariance)),
        event_covariance=covariance,
        groups=(),
        degrees=fit.degrees(contrast),
    )


def two_way_events(
    sample: DidSample, design: TwoWayDesign, anticipation: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coefficients by periods since treatment began, against the last period before."""
    since = np.where(sample.first > 0, sample.time - sample.first, -1 - anticipation)
    reference = since[(sample.first > 0) & (since < -anticipation)].max()
    times = np.array([time for time in np.unique(since[sample.first > 0]) if time != reference])
    columns = np.column_stack([((sample.first > 0) & (since == time)).astype(float) for time in times])
    fit = robust_regression(
        design.outcome, np.column_stack([design.within(columns), design.others]), design.weights, design.clusters
    )
    count = len(times)
    return times, fit.coefficients[:count], fit.covariance[:count, :count]
