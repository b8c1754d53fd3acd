"""Figures of a study at a cutoff."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from cerebro_causal.blocks.local_polynomial import kernel_values
from cerebro_causal.blocks.rdd_checks import Tried
from cerebro_causal.blocks.rdd_effect import CurveSettings, CutoffEffect
from cerebro_causal.blocks.rdd_sample import CutoffSample
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart
from cerebro_core.blocks.style import PALETTE, label, legend_text, new_figure

BINS = 20


def cutoff_chart(
    sample: CutoffSample,
    found: CutoffEffect,
    settings: CurveSettings,
    values: np.ndarray,
    *,
    name: str,
    running: str,
    column: str,
    title: str,
) -> Chart:
    """Averages of bins along the running column, and the curves within the bandwidth."""
    figure = new_figure()
    axes = figure.subplots()
    reach = 3.0 * max(found.bandwidths)
    shown = np.abs(sample.running) <= reach
    if min((shown & (sample.running < 0)).sum(), (shown & (sample.running >= 0)).sum()) == 0:
        shown = np.ones(len(values), bool)
    handles = []
    for side, colour in ((0, PALETTE[9]), (1, PALETTE[0])):
        rows = shown & ((sample.running >= 0) if side else (sample.running < 0))
        handles.append(draw_bins(axes, sample, rows, values, colour))
        draw_curve(axes, sample, rows, values, found.bandwidths[side], settings, PALETTE[1])
    axes.axvline(sample.cutoff, color=PALETTE[8], linewidth=1.2, linestyle="--")
    label(axes, title=title, x=display(running, 60), y=f"average of {display(column, 50)}")
    sides = ["below the cutoff", "above it"] if not sample.turned else ["above the cutoff", "below it"]
    untreated, treated = ("untreated", "treated") if not sample.fuzzy else ("untreated, or less", "treated, or more")
    legend_text(axes, handles, [f"{sides[0]} ({untreated})", f"{sides[1]} ({treated})"], loc="best")
    caption = (
        "Dots are averages of rows with close values; lines are the curves within the bandwidth, whose gap at the "
        "dashed line is the jump."
    )
    return Chart(name, title, caption, figure)


def draw_bins(axes: Axes, sample: CutoffSample, rows: np.ndarray, values: np.ndarray, colour: str) -> object:
    """Averages of bins of one side; bins have equal width, and begin at the cutoff."""
    x, y, w = sample.running[rows], values[rows], sample.study.weights[rows]
    levels = np.unique(x)
    if len(levels) <= 2 * BINS:
        groups = np.searchsorted(levels, x)
    else:
        wide = float(np.abs(x).max()) / BINS
        groups = np.minimum((np.abs(x) / wide).astype(int), BINS - 1)
    groups = np.unique(groups, return_inverse=True)[1]
    total = np.bincount(groups, weights=w)
    middle = np.bincount(groups, weights=w * x) / total
    mean = np.bincount(groups, weights=w * y) / total
    at = [sample.scale_back(float(value)) for value in middle]
    count = np.bincount(groups)
    size = 18 + 60 * count / float(count.max())
    return axes.scatter(at, mean, s=size, color=colour, alpha=0.85, linewidths=0)


def draw_curve(
    axes: Axes,
    sample: CutoffSample,
    rows: np.ndarray,
    values: np.ndarray,
    bandwidth: float,
    settings: CurveSettings,
    colour: str,
) -> None:
    """The fitted curve of one side within its bandwidth."""
    x, y = sample.running[rows], values[rows]
    near = kernel_values(x / bandwidth, settings.kernel) * sample.study.weights[rows]
    used = near > 0
    if len(np.unique(x[used])) <= settings.degree:
        return
    root = np.sqrt(near[used])[:, None]
    powers = (x[used, None] / bandwidth) ** np.arange(settings.degree + 1)
    slopes = np.linalg.lstsq(powers * root, y[used] * root[:, 0], rcond=None)[0]
    end = float(x[used][np.abs(x[used]).argmax()])
    grid = np.linspace(0.0, end, 60)
    curve = (grid[:, None] / bandwidth) ** np.arange(settings.degree + 1) @ slopes
    axes.plot([sample.scale_back(float(value)) for value in grid], curve, color=colour, linewidth=2.5)


def bandwidths_chart(tried: Tried, main: CutoffEffect, level: float) -> Chart:
    """The effect by bandwidth."""
    figure = new_figure(8.0, 3.6)
    axes = figure.subplots()
    for _, item in tried:
        width = float(np.mean(item.bandwidths))
        chosen = item is main
        colour = PALETTE[0] if chosen else PALETTE[9]
        low, high = item.effect.robust.interval(level)
        axes.plot([width, width], [low, high], color=colour, linewidth=3 if chosen else 2)
        axes.plot([width], [item.effect.value], "o", color=colour, markersize=9 if chosen else 7)
    axes.axhline(0, color=PALETTE[8], linewidth=1)
    label(axes, title="Does the answer hang on the bandwidth?", x="bandwidth", y="effect")
    caption = f"The blue one is the answer. Dots are estimates, lines robust {level:.0%} intervals."
    return Chart("bandwidths", "The effect by bandwidth", caption, figure)


def density_chart(sample: CutoffSample, running: str) -> Chart:
    """How many rows there are along the running column."""
    figure = new_figure(8.0, 3.2)
    axes = figure.subplots()
    x = sample.running
    reach = float(np.quantile(np.abs(x), 0.9)) or float(np.abs(x).max())
    levels = np.unique(x[np.abs(x) <= reach])
    wide = float(np.median(np.diff(levels))) if len(levels) <= 2 * BINS else reach / BINS
    for side, colour in ((0, PALETTE[9]), (1, PALETTE[0])):
        own = x[(x >= 0) & (x <= reach)] if side else x[(x < 0) & (x >= -reach)]
        groups, counts = np.unique(np.floor(own / wide + 1e-9), return_counts=True)
        at = [sample.scale_back(float((group + 0.5) * wide)) for group in groups]
        axes.bar(at, counts, width=0.92 * wide, color=colour)
    axes.axvline(sample.cutoff, color=PALETTE[8], linewidth=1.2, linestyle="--")
    label(axes, title="Do rows crowd on one side?", x=display(running, 60), y="rows")
    caption = "A step at the dashed line is a sign that people moved themselves across the cutoff."
    return Chart("density", "How many rows there are along the running column", caption, figure)
