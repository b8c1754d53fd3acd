"""Whether treated and untreated moved in parallel before, and how far they may part before the answer changes."""

from __future__ import annotations

import numpy as np
from scipy import stats

from cerebro_causal.blocks.did_bands import missed_slope, pretrend_p_value
from cerebro_causal.blocks.did_fit import DidFit
from cerebro_causal.blocks.did_honest import TrendBounds, largest_bend, smoothness_interval
from cerebro_causal.blocks.did_relative import breakdown_ratio, relative_interval
from cerebro_causal.blocks.did_sample import DidSample
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.p_values import p_diagnostic
from cerebro_core.blocks.result import Chart, Diagnostic, ResultTable
from cerebro_core.blocks.style import PALETTE, label, new_figure, tick_text

RATIOS = (0.25, 0.5, 1.0, 1.5, 2.0)
MOST_EVENT_TIMES = 80
BEND_SHARES = (0.0, 0.5, 1.0)
BENCHMARK_RATIO = 1.0  # as large as before: the benchmark of Rambachan & Roth (2023)
FAILED_PRETREND = 0.01
DOUBTED_PRETREND = 0.05


def trend_diagnostics(
    sample: DidSample, fit: DidFit, before: np.ndarray, anticipation: int, level: float, seed: int
) -> tuple[list[Diagnostic], dict[str, ResultTable], list[Chart]]:
    """The test of the periods before, and the sensitivity to trends that part.

    Args:
        sample: the rows.
        fit: the estimate.
        before: (k,) event times before treatment can act.
        anticipation: periods in which it may act early.
        level: of intervals.
        seed: of draws.
    """
    if not before.any():
        message = (
            "No more than one period before treatment is shown by enough units, so nothing shows whether both would "
            "have moved in parallel. Add earlier periods if there are any."
        )
        return [Diagnostic("parallel_trends", "warn", message)], {}, []
    p_value = pretrend_p_value(sample, fit, before, seed)
    checks = [pretrend_diagnostic(p_value)]
    tables = {"pretrend_power": power_table(fit, before)}
    if anticipation:
        return checks, tables, []
    if len(fit.event_times) > MOST_EVENT_TIMES:
        message = (
            f"How far trends may part was not computed: there are {len(fit.event_times)} periods around treatment, "
            f"more than {MOST_EVENT_TIMES}. Put periods together (weeks, months)."
        )
        return [*checks, Diagnostic("honest_trends", "warn", message)], tables, []
    # few clusters: normal quantiles are stretched to Student's t
    stretch = float(stats.t.ppf((1 + level) / 2, fit.degrees) / stats.norm.ppf((1 + level) / 2)) ** 2
    covariance = np.asarray(fit.event_covariance) * stretch
    used = before | (fit.event_times >= 0)
    study = TrendBounds(
        fit.event_times[used], -1, fit.event[used], covariance[np.ix_(used, used)], shares_after(sample, fit)[used]
    )
    if not np.any(study.wanted):
        return checks, tables, []
    more, table, charts = sensitivity(study, fit, level, seed)
    return [*checks, *more], {**tables, "honest": table}, charts


def shares_after(sample: DidSample, fit: DidFit) -> np.ndarray:
    """(k,) share of each event time in the average over treated rows."""
    since = (sample.time - sample.first)[sample.treated > 0]
    weight = sample.weights[sample.treated > 0]
    shares = np.array([float(weight[since == time].sum()) if time >= 0 else 0.0 for time in fit.event_times])
    return shares / shares.sum() if shares.sum() > 0 else shares


def sensitivity(
    study: TrendBounds, fit: DidFit, level: float, seed: int
) -> tuple[list[Diagnostic], ResultTable, list[Chart]]:
    """Intervals that allow for trends that part, by how far they may."""
    relative = [(ratio, *relative_interval(study, ratio, level, seed)) for ratio in RATIOS]
    yardstick = largest_bend(study)
    bends = [(share, share * yardstick) for share in BEND_SHARES] if yardstick > 0 else [(0.0, 0.0)]
    smooth = [(share, bend, *smoothness_interval(study, bend, level)) for share, bend in bends]
    first = np.where(study.times == 0, 1.0, 0.0)
    at_start = TrendBounds(study.times, study.reference, study.values, study.covariance, first)
    rows: list[tuple[str, float, float | None, float, float]] = [
        ("relative magnitudes, average", ratio, None, low, high) for ratio, low, high in relative
    ]
    rows += [("smoothness, average", share, bend, low, high) for share, bend, low, high in smooth]
    if first.any():
        rows += [
            ("relative magnitudes, first period", ratio, None, *relative_interval(at_start, ratio, level, seed))
            for ratio in RATIOS
        ]
    caption = (
        "Relative magnitudes: after treatment, trends may part in each period by so many times the largest step "
        "between periods before. Smoothness: the slope of what parts them may change by so much a period (0: a "
        "straight line goes on); the share is of the largest change seen before. Rambachan & Roth 2023."
    )
    table = ResultTable(
        ("what may happen", "times the worst before", "change of slope", "low", "high"),
        tuple(rows),
        "How far the answer holds if trends part",
        caption,
    )
    return [honest_diagnostic(study, fit, level, seed)], table, [honest_chart(relative, fit, level)]


