"""Which column plays which role in a study."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cerebro_causal.agents.agent import CausalInferenceAgent
from cerebro_causal.agents.casting import (
    ENOUGH,
    NUMERIC,
    is_time,
    names_rows,
    names_units,
    rank_outcomes,
    rank_treatments,
)
from cerebro_causal.agents.likeness import has_earlier_twin, nearness, parts_of
from cerebro_causal.agents.said_groups import said_blocks, said_cluster
from cerebro_causal.agents.words import AFTER, BEFORE, said_untreated, untreated_value
from cerebro_causal.blocks.causal_sample import arm_text
from cerebro_core.blocks.display import display
from cerebro_core.roles import UNITS, name_words

FEW_ARMS = 5
MANY = 1_000_000_000
DOSE = re.compile(
    r"\b(?:each|every|per|one|an) (?:extra|additional|more|further)\b|\b(?:each|every) (?:hour|year|unit|point)\b",
    re.IGNORECASE,
)
NEAR = 0.3  # least nearness to the question's words at which a column is taken for what it asks about
MARGIN = 0.08  # by how much it must be nearer than the next
TWIN, LATE, EARLY = 0.4, 0.5, 0.5  # an earlier twin speaks for an outcome; names that say after or before against it
CLOSE = 0.5  # how much better the second choice would have to be to be named as rejected


def find_outcome(agent: CausalInferenceAgent) -> bool:
    """What may have been changed: by the question's words, else by its name."""
    if not agent.is_open("outcome"):
        return True
    parts = rank_outcomes(agent.table, agent.asked, agent.taken() | agent.no_result())
    if not parts:
        return False
    agent.decide("outcome", parts[0].column, parts[0].why or "It suits best what the question asks about.")
    for part in parts[1:4]:
        agent.reject("outcome", part.column, "Another column suits the question better; say --outcome if not.")
    return True


def find_near_outcome(agent: CausalInferenceAgent) -> bool:
    """The number that is nearest to the question's words, or has an earlier twin; the treatment must be known."""
    if not agent.is_open("outcome"):
        return True
    names = list(agent.table.columns)
    cause = parts_of(agent.known("treatment") or "")
    near = nearness(names, agent.question, agent.description, frozenset(cause))
    scores = {}
    for column in agent.free():
        if column.kind not in NUMERIC or column.distinct < 2 or names_rows(column) or is_time(column):
            continue
        words = name_words(column.name)
        twin = TWIN * has_earlier_twin(column.name, names)
        scores[column.name] = near[column.name] + twin - LATE * bool(words & AFTER) - EARLY * bool(words & BEFORE)
    return take_nearest(agent, "outcome", scores)


def find_near_treatment(agent: CausalInferenceAgent) -> bool:
    """The column of few values that is nearest to the question's words."""
    scores = {
        column.name: agent.near[column.name] - LATE * bool(name_words(column.name) & AFTER)
        for column in agent.free()
        if 2 <= column.distinct <= (MANY if DOSE.search(agent.question) and column.is_number else FEW_ARMS)
        if not names_rows(column) and not is_time(column) and column.kind != "date"
    }
    return take_nearest(agent, "treatment", scores)


def take_nearest(agent: CausalInferenceAgent, role: str, scores: Mapping[str, float]) -> bool:
    """Fill a role with the column that is near enough to the words, and clearly nearer than the next."""
    best = sorted(scores, key=lambda name: -scores[name])[:2]
    if not best or scores[best[0]] < NEAR or (len(best) > 1 and scores[best[0]] - scores[best[1]] < MARGIN):
        return False
    agent.decide(role, best[0], "Its name, or what you say of it, is nearest to the words of the question.")
    return True


def find_only_number(agent: CausalInferenceAgent) -> bool:
    """The one column of numbers that is left where a design has taken its own, and that says nothing of before."""
    left = [
        column.name
        for column in agent.free()
        if column.kind in NUMERIC and column.distinct > 1 and not names_rows(column) and not is_time(column)
        if not name_words(column.name) & (BEFORE | AFTER)
    ]
    if len(left) != 1:
        return False
    agent.decide("outcome", left[0], "It is the only column of numbers that is left.")
    return True


