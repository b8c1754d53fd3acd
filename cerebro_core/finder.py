"""Finding plugins in the metadata of installed distributions. Nothing is imported here."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import Distribution, EntryPoint, distributions, entry_points
from typing import NamedTuple

from cerebro_core.blocks.display import display
from cerebro_core.catalogue import publisher_of, publisher_of_command

PLUGIN_GROUP = "cerebro.plugins"
COMMAND_GROUP = "cerebro.commands"
DISABLE_VARIABLE = "CEREBRO_DISABLE_PLUGINS"
CORE = "core"

NAME = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9_-]*)?")
COMMAND_NAME = re.compile(r"[a-z][a-z0-9-]*")


class Found(NamedTuple):
    """One entry point: its name, its module, and the distribution that declares it."""

    name: str
    module: str
    distribution: str
    version: str

    @property
    def origin(self) -> str:
        """`distribution version`."""
        return f"{self.distribution} {self.version}"


class Index(NamedTuple):
    """What the metadata says.

    Attributes:
        plugins: name -> the plugin that owns it.
        commands: command -> its entry.
        refused: entries that cannot be used, each with its cause.
        disabled: plugins that the environment switched off.
    """

    plugins: dict[str, Found]
    commands: dict[str, Found]
    refused: list[tuple[Found, str]]
    disabled: list[Found]


def find(points: Sequence[EntryPoint] | None = None) -> Index:
    """Read both entry-point groups.

    A name that two distributions declare is refused with both named, unless one of them is the project's own
    plugin of that name, which then keeps it.

    Args:
        points: entry points to use instead of those installed (tests).
    """
    refused: list[tuple[Found, str]] = []
    if points is None:
        points = _installed(refused)
    origins = {id(point.dist): point.dist for point in points}
    identities = {key: _identity(origin) for key, origin in origins.items()}
    off = {name.strip() for name in os.environ.get(DISABLE_VARIABLE, "").split(",") if name.strip()}
    plugins = _owners(_entries(points, PLUGIN_GROUP, identities), NAME, "plugin", publisher_of, refused)
    disabled = [item for name, item in plugins.items() if name in off or name.split(".")[0] in off]
    commands = _owners(
        _entries(points, COMMAND_GROUP, identities), COMMAND_NAME, "command", publisher_of_command, refused
    )
    known = {item.module for item in plugins.values()}
    off_modules = {item.module for item in disabled}
    plugins = {name: item for name, item in plugins.items() if item not in disabled}
    for item in commands.values():
        if item.module not in known:
            refused.append((item, f"the command '{item.name}' names a module that no plugin of '{PLUGIN_GROUP}' has"))
    return Index(
        plugins=plugins,
        commands={name: item for name, item in commands.items() if item.module in known - off_modules},
        refused=refused,
        disabled=disabled,
    )


def _installed(refused: list[tuple[Found, str]]) -> list[EntryPoint]:
    """Both groups of every distribution; one whose metadata is damaged is noted and hides no other."""
    try:
        everything: Iterable[EntryPoint] = entry_points()
    except Exception:
        everything = [point for origin in distributions() for point in _readable(origin, refused)]
    return [point for point in everything if point.group in (PLUGIN_GROUP, COMMAND_GROUP)]


def _readable(origin: Distribution, refused: list[tuple[Found, str]]) -> list[EntryPoint]:
    try:
        return list(origin.entry_points)
    except Exception as error:
        name, version = _identity(origin)
        cause = f"its entry points cannot be read ({type(error).__name__}): install it again"
        refused.append((Found(name, "", name, version), cause))
        return []


def _identity(origin: Distribution | None) -> tuple[str, str]:
    """Name and version of a distribution, safe to show; metadata can hold anything."""
    try:
        if origin is not None:
            facts = origin.metadata  # reading them parses a file
            return display(facts["Name"] or "unknown", 60), display(facts["Version"] or "?", 30)
    except Exception:
        pass
    return "unknown", "?"


def _entries(points: Iterable[EntryPoint], group: str, identities: Mapping[int, tuple[str, str]]) -> list[Found]:
    return sorted(
        {
            Found(point.name, point.value.split(":")[0].strip(), *identities[id(point.dist)])
            for point in points
            if point.group == group
        }
    )


def _owners(
    entries: list[Found],
    pattern: re.Pattern[str],
    what: str,
    publisher: Callable[[str], str | None],
    refused: list[tuple[Found, str]],
) -> dict[str, Found]:
    by_name: dict[str, list[Found]] = defaultdict(list)
    for item in entries:
        if not pattern.fullmatch(item.name):
            shown = ascii(display(item.name, 60))
            refused.append((item, f"{shown} is no {what} name: use lower-case letters, digits and hyphens"))
        elif what == "plugin" and item.name.split(".")[0] == CORE:
            refused.append((item, f"the {what} name '{CORE}' is the core's own: choose another"))
        else:
            by_name[item.name].append(item)
    owners: dict[str, Found] = {}
    for name, rivals in by_name.items():
        official = [item for item in rivals if item.distribution == publisher(name.split(".")[0])]
        winner = rivals[0] if len(rivals) == 1 else official[0] if len(official) == 1 else None
        if winner is not None:
            owners[name] = winner
        names = " and ".join(item.origin for item in rivals)
        refused.extend(
            (item, f"the {what} name '{name}' is declared by {names}: uninstall one of them")
            for item in rivals
            if item is not winner
        )
    return owners
