"""Reading the pages of docs/: their snippets, each with the comment that stands above it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_SNIPPET = re.compile(
    r"(?m)^(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$"
    r"(?:\n\n```text\n(?P<says>.*?)^```$)?",
    re.S,
)


class Snippet(NamedTuple):
    """A fenced block.

    Attributes:
        mark: the comment in the line above it, such as "file: plugin.py"; else empty.
        language: such as "python".
        text: what it holds.
        says: the text block that follows it, such as a message; else empty.
        line: where it begins.
    """

    mark: str
    language: str
    text: str
    says: str
    line: int


def snippets(page: str) -> list[Snippet]:
    """All fenced blocks of a page, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [
        Snippet(
            mark=found["mark"] or "",
            language=found["language"],
            text=found["text"],
            says=found["says"] or "",
            line=text.count("\n", 0, found.start()) + 1,
        )
        for found in _SNIPPET.finditer(text)
    ]


def files_of(page: str) -> dict[str, str]:
    """The files that a page's snippets make up, by path."""
    marked = (item for item in snippets(page) if item.mark.startswith("file: "))
    return {item.mark.removeprefix("file: "): item.text for item in marked}
