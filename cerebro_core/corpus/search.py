"""Find passages: by their words (BM25 over FTS5, the best re-ranked by names, word vectors and kind), and by what is
asked in everyday words, whose answers the index knows; the lists are fused. Standard library."""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from cerebro_core.corpus.store import ROWS
from cerebro_core.corpus.vectors import closeness, stem
from cerebro_core.corpus.words import LONGEST, query_words, split_words

CANDIDATES = 80
WEIGHTS = "5.0, 4.0, 1.5, 1.0, 0.0"
"""Of title, name, prose, code and source in BM25."""
NEAR = 0.35
NAMED = 0.5
IDENTIFIED = 0.6
SAID = 0.4
"""For a passage of a package that the query names."""
LEAF = 0.3
"""More where its name is a word of the query."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]+")
LAST = re.compile(r"(?<=[A-Za-z0-9_]\.)[A-Za-z_]\w{2,}(?![\w.])")
DOTTED = re.compile(r"\b([a-z]+)\.(?=[A-Za-z_])")
ALIASES = {"pm": "pymc", "az": "arviz", "jnp": "jax", "sm": "statsmodels", "smf": "statsmodels", "cp": "causalpy",
           "bmb": "bambi", "pf": "pyfixest", "tt": "tea_tasting", "pg": "pingouin"}  # fmt: skip
KINDS = {"recipe": 0.25, "docstring": 0.06, "notebook": 0.1, "docs": 0.05, "script": 0.05, "test": -0.05, "api": 0.0}
"""What a kind is worth beside 1, the best BM25: prose of people before tests."""

TASKS = 4
FAR = 0.5
"""Tasks that are asked for with less than this share of the best one's weight are not looked at."""
PLACE = 3.0
"""The first of a list counts 1 / (PLACE + 1), the second 1 / (PLACE + 2), …: reciprocal rank fusion (Cormack 2009)."""
PLAIN, IN_TITLE = 0.3, 1.2
"""What the list of words counts beside 1, the list of the task that is asked for; and more the more words of the query
one title says."""

Row = tuple[Any, ...]
COLUMNS = "number, {}, kind, title, qualname, vector, source, complete, id"


@dataclass(frozen=True)
class Hit:
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
    sources = connection.execute("SELECT number, name, module FROM source").fetchall()
    every = {name: number for number, name, _ in sources}
    seen = None if packages is None or not set(every) - set(packages) else {every[n] for n in every if n in packages}
    if seen is not None and not seen:
        return []
    wanted = sorted({kind for word in kinds for kind in _kinds_of(word)})
    said = mentioned(query, sources)
    names = identifiers(query, [one for number, *both in sources if number in said for one in both])
    meaning = _meaning(connection, words)
    plain = _by_words(connection, words, names, said, seen, wanted, meaning)
    lists = [(1.0, plain)]
    if not names:
        asked = asked_tasks(connection, query)
        told = max((_shared(row, words) for _, row in plain[:5]), default=0.0)
        lists[0] = (PLAIN + IN_TITLE * told, plain)
        lists += [(worth, _answers(connection, task, words, seen, wanted, meaning)) for task, worth in asked]
    return [Hit(round(score, 4), _shown(connection, row)) for score, row in _varied(_fused(lists))[:limit]]


def _fused(lists: Sequence[tuple[float, list[tuple[float, Row]]]]) -> list[tuple[float, Row]]:
    scores: dict[int, float] = {}
    rows: dict[int, Row] = {}
    for worth, found in lists:
        for place, (_, row) in enumerate(found, 1):
            scores[row[0]] = scores.get(row[0], 0.0) + worth * (PLACE + 1) / (PLACE + place)
            rows[row[0]] = row
    return [(score, rows[number]) for number, score in sorted(scores.items(), key=lambda item: (-item[1], item[0]))]


