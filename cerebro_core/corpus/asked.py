"""What people ask, in everyday words, and what the field calls it: read when an index is filled.

A task has terms of the field, names of APIs, cards, and the questions and words by which people ask for it. Everyday
words that mean much the same (`asked/everyday.txt`) stand for one another at a discount. Each pair of a word and a task
gets the weight that the word has in BM25 (Robertson & Zaragoza 2009) over the tasks; a search then only adds them up.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cerebro_core.corpus.record import Passage
from cerebro_core.corpus.roots import root, roots

FOLDER = Path(__file__).parent / "asked"
K1, B = 1.2, 0.5
SAME_MEANING = 0.6
"""What a word of the same meaning counts, beside 1 of the word itself."""
TERM = 1.0
SCALE = 1000
FEWEST = 60
"""Weights below it, of SCALE, are not kept."""


@dataclass(frozen=True)
class Task:
    """Something that people ask for: terms of the field, APIs and cards that answer, everyday questions and words."""

    terms: str
    apis: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    words: str = ""


def read_tasks() -> list[Task]:
    """The tasks that ship with the core."""
    import tomllib

    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        for item in tomllib.loads(path.read_text(encoding="utf-8"))["task"]:
            lists = {key: tuple(item.get(key, ())) for key in ("apis", "cards", "questions")}
            found.append(Task(item["terms"], words=item.get("words", ""), **lists))
    return found


def card_tasks(passages: Iterable[Passage]) -> list[Task]:
    """A task for each card: its questions find it in other words too."""
    cards = (item for item in passages if item.kind == "recipe")
    return [Task(item.title, (), (item.qualname,), _questions(item)) for item in cards]


def _questions(card: Passage) -> tuple[str, ...]:
    return tuple(line for line in card.prose.splitlines() if line.endswith("?"))


def everyday(text: str) -> dict[str, str]:
    """Root of a word -> its meaning, a line of `everyday.txt`; the first line that it stands in counts."""
    meanings: dict[str, str] = {}
    for number, line in enumerate(text.splitlines()):
        if not line.startswith("#"):
            for word in line.split():
                meanings.setdefault(root(word), f"={number}")
    return meanings


def weights(tasks: Sequence[Task], meanings: dict[str, str]) -> list[tuple[str, int, int]]:
    """(root of a word, number of a task, weight) of all pairs that matter."""
    counts = [_counts(task, meanings) for task in tasks]
    spread = Counter(word for bag in counts for word in bag)
    usual = sum(sum(bag.values()) for bag in counts) / max(len(counts), 1)
    found: dict[tuple[str, int], float] = {}
    of_meaning: dict[str, list[tuple[int, float]]] = {}
    for number, bag in enumerate(counts):
        size = K1 * (1 - B + B * sum(bag.values()) / usual)
        for word, count in bag.items():
            rare = math.log(1 + (len(tasks) - spread[word] + 0.5) / (spread[word] + 0.5))
            weight = rare * count * (K1 + 1) / (count + size)
            if word.startswith("="):
                of_meaning.setdefault(word, []).append((number, SAME_MEANING * weight))
            else:
                found[word, number] = weight
    for word, meaning in meanings.items():
        for number, weight in of_meaning.get(meaning, ()):
            found[word, number] = found.get((word, number), 0.0) + weight
    rows = ((word, number, round(SCALE * weight)) for (word, number), weight in found.items())
    return sorted(row for row in rows if row[2] >= FEWEST)


def _counts(task: Task, meanings: dict[str, str]) -> dict[str, float]:
    bag: dict[str, float] = defaultdict(float)
    for text, worth in ((task.terms, TERM), (task.words, 1.0), *((line, 1.0) for line in task.questions)):
        for word in roots(text):
            bag[word] += worth
        for meaning in {meanings[word] for word in roots(text) if word in meanings}:
            bag[meaning] += SAME_MEANING * worth
    return bag
