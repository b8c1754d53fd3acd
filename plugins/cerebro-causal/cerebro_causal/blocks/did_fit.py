"""Effects of a staggered adoption by the three estimators that compare with untreated units only."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cerebro_causal.blocks.did_sample import DidSample
from cerebro_core.blocks.result import Refused

FEWEST_NEVER = 10


@dataclass(frozen=True)
class DidFit:
    """What an estimator says, before intervals.

    Attributes:
        att: average effect over all treated units and periods.
        att_error: its standard error.
        event_times: (k,) periods since treatment began; -1 is the reference and left out.
        event: (k,) effects by event time.
        event_covariance: (k, k); None where the estimator gives only errors.
        event_errors: (k,).
        groups: (number of the cohort's first period, effect, error).
        degrees: of Student's t; infinite for the normal.
        interval: ends of the average's interval and its p-value, where they do not follow from error and degrees.
        kind: of that interval, "confidence" or "credible".
    """

    att: float
    att_error: float
    event_times: np.ndarray
    event: np.ndarray
    event_errors: np.ndarray
    event_covariance: np.ndarray | None
    groups: tuple[tuple[int, float, float], ...]
    degrees: float = float("inf")
    interval: tuple[float, float, float | None] | None = None
    kind: str = "confidence"


def did_callaway_santanna(sample: DidSample, comparison: str, anticipation: int) -> DidFit:
    """Effects by cohort and period, doubly robust, averaged over treated units (Callaway & Sant'Anna 2021).

    Args:
        sample: the rows.
        comparison: "never" or "not_yet".
        anticipation: periods before treatment in which it may already act.
    """
    from diff_diff import CallawaySantAnna

    frame, design = library_frame(sample)
    model = CallawaySantAnna(
        control_group="not_yet_treated" if comparison == "not_yet" else "never_treated",
        anticipation=anticipation,
        estimation_method="dr",
        base_period="universal",
        panel=sample.panel,
        cluster="cluster" if sample.clustered and design is None else None,
    )
    found = library_fit(model, frame, sample, design)
    event, groups = found.aggregate("event_study"), found.aggregate("group")
    rows = [
        (int(label), float(value), float(error))
        for label, value, error in zip(groups.label, groups.att, groups.se, strict=True)
        if np.isfinite(value)
    ]
    return event_fit(found, event, tuple(rows), anticipation)


def did_sun_abraham(sample: DidSample, comparison: str, anticipation: int) -> DidFit:
    """A regression with products of cohort and event time, averaged with the cohorts' shares (Sun & Abraham 2021)."""
    from diff_diff import SunAbraham

    if not sample.panel:
        raise Refused("sun_abraham needs a panel: name --unit, or take --estimator callaway_santanna")
    sample = interacted_covariates(sample)
    frame, design = library_frame(sample)
    model = SunAbraham(
        control_group="not_yet_treated" if comparison == "not_yet" else "never_treated",
        anticipation=anticipation,
        cluster="cluster" if sample.clustered and design is None else None,
    )
    found = library_fit(model, frame, sample, design)
    times = np.array([int(value) for value in found.event_study_vcov_index])
    values = np.array([found.event_study_effects[time]["effect"] for time in times], dtype=float)
    errors = np.array([found.event_study_effects[time]["se"] for time in times], dtype=float)
    covariance = np.asarray(found.event_study_vcov, dtype=float)
    keep = np.isfinite(values) & (times != -1 - anticipation)
    return DidFit(
        float(found.overall_att),
        float(found.overall_se),
        times[keep],
        values[keep],
        errors[keep],
        covariance[np.ix_(keep, keep)],
        (),
    )


def did_imputation(sample: DidSample, comparison: str, anticipation: int) -> DidFit:
    """What untreated rows foretell for treated ones, by unit and period effects (Borusyak, Jaravel & Spiess 2024).

    All untreated rows are the comparison, whatever `comparison` says.
    """
    from diff_diff import ImputationDiD

    if not sample.panel:
        raise Refused("imputation needs a panel: name --unit, or take --estimator callaway_santanna")
    sample = interacted_covariates(sample)
    frame, design = library_frame(sample)
    model = ImputationDiD(
        anticipation=anticipation,
        pretrends=True,
        cluster="cluster" if sample.clustered and design is None else None,
    )
    found = library_fit(model, frame, sample, design)
    groups = found.aggregate("group")
    rows = [
        (int(label), float(value), float(error))
        for label, value, error in zip(groups.label, groups.att, groups.se, strict=True)
        if np.isfinite(value)
    ]
    return event_fit(found, found.aggregate("event_study"), tuple(rows), anticipation)


def library_frame(sample: DidSample) -> tuple[Any, Any]:
    """The rows under safe names, and how the library is to weight them."""
    if not sample.weighted:
        return sample.frame(), None
    from diff_diff import SurveyDesign

    return sample.frame(), SurveyDesign(weights="w", psu="cluster")


def library_fit(model: Any, frame: Any, sample: DidSample, design: Any) -> Any:
    """Fit, and pass on as a refusal what the library cannot estimate.

    Raises:
        Refused: the rows do not identify the effect.
    """
    names = [f"x{place + 1}" for place in range(sample.covariates.shape[1])]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = model.fit(
                frame,
                outcome="y",
                unit="unit",
                time="time",
                first_treat="first",
                covariates=names or None,
                survey_design=design,
            )
        except (ValueError, ArithmeticError, RuntimeError, np.linalg.LinAlgError) as error:
            raise Refused(
                f"the effect cannot be estimated from these rows ({error}): name fewer confounders, or look for "
                "cohorts with very few units"
            ) from None
    if not np.isfinite(found.overall_att):
        raise Refused("the rows do not identify the effect: no treated unit can be compared with an untreated one")
    return found


def event_fit(found: Any, event: Any, groups: tuple[tuple[int, float, float], ...], anticipation: int) -> DidFit:
    """The library's answer as ours."""
    times = np.asarray(event.event_time, dtype=int)
    values, errors = np.asarray(event.att, dtype=float), np.asarray(event.se, dtype=float)
    keep = np.isfinite(values) & (times != -1 - anticipation) & np.isfinite(errors)
    covariance = None
    if event.vcov is not None:
        place = {int(time): number for number, time in enumerate(event.vcov_index)}
        keep &= np.array([int(time) in place for time in times])
        wanted = [place[int(time)] for time in times[keep]]
        covariance = np.asarray(event.vcov, dtype=float)[np.ix_(wanted, wanted)]
    return DidFit(
        float(found.overall_att),
        float(found.overall_se),
        times[keep],
        values[keep],
        errors[keep],
        covariance,
        groups,
    )


def interacted_covariates(sample: DidSample) -> DidSample:
    """Confounders that never change within a unit, times the period: else the unit effects would swallow them."""
    if not sample.covariates.shape[1]:
        return sample
    parts, names = [], []
    order = np.unique(sample.unit, return_inverse=True)[1]
    count = np.bincount(order)
    for place, name in enumerate(sample.covariate_names):
        column = sample.covariates[:, place]
        mean = (np.bincount(order, weights=column) / count)[order]
        if np.abs(column - mean).max() > 1e-9 * max(1.0, float(np.abs(column).max())):
            parts.append(column)
            names.append(name)
            continue
        centred = column - column.mean()
        for period in np.unique(sample.time)[1:]:
            parts.append(centred * (sample.time == period))
            names.append(f"{name}, in {sample.periods[period - 1]}")
    return replace(sample, covariates=np.column_stack(parts), covariate_names=tuple(names))


def chosen_comparison(sample: DidSample, comparison: str) -> str:
    """Never-treated clusters where there are enough, else also those not treated yet."""
    if comparison != "auto":
        return comparison
    never = int(np.unique(sample.clusters[sample.first == 0]).size)
    return "never" if never >= FEWEST_NEVER or not sample.is_staggered else "not_yet"