def find_treatment(agent: CausalInferenceAgent, sure: Mapping[str, float]) -> bool:
    """The cause: by the question's words, by a design that the table shows, else by its name."""
    if not agent.is_open("treatment"):
        return True
    parts = rank_treatments(agent.table, agent.asked, agent.taken(), sure)
    if not parts:
        return False
    chosen = parts[0].column
    levels = agent.table.columns[chosen].levels
    evidence = ", ".join(f"{display(arm_text(value), 20)} {count:,}" for value, count in levels[:4])
    agent.decide("treatment", chosen, parts[0].why, evidence)
    for part in parts[1:3]:
        if part.score > ENOUGH + CLOSE:
            agent.reject("treatment", part.column, "Another column suits the question better; say --treatment if not.")
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
        return
    said = said_untreated(agent.words, levels)
    if said is not None:
        agent.decide("control", said, "Your words say that it was not treated.")
        return
    asked = [level for level in levels if re.search(rf"(?<!\w){re.escape(level)}(?!\w)", agent.question, re.IGNORECASE)]
    if len(levels) == 2 and len(asked) == 1:
        other = next(level for level in levels if level != asked[0])
        agent.decide("control", other, f"The question asks about '{display(asked[0], 30)}'.")


def find_cluster(agent: CausalInferenceAgent) -> None:
    """What the words name; else a unit with several rows, or one that was treated as a whole."""
    treatment = agent.known("treatment")
    if not agent.is_open("cluster") or treatment not in agent.table.columns or treatment is None:
        return
    said = said_cluster(agent.table, agent.words)
    if said is not None and said not in agent.taken():
        agent.decide("cluster", said, "Your words ask for errors that allow for it.")
        return
    for column in agent.free():
        named = names_units(column) or column.kind == "text"
        if column.kind not in ("text", "integer") or not named or column.is_key:
            continue
        if column.missing or not 4 <= column.distinct < agent.table.rows:
            continue
        by = agent.table.aggregate({"* least": ("min", treatment), "* most": ("max", treatment)}, by=[column.name])
        whole = column.distinct <= agent.table.rows / 3 and all(row["* least"] == row["* most"] for row in by)
        people = bool(name_words(column.name) & UNITS) and column.distinct > agent.table.rows / 20
        if whole or people:
            reason = (
                "Whole groups were treated, so rows of one group are no separate evidence."
                if whole
                else "It names units that have several rows, which hang together."
            )
            agent.decide("cluster", column.name, reason, f"{column.distinct:,} groups in {agent.table.rows:,} rows")
            return


def find_strata(agent: CausalInferenceAgent) -> None:
    """The blocks within which chance decided, where the words name them."""
    if not agent.is_open("strata"):
        return
    said = said_blocks(agent.table, agent.words)
    if said is not None and said not in agent.taken():
        agent.decide("strata", (said,), "Your words say that chance decided within each of its values.")


def choose_missing(agent: CausalInferenceAgent) -> None:
    """What becomes of empty cells."""
    if not agent.is_open("missing"):
        return
    columns = agent.table.columns
    exact = [agent.known(name) for name in ("treatment", "outcome", "cluster", "weights", "running", "time", "unit")]
    exact += [*agent.known("strata"), *agent.known("instruments"), *agent.known("mediators")]
    empty = [name for name in exact if name in columns and columns[name].missing]
    gaps = [name for name in agent.known("confounders") if name in columns and columns[name].missing]
    if gaps:
        reason = "Confounders have empty cells; these get their own level, so that no row is lost for them."
        agent.decide("missing", "indicator", reason, ", ".join(display(name, 30) for name in gaps[:5]))
    elif empty:
        reason = "Rows without treatment or outcome cannot be compared; the report says how many were left out."
        agent.decide("missing", "drop", reason, ", ".join(display(name, 30) for name in empty[:5]))
