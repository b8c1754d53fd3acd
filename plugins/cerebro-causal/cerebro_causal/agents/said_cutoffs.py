"""Cutoffs that the words name: "everyone above 50 points was offered"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cerebro_causal.agents.casting import is_time, names_rows
from cerebro_causal.agents.mentions import find_mentions
from cerebro_causal.agents.sign import Sign
from cerebro_causal.agents.words import EDGE, sentences

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

NUMBER = r"[$€£]?(?P<number>-?\d[\d,]*(?:\.\d+)?)(?!\s*(?:%|percent|per cent|st\b|nd\b|rd\b|th\b))"
SIDE = re.compile(
    r"\b(?:above|over|below|under|beneath|beyond|exceed(?:s|ed|ing)?|at least|at most|(?:more|fewer|less|higher|lower|"
    r"older|younger|larger|smaller|better|greater) than|up to|from|reach(?:es|ed|ing)?|turn(?:s|ed|ing)?|"
    r"pass(?:es|ed|ing)?|cross(?:es|ed|ing)?|scor(?:e|es|ed|ing)|at|with|threshold|cut-?off|line|limit|minimum|maximum)"
    rf" (?:(?:of|at|is|was|the|age|a|an|score|value) )*{NUMBER}",
    re.IGNORECASE,
)
ONWARD = re.compile(
    rf"{NUMBER}(?: [a-z]+){{0,2}}? (?:or|and) "
    r"(?:more|above|older|over|higher|better|less|fewer|below|under|younger|up)\b",
    re.IGNORECASE,
)
FEWEST_VALUES = 12
STEP = 0.15  # least jump in the chance of treatment at a cutoff that words name
NEAR = 0.25  # share of the rows that are nearest to the cutoff, on both sides together
ROWS = 20_000


@dataclass(frozen=True)
class Cutoff:
    """A running column with its cutoff, and how much the chance of treatment jumps there (None: not known)."""

    running: str
    value: float
    jump: float | None
    named: bool


def said_numbers(text: str) -> Iterator[tuple[str, float]]:
    """Numbers that a sentence compares with, each with its sentence."""
    for sentence in sentences(text):
        for pattern in (SIDE, ONWARD):
            for match in pattern.finditer(sentence):
                yield sentence, float(match["number"].replace(",", ""))


def runs(column: ColumnProfile) -> bool:
    """Whether a column could decide by a cutoff: an ordered number with many values that names no rows or periods."""
    whole_names = names_rows(column) and column.kind == "integer" and not column.is_number
    return column.is_number and column.distinct >= FEWEST_VALUES and not whole_names


def inside(column: ColumnProfile, value: float) -> bool:
    """Whether a value lies well inside the range of a column."""
    if column.minimum is None or column.maximum is None:
        return False
    return bool(column.minimum < value < column.maximum)


def jump_at(table: Table, running: str, treatment: str, cutoff: float) -> float | None:
    """By how much the share of treated rows differs between the two sides near a cutoff."""
    rows = [(x, t) for x, t in table.records([running, treatment], limit=ROWS) if x is not None and t is not None]
    rows.sort(key=lambda row: abs(float(row[0]) - cutoff))
    near = rows[: max(20, int(NEAR * len(rows)))]
    right = [float(t) for x, t in near if float(x) >= cutoff]
    left = [float(t) for x, t in near if float(x) < cutoff]
    if len(right) < 5 or len(left) < 5:
        return None
    return sum(right) / len(right) - sum(left) / len(left)


def said_cutoffs(table: Table, words: str, treatment: str | None, taken: frozenset[str]) -> list[Cutoff]:
    """Running columns with a cutoff that the words name, the likeliest first.

    A column qualifies where its sentence names it, or where the treatment jumps there.
    """
    able = {name: column for name, column in table.columns.items() if name not in taken and runs(column)}
    able = {name: column for name, column in able.items() if not is_time(column) or "age" in name.casefold()}
    cause = table.columns.get(treatment or "")
    flag = cause is not None and cause.kind in ("integer", "number", "boolean") and cause.distinct == 2
    edge = bool(EDGE.search(words))
    numbers = list(said_numbers(words)) + ([(words, 0.0)] if edge else [])
    if edge and flag and cause is not None:
        numbers += [(words, value) for value in dividing_values(table, list(able), cause.name)]
    found: dict[tuple[str, float], Cutoff] = {}
    for sentence, value in numbers:
        there = {item.column: item.strength for item in find_mentions(sentence, table.columns)}
        for name, column in able.items():
            if not inside(column, value):
                continue
            jump = jump_at(table, name, cause.name, value) if flag and cause is not None else None
            named = there.get(name, 0.0) >= 0.3
            if (jump is not None and abs(jump) >= STEP) or (jump is None and named and cause is None):
                found.setdefault((name, value), Cutoff(name, value, jump, named))
    return sorted(found.values(), key=lambda item: (-round(abs(item.jump or 0), 1), not item.named))


def dividing_values(table: Table, names: list[str], treatment: str) -> list[float]:
    """Values of columns that lie between all treated rows and all others."""
    measures: dict[str, tuple[str, ...]] = {}
    for place, name in enumerate(names):
        measures |= {f"* low {place}": ("min", name), f"* high {place}": ("max", name)}
    arms = [row for row in table.aggregate(measures, by=[treatment]) if row[treatment] is not None] if names else []
    found = []
    for place in range(len(names) if len(arms) == 2 else 0):
        (low, high), (other_low, other_high) = [(arm[f"* low {place}"], arm[f"* high {place}"]) for arm in arms]
        if None not in (low, high, other_low, other_high) and (high < other_low or other_high < low):
            found.append(float(max(low, other_low)))
    return found


def said_cutoff_sign(table: Table, words: str, treatment: str | None, taken: frozenset[str]) -> Sign | None:
    """The sign of a discontinuity that the words describe, or None."""
    found = said_cutoffs(table, words, treatment, taken)
    if not found:
        return None
    best = found[0]
    values: dict[str, object] = {"running": best.running, "cutoff": best.value}
    if treatment is not None and best.jump is not None and abs(best.jump) < 0.999:
        values |= {"treatment": treatment, "fuzzy": True}
    return Sign(
        "rdd",
        1.0,
        values,
        {
            "method": "Your words name a cutoff, and rows just beside it are alike but for the treatment.",
            "running": "Your words say that it decides about the treatment.",
            "cutoff": "Your words name it.",
            "fuzzy": "Some rows are treated, or not, against the rule: the cutoff only moves the chance.",
        },
        "" if best.jump is None else f"the share of treated rows jumps by {best.jump:+.0%} at {best.value:g}",
        "That nobody could place a row on the side of choice, and that nothing else changes there, rests on you.",
    )
