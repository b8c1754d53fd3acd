"""Mediators that the words name: "it works only through tar"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cerebro_causal.agents.mentions import find_mentions
from cerebro_causal.agents.sign import Sign
from cerebro_causal.agents.words import HIDDEN, PATH, sentences

if TYPE_CHECKING:
    from cerebro_core.table import Table


def said_mediators(table: Table, words: str, treatment: str, outcome: str) -> tuple[str, ...]:
    """Columns through which, the words say, all of the effect runs."""
    for sentence in sentences(words):
        match = PATH.search(sentence)
        if match is None:
            continue
        for part in (sentence[match.start() :], sentence):
            found = [
                item.column
                for item in find_mentions(part, table.columns)
                if item.strength >= 1 and item.column not in (treatment, outcome)
            ]
            if found:
                return tuple(dict.fromkeys(found))[:1]
    return ()


def said_path_sign(table: Table, words: str, treatment: str | None, outcome: str | None) -> Sign | None:
    """The sign of a front door: full strength where the words also speak of causes that nobody measured."""
    if not treatment or not outcome:
        return None
    found = said_mediators(table, words, treatment, outcome)
    if not found:
        return None
    hidden = bool(HIDDEN.search(words))
    return Sign(
        "frontdoor",
        1.0 if hidden else 0.5,
        {"treatment": treatment, "mediators": found},
        {
            "method": "Your words say that all of the effect runs through a column"
            + (", and that something which moves both was not measured." if hidden else "."),
            "treatment": "The question asks about it.",
            "mediators": "Your words say that the treatment works through it alone.",
        },
        "",
        "That nothing hidden moves the mediator, and that there is no other path, rests on you; no column can show it.",
    )
