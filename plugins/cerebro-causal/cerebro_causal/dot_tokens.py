"""The pieces that a text in DOT is made of, and how one that is not understood is named."""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from cerebro_core.blocks.display import display
from cerebro_core.errors import SpecError

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/|\#[^\n]*)
    |"(?P<quoted>(?:[^"\\]|\\.)*)"
    |(?P<arrow><->|->|--)
    |(?P<mark>[;,{}\[\]=:])
    |(?P<word>(?:(?!->|--|//|/\*)[^\s;,{}\[\]"<>=:\u2190-\u21ff\u27f0-\u27ff])+)""",
    re.DOTALL | re.VERBOSE,
)
CUT = "is never closed; is the graph cut off?"
FORM = "is not understood: each arrow is written a -> b, or a <-> b for a common cause not measured"


class Token(NamedTuple):
    """A piece of the text.

    Attributes:
        kind: word, quoted, html, arrow, mark or end.
        text: what it says, without quotes.
        start: its place in the text.
        fresh: whether it is the first in its line.
    """

    kind: str
    text: str
    start: int
    fresh: bool

    @property
    def is_name(self) -> bool:
        """Whether a node may be called so."""
        numeral = re.match(r"-?[.\d]", self.text)
        return self.kind == "quoted" or (
            self.kind == "word" and bool(re.search(r"\w", self.text)) and bool(self.text[0] != "-" or numeral)
        )


def tokens_of(text: str) -> list[Token]:
    """The pieces of the text, without space and comments, and an end."""
    found: list[Token] = []
    place, fresh = 0, True
    while place < len(text):
        match = TOKEN.match(text, place)
        if text[place] == "<" and not match:
            after = html_end(text, place)
            found.append(Token("html", text[place:after], place, fresh))
            place, fresh = after, False
            continue
        if not match:
            refuse(text, place, CUT if text[place] == '"' or text.startswith("/*", place) else FORM)
        kind, said = str(match.lastgroup), match[str(match.lastgroup)]
        if kind == "space":
            fresh = fresh or "\n" in said
        else:
            # Graphviz unescapes quotes; what else has a backslash stays
            shown = re.sub(r'\\(["\\])|\\\r?\n', lambda one: one[1] or "", said) if kind == "quoted" else said
            found.append(Token(kind, shown, place, fresh))
            fresh = False
        place = match.end()
    return [*found, Token("end", "", len(text), True)]


def html_end(text: str, start: int) -> int:
    """Where a label in angle brackets ends."""
    depth = 0
    for match in re.compile("[<>]").finditer(text, start):
        depth += 1 if match[0] == "<" else -1
        if not depth:
            return match.end()
    refuse(text, start, FORM)


def refuse(text: str, start: int, why: str) -> NoReturn:
    """Name the piece that begins at a place, with its line where there are several.

    Raises:
        SpecError: always.
    """
    piece = text[start:].strip().partition("\n")[0] or text.strip()[-30:]
    line = f" (line {text.count(chr(10), 0, start) + 1})" if "\n" in text.strip() else ""
    raise SpecError(f"--graph: '{display(piece, 40)}'{line} {why}")
