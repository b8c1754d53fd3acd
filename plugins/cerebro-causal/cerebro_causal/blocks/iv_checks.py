"""What can be checked of instruments: strength, agreement, balance, and whether they were needed."""

from __future__ import annotations

import numpy as np
from scipy import stats

from cerebro_causal.blocks.iv_estimators import Overidentification
from cerebro_causal.blocks.iv_sample import InstrumentSample
from cerebro_causal.blocks.p_values import p_diagnostic
from cerebro_causal.blocks.partialled import PartialledFit, partialled_regression
from cerebro_causal.blocks.weak_instruments import Strength
from cerebro_core.blocks.result import Diagnostic

WEAK = 10.0  # Staiger & Stock (1997); for the effective F by Andrews, Stock & Sun (2019)
INVALID = 0.01
DOUBTED = 0.05
UNBALANCED = 0.001
MOST_INSTRUMENTS = 0.1  # of the rows; Bekker (1994): 2SLS leans to plain regression as this share grows


def regress(sample: InstrumentSample, outcomes: np.ndarray, columns: np.ndarray, errors: str) -> PartialledFit:
    """Regression on columns and confounders, with the weights and clusters of the sample."""
    study = sample.study
    clusters = study.clusters if study.clustered else None
    return partialled_regression(outcomes, columns, sample.base, study.weights, clusters, errors)


def strength_diagnostic(strength: Strength, treatment: str) -> Diagnostic:
    """Whether the instruments move the treatment enough for ordinary intervals."""
    size = f"effective F {strength.effective:.1f}"
    if strength.effective < WEAK:
        message = (
            f"The instruments hardly move '{treatment}' ({size}, below {WEAK:.0f}): estimates lean towards what plain "
            "regression says, and ordinary intervals are wrong. The interval in the answer (Anderson-Rubin) allows for "
            "it. Only stronger instruments, or more rows, help."
        )
        return Diagnostic("instrument_strength", "fail", message, strength.effective, WEAK)
    if strength.effective < strength.critical:
        message = (
            f"The instruments move '{treatment}' only moderately ({size}; {strength.critical:.1f} rules out a bias "
            "above a tenth of the worst): trust the Anderson-Rubin interval, which stands in the answer."
        )
        return Diagnostic("instrument_strength", "warn", message, strength.effective, strength.critical)
    message = f"The instruments move '{treatment}' well ({size}, above {strength.critical:.1f})."
    return Diagnostic("instrument_strength", "pass", message, strength.effective, strength.critical)


def agreement_diagnostics(test: Overidentification | None) -> list[Diagnostic]:
    """Whether several instruments tell the same effect."""
    if test is None:
        return []
    if test.p_value >= DOUBTED:
        message = (
            f"The instruments agree ({test.name}'s test, p = {test.p_value:.2g}), which does not show that they are "
            "right: they may err alike."
        )
        return [Diagnostic("overidentification", "pass", message, test.p_value, DOUBTED)]
    status = "fail" if test.p_value < INVALID else "warn"
    message = (
        f"The instruments contradict each other ({test.name}'s test, p = {test.p_value:.2g}): at least one moves the "
        "outcome by another way than the treatment, or they move people whose effects differ. Ask with each alone."
    )
    return [Diagnostic("overidentification", status, message, test.p_value, INVALID if status == "fail" else DOUBTED)]


def balance_diagnostics_of(sample: InstrumentSample, errors: str) -> list[Diagnostic]:
    """Whether confounders differ by the instruments, as they would not if these came by chance."""
    covariates = sample.study.covariates
    if not covariates.shape[1]:
        return []
    study = sample.study
    ones = np.ones((len(study.outcome), 1))
    clusters = study.clusters if study.clustered else None
    fit = partialled_regression(sample.instruments, covariates, ones, study.weights, clusters, errors)
    smallest = 1.0
    for place in range(sample.instruments.shape[1]):
        spare = max(fit.degrees - (covariates.shape[1] - 1 if study.clustered else 0), 1.0)
        smallest = min(smallest, float(stats.f.sf(fit.wald(place), covariates.shape[1], spare)))
    p_value = min(1.0, smallest * sample.instruments.shape[1])
    fine = p_value >= UNBALANCED
    message = (
        "The confounders are alike whatever the instruments are, as if these came by chance."
        if fine
        else "The confounders differ by the instruments. They are adjusted for; but what comes not by chance may "
        "differ in things that nobody measured as well, and then the answer is wrong."
    )
    return [p_diagnostic("instrument_balance", "pass" if fine else "warn", message, p_value, UNBALANCED)]


def count_diagnostics(sample: InstrumentSample, estimator: str) -> list[Diagnostic]:
    """Whether there are so many instruments that 2SLS leans to plain regression."""
    many, rows = sample.instruments.shape[1], len(sample.study.outcome)
    if many < 3:
        return []
    fine = many <= MOST_INSTRUMENTS * rows or estimator == "liml"
    message = f"There are {many} instruments for {rows:,} rows" + (
        "." if fine else ": with so many, 2sls and gmm lean to plain regression. Say --estimator liml, or name fewer."
    )
    return [Diagnostic("many_instruments", "pass" if fine else "warn", message, many / rows, MOST_INSTRUMENTS)]


def endogeneity_diagnostic(sample: InstrumentSample, errors: str) -> Diagnostic:
    """Wu-Hausman by regression: outcome on the treatment and on what the instruments leave of it (Hausman 1978)."""
    cause = sample.study.cause
    first = regress(sample, cause[:, None], sample.instruments, errors)
    fit = regress(sample, sample.study.outcome[:, None], np.column_stack([cause, first.residuals]), errors)
    p_value = fit.effect(0, 1).p_value
    if p_value is None:
        return Diagnostic("endogeneity", "warn", "Whether plain regression differs could not be computed.")
    message = (
        f"Plain regression answers otherwise (Wu-Hausman test, p = {p_value:.2g}): the instruments were needed."
        if p_value < DOUBTED
        else f"The data do not tell this answer from that of plain regression (Wu-Hausman test, p = {p_value:.2g}); "
        "that does not show that plain regression is right."
    )
    return Diagnostic("endogeneity", "pass", message, p_value, DOUBTED)
