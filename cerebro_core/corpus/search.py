"""Find passages: by their words (BM25 over FTS5, the best re-ranked by names, word vectors and kind), and by what is
asked in everyday words, whose answers the index knows; the lists are fused. Standard library."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from cerebro_core.corpus.index import ROWS
from cerebro_core.corpus.question import Question, read_question
from cerebro_core.corpus.roots import roots
from cerebro_core.corpus.vectors import closeness
from cerebro_core.corpus.words import split_words

CANDIDATES = 40
WEIGHTS = "5.0, 4.0, 1.5, 1.0, 0.0"
"""Of title, name, prose, code and source in BM25."""
NEAR = 0.35
NAMED = 0.5
IDENTIFIED = 0.6
SAID = 0.4
"""For a passage of a package that the query names."""
LEAF = 0.3
"""More where its name is a word of the query."""
KINDS = {"recipe": 0.25, "docstring": 0.06, "notebook": 0.1, "docs": 0.05, "script": 0.05, "test": -0.05, "api": 0.0}
"""What a kind is worth beside 1, the best BM25: prose of people before tests."""

TASKS = 4
FAR = 0.5
"""Tasks that are asked for with less than this share of the best one's weight are not looked at."""
ANSWERS = 12
PLACE = 3.0
"""The first of a list counts 1, the second (PLACE + 1) / (PLACE + 2): reciprocal rank fusion (Cormack et al. 2009)."""
PLAIN, IN_TITLE = 0.3, 1.2
"""What the list of words counts beside 1, the list of the task that is asked for; and more the more words of the query
one title says."""

Row = tuple[Any, ...]
COLUMNS = "number, {}, kind, title, qualname, vector, source, complete, id, stems"


class Hit(NamedTuple):
    """A passage that was found, with its score (higher is better; of one query only)."""

    score: float
    told: dict[str, Any]


def search(
    connection: sqlite3.Connection,
    query: str,
    *,
    packages: Collection[str] | None = None,
    kinds: Sequence[str] = (),
    limit: int = 10,
    card: str = "",
) -> list[Hit]:
    """The best passages for a query, best first.

    Args:
        connection: an index.
        query: any text; nothing in it is an operator.
        packages: names of the sources to look in; None for all.
        kinds: kinds or tiers to keep; empty for all.
        limit: how many.
        card: name of a card, such as "abtest.power": what answers its tasks is found, and the words only order it.
    """
    question = read_question(connection, query, packages, kinds)
    if question is None:
        return []
    asked = tasks_of_card(connection, card) if card else []
    lists = [(worth, _answers(connection, task, question)) for task, worth in asked] or _lists(connection, question)
    return [Hit(round(score, 4), _shown(connection, row)) for score, row in _varied(_fused(lists))[:limit]]


def _lists(connection: sqlite3.Connection, question: Question) -> list[tuple[float, list[tuple[float, Row]]]]:
    """What says the words, and what answers the tasks that are asked for; each list with what it counts."""
    plain = _by_words(connection, question)
    if question.names:
        return [(1.0, plain)]
    told = max((_shared(row, question) for _, row in plain[:5]), default=0.0)
    tasks = asked_tasks(connection, question.text)
    answers = [(worth, _answers(connection, task, question)) for task, worth in tasks]
    return [(PLAIN + IN_TITLE * told, plain), *answers]


def _fused(lists: Sequence[tuple[float, list[tuple[float, Row]]]]) -> list[tuple[float, Row]]:
    scores: dict[int, float] = {}
    rows: dict[int, Row] = {}
    for worth, found in lists:
        for place, (_, row) in enumerate(found, 1):
            scores[row[0]] = scores.get(row[0], 0.0) + worth * (PLACE + 1) / (PLACE + place)
            rows[row[0]] = row
    return [(score, rows[number]) for number, score in sorted(scores.items(), key=lambda item: (-item[1], item[0]))]


def _by_words(connection: sqlite3.Connection, question: Question) -> list[tuple[float, Row]]:
    rows = _candidates(connection, question, question.seen) + _called(connection, question)
    said = question.said if question.seen is None else question.said & question.seen
    if said:
        rows += _candidates(connection, question, said)
    best = -min((row[1] for row in rows), default=-1.0) or 1.0
    ranked: dict[int, tuple[float, Row]] = {}
    for row in rows:
        score = -row[1] / best + _bonus(row, question) + KINDS.get(row[2], 0.0) + _pointed(row, question)
        if row[0] not in ranked or ranked[row[0]][0] < score:
            ranked[row[0]] = (score, row)
    return sorted(ranked.values(), key=lambda item: (-item[0], item[1][0]))


def _candidates(connection: sqlite3.Connection, question: Question, seen: frozenset[int] | None) -> list[Row]:
    phrases = [" ".join(split_words(name)) for name in question.names]
    match = " OR ".join(f'"{word}"' for word in dict.fromkeys([*question.rare, *phrases]))
    if seen is not None:
        scope = " OR ".join(f'"src{number}"' for number in sorted(seen))
        match = f"{{title name prose code}} : ({match}) AND source : ({scope})"
    kinds = question.kinds
    chosen = f"AND passage.kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
    inner = "SELECT rowid AS at, bm25(entry, {}) AS rank FROM entry WHERE entry MATCH ? ORDER BY rank LIMIT {}"
    found: list[Row] = connection.execute(
        f"SELECT {COLUMNS.format('rank')} FROM ({inner.format(WEIGHTS, CANDIDATES if not kinds else 4000)}) "
        f"CROSS JOIN passage ON passage.number = at / {ROWS} {chosen} ORDER BY rank LIMIT {CANDIDATES}",
        (match, *kinds),
    ).fetchall()
    return found


