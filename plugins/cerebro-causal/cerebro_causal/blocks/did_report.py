"""What the report of a difference in differences says and shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from cerebro_causal.blocks.did_fit import DidFit
from cerebro_causal.blocks.did_sample import DidSample
from cerebro_causal.blocks.influence import Effect, effect_estimate
from cerebro_causal.blocks.study_report import effect_digits, end_text, moved_text
from cerebro_core.blocks.display import display
from cerebro_core.blocks.report_numbers import number_text
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, ResultTable
from cerebro_core.blocks.style import PALETTE, label, legend_below, new_figure, tick_text

MOST_GROUPS_SHOWN = 30


def did_answer(fit: DidFit, level: float, *, cause: str, outcome: str, tested: bool) -> str:
    """The answer in words that a board can read; `cause` as the subject of a sentence."""
    effect = Effect(fit.att, fit.att_error, fit.degrees)
    ends = effect.interval(level) if fit.interval is None else fit.interval[:2]
    digits = effect_digits(effect, ends)
    result = display(outcome, 60)
    if ends[0] <= 0 <= ends[1]:
        first = (
            f"No effect of {cause[:1].lower()}{cause[1:]} on '{result}' is shown among those treated: the estimate is "
            f"{number_text(effect.value, digits)}, and anything from {end_text(ends[0], digits)} to "
            f"{end_text(ends[1], digits)} fits the data ({level:.0%} interval)."
        )
    else:
        moved, size = moved_text(effect.value, ends, digits)
        first = (
            f"{cause} {moved} '{result}' among those treated, on average over the periods since it began: {size} "
            f"({level:.0%} interval)."
        )
    rest = (
        "That holds if treated and untreated would have moved in parallel without it"
        if tested
        else "That rests on treated and untreated moving in parallel without it, which one period before cannot show"
    )
    return f"{first} {rest}."


def did_estimates(
    fit: DidFit, sample: DidSample, level: float, outcome: str, extra: list[tuple[str, str, Effect]]
) -> tuple[Estimate, ...]:
    """The average, then by event time, then by cohort, then what stands beside."""
    average = effect_estimate(
        "att",
        Effect(fit.att, fit.att_error, fit.degrees),
        level,
        text="Average effect on the treated, over all periods since it began",
        outcome=outcome,
    )
    found = [with_interval(average, fit)]
    for name, text, effect in extra:
        found.append(effect_estimate(name, effect, level, text=text, outcome=outcome))
    for time, value, error in zip(fit.event_times.tolist(), fit.event, fit.event_errors, strict=True):
        entry = effect_estimate(
            "event_study",
            Effect(float(value), float(error), fit.degrees),
            level,
            text=event_name(time),
            outcome=outcome,
        )
        found.append(at_period(entry, str(time)))
    for number, value, error in fit.groups:
        name = sample.periods[number - 1]
        text = f"Average effect on those treated from {name}"
        effect = Effect(value, error, fit.degrees)
        found.append(effect_estimate("group_att", effect, level, text=text, outcome=outcome, group=name))
    return tuple(found)


def with_interval(entry: Estimate, fit: DidFit) -> Estimate:
    """The average with an interval of its own, such as that of the wild bootstrap."""
    if fit.interval is None:
        return entry
    low, high = (end if np.isfinite(end) else None for end in fit.interval[:2])
    return replace(entry, ci_low=low, ci_high=high, p_value=fit.interval[2], interval=fit.kind)


def at_period(entry: Estimate, period: str) -> Estimate:
    """An estimate that is about one period."""
    return replace(entry, period=period)


def event_name(time: int) -> str:
    """An event time in words."""
    if time < 0:
        return f"{-time} {'period' if time == -1 else 'periods'} before treatment"
    return (
        "Effect in the first treated period"
        if time == 0
        else f"Effect {time} {'period' if time == 1 else 'periods'} later"
    )


def cohort_table(sample: DidSample) -> ResultTable:
    """Who was treated when."""
    rows = []
    for value in np.unique(sample.first):
        own = sample.first == value
        units = int(np.unique(sample.unit[own]).size) if sample.panel else None
        name = "never" if value == 0 else sample.periods[int(value) - 1]
        rows.append((name, units, int(np.unique(sample.clusters[own]).size), int(own.sum())))
    caption = "Those who were never treated show what would have happened without." if (sample.first == 0).any() else ""
    return ResultTable(("treated from", "units", "clusters", "rows"), tuple(rows), "Who was treated when", caption)


def event_chart(fit: DidFit, level: float, reach: float, reference: int, outcome: str) -> Chart:
    """Effects by time since treatment, with intervals and bands."""
    figure = new_figure(8.0, 4.8)
    axes = figure.subplots()
    single = float(stats.t.ppf((1 + level) / 2, fit.degrees))
    handles = []
    for before, colour in ((True, PALETTE[9]), (False, PALETTE[0])):
        own = fit.event_times < 0 if before else fit.event_times >= 0
        x, y, error = fit.event_times[own], fit.event[own], fit.event_errors[own]
        if not len(x):
            continue
        axes.vlines(x, y - reach * error, y + reach * error, color=colour, linewidth=1.4, alpha=0.8)
        axes.vlines(x, y - single * error, y + single * error, color=colour, linewidth=4, alpha=0.6)
        handles.append(axes.plot(x, y, "o", color=colour, markersize=7)[0])
    axes.plot([reference], [0], "o", markerfacecolor="white", markeredgecolor=PALETTE[9], markersize=7)
    axes.axhline(0, color=PALETTE[9], linewidth=1)
    axes.axvline(-0.5, color=PALETTE[9], linewidth=1, linestyle="--")
    label(
        axes,
        title="Effect by time since treatment",
        x="periods since treatment began",
        y=f"effect on {display(outcome, 40)}",
    )
    if len(handles) == 2:
        legend_below(figure, handles, ["before treatment: should be near 0", "since treatment"], 40)
    caption = (
        f"Dots are estimates against the last period before treatment (open dot); thick lines are {level:.0%} "
        f"intervals of one period, thin lines bands that hold for all periods at once with {level:.0%}."
    )
    return Chart("event_study", "Effect by time since treatment", caption, figure)


def trend_chart(sample: DidSample, outcome: str) -> Chart:
    """Average outcome over time, by who was treated when."""
    figure = new_figure(8.0, 4.8)
    axes = figure.subplots()
    cohorts = [0, *sample.cohorts]
    sizes = {value: int((sample.first == value).sum()) for value in cohorts}
    shown = sorted(sorted(cohorts[1:], key=lambda value: -sizes[value])[:7])
    handles, names = [], []
    for place, value in enumerate([0, *shown]):
        own = sample.first == value
        if not own.any():
            continue
        colour = PALETTE[9] if value == 0 else PALETTE[(place - 1) % 9]
        times = np.unique(sample.time[own])
        means = [
            float(np.average(sample.outcome[rows], weights=sample.weights[rows]))
            for rows in (own & (sample.time == time) for time in times)
        ]
        handles.append(axes.plot(times, means, "-o", color=colour, linewidth=2, markersize=4)[0])
        names.append("never treated" if value == 0 else f"treated from {sample.periods[value - 1]}")
        if value:
            axes.axvline(value - 0.5, color=colour, linewidth=1, linestyle=":")
    label(axes, title="Average outcome over time", x="", y=f"average of {display(outcome, 50)}")
    seen = np.unique(sample.time)
    names_short = max(len(sample.periods[time - 1]) for time in seen) <= 5
    ticks = [int(seen[place]) for place in spread_places(len(seen), 12 if names_short else 8)]
    tick_text(axes.xaxis, ticks, [sample.periods[time - 1] for time in ticks], 12)
    legend_below(figure, handles, names, 30)
    more = len(cohorts) - 1 - len(shown)
    caption = "Dotted lines: treatment begins. Before it, the lines should move in parallel." + (
        f" The {more} smallest cohorts are not shown." if more else ""
    )
    return Chart("trends", "Average outcome over time", caption, figure)


def spread_places(count: int, most: int) -> list[int]:
    """At most so many places at equal distances, and the last in place of what would stand next to it."""
    step = max(1, -(-(count - 1) // (most - 1)))
    places = list(range(0, count, step))
    if places[-1] == count - 1:
        return places
    return [*(places if count - 1 - places[-1] > step / 2 else places[:-1]), count - 1]


def group_chart(fit: DidFit, sample: DidSample, level: float, outcome: str) -> Chart:
    """Effects by cohort."""
    figure = new_figure(8.0, 1.6 + 0.4 * min(len(fit.groups), MOST_GROUPS_SHOWN))
    axes = figure.subplots()
    shown = fit.groups[:MOST_GROUPS_SHOWN]
    for place, (_, value, error) in enumerate(shown):
        low, high = Effect(value, error, fit.degrees).interval(level)
        axes.plot([low, high], [place, place], color=PALETTE[0], linewidth=3, alpha=0.7)
        axes.plot([value], [place], "o", color=PALETTE[0], markersize=8)
    axes.axvline(0, color=PALETTE[9], linewidth=1)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    label(axes, title="Effect by when treatment began", x=f"effect on {display(outcome, 50)}", y="treated from")
    tick_text(axes.yaxis, list(range(len(shown))), [sample.periods[row[0] - 1] for row in shown])
    return Chart("groups", "Effect by when treatment began", f"Lines are {level:.0%} intervals.", figure)


def sample_diagnostics(sample: DidSample) -> list[Diagnostic]:
    """Holes in the panel."""
    if not sample.panel or sample.is_balanced:
        return []
    share = 1 - len(sample.outcome) / (np.unique(sample.unit).size * np.unique(sample.time).size)
    message = (
        f"{share:.0%} of the units' periods are not in the table: if units come and go because of the treatment, the "
        "answer is off. Compare with the units that are there throughout."
    )
    return [Diagnostic("balanced_panel", "warn" if share > 0.05 else "pass", message, float(share), 0.05)]
