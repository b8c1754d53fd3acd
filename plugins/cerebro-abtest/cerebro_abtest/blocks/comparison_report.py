"""Estimates, tables and figures of compared arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cerebro_abtest.blocks.arms import Arms
from cerebro_abtest.blocks.contrasts import Contrast, Interval, MetricAnswer, quantile_t
from cerebro_abtest.blocks.multiplicity import Adjusted
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart, Estimate, ResultTable
from cerebro_core.blocks.style import PALETTE, label, new_figure, tick_numbers, tick_text

MOST_DRAWN = 24


@dataclass(frozen=True)
class Compared:
    """One arm against the control on one metric, after corrections."""

    answer: MetricAnswer
    contrast: Contrast
    adjusted: Adjusted


def comparison_estimates(
    arms: Arms, compared: Sequence[Compared], ci_level: float, interval: str
) -> tuple[Estimate, ...]:
    """Differences first, the deciding one at the front; then lifts, values and sizes of the arms."""
    found = [difference_estimate(arms, item, ci_level, interval) for item in compared]
    found += [lift_estimate(arms, item, ci_level, interval) for item in compared]
    answers = list({id(item.answer): item.answer for item in compared}.values())
    for answer in answers:
        shown = display(answer.metric.name, 40)
        what = "median" if answer.what == "shift" else answer.what
        for arm, (name, summary) in enumerate(zip(arms.names, answer.arms, strict=True)):
            low, high = arm_interval(answer, arm, ci_level) if interval == "confidence" else (None, None)
            found.append(
                Estimate(
                    "mean",
                    summary.value,
                    label=f"{what.capitalize()} of {shown}, {display(name, 30)}",
                    std_error=summary.std_error,
                    ci_low=low,
                    ci_high=high,
                    ci_level=None if low is None else ci_level,
                    interval=None if low is None else interval,
                    outcome=answer.metric.name,
                    group=name,
                    unit=shown,
                )
            )
    for answer in answers:
        for name, summary in zip(arms.names, answer.arms, strict=True):
            found.append(
                Estimate(
                    "n",
                    float(summary.rows),
                    label=f"Rows with {display(answer.metric.name, 40)}, {display(name, 30)}",
                    outcome=answer.metric.name,
                    group=name,
                    unit="rows",
                )
            )
    return tuple(found)


def arm_interval(answer: MetricAnswer, arm: int, ci_level: float) -> Interval:
    """The interval of an arm's own value: Student's for means, Wilson's (1927) for shares, none for others."""
    summary = answer.arms[arm]
    if answer.what == "share":
        z2, n = quantile_t(ci_level, float("inf")) ** 2, summary.units
        middle = (summary.value + z2 / (2 * n)) / (1 + z2 / n)
        reach = float(np.sqrt(z2 * (summary.value * (1 - summary.value) / n + z2 / (4 * n * n)))) / (1 + z2 / n)
        return middle - reach, middle + reach
    if answer.degrees is None or summary.std_error is None:
        return None, None
    reach = quantile_t(ci_level, answer.degrees[arm]) * summary.std_error
    return summary.value - reach, summary.value + reach


def difference_estimate(arms: Arms, item: Compared, ci_level: float, interval: str) -> Estimate:
    """The difference with its interval."""
    low, high = item.adjusted.interval
    metric = item.answer.metric
    return Estimate(
        "difference",
        item.contrast.difference,
        label=f"{display(metric.name, 40)}: {pair_text(arms, item)}",
        std_error=item.contrast.std_error,
        ci_low=low,
        ci_high=high,
        ci_level=ci_level,
        interval=interval,
        p_value=item.adjusted.p_value,
        unit=display(metric.name, 40),
        outcome=metric.name,
        group=arms.names[item.contrast.arm],
    )


def lift_estimate(arms: Arms, item: Compared, ci_level: float, interval: str) -> Estimate:
    """The difference as a share of the control, with its interval or intervals."""
    metric = item.answer.metric
    single = len(item.adjusted.lift) == 1
    low, high = item.adjusted.lift[0] if single else (None, None)
    known = item.contrast.lift is not None and (low is not None or high is not None or not single)
    return Estimate(
        "relative_lift",
        item.contrast.lift,
        label=f"{display(metric.name, 40)}: {pair_text(arms, item)}, share of control",
        ci_low=low,
        ci_high=high,
        ci_level=ci_level if known else None,
        interval=(interval if single else "set") if known else None,
        ci_set=None if single else item.adjusted.lift,
        unit="share",
        outcome=metric.name,
        group=arms.names[item.contrast.arm],
    )


def pair_text(arms: Arms, item: Compared) -> str:
    """Which arm less which."""
    return f"{display(arms.names[item.contrast.arm], 30)} less {display(arms.names[0], 30)}"


