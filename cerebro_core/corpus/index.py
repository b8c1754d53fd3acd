"""Open the index: the little that a search needs of the store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

SCHEMA = 2
EXTRACTOR = 2
"""Rises with every change of what extraction yields; shards of another number are made anew."""
ROWS = 64
"""Rows of the full-text table a passage may have: row // ROWS is the passage."""


def open_index(path: Path) -> sqlite3.Connection | None:
    """The index, read-only; None where there is none, or an older or broken one, which a build replaces."""
    if not path.is_file():
        return None
    try:
        connection = sqlite3.connect(f"file:{_quoted(path)}?mode=ro&immutable=1", uri=True)
        facts = dict(connection.execute("SELECT key, value FROM meta"))
        if facts.get("schema") == str(SCHEMA) and facts.get("extractor") == str(EXTRACTOR):
            return connection
        connection.close()
    except sqlite3.Error:
        pass
    return None


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
