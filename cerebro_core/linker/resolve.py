"""Following names from the roots of a script to all that it needs, and the order in which that is written."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cerebro_core.errors import LinkError
from cerebro_core.linker.module import Definition, Imported, Module, read_module
from cerebro_core.linker.requirements import combined
from cerebro_core.linker.vocabulary import CORE_REQUIRES
from cerebro_core.suggest import nearest


@dataclass(frozen=True)
class Linked:
    """All that a script holds of blocks.

    Attributes:
        modules: the modules in the order in which the script shows them.
        definitions: module name -> its definitions that are needed, in source order.
        imports: top-level imports that are needed, one for each name bound.
        requires: import name -> requirement, for all that is imported at any level.
        future: whether annotations are postponed.
    """

    modules: tuple[Module, ...]
    definitions: Mapping[str, tuple[Definition, ...]]
    imports: tuple[Imported, ...]
    requires: Mapping[str, str]
    future: bool


def reference(text: str, what: str) -> tuple[str, str]:
    """Split "module:name".

    Raises:
        LinkError: where it has another form.
    """
    module, colon, name = text.partition(":")
    if not (colon and name.isidentifier() and all(part.isidentifier() for part in module.split("."))):
        raise LinkError(f"{what}: '{text}' names no block; write it as 'package.blocks.module:function'")
    return module, name


def resolve(roots: Sequence[tuple[str, str]], requires: Mapping[str, str]) -> Linked:
    """Find all that the roots need.

    Args:
        roots: pairs of a "module:name" and what names it, for messages; the first are shown first.
        requires: import name -> requirement, of what the method's blocks may import.

    Raises:
        LinkError: where a name cannot be linked.
    """
    walk = _Walk(requires)
    for text, what in roots:
        module, name = reference(text, what)
        walk.add(walk.module(module, what), name, what)
    walk.follow()
    walk.check_local_aliases()
    _refuse_cycles(walk.modules)
    future = _future(walk)
    order = _ordered(walk, frozenset(reference(text, what)[0] for text, what in roots))
    chosen = {name: _in_source_order(walk, name) for name in order}
    imports = tuple(one for bound in walk.imports.values() for one in bound)
    needed = {name: combined(walk.requires[name]) for name in sorted(walk.requires)}
    return Linked(tuple(walk.modules[name] for name in order), chosen, imports, needed, future)


Key = tuple[str, str]


@dataclass
class _Walk:
    """The state of one search: everything is kept in the order of discovery."""

    allowed: Mapping[str, str]
    modules: dict[str, Module] = field(default_factory=dict)
    found: dict[Key, Definition] = field(default_factory=dict)
    edges: dict[Key, list[tuple[Key, bool]]] = field(default_factory=dict)
    imports: dict[str, tuple[Imported, ...]] = field(default_factory=dict)
    meanings: dict[str, tuple[str, str]] = field(default_factory=dict)
    local: list[tuple[str, Imported]] = field(default_factory=list)
    requires: dict[str, set[str]] = field(default_factory=dict)

    def module(self, name: str, needed_by: str) -> Module:
        if name not in self.modules:
            self.modules[name] = read_module(name, needed_by)
        return self.modules[name]

    def add(self, module: Module, name: str, what: str) -> Key:
        """Note that the script needs a definition."""
        key = (module.name, name)
        if key in self.found:
            return key
        definition = module.definitions.get(name)
        if definition is None:
            elsewhere = module.imports.get(name)
            if elsewhere:
                where = elsewhere[0].module
                raise LinkError(f"{what}: '{name}' is only imported by {module.name}; import it from {where}")
            hint = nearest(name, module.definitions) or "; define it there, or correct the name"
            raise LinkError(f"{what}: {module.name} has no '{name}'{hint}")
        self.mean(name, f"{module.name}.{name}", f"{module.path}:{definition.node.lineno}")
        self.found[key] = definition
        return key

    def mean(self, name: str, meaning: str, where: str) -> None:
        """Note what a global name of the script stands for; it may stand for one thing only."""
        known, first = self.meanings.setdefault(name, (meaning, where))
        if known != meaning:
            what = f"'{name}' is {meaning} here and {known} in {first}"
            raise LinkError(f"{where}: {what}; nothing is renamed in a script: rename one of them")

    def follow(self) -> None:
        """Follow the names of all definitions found until no new one appears."""
        waiting = list(self.found)
        seen = set(waiting)
        while waiting:
            key = waiting.pop(0)
            self.edges[key] = self._edges(key)
            new = [target for target, _ in self.edges[key] if target not in seen]
            new = list(dict.fromkeys(new))
            seen.update(new)
            waiting += new

    def check_local_aliases(self) -> None:
        """An alias that functions import means what it means at the top level."""
        for where, one in self.local:
            meaning, first = self.meanings.get(one.bound, (one.meaning, where))
            if meaning != one.meaning and one.bound in self.imports:
                what = f"'{one.bound}' is {one.meaning} here and {meaning} in {first}"
                raise LinkError(f"{where}: {what}; give each alias one meaning")

    def _edges(self, key: Key) -> list[tuple[Key, bool]]:
        definition = self.found[key]
        module = self.modules[definition.module]
        edges: list[tuple[Key, bool]] = []
        for use in definition.names.uses:
            if use.name in module.definitions:
                edges.append((self.add(module, use.name, ""), use.now))
            for one in module.imports.get(use.name, ()):
                if one.is_block and one.name is not None:
                    where = f"{module.path}:{one.line}"
                    edges.append((self.add(self.module(one.module, where), one.name, where), use.now))
                else:
                    self._import(module, one, top_level=True)
        for one in definition.imports:
            self._import(module, one, top_level=False)
        return edges

    def _import(self, module: Module, one: Imported, *, top_level: bool) -> None:
        where = f"{module.path}:{one.line}"
        if not one.is_standard:
            self._require(module, one, where)
        if top_level:
            self.mean(one.bound, one.meaning, where)
            known = self.imports.get(one.bound, ())
            is_new = all(one.module != other.module for other in known)
            if not known or (is_new and one.name is None and not one.alias):  # `import a.b` next to `import a.c`
                self.imports[one.bound] = (*known, one)
        else:
            self.local.append((where, one))

    def _require(self, module: Module, one: Imported, where: str) -> None:
        path = f"{one.module}.{one.name}" if one.name else one.module
        parts = path.split(".")
        prefixes = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
        is_core = module.name.startswith("cerebro_core.")
        for table in (CORE_REQUIRES, self.allowed) if is_core else (self.allowed,):
            for prefix in prefixes:
                if prefix in table:
                    self.requires.setdefault(prefix, set()).add(table[prefix])
                    return
        hint = "add it to CORE_REQUIRES of the linker" if is_core else "add it to the method's `requires`"
        raise LinkError(f"{where}: '{one.root}' is not among what this method requires; {hint}, or do without it")


def _future(walk: _Walk) -> bool:
    """Whether the script postpones annotations; where modules differ, class annotations must not notice."""
    used = [(walk.modules[definition.module], definition) for definition in walk.found.values()]
    future = any(module.future for module, _ in used)
    for module, definition in used:
        fields = (one for inner in definition.names.classes for one in inner.body if isinstance(one, ast.AnnAssign))
        if future and not module.future and (field := next(fields, None)):
            what = (
                f"a field of '{definition.name}' has an annotation, which the script postpones and this file does not"
            )
            raise module.breach(field.lineno, what, "begin the file with `from __future__ import annotations`")
    return future


def _in_source_order(walk: _Walk, name: str) -> tuple[Definition, ...]:
    needed = {key[1] for key in walk.found if key[0] == name}
    return tuple(one for one in walk.modules[name].definitions.values() if one.name in needed)


def _refuse_cycles(modules: Mapping[str, Module]) -> None:
    finished: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        module = modules[name]
        for bound in module.imports.values():
            for one in bound:
                if not one.is_block or one.module not in modules or one.module in finished:
                    continue
                if one.module in (*path, name):
                    ring = [*path, name, one.module]
                    what = f"blocks import each other: {' -> '.join(ring[ring.index(one.module) :])}"
                    raise module.breach(one.line, what, "move what they share into a module of its own")
                visit(one.module, (*path, name))
        finished.add(name)

    for name in modules:
        if name not in finished:
            visit(name, ())


def _ordered(walk: _Walk, first: frozenset[str]) -> tuple[str, ...]:
    """The modules `first`, then the method's in the order of discovery, then the core's; each after its needs.

    Within a module the source order stands. A module must follow another when something in it uses, at definition
    time, something of the other; since that may be called at once, all that it can reach must come before, too.
    """
    before: dict[str, dict[str, None]] = {}
    for key, edges in walk.edges.items():
        needed = before.setdefault(key[0], {})
        for target, now in edges:
            if now:
                needed.update(dict.fromkeys(_reach(walk, target)))
    order: dict[str, None] = {}

    def place(name: str) -> None:
        if name in order:
            return
        for other in before.get(name, ()):
            if other != name:
                place(other)
        order[name] = None

    found = list(dict.fromkeys(key[0] for key in walk.found))
    rest = [name for name in found if name not in first]
    rest.sort(key=lambda name: name.startswith("cerebro_core."))
    for name in [*(name for name in found if name in first), *rest]:
        place(name)
    return tuple(order)


def _reach(walk: _Walk, start: Key) -> Iterable[str]:
    """The modules of all that `start` can reach."""
    seen, waiting = {start}, [start]
    while waiting:
        key = waiting.pop()
        yield key[0]
        for target, _ in walk.edges[key]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
