"""What in a table speaks for difference in differences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cerebro_causal.agents.sign import Sign
from cerebro_causal.agents.words import BEFORE, mentioned, untreated_value
from cerebro_causal.blocks.causal_sample import arm_text
from cerebro_core.blocks.display import display
from cerebro_core.roles import TREATMENTS, UNITS, name_words

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

TIMES = frozenset(
    {"year", "month", "week", "quarter", "period", "time", "wave", "day", "date", "round", "season", "jahr", "monat"}
    | {"woche", "quartal", "zeit", "welle", "semester", "hour", "survey", "yr", "yyyymm"}
)
SWITCHES = frozenset({"post", "after", "nach", "afterwards", "period", "time", "wave", "year"})
STARTS = frozenset(
    {"first", "adoption", "adopted", "cohort", "start", "started", "since", "gname", "launch", "rollout", "begin"}
    | {"enacted", "introduced", "effective", "onset"}
)
CAUSES_OF_PANELS = TREATMENTS | frozenset(
    {
        "policy",
        "program",
        "programme",
        "law",
        "reform",
        "active",
        "live",
        "training",
        "rollout",
        "post",
        "on",
        "d",
        "minwage",
    }
)
PANEL_WORDS = re.compile(
    r"\b(before and after|after|since|rolled? ?out|rollout|roll-out|staggered|panel|introduc\w+|adopt\w+|launch\w*"
    r"|difference[- ]in[- ]differences?|diff[- ]in[- ]diff|did\b(?=.*\bcompared)|over time"
    r"|event study|nach|eingeführt|seit|in \d{4} and (?:again )?(?:in )?\d{4}|both (?:waves|years|periods|rounds)"
    r"|each of the two (?:waves|years|periods|rounds))\b",
    re.IGNORECASE,
)
MOST_TWICE = 0.02  # share of the cells of a panel with several rows
MOST_ROWS_CHECKED = 2_000_000
UNKNOWN = (
    "That both would have moved in parallel without the treatment rests on you; the periods before only hint at it."
)


def signs(table: Table, given: Mapping[str, Any], words: str) -> Iterator[Sign]:
    """Where the table shows, or allows, difference in differences.

    Args:
        table: the user's table.
        given: what the user said.
        words: question and description, joined.
    """
    wanted = given.get("method") == "did"
    if not wanted and table.rows > MOST_ROWS_CHECKED:
        return
    for time in time_columns(table, given, words):
        for unit in unit_columns(table, given, time):
            found = from_start(table, given, time, unit) or from_switch(table, given, words, time, unit)
            found = found or from_panel_group(table, given, words, time, unit)
            if found is not None:
                yield found
                return
    for time in time_columns(table, given, words):
        found = from_group(table, given, words, time)
        if found is not None:
            yield found
            return
    if wanted:
        yield what_is_left(table, given)


def time_columns(table: Table, given: Mapping[str, Any], words: str = "") -> list[str]:
    """Columns that may hold the period, the likeliest first."""
    if given.get("time"):
        return [given["time"]]
    free = [column for column in table.columns.values() if column.name not in roles_of(given)]
    several = [column for column in free if 2 <= column.distinct < table.rows and not column.missing]
    dated = [column.name for column in several if column.kind == "date" and not name_words(column.name) & STARTS]
    named = [
        column.name
        for column in several
        if column.kind in ("integer", "number", "text", "boolean")
        and name_words(column.name) & (TIMES | SWITCHES)
        and not name_words(column.name) & STARTS
        and (column.kind != "text" or column.distinct <= 200)
    ]
    named.sort(key=lambda name: (not name_words(name) & TIMES, -table.columns[name].distinct))
    said = [column.name for column in several if column.distinct == 2 and is_said_to_switch(words, column.name)]
    return list(dict.fromkeys([*said, *dated, *named]))


def is_said_to_switch(words: str, name: str) -> bool:
    """Whether the words say that a column tells the time after from that before: "post2 is 1 after the change"."""
    ones = r"(?:is|=|equals|turns|becomes|switches to) (?:1|one|true|yes|on)"
    then = r"(?:after|from|since|once|in the (?:second|later))"
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)[\"')]* {ones} {then}\b", words, re.IGNORECASE))


def roles_of(given: Mapping[str, Any]) -> set[str]:
    """Columns that have a role by the user's word."""
    found: set[str] = set()
    for name in ("treatment", "outcome", "unit", "time", "first_treated", "cluster", "weights", "confounders"):
        value = given.get(name)
        found |= {value} if isinstance(value, str) else set(value or ())
    return found


