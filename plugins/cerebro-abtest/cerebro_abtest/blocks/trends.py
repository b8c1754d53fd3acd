"""Whether the effect changes over time, as it does where novelty wears off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.arm_means import influence_of
from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_core.blocks.display import display
from cerebro_core.blocks.moment_sql import Moments, MomentSet
from cerebro_core.blocks.result import Chart, Diagnostic, Refused
from cerebro_core.blocks.source import Source
from cerebro_core.blocks.style import PALETTE, label, new_figure, tick_numbers

MOST_DAYS = 1_000
FEWEST_DAYS = 4
RARE_TREND = 0.01


@dataclass(frozen=True)
class DailyEffects:
    """The difference of each day between the first arm and the control.

    Attributes:
        days: the dates that have both arms.
        differences, errors: one for each day.
    """

    days: tuple[Any, ...]
    differences: np.ndarray
    errors: np.ndarray


def daily_effects(
    source: Source, arms: Arms, metric: Metric, date: str, cluster: str | None = None, arm: int = 1
) -> DailyEffects:
    """The difference of each day; those on which an arm has fewer than five rows (or clusters) are left out."""
    groups = source.moments({"y": MomentSet(metric.columns)}, [date, arms.column], cluster)
    of_day: dict[Any, dict[int, Moments]] = {}
    for (day, value), moments in groups:
        if day is not None and arms.place(value) in (0, arm):
            of_day.setdefault(day, {})[arms.place(value)] = moments["y"]
    days, differences, errors = [], [], []
    for day, found in of_day.items():
        if len(found) < 2 or min(item.count for item in found.values()) < 5:
            continue
        parts = [day_value(found[place], metric, cluster is not None) for place in (0, arm)]
        if parts[0] is None or parts[1] is None or parts[0][1] + parts[1][1] <= 0:
            continue
        days.append(day)
        differences.append(parts[1][0] - parts[0][0])
        errors.append(float(np.sqrt(parts[0][1] + parts[1][1])))
    return DailyEffects(tuple(days), np.array(differences), np.array(errors))


def day_value(moments: Moments, metric: Metric, clustered: bool) -> tuple[float, float] | None:
    """Mean (or ratio) of a day in an arm and its variance; None where the denominator is zero."""
    try:
        found = influence_of(moments, metric, clustered, "")
    except Refused:
        return None
    return found.value, max(found.variance, 0.0) / found.units


def trend_check(found: DailyEffects, metric: Metric, arm: str) -> Diagnostic | None:
    """A straight line through the days' differences, weighted by their precision."""
    if not FEWEST_DAYS <= len(found.days) <= MOST_DAYS:
        return None
    weights = 1 / found.errors**2
    time = np.arange(len(found.days), dtype=float)
    time -= (weights * time).sum() / weights.sum()
    slope = float((weights * time * found.differences).sum() / (weights * time**2).sum())
    z = slope * float(np.sqrt((weights * time**2).sum()))
    p_value = float(2 * stats.norm.sf(abs(z)))
    if p_value >= RARE_TREND:
        return Diagnostic("steady_effect", "pass", "The effect shows no trend over time.", p_value, RARE_TREND)
    whole = float((weights * found.differences).sum() / weights.sum())
    fades = slope * whole < 0
    message = (
        f"The effect of {display(arm)} on '{display(metric.name)}' {'fades' if fades else 'grows'} over time (by "
        f"{abs(slope):.3g} a day): {'it may be novelty that wears off' if fades else 'users may still be learning'}. "
        "Let the experiment run until it is steady, and look at the later days alone."
    )
    return Diagnostic("steady_effect", "warn", message, p_value, RARE_TREND)


def trend_chart(found: DailyEffects, metric: Metric, arm: str) -> Chart:
    """The difference of each day with a band of two standard errors."""
    figure = new_figure()
    axes = figure.subplots()
    place = np.arange(len(found.days))
    axes.axhline(0, color="#616E7C", linewidth=1)
    axes.fill_between(
        place,
        found.differences - 1.96 * found.errors,
        found.differences + 1.96 * found.errors,
        color=PALETTE[0],
        alpha=0.2,
        linewidth=0,
    )
    axes.plot(place, found.differences, "o-", color=PALETTE[0], markersize=4)
    step = max(1, -(-len(place) // 7))
    axes.set_xticks(place[::step], [str(day)[5:10] for day in found.days[::step]])
    tick_numbers(axes.yaxis)
    title = f"Effect of {arm} by day"
    label(axes, title=title, x="", y=f"{metric.name}, difference")
    caption = "The difference among the units that entered on each day, with a band of 95 %. A trend may be novelty."
    return Chart("by_day", title, caption, figure)
