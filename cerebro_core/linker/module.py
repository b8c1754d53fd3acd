"""Reading one module of blocks: found on disk, parsed, checked, never imported."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cerebro_core.errors import LinkError
from cerebro_core.linker.scopes import Names
from cerebro_core.linker.source import breach, find_source, read_source
from cerebro_core.linker.walker import names_of

SCRIPT_PYTHON = (3, 12)
"""The oldest Python that a script must run on."""


@dataclass(frozen=True)
class Imported:
    """What an import statement binds.

    Attributes:
        bound: the name it binds.
        module: the module it reads, such as "collections.abc".
        name: what it takes from the module; None where it binds the module itself.
        alias: whether it is written with `as`.
        line: where it stands.
    """

    bound: str
    module: str
    name: str | None
    alias: bool
    line: int

    @property
    def meaning(self) -> str:
        """What the bound name stands for, as a dotted path."""
        if self.name is not None:
            return f"{self.module}.{self.name}"
        return self.module if self.alias else self.bound

    @property
    def root(self) -> str:
        return self.module.partition(".")[0]

    @property
    def is_block(self) -> bool:
        """Whether it reads, or is, a module of blocks."""
        path = f"{self.module}.{self.name}" if self.name == "blocks" else self.module
        return "blocks" in path.split(".")[1:]

    @property
    def is_standard(self) -> bool:
        return self.root in sys.stdlib_module_names


@dataclass(frozen=True, eq=False)
class Definition:
    """One top-level name with its text.

    Attributes:
        name: the name it binds.
        module: where it stands.
        node: its statement.
        first, last: its lines, with leading comments and decorators, counted from 1.
        names: the global names it uses, and when.
        imports: what functions in it import.
    """

    name: str
    module: str
    node: ast.stmt
    first: int
    last: int
    names: Names
    imports: tuple[Imported, ...]

    @property
    def is_constant(self) -> bool:
        return isinstance(self.node, ast.Assign | ast.AnnAssign | ast.TypeAlias)


@dataclass(frozen=True, eq=False)
class Module:
    """A module of blocks, as read.

    Attributes:
        name: its dotted name.
        path: its file, as shown in messages.
        lines: its text, line ends normalised.
        doc: the first line of its docstring.
        definitions: name -> definition, in source order.
        imports: name -> the imports that bind it (several for `import a.b` and `import a.c`).
        future: whether annotations are postponed.
    """

    name: str
    path: str
    lines: tuple[str, ...]
    doc: str
    definitions: Mapping[str, Definition]
    imports: Mapping[str, tuple[Imported, ...]]
    future: bool

    def breach(self, line: int, what: str, remedy: str) -> LinkError:
        """The error for a line that breaks the dialect."""
        return breach(self.path, line, what, remedy)


def read_module(name: str, needed_by: str) -> Module:
    """Read the module of blocks called `name`.

    Args:
        name: dotted name, such as "cerebro_mmm.blocks.adstock".
        needed_by: what names it, for messages.

    Raises:
        LinkError: where there is no such module, or where it breaks the dialect.
    """
    path = find_source(name, needed_by)
    state = path.stat()
    return _read(name, path, Path.cwd(), (state.st_mtime_ns, state.st_size, state.st_ino))


@lru_cache(maxsize=512)
def _read(name: str, path: Path, folder: Path, state: tuple[int, int, int]) -> Module:
    from cerebro_core.linker.dialect import check_module

    shown = str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
    text = read_source(path, shown)
    try:
        tree = ast.parse(text, shown, feature_version=SCRIPT_PYTHON)
        module = _module(name, shown, text, tree)
        check_module(module, tree)
    except SyntaxError as error:
        what = f"does not parse as Python {SCRIPT_PYTHON[0]}.{SCRIPT_PYTHON[1]}: {error.msg}"
        raise breach(shown, error.lineno or 1, what, "correct it") from None
    except RecursionError:
        raise breach(shown, 1, "nested too deeply to be read", "write flatter code") from None
    return module


def _module(name: str, shown: str, text: str, tree: ast.Module) -> Module:
    lines = tuple(text.split("\n"))
    future = any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" and node.level == 0 for node in tree.body
    )
    definitions: dict[str, Definition] = {}
    imports: dict[str, tuple[Imported, ...]] = {}
    before, latest = 0, None
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            latest = None
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for one in imported(node):
                _refuse_again(shown, one.bound, one.line, definitions, imports, one)
                imports[one.bound] = (*imports.get(one.bound, ()), one)
            latest = None
        elif is_text(node) and latest is not None and definitions[latest].is_constant:
            definitions[latest] = _stretched(definitions[latest], node.end_lineno or node.lineno)
        elif (bound := bound_name(node)) is not None and bound != "__all__":
            _refuse_again(shown, bound, node.lineno, definitions, imports, None)
            names = names_of(node, future)
            first, last = _first_line(node, before, lines), _last_line(node, lines)
            local = tuple(one for statement in names.imports for one in imported(statement))
            definitions[bound] = Definition(bound, name, node, first, last, names, local)
            latest = bound
        before = node.end_lineno or node.lineno
    doc = (ast.get_docstring(tree) or "").partition("\n")[0]
    return Module(name, shown, lines, doc, definitions, imports, future)


def imported(node: ast.Import | ast.ImportFrom) -> tuple[Imported, ...]:
    """What one import statement binds; a relative one keeps its dots."""
    if isinstance(node, ast.Import):
        return tuple(
            Imported(one.asname or one.name.partition(".")[0], one.name, None, one.asname is not None, node.lineno)
            for one in node.names
        )
    module = "." * node.level + (node.module or "")
    return tuple(
        Imported(one.asname or one.name, module, one.name, one.asname is not None, node.lineno) for one in node.names
    )


def bound_name(node: ast.stmt) -> str | None:
    """The one name that a top-level statement defines, or None where it is no plain definition."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case (
            ast.Assign(targets=[ast.Name(id=name)])
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr())
            | ast.TypeAlias(name=ast.Name(id=name))
        ):
            return name
    return None


def is_text(node: ast.stmt) -> bool:
    """Whether a statement is a bare string: a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _refuse_again(
    shown: str,
    name: str,
    line: int,
    definitions: Mapping[str, Definition],
    imports: Mapping[str, tuple[Imported, ...]],
    new: Imported | None,
) -> None:
    earlier = imports.get(name, ())
    same_root = new is not None and new.name is None and not new.alias
    if name in definitions:
        first = definitions[name].node.lineno
    elif earlier and not (same_root and all(one.name is None and not one.alias for one in earlier)):
        first = earlier[0].line
    else:
        return
    raise breach(shown, line, f"'{name}' is already bound in line {first}", "give it a name of its own")


def _first_line(node: ast.stmt, before: int, lines: tuple[str, ...]) -> int:
    decorators = getattr(node, "decorator_list", [])
    first: int = min([node.lineno, *(one.lineno for one in decorators)])
    while first - 1 > before and lines[first - 2].startswith("#"):
        first -= 1
    return first


def _last_line(node: ast.stmt, lines: tuple[str, ...]) -> int:
    last = node.end_lineno or node.lineno
    while last < len(lines) and lines[last][:1] in (" ", "\t") and lines[last].lstrip().startswith("#"):
        last += 1
    return last


def _stretched(definition: Definition, last: int) -> Definition:
    values = {name: getattr(definition, name) for name in ("name", "module", "node", "first", "names", "imports")}
    return Definition(last=last, **values)