def _by_words(
    connection: sqlite3.Connection,
    words: list[str],
    names: list[str],
    said: set[int],
    seen: set[int] | None,
    wanted: list[str],
    meaning: array[int],
) -> list[tuple[float, Row]]:
    rows = _candidates(connection, words, names, seen, wanted) + _called(connection, names, seen, wanted)
    if said and (seen is None or said & seen):
        rows += _candidates(connection, words, names, said if seen is None else said & seen, wanted)
    best = -min((row[1] for row in rows), default=-1.0) or 1.0
    ranked: dict[int, tuple[float, Row]] = {}
    for row in rows:
        score = -row[1] / best + _bonus(row, words, meaning) + KINDS.get(row[2], 0.0)
        score += IDENTIFIED * _identified(row[4], names) if names else 0.0
        if row[6] in said:
            score += SAID + (LEAF if row[2] == "api" and row[4].rpartition(".")[2].lower() in words else 0.0)
        if row[0] not in ranked or ranked[row[0]][0] < score:
            ranked[row[0]] = (score, row)
    return sorted(ranked.values(), key=lambda item: (-item[0], item[1][0]))


def _candidates(
    connection: sqlite3.Connection, words: list[str], names: list[str], seen: set[int] | None, wanted: list[str]
) -> list[Row]:
    phrases = [" ".join(split_words(name)) for name in names]
    match = " OR ".join(f'"{word}"' for word in [*words, *phrases])
    if seen is not None:
        scope = " OR ".join(f'"src{number}"' for number in sorted(seen))
        match = f"{{title name prose code}} : ({match}) AND source : ({scope})"
    chosen = f"AND passage.kind IN ({', '.join('?' * len(wanted))})" if wanted else ""
    inner = "SELECT rowid AS at, bm25(entry, {}) AS rank FROM entry WHERE entry MATCH ? ORDER BY rank LIMIT {}"
    found: list[Row] = connection.execute(
        f"SELECT {COLUMNS.format('rank')} FROM "
        f"({inner.format(WEIGHTS, CANDIDATES if not wanted else 4000)}) "
        f"CROSS JOIN passage ON passage.number = at / {ROWS} {chosen} ORDER BY rank LIMIT {CANDIDATES}",
        (match, *wanted),
    ).fetchall()
    return found


def _called(connection: sqlite3.Connection, names: list[str], seen: set[int] | None, wanted: list[str]) -> list[Row]:
    """APIs of exactly these names, which words alone may rank too low."""
    marks = ", ".join("?" * len(names))
    rows = connection.execute(
        f"SELECT {COLUMNS.format('0.0')} FROM passage WHERE leaf IN ({marks}) AND leaf != '' LIMIT {CANDIDATES}", names
    ).fetchall()
    return [row for row in rows if (seen is None or row[6] in seen) and (not wanted or row[2] in wanted)]


def asked_tasks(connection: sqlite3.Connection, query: str) -> list[tuple[int, float]]:
    """(task, share of the best one's weight) of the tasks that a query asks for in everyday words, best first."""
    from cerebro_core.corpus.roots import roots

    words = roots(query[:LONGEST])[:64]
    marks = ", ".join("?" * len(words))
    found = connection.execute(
        f"SELECT task, sum(weight) AS w FROM asked WHERE word IN ({marks}) GROUP BY task ORDER BY w DESC LIMIT {TASKS}",
        words,
    ).fetchall()
    return [(task, weight / found[0][1]) for task, weight in found if weight >= FAR * found[0][1]]


def _answers(
    connection: sqlite3.Connection,
    task: int,
    words: list[str],
    seen: set[int] | None,
    wanted: list[str],
    meaning: array[int],
) -> list[tuple[float, Row]]:
    """What answers a task, with what also says the query's own words in front."""
    chosen = f"AND kind IN ({', '.join('?' * len(wanted))})" if wanted else ""
    chosen += f" AND source IN ({', '.join(map(str, sorted(seen)))})" if seen is not None else ""
    rows = connection.execute(
        f"SELECT {COLUMNS.format('score')} FROM answer"
        f" JOIN passage USING (number) WHERE task = ? {chosen} ORDER BY score DESC LIMIT 30",
        (task, *wanted),
    ).fetchall()
    ranked = [(row[1] + _bonus(row, words, meaning), row) for row in rows]
    return sorted(ranked, key=lambda item: (-item[0], item[1][0]))


