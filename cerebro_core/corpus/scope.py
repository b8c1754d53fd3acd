"""What of the corpus the installed plugins let be seen, and the connection to look in."""

from __future__ import annotations

import json
import sqlite3
import zlib
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Any

from cerebro_core.corpus.index import open_index
from cerebro_core.corpus.places import index_path
from cerebro_core.corpus.search import Hit, search
from cerebro_core.errors import CorpusError

if TYPE_CHECKING:
    from cerebro_core.corpus.record import Passage

GIVEN = list[tuple[str, list[Any]]]


def version_of(location: str) -> str:
    """Version of the distribution that ships a folder of cards; "" where it is not known."""
    try:
        told = distribution(location.partition(":")[0].replace("_", "-")).read_text("METADATA") or ""
    except PackageNotFoundError:
        return ""
    lines = (line for line in told.splitlines() if line.startswith("Version:"))  # an e-mail parser takes 10 ms
    return next(lines, "").removeprefix("Version:").strip()


def cards_of(given: GIVEN) -> list[Passage]:
    """The cards of all plugins."""
    from cerebro_core.corpus.cards import card_passages

    every = [(plugin, item) for plugin, sources in given for item in sources if item.kind == "cards"]
    return [card for plugin, item in every for card in card_passages(plugin, item, version_of(item.location))]


def fingerprint(given: GIVEN) -> str:
    """A short text that changes when a plugin is added, removed or upgraded, or its cards or lists change.

    Raises:
        CorpusError: where a folder of cards cannot be read.
    """
    told = []
    for plugin, sources in given:
        for item in sources:
            stamps = _stamps(item.name, item.location) if item.kind == "cards" else []
            told.append((plugin, item.name, item.kind, item.location, item.licence, stamps))
    text = json.dumps(sorted(told)).encode()
    return f"{len(text)}-{zlib.crc32(text):08x}"


def _stamps(name: str, location: str) -> list[tuple[str, int, int]]:
    """(file, length, CRC-32) of the cards and the list: they need not be parsed to see that they are the same."""
    from importlib.resources import files

    package, _, folder = location.partition(":")
    try:
        texts = [(item.name, item.read_bytes()) for item in files(package).joinpath(folder).iterdir()
                 if item.name.endswith(".toml")]  # fmt: skip
    except (OSError, ModuleNotFoundError) as error:
        raise CorpusError(f"{name}: {location} cannot be read: {error}") from error
    version = version_of(location).encode()
    return sorted((file, len(text), zlib.crc32(text + version)) for file, text in texts)


def find(
    given: GIVEN,
    query: str,
    *,
    domain: str | None = None,
    kinds: tuple[str, ...] = (),
    limit: int = 10,
    card: str = "",
) -> tuple[list[Hit], bool]:
    """Passages for a query from the index and the cards, and whether there is an index.

    Only what a plugin that is installed now lists can be found. An index that was built with the same plugins holds
    their cards and knows what they list; else cards and lists are read.
    """
    index = open_index(index_path())
    if index is not None:
        try:
            same = index.execute("SELECT value FROM meta WHERE key = 'plugins'").fetchone()[0] == fingerprint(given)
            scope = _built_scope(index, domain) if same else _listed(given, domain)
            found = search(index, query, packages=scope, kinds=kinds, limit=limit, card=card)
            if same:
                return found, True
        except sqlite3.Error:
            index, found = None, []
    else:
        found = []
    cards = cards_of(_of_domain(given, domain))
    return (_from_cards(cards, query, kinds, limit) + found)[:limit], index is not None


def _built_scope(index: sqlite3.Connection, domain: str | None) -> set[str] | None:
    if domain is None:
        return None
    told = index.execute("SELECT name, told FROM source")
    return {name for name, text in told if domain in json.loads(text)["domains"]}


def _of_domain(given: GIVEN, domain: str | None) -> GIVEN:
    return [(plugin, items) for plugin, items in given if domain is None or plugin.split(".")[0] == domain]


def _listed(given: GIVEN, domain: str | None) -> set[str]:
    from cerebro_core.corpus.sources import plugin_sources

    return {item.name for item in plugin_sources(_of_domain(given, domain))}


def _from_cards(cards: list[Passage], query: str, kinds: tuple[str, ...], limit: int) -> list[Hit]:
    if not cards:
        return []
    from cerebro_core.corpus.asked import read_tasks
    from cerebro_core.corpus.store import fill

    names = {card.qualname for card in cards}
    tasks = [task for task in read_tasks() if names & set(task.cards)]
    memory = sqlite3.connect(":memory:", isolation_level=None)
    table = {card.package: {"domains": list(card.domains)} for card in cards}
    fill(memory, table, cards, {}, tasks)
    return search(memory, query, kinds=kinds, limit=limit)
