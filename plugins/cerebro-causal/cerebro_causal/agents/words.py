"""What the question and the description say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cerebro_core.roles import name_words

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile

EXPERIMENT = re.compile(
    r"\b(randomi[sz](ed|ation)|randomly (assigned|allocated|chosen|selected|drawn|picked)"
    r"|assigned (at random|by chance)|by (lottery|coin)|a/b[- ]test|rct"
    r"|(field|lab|controlled|clinical) (experiment|trial)|controlled trial|zufällig|randomisiert)\b",
    re.IGNORECASE,
)
NOT_EXPERIMENT = re.compile(
    r"\b(not|no|never|without|nicht|kein\w*|non)[- ](?:\w+ ){0,3}?"
    r"(randomi[sz]\w*|randomly|random|experiment\w*|rct|lottery|zufällig|randomisiert|a/b[- ]test)|observational",
    re.IGNORECASE,
)
TREATED = re.compile(
    r"\b(on|for|among|did|help|helped) (the )?(treated|participants|those who (were|got|took|had|received)|"
    r"people who (were|got|took|had|received)|recipients|takers|enrolled)\b|\batt\b",
    re.IGNORECASE,
)
UNTREATED = re.compile(
    r"\b(if we (extend|extended|offered|gave)|untreated|those who (did not|didn't|were not|have not))\b", re.IGNORECASE
)
AFTER = frozenset({"post", "after", "followup", "endline", "later", "subsequent", "nachher", "exit"})
BEFORE = frozenset(
    {"pre", "prior", "before", "past", "previous", "prev", "last", "baseline", "lag", "history", "vorher", "initial"}
)
UNTREATED_VALUES = frozenset(
    {"control", "ctrl", "a", "baseline", "0", "false", "old", "default", "off", "holdout", "kontrolle", "none", "no"}
    | {"n", "nein", "untreated", "placebo", "never", "usual", "standard", "comparison", "nothing"}
)


def says_experiment(text: str) -> bool:
    """Whether the words say that chance assigned the treatment, and do not deny it."""
    return bool(EXPERIMENT.search(text)) and not NOT_EXPERIMENT.search(text)


def said_estimand(text: str) -> str:
    """ "att" or "atc" where the words ask about these; else ""."""
    return "att" if TREATED.search(text) else "atc" if UNTREATED.search(text) else ""


def mentioned(text: str, names: Iterable[str]) -> list[str]:
    """Columns that the words name, in the order of the text; by whole words, also in plural or with `ed`."""
    folded = " " + " ".join(re.findall(r"\w+", text.casefold().replace("_", " "))) + " "
    places: dict[str, int] = {}
    for name in names:
        words = [word for word in re.split(r"[\W_]+", name.casefold()) if word]
        if not words or all(len(word) < 3 for word in words):
            continue
        stem = " ".join(words)
        match = re.search(rf" {re.escape(stem)}(s|es|ed|d|ing)? ", folded)
        if match:
            places[name] = match.start()
    return sorted(places, key=lambda name: places[name])


def untreated_value(levels: Mapping[str, int]) -> str | None:
    """The value of a treatment that says "untreated", where exactly one does."""
    found = [level for level in levels if name_words(level) & UNTREATED_VALUES or level in UNTREATED_VALUES]
    return found[0] if len(found) == 1 else None


def untreated_level(column: ColumnProfile) -> str | None:
    """The value of a column of words that says "untreated", as it is written, where exactly one does."""
    if column.kind != "text":
        return None
    levels = {str(value).casefold(): str(value) for value, _ in column.levels}
    found = untreated_value(dict.fromkeys(levels, 0))
    return None if found is None else levels[found]
