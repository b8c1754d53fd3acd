"""Which passages answer what people ask: found once, when an index is filled, so that a search only looks them up."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from cerebro_core.corpus.asked import Task
from cerebro_core.corpus.record import Passage
from cerebro_core.corpus.words import indexed, query_words

LOOKED_AT = 600
WORTH = 0.45
"""What scores less than this share of the best passage is no answer."""
KEPT, OF_ONE_SOURCE = 120, 25
IS_API, USES_API, CARD = 0.6, 0.3, 2.0
KINDS = {"notebook": 0.2, "docs": 0.15, "docstring": 0.15, "script": 0.1, "api": 0.1, "test": -0.1}
"""What a kind is worth beside 1, the best BM25: prose of people before tests."""


def answers_of(connection: sqlite3.Connection, tasks: Sequence[Task], passages: Sequence[Passage], rows: int) -> None:
    """Fill the table `answer`: for each task the passages that answer it, with scores of 0 to 1, best first.

    Args:
        connection: an index whose full text is there.
        tasks: in the order of their numbers.
        passages: in the order of their numbers.
        rows: rows of the full text a passage may have.
    """
    cards = {item.qualname: number for number, item in enumerate(passages) if item.kind == "recipe"}
    for number, task in enumerate(tasks):
        scores = _scores(connection, task, passages, rows)
        least = WORTH * max(scores.values(), default=0.0)
        scores = {passage: score for passage, score in scores.items() if score >= least}
        scores |= {cards[name]: CARD - 0.1 * at for at, name in enumerate(task.cards) if name in cards}
        best = max(scores.values(), default=1.0)
        kept = [(number, passage, round(score / best, 4)) for passage, score in _few(scores, passages)]
        connection.executemany("INSERT INTO answer VALUES (?, ?, ?)", kept)


def _scores(connection: sqlite3.Connection, task: Task, passages: Sequence[Passage], rows: int) -> dict[int, float]:
    words = [f'"{word}"' for word in query_words(task.terms)]
    names = [f'"{indexed(name)}"' for name in task.apis]
    match = f"{{title name prose}} : ({' OR '.join([*words, *names])})"
    found = connection.execute(
        "SELECT rowid / ?, bm25(entry, 5.0, 4.0, 1.5, 1.0, 0.0) AS rank FROM entry WHERE entry MATCH ?"
        f" ORDER BY rank LIMIT {LOOKED_AT}",
        (rows, match),
    ).fetchall()
    best = -found[0][1] if found else 1.0
    wanted = set(task.apis)
    scores: dict[int, float] = {}
    for passage, rank in found:
        item = passages[passage]
        if item.kind != "recipe":
            score = -rank / best + KINDS.get(item.kind, 0.0) + _named(item, wanted)
            scores[passage] = max(scores.get(passage, 0.0), score)
    return scores


def _named(item: Passage, wanted: set[str]) -> float:
    if item.qualname.rpartition(".")[2] in wanted:
        return IS_API
    return USES_API if any(name.rpartition(".")[2] in wanted for name in item.apis) else 0.0


def _few(scores: dict[int, float], passages: Sequence[Passage]) -> list[tuple[int, float]]:
    """The best, each title of a source once, and not all of one source."""
    kept: list[tuple[int, float]] = []
    titles: set[tuple[str, str]] = set()
    sources: dict[str, int] = {}
    for number, score in sorted(scores.items(), key=lambda item: (-item[1], item[0])):
        item = passages[number]
        key = (item.package, item.title)
        if key in titles or sources.get(item.package, 0) >= OF_ONE_SOURCE:
            continue
        titles.add(key)
        sources[item.package] = sources.get(item.package, 0) + 1
        kept.append((number, score))
        if len(kept) == KEPT:
            break
    return kept
