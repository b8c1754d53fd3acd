"""What the reports of all methods that compare arms have in common."""

from __future__ import annotations

import numpy as np

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.influence import Effect
from cerebro_core.blocks.display import display
from cerebro_core.blocks.report_numbers import estimate_decimals, number_text
from cerebro_core.blocks.result import Chart, Diagnostic, ResultTable
from cerebro_core.blocks.style import PALETTE, label, legend_text, new_figure, tick_text

ESTIMAND_TEXTS = (
    ("ate", "all rows"),
    ("att", "the treated"),
    ("atc", "the untreated"),
    ("ato", "rows that could well have gone either way"),
)


def estimand_text(estimand: str) -> str:
    """For whom an effect holds, in words."""
    return dict(ESTIMAND_TEXTS).get(estimand, estimand)


def effect_numbers(effect: Effect, level: float) -> tuple[str, str, str]:
    """Size of an effect and the ends of its interval, as precise as the interval allows."""
    low, high = effect.interval(level)
    digits = estimate_decimals(
        {"value": effect.value, "ci_low": low, "ci_high": high, "std_error": effect.error, "unit": ""}
    )
    return number_text(effect.value, digits), number_text(low, digits), number_text(high, digits)


def effect_answer(effect: Effect, level: float, *, treatment: str, outcome: str, who: str, because: str) -> str:
    """The answer in two sentences: what the interval shows, and what it rests on."""
    value, low, high = effect_numbers(effect, level)
    ends = effect.interval(level)
    cause, result = display(treatment, 60), display(outcome, 60)
    if ends[0] <= 0 <= ends[1]:
        first = (
            f"No effect of '{cause}' on '{result}' is shown over {who}: the estimate is {value}, and anything from "
            f"{low} to {high} fits the data ({level:.0%} interval)."
        )
    else:
        moved = "raised" if effect.value > 0 else "lowered"
        first = (
            f"'{cause}' {moved} '{result}' on average over {who}: by {value}, between {low} and {high} "
            f"({level:.0%} interval)."
        )
    return f"{first} {because}"


def design_answer(diagnostics: list[Diagnostic]) -> str:
    """The answer of the stage that does not look at the outcome."""
    bad = [item for item in diagnostics if item.status != "pass"]
    if not bad:
        return "The arms overlap and can be compared. The outcome was not looked at: run again without --stage design."
    failed = sum(item.status == "fail" for item in bad)
    return (
        f"The outcome was not looked at. Of the checks of the design {len(bad)} raise doubts"
        f"{f' and {failed} of these say that the arms cannot be compared as they stand' if failed else ''}."
    )


def sample_facts(sample: CausalSample) -> ResultTable:
    """The rows of each arm."""
    rows = []
    for number, name in enumerate(sample.arms):
        own = sample.arm == number
        rows.append((name, int(own.sum()), int(np.unique(sample.clusters[own]).size) if sample.clustered else None))
    return ResultTable(("arm", "rows", "clusters"), tuple(rows), "Who was compared", "Rows that entered the estimate.")


def overlap_chart(scores: np.ndarray, treated: np.ndarray, arms: tuple[str, ...]) -> Chart:
    """How likely the treatment was, in both arms."""
    figure = new_figure()
    axes = figure.subplots()
    bins = np.linspace(0, 1, 41)
    handles = []
    for number, colour in ((0, PALETTE[9]), (1, PALETTE[0])):
        own = scores[treated == number]
        share = np.full(len(own), 1 / max(len(own), 1))
        heights = np.histogram(own, bins=bins, weights=share)[0]
        handles.append(axes.bar(bins[:-1], heights, width=1 / 40, align="edge", color=colour, alpha=0.55))
    label(axes, title="Could they have gone either way?", x="estimated chance of treatment", y="share of the arm")
    legend_text(axes, handles, [f"arm {arms[0]}", f"arm {arms[1]}"], loc="upper center")
    caption = "Where only one arm has rows, nothing can be compared, and the answer rests on the model alone."
    return Chart("overlap", "Overlap of the arms", caption, figure)


def means_chart(points: list[tuple[str, Effect]], level: float, outcome: str) -> Chart:
    """What the outcome would be on average in each arm."""
    figure = new_figure(8.0, 3.2)
    axes = figure.subplots()
    for place, (_, effect) in enumerate(points):
        low, high = effect.interval(level)
        axes.plot([low, high], [place, place], color=PALETTE[place % len(PALETTE)], linewidth=3)
        axes.plot([effect.value], [place], "o", color=PALETTE[place % len(PALETTE)], markersize=9)
    axes.set_ylim(-0.6, len(points) - 0.4)
    label(axes, title="Outcome in each arm", x=f"average of {display(outcome, 60)}", y="")
    tick_text(axes.yaxis, list(range(len(points))), [name for name, _ in points])
    caption = f"Dots are estimates, lines {level:.0%} intervals."
    return Chart("means", "Outcome in each arm", caption, figure)


FEW_CLUSTERS = 30  # Cameron & Miller (2015): below some 20 to 50 clusters normal approximations are poor


def cluster_diagnostics(sample: CausalSample) -> list[Diagnostic]:
    """Whether there are enough clusters for their differences to be measured."""
    if not sample.clustered:
        return []
    count = int(np.unique(sample.clusters).size)
    fine = count >= FEW_CLUSTERS
    message = f"There are {count} clusters" + (
        "." if fine else f", fewer than {FEW_CLUSTERS}: the interval is likely too short. Take it with a margin."
    )
    return [Diagnostic("clusters", "pass" if fine else "warn", message, float(count), float(FEW_CLUSTERS))]


def trusted_because(sample: CausalSample, graph: str | None) -> str:
    """What an answer by adjustment rests on, in a sentence."""
    count = len(sample.covariate_names)
    if not count:
        return "Nothing was adjusted for: it is a plain comparison, and whoever was treated may have differed before."
    if graph:
        return "That holds if your graph is right; no table can show that."
    return (
        "That holds only if nothing that was not named as a confounder moved both; no table can show that, and the "
        "report says how strong such a thing would have to be."
    )
