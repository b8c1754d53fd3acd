"""Difference in differences: what happened to the treated beyond what happened to the untreated at the same time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cerebro_causal.blocks.causal_sample import MOST_ROWS_LOST
from cerebro_causal.blocks.design_counts import arm_counts
from cerebro_causal.blocks.did_bands import band_reach, before_treatment, joint_degrees
from cerebro_causal.blocks.did_fit import DidFit, chosen_comparison
from cerebro_causal.blocks.did_inference import Inferred
from cerebro_causal.blocks.did_report import (
    cohort_table,
    did_answer,
    did_estimates,
    event_chart,
    group_chart,
    sample_diagnostics,
    trend_chart,
)
from cerebro_causal.blocks.did_sample import DID_AGENT, DidSample, did_sample
from cerebro_causal.blocks.did_trends import trend_diagnostics
from cerebro_causal.blocks.did_weights import two_way_weights, weights_chart, weights_diagnostics, weights_table
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.study_report import cause_text, design_answer
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart, Diagnostic, Refused, Result, ResultTable, RunDecision
from cerebro_core.blocks.source import Source


def analyse(
    source: Source,
    *,
    treatment: str | None,
    outcome: str,
    unit: str | None,
    time: str | None,
    first_treated: str | None,
    confounders: Sequence[str],
    cluster: str | None,
    weights: str | None,
    control: str | None,
    estimand: str,
    estimator: Callable[[DidSample, str, int], DidFit],
    comparison: str,
    anticipation: int,
    inference: Callable[[DidSample, Callable[[DidSample], DidFit], str, float, int], Inferred],
    stage: str,
    missing: str,
    ci_level: float,
    seed: int,
) -> Result:
    """The average effect on the treated, by time since treatment and by cohort, and what could be wrong with it.

    Args:
        source: the table.
        treatment, outcome, unit, time, first_treated, confounders, cluster, weights: columns.
        control: the value of the treatment that is untreated.
        estimand: "att", or "ate" for what the method can say of it, which is the same.
        estimator: how effects are estimated.
        comparison: "never", "not_yet" or "auto".
        anticipation: periods before treatment in which it may already act.
        inference: how intervals come about.
        stage: "design" to stop before effects are looked at.
        missing: what to do with empty cells.
        ci_level: level of intervals and bands.
        seed: of bootstrap and bands.

    Raises:
        Refused: the rows do not allow the method.
    """
    sample = did_sample(
        source,
        treatment=treatment,
        outcome=outcome,
        unit=unit,
        time=time,
        first_treated=first_treated,
        confounders=confounders,
        control=control,
        weights=weights,
        cluster=cluster,
        missing=missing,
    )
    if estimand not in ("ate", "att"):
        raise Refused(f"--estimand {estimand}: difference in differences answers for the treated (att)")
    checks = [*left_out_diagnostics(sample), *sample_diagnostics(sample)]
    tables: dict[str, ResultTable] = {"cohorts": cohort_table(sample)}
    if stage == "design":
        return Result(
            design_answer(checks),
            arm_counts((sample.first > 0).astype(int), ("never treated", "treated")),
            tuple(checks),
            tables,
            (),
            len(sample.outcome),
            sample.decisions,
        )
    taken = chosen_comparison(sample, comparison)
    name = estimator.__name__.removeprefix("did_")
    fit, extra, more, decision = inference(
        sample, lambda rows: estimator(rows, taken, anticipation), name, ci_level, seed
    )
    checks += more
    before = before_treatment(sample, fit, anticipation)
    trend_checks, trend_tables, trend_charts = trend_diagnostics(sample, fit, before, anticipation, ci_level, seed)
    charts: list[Chart] = []
    if len(fit.event_times) > 1:
        reach = band_reach(np.asarray(fit.event_covariance), joint_degrees(sample, fit), ci_level, seed)
        charts.append(event_chart(fit, ci_level, reach, -1 - anticipation, outcome))
        tables["event_study"] = event_table(fit, reach, ci_level)
    charts.append(trend_chart(sample, outcome))
    if len(fit.groups) > 1:
        charts.append(group_chart(fit, sample, ci_level, outcome))
    charts += trend_charts
    tables |= trend_tables
    if sample.is_staggered:
        shares = two_way_weights(sample)
        checks += weights_diagnostics(shares, name)
        if shares.comparisons:
            tables["two_way_weights"] = weights_table(shares)
            charts.append(weights_chart(shares))
    cause = (
        cause_text(treatment, sample.arms)
        if treatment
        else f"The treatment (from '{display(str(first_treated), 60)}' on)"
    )
    return Result(
        answer=did_answer(fit, ci_level, cause=cause, outcome=outcome, tested=bool(before.any())),
        estimates=did_estimates(fit, sample, ci_level, outcome, extra),
        diagnostics=(*trend_checks, *checks),
        tables=tables,
        charts=tuple(charts),
        rows_used=len(sample.outcome),
        decisions=(*sample.decisions, *comparison_decision(sample, comparison, taken, name), decision),
    )


def left_out_diagnostics(sample: DidSample) -> list[Diagnostic]:
    """Rows without a value."""
    if not sample.lost:
        return []
    share = sample.lost / sample.rows_in_file
    message = (
        f"{sample.lost:,} of {sample.rows_in_file:,} rows ({share:.0%}) were left out for empty cells: the answer "
        "holds for the rest only, unless cells are empty by chance."
    )
    return [Diagnostic("rows_left_out", "pass" if share <= MOST_ROWS_LOST else "warn", message, share, MOST_ROWS_LOST)]


def comparison_decision(sample: DidSample, asked: str, taken: str, estimator: str) -> list[RunDecision]:
    """Whom the treated are compared with, where that was open."""
    if asked != "auto" or estimator not in ("callaway_santanna", "sun_abraham"):
        return []
    reason = (
        "Enough units are never treated; they are the comparison that can be explained most easily."
        if taken == "never"
        else "Few units are never treated, so those not treated yet are compared with as well."
    )
    return [RunDecision("comparison", taken, reason, DID_AGENT)]


def event_table(fit: DidFit, reach: float, level: float) -> ResultTable:
    """Effects by event time with intervals and bands."""
    rows = []
    for time, value, error in zip(fit.event_times.tolist(), fit.event, fit.event_errors, strict=True):
        low, high = Effect(float(value), float(error), fit.degrees).interval(level)
        rows.append(
            (time, float(value), float(error), low, high, float(value - reach * error), float(value + reach * error))
        )
    columns = ("periods since treatment", "effect", "std error", "low", "high", "band low", "band high")
    caption = "Against the last period before treatment. Bands hold for all periods at once, intervals for one."
    return ResultTable(columns, tuple(rows), "Effect by time since treatment", caption)
