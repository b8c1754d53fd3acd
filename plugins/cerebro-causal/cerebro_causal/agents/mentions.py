"""Which columns a text speaks of, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cerebro_causal.agents.stems import stem, stems_in, words_of

TOKEN = re.compile(r"\w+(?:'\w+)?|[?.!;:,()]")
FILLERS = frozenset({"in", "of", "the", "is", "has", "was", "at", "per", "by", "for", "to", "num", "n", "nr", "no"})
GENERAL = stems_in(
    "rate score total number value level index amount count share mean avg sum log before after pre post at baseline "
    "last next prior year month week day time date id first second new old size type group"
)
FUNCTION_WORDS = frozenset(
    {"a", "i", "after", "before", "since", "with", "without", "in", "on", "at", "by", "for", "from", "of", "to", "as"}
    | {"it", "is", "or", "and", "not", "do", "did", "than", "then", "if", "the", "all"}
)  # as a name of a column only in brackets: elsewhere they are grammar
MONTHS = frozenset(["jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
SPREAD = 3  # words that may stand between those of a name


@dataclass(frozen=True)
class Mention:
    """A column that a text names.

    Attributes:
        column: exact name.
        start: place of the first token, counting from 0; `end` is the place after the last one.
        strength: 2 as written, in brackets or as no ordinary word; 1 all its words; less: some of them.
    """

    column: str
    start: int
    end: int
    strength: float


def tokens_of(text: str) -> list[str]:
    """Words and punctuation of a text, in lower case."""
    return TOKEN.findall(text.casefold())


def find_mentions(text: str, names: Iterable[str]) -> list[Mention]:
    """Every place where a text names one of the columns, in the order of the text.

    Where two columns claim the same word, the one of whose name more is there keeps it.
    """
    tokens = tokens_of(text)
    stems = [stem(token) for token in tokens]
    found = [mention for name in names for mention in mentions_of(name, tokens, stems)]
    written = {item.column for item in found if in_brackets(tokens, item.start)}
    found = [item for item in found if item.column not in written or in_brackets(tokens, item.start)]
    found.sort(key=lambda item: (-(item.strength >= 1), -len(stems_of(item.column)), -item.strength))
    taken: dict[int, str] = {}
    kept = []
    for item in found:
        places = [place for place in range(item.start, item.end) if stems[place] in stems_of(item.column)]
        places = places or [item.start]
        if any(place in taken and taken[place] != item.column for place in places):
            continue
        taken.update(dict.fromkeys(places, item.column))
        kept.append(item)
    return sorted(kept, key=lambda item: (item.start, -item.strength))


def stems_of(name: str) -> frozenset[str]:
    """The stems of a name, and the name itself."""
    return frozenset({name.casefold(), *(stem(word) for word in words_of(name) if word not in FILLERS)})


def mentions_of(name: str, tokens: list[str], stems: list[str]) -> list[Mention]:
    """Where one column is named."""
    folded = name.strip().casefold()
    words = words_of(name)
    content = [stem(word) for word in words if word not in FILLERS] or [stem(word) for word in words]
    exact = [
        Mention(name, place, place + 1, exact_strength(folded, tokens, place))
        for place, token in enumerate(tokens)
        if token == folded and (token not in FUNCTION_WORDS or in_brackets(tokens, place))
    ]
    exact = [item for item in exact if item.strength]
    if exact or folded in FUNCTION_WORDS or not content or all(len(word) < 3 for word in words):
        return exact
    whole = windows(name, content, stems)
    if whole:
        return whole
    telling = [word for word in dict.fromkeys(content) if word not in GENERAL and len(word) >= 3]
    there = [word for word in telling if word in stems]
    if len(content) < 2 or not there:
        return []
    strength = 0.6 * len([word for word in content if word in stems]) / len(content)
    return [Mention(name, place, place + 1, strength) for place, word in enumerate(stems) if word in there]


def exact_strength(folded: str, tokens: list[str], place: int) -> float:
    """2 where a name is written as no ordinary word would be, or in brackets; else 1."""
    unusual = "_" in folded or any(character.isdigit() for character in folded)
    return 2.0 if unusual or in_brackets(tokens, place) else 1.2


def in_brackets(tokens: list[str], place: int) -> bool:
    """Whether a token stands alone in round brackets."""
    return 0 < place < len(tokens) - 1 and tokens[place - 1] == "(" and tokens[place + 1] == ")"


def windows(name: str, content: list[str], stems: list[str]) -> list[Mention]:
    """Places where all words of a name stand close together, in any order."""
    found: list[Mention] = []
    wanted = set(content)
    stems = [shortened(word, wanted) for word in stems] if len(wanted) > 1 else stems
    for place, word in enumerate(stems):
        if word not in wanted:
            continue
        reach = stems[place : place + len(content) + SPREAD]
        if wanted <= set(reach):
            end = place + 1 + max(reach.index(item) for item in wanted)
            if not found or found[-1].end <= place:
                found.append(Mention(name, place, end, 1.0))
    return found


def shortened(word: str, wanted: set[str]) -> str:
    """A word as a name of several words may shorten it: "temperature" for `temp`."""
    short = [
        item
        for item in wanted
        if (len(item) >= 4 or item in MONTHS) and word.startswith(item) and len(word) >= len(item) + 3
    ]
    return short[0] if short and word not in wanted else word