def _kinds_of(word: str) -> tuple[str, ...]:
    return ("docstring", "notebook", "docs", "script", "test") if word == "usage" else (word,)


def _meaning(connection: sqlite3.Connection, words: list[str]) -> array[int]:
    marks = ", ".join("?" * len(words))
    asked = connection.execute(f"SELECT vector FROM word WHERE word IN ({marks})", [stem(word) for word in words])
    vectors = [array("b", row[0]) for row in asked]
    return array("l", map(sum, zip(*vectors, strict=True))) if vectors else array("l")


def _shared(row: Row, words: list[str]) -> float:
    """The share of a query's words that a passage's title or name says."""
    own = {stem(word) for word in split_words(f"{row[3]} {row[4]}")}
    asked = {stem(word) for word in words}
    return len(asked & own) / len(asked)


def _bonus(row: Row, words: list[str], meaning: array[int]) -> float:
    _, _, kind, _, qualname, vector, _, complete, _ = row
    last = set(split_words(qualname.rpartition(".")[2])) if kind == "api" else set()
    exact = 0.3 if last and len(last) > 1 and last <= set(words) else 0.0
    near = closeness(meaning, vector) if vector and meaning else 0.0
    return NAMED * _shared(row, words) + exact + NEAR * near + (0.03 if complete else 0.0)


def identifiers(query: str, packages: Collection[str] = ()) -> list[str]:
    """Names in a query that look like code, in lower case: `SampleRatio`, `sample_posterior`, the last of `pm.sample`.

    Args:
        query: any text.
        packages: names of packages that the query names, which are no names of things; beside one, any word in capitals
            is a name.
    """
    text = query[:LONGEST]
    found = [name for name in NAME.findall(text) if len(split_words(name)) > 1 or (packages and name[0].isupper())]
    known = {re.sub("[-_]", "", name.lower()) for name in packages}
    names = (name.lower() for name in found + LAST.findall(text))
    return [name for name in dict.fromkeys(names) if name.replace("_", "") not in known][:8]


def mentioned(query: str, sources: Sequence[tuple[int, str, str]]) -> set[int]:
    """Numbers of the packages that a query names: as distribution, as module, or by the usual alias (`pm.sample`)."""
    text = f" {re.sub(r'[^a-z0-9]+', ' ', query[:LONGEST].lower())} "
    aliased = {ALIASES[name] for name in DOTTED.findall(query[:LONGEST]) if name in ALIASES}
    return {
        number
        for number, name, module in sources
        if module in aliased or any(f" {re.sub('[-_]', ' ', one.lower())} " in text for one in (name, module))
    }


def _identified(qualname: str, names: list[str]) -> float:
    """1 where a passage is what the query names, a half where it is a member of it."""
    parts = qualname.lower().split(".")
    return 1.0 if parts[-1] in names else 0.5 if len(parts) > 1 and parts[-2] in names else 0.0


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
    number, _, kind, title, qualname, _, source, complete, name = row
    body = connection.execute("SELECT body FROM body WHERE number = ?", (number,)).fetchone()[0]
    package, told = connection.execute("SELECT name, told FROM source WHERE number = ?", (source,)).fetchone()
    rest = json.loads(zlib.decompress(body))
    head = {"id": name, "title": title, "qualname": qualname, "apis": rest.pop("apis"), "package": package}
    head |= {key: rest.pop(key) for key in ("version", "file", "licence", "line", "last")}
    return head | {"kind": kind, "self_contained": bool(complete), "plugins": json.loads(told)["domains"]} | rest
