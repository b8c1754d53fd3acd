"""Words of a text as the store keeps them: identifiers split, lower case, few endings."""

from __future__ import annotations

import re

WORD = re.compile(r"[A-Za-z]+|\d+")
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
LONGEST = 10_000
"""Characters of a query that are read."""

STOP = frozenset(
    [
        "a",
        "about",
        "after",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "get",
        "go",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "like",
        "make",
        "many",
        "me",
        "much",
        "my",
        "no",
        "not",
        "of",
        "off",
        "on",
        "one",
        "or",
        "our",
        "out",
        "own",
        "should",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "too",
        "up",
        "us",
        "use",
        "used",
        "using",
        "was",
        "way",
        "we",
        "were",
        "what",
        "when",
        "where",
        "whether",
        "which",
        "while",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "want",
        "need",
        "actually",
        "really",
        "between",
        "each",
        "per",
        "more",
        "most",
        "without",
    ]
)
"""Words that tell nothing about what a question asks."""


def split_words(text: str) -> list[str]:
    """Lower-case words of a text; `GeometricAdstock` and `geometric_adstock` both give geometric, adstock."""
    return [word.lower() for word in WORD.findall(HUMP.sub(" ", text))]


def indexed(text: str) -> str:
    """The text that the index holds."""
    return " ".join(split_words(text))


def query_words(text: str) -> list[str]:
    """The words of a query that tell something, in order, once each; all words where none does."""
    every = list(dict.fromkeys(split_words(text[:LONGEST])))
    return [word for word in every if word not in STOP and (len(word) > 1 or word.isdigit())][:64] or every[:64]