def honest_diagnostic(study: TrendBounds, fit: DidFit, level: float, seed: int) -> Diagnostic:
    """How much worse than before the trends may part until zero fits."""
    low, high = Effect(fit.att, fit.att_error, fit.degrees).interval(level)
    if low <= 0 <= high:
        message = "No effect is shown even if trends are parallel, so there is nothing that could break."
        return Diagnostic("honest_trends", "pass", message, None, BENCHMARK_RATIO)
    ratio = breakdown_ratio(study, level, seed)
    fine = ratio >= BENCHMARK_RATIO
    message = (
        f"The answer holds even if, after treatment, trends part in each period {ratio:.2g} times as fast as at worst "
        "before."
        if fine
        else f"The answer holds only if, after treatment, trends part less than {ratio:.2g} times as fast as at worst "
        "before: beyond that no effect fits the data as well. Say why trends should have stayed parallel."
    )
    return Diagnostic("honest_trends", "pass" if fine else "warn", message, ratio, BENCHMARK_RATIO)


def honest_chart(relative: list[tuple[float, float, float]], fit: DidFit, level: float) -> Chart:
    """Intervals by how far trends may part."""
    figure = new_figure(8.0, 4.2)
    axes = figure.subplots()
    low, high = Effect(fit.att, fit.att_error, fit.degrees).interval(level)
    axes.plot([-0.5, -0.5], [low, high], color=PALETTE[9], linewidth=5, solid_capstyle="butt")
    axes.plot([-0.5], [fit.att], "o", color=PALETTE[9], markersize=8)
    for place, (_, below, above) in enumerate(relative):
        axes.plot([place + 0.5] * 2, [below, above], color=PALETTE[0], linewidth=5, solid_capstyle="butt")
    axes.axhline(0, color=PALETTE[9], linewidth=1)
    label(
        axes,
        title="How far the answer holds",
        x="trends part so many times as fast as at worst before",
        y="average effect",
    )
    places = [-0.5, *(place + 0.5 for place in range(len(relative)))]
    tick_text(axes.xaxis, places, ["parallel", *(f"{ratio:g}" for ratio, _, _ in relative)])
    caption = (
        f"{level:.0%} intervals for the average effect. Left: if trends stay parallel. Then: if, after treatment, "
        "they may part in each period by this many times the largest step between periods before (Rambachan & Roth "
        "2023)."
    )
    return Chart("honest", "How far the answer holds if trends part", caption, figure)


def pretrend_diagnostic(p_value: float) -> Diagnostic:
    """Whether both moved in parallel before treatment."""
    if p_value < FAILED_PRETREND:
        status, message = (
            "fail",
            (
                "Treated and untreated moved apart already before treatment, more than chance allows: what came after "
                "may be the same movement going on, and not the effect. Do not use this answer as it stands; look for "
                "a better comparison, or for confounders that explain the difference."
            ),
        )
    elif p_value < DOUBTED_PRETREND:
        status, message = (
            "warn",
            (
                "There are signs that treated and untreated moved apart already before treatment: look at the event "
                "study, and at how far the answer holds if that goes on."
            ),
        )
    else:
        status, message = (
            "pass",
            (
                "Before treatment nothing shows that treated and untreated moved apart. That does not prove that they "
                "would not have done so later."
            ),
        )
    limit = FAILED_PRETREND if status == "fail" else DOUBTED_PRETREND
    return p_diagnostic("parallel_trends", status, message, p_value, limit)


def power_table(fit: DidFit, before: np.ndarray) -> ResultTable:
    """What the test of the periods before could have missed."""
    slope = missed_slope(fit, before)
    after = fit.event_times[fit.event_times >= 0]
    reach = float((after + 1.0).mean())
    rows = (
        ("steepest straight trend that the test misses one time in five, a period", slope),
        ("what such a trend would add to an average over the periods since treatment", slope * reach),
        ("the estimate", fit.att),
    )
    caption = "If the second figure is as large as the third, a passed test says little (Roth 2022)."
    return ResultTable(("quantity", "value"), rows, "What the test before treatment could miss", caption)
