"""Blocks within which chance decided, and clusters, where the words name them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cerebro_causal.agents.mentions import find_mentions

if TYPE_CHECKING:
    from cerebro_core.table import Table

BLOCKS = re.compile(
    r"\b(?:separately |independently )?(?:with)?in (?:each|every)\b|\bstratif\w+ (?:by|on|within|at)\b|"
    r"\bblock(?:ed|s|ing)? (?:by|on|of|were|within)\b|\bseparately (?:by|for each|in each)\b",
    re.IGNORECASE,
)
CLUSTERS = re.compile(
    r"\bcluster\w* (?:\w+ )?(?:by|on|at|within)\b|\bclustered\b|\bhang together (?:by|within)\b|"
    r"\b(?:errors?|inference) (?:\w+ )?by\b",
    re.IGNORECASE,
)
REACH = 45  # characters between such words and the column
MOST_BLOCKS = 200


def said_after(table: Table, words: str, pattern: re.Pattern[str]) -> str | None:
    """The column named soonest after words that match, in the same clause."""
    for match in pattern.finditer(words):
        clause = re.split(r"[.;?!]", words[match.end() : match.end() + REACH])[0]
        found = [item for item in find_mentions(clause, table.columns) if item.strength >= 1]
        written = [item for item in found if item.strength == 2]
        for item in written or found:
            return item.column
    return None


def said_blocks(table: Table, words: str) -> str | None:
    """The column within whose values chance decided: "lots were drawn within each hospital"."""
    name = said_after(table, words, BLOCKS)
    if name is None or not 2 <= table.columns[name].distinct <= min(MOST_BLOCKS, table.rows // 4):
        return None
    return name


def said_cluster(table: Table, words: str) -> str | None:
    """The column by which the words want errors clustered."""
    name = said_after(table, words, CLUSTERS)
    if name is None or not 2 <= table.columns[name].distinct < table.rows:
        return None
    return name
