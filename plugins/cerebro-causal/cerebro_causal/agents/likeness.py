"""How near a column is to the words of a question where neither says the other's name exactly.

Abbreviations ("mgmt", "cigs", "temp"), digits that stick to a name ("earn98"), everyday words for the same measure
("length of stay" for `los`), and what the description says a column is ("cigs = cigarettes smoked a day").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from cerebro_causal.agents.mentions import GENERAL, tokens_of
from cerebro_causal.agents.stems import stem, words_in, words_of
from cerebro_causal.agents.words import AFTER, BEFORE

SAME_MEASURE = (
    "spend basket purchase buy revenue order turnover",
    "earn wage salary pay income",
    "sale sell turnover revenue",
    "fuel litre liter consumption mpg diesel petrol",
    "harvest yield tonne bushel crop",
    "quit leave resign attrition",
    "rent price cost",
    "school education",
    "retention retain stay active return",
    "churn cancel leave quit unsubscribe attrition",
    "los stay length",
    "productivity output performance",
    "temperature temp warm",
    "percent pct share rate proportion",
    "minute min",
    "hour hr hrs",
    "year yr yrs",
    "number count num qty quantity",
    "score grade mark test exam points",
    "math maths mathematics",
    "management mgmt manager",
    "average avg mean",
    "weight kg lbs",
    "bp pressure",
    "visit trip session",
    "claim claims unemployment",
    "kill death mortality",
    "email mail",
    "music playlist song",
    "satisfaction nps csat happy",
    "default arrears delinquent",
    "loan credit",
)
"""Words for one measure; each line is a group."""
GROUPS_OF: Mapping[str, frozenset[int]] = {
    word: frozenset(place for place, line in enumerate(SAME_MEASURE) if word in {stem(one) for one in line.split()})
    for word in {stem(one) for line in SAME_MEASURE for one in line.split()}
}
MEASURES = words_in(
    "pct percent eur usd gbp k m min mins hr hrs h d day days yr yrs kg g cm mm km index idx dec jan feb mar apr jun "
    "jul aug sep oct nov total"
)
"""Units and the like, which say little of what is measured."""
EMPTY = words_in(
    "the a an of in on at to for and or is are was were be been do does did it its their our we they he she by with "
    "that this which who what how whether one row each per from than more less as not no yes if all some any them "
    "people there had has have would could will can much many"
)
IS = r"(?:\s*(?:=|:)\s*|\s+(?:is|means|says|shows|holds|counts|stands for|tells|marks|gives|measures)\s+)"
LONGEST_GLOSS = 14  # words
STRONG, ALIKE, RELATED = 1.0, 0.8, 0.7


def glosses(description: str, names: Iterable[str]) -> dict[str, list[str]]:
    """What a description says that columns are: the words behind "name =", "name:", "name is", up to the next stop."""
    found = {}
    for name in names:
        match = re.search(rf"(?<!\w){re.escape(name)}(?!\w){IS}([^;.\n]*)", description, re.IGNORECASE)
        if match is not None:
            found[name] = tokens_of(match.group(1))[:LONGEST_GLOSS]
    return found


def parts_of(name: str) -> list[str]:
    """The words of a column's name, digits parted from letters."""
    return [part for word in words_of(name) for part in re.findall(r"[^\W\d_]+|\d+", word)]


def likeness(word: str, token: str) -> float:
    """How near a word of a name is to a word of a text, from 0 to 1."""
    if word == token:
        return STRONG
    if word.isdigit() or token.isdigit():
        return ALIKE if len(word) == 2 and len(token) == 4 and token.endswith(word) else 0.0
    one, other = stem(word), stem(token)
    if one == other:
        return STRONG
    short, long = sorted((one, other), key=len)
    if len(short) >= 3 and long.startswith(short) and (len(short) >= 4 or len(long) >= 6):
        return ALIKE
    if len(word) >= 5 and len(token) >= 7 and word[:6] == token[:6]:
        return ALIKE
    if GROUPS_OF.get(one, frozenset()) & GROUPS_OF.get(other, frozenset()):
        return RELATED
    return 0.0


def nearness(
    names: Collection[str], text: str, description: str, without: frozenset[str] = frozenset()
) -> dict[str, float]:
    """How near each column is to a text: the share of its telling words that the text says, in any form.

    Args:
        names: the columns.
        text: the question.
        description: of the data; what it says that a column is counts as part of its name.
        without: words of another column, which are not to count.

    Returns:
        column -> 0 (nothing in common) to 1 (each telling word is there); a gloss can reach .9.
    """
    tokens = [token for token in tokens_of(text) if token.isalnum() and token not in EMPTY]
    tokens = [token for token in tokens if all(likeness(word, token) < ALIKE for word in without)]
    said = glosses(description, names)
    found = {}
    for name in names:
        own = share_said(parts_of(name), tokens)
        gloss = [word for word in said.get(name, ()) if word.isalnum() and word not in EMPTY]
        meant = 0.9 * min(1.0, 2 * share_said(gloss, tokens))
        found[name] = max(own, meant)
    return found


def is_general(word: str) -> bool:
    """Whether a word of a name says little: a unit, a number, "rate"."""
    return word in MEASURES or word.isdigit() or stem(word) in GENERAL


def has_earlier_twin(name: str, names: Iterable[str]) -> bool:
    """Whether another column is the same from before: `spend_prior_year` beside `spend_30d`, `earn96` for `earn98`."""
    own = [word for word in parts_of(name) if not is_general(word) and word not in BEFORE | AFTER]
    if not own or set(parts_of(name)) & BEFORE:
        return False
    for other in names:
        parts = parts_of(other)
        if other == name or [word for word in parts if not is_general(word) and word not in BEFORE | AFTER] != own:
            continue
        numbers, others = ([int(word) for word in one if word.isdigit()] for one in (parts_of(name), parts))
        if set(parts) & BEFORE or (numbers and others and others[-1] < numbers[-1]):
            return True
    return False


def share_said(words: list[str], tokens: list[str]) -> float:
    """The share of some words that a text says, general words such as "rate" for a third."""
    telling = [(word, 0.33 if is_general(word) else 1.0) for word in words if word not in EMPTY]
    total = sum(weight for _, weight in telling)
    if not total:
        return 0.0
    return (
        sum(weight * max((likeness(word, token) for token in tokens), default=0.0) for word, weight in telling) / total
    )
