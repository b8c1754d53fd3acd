"""Recall@5, MRR@10 and time of our search, of Haystack's BM25 and of a trigram FTS5, on the same passages.

python benchmarks/corpus/evaluate.py FOLDER       # after build_all.py FOLDER: the queries to tune on
python benchmarks/corpus/evaluate.py FOLDER --held [--strict]
python benchmarks/corpus/evaluate.py FOLDER --cards [FOLDER OF CARDS …]     # questions of cards, the cards left out
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

from cerebro_core.corpus.asked import read_tasks
from cerebro_core.corpus.cards import recipe
from cerebro_core.corpus.index import open_index
from cerebro_core.corpus.roots import roots
from cerebro_core.corpus.scope import cards_of
from cerebro_core.corpus.search import search
from cerebro_core.plugins import plugins

Query = tuple[str, str, tuple[str, ...]]
"""Group, text and what is accepted."""


def queries(held: bool) -> list[Query]:
    """The queries of one part: queries.txt to tune on, held.txt for the docs alone."""
    text = (Path(__file__).parent / ("held.txt" if held else "queries.txt")).read_text(encoding="utf-8")
    lines = [line.split("|", 2) for line in text.splitlines() if line and not line.startswith("#")]
    return [(group, query, tuple(part.strip() for part in told.split(";"))) for group, query, told in lines]


def judged(told: dict[str, Any]) -> dict[str, Any]:
    """What a passage is judged by: names, titles, headings and the file, never its prose or the text of its code."""
    names = {told["qualname"], *told["apis"]} - {""}
    words = " ".join([told["title"], *told["heading"], told["file"]]).lower().replace("_", " ")
    return {"kind": told["kind"], "package": _plain(told["package"]), "names": names, "words": words}


def accepted(told: dict[str, Any], right: str) -> bool:
    """Whether a passage is one that a careful reader accepts."""
    if right.startswith("card:"):
        return told["kind"] == "recipe" and f"{right.removeprefix('card:')}" in told["names"]
    if "~" in right:
        package, _, words = right.partition("~")
        if package == "*":
            return all(_says(told["words"], word) for word in words.split("+"))
        return told["package"] == PACKAGES.get(package, _plain(package)) and all(
            word == "*" or word.replace("_", " ") in told["words"] for word in words.split("+")
        )
    package, _, rest = right.partition(".")
    member = f".{rest}." if rest.rpartition(".")[2][:1].isupper() else "\0"  # of a class, its methods too
    own = [name for name in told["names"] if name.split(".")[0] == package]
    return any(name.endswith(f".{rest}") or member in name for name in own)


def _says(words: str, word: str) -> bool:
    """Whether a short word stands in a title by itself, or a longer one anywhere: `iv` is not in `derivative`."""
    return word in words if len(word) > 4 else re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", words) is not None


PACKAGES = {"sklift": "scikit-uplift", "dice_ml": "dice-ml", "meridian": "google-meridian", "robyn": "robynpy",
            "causallearn": "causal-learn", "scpi": "scpi-pkg"}  # fmt: skip
"""Import name -> package, where they differ."""


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


Judged = dict[str, Any]
Answer = Callable[[str], Sequence[Judged]]


def scores(answer: Answer, asked: list[Query], misses: bool = False) -> dict[str, tuple[float, float, int]]:
    """Group -> recall@5, MRR@10, number of queries."""
    ranks: dict[str, list[int]] = {}
    for group, query, right in asked:
        found = [n for n, told in enumerate(answer(query)[:10], 1) if any(accepted(told, one) for one in right)]
        if misses and not (found and found[0] <= 5):
            print(f"  missed: {group}|{query}")
        for name in (group, "all"):
            ranks.setdefault(name, []).append(found[0] if found else 0)
    return {
        name: (sum(0 < r <= 5 for r in own) / len(own), sum(1 / r for r in own if r) / len(own), len(own))
        for name, own in ranks.items()
    }


def timed(answer: Answer, asked: list[Query]) -> tuple[float, float]:
    """Median and 95th percentile, in ms."""
    times = []
    for _, query, _ in asked:
        started = time.perf_counter()
        answer(query)
        times.append(1000 * (time.perf_counter() - started))
    times.sort()
    return times[len(times) // 2], times[int(0.95 * len(times))]


def strict(index: sqlite3.Connection) -> sqlite3.Connection:
    """The index without the everyday words that held-back queries say and tuning queries do not.

    The table of everyday words has the author of the held-back queries, who knew them: this is what is left without any
    word that he may have put there for their sake.
    """
    said = {word for _, text, _ in queries(False) for word in roots(text)}
    words = {word for _, text, _ in queries(True) for word in roots(text)} - said
    copy = sqlite3.connect(":memory:")
    index.backup(copy)
    copy.executemany("DELETE FROM asked WHERE word = ?", [(word,) for word in words])
    return copy


def card_questions(folders: Sequence[str]) -> list[Query]:
    """Questions of the cards that cards.txt lists, of installed plugins and of folders such as cerebro_causal/cards."""
    every = plugins()
    every.load_all()
    cards = cards_of(every.call("cerebro_corpus"))
    for folder in map(Path, folders):
        domain = folder.parent.name.removeprefix("cerebro_")
        cards += [recipe(domain, file.stem, file.read_text("utf-8"), file.name) for file in folder.glob("[!s]*.toml")]
    lines = (Path(__file__).parent / "cards.txt").read_text(encoding="utf-8").splitlines()
    rules = dict(line.split("|", 1) for line in lines if line and not line.startswith("#"))
    asked = {line: item.qualname for item in cards for line in item.prose.splitlines() if line.endswith("?")}
    return [
        (name.partition(".")[0], line, tuple(part.strip() for part in rules[name].split(";")))
        for line, name in asked.items()
        if name in rules
    ]


def without_cards(index: sqlite3.Connection) -> Answer:
    """Our search where the cards are no task and no answer."""
    copy = sqlite3.connect(":memory:")
    index.backup(copy)
    copy.execute("DELETE FROM asked WHERE task >= ?", (len(read_tasks()),))
    return lambda query: [judged(hit.told) for hit in search(copy, query, kinds=("usage", "api"))]


def ours(path: Path) -> tuple[Answer, list[tuple[Judged, str]]]:
    """Our search, and (judged text, whole text) of all passages for the peers."""
    index = open_index(path)
    assert index is not None
    index = strict(index) if "--strict" in sys.argv else index
    every = [
        (judged(told), " ".join([told["title"], told["qualname"], told["prose"], told["code"], told["signature"]]))
        for told in everything(index)
    ]
    return lambda query: [judged(hit.told) for hit in search(index, query)], every


def everything(index: sqlite3.Connection) -> list[dict[str, Any]]:
    """All passages as they are shown."""
    from cerebro_core.corpus.search import _shown

    rows = index.execute(
        "SELECT number, 0, kind, title, qualname, vector, source, complete, id, stems FROM passage"
    ).fetchall()
    return [_shown(index, row) for row in rows]


def trigram(every: list[tuple[Judged, str]]) -> Answer:
    """SQLite's trigram tokeniser over the same text."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE t USING fts5(body, tokenize='trigram')")
    base.executemany("INSERT INTO t(rowid, body) VALUES (?, ?)", [(n, text) for n, (_, text) in enumerate(every)])

    def answer(query: str) -> Sequence[Judged]:
        words = [word for word in re.findall(r"\w+", query) if len(word) > 2]
        match = " OR ".join(f'"{word}"' for word in words)
        found = base.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10", (match,)).fetchall()
        return [every[number][0] for (number,) in found]

    return answer


