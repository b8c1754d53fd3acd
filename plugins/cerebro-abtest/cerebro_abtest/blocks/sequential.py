"""The analysis of an experiment that is looked at more than once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from cerebro_abtest.blocks.arms import Arms, list_metrics, outlier_limits, read_arms
from cerebro_abtest.blocks.comparison_report import (
    Compared,
    arm_table,
    change_sentence,
    comparison_estimates,
    comparison_table,
    lift_chart,
)
from cerebro_abtest.blocks.contrasts import ComparisonPlan, MetricAnswer
from cerebro_abtest.blocks.health import health_checks
from cerebro_abtest.blocks.looks import LookPath, LookPlan, SequenceRule, look_ends
from cerebro_abtest.blocks.multiplicity import Adjusted
from cerebro_abtest.blocks.trends import daily_effects, trend_chart, trend_check
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart, Diagnostic, Result, ResultTable
from cerebro_core.blocks.source import Source
from cerebro_core.blocks.style import PALETTE, label, new_figure, tick_numbers

RATIO_CONCENTRATION = 200.0
MOST_UNITS_LISTED = 500_000


def analyse(
    source: Source,
    *,
    treatment: str,
    outcome: Sequence[str],
    guardrail: Sequence[str],
    denominator: str | None,
    covariates: Sequence[str],
    covariate_of: Mapping[str, str],
    strata: Sequence[str],
    cluster: str | None,
    unit: str | None,
    date: str | None,
    control: str | None,
    allocation: Mapping[str, float],
    lower_is_better: Sequence[str],
    covariate_date: str | None,
    ci_level: float,
    cap: float | None,
    winsorize: float | None,
    adjustment: str,
    sequence: SequenceRule,
    looks: str,
    planned_looks: int | None,
    horizon: int | None,
    spending: str,
    spending_power: float,
    futility: str,
    power: float,
    mixing: float | None,
    floor: float,
    min_p_allocation: float,
    seed: int,
) -> Result:
    """Compare the arms at every look so that all looks together have the stated rate of false alarms.

    Args:
        source: the table.
        sequence: the block chosen by the spec's `sequence`.
        treatment, outcome, … : the spec's fields.

    Raises:
        Refused: where the rows do not allow it.
    """
    arms = read_arms(source, treatment, control, allocation)
    metrics = list_metrics(outcome, guardrail, denominator, lower_is_better)
    limits = outlier_limits(source, metrics, cap, winsorize)
    dates, ends = look_ends(source, date, looks)
    family = (len(arms.names) - 1) * len(outcome)
    level = 1 - (1 - ci_level) / family
    plan = ComparisonPlan(
        covariates, strata, cluster, adjustment, "fieller", 0.5, 999, limits, ci_level, seed, covariate_of
    )
    look_plan = LookPlan(
        date, dates, ends, level, planned_looks, horizon, spending, spending_power, futility, power, mixing, floor, cap
    )
    found = sequence(source, arms, metrics, plan, look_plan)
    compared = [
        Compared(answer, item, sequence_interval(item, answer, family, level))
        for answer, _ in found
        for item in answer.contrasts
    ]
    checks = health_checks(source, arms, metrics, covariates, cluster, unit, date, covariate_date, min_p_allocation)
    charts = [path_chart(arms, *found[0])]
    lifts = lift_chart(arms, compared, ci_level)
    charts += [lifts] if lifts is not None else []
    if date is not None:
        arrived = ratio_sequence_check(source, arms, date, cluster or unit, min_p_allocation)
        checks += [arrived] if arrived is not None else []
        daily = daily_effects(source, arms, metrics[0], date, cluster)
        trend = trend_check(daily, metrics[0], arms.names[1])
        if trend is not None:
            checks.append(trend)
            charts.append(trend_chart(daily, metrics[0], arms.names[1]))
    caption = "Intervals and p-values hold at all looks together"
    caption += f" and for all {family} comparisons (Bonferroni)." if family > 1 else "."
    caption += "".join(f" {note}" for note in found[0][0].notes)
    return Result(
        answer=sequence_answer(arms, found[0], compared, ci_level),
        estimates=comparison_estimates(arms, compared, ci_level, "sequence"),
        diagnostics=(*checks, *guardrail_paths(arms, compared)),
        tables={
            "looks": look_table(arms, found),
            "comparisons": comparison_table(arms, compared, caption),
            "arms": arm_table(arms, [answer for answer, _ in found]),
        },
        charts=tuple(charts),
        rows_used=sum(summary.rows for summary in found[0][0].arms),
    )


def sequence_interval(item: object, answer: MetricAnswer, family: int, level: float) -> Adjusted:
    """The interval at the last look, corrected for several comparisons where it is no guardrail's."""
    contrast = next(one for one in answer.contrasts if one is item)
    alone = answer.metric.role == "guardrail"
    used = 1 - (1 - level) * family if alone else level
    p_value = contrast.p_value if alone else min(1.0, contrast.p_value * family)
    return Adjusted(p_value, contrast.interval(used), contrast.lift_set(used), used)