def unit_columns(table: Table, given: Mapping[str, Any], time: str) -> list[str]:
    """Columns that name a unit with one row in each of several periods."""
    if given.get("unit"):
        return [given["unit"]]
    found = []
    for column in table.columns.values():
        if column.name in roles_of(given) | {time} or column.kind not in ("text", "integer") or column.missing:
            continue
        named = bool(
            name_words(column.name) & (UNITS | {"county", "firm", "school", "shop", "site", "fips", "branch", "team"})
        )
        named = named or column.name.casefold().endswith(("id", "_no", "code", "real"))
        if column.kind == "integer" and not named:
            continue
        if column.distinct < 3 or column.distinct > table.rows / 1.5:
            continue
        if is_panel(table, column.name, time):
            found.append((not named, column.name))
    return [name for _, name in sorted(found)]


def is_panel(table: Table, unit: str, time: str) -> bool:
    """Whether unit and period name each row, but for a few that are there twice, which the analysis refuses."""
    most = table.columns[unit].distinct * table.columns[time].distinct
    if most < table.rows * (1 - MOST_TWICE):
        return False
    cells = table.aggregate({"n": ("rows",)}, by=[unit, time])
    return sum(row["n"] > 1 for row in cells) <= MOST_TWICE * len(cells)


def from_start(table: Table, given: Mapping[str, Any], time: str, unit: str) -> Sign | None:
    """A column that holds the first treated period of each unit."""
    if given.get("treatment") and not given.get("first_treated"):
        return None
    period = table.columns[time]
    for column in table.columns.values():
        if given.get("first_treated") not in (None, column.name) or column.name in (time, unit):
            continue
        if not given.get("first_treated") and (column.name in roles_of(given) or not is_start(column, period)):
            continue
        by = table.aggregate({"low": ("min", column.name), "high": ("max", column.name)}, by=[unit])
        if any(row["low"] != row["high"] for row in by):
            continue
        starts = [row["low"] for row in by if row["low"] not in (None, 0)]
        count = len({str(value) for value in starts})
        evidence = f"{len(by):,} units, {period.distinct:,} periods, {count:,} first periods"
        reasons = {
            "method": "Each unit has a period in which its treatment began, and was observed before and after.",
            "first_treated": "It holds one period for each unit, within the time of the table; 0 or blank is never.",
        }
        return panel_sign({"first_treated": column.name}, reasons, evidence, time, unit, 1.0)
    return None


def is_start(column: ColumnProfile, period: ColumnProfile) -> bool:
    """Whether values and name look like a first treated period."""
    words = name_words(column.name)
    alike = column.kind == period.kind or {column.kind, period.kind} <= {"integer", "number"}
    if not alike or column.is_constant or column.maximum is None or period.minimum is None:
        return False
    named = bool(words & STARTS) or bool(words & TREATMENTS and words & TIMES)
    within = period.minimum < column.maximum
    positive = column.minimum == 0 or bool(column.missing) or column.minimum >= period.minimum
    return named and bool(within) and bool(positive)


def two_valued(table: Table, given: Mapping[str, Any], words: str, others: set[str]) -> list[str]:
    """Columns that may be the treatment, the likeliest first; only the user's where there is one."""
    if given.get("treatment"):
        name = given["treatment"]
        return [name] if name in table.columns and table.columns[name].distinct == 2 else []
    columns = [
        column.name
        for column in table.columns.values()
        if column.distinct == 2
        and not column.missing
        and column.name not in others | roles_of(given)
        and column.kind in ("boolean", "integer", "number", "text")
        and not name_words(column.name) & BEFORE
    ]
    said = mentioned(words, columns)
    likely = [name for name in columns if name_words(name) & CAUSES_OF_PANELS]
    return list(dict.fromkeys([*(name for name in said if name in likely), *likely, *said]))


def from_switch(table: Table, given: Mapping[str, Any], words: str, time: str, unit: str) -> Sign | None:
    """A 0/1 column that switches on within units and stays on."""
    for name in two_valued(table, given, words, {time, unit}):
        state = adoption_states(table, name, time, unit)
        if state is None:
            continue
        switching, never, always, back = state
        if not switching or back > 0.02 * switching or not (never or always + switching):
            continue
        evidence = f"{switching:,} units switch on, {never:,} never, {always:,} are on from the start"
        reasons = {
            "method": "The treatment switches on within units that were observed before and after.",
            "treatment": "It is off before and on from some period on, within units.",
        }
        values = {"treatment": name, **control_of(table, name)}
        return panel_sign(values, reasons, evidence, time, unit, 1.0)
    return None


