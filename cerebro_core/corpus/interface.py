"""The public API of a package, read from its source: each thing under the name its users import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from cerebro_core.corpus.documents import plain, read_page
from cerebro_core.corpus.record import Passage
from cerebro_core.corpus.usage import cell_passages

MOST_METHODS = 12
"""Public methods of one class that get passages of their own."""
FEW = 30
"""Of a package that documents fewer things than this, what has no docstring is told too: its name and signature."""


def module_of(name: str) -> str:
    """`src/pkg/sub/__init__.py` -> `pkg.sub`."""
    parts = list(PurePosixPath(name).with_suffix("").parts)
    while parts and parts[0] in ("src", "python", "lib", "py", "packages"):
        parts.pop(0)
    if parts and parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def public_names(modules: dict[str, tuple[str, ast.Module]]) -> dict[str, str]:
    """Where something is defined -> the shortest public name under which a module of the package offers it.

    Args:
        modules: module -> (file, tree).
    """
    offered: dict[str, str] = {}
    for module, (file, tree) in modules.items():
        package = module if file.endswith("__init__.py") else module.rpartition(".")[0]
        for node in tree.body:
            if not isinstance(node, ast.ImportFrom):
                continue
            origin = _absolute(node, package)
            for alias in node.names:
                name = f"{module}.{alias.asname or alias.name}"
                target = f"{origin}.{alias.name}"
                if origin.split(".")[0] != module.split(".")[0] or not is_public(name) or alias.name == "*":
                    continue
                if file.endswith("__init__.py") or alias.asname == alias.name or not is_public(target):
                    known = offered.get(target)
                    if known is None or (name.count("."), len(name)) < (known.count("."), len(known)):
                        offered[target] = name
    return {target: _followed(target, offered) for target in offered}


def _followed(target: str, offered: dict[str, str]) -> str:
    name = offered[target]
    for _ in range(5):
        shorter = offered.get(name)
        if shorter is None or shorter.count(".") >= name.count("."):
            return name
        name = shorter
    return name


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def is_public(name: str) -> bool:
    """Whether no part of a dotted name is private."""
    return not any(part.startswith("_") for part in name.split("."))


def api_passages(modules: dict[str, tuple[str, ast.Module]]) -> Iterator[Passage]:
    """API passages of all modules, and the examples of their docstrings."""
    aliases = public_names(modules)
    seen: set[str] = set()
    bare: list[Passage] = []
    documented = 0
    for module, (file, tree) in modules.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not is_overload(node):
                where = f"{module}.{node.name}"
                public = aliases.get(where, where)
                if is_public(public) and public not in seen:
                    seen.add(public)
                    documented += ast.get_docstring(node) is not None
                    if ast.get_docstring(node) is None and signature(node):
                        bare.append(_api(node, public, "", file))
                    yield from _described(node, public, file)
    if documented < FEW:
        yield from bare


def is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether a definition only types one way to call what is defined after it."""
    return any(ast.unparse(item).rpartition(".")[2] == "overload" for item in node.decorator_list)


def _described(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, public: str, file: str
) -> Iterator[Passage]:
    doc = ast.get_docstring(node) or ""
    if doc:
        yield _api(node, public, doc, file)
        yield from examples(doc, public, file, node.lineno)
    if isinstance(node, ast.ClassDef):
        functions = (item for item in node.body if isinstance(item, ast.FunctionDef) and not is_overload(item))
        methods = [item for item in functions if is_public(item.name)]
        for item in methods[:MOST_METHODS]:
            own = ast.get_docstring(item)
            if own and len(own) > 60:
                yield _api(item, f"{public}.{item.name}", own, file)
                yield from examples(own, f"{public}.{item.name}", file, item.lineno)


def _api(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, public: str, doc: str, file: str) -> Passage:
    first = plain(doc.strip().split("\n\n")[0], 140)
    return Passage(
        "api",
        f"{public}: {first}" if first else public,
        qualname=public,
        prose=plain(doc, 900),
        signature=signature(node),
        apis=(public,),
        file=file,
        line=node.lineno,
        last=node.end_lineno or node.lineno,
    )


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    """`(a, b=1, *, c)` of a function, or of a class's `__init__`; fields of a dataclass where it has none."""
    if isinstance(node, ast.ClassDef):
        made = next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)
        if made is None:
            fields = [ast.unparse(item) for item in node.body if isinstance(item, ast.AnnAssign)]
            return f"({', '.join(fields)})"[:600] if fields else ""
        node = made
    text = ast.unparse(node.args)
    return f"({text.removeprefix('self, ').removeprefix('self').removeprefix('cls, ')})"[:600]


def examples(doc: str, public: str, file: str, line: int) -> list[Passage]:
    """Usage passages of one docstring."""
    if ">>>" not in doc and "::" not in doc and "```" not in doc:
        return []
    head, _, _ = doc.partition("\n\n")
    found = cell_passages(read_page(doc), file, "docstring", f"{public}: {plain(head, 100)}", public)
    return [replace(item, line=line + item.line, last=line + item.last) for item in found]
