"""Passages of the cards that the installed plugins ship: they answer before anything is built."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from cerebro_core.corpus.record import Passage
from cerebro_core.corpus.sources import LIST_NAME
from cerebro_core.errors import CorpusError
from cerebro_core.method import CorpusSource


def card_passages(plugin: str, source: CorpusSource, version: str) -> list[Passage]:
    """One recipe a card of the folder that a source names.

    Raises:
        CorpusError: where a card cannot be read or lacks a key.
    """
    package, _, folder = source.location.partition(":")
    domain = plugin.split(".")[0]
    found = []
    try:
        entries = sorted(files(package).joinpath(folder).iterdir(), key=lambda item: item.name)
        for entry in entries:
            if entry.name.endswith(".toml") and entry.name != LIST_NAME:
                name = entry.name.removesuffix(".toml")
                made = recipe(domain, name, entry.read_text(encoding="utf-8"), f"{folder}/{entry.name}")
                found.append(_stamped(made, package.replace("_", "-"), version, source.licence, domain))
    except (OSError, ModuleNotFoundError, UnicodeDecodeError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise CorpusError(f"{source.name}: a card in {source.location} is not as it should be: {error!r}") from error
    return found


def recipe(domain: str, name: str, text: str, file: str) -> Passage:
    """The passage of one card."""
    card = tomllib.loads(text)
    lines = [*card["answers"], *_lines(card["when"]), *_lines(card["assumptions"]), " ".join(card["columns"].split())]
    lines += [f"Not when: {line}" for line in _lines(card["when_not"])]
    return Passage(
        "recipe",
        card["title"],
        qualname=f"{domain}.{name}",
        prose="\n".join(lines),
        code=card["recipe"].strip(),
        apis=(f"{domain}/{name}",),
        complete=True,
        file=file,
        line=1,
        last=text.count("\n"),
    )


def _lines(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _stamped(item: Passage, package: str, version: str, licence: str, domain: str) -> Passage:
    from dataclasses import replace

    return replace(item, package=package, version=version, licence=licence, domains=(domain,))
