"""Whether the experiment was run well: arm sizes, units in two arms, missing outcomes, outliers, covariates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.arm_means import influence_of
from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_core.blocks.display import display
from cerebro_core.blocks.moment_sql import MomentSet
from cerebro_core.blocks.result import Diagnostic
from cerebro_core.blocks.source import Source

FEW_DOUBLE = 0.01
RARE = 0.001
HEAVY_ROW = 0.05
SKEW_ROWS = 355.0
ENOUGH_OF_BOTH = 10
MOST_SKEW_ROWS = 5_000_000  # of more rows single heavy ones still tell, and the third moment is dear


def health_checks(
    source: Source,
    arms: Arms,
    metrics: Sequence[Metric],
    covariates: Sequence[str],
    cluster: str | None,
    unit: str | None,
    date: str | None,
    covariate_date: str | None,
    least_p: float,
) -> list[Diagnostic]:
    """All checks that do not depend on how the arms are compared."""
    found = [size_check(source, arms, cluster or unit, least_p)]
    for column in dict.fromkeys(name for name in (unit, cluster) if name):
        found.append(overlap_check(source, arms, column))
    if unit is not None and cluster is None:
        found.append(repeat_check(source, unit))
    facts = value_facts(source, arms, metrics)
    found += [missing_check(arms, metric, facts[place]) for place, metric in enumerate(metrics)]
    for place, metric in enumerate(metrics):
        if metric.role != "guardrail":
            found.append(outlier_check(metric, facts[place]))
    if covariates:
        found.append(covariate_check(source, arms, covariates, cluster))
    if covariate_date is not None and date is not None:
        found.append(covariate_date_check(source, date, covariate_date))
    return found


def size_check(source: Source, arms: Arms, unit: str | None, least_p: float) -> Diagnostic:
    """Sample ratio mismatch: are the arms as large as they were meant to be (Fabijan et al. 2019)?"""
    counts = np.array(arms.counts, float)
    if unit is not None:
        rows = source.aggregate({"number of units": ("distinct", unit)}, by=[arms.column])
        of_arm = {row[arms.column]: row["number of units"] for row in rows}
        counts = np.array([of_arm[value] for value in arms.values], float)
    expected = counts.sum() * np.array(arms.shares)
    p_value = float(stats.chi2.sf(float(((counts - expected) ** 2 / expected).sum()), len(counts) - 1))
    sizes = ", ".join(f"{display(name)} {n:,.0f}" for name, n in zip(arms.names, counts, strict=True))
    if p_value >= least_p:
        return Diagnostic("sample_ratio", "pass", f"The arms are as large as planned ({sizes}).", p_value, least_p)
    planned = ", ".join(f"{display(name)} {n:,.0f}" for name, n in zip(arms.names, expected, strict=True))
    message = (
        f"Sample ratio mismatch: the arms hold {sizes}, where {planned} were planned; chance would do this once in "
        f"{1 / max(p_value, 1e-300):,.3g} experiments. Units are lost or put into arms in another way than meant, so "
        "the "
        "comparison is not fair: find the cause, or correct --allocation if other shares were planned."
    )
    return Diagnostic("sample_ratio", "fail", message, p_value, least_p)


def overlap_check(source: Source, arms: Arms, unit: str) -> Diagnostic:
    """Is a unit in two arms?"""
    asked = {"number of units": ("distinct", unit)}
    rows = source.aggregate(asked, by=[arms.column])
    of_arms = sum(row["number of units"] for row in rows if row[arms.column] is not None)
    every = source.aggregate(asked)[0]["number of units"]
    double = max(of_arms - every, 0)
    share = double / max(every, 1)
    if double == 0:
        return Diagnostic("units_in_two_arms", "pass", f"No '{display(unit)}' is in two arms.", 0.0, 0.0)
    return Diagnostic(
        "units_in_two_arms",
        "fail" if share > FEW_DOUBLE else "warn",
        f"{double:,} of {every:,} values of '{display(unit)}' are in more than one arm ({share:.2%}): they saw both "
        "variants. Leave them out, and find out how it came about.",
        share,
        FEW_DOUBLE,
    )


def repeat_check(source: Source, unit: str) -> Diagnostic:
    """Are there several rows of a unit, which are no independent evidence?"""
    row = source.aggregate({"number of rows": ("count", unit), "number of units": ("distinct", unit)})[0]
    rows, units = row["number of rows"], row["number of units"]
    if rows == units:
        return Diagnostic("independent_rows", "pass", f"Each '{display(unit)}' has one row.", 1.0, 1.0)
    return Diagnostic(
        "independent_rows",
        "fail",
        f"{rows:,} rows are of {units:,} values of '{display(unit)}': rows of one unit hang together, and the "
        "intervals "
        f"are too narrow. Say --cluster with this column.",
        rows / max(units, 1),
        1.0,
    )


def value_facts(source: Source, arms: Arms, metrics: Sequence[Metric]) -> list[list[dict[str, Any]]]:
    """For each metric the facts of each arm, from one pass over the rows; skewness where there are not too many."""
    functions = {"count": "count", "mean": "mean", "var": "var", "low": "min", "high": "max"}
    if sum(arms.counts) <= MOST_SKEW_ROWS:
        functions["skew"] = "skewness"
    asked: dict[str, tuple[str, ...]] = {"number of rows": ("rows",)}
    for place, metric in enumerate(metrics):
        asked |= {f"{name} of {place}": (function, metric.name) for name, function in functions.items()}
    rows = {row[arms.column]: row for row in source.aggregate(asked, by=[arms.column])}
    return [
        [
            {name: rows[value][f"{name} of {place}"] for name in functions} | {"rows": rows[value]["number of rows"]}
            for value in arms.values
        ]
        for place in range(len(metrics))
    ]


def missing_check(arms: Arms, metric: Metric, facts: Sequence[Mapping[str, Any]]) -> Diagnostic:
    """Are outcomes missing in one arm more often than in another?"""
    there = np.array([row["count"] for row in facts], float)
    total = np.array([row["rows"] for row in facts], float)
    name = f"missing_{display(metric.name)}"
    shown = f"'{display(metric.name)}'"
    if (there == total).all():
        return Diagnostic(name, "pass", f"{shown} has a value in every row.", 0.0)
    pooled = there.sum() / total.sum()
    gaps = 1 - there / total
    p_value = 1.0
    if 0 < pooled < 1:
        statistic = float(((there - total * pooled) ** 2 / (total * pooled * (1 - pooled))).sum())
        p_value = float(stats.chi2.sf(statistic, len(total) - 1))
    listed = ", ".join(f"{display(arm)} {gap:.2%}" for arm, gap in zip(arms.names, gaps, strict=True))
    if p_value < RARE:
        message = (
            f"{shown} is missing more often in one arm than in another ({listed}): those who are left are not alike "
            "any more. Find out why, or count the missing as zero where that is what they mean."
        )
        return Diagnostic(name, "fail", message, p_value, RARE)
    return Diagnostic(name, "pass", f"{shown} is missing equally often in all arms ({listed}).", p_value, RARE)


def outlier_check(metric: Metric, facts: Sequence[Mapping[str, Any]]) -> Diagnostic:
    """Do single rows carry the variance, or is the outcome too skewed for its mean to be nearly normal?"""
    heaviest, short = 0.0, 0.0
    for row in facts:
        if not row["var"] or row["count"] < 3:
            continue
        mean = row["mean"]
        if (row["low"], row["high"]) == (0, 1) and row["count"] * min(mean, 1 - mean) >= ENOUGH_OF_BOTH:
            continue  # yes and no, and enough of both
        far = max(abs(float(row["high"]) - mean), abs(float(row["low"]) - mean))
        heaviest = max(heaviest, far**2 / ((row["count"] - 1) * row["var"]))
        short = max(short, SKEW_ROWS * (row.get("skew") or 0.0) ** 2 / row["count"])
    name, shown = f"outliers_{display(metric.name)}", f"'{display(metric.name)}'"
    if heaviest > HEAVY_ROW and (short > 1 or "skew" not in facts[0]):
        message = (
            f"One row alone carries {heaviest:.0%} of the variance of {shown} in its arm. Look at it; --cap or "
            "--winsorize bounds such values (and then compares bounded means), --test mann-whitney compares ranks."
        )
        return Diagnostic(name, "warn", message, heaviest, HEAVY_ROW)
    if short > 1:
        message = (
            f"{shown} is so skewed that its mean needs {short:.1f} times as many rows to be nearly normal (Kohavi et "
            "al. 2014): intervals may miss on one side more than on the other. Collect more, or say --cap or "
            "--winsorize."
        )
        return Diagnostic(name, "warn", message, short, 1.0)
    return Diagnostic(name, "pass", f"No single row of {shown} decides its mean.", heaviest, HEAVY_ROW)


def covariate_check(source: Source, arms: Arms, covariates: Sequence[str], cluster: str | None) -> Diagnostic:
    """Do the arms differ in what was measured before the treatment? Then it was not, or the arms are no chance."""
    smallest, worst = 1.0, covariates[0]
    sets = {covariate: MomentSet((covariate,)) for covariate in covariates}
    groups = source.moments(sets, [arms.column], cluster)
    for covariate in covariates:
        metric = Metric(covariate, None, "covariate", 1)
        of_arm = {key[0]: moments[covariate] for key, moments in groups}
        parts = [of_arm.get(value) for value in arms.values]
        if any(part is None or part.count < 2 for part in parts):
            continue
        found = [influence_of(part, metric, cluster is not None, "") for part in parts if part is not None]
        errors = np.array([item.variance / item.units for item in found])
        if not errors.min() > 0:
            continue
        weights = 1 / errors
        values = np.array([item.value for item in found])
        centre = float((weights * values).sum() / weights.sum())
        p_value = float(stats.chi2.sf(float((weights * (values - centre) ** 2).sum()), len(found) - 1))
        if p_value < smallest:
            smallest, worst = p_value, covariate
    corrected = min(1.0, smallest * len(covariates))
    if corrected < RARE:
        message = (
            f"The arms differ in '{display(worst)}' by more than chance: it may have been measured after the treatment "
            "began, and then taking it into account hides part of the effect. Use values from before, or leave it out."
        )
        return Diagnostic("covariates_before_treatment", "fail", message, corrected, RARE)
    return Diagnostic("covariates_before_treatment", "pass", "The arms are alike in the covariates.", corrected, RARE)


def covariate_date_check(source: Source, date: str, covariate_date: str) -> Diagnostic:
    """Were covariates measured before the unit entered the experiment?"""
    rows = source.aggregate({"number of rows": ("rows",)}, by=[date, covariate_date])
    both = [row for row in rows if row[date] is not None and row[covariate_date] is not None]
    late = sum(row["number of rows"] for row in both if as_day(row[covariate_date]) >= as_day(row[date]))
    total = sum(row["number of rows"] for row in both)
    if late:
        message = (
            f"{late:,} of {total:,} rows have covariates that were measured on or after the day on which the unit "
            "entered "
            f"('{display(covariate_date)}' against '{display(date)}'): the treatment may have changed them. Use "
            "earlier ones."
        )
        return Diagnostic("covariate_dates", "fail", message, late / max(total, 1), 0.0)
    return Diagnostic("covariate_dates", "pass", "Covariates were measured before units entered.", 0.0, 0.0)


def as_day(value: object) -> str:
    """A date or time as text that sorts by day."""
    return str(value)[:10]
