"""What in a table speaks for an instrument."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cerebro_causal.agents.sign import Sign
from cerebro_causal.agents.words import AFTER, mentioned, untreated_level
from cerebro_core.blocks.display import display
from cerebro_core.roles import TREATMENTS, name_words

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

NUMBERS = ("number", "integer", "boolean")
CHANCE = frozenset(
    {"lottery", "lotteries", "draft", "drafted", "random", "randomised", "randomized", "randomly", "drawn", "ballot"}
    | {"assigned", "assignment", "assign", "offer", "offered", "offers", "winner", "won", "los", "lotterie"}
)
PUSH = frozenset(
    {"encouraged", "encouragement", "encourage", "eligible", "eligibility", "invited", "invitation", "voucher", "nudge"}
    | {"reminder", "incentive", "incentives", "letter", "instrument", "iv", "near", "nearby", "proximity", "distance"}
    | {"leniency", "strictness", "subsidy", "rollout", "reminded", "notified", "mailed", "phoned"}
)
TAKES = frozenset(
    {
        "took",
        "takeup",
        "uptake",
        "used",
        "uses",
        "use",
        "usage",
        "attended",
        "attends",
        "enrolled",
        "enrolment",
        "enrollment",
    }
    | {"served", "participated", "participation", "participates", "complied", "received", "smoked", "veteran", "takes"}
)
FEWEST_ROWS = 40
SHIFT = 4.0  # standard errors: an F of 16
COPY = 0.995
UNKNOWN = (
    "That it has no other way to the outcome, and came as if by chance, cannot be seen in columns: it rests on you."
)


def signs(table: Table, given: Mapping[str, Any], words: str) -> Iterator[Sign]:
    """Where the table shows, or allows, an instrument.

    A column is proposed where its name speaks of an offer, a lottery or a push and its values shift the treatment by
    more than chance allows, but do not decide it. Strength 1 is for names that speak of chance (a lottery, an
    assignment, an offer) or where the user named instruments; the rest only allow the design.

    Args:
        table: the user's table.
        given: what the user said.
        words: question and description, joined.
    """
    if given.get("instruments"):
        yield named_sign(given)
        return
    outcome = given.get("outcome")
    for treatment in takers(table, given, words):
        found = [
            (shift, column)
            for column in table.columns.values()
            if is_push(column) and column.name not in (treatment.name, outcome, *taken_elsewhere(given))
            for shift in [take_up_shift(table, treatment, column)]
            if shift is not None
        ]
        strong = sorted((item for item in found if abs(item[0][0]) >= SHIFT), key=lambda item: -abs(item[0][0]))
        if strong:
            yield pushed_sign(table, treatment, [column for _, column in strong], strong[0][0], words)
            return
    if given.get("method") == "iv":
        yield Sign("iv", 0.5, {}, {"method": "You asked for it."}, "", UNKNOWN)


def named_sign(given: Mapping[str, Any]) -> Sign:
    """The user named the instruments."""
    shown = ", ".join(display(name, 40) for name in given["instruments"])
    return Sign(
        "iv", 1.0, {}, {"method": "You named instruments, and this is the method that uses them."}, shown, UNKNOWN
    )


def taken_elsewhere(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Columns that the user gave another role."""
    single = (given.get(name) for name in ("cluster", "weights", "unit", "time", "running", "first_treated"))
    many = (name for role in ("confounders", "strata", "mediators") for name in given.get(role) or ())
    return (*(name for name in single if name), *many)


def is_push(column: ColumnProfile) -> bool:
    """Whether its name speaks of something that moves people, and its values vary."""
    words = name_words(column.name)
    fits = column.distinct == 2 or (column.kind in NUMBERS and column.distinct > 2)
    return fits and bool(words & (CHANCE | PUSH)) and not words & (AFTER | TAKES)


def takers(table: Table, given: Mapping[str, Any], words: str) -> list[ColumnProfile]:
    """Columns that may be the treatment: the given one, else those whose names speak of taking it up."""
    named = given.get("treatment")
    if named:
        column = table.columns.get(named)
        fits = column is not None and (column.kind in NUMBERS or column.distinct == 2)
        return [column] if column is not None and fits else []
    two = [
        column
        for column in table.columns.values()
        if column.kind != "date" and column.distinct == 2 and column.name != given.get("outcome")
        if not name_words(column.name) & (CHANCE | PUSH)
    ]
    asked = mentioned(words, [column.name for column in two])
    likely = [column for column in two if column.name in asked or name_words(column.name) & (TAKES | TREATMENTS)]
    return sorted(likely, key=lambda column: (column.name not in asked, not name_words(column.name) & TAKES))


