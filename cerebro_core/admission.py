"""What a plugin's module must be like before it is registered."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType

from cerebro_core import hookspecs
from cerebro_core.blocks.display import display
from cerebro_core.errors import PluginError
from cerebro_core.finder import Found, Index
from cerebro_core.method import Command, Method
from cerebro_core.suggest import nearest

HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("cerebro_"))


def check_module(module: ModuleType) -> None:
    """Refuse a module that is too new, has no hook, or has hooks that are misspelt or unmarked.

    Raises:
        PluginError: with what is wrong and what to do.
    """
    wanted = getattr(module, "CEREBRO_API", hookspecs.API_VERSION)
    if wanted != hookspecs.API_VERSION:
        raise PluginError(
            f"it is written for plugin API {wanted}, this core has {hookspecs.API_VERSION}: "
            "`pip install --upgrade cerebro-core` or an older version of the plugin"
        )
    hooks = 0
    for name, value in vars(module).items():
        if not inspect.isroutine(value):
            continue
        marked = hasattr(value, "cerebro_impl")
        if marked and name not in HOOKS:
            raise PluginError(f"there is no hook '{name}'{nearest(name, HOOKS)}")
        if not marked and name in HOOKS:
            raise PluginError(f"'{name}' lacks its @hookimpl")
        hooks += marked
    if not hooks:
        raise PluginError(f"its module {module.__name__} has no hook: let the entry point name the one that has them")


def gather[T](module: ModuleType, hook: str, kind: type[T]) -> Iterator[T]:
    """What a hook without arguments gives, each item checked.

    Raises:
        PluginError: where an item is not of its kind.
    """
    function = getattr(module, hook, None)
    for item in (function() or ()) if function else ():
        if not isinstance(item, kind):
            raise PluginError(f"{hook}() gave {type(item).__name__} where a {kind.__name__} is wanted")
        yield item


def check_methods(owner: str, methods: Iterable[Method], taken: Mapping[str, Found]) -> None:
    """Refuse methods of another domain, and names in use.

    Args:
        owner: the plugin's domain.
        methods: what it adds.
        taken: method key -> the plugin that has it.
    """
    taken = dict(taken)
    for method in methods:
        if method.domain != owner:
            raise PluginError(
                f"method '{display(method.key)}' is not of its domain '{owner}': "
                f"name the entry point '{display(method.domain)}.<your name>'"
            )
        if method.key in taken:
            raise PluginError(f"method '{display(method.key)}' is already added by {taken[method.key].origin}")
        taken[method.key] = Found(owner, "", "this plugin", "itself")


def check_commands(found: Found, commands: Iterable[Command], core: Mapping[str, Found], index: Index) -> None:
    """Refuse commands that are not declared, are another's, or are declared and missing.

    Args:
        found: the plugin.
        commands: what it adds.
        core: the core's own commands.
        index: what the metadata says.
    """
    given = set()
    for command in commands:
        given.add(command.name)
        if command.name in core:
            raise PluginError(f"command '{command.name}' is already added by {core[command.name].origin}")
        declared = index.commands.get(command.name)
        if declared is None or declared.module != found.module:
            clash = next((cause for item, cause in index.refused if item.name == command.name), "")
            holder = f" (it belongs to {declared.origin})" if declared else f" ({clash})" if clash else ""
            raise PluginError(
                f"command '{display(command.name)}' is not declared in its entry points 'cerebro.commands'{holder}"
            )
    for name, entry in index.commands.items():
        if entry.module == found.module and name not in given:
            raise PluginError(f"its entry points declare the command '{name}', which cerebro_commands() does not give")
