"""Showing text that came from a user: never raw."""

from __future__ import annotations

import unicodedata


def display(text: object, limit: int = 120) -> str:
    """Make user text safe to print.

    Control, format (bidirectional and zero-width marks), surrogate, private and unassigned characters become
    U+FFFD, line breaks and other space a space; what is longer than `limit` characters is cut with an ellipsis.

    Args:
        text: anything; `str()` is taken of it.
        limit: the longest result, in characters.

    Returns:
        One line of text that a terminal, a plot or a report can show.
    """
    raw = str(text)
    shown = raw[: limit + 1]
    clean = shown if shown.isprintable() else "".join(_shown_character(character) for character in shown)
    return clean if len(raw) <= limit else clean[: limit - 1] + "…"


def _shown_character(character: str) -> str:
    if character.isspace():
        return " "
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")
    return "\N{REPLACEMENT CHARACTER}" if hidden else character