def take_up_shift(table: Table, treatment: ColumnProfile, column: ColumnProfile) -> tuple[float, float] | None:
    """By how many standard errors a column shifts the treatment, and their correlation; None where it decides it."""
    if treatment.distinct == 2 and column.distinct > 2 and one_valued_in_an_arm(table, treatment.name, [column.name]):
        return None
    if treatment.distinct == 2 and column.distinct == 2:
        r, rows = two_by_two(table, treatment.name, column.name)
    elif treatment.kind in NUMBERS and column.kind in NUMBERS:
        found = table.aggregate({"r": ("corr", treatment.name, column.name), "rows": ("rows",)})[0]
        r, rows = found["r"], found["rows"]
    else:
        return None
    if r is None or abs(r) > COPY or rows < FEWEST_ROWS:
        return None
    return r * math.sqrt((rows - 2) / (1 - r**2)), r


def one_valued_in_an_arm(table: Table, treatment: str, names: Sequence[str]) -> frozenset[str]:
    """Columns that vary among the treated, or the others, alone: they say how these were treated."""
    ends = {f"* {end} {place}": (end, name) for place, name in enumerate(names) for end in ("min", "max")}
    arms = [row for row in table.aggregate(ends, by=[treatment]) if row[treatment] is not None] if names else []
    return frozenset(
        name for place, name in enumerate(names) if any(row[f"* min {place}"] == row[f"* max {place}"] for row in arms)
    )


def two_by_two(table: Table, first: str, second: str) -> tuple[float | None, int]:
    """Correlation of two columns of two values each, of any kind, and the rows that have both."""
    cells = table.aggregate({"rows_of_cell": ("rows",)}, by=[first, second])
    count = {(row[first], row[second]): row["rows_of_cell"] for row in cells if None not in (row[first], row[second])}
    levels = [sorted({key[place] for key in count}) for place in (0, 1)]
    rows = sum(count.values())
    if any(len(level) != 2 for level in levels):
        return None, rows
    a, b, c, d = (count.get((x, y), 0) for x in levels[0] for y in levels[1])
    size = math.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    return ((a * d - b * c) / size if size else None), rows


def pushed_sign(
    table: Table, treatment: ColumnProfile, columns: list[ColumnProfile], shift: tuple[float, float], words: str
) -> Sign:
    """What the values show."""
    by_chance = [column.name for column in columns if name_words(column.name) & CHANCE]
    chosen = tuple(by_chance or [columns[0].name])
    shown = ", ".join(f"'{display(name, 40)}'" for name in chosen)
    cause = display(treatment.name, 40)
    evidence = f"it shifts '{cause}' by {abs(shift[0]):.0f} standard errors (correlation {shift[1]:+.2f})"
    first = table.columns[chosen[0]]
    if first.distinct == 2 and treatment.distinct == 2 and treatment.kind in NUMBERS:
        rates = table.aggregate({"m": ("mean", treatment.name)}, by=[first.name])
        evidence = f"'{cause}' is {rates[0]['m']:.2f} and {rates[-1]['m']:.2f} on average at its two values"
    reasons = {
        "method": f"{shown} moves '{cause}' without deciding it, as an offer does that not everybody takes up.",
        "instruments": "By its name it is an offer, a rule or a push, and by its values it shifts who is treated.",
        "treatment": "It is what people took up, and another column shifts it.",
        "confounders": "What came by chance needs no adjustment; name --confounders for a narrower interval.",
    }
    values: dict[str, Any] = {"instruments": chosen, "treatment": treatment.name}
    if by_chance:
        values["confounders"] = ()
    untreated = untreated_level(treatment)
    if untreated is not None:
        values["control"] = untreated
        reasons["control"] = "Its name says that it is without the treatment."
    return Sign("iv", 1.0 if by_chance else 0.5, values, reasons, evidence, UNKNOWN)
