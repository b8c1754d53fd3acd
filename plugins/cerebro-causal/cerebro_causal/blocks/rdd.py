"""Discontinuities: the effect of a treatment that begins, or becomes likelier, at a cutoff."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cerebro_causal.blocks.causal_sample import missing_diagnostics
from cerebro_causal.blocks.design_counts import arm_counts
from cerebro_causal.blocks.rdd_charts import bandwidths_chart, cutoff_chart, density_chart
from cerebro_causal.blocks.rdd_checks import (
    bandwidth_diagnostics,
    covariate_diagnostics,
    covariate_jumps,
    density_diagnostic,
    jumps_table,
    other_bandwidths,
    placebo_diagnostics,
    placebo_effects,
    rows_diagnostics,
    take_up_diagnostics,
    tried_table,
    with_holes,
    with_outcome,
)
from cerebro_causal.blocks.rdd_density import density_jump
from cerebro_causal.blocks.rdd_effect import CurveSettings, CutoffEffect, cutoff_effect
from cerebro_causal.blocks.rdd_report import cutoff_answer, cutoff_estimates, cutoff_facts
from cerebro_causal.blocks.rdd_sample import CutoffSample, cutoff_sample
from cerebro_causal.blocks.study_report import cluster_diagnostics
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart, Diagnostic, Result, ResultTable
from cerebro_core.blocks.source import Source


def analyse(
    source: Source,
    *,
    treatment: str | None,
    outcome: str,
    running: str | None,
    cutoff: float | None,
    fuzzy: bool,
    kink: bool,
    bandwidth: float | None,
    bandwidth_rule: str,
    kernel: str,
    degree: int | None,
    donut: float,
    confounders: Sequence[str],
    cluster: str | None,
    weights: str | None,
    control: str | None,
    stage: str,
    missing: str,
    ci_level: float,
) -> Result:
    """Effect of the treatment at the cutoff (Hahn, Todd & van der Klaauw 2001; Calonico, Cattaneo & Titiunik 2014).

    Confounders are not adjusted for: that they do not jump is a check.

    Args:
        source: the table.
        treatment, outcome, running, confounders, cluster, weights: columns.
        cutoff: value of the running column from which rows are treated.
        fuzzy: whether the cutoff only moves the chance, or the dose, of the treatment.
        kink: whether a slope changes at the cutoff, and not a level.
        bandwidth, bandwidth_rule, kernel, degree: how curves are fitted.
        donut: leave out rows closer to the cutoff than this.
        control: the untreated value of a treatment in words.
        stage: "design" to stop before the outcome is looked at.
        missing: what to do with empty cells.
        ci_level: level of the intervals.

    Raises:
        Refused: there are no rows on a side, the cutoff is not known, or the treatment is not what it says.
    """
    sample = cutoff_sample(
        source,
        treatment=treatment,
        outcome=outcome,
        running=running,
        cutoff=cutoff,
        fuzzy=fuzzy,
        kink=kink,
        confounders=confounders,
        control=control,
        weights=weights,
        cluster=cluster,
        missing=missing,
        donut=donut,
    )
    along = str(running)
    settings = CurveSettings(
        degree if degree is not None else 2 if kink else 1, kernel, bandwidth, bandwidth_rule, kink
    )
    checks, tables, charts = cutoff_design(sample, settings, along, ci_level)
    if stage == "design":
        return design_only(sample, settings, checks, tables, charts, running=along, treatment=treatment)
    found = cutoff_effect(sample, settings)
    more, tried_tables, tried_charts = stability(sample, settings, found, ci_level)
    first = cutoff_chart(
        sample, found, settings, sample.study.outcome, name="cutoff", running=along, column=outcome,
        title="The outcome at the cutoff",
    )  # fmt: skip
    shown = [first, *take_up_chart(sample, found, settings, along, treatment), *tried_charts, *charts]
    checks = [*checks[:1], *take_up_diagnostics(found), *rows_diagnostics(found, sample), *checks[1:], *more]
    return Result(
        answer=cutoff_answer(sample, found, settings, ci_level, treatment=treatment, outcome=outcome, running=along),
        estimates=cutoff_estimates(sample, found, settings, ci_level, treatment=treatment, outcome=outcome),
        diagnostics=tuple(checks),
        tables={"sample": cutoff_facts(sample, found, settings, along), **tables, **tried_tables},
        charts=tuple(shown),
        rows_used=len(sample.running),
    )


def cutoff_design(
    sample: CutoffSample, settings: CurveSettings, running: str, level: float
) -> tuple[list[Diagnostic], dict[str, ResultTable], list[Chart]]:
    """What can be checked without the outcome."""
    checks = [density_diagnostic(density_jump(sample), display(running, 60))]
    tables = {}
    jumps = covariate_jumps(sample, settings)
    if jumps:
        caption = "Jumps at the cutoff of what was there before; none should differ from zero by more than chance."
        tables["covariates"] = jumps_table(jumps, level, "Does anything else jump?", caption)
    checks += [
        *covariate_diagnostics(jumps),
        *missing_diagnostics(sample.study),
        *cluster_diagnostics(sample.study),
    ]
    return checks, tables, [density_chart(sample, running)]


def design_only(
    sample: CutoffSample,
    settings: CurveSettings,
    checks: list[Diagnostic],
    tables: dict[str, ResultTable],
    charts: list[Chart],
    *,
    running: str,
    treatment: str | None,
) -> Result:
    """The answer of the stage that does not look at the outcome."""
    if sample.fuzzy:
        found = cutoff_effect(with_outcome(sample, sample.cause), settings)
        charts = [*take_up_chart(sample, found, settings, running, treatment), *charts]
    bad = sum(item.status != "pass" for item in checks)
    doubts = f"{bad} checks of the design raise doubts: read them before you go on."
    fine = "No check of the design raises doubts: run again without --stage design."
    answer = f"The outcome was not looked at. {doubts if bad else fine}"
    sides = arm_counts((sample.running >= 0).astype(int), ("untreated side", "treated side"))
    return Result(answer, sides, tuple(checks), tables, tuple(charts), len(sample.running))


def take_up_chart(
    sample: CutoffSample, found: CutoffEffect, settings: CurveSettings, running: str, treatment: str | None
) -> list[Chart]:
    """The treatment at a cutoff that does not decide it."""
    if not sample.fuzzy or treatment is None:
        return []
    return [
        cutoff_chart(
            sample,
            found,
            settings,
            sample.cause,
            name="take_up",
            running=running,
            column=treatment,
            title="The treatment at the cutoff",
        )
    ]


def stability(
    sample: CutoffSample, settings: CurveSettings, found: CutoffEffect, level: float
) -> tuple[list[Diagnostic], dict[str, ResultTable], list[Chart]]:
    """Other bandwidths, holes around the cutoff, and other cutoffs."""
    wide = other_bandwidths(sample, settings, found)
    holes = with_holes(sample, settings, found)
    placebos = placebo_effects(sample, settings)
    named = [(f"{sample.scale_back(place):.4g}", jump) for place, jump in placebos]
    tables = {
        "bandwidths": tried_table(
            wide, "bandwidth", level, "The effect by bandwidth", "Robust intervals; the third is the best."
        ),
        "donut": tried_table(
            holes, "hole", level, "Without the rows closest to the cutoff",
            "If people moved themselves across, the effect changes when the closest rows are left out.",
        ),
    }  # fmt: skip
    if named:
        caption = "Jumps of the outcome at quarters of each side, with the rows of that side alone; none should be one."
        tables["placebo_cutoffs"] = jumps_table(named, level, "Jumps where nothing happens", caption)
    checks = [*bandwidth_diagnostics(wide, found, level), *placebo_diagnostics(placebos)]
    return checks, tables, [bandwidths_chart(wide, found, level)] if len(np.unique([name for name, _ in wide])) else []
