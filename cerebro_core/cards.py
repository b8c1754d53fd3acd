"""Cards: what a method is for, in the words of those who ask. One TOML file a method, shipped by its plugin."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from cerebro_core.errors import CorpusError
from cerebro_core.method import Method


@dataclass(frozen=True)
class Card:
    """What a method answers, when to use it, and what it rests on.

    Attributes:
        title: the method's name for people.
        answers: questions it answers, in lay words.
        when, when_not: when to use it, and when not.
        assumptions: what must hold.
        columns: what the table looks like.
        references: {"text", "url"} for each source.
        recipe: a short runnable example.
    """

    title: str
    answers: tuple[str, ...]
    when: tuple[str, ...]
    when_not: tuple[str, ...]
    assumptions: tuple[str, ...]
    columns: str
    references: tuple[dict[str, str | None], ...]
    recipe: str


def read_card(method: Method) -> Card | None:
    """The card of a method, or None where it ships none.

    Raises:
        CorpusError: where the card is missing or lacks a key.
    """
    if method.card is None:
        return None
    package, _, path = method.card.partition(":")
    try:
        raw: dict[str, Any] = tomllib.loads(files(package).joinpath(path).read_text(encoding="utf-8"))
        return Card(
            title=raw["title"],
            answers=tuple(raw["answers"]),
            when=_lines(raw["when"]),
            when_not=_lines(raw["when_not"]),
            assumptions=_lines(raw["assumptions"]),
            columns=raw["columns"],
            references=tuple({"text": item["text"], "url": item.get("url")} for item in raw["references"]),
            recipe=raw["recipe"],
        )
    except (OSError, ModuleNotFoundError) as error:
        raise CorpusError(f"{method.key}: its card {method.card} cannot be read: {error}") from error
    except (KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise CorpusError(f"{method.key}: its card {method.card} is not as it should be: {error!r}") from error


def citations_of(method: Method) -> list[dict[str, str | None]]:
    """References of a method for `CITATIONS`: its card's, or its own lines where it ships no card."""
    card = read_card(method)
    if card is not None:
        return list(card.references)
    return [{"text": text, "url": None} for text in method.references]


def _lines(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
