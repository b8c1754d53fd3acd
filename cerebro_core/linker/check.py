"""Judging a linked script before it is written, by means that the linker did not use to make it."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator, Mapping
from typing import Any

from cerebro_core.errors import LinkError
from cerebro_core.linker.literals import literal
from cerebro_core.linker.source import HEADER, UNSEEN
from cerebro_core.linker.vocabulary import BUILTINS

_ALWAYS_BOUND = BUILTINS | {"__name__", "__debug__"}


def check_script(text: str, literals: Mapping[str, Any]) -> None:
    """Refuse a script that does not compile, has an unbound name or reads back otherwise.

    Args:
        text: the whole script.
        literals: name -> the plain value it must hold.

    Raises:
        LinkError: which is a fault of the linker, or of a block that its dialect lets through.
    """
    try:
        compile(text, "script", "exec", dont_inherit=True)
        table = symtable.symtable(text, "script", "exec")
    except (SyntaxError, ValueError, RecursionError) as error:
        raise _fault(f"it does not compile: {error}") from None
    unbound = sorted(_globals_used(table) - _bound(table) - _ALWAYS_BOUND)
    if unbound:
        raise _fault(f"nothing binds {', '.join(unbound)}")
    for name, value in literals.items():
        written = literal(value, used=len(name) + 3)
        if f"\n{name} = {written}\n" not in text or repr(ast.literal_eval(written)) != repr(value):
            raise _fault(f"{name} does not read back as it was")
    if len(HEADER.findall(text)) != 2:
        raise _fault("it has more than one header")
    if UNSEEN.search(text):
        raise _fault("it holds an invisible character")


def read_literals(tree: ast.Module) -> dict[str, Any]:
    """Top-level names in capitals -> their values, where these are literals.

    Raises:
        LinkError: where one of them is bound twice.
    """
    found: dict[str, Any] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _LITERALS:
                if name in found:
                    raise LinkError(f"{name} is set twice, in line {node.lineno} again; keep one")
                try:
                    found[name] = ast.literal_eval(value)
                except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                    what = f"{name} in line {node.lineno} is no plain literal any more"
                    raise LinkError(f"{what}; write its values out") from None
    return found


_LITERALS = ("METHOD", "SPEC", "DECISIONS", "FINDINGS", "CITATIONS")


def _bound(table: symtable.SymbolTable) -> set[str]:
    return {one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()}


def _globals_used(table: symtable.SymbolTable) -> set[str]:
    used: set[str] = set()
    for scope in _scopes(table):
        if isinstance(scope, symtable.Function):
            used.update(scope.get_globals())
        else:
            module = scope.get_type() == "module"
            symbols = (one for one in scope.get_symbols() if one.is_referenced())
            used.update(one.get_name() for one in symbols if module or one.is_global())
    return used


def _scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def _fault(what: str) -> LinkError:
    return LinkError(f"the linked script was not written: {what}; please report this with the method's name")
