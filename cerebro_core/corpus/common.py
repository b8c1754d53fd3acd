"""Words that so many passages say that looking for them costs much and tells little."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

SHARE = 0.05
"""A word of more than this share of all passages is common."""
FEWEST = 200
"""Passages below which no word is."""


def common_words(connection: sqlite3.Connection, texts: Iterable[str], passages: int) -> list[str]:
    """Words whose stem, as the full text stems it, stands in too many passages.

    Args:
        connection: an index whose full text is there.
        texts: what was indexed.
        passages: how many passages there are.
    """
    if passages < FEWEST:
        return []
    counts = Counter(word for text in texts for word in set(text.split()))
    words = [word for word, count in counts.items() if count > SHARE * passages / 20]
    connection.execute("CREATE VIRTUAL TABLE temp.stems USING fts5(word, tokenize='porter unicode61')")
    connection.executemany("INSERT INTO stems(rowid, word) VALUES (?, ?)", enumerate(words))
    connection.execute("CREATE VIRTUAL TABLE temp.stem_of USING fts5vocab(temp, stems, instance)")
    connection.execute("CREATE VIRTUAL TABLE temp.spread USING fts5vocab(main, entry, row)")
    rows = connection.execute(
        "SELECT stem_of.doc FROM stem_of JOIN spread USING (term) WHERE spread.doc > ?", (SHARE * passages,)
    ).fetchall()
    for name in ("spread", "stem_of", "stems"):
        connection.execute(f"DROP TABLE temp.{name}")
    return sorted(words[number] for (number,) in rows)
