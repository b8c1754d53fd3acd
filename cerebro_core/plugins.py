"""Loading plugins: one at a time, each failure kept with its cause, the rest unharmed."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pluggy

from cerebro_core import hookspecs
from cerebro_core.admission import check_commands, check_methods, check_module, gather
from cerebro_core.blocks.display import display
from cerebro_core.catalogue import install_hint
from cerebro_core.decisions import Proposal
from cerebro_core.errors import CerebroError, PluginError
from cerebro_core.finder import CORE, Found, Index, find
from cerebro_core.findings import Finding
from cerebro_core.method import Command, CorpusSource, Method
from cerebro_core.suggest import nearest

GIVES: dict[str, type] = {
    "cerebro_specs": type,
    "cerebro_propose": Proposal,
    "cerebro_validate": Finding,
    "cerebro_corpus": CorpusSource,
}


@dataclass(frozen=True)
class PluginState:
    """A plugin as `cerebro plugins` lists it.

    Attributes:
        name: index name, such as "mmm" or "mmm.acme".
        distribution, version, module: where it comes from.
        state: "ok", "broken" or "disabled".
        cause: why it is broken; else empty.
        methods, commands, sources: keys of what it adds.
    """

    name: str
    distribution: str
    version: str
    module: str
    state: str
    cause: str = ""
    methods: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Plugins:
    """The plugins of this process, found at once and loaded when needed.

    Args:
        index: what was found; by default what the installed metadata says.
    """

    def __init__(self, index: Index | None = None) -> None:
        self.index = find() if index is None else index
        self.manager = pluggy.PluginManager("cerebro")
        self.manager.add_hookspecs(hookspecs)
        self._loaded: dict[str, Found] = {}
        self._broken: dict[str, str] = {}
        self._methods: dict[str, tuple[Method, ...]] = {}
        self._commands: dict[str, tuple[Command, ...]] = {}
        self._register(CORE, Found(CORE, "cerebro_core.builtin", "cerebro-core", core_version()))

    # Loading

    def load(self, domain: str) -> None:
        """Load a domain: its owner, then what extends it."""
        if domain in self.index.plugins:
            self._load(domain)
        for name in self.index.plugins:
            if name.startswith(f"{domain}."):
                self._load(name)

    def load_all(self) -> None:
        """Load every plugin that is not disabled."""
        for name in sorted(self.index.plugins, key=lambda name: ("." in name, name)):
            self._load(name)

    def _load(self, name: str) -> None:
        if name in self._loaded or name in self._broken:
            return
        try:
            with contextlib.redirect_stdout(sys.stderr):  # so that a plugin that prints spoils no --json
                self._register(name, self.index.plugins[name])
        except CerebroError as error:
            self._broken[name] = display(error, 500)
        except (Exception, SystemExit) as error:
            if os.environ.get("CEREBRO_DEBUG") == "1":
                raise
            self._broken[name] = display(f"{type(error).__name__}: {error}", 500)

    def _register(self, name: str, found: Found) -> None:
        owner = name.split(".")[0]
        if owner != name and owner not in self._loaded:
            cause = self._broken.get(owner, "it is not installed")
            raise PluginError(f"it extends the domain '{owner}', which is not there ({cause})")
        module = importlib.import_module(found.module)
        check_module(module)
        methods = tuple(gather(module, "cerebro_methods", Method))
        commands = tuple(gather(module, "cerebro_commands", Command))
        if name != CORE:
            taken = {item.key: self._loaded[other] for other, items in self._methods.items() for item in items}
            core = {item.name: self._loaded[CORE] for item in self._commands[CORE]}
            check_methods(owner, methods, taken)
            check_commands(found, commands, core, self.index)
        try:
            self.manager.register(module, name=name)
        except Exception:
            self.manager.unregister(name=name)
            raise
        self._loaded[name] = found
        self._methods[name] = methods
        self._commands[name] = commands

    # What is there

    def domains(self) -> tuple[str, ...]:
        """Names of the domains whose owner is found and not disabled."""
        return tuple(sorted(name for name in self.index.plugins if "." not in name))

    def methods(self, domain: str | None = None) -> tuple[Method, ...]:
        """The methods of a domain, or of all, loading what is needed."""
        if domain is None:
            self.load_all()
        else:
            self.load(domain)
        found = (method for methods in self._methods.values() for method in methods)
        return tuple(sorted((m for m in found if domain in (None, m.domain)), key=lambda method: method.key))

    def method(self, domain: str, name: str) -> Method:
        """One method.

        Raises:
            PluginError: where there is none, with the nearest name, or why its plugin does not load, or the pip line
                of the plugin.
        """
        known = {method.name: method for method in self.methods(domain)}
        if name in known:
            return known[name]
        if not known:
            raise PluginError(self._absent("domain", domain))
        failed = [other for other in self._broken if other.startswith(f"{domain}.")]
        broken = f"; {self._failure(failed[0])}" if failed else ""
        raise PluginError(
            f"no method '{display(name)}' in {domain}{nearest(name, known)}; there is {', '.join(known)}{broken}"
        )

    def plugin_of(self, method: Method) -> Found:
        """The plugin that adds a method."""
        return next(self._loaded[name] for name, items in self._methods.items() if method in items)

    def commands(self) -> tuple[Command, ...]:
        """All commands, the core's first."""
        self.load_all()
        core = self._commands[CORE]
        rest = [command for name, items in self._commands.items() if name != CORE for command in items]
        return core + tuple(sorted(rest, key=lambda command: command.name))

    def command(self, name: str) -> Command:
        """One command, loading its plugin's domain only.

        Raises:
            PluginError: where there is none: with the cause if its plugin is broken, else the nearest name or
                the pip line of the plugin that has it.
        """
        own = next((command for command in self._commands[CORE] if command.name == name), None)
        if own is not None:
            return own
        entry = self.index.commands.get(name)
        if entry is not None:
            plugin = next(item.name for item in self.index.plugins.values() if item.module == entry.module)
            self.load(plugin.split(".")[0])
            if plugin in self._broken:
                raise PluginError(self._failure(plugin))
            for command in self._commands[plugin]:
                if command.name == name:
                    return command
        raise PluginError(self._absent("command", name))

    def sources(self) -> tuple[CorpusSource, ...]:
        """Corpus sources of every plugin that loads."""
        self.load_all()
        return tuple(source for _, found in self.call("cerebro_corpus") for source in found)

    def states(self) -> tuple[PluginState, ...]:
        """Every plugin, whether it loads or not; never raises for what a plugin does."""
        self.load_all()
        states = [self._state(name, found) for name, found in self._loaded.items()]
        broken = [(self.index.plugins[name], cause) for name, cause in self._broken.items()]
        states += [PluginState(*_columns(found), "broken", cause) for found, cause in broken + self.index.refused]
        states += [PluginState(*_columns(found), "disabled") for found in self.index.disabled]
        return tuple(sorted(states, key=lambda state: (state.name != CORE, state.name, state.distribution)))

    def _state(self, name: str, found: Found) -> PluginState:
        try:
            sources = [source.name for _, items in self.call("cerebro_corpus", only=name) for source in items]
        except CerebroError as error:
            return PluginState(*_columns(found), "broken", display(error, 500))
        return PluginState(
            *_columns(found),
            "ok",
            methods=tuple(method.key for method in self._methods[name]),
            commands=tuple(command.name for command in self._commands[name]),
            sources=tuple(sources),
        )

    def versions(self, method: Method) -> dict[str, str]:
        """Distribution -> version, of the core, the domain's owner and the plugin that has the method."""
        self.load(method.domain)
        makers = {CORE, method.domain, *(name for name, methods in self._methods.items() if method in methods)}
        found = (plugin for name, plugin in self._loaded.items() if name in makers)
        return {plugin.distribution: plugin.version for plugin in found}

    # Calling hooks

    def call(
        self, hook: str, *, domain: str | None = None, only: str | None = None, skip: str = "", **arguments: Any
    ) -> list[tuple[str, list[Any]]]:
        """Call a hook on each loaded plugin by itself.

        Args:
            hook: name of the hook.
            domain: call only the core and the plugins of this domain, so that what else is installed changes
                nothing.
            only: name of the one plugin to call.
            skip: name of a plugin to pass over.
            **arguments: the hook's arguments.

        Returns:
            (plugin name, what it returned) for each plugin that implements the hook.

        Raises:
            PluginError: naming the plugin whose implementation raised anything but a CerebroError, or returned
                something else than the hook is for.
        """
        results = []
        for name in (only,) if only else tuple(name for name in self._of(domain) if name != skip):
            answers = self._ask(name, hook, arguments)
            if answers is not None:
                results.append((name, [item for answer in answers for item in answer]))
        return results

    def first(self, hook: str, *, domain: str, **arguments: Any) -> Any:
        """The first answer to a hook that is for one answer: the domain's extensions before its owner."""
        for name in reversed(tuple(self._of(domain))):
            for answer in self._ask(name, hook, arguments, many=False) or ():
                if answer is not None:
                    return answer
        return None

    def _of(self, domain: str | None) -> Iterator[str]:
        """Loaded plugins of the core and a domain, or all."""
        return (name for name in self._loaded if domain is None or name.split(".")[0] in (CORE, domain))

    def _ask(self, name: str, hook: str, arguments: dict[str, Any], many: bool = True) -> list[Any] | None:
        """What one plugin answers; None where it does not implement the hook."""
        module = self.manager.get_plugin(name)
        others = [other for other in self.manager.get_plugins() if other is not module]
        caller = self.manager.subset_hook_caller(hook, others)
        if not any(item.plugin is module for item in caller.get_hookimpls()):
            return None
        origin = self._loaded[name].origin
        try:
            answer = caller(**arguments)
            if not many:
                return [answer]
            answers = [list(items or ()) for items in answer]
        except CerebroError:
            raise
        except (Exception, SystemExit) as error:
            if os.environ.get("CEREBRO_DEBUG") == "1":
                raise
            what = display(f"{type(error).__name__}: {error}", 500)
            raise PluginError(f"{hook} of plugin '{name}' ({origin}) failed: {what}") from error
        for item in (item for items in answers for item in items):
            wanted = GIVES.get(hook, object)
            if not isinstance(item, wanted):
                raise PluginError(
                    f"{hook} of plugin '{name}' ({origin}) gave {type(item).__name__} where a "
                    f"{wanted.__name__} is wanted"
                )
        return answers

    # Saying what is wrong

    def _failure(self, name: str) -> str:
        origin = self.index.plugins[name].origin
        return f"the plugin '{name}' ({origin}) does not load: {self._broken[name]}; see `cerebro plugins`"

    def _absent(self, what: str, name: str) -> str:
        shown = display(name, 60)
        if name in self._broken:
            return self._failure(name)
        for item, cause in self.index.refused:
            if item.name == name:
                return f"no {what} '{shown}' here: {cause}; see `cerebro plugins`"
        if name in {item.name for item in self.index.disabled}:
            return f"no {what} '{shown}' here: it is switched off by CEREBRO_DISABLE_PLUGINS"
        if hint := install_hint(name):
            return f"no {what} '{shown}' here; `{hint}` brings it"
        known: Iterable[str] = self.domains()
        if what == "command":
            known = [*self.index.commands, *(command.name for command in self._commands[CORE])]
        return f"no {what} '{shown}'{nearest(name, known)}; `cerebro --help` lists what is installed"


def core_version() -> str:
    """Version of cerebro-core."""
    from cerebro_core import __version__

    return __version__


@lru_cache(maxsize=1)
def plugins() -> Plugins:
    """The plugins of this process; `plugins.cache_clear()` looks again."""
    return Plugins()


def _columns(found: Found) -> tuple[str, str, str, str]:
    return found.name, found.distribution, found.version, found.module
