"""Find passages: words by BM25 over FTS5, then the best re-ranked by names, word vectors and kind. Standard library."""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from cerebro_core.corpus.lay import field_words
from cerebro_core.corpus.store import ROWS
from cerebro_core.corpus.vectors import closeness, stem
from cerebro_core.corpus.words import LONGEST, query_words, split_words

CANDIDATES = 80
WEIGHTS = "5.0, 4.0, 1.5, 1.0, 0.0"
"""Of title, name, prose, code and source in BM25."""
NEAR = 0.35
NAMED = 0.5
IDENTIFIED = 0.6
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]+")
KINDS = {"recipe": 0.25, "docstring": 0.06, "notebook": 0.1, "docs": 0.05, "script": 0.05, "test": -0.05, "api": 0.0}
"""What a kind is worth beside 1, the best BM25: prose of people before tests."""


@dataclass(frozen=True)
class Hit:
    """A passage that was found, with its score (the best BM25 counts 1)."""

    score: float
    told: dict[str, Any]


def search(
    connection: sqlite3.Connection,
    query: str,
    *,
    packages: Collection[str] | None = None,
    kinds: Sequence[str] = (),
    limit: int = 10,
) -> list[Hit]:
    """The best passages for a query, best first.

    Args:
        connection: an index.
        query: any text; nothing in it is an operator.
        packages: names of the sources to look in; None for all.
        kinds: kinds or tiers to keep; empty for all.
        limit: how many.
    """
    words = query_words(query)
    if not words:
        return []
    added = field_words(words)
    names = identifiers(query)
    rows = _candidates(connection, words + added, names, packages, kinds)
    if not rows:
        return []
    best = -min(row[1] for row in rows) or 1.0
    meaning = _meaning(connection, words + added)
    ranked: dict[int, tuple[float, tuple[Any, ...]]] = {}
    for row in rows:
        score = (
            -row[1] / best + _bonus(row, words, meaning) + (IDENTIFIED * _identified(row[4], names) if names else 0.0)
        )
        number = row[0]
        if number not in ranked or ranked[number][0] < score:
            ranked[number] = (score, row)
    order = sorted(ranked.values(), key=lambda item: (-item[0], item[1][0]))
    return [Hit(round(score, 4), _shown(connection, row)) for score, row in _varied(order)[:limit]]


def _candidates(
    connection: sqlite3.Connection,
    words: list[str],
    names: list[str],
    packages: Collection[str] | None,
    kinds: Sequence[str],
) -> list[tuple[Any, ...]]:
    phrases = [" ".join(split_words(name)) for name in names]
    match = " OR ".join(f'"{word}"' for word in [*words, *phrases])
    every = {name: number for number, name in connection.execute("SELECT number, name FROM source")}
    if packages is not None and set(every) - set(packages):
        scope = " OR ".join(f'"src{number}"' for name, number in every.items() if name in packages)
        if not scope:
            return []
        match = f"{{title name prose code}} : ({match}) AND source : ({scope})"
    found: list[tuple[Any, ...]] = []
    wanted = {kind for word in kinds for kind in _kinds_of(word)}
    chosen = f"AND passage.kind IN ({', '.join('?' * len(wanted))})" if kinds else ""
    inner = "SELECT rowid AS at, bm25(entry, {}) AS rank FROM entry WHERE entry MATCH ? ORDER BY rank LIMIT {}"
    found = connection.execute(
        f"SELECT number, rank, kind, title, qualname, vector, source, complete, id FROM "
        f"({inner.format(WEIGHTS, CANDIDATES if not kinds else 4000)}) "
        f"CROSS JOIN passage ON passage.number = at / {ROWS} {chosen} ORDER BY rank LIMIT {CANDIDATES}",
        (match, *sorted(wanted)),
    ).fetchall()
    return found


def _kinds_of(word: str) -> tuple[str, ...]:
    return ("docstring", "notebook", "docs", "script", "test") if word == "usage" else (word,)


def _meaning(connection: sqlite3.Connection, words: list[str]) -> array[int]:
    marks = ", ".join("?" * len(words))
    asked = connection.execute(f"SELECT vector FROM word WHERE word IN ({marks})", [stem(word) for word in words])
    vectors = [array("b", row[0]) for row in asked]
    return array("l", map(sum, zip(*vectors, strict=True))) if vectors else array("l")


def _bonus(row: tuple[Any, ...], words: list[str], meaning: array[int]) -> float:
    _, _, kind, title, qualname, vector, _, complete, _ = row
    own = {stem(word) for word in split_words(f"{title} {qualname}")}
    asked = {stem(word) for word in words}
    shared = len(asked & own) / len(asked)
    last = set(split_words(qualname.rpartition(".")[2])) if kind == "api" else set()
    exact = 0.3 if last and len(last) > 1 and last <= set(words) else 0.0
    near = closeness(meaning, vector) if vector and meaning else 0.0
    return NAMED * shared + exact + NEAR * near + KINDS.get(kind, 0.0) + (0.03 if complete else 0.0)


def identifiers(query: str) -> list[str]:
    """Names in a query that look like code, in lower case: `SampleRatio`, `sample_posterior`; a dotted one's last."""
    found = NAME.findall(query[:LONGEST])
    return list(dict.fromkeys(name.lower() for name in found if len(split_words(name)) > 1))[:8]


def _identified(qualname: str, names: list[str]) -> float:
    """1 where a passage is what the query names, a half where it is a member of it."""
    parts = qualname.lower().split(".")
    return 1.0 if parts[-1] in names else 0.5 if len(parts) > 1 and parts[-2] in names else 0.0


def _varied(order: list[tuple[float, tuple[Any, ...]]]) -> list[tuple[float, tuple[Any, ...]]]:
    """At most two passages of one title in front; the others follow."""
    counts: dict[tuple[int, str], int] = {}
    first: list[tuple[float, tuple[Any, ...]]] = []
    later: list[tuple[float, tuple[Any, ...]]] = []
    for item in order:
        key = (item[1][6], item[1][3])
        counts[key] = counts.get(key, 0) + 1
        (first if counts[key] <= 2 else later).append(item)
    return first + later


def _shown(connection: sqlite3.Connection, row: tuple[Any, ...]) -> dict[str, Any]:
    number, _, kind, title, qualname, _, source, complete, name = row
    body = connection.execute("SELECT body FROM passage WHERE number = ?", (number,)).fetchone()[0]
    package, told = connection.execute("SELECT name, told FROM source WHERE number = ?", (source,)).fetchone()
    rest = json.loads(zlib.decompress(body))
    head = {"id": name, "title": title, "qualname": qualname, "apis": rest.pop("apis"), "package": package}
    head |= {key: rest.pop(key) for key in ("version", "file", "licence", "line", "last")}
    return head | {"kind": kind, "self_contained": bool(complete), "plugins": json.loads(told)["domains"]} | rest
