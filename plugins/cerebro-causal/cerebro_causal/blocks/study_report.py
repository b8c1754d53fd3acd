"""What the reports of all methods that compare arms have in common."""

from __future__ import annotations

import math

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


PLAIN_CONTROLS = frozenset({"0", "false", "no", "nein", "n"})


def cause_text(treatment: str, arms: tuple[str, ...]) -> str:
    """The cause as part of a sentence; with its two values, unless it is plain which of them is untreated.

    Args:
        treatment: its column.
        arms: its values, the control first; empty for a dose.
    """
    shown = f"'{display(treatment, 60)}'"
    plain = len(arms) == 2 and arms[0].casefold() in PLAIN_CONTROLS and not arms[1].startswith("-")
    return shown if not arms or plain else f"{shown} = {arms[1]} rather than {arms[0]}"


def effect_digits(effect: Effect, ends: tuple[float, float]) -> int:
    """Decimals that an interval allows, by the rule of the tables."""
    low, high = (end if math.isfinite(end) else None for end in ends)
    return estimate_decimals(
        {"value": effect.value, "ci_low": low, "ci_high": high, "std_error": effect.error, "unit": ""}
    )


def end_text(end: float, digits: int) -> str:
    """One end of an interval."""
    return number_text(end, digits) if math.isfinite(end) else "no bound"


def moved_text(value: float, ends: tuple[float, float], digits: int) -> tuple[str, str]:
    """The verb, raised or lowered, and by how much: sizes without the sign that the verb says already."""
    low, high = ends
    if high < 0:
        value, low, high = -value, -high, -low
    size = f"by {number_text(value, digits)}, between {end_text(low, digits)} and {end_text(high, digits)}"
    return ("lowered" if ends[1] < 0 else "raised"), size


def shows_effect(effect: Effect, level: float) -> bool:
    """Whether the interval leaves zero out."""
    low, high = effect.interval(level)
    return not low <= 0 <= high


def effect_answer(
    effect: Effect, level: float, *, treatment: str, arms: tuple[str, ...], outcome: str, who: str, because: str
) -> str:
    """The answer in two sentences: what the interval shows, and what it rests on."""
    ends = effect.interval(level)
    digits = effect_digits(effect, ends)
    cause, result = cause_text(treatment, arms), display(outcome, 60)
    if shows_effect(effect, level):
        moved, size = moved_text(effect.value, ends, digits)
        first = f"{cause} {moved} '{result}' on average over {who}: {size} ({level:.0%} interval)."
    else:
        first = (
            f"No effect of {cause} on '{result}' is shown over {who}: the estimate is "
            f"{number_text(effect.value, digits)}, and anything from {end_text(ends[0], digits)} to "
            f"{end_text(ends[1], digits)} fits the data ({level:.0%} interval)."
        )
    return f"{first} {because}".strip()


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
