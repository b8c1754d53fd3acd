"""Which columns may be adjusted for, and why others may not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cerebro_causal.agents.agent import CausalInferenceAgent
from cerebro_causal.agents.casting import NEARLY_ALL, NUMERIC, is_cause, names_rows, names_units
from cerebro_causal.agents.signs_iv import one_valued_in_an_arm
from cerebro_causal.agents.stems import words_in
from cerebro_causal.agents.words import AFTER, BEFORE, said_later
from cerebro_core.roles import name_words

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

TAKEN_UP = words_in("took takeup uptake used attended enrolled participated received complied served showed opened")
COPY = 0.995
KIN = 0.7  # least correlation at which a column whose name derives from the outcome's counts as another form of it
MOST_LEVELS = 50
YEAR = re.compile(r"(?<!\d)(?:\d{4}|\d{2})(?!\d)")
QUARTER = re.compile(r"(?<![a-z0-9])[qQ]([1-4])(?![a-z0-9])")
FORMS = ("l", "ln", "log", "sqrt", "d", "c", "z", "n", "avg", "mean", "total", "tot", "max", "min", "sum")


def why_no_confounder(agent: CausalInferenceAgent, column: ColumnProfile, doses: frozenset[str]) -> str:
    """Why a column is left out of the confounders, or "" where it is one; `doses` are those of the treatment."""
    words = name_words(column.name)
    if column.distinct == 0 or column.is_constant:
        return "It has one value only."
    if column.kind in ("text", "integer") and names_rows(column) and column.distinct >= NEARLY_ALL * column.rows:
        return "Each row has its own value: it names the rows."
    if names_units(column) and column.distinct > MOST_LEVELS:
        return "It names units, and has too many values to compare within."
    late = why_later(agent.table, agent.known("outcome") or "", column)
    if not late and column.name in said_later(agent.words, agent.table.columns):
        late = "Your words say that it came after the treatment"
    if late:
        return f"{late}: adjusting for it would hide part of the effect."
    if column.kind == "text" and column.distinct > MOST_LEVELS:
        return f"It is text with {column.distinct:,} values, too many to compare."
    if column.kind == "date":
        return "It is a date; name it yourself if time moves treatment and outcome."
    if agent.known("design") == "experiment" and (is_cause(column) or words & TAKEN_UP):
        return "Its name says that people took it up, which what chance decided may have moved."
    panel = agent.panel
    if panel is not None and panel.unit and column.name in (panel.unit, panel.time):
        return "It says whom, or when, each row is about."
    if column.name in doses:
        return "It varies among the treated alone: it says how, or how much, they were treated."
    for role in ("treatment", "outcome"):
        other = agent.known(role)
        if other and is_copy(agent.table, other, column):
            return f"It is nearly a copy of the {role}."
    return ""


def doses_of_treatment(agent: CausalInferenceAgent) -> frozenset[str]:
    """Numbers that have one value in one arm and several in the other."""
    treatment = agent.table.columns.get(agent.known("treatment") or "")
    if treatment is None or treatment.distinct != 2:
        return frozenset()
    able = [column.name for column in agent.free() if column.is_number and column.distinct >= 3]
    return one_valued_in_an_arm(agent.table, treatment.name, able)


def why_later(table: Table, outcome: str, column: ColumnProfile) -> str:
    """Why a column was, or may have been, moved by the treatment, by name and values; "" where nothing says so.

    Args:
        table: the table.
        outcome: the column with the result, or "".
        column: what one might adjust for.
    """
    words = name_words(column.name)
    if words & AFTER and not words & BEFORE:
        return "Its name says that it was measured after the treatment"
    if column.role == "outcome" and not words & BEFORE:
        return "Its name says that it is a result, which the treatment may have caused"
    year, last = year_of(column.name), year_of(outcome)
    if year is not None and last is not None and year >= last:
        return "Its name says that it was measured no earlier than the outcome"
    quarter, end = QUARTER.findall(column.name.casefold()), QUARTER.findall(outcome.casefold())
    if quarter and end and max(quarter) >= max(end):
        return "Its name says that it was measured no earlier than the outcome"
    if outcome and is_form_of(table, outcome, column):
        return "By name and values it is another form of the outcome"
    return ""


def year_of(name: str) -> int | None:
    """The latest year in a name, such as 78 of "re78" and 82 of "wt82_71"; None where there is none."""
    years = []
    for digits in YEAR.findall(name):
        number = int(digits)
        if len(digits) == 2:
            number += 1900 if number >= 50 else 2000
        years += [number] if 1900 <= number <= 2100 else []
    return max(years, default=None)


def is_form_of(table: Table, outcome: str, column: ColumnProfile) -> bool:
    """Whether a column is a logarithm, a sum or another form of the outcome, by name and values together."""
    one, other = outcome.casefold(), column.name.casefold()
    if one == other or len(one) < 2 or name_words(column.name) & BEFORE:
        return False
    short, long = sorted((re.sub(r"[\W_]+", "", one), re.sub(r"[\W_]+", "", other)), key=len)
    derived = long in {form + short for form in FORMS} or (long.startswith(short) and len(short) >= 4)
    if not derived:
        return False
    found = correlation(table, outcome, column)
    return found is not None and abs(found) > KIN


def is_copy(table: Table, name: str, column: ColumnProfile) -> bool:
    """Whether two columns of numbers are nearly on a straight line."""
    found = correlation(table, name, column)
    return found is not None and abs(found) > COPY


def correlation(table: Table, name: str, column: ColumnProfile) -> float | None:
    """The correlation of two columns of numbers; None where one holds none."""
    other = table.columns.get(name)
    if other is None or other.kind not in NUMERIC or column.kind not in NUMERIC:
        return None
    return table.aggregate({"r": ("corr", name, column.name)})[0]["r"]


def find_confounders(agent: CausalInferenceAgent, reason: str) -> None:
    """All that may have been there before the treatment."""
    if not agent.is_open("confounders"):
        return
    chosen = []
    doses = doses_of_treatment(agent)
    for column in agent.free():
        why = why_no_confounder(agent, column, doses)
        if why:
            agent.reject("confounders", column.name, why)
        else:
            chosen.append(column.name)
    if chosen:
        agent.decide("confounders", tuple(chosen), reason, f"{len(chosen)} columns")