def sequence_answer(
    arms: Arms, first: tuple[MetricAnswer, list[LookPath]], compared: Sequence[Compared], ci_level: float
) -> str:
    """The answer: whether a look crossed, and what the last one says."""
    answer, paths = first
    parts = []
    for path in paths:
        name, shown = display(arms.names[path.arm], 40), display(answer.metric.name, 40)
        if path.crossed is not None:
            point = path.points[path.crossed]
            parts.append(
                f"The effect of {name} on {shown} is established since {point.day} ({point.rows:,} rows): the "
                "experiment "
                "could stop there."
            )
        elif path.points[-1].futile:
            parts.append(f"An effect of {name} on {shown} is not to be expected any more: stop for futility.")
        else:
            parts.append(f"No look has established an effect of {name} on {shown}; it may go on.")
    parts += [change_sentence(arms, item, ci_level) for item in compared if item.answer is answer]
    return " ".join(parts)


def guardrail_paths(arms: Arms, compared: Sequence[Compared]) -> list[Diagnostic]:
    """Did a guardrail get clearly worse, at any look?"""
    found = []
    for item in compared:
        metric = item.answer.metric
        if metric.role != "guardrail":
            continue
        low, high = item.adjusted.interval
        worse = (high is not None and high < 0) if metric.sign > 0 else (low is not None and low > 0)
        name, shown = display(arms.names[item.contrast.arm], 40), f"'{display(metric.name)}'"
        message = (
            f"{name} makes the guardrail {shown} clearly worse: stop and look."
            if worse
            else f"{name} does not make {shown} clearly worse."
        )
        status = "warn" if worse else "pass"
        found.append(Diagnostic(f"guardrail_{display(metric.name)}_{name}", status, message, item.adjusted.p_value))
    return found


def look_table(arms: Arms, found: Sequence[tuple[MetricAnswer, list[LookPath]]]) -> ResultTable:
    """What each look showed."""
    rows = [
        (
            answer.metric.name,
            arms.names[path.arm],
            point.day,
            point.rows,
            point.difference,
            point.low,
            point.high,
            point.statistic,
            point.bound,
            None if point.p_value != point.p_value else point.p_value,
            point.futile,
        )
        for answer, paths in found
        for path in paths
        for point in path.points
    ]
    columns = ("outcome", "arm", "until", "rows", "difference", "from", "to", "z", "bound", "p", "futile")
    note = next((path.note for _, paths in found for path in paths if path.note), "")
    caption = f"Cumulative; p is the smallest so far and holds at all looks together. {note}"
    return ResultTable(columns, tuple(rows), "Looks", caption.strip())


