"""Which column plays which role in a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cerebro_causal.agents.agent import CausalInferenceAgent
from cerebro_causal.agents.words import AFTER, BEFORE, mentioned, untreated_value
from cerebro_causal.blocks.causal_sample import arm_text
from cerebro_core.blocks.display import display
from cerebro_core.roles import TREATMENTS, UNITS, name_words

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

CAUSES = TREATMENTS | frozenset(
    {"program", "programme", "training", "policy", "policies", "coupon", "discount", "drug"}
)
NUMERIC = ("number", "integer", "boolean")
COPY = 0.995
MOST_LEVELS = 50
SHORT_NAMES = frozenset({"t", "w", "z"})


def find_outcome(agent: CausalInferenceAgent) -> bool:
    """What may have been changed: by the question's words, else by its name."""
    if not agent.is_open("outcome"):
        return True
    free = [column for column in agent.free() if column.kind in NUMERIC and not column.is_constant]
    named = mentioned(agent.words, [column.name for column in free if not is_cause(column)])
    likely = [column.name for column in free if column.role == "outcome" and not name_words(column.name) & BEFORE]
    both = [name for name in named if name in likely]
    if both or (named and not likely):
        agent.decide("outcome", (both or named)[0], "The question asks about it.")
    elif likely:
        agent.decide("outcome", likely[0], "Its name says that it is a result, such as sales or a conversion.")
        for name in likely[1:]:
            agent.reject("outcome", name, "Another column with the name of a result comes first; say --outcome.")
    else:
        return False
    return True


def is_cause(column: ColumnProfile) -> bool:
    """Whether name and values look like a treatment."""
    words = name_words(column.name)
    few = column.kind in ("text", "boolean", "integer", "number") and column.distinct == 2
    return few and bool(words & CAUSES) and not words & AFTER


def find_treatment(agent: CausalInferenceAgent) -> bool:
    """The cause: by the question's words, else by its name."""
    if not agent.is_open("treatment"):
        return True
    free = [column for column in agent.free() if column.distinct >= 2 and column.kind != "date"]
    two = [column.name for column in free if column.distinct == 2]
    named = mentioned(agent.words, two)
    likely = [column.name for column in free if is_cause(column)]
    likely.sort(key=lambda name: name.casefold() in SHORT_NAMES)
    both = [name for name in named if name in likely]
    chosen = (both or named or likely or [""])[0]
    if not chosen:
        return False
    levels = agent.table.columns[chosen].levels
    evidence = ", ".join(f"{display(arm_text(value), 20)} {count:,}" for value, count in levels[:4])
    reason = "The question asks about it." if chosen in named else "Its name says so, and it has two values."
    agent.decide("treatment", chosen, reason, evidence)
    return True


def find_control(agent: CausalInferenceAgent) -> None:
    """The untreated arm, where the treatment is written in words."""
    column = agent.table.columns.get(agent.known("treatment") or "")
    if column is None or column.kind != "text" or not agent.is_open("control"):
        return
    levels = {arm_text(value): count for value, count in column.levels}
    value = untreated_value({level.casefold(): count for level, count in levels.items()})
    if value is not None:
        exact = next(level for level in levels if level.casefold() == value)
        agent.decide("control", exact, "Its name says that it is the arm without treatment.")


def why_no_confounder(agent: CausalInferenceAgent, column: ColumnProfile) -> str:
    """Why a column is left out of the confounders, or "" where it is one."""
    words = name_words(column.name)
    if column.is_constant:
        return "It has one value only."
    if column.is_key and column.kind in ("text", "integer"):
        return "Each row has its own value: it names the rows."
    if words & UNITS and column.distinct > MOST_LEVELS:
        return "It names units, and has too many values to compare within."
    if words & AFTER:
        return "Its name says that it was measured after the treatment: adjusting for it would hide part of the effect."
    if column.kind == "text" and column.distinct > MOST_LEVELS:
        return f"It is text with {column.distinct:,} values, too many to compare."
    if column.kind == "date":
        return "It is a date; name it yourself if time moves treatment and outcome."
    if column.role == "outcome" and not words & BEFORE:
        return "Its name says that it is a result: the treatment may have caused it."
    for role in ("treatment", "outcome"):
        other = agent.known(role)
        if other and is_copy(agent.table, other, column):
            return f"It is nearly a copy of the {role}."
    return ""


def is_copy(table: Table, name: str, column: ColumnProfile) -> bool:
    """Whether two columns of numbers are nearly on a straight line."""
    other = table.columns.get(name)
    if other is None or other.kind not in NUMERIC or column.kind not in NUMERIC:
        return False
    found = table.aggregate({"r": ("corr", name, column.name)})[0]["r"]
    return found is not None and abs(found) > COPY


def find_confounders(agent: CausalInferenceAgent, experiment: bool) -> None:
    """All that may have been there before the treatment."""
    if not agent.is_open("confounders"):
        return
    chosen = []
    for column in agent.free():
        why = why_no_confounder(agent, column)
        if why:
            agent.reject("confounders", column.name, why)
        else:
            chosen.append(column.name)
    if not chosen:
        return
    reason = (
        "They may foretell the outcome, and make the interval narrower."
        if experiment
        else "They may move both treatment and outcome. That they were there before the treatment, and that none is "
        "missing, cannot be seen in columns: say --confounders if one was caused by the treatment."
    )
    agent.decide("confounders", tuple(chosen), reason, f"{len(chosen)} columns")


def find_cluster(agent: CausalInferenceAgent) -> None:
    """A unit with several rows, or one that was treated as a whole."""
    treatment = agent.known("treatment")
    if not agent.is_open("cluster") or treatment not in agent.table.columns or treatment is None:
        return
    for column in agent.free():
        if column.kind not in ("text", "integer") or not name_words(column.name) & UNITS or column.is_key:
            continue
        if column.missing or not 4 <= column.distinct < agent.table.rows:
            continue
        by = agent.table.aggregate({"least": ("min", treatment), "most": ("max", treatment)}, by=[column.name])
        whole = all(row["least"] == row["most"] for row in by)
        people = column.distinct > agent.table.rows / 20
        if whole or people:
            reason = (
                "Whole groups were treated, so rows of one group are no separate evidence."
                if whole
                else "It names units that have several rows, which hang together."
            )
            agent.decide("cluster", column.name, reason, f"{column.distinct:,} groups in {agent.table.rows:,} rows")
            return


def choose_missing(agent: CausalInferenceAgent) -> None:
    """What becomes of empty cells."""
    if not agent.is_open("missing"):
        return
    columns = agent.table.columns
    exact = [agent.known(name) for name in ("treatment", "outcome", "cluster", "weights")]
    exact += list(agent.known("strata"))
    empty = [name for name in exact if name in columns and columns[name].missing]
    gaps = [name for name in agent.known("confounders") if name in columns and columns[name].missing]
    if gaps:
        reason = "Confounders have empty cells; these get their own level, so that no row is lost for them."
        agent.decide("missing", "indicator", reason, ", ".join(display(name, 30) for name in gaps[:5]))
    elif empty:
        reason = "Rows without treatment or outcome cannot be compared; the report says how many were left out."
        agent.decide("missing", "drop", reason, ", ".join(display(name, 30) for name in empty[:5]))
