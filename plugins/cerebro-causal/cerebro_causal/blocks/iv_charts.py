"""Figures of a study with instruments."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from cerebro_causal.blocks.anderson_rubin import AndersonRubin
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.iv_sample import InstrumentSample
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart
from cerebro_core.blocks.style import PALETTE, label, legend_text, new_figure

MOST_GROUPS = 12


def plausibility_chart(test: AndersonRubin, effect: Effect, level: float, treatment: str, outcome: str) -> Chart:
    """How well each size of the effect fits, by the Anderson-Rubin test."""
    figure = new_figure(8.0, 3.8)
    axes = figure.subplots()
    ends = [end for piece in test.interval(level) for end in piece if end is not None]
    reach = max([4 * effect.error, *(1.6 * abs(end - effect.value) for end in ends)])
    if len(ends) != 2:
        reach = max(12 * effect.error, reach)
    grid = np.linspace(effect.value - reach, effect.value + reach, 401)
    heights = np.array([test.p_value(float(value)) for value in grid])
    axes.plot(grid, heights, color=PALETTE[0], linewidth=2.5)
    axes.fill_between(grid, 0, heights, where=heights >= 1 - level, color=PALETTE[0], alpha=0.2)
    line = axes.axhline(1 - level, color=PALETTE[1], linewidth=1.5, linestyle="--")
    none = axes.axvline(0, color=PALETTE[9], linewidth=1.2)
    axes.set_ylim(0, 1.05)
    title = "Which effects fit the data?"
    label(axes, title=title, x=f"effect of '{display(treatment, 30)}' on '{display(outcome, 30)}'", y="fit (p value)")
    legend_text(axes, [line, none], [f"limit of the {level:.0%} interval", "no effect"], loc="upper right")
    caption = (
        "Values above the dashed line are in the Anderson-Rubin interval, which holds however weak instruments are."
    )
    return Chart("plausibility", "Which effects fit the data", caption, figure)


def stages_chart(sample: InstrumentSample, treatment: str, outcome: str | None) -> Chart:
    """Treatment, and outcome, by the first instrument, after confounders are taken out."""
    figure = new_figure(8.0, 3.8)
    panels = figure.subplots(1, 2 if outcome else 1, squeeze=False)[0]
    shown = [(sample.study.cause, treatment)] + ([(sample.study.outcome, outcome)] if outcome else [])
    groups, middles = instrument_groups(sample.instruments[:, 0])
    for axes, (values, name) in zip(panels, shown, strict=True):
        draw_means(axes, adjusted_values(sample, values), groups, middles, sample.study.weights)
        label(axes, title="", x=sample.instrument_names[0], y=f"average of {display(name, 40)}")
    caption = (
        "What the first instrument moves: left the treatment, right the outcome. The effect is the right slope divided "
        "by the left one."
        if outcome
        else "How far the first instrument moves the treatment."
    )
    return Chart("stages", "What the instrument moves", f"{caption} Lines are 95% intervals.", figure)


def instrument_groups(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A number of a group for each row (values, or twelfths of many), and each group's middle."""
    levels = np.unique(values)
    if len(levels) > MOST_GROUPS:
        edges = np.unique(np.quantile(values, np.linspace(0, 1, MOST_GROUPS + 1)))
        groups = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    else:
        groups = np.searchsorted(levels, values)
    groups = np.unique(groups, return_inverse=True)[1]
    return groups, np.bincount(groups, weights=values) / np.bincount(groups)


def adjusted_values(sample: InstrumentSample, values: np.ndarray) -> np.ndarray:
    """Values without what confounders foretell beside the instruments, around their old mean."""
    if not sample.study.covariates.shape[1]:
        return values
    root = np.sqrt(sample.study.weights)[:, None]
    both = np.column_stack([sample.base, sample.instruments])
    slopes = np.linalg.lstsq(both * root, values * root[:, 0], rcond=None)[0]
    foretold = sample.study.covariates @ slopes[1 : sample.base.shape[1]]
    return values - (foretold - np.average(foretold, weights=sample.study.weights))


def draw_means(axes: Axes, values: np.ndarray, groups: np.ndarray, middles: np.ndarray, weights: np.ndarray) -> None:
    """Average of each group with its interval."""
    count = len(middles)
    total = np.bincount(groups, weights=weights, minlength=count)
    mean = np.bincount(groups, weights=weights * values, minlength=count) / total
    square = np.bincount(groups, weights=(weights * (values - mean[groups])) ** 2, minlength=count)
    reach = 1.96 * np.sqrt(square) / total
    axes.errorbar(middles, mean, yerr=reach, fmt="o", color=PALETTE[0], markersize=7, linewidth=2)
    axes.plot(middles, mean, color=PALETTE[0], linewidth=1, alpha=0.5)
    if count == 2:
        axes.set_xlim(middles[0] - 0.5 * np.ptp(middles), middles[1] + 0.5 * np.ptp(middles))
        axes.set_xticks(list(middles))
