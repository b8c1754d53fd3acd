"""Stage 6, visualization: the figures of the report."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart, Estimate
from cerebro_core.blocks.style import (
    INK,
    PALETTE,
    label,
    legend_below,
    legend_text,
    new_figure,
    tick_dates,
    tick_numbers,
    tick_text,
)
from cerebro_mmm.blocks.diagnostics import parameter_words, replicate_outcome
from cerebro_mmm.blocks.estimates import percent
from cerebro_mmm.blocks.fitting import Fit
from cerebro_mmm.blocks.inference import Draws
from cerebro_mmm.blocks.optimization import BudgetPlan
from cerebro_mmm.blocks.posterior import Posterior, given_values
from cerebro_mmm.blocks.preprocessing import Prepared
from cerebro_mmm.blocks.response import steady_response
from cerebro_mmm.blocks.tables import curve_grid


def draw_charts(
    prepared: Prepared,
    fit: Fit,
    plan: BudgetPlan,
    estimates: tuple[Estimate, ...],
    *,
    outcome: str,
    currency: str,
    level: float,
    figures: str,
    rng: np.random.Generator,
) -> tuple[Chart, ...]:
    """The figures: what was sold and why, what pays, how it saturates, the budget; with "all" the checks too."""
    money = display(currency, 12) if currency else "money"
    posterior = fit.posterior
    main = (
        contribution_chart(estimates, outcome, level),
        roas_chart(estimates, level, outcome),
        decomposition_chart(prepared, posterior, outcome),
        response_chart(prepared, posterior, level, outcome, money),
        budget_chart(prepared, plan, level, outcome, money),
    )
    if figures == "main":
        return main
    checks = (
        fit_chart(prepared, posterior, level, outcome, rng),
        adstock_chart(prepared, posterior, level),
        residual_chart(prepared, posterior, outcome, rng),
    )
    return (*main, *checks, *((rank_chart(fit.best, prepared.channels),) if fit.best.rhat else ()))


def channel_colour(index: int) -> str:
    """Channels keep their colour in all figures."""
    return PALETTE[index % len(PALETTE)]


def rising_order(entries: list[Estimate]) -> list[int]:
    """Places of the entries from the smallest value to the largest."""
    return sorted(range(len(entries)), key=lambda i: entries[i].value or 0.0)


def interval_panel(axes: Axes, entries: list[Estimate], order: list[int], as_percent: bool) -> None:
    """Horizontal points with intervals, in the order given, from below."""
    colours = [channel_colour(index) for index in range(len(entries))]
    for place, index in enumerate(order):
        entry = entries[index]
        low, high, middle = (float(np.nan if v is None else v) for v in (entry.ci_low, entry.ci_high, entry.value))
        axes.plot([low, high], [place, place], color=colours[index], linewidth=5, alpha=0.45, solid_capstyle="butt")
        axes.plot([middle], [place], "o", color=colours[index], markersize=9)
    tick_text(axes.yaxis, range(len(order)), [entries[index].group for index in order], 24)
    tick_numbers(axes.xaxis, as_percent)
    axes.set_ylim(-0.6, len(order) - 0.4)
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))


def contribution_chart(estimates: tuple[Estimate, ...], outcome: str, level: float) -> Chart:
    """Share of the outcome that each channel caused."""
    entries = [entry for entry in estimates if entry.name == "contribution_share"]
    figure = new_figure(8.0, 1.6 + 0.5 * len(entries))
    axes = figure.add_subplot()
    interval_panel(axes, entries, rising_order(entries), as_percent=True)
    label(axes, title="What each channel contributed", x=f"share of {display(outcome, 40)}")
    caption = f"Dot: posterior mean. Bar: {level:.0%} credible interval."
    return Chart("contributions", "Contribution of each channel", caption, figure)


def roas_chart(estimates: tuple[Estimate, ...], level: float, outcome: str) -> Chart:
    """Average and marginal return on ad spend, the channels in the same order in both."""
    order = rising_order([entry for entry in estimates if entry.name == "roas"])
    figure = new_figure(8.0, 1.8 + 0.5 * len(order))
    panels = figure.subplots(1, 2)
    for axes, name, title in ((panels[0], "roas", "On average"), (panels[1], "mroas", "On the next unit")):
        entries = [entry for entry in estimates if entry.name == name]
        interval_panel(axes, entries, order, as_percent=False)
        axes.xaxis.get_major_locator().set_params(nbins=4)
        label(axes, title=title, x=f"{display(outcome, 24)} per unit spent")
    panels[1].tick_params(labelleft=False)
    caption = (
        "What one more unit returns tells where to spend next; the average does not. "
        f"Bars: {level:.0%} credible intervals."
    )
    return Chart("roas", "Return on ad spend", caption, figure)


def decomposition_chart(prepared: Prepared, posterior: Posterior, outcome: str) -> Chart:
    """Baseline and channels, stacked over time."""
    parts = posterior.contributions.mean(axis=0)
    baseline = posterior.baseline.mean(axis=0)
    figure = new_figure(8.0, 4.2)
    axes = figure.add_subplot()
    days = prepared.dates.astype("datetime64[D]")
    colours = ["#D3D9DF", *[channel_colour(index) for index in range(len(parts))]]
    layers = axes.stackplot(days, np.vstack([baseline, parts]), colors=colours, linewidth=0)
    line = axes.plot(days, prepared.outcome, color=INK, linewidth=0.9)[0]
    tick_numbers(axes.yaxis)
    tick_dates(axes.xaxis)
    label(axes, title=f"Where {display(outcome, 24)} came from", y=display(outcome, 40))
    legend_below(figure, [line, *layers], ["observed", "baseline", *prepared.channels])
    return Chart("decomposition", "Decomposition over time", "Posterior means; the line is what was observed.", figure)


def response_chart(prepared: Prepared, posterior: Posterior, level: float, outcome: str, money: str) -> Chart:
    """What a constant spend returns, with today's spend marked."""
    grid = curve_grid(prepared)
    values = steady_response(prepared, posterior, grid)
    low, high = np.quantile(values, ((1 - level) / 2, (1 + level) / 2), axis=0)
    mean = values.mean(axis=0)
    count = len(prepared.channels)
    columns = min(3, count)
    lines = -(-count // columns)
    figure = new_figure(8.0, 0.6 + 2.5 * lines)
    panels = figure.subplots(lines, columns, squeeze=False)
    recent = prepared.spend[:, -13:].mean(axis=1)
    for index, axes in enumerate(panels.flat):
        if index >= count:
            axes.set_axis_off()
            continue
        known = grid[index] <= prepared.spend[index].max()
        colour = channel_colour(index)
        axes.fill_between(grid[index], low[index], high[index], color=colour, alpha=0.2, linewidth=0)
        axes.plot(grid[index][known], mean[index][known], color=colour, linewidth=2)
        axes.plot(grid[index][~known], mean[index][~known], color=colour, linewidth=2, linestyle=":")
        axes.plot([recent[index]], [np.interp(recent[index], grid[index], mean[index])], "o", color=INK, markersize=6)
        axes.set_ylim(bottom=0)
        axes.set_xlim(left=0)
        for axis in (axes.xaxis, axes.yaxis):
            tick_numbers(axis)
            axis.get_major_locator().set_params(nbins=4)
        label(
            axes,
            title=display(prepared.channels[index], 30),
            x=f"{money} a {prepared.period}",
            y=display(outcome, 24) if index % columns == 0 else "",
        )
    caption = (
        f"{display(outcome)} a {prepared.period} at a constant spend, with {level:.0%} credible band. The dot is the "
        f"mean spend of the last 13 {prepared.period}s; the dotted part lies beyond any spend in the table and is "
        "extrapolated."
    )
    return Chart("response_curves", "Response curves", caption, figure)


def budget_chart(prepared: Prepared, plan: BudgetPlan, level: float, outcome: str, money: str) -> Chart:
    """Current against recommended split, and the posterior of the gain."""
    channels = prepared.channels
    figure = new_figure(8.0, 1.8 + 0.55 * len(channels))
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    place = np.arange(len(channels))[::-1]
    now = left.barh(place + 0.2, plan.bounds.current, height=0.36, color="#B8C0C9")
    then = left.barh(place - 0.2, plan.spend, height=0.36, color=PALETTE[0])
    marks = left.errorbar(
        (plan.bounds.low + plan.bounds.high) / 2,
        place - 0.2,
        xerr=(plan.bounds.high - plan.bounds.low) / 2,
        fmt="none",
        ecolor=INK,
        elinewidth=0.8,
        capsize=3,
    )
    tick_text(left.yaxis, place.tolist(), channels, 24)
    tick_numbers(left.xaxis)
    left.xaxis.get_major_locator().set_params(nbins=4)
    label(left, title="Budget", x=f"{money} over {plan.bounds.horizon} {prepared.period}s")
    legend_below(figure, [now, then, marks], ["current split", "recommended", "allowed"])
    base = plan.now.sum(axis=1).mean()
    gain = plan.gain / base
    right.hist(gain, bins=30, color=PALETTE[0], alpha=0.7)
    right.axvline(0.0, color=INK, linewidth=1)
    tick_numbers(right.xaxis, True)
    right.xaxis.get_major_locator().set_params(nbins=4)
    right.set_yticks([])
    label(right, title="Gain", x=f"more {display(outcome, 24)} from media")
    loses = percent(float((plan.gain < 0).mean()))
    caption = (
        f"Left: the same total, split as in the last {plan.bounds.horizon} {prepared.period}s and as "
        "recommended, within the allowed range. Right: what the recommended split gains, over the posterior; the "
        f"chance that it loses is {loses}."
    )
    return Chart("budget", "Recommended budget", caption, figure)


def fit_chart(prepared: Prepared, posterior: Posterior, level: float, outcome: str, rng: np.random.Generator) -> Chart:
    """Observed outcome against the posterior predictive band."""
    low, high = np.quantile(replicate_outcome(posterior, rng), ((1 - level) / 2, (1 + level) / 2), axis=0)
    figure = new_figure(8.0, 4.0)
    axes = figure.add_subplot()
    band = axes.fill_between(prepared.dates, low, high, color=PALETTE[0], alpha=0.25, linewidth=0)
    mean = axes.plot(prepared.dates, posterior.expected.mean(axis=0), color=PALETTE[0], linewidth=1.4)[0]
    seen = axes.plot(prepared.dates, prepared.outcome, ".", color=INK, markersize=4)[0]
    tick_numbers(axes.yaxis)
    tick_dates(axes.xaxis)
    label(axes, title="Does the model fit?", y=display(outcome, 40))
    legend_below(figure, [seen, mean, band], ["observed", "expected", f"{level:.0%} predictive interval"], 28)
    return Chart(
        "fit", "Observed and expected outcome", f"About {level:.0%} of the dots should lie in the band.", figure
    )


def adstock_chart(prepared: Prepared, posterior: Posterior, level: float) -> Chart:
    """How the effect of one row's spend spreads over later rows."""
    weights = posterior.of_parts(
        lambda part: np.asarray(part.problem.form.adstock(given_values(part.samples), prepared.lags))
    )
    low, high = np.quantile(weights, ((1 - level) / 2, (1 + level) / 2), axis=0)
    figure = new_figure(8.0, 4.0)
    axes = figure.add_subplot()
    count = len(prepared.channels)
    shift = (np.arange(count) - (count - 1) / 2) * min(0.14, 0.8 / count)
    dots = []
    for index in range(count):
        mean = weights[:, index].mean(axis=0)
        away = np.abs(np.stack([mean - low[index], high[index] - mean]))
        dots.append(
            axes.errorbar(
                prepared.lags + shift[index],
                mean,
                yerr=away,
                fmt="o",
                markersize=4,
                color=channel_colour(index),
                elinewidth=1.5,
            )
        )
    axes.set_ylim(bottom=0)
    tick_numbers(axes.yaxis, True)
    label(axes, title="How long the effect lasts", x=f"{prepared.period}s after the spend", y="share of the effect")
    legend_below(figure, dots, prepared.channels)
    return Chart(
        "adstock",
        "Carry-over",
        f"Posterior means with {level:.0%} credible intervals; each channel adds up to 100%.",
        figure,
    )


def residual_chart(prepared: Prepared, posterior: Posterior, outcome: str, rng: np.random.Generator) -> Chart:
    """Residuals over time, and the distribution of the outcome against what the model would produce."""
    residual = prepared.outcome - posterior.expected.mean(axis=0)
    figure = new_figure(8.0, 3.6)
    left, right = figure.subplots(1, 2)
    left.axhline(0.0, color=INK, linewidth=0.8)
    left.plot(prepared.dates, residual, ".-", color=PALETTE[0], linewidth=0.6, markersize=4)
    tick_numbers(left.yaxis)
    tick_dates(left.xaxis)
    label(left, title="What is left over", y="observed minus expected")
    replicated = replicate_outcome(posterior, rng)[:: max(1, len(posterior.noise) // 60)]
    bins = np.linspace(min(replicated.min(), prepared.outcome.min()), max(replicated.max(), prepared.outcome.max()), 28)
    middle = (bins[1:] + bins[:-1]) / 2
    for one in replicated:
        shown = right.plot(middle, np.histogram(one, bins)[0], color=PALETTE[5], linewidth=0.6, alpha=0.4)[0]
    seen = right.plot(middle, np.histogram(prepared.outcome, bins)[0], color=INK, linewidth=1.8)[0]
    tick_numbers(right.xaxis)
    right.xaxis.get_major_locator().set_params(nbins=4)
    label(right, title="Model against table", x=display(outcome, 40), y=f"{prepared.period}s")
    legend_text(right, [seen, shown], ["observed", "replicated"], loc="upper right")
    caption = "Left: no pattern should remain. Right: the observed distribution should look like the replicated ones."
    return Chart("residuals", "Residuals and posterior predictive check", caption, figure)


def rank_chart(draws: Draws, channels: tuple[str, ...]) -> Chart:
    """Ranks of each chain's draws (Vehtari et al. 2021): even, when the chains explore the same places."""
    worst = max(draws.rhat, key=lambda name: float(draws.rhat[name].max()))
    values = {**draws.samples, **draws.reported}[worst]
    member = int(draws.rhat[worst].argmax())
    one = values[:, :, member]
    of = f", {display(channels[member], 24)}" if values.shape[-1] == len(channels) > 1 else ""
    ranks = one.ravel().argsort().argsort().reshape(one.shape) / one.size
    figure = new_figure(8.0, 3.6)
    left, right = figure.subplots(1, 2)
    lines = []
    for index in range(len(one)):
        left.plot(one[index], color=channel_colour(index), linewidth=0.5, alpha=0.8)
        counts, edges = np.histogram(ranks[index], 20, (0.0, 1.0))
        lines.append(
            right.stairs(counts / counts.mean(), edges, baseline=None, color=channel_colour(index), linewidth=1.5)
        )
    right.set_ylim(0, 2)
    label(left, title="Draws by chain", x="draw", y=f"{parameter_words(worst)}{of}")
    label(right, title="Ranks by chain", x="rank among all chains", y="density")
    legend_text(right, lines, [f"chain {index + 1}" for index in range(len(one))], loc="lower right", ncols=2)
    caption = (
        "The quantity whose chains agree least. Left: no drift should be seen. Right: all lines should stay near one."
    )
    return Chart("sampler", "Did the chains agree?", caption, figure)
