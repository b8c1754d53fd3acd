"""Instruments that the words name: "as an instrument", or chance that decided about an offer, not the treatment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cerebro_causal.agents.mentions import Mention, find_mentions, tokens_of
from cerebro_causal.agents.sign import Sign
from cerebro_causal.agents.words import CHANCE, ENCOURAGED, INSTRUMENT, chance_sentences, sentences

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

COVARIATES = re.compile(r"\b(?:controlling|control|adjusting|adjust|holding|given) (?:for )?.*$", re.IGNORECASE)
FEWEST_SHIFT = 0.03  # least correlation of an offer with the treatment
SAME = 0.98


def named_instruments(table: Table, words: str, treatment: str, outcome: str) -> tuple[str, ...]:
    """Columns that a sentence calls instruments."""
    found: list[str] = []
    for sentence in sentences(words):
        if not INSTRUMENT.search(sentence):
            continue
        for item in find_mentions(COVARIATES.sub("", sentence), table.columns):
            column = table.columns[item.column]
            sure = item.strength >= 1 and item.column not in (treatment, outcome)
            if sure and not column.is_constant and not column.is_key and item.column not in found:
                found.append(item.column)
    return tuple(found)


def drawn_offer(table: Table, words: str, treatment: str, outcome: str) -> tuple[str, str]:
    """A column of two values about which the words say that chance decided, and which is not the treatment.

    Returns:
        the column and the evidence that it moves the treatment; ("", "") where there is none.
    """
    for sentence in chance_sentences(words):
        mentions = [item for item in find_mentions(sentence, table.columns) if item.column != outcome]
        able = [item for item in mentions if item.column != treatment and is_offer(table.columns[item.column])]
        itself = [item for item in mentions if item.column == treatment and item.strength >= 1]
        if itself and not (able and speaks_of_offer(sentence, able[0], itself[0])):
            continue
        for item in sorted(able, key=lambda one: -one.strength):
            if item.strength < 0.3:
                continue
            shift = shift_of(table, item.column, treatment)
            if shift is not None and FEWEST_SHIFT <= abs(shift) < SAME:
                return item.column, f"its correlation with the treatment is {shift:.2f}"
    return "", ""


def speaks_of_offer(sentence: str, offer: Mention, treatment: Mention) -> bool:
    """Whether a sentence that names both says that chance decided about the offer rather than the treatment."""
    if ENCOURAGED.search(sentence) and offer.start < treatment.start:
        return True
    chance = CHANCE.search(sentence)
    place = len(tokens_of(sentence[: chance.start()])) if chance else 0
    return abs(offer.start - place) < abs(treatment.start - place)


def is_offer(column: ColumnProfile) -> bool:
    """Whether a column has two values."""
    return column.distinct == 2 and column.kind in ("integer", "number", "boolean", "text")


def shift_of(table: Table, offer: str, treatment: str) -> float | None:
    """The correlation of an offer with the treatment; None where it cannot be known."""
    column, cause = table.columns[offer], table.columns.get(treatment)
    if cause is None or cause.kind == "text":
        return None
    if column.kind != "text":
        return table.aggregate({"r": ("corr", offer, treatment)})[0]["r"]
    means = table.aggregate({"* mean": ("mean", treatment), "* count": ("count", treatment)}, by=[offer])
    spread = table.aggregate({"s": ("std", treatment)})[0]["s"]
    if len(means) != 2 or not spread:
        return None
    total = sum(row["* count"] for row in means)
    share = means[0]["* count"] / total
    return (means[1]["* mean"] - means[0]["* mean"]) * (share * (1 - share)) ** 0.5 / spread


def said_instrument_sign(table: Table, words: str, given: Mapping[str, Any]) -> Sign | None:
    """The sign of an instrument that the words describe, or None.

    Args:
        table: the table.
        words: question and description.
        given: what is known of the roles; treatment and outcome must be.
    """
    treatment, outcome = given.get("treatment"), given.get("outcome")
    if not treatment or not outcome:
        return None
    found, evidence = named_instruments(table, words, treatment, outcome), ""
    why = "Your words call it an instrument."
    if not found:
        offer, evidence = drawn_offer(table, words, treatment, outcome)
        found = (offer,) if offer else ()
        why = "Your words say that chance decided about it, and it moves the treatment that you ask about."
    if not found:
        return None
    return Sign(
        "iv",
        1.0,
        {"treatment": treatment, "instruments": found},
        {
            "method": "What you ask about was chosen by the units, and something that is as good as chance moved it.",
            "treatment": "The question asks about it.",
            "instruments": why,
        },
        evidence,
        "That the instrument moves the outcome through the treatment alone rests on you; no column can show it.",
    )
