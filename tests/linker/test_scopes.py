"""Scope analysis agrees with CPython's own on real code, and knows what is needed at definition time."""

from __future__ import annotations

import ast
import symtable
import textwrap
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from cerebro_core.linker.scopes import Use
from cerebro_core.linker.walker import names_of

STDLIB = (
    *("argparse", "ast", "asyncio.base_events", "calendar", "collections", "configparser", "contextlib", "csv"),
    *("dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "inspect", "ipaddress"),
    *("json.encoder", "logging", "pathlib", "pickle", "random", "statistics", "string", "subprocess", "symtable"),
    *("tarfile", "textwrap", "tokenize", "traceback", "typing", "unittest.mock", "uuid", "zipfile"),
)


def oracle(text: str) -> set[str]:
    """The global names that CPython sees used anywhere."""

    def scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
        yield table
        for child in table.get_children():
            yield from scopes(child)

    top, *inner = scopes(symtable.symtable(text, "text", "exec"))
    used = {one.get_name() for one in top.get_symbols() if one.is_referenced()}
    for scope in inner:
        symbols = [one for one in scope.get_symbols() if one.is_referenced() and not one.get_name().startswith(".")]
        used |= {one.get_name() for one in symbols if one.is_global() and not one.is_local()}
    return used


@pytest.mark.parametrize("name", STDLIB)
def test_agrees_with_symtable_on_the_standard_library(name: str) -> None:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text("utf-8"))
    for node in tree.body:
        bound = [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and "global" not in ast.unparse(
            node
        ):
            text = "def analysed(): pass\n" + ast.unparse(node)
            mine = {use.name for use in names_of(node, future_annotations=False).uses}
            theirs = oracle(text)
            # a name read and bound in a class body is a local to symtable, whichever comes first;
            # strings are annotations to the linker alone
            classes = {name for name in mine - theirs if name in bound or name in _strings(node)}
            assert mine - classes == theirs - {"__class__"}, (name, node.name)


def _strings(node: ast.AST) -> str:
    return " ".join(str(one.value) for one in ast.walk(node) if isinstance(one, ast.Constant))


def uses(text: str, future: bool = True) -> dict[str, bool]:
    """name -> whether it is needed at definition time."""
    found: dict[str, bool] = {}
    for use in names_of(ast.parse(textwrap.dedent(text)).body[0], future).uses:
        found[use.name] = found.get(use.name, False) or use.now
    return found


@pytest.mark.parametrize(
    ("text", "now", "later"),
    [
        ("def f(x=A): return B", "A", "B"),
        ("@A\ndef f(): B", "A", "B"),
        ("@A(C)\nclass D(B, key=E):\n    x = F\n    def m(self, y=G): H", "A B C E F G", "H"),
        ("X = tuple(A for _ in B if C)", "tuple A B C", ""),
        ("X = lambda y=A: B", "A", "B"),
        ("def f(x: A) -> B: C", "", "A B C"),
        ("class D:\n    x: A = B", "B", "A"),
        ("type X[T: A] = B | T", "", "A B"),
        ("def f[T: A](x: T): T", "", "A"),
        ("class D[T: A](B[T]):\n    def m(self) -> T: C", "B", "A C"),
        ("class D:\n    class E(A):\n        y = B", "A B", ""),
        ("class D:\n    T = A\n    def f[S](self, x: T) -> S: B", "A", "B"),
    ],
)
def test_knows_what_is_needed_at_definition_time(text: str, now: str, later: str) -> None:
    found = uses(text)
    assert {name for name, at_once in found.items() if at_once} == set(now.split())
    assert {name for name, at_once in found.items() if not at_once} == set(later.split())


def test_annotations_are_needed_at_once_where_they_are_not_postponed() -> None:
    assert uses("def f(x: A, y: 'B') -> C: pass", future=False) == {"A": True, "B": False, "C": True}


def test_paths_and_lines_are_those_of_the_source() -> None:
    node = ast.parse("def f():\n    return np.random.default_rng(a.b[c].d)\n").body[0]
    found = names_of(node, True).uses
    assert found[0] == Use("np", "np.random.default_rng", 2, False)
    assert {use.path for use in found} == {"np.random.default_rng", "a.b", "c"}


def test_names_stored_through_attributes_and_items_are_seen() -> None:
    node = ast.parse(
        "def f():\n    a.b = 1\n    c[d] += 2\n    del e.f\n    for g.h in (): pass\n    i, j[0] = 1, 2\n"
    ).body[0]
    stored = {use.name for use in names_of(node, True).uses if use.how == "store"}
    assert stored == {"a", "c", "e", "g", "j"}
