"""A query as the search sees it: its words, the names and packages it says, its meaning, and where it may look."""

from __future__ import annotations

import re
import sqlite3
from array import array
from collections.abc import Collection, Sequence
from typing import NamedTuple

from cerebro_core.corpus.vectors import length, stem
from cerebro_core.corpus.words import LONGEST, query_words, split_words

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]+")
LAST = re.compile(r"(?<=[A-Za-z0-9_]\.)[A-Za-z_]\w{2,}(?![\w.])")
DOTTED = re.compile(r"\b([a-z]+)\.(?=[A-Za-z_])")
ALIASES = {"pm": "pymc", "az": "arviz", "jnp": "jax", "sm": "statsmodels", "smf": "statsmodels", "cp": "causalpy",
           "bmb": "bambi", "pf": "pyfixest", "tt": "tea_tasting", "pg": "pingouin"}  # fmt: skip
USAGE = ("docstring", "notebook", "docs", "script", "test")
FEW = 2
"""Where fewer words of a query are rare, the common ones are looked for too."""


class Question(NamedTuple):
    """A query, taken apart.

    Attributes:
        text: as it was asked, at most LONGEST characters.
        words: its telling words.
        rare: those that are looked for.
        stems: of all telling words.
        names: what looks like the name of an API, in lower case.
        said: numbers of the packages that it names.
        meaning, size: sum of its words' vectors, and its length.
        seen: numbers of the packages to look in; None for all.
        kinds: kinds to keep; empty for all.
    """

    text: str
    words: tuple[str, ...]
    rare: tuple[str, ...]
    stems: frozenset[str]
    names: tuple[str, ...]
    said: frozenset[int]
    meaning: array[int]
    size: float
    seen: frozenset[int] | None
    kinds: tuple[str, ...]


def read_question(
    connection: sqlite3.Connection, query: str, packages: Collection[str] | None, kinds: Sequence[str]
) -> Question | None:
    """The question of a query; None where it has no words, or nowhere to look."""
    text = query[:LONGEST]
    words = query_words(text)
    sources = connection.execute("SELECT number, name, module FROM source").fetchall()
    seen = None if packages is None else frozenset(number for number, name, _ in sources if name in packages)
    if not words or seen == frozenset():
        return None
    said = mentioned(text, sources)
    names = identifiers(text, [one for number, *both in sources if number in said for one in both])
    marks = ", ".join("?" * len(words))
    common = {row[0] for row in connection.execute(f"SELECT word FROM common WHERE word IN ({marks})", words)}
    rare = [word for word in words if word not in common]
    meaning = _meaning(connection, [stem(word) for word in words])
    return Question(
        text,
        tuple(words),
        tuple(rare if len(rare) >= FEW else words),
        frozenset(map(stem, words)),
        tuple(names),
        said,
        meaning,
        length(meaning),
        None if seen is None or len(seen) == len(sources) else seen,
        tuple(sorted({one for kind in kinds for one in (USAGE if kind == "usage" else (kind,))})),
    )


def _meaning(connection: sqlite3.Connection, stems: list[str]) -> array[int]:
    marks = ", ".join("?" * len(stems))
    asked = connection.execute(f"SELECT vector FROM word WHERE word IN ({marks})", stems)
    vectors = [array("b", row[0]) for row in asked]
    return array("l", map(sum, zip(*vectors, strict=True))) if vectors else array("l")


def identifiers(text: str, packages: Collection[str] = ()) -> list[str]:
    """Names in a query that look like code, in lower case: `SampleRatio`, `sample_posterior`, the last of `pm.sample`.

    Args:
        text: of the query.
        packages: names of packages that the query names, which are no names of things; beside one, any word in capitals
            is a name.
    """
    found = [name for name in NAME.findall(text) if len(split_words(name)) > 1 or (packages and name[0].isupper())]
    known = {re.sub("[-_]", "", name.lower()) for name in packages}
    names = (name.lower() for name in found + LAST.findall(text))
    return [name for name in dict.fromkeys(names) if name.replace("_", "") not in known][:8]


def mentioned(text: str, sources: Sequence[tuple[int, str, str]]) -> frozenset[int]:
    """Numbers of the packages that a query names: as distribution, as module, or by the usual alias (`pm.sample`)."""
    plain = f" {' '.join(re.findall('[a-z0-9]+', text.lower()))} "
    aliased = {ALIASES[name] for name in DOTTED.findall(text) if name in ALIASES}
    return frozenset(
        number
        for number, name, module in sources
        if module in aliased
        or any(f" {one.lower().replace('_', ' ').replace('-', ' ')} " in plain for one in (name, module))
    )
