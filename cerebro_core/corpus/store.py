"""The index: one SQLite file with a contentless FTS5 table, compressed code and word vectors."""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cerebro_core.corpus.index import EXTRACTOR, ROWS, SCHEMA
from cerebro_core.corpus.record import Passage
from cerebro_core.corpus.words import indexed, split_words
from cerebro_core.errors import CorpusError

if TYPE_CHECKING:
    from cerebro_core.corpus.asked import Task

TABLES = """
PRAGMA page_size = 4096;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source (number INTEGER PRIMARY KEY, name TEXT NOT NULL, module TEXT NOT NULL, told TEXT NOT NULL);
CREATE TABLE passage (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, source INTEGER NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
    qualname TEXT NOT NULL, leaf TEXT NOT NULL, stems TEXT NOT NULL,
    complete INTEGER NOT NULL, vector BLOB
);
CREATE INDEX of_leaf ON passage (leaf) WHERE leaf != '';
CREATE TABLE body (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE word (word TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE common (word TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE asked (word TEXT, task INTEGER, weight INTEGER NOT NULL, PRIMARY KEY (word, task)) WITHOUT ROWID;
CREATE TABLE of_card (card TEXT, task INTEGER, PRIMARY KEY (card, task)) WITHOUT ROWID;
CREATE TABLE answer (task INTEGER, number INTEGER, score REAL NOT NULL, PRIMARY KEY (task, number)) WITHOUT ROWID;
CREATE VIRTUAL TABLE entry USING fts5(
    title, name, prose, code, source, content='', detail=full, tokenize='porter unicode61 remove_diacritics 2'
);
"""


def write_index(
    path: Path, sources: Mapping[str, Mapping[str, Any]], passages: Iterable[Passage], meta: Mapping[str, str]
) -> None:
    """Write a new index beside the old one, and put it in its place only when it is whole.

    Raises:
        CorpusError: where it cannot be written; the old index stays.
    """
    from cerebro_core.corpus.asked import read_tasks

    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        connection = sqlite3.connect(part, isolation_level=None)
        try:
            fill(connection, sources, list(passages), meta, read_tasks())
            connection.execute("INSERT INTO entry(entry) VALUES ('optimize')")
            connection.execute("VACUUM")
        finally:
            connection.close()
        part.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise CorpusError(f"{path} cannot be written: {error}; what was there before is kept") from error
    finally:
        part.unlink(missing_ok=True)


def fill(
    connection: sqlite3.Connection,
    sources: Mapping[str, Mapping[str, Any]],
    passages: list[Passage],
    meta: Mapping[str, str],
    tasks: Sequence[Task] = (),
) -> None:
    """Make the tables and put everything in; the cards are tasks of their own."""
    from cerebro_core.corpus.asked import card_tasks
    from cerebro_core.corpus.common import common_words
    from cerebro_core.corpus.vectors import stem, word_vectors

    connection.executescript(TABLES)
    connection.execute("BEGIN")
    numbers = {name: number for number, name in enumerate(sources)}
    modules = modules_of(passages)
    told = [(numbers[name], name, modules.get(name, name), json.dumps(dict(item))) for name, item in sources.items()]
    connection.executemany("INSERT INTO source VALUES (?, ?, ?, ?)", told)
    texts = [rows_of(item) for item in passages]
    vectors, words = word_vectors([" ".join(rows[0][:3]) for rows in texts])
    for number, (item, rows) in enumerate(zip(passages, texts, strict=True)):
        vector = vectors[number] if vectors else None
        source = numbers[item.package]
        stems = " ".join(sorted({stem(word) for word in split_words(f"{item.title} {item.qualname}")}))
        connection.execute(
            "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, item.id, source, item.kind, item.title, item.qualname, leaf(item), stems, item.complete, vector),
        )
        connection.execute("INSERT INTO body VALUES (?, ?)", (number, packed(item)))
        connection.executemany(
            "INSERT INTO entry(rowid, title, name, prose, code, source) VALUES (?, ?, ?, ?, ?, ?)",
            [(number * ROWS + at, *row, f"src{source}") for at, row in enumerate(rows[:ROWS])],
        )
    connection.executemany("INSERT INTO word VALUES (?, ?)", words.items())
    said = (" ".join(row) for rows in texts for row in rows)
    common = common_words(connection, said, len(passages))
    connection.executemany("INSERT INTO common VALUES (?)", [(word,) for word in common])
    _fill_tasks(connection, [*tasks, *card_tasks(passages)], passages)
    facts = {**meta, "schema": str(SCHEMA), "extractor": str(EXTRACTOR), "records": str(len(passages))}
    connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
    connection.execute("COMMIT")


def _fill_tasks(connection: sqlite3.Connection, tasks: Sequence[Task], passages: Sequence[Passage]) -> None:
    from cerebro_core.corpus.answers import answers_of
    from cerebro_core.corpus.asked import FOLDER, everyday, weights

    meanings = everyday((FOLDER / "everyday.txt").read_text(encoding="utf-8"))
    connection.executemany("INSERT INTO asked VALUES (?, ?, ?)", weights(tasks, meanings))
    linked = {(name, number) for number, task in enumerate(tasks) for name in task.cards}
    connection.executemany("INSERT INTO of_card VALUES (?, ?)", sorted(linked))
    answers_of(connection, tasks, passages, ROWS)


def leaf(item: Passage) -> str:
    """The last part of an API's name, in lower case; "" for what is no API."""
    return item.qualname.rpartition(".")[2].lower() if item.kind in ("api", "docstring") else ""


def modules_of(passages: list[Passage]) -> dict[str, str]:
    """Package -> the name it is imported by, as most of its API says."""
    heads: dict[str, Counter[str]] = {}
    for item in passages:
        if item.kind == "api":
            heads.setdefault(item.package, Counter())[item.qualname.partition(".")[0]] += 1
    return {name: counts.most_common(1)[0][0] for name, counts in heads.items()}


def rows_of(item: Passage) -> list[tuple[str, str, str, str]]:
    """(title, name, prose, code) as the index holds them; a card also gets a row for each of its questions."""
    names = " ".join(item.apis[:8])
    name = f"{indexed(item.qualname)} {indexed(names)} {indexed(item.package)}"
    code = indexed(item.code[:4000] or item.signature)
    prose = indexed(f"{' '.join(item.heading)} {item.prose}")
    rows = [(indexed(item.title), name, prose, code)]
    if item.kind == "recipe":
        rows += [(indexed(line), "", indexed(item.title), "") for line in item.prose.splitlines() if line.endswith("?")]
    return rows


def packed(item: Passage) -> bytes:
    """What is shown of a passage, compressed."""
    keys = ("heading", "prose", "signature", "code", "apis", "file", "line", "last", "version", "licence", "copyleft")
    told = {key: getattr(item, key) for key in (*keys, "artefact", "sha256", "extractor")}
    return zlib.compress(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace"), 6)
