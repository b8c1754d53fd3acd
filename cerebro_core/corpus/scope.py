"""What of the corpus the installed plugins let be seen, and the connection to look in."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from cerebro_core.corpus.cards import card_passages
from cerebro_core.corpus.places import index_path
from cerebro_core.corpus.record import Passage
from cerebro_core.corpus.search import Hit, search
from cerebro_core.corpus.sources import plugin_sources
from cerebro_core.corpus.store import fill, open_index

GIVEN = list[tuple[str, list[Any]]]


def version_of(location: str) -> str:
    """Version of the distribution that ships a folder of cards; "" where it is not known."""
    try:
        return version(location.partition(":")[0].replace("_", "-"))
    except PackageNotFoundError:
        return ""


def cards_of(given: GIVEN) -> list[Passage]:
    """The cards of all plugins."""
    every = [(plugin, item) for plugin, sources in given for item in sources if item.kind == "cards"]
    return [card for plugin, item in every for card in card_passages(plugin, item, version_of(item.location))]


def fingerprint(given: GIVEN, cards: list[Passage] | None = None) -> str:
    """A short text that changes when a plugin is added, removed or upgraded, or its cards change."""
    told = [
        (card.package, card.version, card.id, card.title, card.prose)
        for card in (cards_of(given) if cards is None else cards)
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def find(
    given: GIVEN, query: str, *, domain: str | None = None, kinds: tuple[str, ...] = (), limit: int = 10
) -> tuple[list[Hit], bool]:
    """Passages for a query from the index and the cards, and whether there is an index.

    Only what a plugin that is installed now lists can be found.
    """
    mine = [(plugin, items) for plugin, items in given if domain is None or plugin.split(".")[0] == domain]
    cards = cards_of(mine)
    sources = {item.name for item in plugin_sources(mine)}
    found: list[Hit] = []
    index = open_index(index_path())
    if index is not None:
        try:
            same = index.execute("SELECT value FROM meta WHERE key = 'plugins'").fetchone()[0] == fingerprint(
                given, cards if domain is None else None
            )
            scope = sources | ({card.package for card in cards} if same else set())
            found = search(index, query, packages=scope, kinds=kinds, limit=limit)
            if same:
                return found, True
        except sqlite3.Error:
            index, found = None, []
    found = _from_cards(cards, query, kinds, limit) + found
    return found[:limit], index is not None


def _from_cards(cards: list[Passage], query: str, kinds: tuple[str, ...], limit: int) -> list[Hit]:
    if not cards:
        return []
    memory = sqlite3.connect(":memory:", isolation_level=None)
    table = {card.package: {"domains": list(card.domains)} for card in cards}
    fill(memory, table, cards, {})
    return search(memory, query, kinds=kinds, limit=limit)
