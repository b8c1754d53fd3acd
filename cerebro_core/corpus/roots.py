"""Roots of everyday words: what is left of a word without its common endings."""

from __future__ import annotations

import re

TEXT = (
    "the a an of to in on for and or it we our my us i you do does did be are is was were at by with that "
    "this there have has had can could will shall should if not no any so as its their they them me he she "
    "her his how what which when than from would per "
)
SMALL = frozenset(TEXT.split())
"""Words that say nothing of what is asked; `who`, `before` and `without` do."""

ENDINGS = (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("ly", ""), ("es", "e"), ("s", ""))


def roots(text: str) -> list[str]:
    """Roots of the words of a text that tell something, once each."""
    words = re.findall(r"[a-z]+|\d+", text.lower())
    return list(dict.fromkeys(root(word) for word in words if word not in SMALL))


def root(word: str) -> str:
    """A word without its common endings: `rejected`, `rejects` and `rejecting` are one."""
    if len(word) > 4:
        for ending, instead in ENDINGS:
            if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= 3:
                word = word[: len(word) - len(ending)] + instead
                if ending in ("ing", "ed") and len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                    word = word[:-1]
                break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word
