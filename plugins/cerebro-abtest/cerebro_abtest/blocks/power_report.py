"""What a power analysis says: answer, estimates, checks, tables and figures."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Protocol

import numpy as np

from cerebro_abtest.blocks.power_design import PowerPlan, comparison_alpha, effect_for, look_bounds, power_of, size_for
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, Refused, ResultTable
from cerebro_core.blocks.style import PALETTE, label, new_figure, tick_numbers

TOLERANCE = 0.02
ROUNDING = 1e-3  # of a unit: 7,663.0003 is 7,663
FEWEST_EVENTS = 10.0
FEWEST_CLUSTERS = 20
CONVENTIONS = (
    ("pooled", "variance under no effect pooled over both arms; R power.prop.test, gsDesign nBinomial; Fleiss (1981)"),
    ("unpooled", "variance of each arm, as in Welch's test; Chow, Shao & Wang (2008), 4.2"),
    ("arcsine", "arcsine-transformed shares; R pwr.2p.test, statsmodels NormalIndPower; Cohen (1988)"),
    ("baseline", "variance under no effect that of the baseline in both arms; Evan Miller's calculator"),
)


class Solved(Protocol):
    """A plan with its size, effect and power; see `SolvedPlan`."""

    @property
    def plan(self) -> PowerPlan: ...
    @property
    def units(self) -> int: ...
    @property
    def effect(self) -> float: ...
    @property
    def power(self) -> float: ...
    @property
    def promised(self) -> float: ...
    @property
    def solved(self) -> str: ...
    @property
    def units_per_day(self) -> float | None: ...


def arm_sizes(found: Solved) -> tuple[int, ...]:
    """Units of each arm, the control first."""
    shares = found.plan.shares
    return tuple(math.ceil(found.units * share / shares[0] - 1e-9) for share in shares)


def power_answer(found: Solved) -> str:
    """The answer in words."""
    plan, sizes = found.plan, arm_sizes(found)
    equal = len(set(sizes)) == 1
    size = (
        f"{sizes[0]:,} units in each of {len(sizes)} arms" if equal else " + ".join(f"{n:,}" for n in sizes) + " units"
    )
    kind = {"difference": "an effect", "non-inferiority": "a margin", "equivalence": "a margin"}[plan.hypothesis]
    effect = f"{kind} of {found.effect:.4g} (baseline {plan.baseline:.4g})"
    how = "two-sided" if plan.two_sided else "one-sided"
    level = f"alpha {plan.alpha:g}, {how}"
    if plan.metric == "proportion" and plan.hypothesis == "difference":
        level += f", {plan.convention} variance"
    if plan.looks > 1:
        level += f", {plan.looks} looks"
    shown = {
        "difference": "to find",
        "non-inferiority": "to show no loss beyond",
        "equivalence": "to show equality within",
    }
    if found.solved == "sample_size":
        return f"{size} are needed {shown[plan.hypothesis]} {effect} with a power of {found.promised:.3g} ({level})."
    if found.solved == "power":
        return f"{size} have a power of {found.power:.3f} {shown[plan.hypothesis]} {effect} ({level})."
    return f"{size} are enough {shown[plan.hypothesis]} {effect} with a power of {found.promised:.3g} ({level})."


def power_estimates(found: Solved, level: float | None) -> tuple[Estimate, ...]:
    """Sample size, power and MDE, what was solved for first; then total, days and inflation."""
    plan, sizes = found.plan, arm_sizes(found)
    names = ["control", *(f"arm {place}" for place in range(2, len(sizes) + 1))]
    if len(set(sizes)) == 1:
        each = [Estimate("sample_size_per_arm", float(sizes[0]), "Sample size per arm", unit="units")]
    else:
        each = [
            Estimate("sample_size_per_arm", float(n), f"Sample size, {name}", unit="units", group=name)
            for n, name in zip(sizes, names, strict=True)
        ]
    parts = {
        "sample_size": each,
        "power": [Estimate("power", found.power, "Power", unit="probability")],
        "mde": [Estimate("mde", found.effect, "Minimum detectable effect", unit="of the outcome")],
    }
    listed = [*parts.pop(found.solved), *(item for items in parts.values() for item in items)]
    if level:
        listed.append(Estimate("relative_mde", found.effect / abs(level), "MDE over the baseline", unit="share"))
    listed.append(Estimate("total_sample_size", float(sum(sizes)), "Sample size, all arms", unit="units"))
    if found.units_per_day:
        days = math.ceil(sum(sizes) / found.units_per_day)
        listed.append(Estimate("days", float(days), "Days until complete", unit="days"))
    if plan.looks > 1 and plan.hypothesis == "difference":
        fixed = size_for(replace(plan, looks=1), found.effect, found.power) if found.power < 1 - 1e-9 else math.nan
        listed.append(Estimate("inflation", found.units / fixed, "Sample size over that of one look", unit="ratio"))
    return tuple(listed)


def power_checks(
    found: Solved, simulated: tuple[float, float] | None, history_clusters: int | None
) -> tuple[Diagnostic, ...]:
    """Does the analysis keep the promise, and do the approximations hold?"""
    checks = []
    if simulated is not None:
        share, error = simulated
        gap = share - found.power
        fine = abs(gap) <= TOLERANCE + 2 * error
        text = f"Simulated experiments, tested by the functions of cerebro abtest, find it in {share:.1%} (Monte-Carlo "
        text += f"error {error:.1%}); the formula says {found.power:.1%}. "
        text += "They agree." if fine else "Trust the simulation: the formula's approximation is poor here."
        checks.append(Diagnostic("simulated_power", "pass" if fine else "warn", text, abs(gap), TOLERANCE))
    plan = found.plan
    if plan.metric == "proportion":
        events = min(arm_sizes(found)) * min(plan.baseline, 1 - plan.baseline)
        fine = events >= FEWEST_EVENTS
        text = f"About {events:,.0f} of the rarer outcome are expected in the smallest arm"
        text += "." if fine else f", fewer than {FEWEST_EVENTS:.0f}: plan for an exact test, and more units."
        checks.append(Diagnostic("expected_events", "pass" if fine else "warn", text, events, FEWEST_EVENTS))
    if plan.cluster_size > 1:
        clusters = min(arm_sizes(found)) / plan.cluster_size
        fine = clusters >= 10
        text = f"The smallest arm has {clusters:,.0f} clusters"
        text += "." if fine else ", fewer than 10: the estimate of the spread between clusters is poor."
        checks.append(Diagnostic("clusters", "pass" if fine else "warn", text, clusters, 10.0))
    if history_clusters is not None:
        fine = history_clusters >= FEWEST_CLUSTERS
        text = f"The history has {history_clusters:,} clusters"
        text += "." if fine else f", fewer than {FEWEST_CLUSTERS}: what it says of their correlation is a guess."
        checks.append(
            Diagnostic("history_clusters", "pass" if fine else "warn", text, history_clusters, FEWEST_CLUSTERS)
        )
    return tuple(checks)


def power_tables(found: Solved) -> dict[str, ResultTable]:
    """Conventions, looks and the MDE over time, where they are asked for."""
    plan = found.plan
    tables = {}
    if plan.metric == "proportion" and plan.hypothesis == "difference":
        rows = []
        for name, words in CONVENTIONS:
            other = replace(plan, convention=name)
            exact = size_for(other, found.effect, found.promised) if found.promised < 1 - 1e-9 else None
            up = None if exact is None else math.ceil(exact - ROUNDING)
            rows.append((name, up, None if exact is None else round(exact, 2), name == plan.convention, words))
        columns = ("convention", "control", "control, not rounded", "used", "what it is")
        caption = "Units that the control needs by the common formulas; they differ in the variance that they take."
        tables["conventions"] = ResultTable(columns, tuple(rows), "Conventions", caption)
    if plan.looks > 1 and plan.hypothesis == "difference":
        tables["looks"] = look_table(found)
    if found.units_per_day:
        over_time = [
            (days, n, mde, mde / abs(plan.baseline) if plan.baseline else None) for days, n, mde in mde_curve(found)
        ]
        caption = f"The smallest effect found with a power of {found.promised:.3g}, by how long the experiment runs."
        tables["mde_over_time"] = ResultTable(
            ("days", "control", "mde", "relative_mde"), tuple(over_time), "Minimum detectable effect over time", caption
        )
    return tables


def look_table(found: Solved) -> ResultTable:
    """When the looks are, and what must be crossed."""
    plan = found.plan
    bounds = look_bounds(plan, comparison_alpha(plan))
    rows = tuple(
        (k + 1, math.ceil(found.units * t - 1e-9), t, float(bound))
        for k, (t, bound) in enumerate(zip(plan.times, bounds, strict=True))
    )
    columns = ("look", "control", "information", "boundary of |z|" if plan.two_sided else "boundary of z")
    return ResultTable(columns, rows, "Looks", f"Alpha is spent as {plan.spending} says.")


def mde_curve(found: Solved, points: int = 14) -> list[tuple[int, int, float]]:
    """(days, units in the control, smallest effect) over twice the days needed."""
    per_day = found.units_per_day or 0.0
    control = per_day * found.plan.shares[0]
    needed = found.units / control
    sign = -1.0 if found.effect < 0 else 1.0
    target = min(found.promised, 0.999)
    curve = []
    for days in sorted({max(1, round(x)) for x in np.linspace(1, max(2 * needed, 14), points)}):
        try:
            effect = effect_for(found.plan, max(control * days, 2.0), target, sign)
        except Refused:
            continue  # too few days for any effect
        curve.append((days, int(control * days), effect))
    return curve


def power_charts(found: Solved) -> tuple[Chart, ...]:
    """Power over the sample size, and the MDE over time."""
    charts = [power_chart(found)]
    if found.units_per_day and (curve := mde_curve(found)):
        figure = new_figure()
        axes = figure.subplots()
        axes.plot([item[0] for item in curve], [abs(item[2]) for item in curve], color=PALETTE[0], marker="o")
        axes.axhline(abs(found.effect), color=PALETTE[1], linestyle="--")
        axes.set_ylim(bottom=0)
        tick_numbers(axes.yaxis, percent=found.plan.metric == "proportion")
        label(axes, title="Smallest effect that is found, by days", x="days", y="minimum detectable effect")
        caption = f"With a power of {found.promised:.3g}; the dashed line is the effect of this plan."
        charts.append(Chart("mde_over_time", "Minimum detectable effect over time", caption, figure))
    return tuple(charts)


def power_chart(found: Solved) -> Chart:
    """Power over the size of the control."""
    units = np.linspace(max(0.05 * found.units, 2), 2 * found.units, 30)
    figure = new_figure()
    axes = figure.subplots()
    axes.plot(units, [power_of(found.plan, float(n), found.effect) for n in units], color=PALETTE[0])
    axes.plot([found.units], [found.power], marker="o", color=PALETTE[1])
    axes.set_ylim(0, 1.02)
    tick_numbers(axes.xaxis)
    tick_numbers(axes.yaxis, percent=True)
    label(axes, title="Power by sample size", x="units in the control", y="power")
    return Chart("power", "Power by sample size", f"For an effect of {found.effect:.4g}; the dot is this plan.", figure)