def path_chart(arms: Arms, answer: MetricAnswer, paths: Sequence[LookPath]) -> Chart:
    """The difference after each look with its sequence of intervals."""
    figure = new_figure()
    axes = figure.subplots()
    axes.axhline(0, color="#616E7C", linewidth=1)
    ends: list[float] = []
    for number, path in enumerate(paths):
        colour = PALETTE[number % len(PALETTE)]
        rows = np.array([point.rows for point in path.points], float)
        low = np.array([np.nan if point.low is None else point.low for point in path.points])
        high = np.array([np.nan if point.high is None else point.high for point in path.points])
        middle = np.array([point.difference for point in path.points])
        axes.fill_between(rows, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(rows, middle, "o-", color=colour, markersize=4, linewidth=2)
        later = max(len(rows) // 4, min(1, len(rows) - 1))
        ends += [*low[later:], *high[later:], *middle[later:]]
        if path.crossed is not None:
            axes.axvline(rows[path.crossed], color=colour, linewidth=1, linestyle="--")
    bounded = np.array([end for end in ends if np.isfinite(end)])
    if len(bounded):  # the first looks are so wide that nothing else would be seen
        room = 0.15 * float(bounded.max() - bounded.min()) or 1.0
        axes.set_ylim(min(float(bounded.min()), 0.0) - room, max(float(bounded.max()), 0.0) + room)
    tick_numbers(axes.xaxis)
    tick_numbers(axes.yaxis)
    name = arms.names[paths[0].arm] if len(paths) == 1 else "Each arm"
    title = f"{name} less {arms.names[0]}, look by look"
    label(axes, title=title, x="rows so far", y=f"{answer.metric.name}, difference")
    caption = (
        "The band holds the true difference at all looks at once; the dashed line is the look that established it."
    )
    return Chart("looks", title, caption, figure)


def arm_arrivals(source: Source, arms: Arms, date: str, unit: str | None) -> tuple[list[Any], np.ndarray] | None:
    """The days, and how many rows each arm got on each; with units or clusters, each counts on its first day.

    Returns:
        days in order, and counts (days, arms); None where the units are too many to be listed.
    """
    if unit is None:
        rows = source.aggregate({"number of rows": ("rows",)}, by=[date, arms.column])
        found = [(row[date], arms.place(row[arms.column]), row["number of rows"]) for row in rows]
    else:
        if source.aggregate({"number of units": ("distinct", unit)})[0]["number of units"] > MOST_UNITS_LISTED:
            return None
        rows = source.aggregate({"first day": ("min", date)}, by=[unit, arms.column])
        found = [(row["first day"], arms.place(row[arms.column]), 1) for row in rows if row[unit] is not None]
    days = sorted({day for day, _, _ in found if day is not None})
    place = {day: number for number, day in enumerate(days)}
    counts = np.zeros((len(days), len(arms.names)))
    for day, arm, count in found:
        if arm >= 0 and day is not None:
            counts[place[day], arm] += count
    return days, counts


def ratio_sequence_check(source: Source, arms: Arms, date: str, unit: str | None, least_p: float) -> Diagnostic | None:
    """Sample ratio mismatch at any day, by a Dirichlet mixture that holds at all times (Lindon & Malek 2022)."""
    arrivals = arm_arrivals(source, arms, date, unit)
    if arrivals is None:
        return None
    days, counts = arrivals
    so_far = np.cumsum(counts, axis=0)
    shares = np.array(arms.shares)
    prior = RATIO_CONCENTRATION * shares
    mixed = special.gammaln(prior + so_far).sum(axis=1) - special.gammaln(prior.sum() + so_far.sum(axis=1))
    start = special.gammaln(prior).sum() - special.gammaln(prior.sum())
    fortunes = mixed - start - so_far @ np.log(shares)
    p_value = float(np.exp(-max(float(fortunes.max()), 0.0)))
    if p_value >= least_p:
        message = "The arms grew as planned on every day."
        return Diagnostic("sample_ratio_by_day", "pass", message, p_value, least_p)
    day = str(days[int(np.argmax(fortunes >= -np.log(least_p)))])[:10]
    message = (
        f"Sample ratio mismatch since {day}: the arms do not grow with the planned shares. See what changed then; the "
        "comparison is not fair until the cause is known."
    )
    return Diagnostic("sample_ratio_by_day", "fail", message, p_value, least_p)