def adoption_states(table: Table, name: str, time: str, unit: str) -> tuple[int, int, int, int] | None:
    """How many units switch on and stay, are never on, always on, and go back."""
    levels = sorted((value for value, _ in table.columns[name].levels), key=str)
    if len(levels) != 2:
        return None
    texts = {arm_text(level).casefold(): 1 for level in levels}
    off = untreated_value(texts)
    on = [level for level in levels if arm_text(level).casefold() != off] if off else [levels[1]]
    if len(on) != 1:
        return None
    spans: dict[Any, dict[bool, tuple[Any, Any]]] = {}
    for row in table.aggregate({"low": ("min", time), "high": ("max", time)}, by=[unit, name]):
        spans.setdefault(row[unit], {})[row[name] == on[0]] = (row["low"], row["high"])
    both = [span for span in spans.values() if len(span) == 2]
    switching = sum(span[False][1] < span[True][0] for span in both)
    never = sum(set(span) == {False} for span in spans.values())
    always = sum(set(span) == {True} for span in spans.values())
    return switching, never, always, len(both) - switching


def from_panel_group(table: Table, given: Mapping[str, Any], words: str, time: str, unit: str) -> Sign | None:
    """A panel of two periods, and a group that never changes."""
    if table.columns[time].distinct != 2:
        return None
    for name in two_valued(table, given, words, {time, unit}):
        by = table.aggregate({"low": ("min", name), "high": ("max", name)}, by=[unit])
        if all(row["low"] == row["high"] for row in by):
            evidence = f"{len(by):,} units, each seen in both periods"
            reasons = {
                "method": "Treated and untreated units were each observed in two periods.",
                "treatment": "It marks a group of units in both periods.",
            }
            values = {"treatment": name, **control_of(table, name)}
            return panel_sign(values, reasons, evidence, time, unit, 1.0)
    return None


def from_group(table: Table, given: Mapping[str, Any], words: str, time: str) -> Sign | None:
    """A group, and two periods in which other people were asked."""
    if table.columns[time].distinct != 2 or given.get("unit"):
        return None
    said = bool(PANEL_WORDS.search(words)) or given.get("method") == "did"
    for name in two_valued(table, given, words, {time}):
        cells = table.aggregate({"n": ("rows",)}, by=[name, time])
        if len(cells) != 4 or min(row["n"] for row in cells) < 2:
            continue
        switch = bool(name_words(time) & (SWITCHES | TIMES)) or is_said_to_switch(words, time)
        evidence = ", ".join(f"{row['n']:,}" for row in cells) + " rows in the four cells of group and period"
        reasons = {
            "method": "Both groups were observed in both periods.",
            "treatment": "It marks a group in both periods.",
            "time": "It has two values, before and after.",
        }
        strength = 1.0 if said and switch else 0.5
        values = {"time": time, "treatment": name, **control_of(table, name)}
        return Sign("did", strength, values, reasons, evidence, UNKNOWN)
    return None


def control_of(table: Table, name: str) -> dict[str, str]:
    """Which value is untreated, where the treatment is written in words."""
    column = table.columns[name]
    if column.kind != "text":
        return {}
    levels = {arm_text(value).casefold(): arm_text(value) for value, _ in column.levels}
    value = untreated_value(dict.fromkeys(levels, 1))
    return {"control": levels[value]} if value is not None else {}


def panel_sign(
    values: dict[str, Any], reasons: dict[str, str], evidence: str, time: str, unit: str, strength: float
) -> Sign:
    """A sign of a panel."""
    shown = f"'{display(unit, 40)}' and '{display(time, 40)}' together name each row."
    reasons = {**reasons, "unit": shown, "time": f"It holds the period: {shown}"}
    if "control" in values:
        reasons["control"] = "Its name says that it is the arm without treatment."
    return Sign("did", strength, {"unit": unit, "time": time, **values}, reasons, evidence, UNKNOWN)


def what_is_left(table: Table, given: Mapping[str, Any]) -> Sign:
    """Where the user asked for did, the roles that can be found one by one."""
    values: dict[str, Any] = {}
    times = time_columns(table, given)
    if times and not given.get("time"):
        values["time"] = times[0]
    units = unit_columns(table, given, times[0]) if times and not given.get("unit") else []
    if units:
        values["unit"] = units[0]
    reasons = {"method": "You asked for it.", "time": "Its name says that it holds the period."}
    return Sign("did", 0.5, values, reasons, "", UNKNOWN)