def arm_table(arms: Arms, answers: Sequence[MetricAnswer]) -> ResultTable:
    """Sizes and values of the arms."""
    rows = [
        (answer.metric.name, name, summary.rows, summary.units, summary.value, summary.std_error)
        for answer in answers
        for name, summary in zip(arms.names, answer.arms, strict=True)
    ]
    columns = ("outcome", "arm", "rows", "independent units", "value", "standard error")
    what = " and ".join(dict.fromkeys(answer.what for answer in answers))
    return ResultTable(columns, tuple(rows), "Arms", f"The value is the {what} of the outcome in the arm.")


def comparison_table(arms: Arms, compared: Sequence[Compared], caption: str) -> ResultTable:
    """All comparisons with plain and adjusted p-values."""
    rows = []
    for item in compared:
        lift = item.adjusted.lift
        rows.append(
            (
                item.answer.metric.name,
                item.answer.metric.role,
                arms.names[item.contrast.arm],
                item.contrast.difference,
                *item.adjusted.interval,
                item.contrast.lift,
                *(lift[0] if len(lift) == 1 else (None, None)),
                item.contrast.p_value,
                item.adjusted.p_value,
            )
        )
    names = ("outcome", "role", "arm", "difference", "from", "to")
    columns = (*names, "relative lift", "lift from", "lift to", "p", "adjusted p")
    return ResultTable(columns, tuple(rows), "Comparisons with the control", caption)


def lift_chart(arms: Arms, compared: Sequence[Compared], ci_level: float) -> Chart | None:
    """The relative lifts with their intervals; None where no lift has a bounded one."""
    drawn = [
        (item, *item.adjusted.lift[0])
        for item in compared
        if item.contrast.lift is not None and len(item.adjusted.lift) == 1 and None not in item.adjusted.lift[0]
    ][:MOST_DRAWN]
    if not drawn:
        return None
    figure = new_figure(height=1.6 + 0.5 * len(drawn))
    axes = figure.subplots()
    axes.axvline(0, color="#616E7C", linewidth=1)
    places = np.arange(len(drawn))[::-1]
    for place, (item, low, high) in zip(places, drawn, strict=True):
        assert low is not None
        assert high is not None
        assert item.contrast.lift is not None
        good = item.answer.metric.sign
        clear = low > 0 or high < 0
        colour = PALETTE[9] if not clear else PALETTE[2] if good * item.contrast.lift > 0 else PALETTE[1]
        axes.plot([low, high], [place, place], color=colour, linewidth=3, solid_capstyle="butt")
        axes.plot([item.contrast.lift], [place], "o", color=colour, markersize=8)
    axes.set_ylim(-0.6, len(drawn) - 0.4)
    single = len(arms.names) == 2
    names = [item.answer.metric.name + ("" if single else f": {arms.names[item.contrast.arm]}") for item, _, _ in drawn]
    tick_text(axes.yaxis, list(map(float, places)), names)
    tick_numbers(axes.xaxis, percent=True)
    title = f"{arms.names[1]} against {arms.names[0]}" if single else f"Change against {arms.names[0]}"
    label(axes, title=title, x="relative lift", y="")
    caption = (
        f"Dots are the estimates, bars the intervals ({ci_level:.0%}). Green is clearly better, orange clearly worse, "
        "grey is neither."
    )
    return Chart("lifts", title, caption, figure)


def change_sentence(arms: Arms, item: Compared, ci_level: float) -> str:
    """What an arm changed, in words."""
    metric, contrast = item.answer.metric, item.contrast
    low, high = item.adjusted.interval
    base, top = item.answer.arms[0].value, item.answer.arms[contrast.arm].value
    name, shown = display(arms.names[contrast.arm], 40), display(metric.name, 40)
    clear = (low is not None and low > 0) or (high is not None and high < 0)
    share = f" ({contrast.lift:+.1%})" if contrast.lift is not None else ""
    moved = "raises" if contrast.difference > 0 else "lowers"
    bounds = bounds_text(item.adjusted.interval)
    if clear:
        return f"{name} {moved} {shown} from {base:.4g} to {top:.4g}{share}; the difference lies {bounds}."
    if item.adjusted.p_value <= 1 - ci_level:
        return (
            f"{name} {moved} {shown} from {base:.4g} to {top:.4g}{share}, p = {item.adjusted.p_value:.2g}; how much is "
            f"not clear: the difference lies {bounds}, which holds zero."
        )
    return (
        f"No clear effect of {name} on {shown}: {base:.4g} against {top:.4g}{share}; the difference lies {bounds}, "
        "so it may be zero."
    )


def bounds_text(interval: Interval) -> str:
    """Between what and what."""
    low, high = interval
    if low is None and high is None:
        return "anywhere"
    if low is None:
        return f"below {high:.4g}"
    return f"above {low:.4g}" if high is None else f"between {low:.4g} and {high:.4g}"
