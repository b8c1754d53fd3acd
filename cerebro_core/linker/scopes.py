"""Scopes, and the uses of names that reach through them to the module."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal

How = Literal["load", "store", "computed"]


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a global name.

    Attributes:
        name: the global name.
        path: the name with the attributes read from it, such as `np.random.default_rng`.
        line: where, counted from 1.
        now: whether it is needed when the statement runs, and not only in a function's body.
        how: "load"; "store" where an attribute or an item of it is set or deleted; "computed" where an attribute
            is looked up by a computed name.
    """

    name: str
    path: str
    line: int
    now: bool
    how: How = "load"


@dataclass(frozen=True)
class Names:
    """The names of one top-level statement.

    Attributes:
        uses: global names used, in source order.
        imports: import statements inside functions.
        stores: names bound at module level by a walrus, with their lines.
        globals: lines of `global` statements.
        classes: the class statements in it, at any depth.
    """

    uses: tuple[Use, ...]
    imports: tuple[ast.Import | ast.ImportFrom, ...]
    stores: tuple[tuple[str, int], ...]
    globals: tuple[int, ...]
    classes: tuple[ast.ClassDef, ...]


@dataclass(slots=True)
class Scope:
    """One scope, while it is walked: what it binds, what it takes from outside, what it uses."""

    kind: Literal["module", "function", "class", "comprehension", "types"]
    parent: Scope | None
    bound: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    uses: list[Use] = field(default_factory=list)


def is_global(name: str, scope: Scope) -> bool:
    """Whether a name used in a scope is the module's. Methods do not see the names of their class."""
    if scope.kind == "function" and name in scope.bound and name not in scope.outer:
        return False
    if scope.kind in ("comprehension", "types") and name in scope.bound:
        return False
    here, only_types = scope.parent, scope.kind == "types"
    while here is not None and here.kind != "module":
        visible = here.kind != "class" or only_types
        if visible and name in here.bound and name not in here.outer:
            return False
        only_types = only_types and here.kind == "types"
        here = here.parent
    return True
