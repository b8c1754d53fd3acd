"""Recall@5, MRR@10 and time of our search, of Haystack's BM25 and of a trigram FTS5, on the same passages.

python benchmarks/corpus/evaluate.py FOLDER       # after build_all.py FOLDER; add --held to see the held-back third
"""

from __future__ import annotations

import os
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

from cerebro_core.corpus.search import search
from cerebro_core.corpus.store import open_index

Query = tuple[str, str, re.Pattern[str]]


def queries(held: bool) -> list[Query]:
    """Group, text and pattern; every third line is held back."""
    text = (Path(__file__).parent / "queries.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    chosen = [line.split("|", 2) for number, line in enumerate(lines) if (number % 3 == 0) == held]
    return [(group, query, strict(pattern)) for group, query, pattern in chosen]


def strict(pattern: str) -> re.Pattern[str]:
    """The pattern; an alternative of up to four letters must be a whole word, or `iv` were in `predictive`."""
    parts = [rf"(?<![a-z]){one}(?![a-z])" if re.fullmatch(r"[A-Za-z]{1,4}", one) else one for one in pattern.split("|")]
    return re.compile("|".join(parts) if "(" not in pattern else pattern, re.IGNORECASE)


def judged(told: dict[str, Any]) -> str:
    """The text that patterns are held against: names and titles, never prose or code."""
    return " ".join([told["package"], told["qualname"], told["title"], told["file"], *told["apis"]])


def scores(answer: Callable[[str], Sequence[str]], asked: list[Query]) -> dict[str, tuple[float, float, int]]:
    """Group -> recall@5, MRR@10, number of queries."""
    ranks: dict[str, list[int]] = {}
    for group, query, pattern in asked:
        found = [number for number, text in enumerate(answer(query)[:10], 1) if pattern.search(text)]
        for name in (group, "all"):
            ranks.setdefault(name, []).append(found[0] if found else 0)
    return {
        name: (sum(0 < r <= 5 for r in own) / len(own), sum(1 / r for r in own if r) / len(own), len(own))
        for name, own in ranks.items()
    }


def timed(answer: Callable[[str], Sequence[str]], asked: list[Query]) -> tuple[float, float]:
    """Median and 95th percentile, in ms."""
    times = []
    for _, query, _ in asked:
        started = time.perf_counter()
        answer(query)
        times.append(1000 * (time.perf_counter() - started))
    times.sort()
    return times[len(times) // 2], times[int(0.95 * len(times))]


def ours(path: Path) -> tuple[Callable[[str], Sequence[str]], list[tuple[str, str]]]:
    """Our search, and (judged text, whole text) of all passages for the peers."""
    index = open_index(path)
    assert index is not None
    every = [
        (judged(told), " ".join([told["title"], told["qualname"], told["prose"], told["code"], told["signature"]]))
        for told in everything(index)
    ]
    return lambda query: [judged(hit.told) for hit in search(index, query)], every


def everything(index: sqlite3.Connection) -> list[dict[str, Any]]:
    """All passages as they are shown."""
    from cerebro_core.corpus.search import _shown

    rows = index.execute(
        "SELECT number, 0, kind, title, qualname, vector, source, complete, id FROM passage"
    ).fetchall()
    return [_shown(index, row) for row in rows]


def trigram(every: list[tuple[str, str]]) -> Callable[[str], Sequence[str]]:
    """SQLite's trigram tokeniser over the same text."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE t USING fts5(body, tokenize='trigram')")
    base.executemany("INSERT INTO t(rowid, body) VALUES (?, ?)", [(n, text) for n, (_, text) in enumerate(every)])

    def answer(query: str) -> Sequence[str]:
        words = [word for word in re.findall(r"\w+", query) if len(word) > 2]
        match = " OR ".join(f'"{word}"' for word in words)
        found = base.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10", (match,)).fetchall()
        return [every[number][0] for (number,) in found]

    return answer


def haystack(every: list[tuple[str, str]]) -> Callable[[str], Sequence[str]]:
    """Haystack's InMemoryBM25Retriever over the same text."""
    from haystack import Document
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore()
    documents = [Document(id=str(n), content=text, meta={"told": told}) for n, (told, text) in enumerate(every)]
    store.write_documents(documents)
    retriever = InMemoryBM25Retriever(store, top_k=10)
    return lambda query: [item.meta["told"] for item in retriever.run(query)["documents"]]


def main() -> None:
    """Print one table."""
    path = Path(sys.argv[1]) / "index.sqlite"
    asked = queries("--held" in sys.argv)
    search_ours, every = ours(path)
    print(f"{len(every)} passages, {len(asked)} queries, {'held back' if '--held' in sys.argv else 'tuning'}")
    for name, answer in (("ours", search_ours), ("trigram", trigram(every)), ("haystack", haystack(every))):
        if name == "haystack":
            told, times = scores(answer, asked), timed(answer, asked[:10])
        else:
            told, times = scores(answer, asked), timed(answer, asked)
        groups = "; ".join(f"{group} {r:.2f}/{m:.2f} ({n})" for group, (r, m, n) in sorted(told.items()))
        print(f"{name}: recall@5/MRR@10 {groups}; median {times[0]:.1f} ms, p95 {times[1]:.1f} ms", flush=True)


if __name__ == "__main__":
    main()
