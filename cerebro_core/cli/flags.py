"""Flags as Typer wants them, and what the user typed."""

from __future__ import annotations

import csv
import inspect
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Annotated, Any, NamedTuple

import typer

from cerebro_core.blocks.display import display
from cerebro_core.errors import SpecError


class FlagText(NamedTuple):
    """All that help and parsing need to know of a spec's field.

    Attributes:
        field: its name.
        shape: "one", "bool", "list" or "dict".
        declared: its flags, such as ("--outcome", "-y").
        help, metavar, panel: as `--help` shows them.
        choices: values for completion, where they are few.
    """

    field: str
    shape: str
    declared: tuple[str, ...]
    help: str
    metavar: str
    panel: str
    choices: tuple[str, ...]


def parameter_of(text: FlagText) -> inspect.Parameter:
    """A parameter with a `typer.Option`; None where the flag is not given."""
    kind: Any = {"bool": bool | None, "list": list[str] | None, "dict": list[str] | None}.get(text.shape, str | None)
    option = typer.Option(
        *text.declared,
        help=text.help,
        metavar=None if text.shape == "bool" else text.metavar,
        show_default=False,
        rich_help_panel=text.panel,
        autocompletion=_completion(text.choices) if text.choices else None,
    )
    return inspect.Parameter(
        text.field, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
    )


def given_values(texts: Iterable[FlagText], typed: Mapping[str, Any]) -> dict[str, Any]:
    """What the user typed, by field: lists split at commas, `name=value` pairs made into mappings.

    Raises:
        SpecError: where a pair has no `=`, or a key comes twice.
    """
    given: dict[str, Any] = {}
    for text in texts:
        value = typed.get(text.field)
        if value is None or value == []:
            continue
        flag = text.declared[0]
        given[text.field] = (
            _pairs(flag, value) if text.shape == "dict" else _items(value) if text.shape == "list" else value
        )
    return given


def split_list(text: str) -> list[str]:
    """Split `a,b` at its commas; a name that holds a comma stands in double quotes."""
    return [item.strip() for item in next(csv.reader([text], skipinitialspace=True), []) if item.strip()]


def split_names(texts: Iterable[str], columns: Container[str]) -> list[str]:
    """Names of columns as typed: a text that is a column of the table as a whole is that column, others are split."""
    return [item for text in texts for item in ([text] if text in columns else split_list(text))]


def _completion(choices: tuple[str, ...]) -> Callable[[str], list[str]]:
    return lambda incomplete: [item for item in choices if item.startswith(incomplete)]


def _items(value: list[str]) -> list[str]:
    return [item for text in value for item in split_list(text)]


def _whole_values(items: list[str]) -> list[str]:
    """Join what a comma inside brackets has split: `a=f(1` and `2)` are one pair."""
    joined: list[str] = []
    for item in items:
        if joined and joined[-1].count("(") > joined[-1].count(")"):
            joined[-1] += f",{item}"
        else:
            joined.append(item)
    return joined


def _pairs(flag: str, value: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in _whole_values(_items(value)):
        name, separator, amount = item.rpartition("=")
        if not separator or not name:
            raise SpecError(f"{flag}: '{display(item)}' is no name=value, such as tv=1000")
        if name in found:
            raise SpecError(f"{flag}: '{display(name)}' stands there twice")
        found[name] = amount
    return found
