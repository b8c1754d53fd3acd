"""Bands that hold for all periods at once, and the test of the periods before treatment."""

from __future__ import annotations

import numpy as np
from scipy import stats

from cerebro_causal.blocks.did_fit import DidFit
from cerebro_causal.blocks.did_sample import DidSample

BAND_DRAWS = 20_000
FEWEST_OF_A_PERIOD = 3  # fewer clusters say nothing of their own spread


def band_reach(covariance: np.ndarray, degrees: float, level: float, seed: int) -> float:
    """How many standard errors a band needs to hold everywhere at once (sup-t; Montiel Olea & Plagborg-Moller 2019).

    Args:
        covariance: (k, k) of the estimates.
        degrees: of Student's t.
        level: of the band.
        seed: of the draws.
    """
    largest = largest_ratios(covariance, degrees, seed)
    single = float(stats.t.ppf((1 + level) / 2, degrees))
    return max(single, float(np.quantile(largest, level)))


def largest_ratios(covariance: np.ndarray, degrees: float, seed: int) -> np.ndarray:
    """Draws of the largest |t| over all estimates where every effect is zero."""
    errors = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(errors, errors)
    values, vectors = np.linalg.eigh((correlation + correlation.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, 0))
    rng = np.random.default_rng(seed)
    draws = np.abs(rng.standard_normal((BAND_DRAWS, len(errors))) @ root.T).max(axis=1)
    if np.isfinite(degrees):
        draws = draws / np.sqrt(rng.chisquare(degrees, BAND_DRAWS) / degrees)
    return np.asarray(draws)


def before_treatment(sample: DidSample, fit: DidFit, anticipation: int) -> np.ndarray:
    """(k,) which event times lie before treatment can act, back to the first that fewer than three clusters show."""
    before = fit.event_times < -1 - anticipation
    since = sample.time - sample.first
    for time in sorted(fit.event_times[before], reverse=True):
        shown = np.unique(sample.clusters[(sample.first > 0) & (since == time)]).size
        if shown < FEWEST_OF_A_PERIOD:
            return np.asarray(before & (fit.event_times > time))
    return before


def joint_degrees(sample: DidSample, fit: DidFit) -> float:
    """Degrees of freedom of a joint covariance: no more than the smaller side has clusters, less one."""
    return min(fit.degrees, max(sample.smaller_side - 1.0, 1.0))


def pretrend_p_value(sample: DidSample, fit: DidFit, before: np.ndarray, seed: int) -> float:
    """Of parallel movement in all periods before treatment.

    Hotelling's T squared where the smaller side has at least five clusters for each period, else the largest |t|.
    """
    degrees = joint_degrees(sample, fit)
    covariance = np.asarray(fit.event_covariance)[np.ix_(before, before)]
    values = fit.event[before]
    count = len(values)
    if degrees + 1 >= 5 * count:
        wald = float(values @ np.linalg.pinv(covariance, rcond=1e-10) @ values)
        spare = degrees - count + 1
        return float(stats.f.sf(wald * spare / (degrees * count), count, spare))
    largest = largest_ratios(covariance, degrees, seed)
    observed = float((np.abs(values) / np.sqrt(np.diag(covariance))).max())
    return float((1 + (largest >= observed).sum()) / (1 + len(largest)))


def missed_slope(fit: DidFit, before: np.ndarray, level: float = 0.05, power: float = 0.8) -> float:
    """The steepest straight trend that the test of the periods before would miss one time in five (Roth 2022)."""
    covariance = np.asarray(fit.event_covariance)[np.ix_(before, before)]
    times = fit.event_times[before] + 1.0  # the reference is -1
    gain = float(times @ np.linalg.pinv(covariance, rcond=1e-10) @ times)
    count = len(times)
    critical = float(stats.chi2.ppf(1 - level, count))
    low, high = 0.0, 1000.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if stats.ncx2.sf(critical, count, middle) < power else (low, middle)
    return float(np.sqrt(high / gain)) if gain > 0 else float("inf")
