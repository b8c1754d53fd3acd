"""Which errors an effect gets: by the number of clusters, unless the user says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cerebro_causal.blocks.did_fit import DidFit
from cerebro_causal.blocks.did_jackknife import jackknife_fit, jackknife_strata
from cerebro_causal.blocks.did_sample import DID_AGENT, DidSample
from cerebro_causal.blocks.did_wild import wild_interval
from cerebro_causal.blocks.influence import Effect
from cerebro_core.blocks.result import Diagnostic, Refused, RunDecision

FEW_CLUSTERS_DID = 50  # Cameron & Miller (2015): below some 20 to 50 clusters normal approximations are poor
FEW_DEGREES_DID = 4.0
FEW_TREATED = 5  # MacKinnon & Webb (2017): with fewer treated clusters the wild bootstrap is far off

Inferred = tuple[DidFit, list[tuple[str, str, Effect]], list[Diagnostic], RunDecision]
"""The estimate with its errors, what stands beside, checks, and how the errors were chosen."""


def inferred_fit(
    sample: DidSample, fit: Callable[[DidSample], DidFit], estimator: str, inference: str, level: float, seed: int
) -> Inferred:
    """The estimate with its errors, what stands beside, checks, and how the errors were chosen.

    Args:
        sample: the rows.
        fit: the estimator.
        estimator: its name.
        inference: "auto", "analytic", "jackknife", "cr2" or "wild".
        level: of intervals.
        seed: of the bootstrap.

    Raises:
        Refused: too few clusters, or an inference that the estimator does not have.
    """
    count = sample.cluster_count
    jackknife_strata(sample)  # refuses too few clusters
    taken = chosen_inference(inference, estimator, count)
    whole = fit(sample)
    extra: list[tuple[str, str, Effect]] = []
    if taken == "jackknife":
        whole = jackknife_fit(sample, fit, whole)
    elif whole.event_covariance is None:
        rough = jackknife_fit(sample, fit, whole)  # for the correlations of the event study
        scale = whole.event_errors / rough.event_errors
        known = np.asarray(rough.event_covariance) * np.outer(scale, scale)
        whole = replace(whole, event_covariance=known)
    if taken == "wild":
        whole, extra = wild_fit(sample, whole, level, seed)
    return whole, extra, cluster_checks(sample, whole), inference_decision(inference, taken, count)


def infer_auto(
    sample: DidSample, fit: Callable[[DidSample], DidFit], estimator: str, level: float, seed: int
) -> Inferred:
    """Errors by the number of clusters."""
    return inferred_fit(sample, fit, estimator, "auto", level, seed)


def infer_analytic(
    sample: DidSample, fit: Callable[[DidSample], DidFit], estimator: str, level: float, seed: int
) -> Inferred:
    """The estimator's own errors."""
    return inferred_fit(sample, fit, estimator, "analytic", level, seed)


def infer_jackknife(
    sample: DidSample, fit: Callable[[DidSample], DidFit], estimator: str, level: float, seed: int
) -> Inferred:
    """Errors from leaving clusters out."""
    return inferred_fit(sample, fit, estimator, "jackknife", level, seed)


def infer_cr2(
    sample: DidSample, fit: Callable[[DidSample], DidFit], estimator: str, level: float, seed: int
) -> Inferred:
    """Errors of a regression, right with few clusters."""
    return inferred_fit(sample, fit, estimator, "cr2", level, seed)


def infer_wild(
    sample: DidSample, fit: Callable[[DidSample], DidFit], estimator: str, level: float, seed: int
) -> Inferred:
    """The wild cluster bootstrap."""
    return inferred_fit(sample, fit, estimator, "wild", level, seed)


def chosen_inference(inference: str, estimator: str, count: int) -> str:
    """The errors that are used."""
    if inference in ("wild", "cr2") and estimator != "twfe":
        raise Refused(
            f"--inference {inference} is for --estimator twfe; with {estimator} take auto or jackknife, which leave "
            "out one cluster at a time"
        )
    if inference != "auto":
        return "cr2" if estimator == "twfe" and inference == "analytic" else inference
    if estimator == "twfe":
        return "cr2"
    return "jackknife" if count < FEW_CLUSTERS_DID else "analytic"


def wild_fit(sample: DidSample, whole: DidFit, level: float, seed: int) -> tuple[DidFit, list[tuple[str, str, Effect]]]:
    """The wild bootstrap's interval, with that of CR2 beside."""
    found = wild_interval(sample, level, seed)
    beside = [("att_cr2", "The same with CR2 errors", Effect(whole.att, whole.att_error, whole.degrees))]
    return replace(whole, interval=(found.low, found.high, found.p_value)), beside


def inference_decision(asked: str, taken: str, count: int) -> RunDecision:
    """Which errors, and why."""
    reasons = {
        "analytic": f"{count:,} clusters are enough for errors from the spread of their contributions.",
        "jackknife": f"With {count} clusters, errors come from leaving out one at a time within its cohort.",
        "cr2": "Errors of a regression that stay right with few clusters (CR2, Bell & McCaffrey).",
        "wild": f"The wild cluster bootstrap over {count} clusters.",
    }
    reason = reasons[taken] if asked == "auto" else f"You asked for it. {reasons[taken]}"
    return RunDecision("inference", taken, reason, DID_AGENT)


def cluster_checks(sample: DidSample, fit: DidFit) -> list[Diagnostic]:
    """Whether there are enough clusters for any of this."""
    numbers = np.unique(sample.clusters)
    treated = int(np.unique(sample.clusters[sample.first > 0]).size)
    fewer = min(treated, len(numbers) - treated)
    checks = []
    if fewer < FEW_TREATED:
        message = (
            f"Of {len(numbers)} clusters only {fewer} are {'treated' if treated == fewer else 'untreated'}: the "
            "interval allows for it, but rests on how alike so few are. Do not lean on it alone."
        )
        checks.append(Diagnostic("treated_clusters", "warn", message, float(fewer), float(FEW_TREATED)))
    if fit.degrees < FEW_DEGREES_DID:
        message = (
            f"The error rests on as little as {fit.degrees:.1f} independent comparisons: the interval is wide for that "
            "reason, and depends on how alike clusters are."
        )
        checks.append(Diagnostic("degrees_of_freedom", "warn", message, fit.degrees, FEW_DEGREES_DID))
    return checks