def haystack(every: list[tuple[Judged, str]]) -> Answer:
    """Haystack's InMemoryBM25Retriever over the same text."""
    from haystack import Document
    from haystack.components.retrievers.in_memory import InMemoryBM25Retriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    store = InMemoryDocumentStore()
    documents = [Document(id=str(n), content=text) for n, (_, text) in enumerate(every)]
    store.write_documents(documents)
    retriever = InMemoryBM25Retriever(store, top_k=10)
    return lambda query: [every[int(item.id)][0] for item in retriever.run(query)["documents"]]


def main() -> None:
    """Print one table."""
    path = Path(sys.argv[1]) / "index.sqlite"
    asked = queries("--held" in sys.argv)
    search_ours, every = ours(path)
    if "--cards" in sys.argv:
        asked = card_questions(sys.argv[sys.argv.index("--cards") + 1 :])
        index = open_index(path)
        assert index is not None
        search_ours, every = without_cards(index), [item for item in every if item[0]["kind"] != "recipe"]
    print(f"{len(every)} passages, {len(asked)} queries", flush=True)
    peers = [] if "--alone" in sys.argv else [("trigram", trigram(every)), ("haystack", haystack(every))]
    for name, answer in (("ours", search_ours), *peers):
        if name == "haystack":
            told, times = scores(answer, asked), timed(answer, asked[:10])
        else:
            told = scores(answer, asked, misses=name == "ours" and "--misses" in sys.argv)
            times = timed(answer, asked)
        groups = "; ".join(
            f"{group} {r:.2f}±{(r * (1 - r) / n) ** 0.5:.2f}/{m:.2f} ({n})" for group, (r, m, n) in sorted(told.items())
        )
        print(f"{name}: recall@5/MRR@10 {groups}; median {times[0]:.1f} ms, p95 {times[1]:.1f} ms", flush=True)


if __name__ == "__main__":
    main()
