"""Estimates, table and figure of effects by segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart, Estimate, ResultTable
from cerebro_core.blocks.style import PALETTE, label, new_figure, tick_numbers, tick_text

MOST_SHOWN = 30


def segment_estimates(
    arms: Arms, metric: Metric, found: Sequence[tuple[int, Any, Any]], ci_level: float
) -> tuple[tuple[Estimate, ...], str]:
    """The effect over all segments, then in each; and the answer in words."""
    estimates, sentences = [], []
    tails = [(1 - ci_level) / 2, (1 + ci_level) / 2]
    shown = display(metric.name, 40)
    for arm, sums, draws in found:
        name = display(arms.names[arm], 30)
        overall = draws.effects @ sums.weights
        low, high = np.quantile(overall, tails)
        superior = float((metric.sign * overall > 0).mean())
        pair = f"{name} less {display(arms.names[0], 30)}"
        common: dict[str, Any] = {"outcome": metric.name, "ci_level": ci_level, "interval": "credible"}
        estimates.append(
            Estimate(
                "difference",
                float(overall.mean()),
                f"{shown}: {pair}",
                float(overall.std()),
                float(low),
                float(high),
                unit=shown,
                group=arms.names[arm],
                **common,
            )
        )
        ratio = overall / (draws.base @ sums.weights)
        first, last = np.quantile(ratio, tails)
        if float((sums.weights * sums.mean[:, 0]).sum()) > 0:
            estimates.append(
                Estimate(
                    "relative_lift",
                    float(np.median(ratio)),
                    f"{shown}: {pair}, share of control",
                    None,
                    float(first),
                    float(last),
                    unit="share",
                    group=arms.names[arm],
                    **common,
                )
            )
        estimates.append(
            Estimate(
                "p_superior",
                superior,
                f"Probability that {name} beats {display(arms.names[0], 30)}, {shown}",
                unit="share",
                outcome=metric.name,
                group=arms.names[arm],
            )
        )
        for place, segment in enumerate(sums.names):
            drawn = draws.effects[:, place]
            low, high = np.quantile(drawn, tails)
            estimates.append(
                Estimate(
                    "segment_difference",
                    float(drawn.mean()),
                    f"{shown} in {display(segment, 30)}: {pair}",
                    float(drawn.std()),
                    float(low),
                    float(high),
                    unit=shown,
                    group=segment if len(found) == 1 else f"{arms.names[arm]}: {segment}",
                    **common,
                )
            )
        best = int(np.argmax(metric.sign * draws.effects.mean(axis=0)))
        worst = int(np.argmin(metric.sign * draws.effects.mean(axis=0)))
        effects = draws.effects.mean(axis=0)
        sentences.append(
            f"{name} changes {shown} by {overall.mean():.4g} over all segments and is better with a probability of "
            f"{min(superior, 0.999):.1%}; from {effects[worst]:.4g} in {display(sums.names[worst], 30)} to "
            f"{effects[best]:.4g} in {display(sums.names[best], 30)}."
        )
    return tuple(estimates), " ".join(sentences)


def segment_table(arms: Arms, found: Sequence[tuple[int, Any, Any]], ci_level: float) -> ResultTable:
    """Raw and hierarchical effects of each segment."""
    rows = []
    for arm, sums, draws in found:
        low, high = np.quantile(draws.effects, [(1 - ci_level) / 2, (1 + ci_level) / 2], axis=0)
        raw = sums.mean[:, 1] - sums.mean[:, 0]
        for place, segment in enumerate(sums.names):
            drawn = draws.effects[:, place]
            rows.append(
                (
                    arms.names[arm],
                    segment,
                    int(sums.n[place].sum()),
                    float(raw[place]),
                    float(drawn.mean()),
                    float(low[place]),
                    float(high[place]),
                )
            )
    columns = ("arm", "segment", "rows", "difference alone", "difference", "from", "to")
    caption = "Alone is what the segment's own rows say; the one beside it is drawn towards that of all."
    return ResultTable(columns, tuple(rows), "Segments", caption)


def segment_chart(arms: Arms, metric: Metric, arm: int, sums: Any, draws: Any, ci_level: float) -> Chart:
    """The effect in each segment, with the plain difference beside it."""
    order = np.argsort(-sums.n.sum(axis=1))[:MOST_SHOWN]
    figure = new_figure(height=1.8 + 0.4 * len(order))
    axes = figure.subplots()
    low, high = np.quantile(draws.effects[:, order], [(1 - ci_level) / 2, (1 + ci_level) / 2], axis=0)
    places = np.arange(len(order))[::-1]
    axes.axvline(0, color="#616E7C", linewidth=1)
    axes.hlines(places, low, high, color=PALETTE[0], linewidth=3)
    axes.plot(draws.effects[:, order].mean(axis=0), places, "o", color=PALETTE[0], markersize=8)
    axes.plot((sums.mean[:, 1] - sums.mean[:, 0])[order], places, "x", color=PALETTE[1], markersize=7)
    tick_text(axes.yaxis, list(map(float, places)), [sums.names[place] for place in order])
    tick_numbers(axes.xaxis)
    title = f"{arms.names[arm]} less {arms.names[0]} by segment"
    label(axes, title=title, x=metric.name, y="")
    caption = "Dots and bars: estimated together. Crosses: each segment by itself, which wanders where rows are few."
    return Chart(f"segments_{arm}", title, caption, figure)
