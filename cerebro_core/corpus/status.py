"""What is in the corpus, per plugin and source."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from cerebro_core.corpus.index import open_index
from cerebro_core.corpus.places import index_path
from cerebro_core.corpus.scope import cards_of
from cerebro_core.corpus.sources import plugin_sources


def status(given: list[tuple[str, list[Any]]]) -> dict[str, Any]:
    """Each listed source with its records, and when the index was built (seconds since 1970; None without one)."""
    counted: dict[str, int] = {}
    told: dict[str, dict[str, Any]] = {}
    built, size = None, 0
    index = open_index(index_path())
    if index is not None:
        try:
            counted = dict(
                index.execute("SELECT name, count(*) FROM passage JOIN source ON source = source.number GROUP BY 1")
            )
            told = {name: json.loads(text) for name, text in index.execute("SELECT name, told FROM source")}
            built = float(index.execute("SELECT value FROM meta WHERE key = 'built'").fetchone()[0])
            size = index_path().stat().st_size
        except (sqlite3.Error, ValueError, TypeError):
            built = None
    sources = []
    for item in plugin_sources(given):
        number = counted.get(item.name, 0)
        version = str(told.get(item.name, {}).get("version", item.version))
        state = "built" if number else "not built"
        sources.append(_row(item.name, version, number, item.licence, item.domains, state))
    cards: dict[str, list[Any]] = {}
    for card in cards_of(given):
        cards.setdefault(card.package, []).append(card)
    for package, own in cards.items():
        sources.append(_row(package, own[0].version, len(own), own[0].licence, own[0].domains, "cards"))
    return {"built": built, "bytes": size, "records": sum(counted.values()), "sources": sources}


def _row(name: str, version: str, number: int, licence: str, domains: tuple[str, ...], state: str) -> dict[str, Any]:
    told = {"source": name, "version": version, "records": number, "licence": licence}
    return {**told, "plugins": list(domains), "state": state}
