"""Instruments: the effect of a treatment from what moved it and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cerebro_causal.blocks.anderson_rubin import AndersonRubin
from cerebro_causal.blocks.causal_sample import missing_diagnostics
from cerebro_causal.blocks.influence import effect_estimate
from cerebro_causal.blocks.iv_charts import plausibility_chart, stages_chart
from cerebro_causal.blocks.iv_checks import (
    agreement_diagnostics,
    balance_diagnostics_of,
    count_diagnostics,
    endogeneity_diagnostic,
    regress,
    strength_diagnostic,
)
from cerebro_causal.blocks.iv_estimators import instrumental_effect, overidentification_test
from cerebro_causal.blocks.iv_report import (
    anderson_rubin_estimate,
    compared_table,
    instrument_answer,
    instrument_facts,
    moved_table,
    stage_estimates,
)
from cerebro_causal.blocks.iv_sample import InstrumentSample, instrument_sample
from cerebro_causal.blocks.study_report import cluster_diagnostics
from cerebro_causal.blocks.weak_instruments import Strength, instrument_strength
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Diagnostic, Estimate, Result, ResultTable
from cerebro_core.blocks.source import Source


def analyse(
    source: Source,
    *,
    treatment: str | None,
    outcome: str,
    instruments: Sequence[str],
    confounders: Sequence[str],
    cluster: str | None,
    weights: str | None,
    control: str | None,
    estimator: str | None,
    errors: str,
    stage: str,
    missing: str,
    ci_level: float,
) -> Result:
    """Effect of one more unit of the treatment for those whom the instruments moved (LATE; Imbens & Angrist 1994).

    The interval of the answer is Anderson and Rubin's where there is one instrument, or where several are not strong:
    it holds however weak they are, and may be unbounded or empty. With several strong ones it is the ordinary one.

    Args:
        source: the table.
        treatment, outcome, instruments, confounders, cluster, weights: columns.
        control: the untreated value of a treatment in words.
        estimator: "2sls", "liml" or "gmm".
        errors: "robust" or "classical".
        stage: "design" to stop before the outcome is looked at.
        missing: what to do with empty cells.
        ci_level: level of the intervals.

    Raises:
        Refused: an instrument never varies or is the treatment; rows or clusters are too few.
    """
    sample = instrument_sample(
        source,
        treatment=treatment,
        outcome=outcome,
        instruments=instruments,
        confounders=confounders,
        control=control,
        weights=weights,
        cluster=cluster,
        missing=missing,
    )
    cause = str(treatment)
    way = estimator or "2sls"
    checks, strength = design_checks(sample, errors, way, cause)
    if stage == "design":
        return design_result(sample, checks, errors, ci_level, cause)
    both = np.column_stack([sample.study.outcome, sample.study.cause])
    fit = regress(sample, both, sample.instruments, errors)
    test = AndersonRubin(fit)
    effect = instrumental_effect(sample, way, errors)
    weak = strength.effective < strength.critical
    estimates = effect_estimates(sample, way, errors, test, ci_level, weak=weak, treatment=cause, outcome=outcome)
    pieces = estimates[0].ci_set
    if pieces is None:
        pieces = ((estimates[0].ci_low, estimates[0].ci_high),)
    failing = any(item.name == "instrument_strength" and item.status == "fail" for item in checks)
    answer = instrument_answer(sample, effect, pieces, ci_level, weak=failing, treatment=cause, outcome=outcome)
    more = [*agreement_diagnostics(overidentification_test(sample, errors)), *empty_diagnostics(test, ci_level)]
    tables = design_tables(sample, cause)
    tables["compared"] = comparison(sample, way, errors, ci_level)
    return Result(
        answer=answer,
        estimates=(*estimates, *stage_estimates(sample, fit, ci_level, treatment=cause, outcome=outcome)),
        diagnostics=(*checks, *more, endogeneity_diagnostic(sample, errors)),
        tables=tables,
        charts=(
            plausibility_chart(test, effect, ci_level, cause, outcome),
            stages_chart(sample, cause, outcome),
        ),
        rows_used=len(sample.study.outcome),
    )


def design_checks(
    sample: InstrumentSample, errors: str, estimator: str, treatment: str
) -> tuple[list[Diagnostic], Strength]:
    """What can be checked without the outcome."""
    first = regress(sample, sample.study.cause[:, None], sample.instruments, errors)
    strength = instrument_strength(first, 0)
    checks = [
        strength_diagnostic(strength, display(treatment, 60)),
        *balance_diagnostics_of(sample, errors),
        *count_diagnostics(sample, estimator),
        *missing_diagnostics(sample.study),
        *cluster_diagnostics(sample.study),
    ]
    return checks, strength


def design_tables(sample: InstrumentSample, treatment: str) -> dict[str, ResultTable]:
    """Who was compared, and whom the instrument moved."""
    tables = {"sample": instrument_facts(sample, treatment)}
    moved = moved_table(sample)
    if moved is not None:
        tables["moved"] = moved
    return tables


def design_result(
    sample: InstrumentSample, checks: list[Diagnostic], errors: str, level: float, treatment: str
) -> Result:
    """The answer of the stage that does not look at the outcome."""
    fit = regress(sample, sample.study.cause[:, None], sample.instruments, errors)
    bad = sum(item.status != "pass" for item in checks)
    doubts = f"{bad} checks of the design raise doubts: read them before you go on."
    fine = "No check of the design raises doubts: run again without --stage design."
    answer = f"The outcome was not looked at. {doubts if bad else fine}"
    estimates = stage_estimates(sample, fit, level, treatment=treatment, outcome=None)
    charts = (stages_chart(sample, treatment, None),)
    tables = design_tables(sample, treatment)
    return Result(answer, tuple(estimates), tuple(checks), tables, charts, len(sample.study.outcome))


def effect_estimates(
    sample: InstrumentSample,
    estimator: str,
    errors: str,
    test: AndersonRubin,
    level: float,
    *,
    weak: bool,
    treatment: str,
    outcome: str,
) -> list[Estimate]:
    """The answer, then the same with the other interval, then plain regression."""
    effect = instrumental_effect(sample, estimator, errors)
    arms = sample.study.arms
    what = f"Effect of {arms[1]} against {arms[0]}" if arms else f"Effect of one more unit of {display(treatment, 40)}"
    robust = anderson_rubin_estimate("late", effect, test, level, text=f"{what} ({estimator})", outcome=outcome)
    wald = effect_estimate("late", effect, level, text=f"{what} ({estimator})", outcome=outcome)
    if weak or sample.instruments.shape[1] == 1:
        text = f"{what}, ordinary interval ({estimator})"
        pair = [robust, effect_estimate("late_wald", effect, level, text=text, outcome=outcome)]
    else:
        text = f"{what}, Anderson-Rubin interval ({estimator})"
        pair = [wald, anderson_rubin_estimate("late_anderson_rubin", effect, test, level, text=text, outcome=outcome)]
    plain = regress(sample, sample.study.outcome[:, None], sample.study.cause[:, None], errors).effect(0, 0)
    text = "Plain regression, for comparison (compares those who chose)"
    return [*pair, effect_estimate("plain_regression", plain, level, text=text, outcome=outcome)]


def empty_diagnostics(test: AndersonRubin, level: float) -> list[Diagnostic]:
    """Whether some effect fits all instruments."""
    if test.interval(level):
        return []
    message = (
        "No size of the effect fits all instruments at once (the Anderson-Rubin set is empty): at least one of them "
        "moves the outcome by another way, or effects differ much. Ask with each instrument alone."
    )
    return [Diagnostic("anderson_rubin_set", "fail", message)]


def comparison(sample: InstrumentSample, estimator: str, errors: str, level: float) -> ResultTable:
    """The chosen estimator beside the others and plain regression."""
    several = sample.instruments.shape[1] > 1
    ways = ["2sls", "liml", "gmm"] if several else [estimator]
    rows = [(way, instrumental_effect(sample, way, errors)) for way in ways]
    plain = regress(sample, sample.study.outcome[:, None], sample.study.cause[:, None], errors).effect(0, 0)
    return compared_table([*rows, ("plain regression", plain)], level)
