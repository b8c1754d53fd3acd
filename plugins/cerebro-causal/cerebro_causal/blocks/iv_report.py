"""What the report of a study with instruments says: answer, estimates, tables."""

from __future__ import annotations

import numpy as np

from cerebro_causal.blocks.anderson_rubin import AndersonRubin, Pieces
from cerebro_causal.blocks.influence import Effect, effect_estimate
from cerebro_causal.blocks.iv_sample import InstrumentSample
from cerebro_causal.blocks.partialled import PartialledFit
from cerebro_causal.blocks.study_report import cause_text, moved_text
from cerebro_core.blocks.display import display
from cerebro_core.blocks.report_numbers import estimate_decimals, number_text
from cerebro_core.blocks.result import Estimate, ResultTable


def pieces_text(pieces: Pieces, digits: int) -> str:
    """An interval in words."""
    parts = []
    for low, high in pieces:
        if low is None and high is None:
            return "any size at all"
        if low is None or high is None:
            side, end = ("below", high) if low is None else ("above", low)
            parts.append(f"anything {side} {number_text(float(end or 0.0), digits)}")
        else:
            parts.append(f"{number_text(low, digits)} to {number_text(high, digits)}")
    return " or ".join(parts)


def holds_zero(pieces: Pieces) -> bool:
    """Whether zero is in one of the pieces."""
    return any((low is None or low <= 0) and (high is None or high >= 0) for low, high in pieces)


def is_bounded(pieces: Pieces) -> bool:
    """Whether the set is one interval with two ends."""
    return len(pieces) == 1 and None not in pieces[0]


def anderson_rubin_estimate(
    name: str, effect: Effect, test: AndersonRubin, level: float, *, text: str, outcome: str
) -> Estimate:
    """The estimate with the Anderson-Rubin interval, and the p value of no effect by the same test."""
    pieces = test.interval(level)
    low, high = pieces[0] if is_bounded(pieces) else (None, None)
    if len(pieces) == 1 and not is_bounded(pieces):
        low, high = pieces[0]
    return Estimate(
        name=name,
        value=effect.value,
        label=text,
        std_error=effect.error,
        ci_low=low,
        ci_high=high,
        ci_set=None if is_bounded(pieces) else pieces,
        ci_level=level,
        interval="confidence" if is_bounded(pieces) else "set",
        p_value=test.p_value(0.0),
        outcome=outcome,
    )


def instrument_answer(
    sample: InstrumentSample, effect: Effect, pieces: Pieces, level: float, *, weak: bool, treatment: str, outcome: str
) -> str:
    """The answer in plain sentences: what the interval shows, for whom, and what it rests on."""
    cause, result = display(treatment, 60), display(outcome, 60)
    ends = [end for piece in pieces for end in piece if end is not None]
    digits = estimate_decimals(
        {
            "value": effect.value,
            "ci_low": min(ends, default=None),
            "ci_high": max(ends, default=None),
            "std_error": effect.error,
            "unit": "",
        }
    )
    value, fits = number_text(effect.value, digits), pieces_text(pieces, digits)
    arms = sample.study.arms
    what = cause_text(treatment, arms) if arms else f"One more unit of '{cause}'"
    inner = what[:1].lower() + what[1:]
    who = "those whom the instrument moved" if arms else "those whose dose the instrument moved"
    if not pieces:
        first = (
            f"The instruments contradict each other so far that no effect of {inner} on '{result}' fits the data: "
            f"the estimate of {value} has no interval. At least one instrument is not what it should be."
        )
    elif holds_zero(pieces):
        first = (
            f"No effect of {inner} on '{result}' is shown for {who}: the estimate is {value}, and {fits} fits the "
            f"data ({level:.0%} interval)."
        )
    elif not is_bounded(pieces):
        first = (
            f"{what} changed '{result}' for {who}, but by how much the data hardly tell: the estimate is {value}, "
            f"and {fits} fits them ({level:.0%} interval)."
        )
    else:
        moved, size = moved_text(effect.value, (ends[0], ends[1]), digits)
        first = f"{what} {moved} '{result}' on average for {who}: {size} ({level:.0%} interval)."
    second = f"The instruments are too weak to rely on the estimate of {value} itself." if weak else ""
    last = "That holds only if the instruments move the outcome through the treatment alone; no table can show that."
    return " ".join(part for part in (first, second, last) if part)


def stage_estimates(
    sample: InstrumentSample, fit: PartialledFit, level: float, *, treatment: str, outcome: str | None
) -> list[Estimate]:
    """What each instrument moves: the treatment (first stage), and the outcome (reduced form)."""
    found = []
    wanted = [("first_stage", len(fit.coefficients) - 1, treatment, "Treatment moved by")]
    if outcome is not None:
        wanted.append(("reduced_form", 0, outcome, "Outcome moved by"))
    for name, row, column, text in wanted:
        for place, (key, shown) in enumerate(zip(sample.instrument_keys, sample.instrument_names, strict=True)):
            effect = fit.effect(row, place)
            found.append(effect_estimate(name, effect, level, text=f"{text} {shown}", outcome=column, group=key))
    return found


def compared_table(rows: list[tuple[str, Effect]], level: float) -> ResultTable:
    """Estimates by other ways, beside each other."""
    cells = []
    for name, effect in rows:
        low, high = effect.interval(level)
        cells.append((name, effect.value, effect.error, low, high))
    columns = ("estimator", "effect", "standard error", f"{level:.0%} low", f"{level:.0%} high")
    caption = (
        "With ordinary (Wald) intervals, which need strong instruments. Plain regression compares those who chose, and "
        "is no answer to the question; far-off limits between 2sls and liml are a sign of weak or many instruments."
    )
    return ResultTable(columns, tuple(cells), "The effect by other ways", caption)


def moved_table(sample: InstrumentSample) -> ResultTable | None:
    """Whom the instrument moved, where instrument and treatment are both 0 or 1 (Angrist, Imbens & Rubin 1996)."""
    first = sample.instruments[:, 0]
    if sample.instruments.shape[1] != 1 or not sample.study.arms or len(np.unique(first)) != 2:
        return None
    weights, cause = sample.study.weights, sample.study.cause
    on = first == first.max()
    high, low = (float(np.average(cause[part], weights=weights[part])) for part in (on, ~on))
    if high < low:
        high, low = low, high
    rows = (
        ("moved by the instrument (compliers)", high - low),
        ("treated either way (always-takers)", low),
        ("untreated either way (never-takers)", 1 - high),
    )
    caption = "If nobody does the opposite of what the instrument suggests; without adjustment for confounders."
    return ResultTable(("who", "share of rows"), rows, "Whom the instrument moved", caption)


def instrument_facts(sample: InstrumentSample, treatment: str) -> ResultTable:
    """What entered, for the report."""
    study = sample.study
    low, high = float(study.cause.min()), float(study.cause.max())
    scale = f"{study.arms[0]} = 0, {study.arms[1]} = 1" if study.arms else f"a number from {low:g} to {high:g}"
    rows = (
        ("rows", f"{len(study.outcome):,}"),
        ("treatment", f"{display(treatment, 40)}: {scale}"),
        ("instruments", ", ".join(sample.instrument_names)),
        ("confounders", ", ".join(study.covariate_names) or "none"),
        ("clusters", f"{len(np.unique(study.clusters)):,}" if study.clustered else "none"),
    )
    return ResultTable(("what", "which"), rows, "What was compared", "Rows and columns that entered the estimate.")
