"""Which column is the cause and which the result: words, names and values weighed together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cerebro_causal.agents.asks import Asked, read_question
from cerebro_causal.agents.mentions import tokens_of
from cerebro_causal.agents.stems import words_in
from cerebro_causal.agents.words import AFTER, BEFORE
from cerebro_core.roles import TREATMENTS, UNITS, name_words

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

CAUSES = TREATMENTS | words_in(
    "program programme training trained policy policies coupon discount drug participation participated participant "
    "enrolled offered adopted eligible law reform vaccinated insured subsidy voucher"
)
ARM_NAMES = words_in("arm variant treatment assignment bucket cell condition")
TIMES = words_in(
    "year month week day date quarter period wave time round season semester term jahr monat woche tag datum zeit"
)
STARTS = words_in("since start started begin began adopted adoption introduced")  # of a first treated period
GROUPS = words_in(
    "school class classroom village clinic hospital team district county firm company branch plant site ward farm "
    "group cluster household family municipality town"
)
NUMBERS = words_in("no nr number num code key index fips")
NUMERIC = ("number", "integer", "boolean")
SHORT_NAMES = frozenset({"t", "w", "z"})
ENOUGH = 1.0
MOST_LEVELS = 50
MOST_ARMS = 20
NEARLY_ALL = 0.95  # of the rows with a value of their own: an identifier in a table with copies of rows
LEAST_RESULT = 0.3  # least score at which a column may be the result in a pair


@dataclass(frozen=True)
class Part:
    """A column with how well it suits a role, and why."""

    column: str
    score: float
    why: str


def read_words(table: Table, question: str, description: str) -> Asked:
    """What the words say of the columns; a value of a column ("placebo") names its column too."""
    asked = read_question(question, description, table.columns)
    for text, counts in ((question, asked.named), (description, asked.told)):
        folded = f" {' '.join(tokens_of(text))} "
        for name, column in table.columns.items():
            if column.kind != "text" or column.is_key or column.distinct > 20:
                continue
            levels = [str(value).casefold() for value, _ in column.levels]
            if any(len(level) > 2 and f" {' '.join(tokens_of(level))} " in folded for level in levels):
                counts[name] = max(counts.get(name, 0.0), 0.8)
    return asked


def is_cause(column: ColumnProfile) -> bool:
    """Whether name and values look like a treatment."""
    words = name_words(column.name)
    few = column.kind in ("text", "boolean", "integer", "number") and column.distinct == 2
    arms = column.kind == "text" and 2 < column.distinct <= MOST_ARMS and bool(words & ARM_NAMES)
    return ((few and bool(words & CAUSES)) or arms) and not words & AFTER


def names_units(column: ColumnProfile) -> bool:
    """Whether a column names units, as "store" and "store_id" do, and "household_income" does not."""
    words = name_words(column.name)
    if column.kind == "text":
        return bool(words & UNITS)
    return column.kind == "integer" and bool(words & (UNITS | GROUPS)) and words <= UNITS | GROUPS | NUMBERS


def names_rows(column: ColumnProfile) -> bool:
    """Whether a column names rows or units rather than saying something of them."""
    whole = column.kind in ("text", "integer")
    nearly = column.distinct >= NEARLY_ALL * column.rows and bool(name_words(column.name) & (UNITS | NUMBERS))
    return (whole and (column.is_key or nearly)) or (names_units(column) and column.distinct > 2)


def is_time(column: ColumnProfile) -> bool:
    """Whether name or kind say that a column holds periods."""
    words = name_words(column.name)
    if "tag" in words and not words <= TIMES:
        words -= {"tag"}  # a label in English names, a day in German ones
    named = bool(words & TIMES) and (column.distinct > 2 or words <= TIMES)
    return column.kind == "date" or (named and column.kind in ("integer", "text"))


def rank_outcomes(table: Table, asked: Asked, taken: frozenset[str]) -> list[Part]:
    """Columns that may be the result, best first; only those that reach the threshold."""
    parts = [outcome_part(column, asked) for name, column in table.columns.items() if name not in taken]
    return sorted((part for part in parts if part.score >= ENOUGH), key=lambda part: -part.score)


def outcome_part(column: ColumnProfile, asked: Asked) -> Part:
    """How well a column suits the result."""
    name, words = column.name, name_words(column.name)
    if column.kind not in NUMERIC or column.distinct == 0:
        return Part(name, 0.0, "")
    grammar, named = asked.results.get(name, 0.0), asked.named.get(name, 0.0)
    told = min(asked.told.get(name, 0.0), 1.0)
    score = 3 * grammar + named + 0.4 * told - 3 * asked.causes.get(name, 0.0)
    score -= 1.5 * bool(words & STARTS) * (grammar < 1)
    likely = column.role == "outcome" and not words & BEFORE
    score += 1.2 * likely
    score -= 1.5 * bool(words & BEFORE) * (grammar < 1)
    score -= 1.5 * bool(words & AFTER) * (grammar < 1)
    score -= 3.0 * (names_rows(column) or is_time(column)) * (grammar < 2)
    score -= 1.0 * is_cause(column) + 0.5 * column.is_constant
    if grammar:
        return Part(name, score, "The question asks what became of it.")
    if named >= 0.8:
        return Part(name, score, "The question asks about it.")
    return Part(name, score, "Its name says that it is a result, such as sales or a conversion." if likely else "")


def likely_cause(table: Table, asked: Asked, taken: frozenset[str], near: Mapping[str, float]) -> str:
    """The column that is rather the cause than the result, cause and result taken together; "" where none is.

    For questions whose grammar names neither: a column that the question names may be either of the two, and only as a
    pair do they show which is which.
    """
    free = [column for name, column in table.columns.items() if name not in taken]
    causes = {column.name: treatment_part(column, asked, {}).score for column in free if column.distinct <= MOST_ARMS}
    results = {column.name: outcome_part(column, asked).score + near.get(column.name, 0.0) for column in free}
    pairs = [
        (cause_score + result_score, cause)
        for cause, cause_score in causes.items()
        for result, result_score in results.items()
        if cause != result and cause_score >= ENOUGH and result_score >= LEAST_RESULT
    ]
    return max(pairs)[1] if pairs else ""


def rank_treatments(table: Table, asked: Asked, taken: frozenset[str], sure: Mapping[str, float]) -> list[Part]:
    """Columns that may be the cause, best first; only those that reach the threshold.

    Args:
        table: the table.
        asked: what the words say.
        taken: columns that have another role.
        sure: how strongly a design that the table shows speaks for a column.
    """
    parts = [treatment_part(column, asked, sure) for name, column in table.columns.items() if name not in taken]
    return sorted((part for part in parts if part.score >= ENOUGH), key=lambda part: -part.score)


def treatment_part(column: ColumnProfile, asked: Asked, sure: Mapping[str, float]) -> Part:
    """How well a column suits the cause."""
    name, words = column.name, name_words(column.name)
    if column.kind == "date" or column.distinct == 0:
        return Part(name, 0.0, "")
    grammar, named = asked.causes.get(name, 0.0), asked.named.get(name, 0.0)
    likely = is_cause(column)
    told = min(asked.told.get(name, 0.0), 1.0)
    score = 3 * grammar + named + 0.4 * told - 3 * asked.results.get(name, 0.0)
    score += 1.5 * likely * (0.8 if name.casefold() in SHORT_NAMES else 1) + 0.6 * (column.distinct == 2)
    score += 2.0 * sure.get(name, 0.0)
    score -= 3.0 * (names_rows(column) or is_time(column)) * (grammar < 2 and not likely)
    score -= 1.5 * bool((words & AFTER) or (words & BEFORE)) * (grammar < 2)
    score -= 1.0 * (column.kind == "text" and column.distinct > MOST_LEVELS)
    score -= 0.8 * (column.is_number and column.distinct > 2 and grammar < 1)
    speaks = grammar or named >= 0.8 or likely or sure.get(name, 0.0) >= 1
    if not speaks and not (column.distinct == 2 and asked.told.get(name, 0.0) >= 1):
        return Part(name, 0.0, "")
    if grammar or named >= 0.8:
        return Part(name, score, "The question asks about it.")
    if sure.get(name, 0.0) >= 1:
        return Part(name, score, "The table shows a design in which it is the cause.")
    why = "Its name says so, and it has two values." if likely else "Your description names it, and it has two values."
    return Part(name, score, why)
