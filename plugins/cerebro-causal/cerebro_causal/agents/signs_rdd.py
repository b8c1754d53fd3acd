"""What in a table speaks for a discontinuity."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cerebro_causal.agents.casting import names_units
from cerebro_causal.agents.jump_scan import JumpSeen, steepest_jump
from cerebro_causal.agents.sign import Sign
from cerebro_causal.agents.words import AFTER, mentioned, untreated_level
from cerebro_core.blocks.display import display
from cerebro_core.roles import TREATMENTS, name_words

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

NUMBERS = ("number", "integer")
AWARDS = frozenset(
    {
        "eligible",
        "award",
        "awarded",
        "grant",
        "passed",
        "admitted",
        "winner",
        "won",
        "enrolled",
        "scholarship",
        "program",
    }
    | {
        "programme",
        "participation",
        "participated",
        "incumbent",
        "legal",
        "aid",
        "benefit",
        "subsidy",
        "offered",
        "policy",
    }
    | {"took", "takeup", "received", "democrat", "veteran", "retired", "promoted", "accepted", "course"}
)
COUNTERS = frozenset({"id", "index", "row", "nr", "no", "number", "idx", "key", "year", "month", "week", "day", "time"})
SCORES = frozenset({"score", "points", "margin", "age", "income", "index", "rank", "gpa", "test", "share", "distance"})
RULE = re.compile(
    r"\b(?:cut-?offs?|thresholds?|limit|pass(?:ing)? mark|at least|or more|from)\b[^.\d]{0,25}(-?\d+(?:\.\d+)?)"
    r"|(-?\d+(?:\.\d+)?)[^.\d]{0,20}\b(?:cut-?off|threshold|limit|or more|and above|or above|points or more)\b",
    re.IGNORECASE,
)
FEWEST_ROWS = 20
FEWEST_VALUES = 20
MOST_COLUMNS = 12
MOST_TREATMENTS = 6
UNKNOWN = (
    "That nothing else changes at the cutoff, and that nobody could choose the side, cannot be seen in full: it "
    "rests on you."
)


def signs(table: Table, given: Mapping[str, Any], words: str) -> Iterator[Sign]:
    """Where the table shows, or allows, a discontinuity.

    A numeric column of which all treated rows lie on one side of a value, and all others on the other, shows a sharp
    design; one at which the share of treated rows jumps by far more than chance and trend allow shows a fuzzy one.

    Args:
        table: the user's table.
        given: what the user said.
        words: question and description, joined.
    """
    treatments = possible_treatments(table, given, words)
    running = possible_running(table, given, words)
    for treatment in treatments:
        found = sharp_sign(table, treatment, running, given, words)
        if found is not None:
            yield found
            return
    for treatment in treatments:
        found = fuzzy_sign(table, treatment, running, given)
        if found is not None:
            yield found
            return
    said = said_sign(table, given, running, words)
    if said is not None:
        yield said
    elif given.get("method") == "rdd":
        yield Sign("rdd", 0.5, {}, {"method": "You asked for it."}, "", UNKNOWN)


def possible_treatments(table: Table, given: Mapping[str, Any], words: str) -> list[ColumnProfile]:
    """Columns of two values that may be what the cutoff decides: the given one, else by name or by the question."""
    named = given.get("treatment")
    if named:
        column = table.columns.get(named)
        return [column] if column is not None and column.distinct == 2 and column.kind != "date" else []
    two = [
        column
        for column in table.columns.values()
        if column.distinct == 2 and column.kind != "date" and column.name != given.get("outcome")
        if not name_words(column.name) & AFTER
    ]
    asked = mentioned(words, [column.name for column in two])
    likely = [column for column in two if column.name in asked or name_words(column.name) & (AWARDS | TREATMENTS)]
    return sorted(likely, key=lambda column: column.name not in asked)[:MOST_TREATMENTS]


def possible_running(table: Table, given: Mapping[str, Any], words: str) -> list[ColumnProfile]:
    """Columns of numbers with many values: the given one, else those that do not count rows or time."""
    named = given.get("running")
    if named:
        column = table.columns.get(named)
        return [column] if column is not None and column.kind in NUMBERS else []
    roles = {given.get(name) for name in ("treatment", "outcome", "cluster", "weights", "unit", "time")}
    found = [
        column
        for column in table.columns.values()
        if column.kind in NUMBERS and column.distinct >= FEWEST_VALUES and column.name not in roles
        if not name_words(column.name) & COUNTERS - SCORES and not counts_rows(column) and not names_units(column)
        if column.role != "outcome" or name_words(column.name) & SCORES
    ]
    asked = mentioned(words, [column.name for column in found])
    return sorted(found, key=lambda item: (item.name not in asked, not name_words(item.name) & SCORES))[:MOST_COLUMNS]


def counts_rows(column: ColumnProfile) -> bool:
    """Whether it numbers the rows one by one."""
    if column.kind != "integer" or column.minimum is None or column.maximum is None:
        return False
    return column.distinct >= 0.98 * column.rows and column.maximum - column.minimum < 1.05 * column.rows


def sharp_sign(
    table: Table, treatment: ColumnProfile, running: Sequence[ColumnProfile], given: Mapping[str, Any], words: str
) -> Sign | None:
    """A column that divides the treated from the others."""
    if not running:
        return None
    measures: dict[str, tuple[str, ...]] = {"rows": ("rows",)}
    for place, column in enumerate(running):
        measures |= {f"low{place}": ("min", column.name), f"high{place}": ("max", column.name)}
    groups = [row for row in table.aggregate(measures, by=[treatment.name]) if row[treatment.name] is not None]
    if len(groups) != 2 or min(row["rows"] for row in groups) < FEWEST_ROWS:
        return None
    control = given.get("control") or untreated_level(treatment)
    untreated, treated = groups if control is None or str(groups[0][treatment.name]) == control else groups[::-1]
    for place, column in enumerate(running):
        ends = [row[f"{end}{place}"] for row in (untreated, treated) for end in ("low", "high")]
        if None in ends:
            continue
        cutoff = dividing_value(*(float(end) for end in ends))
        if cutoff is not None and column.name != given.get("outcome"):
            return divided_sign(treatment, column, cutoff, given)
    return None


def dividing_value(low0: float, high0: float, low1: float, high1: float) -> float | None:
    """The roundest value that divides untreated (low0 to high0) from treated (low1 to high1); None where none does."""
    if high0 < low1:
        return roundest(high0, low1, upper=True)
    if high1 < low0:
        return roundest(high1, low0, upper=False)
    return None


def roundest(low: float, high: float, *, upper: bool) -> float:
    """The number with the fewest digits in (low, high] (`upper`) or [low, high)."""
    for digits in range(-9, 10):
        step = 10.0**-digits
        value = round(math.floor(high / step) * step if upper else math.ceil(low / step) * step, max(digits, 0))
        if (low < value <= high) if upper else (low <= value < high):
            return value
    return high if upper else low


def divided_sign(treatment: ColumnProfile, column: ColumnProfile, cutoff: float, given: Mapping[str, Any]) -> Sign:
    """A sharp design."""
    x, d = display(column.name, 40), display(treatment.name, 40)
    evidence = f"no treated row on one side of {cutoff:g}, and none untreated on the other"
    reasons = {
        "method": f"'{x}' decides about '{d}' at {cutoff:g} without an exception.",
        "running": f"Its values divide the rows by '{d}' without an exception.",
        "cutoff": "It is the roundest value between the two groups.",
        "treatment": "A value of another column decides about it.",
        "control": "Its name says that it is without the treatment.",
    }
    chosen = given.get("cutoff", cutoff)
    values = {"running": column.name, "cutoff": float(chosen), "treatment": treatment.name, **control_of(treatment)}
    return Sign("rdd", 1.0, values, reasons, evidence, UNKNOWN)


def control_of(treatment: ColumnProfile) -> dict[str, Any]:
    """The untreated value of a treatment in words, where it is known."""
    untreated = untreated_level(treatment)
    return {} if untreated is None else {"control": untreated}


def levels_of(treatment: ColumnProfile) -> list[Any]:
    """Its values in order."""
    return sorted((value for value, _ in treatment.levels), key=lambda value: (isinstance(value, str), value))


def fuzzy_sign(
    table: Table, treatment: ColumnProfile, running: Sequence[ColumnProfile], given: Mapping[str, Any]
) -> Sign | None:
    """A column at one value of which the share of treated rows jumps."""
    best: tuple[JumpSeen, ColumnProfile] | None = None
    for column in running:
        if column.name == given.get("outcome"):
            continue
        rows = table.records([column.name, treatment.name])
        seen = steepest_jump(rows, given.get("cutoff"))
        if seen is not None and (best is None or abs(seen.errors) > abs(best[0].errors)):
            best = seen, column
    if best is None:
        return None
    seen, column = best
    cutoff = given.get("cutoff")
    if cutoff is None:
        # the rule treats the higher share's side, and the cutoff itself with it
        untreated = control_of(treatment).get("control")
        rises = (seen.after > seen.before) == (untreated is None or untreated != str(levels_of(treatment)[-1]))
        cutoff = roundest(seen.last, seen.first, upper=rises)
    x, d = display(column.name, 40), display(treatment.name, 40)
    evidence = f"the share with '{d}' goes from {seen.before:.0%} to {seen.after:.0%} at {cutoff:g}"
    reasons = {
        "method": f"At one value of '{x}' the share of rows with '{d}' jumps, by {abs(seen.errors):.0f} standard "
        "errors.",
        "running": f"At one of its values the share with '{d}' jumps.",
        "cutoff": "There the share jumps most; say --cutoff if the rule names another value close by.",
        "fuzzy": "Some rows on both sides are, or are not, treated: the cutoff only moves the chance.",
        "treatment": "Its share jumps at a value of another column.",
        "control": "Its name says that it is without the treatment.",
    }
    values: dict[str, Any] = {"running": column.name, "cutoff": cutoff, "treatment": treatment.name, "fuzzy": True}
    values |= control_of(treatment)
    return Sign("rdd", 1.0, values, reasons, evidence, UNKNOWN)


def said_sign(table: Table, given: Mapping[str, Any], running: Sequence[ColumnProfile], words: str) -> Sign | None:
    """The user named the cutoff, by flags or in words, and nothing in the table speaks against it."""
    names = [column.name for column in running]
    if given.get("running") and given.get("cutoff") is not None:
        return Sign("rdd", 1.0, {}, {"method": "You named a running column and its cutoff."}, "", UNKNOWN)
    if given.get("treatment") and not given.get("running"):
        return None  # a treatment that no column decides about
    match = RULE.search(words)
    asked = mentioned(words, names) or ([given["running"]] if given.get("running") else [])
    if match is None or not asked:
        return None
    value = float(match.group(1) or match.group(2))
    column = table.columns[asked[0]]
    if column.minimum is None or not float(column.minimum) < value <= float(column.maximum):
        return None
    reasons = {
        "method": "Your words name a cutoff.",
        "running": "Your words name it beside the cutoff.",
        "cutoff": "Your words name it.",
    }
    evidence = f"'{display(column.name, 40)}' has values on both sides of {value:g}"
    return Sign("rdd", 1.0, {"running": column.name, "cutoff": value}, reasons, evidence, UNKNOWN)