def _called(connection: sqlite3.Connection, question: Question) -> list[Row]:
    """APIs of exactly these names, which words alone may rank too low."""
    if not question.names:
        return []
    marks = ", ".join("?" * len(question.names))
    said = ", ".join(map(str, question.said))
    rows = connection.execute(
        f"SELECT {COLUMNS.format('0.0')} FROM passage WHERE leaf IN ({marks}) AND leaf != '' "
        f"ORDER BY source IN ({said}) DESC LIMIT {CANDIDATES}",
        question.names,
    ).fetchall()
    return [row for row in rows if _fits(row, question)]


def _fits(row: Row, question: Question) -> bool:
    return (question.seen is None or row[6] in question.seen) and (not question.kinds or row[2] in question.kinds)


def asked_tasks(connection: sqlite3.Connection, query: str) -> list[tuple[int, float]]:
    """(task, share of the best one's weight) of the tasks that a query asks for in everyday words, best first."""
    words = roots(query)[:64]
    marks = ", ".join("?" * len(words))
    found = connection.execute(
        f"SELECT task, sum(weight) AS w FROM asked WHERE word IN ({marks}) GROUP BY task ORDER BY w DESC LIMIT {TASKS}",
        words,
    ).fetchall()
    return [(task, weight / found[0][1]) for task, weight in found if weight >= FAR * found[0][1]]


def tasks_of_card(connection: sqlite3.Connection, card: str) -> list[tuple[int, float]]:
    """(task, 1) of what a card is for: the tasks that name it, or else its own."""
    found = connection.execute("SELECT task FROM of_card WHERE card = ? ORDER BY task", (card,)).fetchall()
    return [(task, 1.0) for (task,) in (found[:-1] or found)]


def _answers(connection: sqlite3.Connection, task: int, question: Question) -> list[tuple[float, Row]]:
    """What answers a task, with what also says the query's own words in front."""
    chosen = f"AND kind IN ({', '.join('?' * len(question.kinds))})" if question.kinds else ""
    chosen += f" AND source IN ({', '.join(map(str, sorted(question.seen)))})" if question.seen is not None else ""
    rows = connection.execute(
        f"SELECT {COLUMNS.format('score')} FROM answer JOIN passage USING (number) WHERE task = ? {chosen} "
        f"ORDER BY score DESC LIMIT {ANSWERS}",
        (task, *question.kinds),
    ).fetchall()
    ranked = [(row[1] + _bonus(row, question) + _pointed(row, question), row) for row in rows]
    return sorted(ranked, key=lambda item: (-item[0], item[1][0]))


def _shared(row: Row, question: Question) -> float:
    """The share of a query's words that a passage's title or name says."""
    return len(question.stems.intersection(row[9].split())) / len(question.stems)


def _bonus(row: Row, question: Question) -> float:
    _, _, kind, _, qualname, vector, _, complete, _, _ = row
    exact = 0.0
    if kind == "api":
        last = set(split_words(qualname.rpartition(".")[2]))
        exact = 0.3 if len(last) > 1 and last <= set(question.words) else 0.0
    near = closeness(question.meaning, question.size, vector) if vector and question.size else 0.0
    return NAMED * _shared(row, question) + exact + NEAR * near + (0.03 if complete else 0.0)


def _pointed(row: Row, question: Question) -> float:
    """For what the query names: the thing itself, a member of it, the package."""
    parts = row[4].lower().split(".")
    score = 0.0
    if question.names:
        member = len(parts) > 1 and parts[-2] in question.names
        score = IDENTIFIED * (1.0 if parts[-1] in question.names else 0.5 if member else 0.0)
    if row[6] in question.said:
        score += SAID + (LEAF if row[2] == "api" and parts[-1] in question.words else 0.0)
    return score


def _varied(order: list[tuple[float, Row]]) -> list[tuple[float, Row]]:
    """One passage of a title in front; the others follow."""
    seen: set[tuple[int, str]] = set()
    first: list[tuple[float, Row]] = []
    later: list[tuple[float, Row]] = []
    for item in order:
        key = (item[1][6], item[1][3])
        (later if key in seen else first).append(item)
        seen.add(key)
    return first + later


def _shown(connection: sqlite3.Connection, row: Row) -> dict[str, Any]:
    number, _, kind, title, qualname, _, source, complete, name, _ = row
    body = connection.execute("SELECT body FROM body WHERE number = ?", (number,)).fetchone()[0]
    package, told = connection.execute("SELECT name, told FROM source WHERE number = ?", (source,)).fetchone()
    rest = json.loads(zlib.decompress(body))
    head = {"id": name, "title": title, "qualname": qualname, "apis": rest.pop("apis"), "package": package}
    head |= {key: rest.pop(key) for key in ("version", "file", "licence", "line", "last")}
    return head | {"kind": kind, "self_contained": bool(complete), "plugins": json.loads(told)["domains"]} | rest
