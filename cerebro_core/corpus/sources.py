"""Which packages the corpus reads: the pinned lists that plugins ship, and where each plugin's cards stand."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from cerebro_core.errors import CorpusError
from cerebro_core.method import CorpusSource

LIST_NAME = "sources.toml"
COPYLEFT = ("GPL", "EUPL", "OSL", "MPL", "CC-BY-SA")
ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz")


@dataclass(frozen=True)
class Artefact:
    """A file of the package index: its name, and the SHA-256 that it must have."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Source:
    """A package that a plugin wants in the corpus.

    Attributes:
        name: name of the distribution.
        version: the pinned version that `--fetch` downloads; an installed one is read as it is.
        licence: SPDX expression.
        files: what `--fetch` downloads.
        domains: domains of the plugins that list it.
    """

    name: str
    version: str
    licence: str
    files: tuple[Artefact, ...] = ()
    domains: tuple[str, ...] = ()

    @property
    def copyleft(self) -> bool:
        """Whether its licence is copyleft, or not known: then only facts about its API are kept, never its code."""
        return is_copyleft(self.licence)


def is_copyleft(licence: str) -> bool:
    """Whether code under this licence may not be kept; an unknown licence counts as one."""
    return not licence or licence == "NOASSERTION" or any(word in licence.upper() for word in COPYLEFT)


def read_list(text: str, domain: str, where: str) -> list[Source]:
    """The sources of one `sources.toml`.

    Raises:
        CorpusError: where it is not as it should be.
    """
    try:
        entries: list[dict[str, Any]] = tomllib.loads(text).get("source", [])
        return [_source(entry, domain) for entry in entries]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CorpusError(f"{where}: this list of sources is not as it should be: {error!r}") from error


def _source(entry: dict[str, Any], domain: str) -> Source:
    artefacts = tuple(Artefact(item["name"], item["sha256"].lower()) for item in entry.get("files", []))
    for item in artefacts:
        if not item.name.endswith(ARCHIVES) or any(sign in item.name for sign in "/\\:\0") or len(item.sha256) != 64:
            raise ValueError(f"{item.name!r} is no archive with a SHA-256")
    return Source(entry["name"], str(entry["version"]), entry["licence"], artefacts, (domain,))


def merged(found: list[Source]) -> list[Source]:
    """One source a distribution: the first list's pin, and the domains of all lists, sorted by name."""
    by_name: dict[str, Source] = {}
    for item in found:
        key = item.name.lower().replace("_", "-")
        old = by_name.get(key)
        domains = item.domains if old is None else tuple(sorted({*old.domains, *item.domains}))
        first = old or item
        licence = item.licence if old is not None and item.copyleft else first.licence
        by_name[key] = Source(first.name, first.version, licence, first.files, domains)
    return [by_name[key] for key in sorted(by_name)]


def plugin_sources(given: list[tuple[str, list[CorpusSource]]]) -> list[Source]:
    """Packages listed by plugins: `sources.toml` beside a plugin's cards, and sources of kind "package".

    Args:
        given: what the hook `cerebro_corpus` returned, by plugin name.
    """
    found: list[Source] = []
    for plugin, sources in given:
        domain = plugin.split(".")[0]
        for source in sources:
            if source.kind == "package":
                found.append(Source(source.location, "", source.licence, (), (domain,)))
            elif source.kind == "cards":
                text = _beside_cards(source)
                if text is not None:
                    found += read_list(text, domain, source.location)
    return merged(found)


def _beside_cards(source: CorpusSource) -> str | None:
    package, _, folder = source.location.partition(":")
    try:
        entry = files(package).joinpath(folder).joinpath(LIST_NAME)
        return entry.read_text(encoding="utf-8") if entry.is_file() else None
    except (OSError, ModuleNotFoundError, UnicodeDecodeError) as error:
        raise CorpusError(f"{source.name}: {source.location} cannot be read: {error}") from error
