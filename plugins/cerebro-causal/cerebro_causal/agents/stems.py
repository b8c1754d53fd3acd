"""Words brought to a common form, so that "smoking" finds a column `smokes`."""

from __future__ import annotations

import re
from types import MappingProxyType

IRREGULAR = MappingProxyType(
    {
        "bought": "buy", "sold": "sell", "won": "win", "got": "get", "gotten": "get", "gave": "give", "given": "give",
        "took": "take", "taken": "take", "paid": "pay", "spent": "spend", "saw": "see", "seen": "see", "went": "go",
        "gone": "go", "left": "leave", "grew": "grow", "grown": "grow", "ran": "run", "made": "make", "kept": "keep",
        "slept": "sleep", "taught": "teach", "lost": "lose", "met": "meet", "sent": "send", "built": "build",
        "felt": "feel", "fell": "fall", "fallen": "fall", "rose": "rise", "risen": "rise", "wrote": "write",
        "chosen": "choose", "chose": "choose", "drawn": "draw", "drew": "draw", "heard": "hear", "held": "hold",
        "led": "lead", "ate": "eat", "drank": "drink", "drove": "drive", "children": "child", "women": "woman",
        "men": "man", "people": "person", "lives": "life", "died": "death", "dead": "death", "dies": "death",
        "die": "death", "fatalities": "death", "deaths": "death", "conversion": "convert", "conversions": "convert",
        "purchases": "buy", "purchase": "buy", "purchased": "buy", "education": "educ", "schooling": "school",
        "wages": "wage", "earnings": "earn", "employment": "employ", "jobs": "job", "prices": "price",
    }
)  # fmt: skip
"""Forms that cutting endings does not bring together."""
ENDINGS = (
    "ivities", "ivity", "ives", "ive", "ities", "ity", "ments", "ment", "ations", "ation", "ances",
    "ance", "ences", "ence", "ings", "ing", "ions", "ion", "ies", "ers", "ed", "es", "er", "ly", "s", "e", "y",
)  # fmt: skip
KEPT = 3


def stem(word: str) -> str:
    """A word without its ending: "smokes", "smoked" and "smoking" are all "smok"."""
    word = word.casefold()
    word = IRREGULAR.get(word, word)
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= KEPT:
            word = word[: -len(ending)]
            break
    if len(word) > KEPT and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word.removesuffix("e") if len(word) > KEPT else word


def words_of(name: str) -> list[str]:
    """The words of a column's name, digits kept with their letters."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return [word for word in re.split(r"[\W_]+", spaced.casefold()) if word]


def words_in(text: str) -> frozenset[str]:
    """The words of a text, parted by spaces."""
    return frozenset(text.split())


def stems_in(text: str) -> frozenset[str]:
    """The stems of the words of a text, parted by spaces."""
    return frozenset(map(stem, text.split()))
