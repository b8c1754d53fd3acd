"""Static backward slices: what code needs so that no name in it is undefined. Nothing is executed."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__"}
CUSTOM: dict[str, str] = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
    "jnp": "import jax.numpy as jnp",
    "pm": "import pymc as pm",
    "az": "import arviz as az",
    "sm": "import statsmodels.api as sm",
    "smf": "import statsmodels.formula.api as smf",
    "cp": "import causalpy as cp",
    "jax": "import jax",
    "numpyro": "import numpyro",
    "dist": "import numpyro.distributions as dist",
    "random": "from jax import random",
    "stats": "from scipy import stats",
    "pt": "import pytensor.tensor as pt",
    "xr": "import xarray as xr",
    "tt": "import tea_tasting as tt",
}
"""Aliases that documentation takes as given; added only where the code binds them nowhere."""


def bound_names(node: ast.AST) -> set[str]:
    """Names that a statement binds at its own level, at any depth outside of functions and classes."""
    found: set[str] = set()
    stack: list[ast.AST] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(item.name)
            continue
        if isinstance(item, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name.split(".")[0]) for alias in item.names}
        elif isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store):
            found.add(item.id)
        elif isinstance(item, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and item.name:
            found.add(item.name)
        if not isinstance(item, ast.Lambda):
            stack += ast.iter_child_nodes(item)
    return found


def used_names(node: ast.AST) -> set[str]:
    """Names that a statement reads and that it does not bind inside a scope of its own."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        arguments = node.args
        inner = {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
        inner |= {one.arg for one in (arguments.vararg, arguments.kwarg) if one}
        body = node.body if isinstance(node.body, list) else [node.body]
        found: set[str] = set()
        for item in body:
            inner |= bound_names(item)
            found |= used_names(item)
        found -= inner
        outside: list[ast.AST | None] = [
            *arguments.defaults,
            *arguments.kw_defaults,
            *getattr(node, "decorator_list", []),
        ]
        for one in outside:
            found |= used_names(one) if one is not None else set()
        return found
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        inner = {name for part in node.generators for name in bound_names(part.target)}
        return {name for child in ast.iter_child_nodes(node) for name in used_names(child)} - inner
    if isinstance(node, ast.ClassDef):
        own = {"self", "cls", *(name for item in node.body for name in bound_names(item))}
        return {name for child in ast.iter_child_nodes(node) for name in used_names(child)} - own
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    found = set()
    for child in ast.iter_child_nodes(node):
        found |= used_names(child)
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        found.add(node.target.id)
    return found


def undefined(statements: Iterable[ast.stmt]) -> set[str]:
    """Names that are read before anything binds them, or that nothing binds."""
    bound: set[str] = set()
    missing: set[str] = set()
    for item in statements:
        own = bound_names(item)
        missing |= (
            used_names(item) - bound - BUILTINS - (own if not isinstance(item, ast.Assign | ast.AugAssign) else set())
        )
        bound |= own
    return missing


def backward_slice(before: list[ast.stmt], wanted: list[ast.stmt], most: int = 60) -> tuple[list[ast.stmt], set[str]]:
    """The statements of `before` that `wanted` needs, in order, and the names that stay undefined.

    Args:
        before: statements that ran before, in order.
        wanted: statements that the slice is for.
        most: the slice is given up where it would hold more statements.
    """
    needed = undefined(wanted)
    taken: list[ast.stmt] = []
    for item in reversed(before):
        binds = bound_names(item)
        touched = _mutated(item) & needed
        if binds & needed or touched:
            if not isinstance(item, ast.AugAssign) and binds:
                needed -= binds
            needed |= undefined([item])
            taken.append(item)
            if len(taken) > most:
                break
        if not needed:
            break
    taken.reverse()
    known = [name for name in sorted(needed) if name in CUSTOM]
    imports = ast.parse("\n".join(CUSTOM[name] for name in known)).body
    return [*imports, *taken], needed - set(known)


def _mutated(item: ast.stmt) -> set[str]:
    """Names whose object a statement changes in place: `x[...] = `, `x.y = `."""
    found: set[str] = set()
    for target in getattr(item, "targets", []) or [getattr(item, "target", None)]:
        base = target
        while isinstance(base, ast.Subscript | ast.Attribute):
            base = base.value
        if base is not target and isinstance(base, ast.Name):
            found.add(base.id)
    return found


def dotted_uses(statements: Iterable[ast.stmt]) -> tuple[str, ...]:
    """Dotted names of imported things that the code uses, aliases resolved."""
    origin: dict[str, str] = {}
    found: dict[str, None] = {}
    nodes = [node for item in statements for node in ast.walk(item)]
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                origin[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                origin[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in nodes:
        name = _dotted(node)
        if name:
            head, _, rest = name.partition(".")
            if head in origin:
                found[f"{origin[head]}.{rest}" if rest else origin[head]] = None
    full = list(found)
    return tuple(name for name in full if not any(other.startswith(f"{name}.") for other in full))[:24]


def _dotted(node: ast.AST) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
