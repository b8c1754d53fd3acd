"""What may be computed while a module is read: immutable constants, defaults, and a few decorators."""

from __future__ import annotations

import ast
from collections.abc import Callable

from cerebro_core.errors import LinkError
from cerebro_core.linker.syntax import dotted
from cerebro_core.linker.vocabulary import (
    CLASS_CALLS,
    CONSTANT_CALLS,
    CONSTANT_METHODS,
    DECORATORS,
    FREEZING,
    PASSING_CALLS,
    PASSING_METHODS,
)

Resolve = Callable[[str], str]
Breach = Callable[[int, str, str], LinkError]

_DISPLAYS = (ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_PLAIN = (ast.Constant, ast.Name, ast.Lambda)
_COMBINED = (ast.Tuple, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Subscript)
_COMBINED_MORE = (ast.Starred, ast.JoinedStr, ast.FormattedValue, ast.Slice, ast.Attribute)


def check_constant(value: ast.expr, resolve: Resolve, refuse: Breach, *, in_class: bool = False) -> None:
    """Refuse a value that could change, or whose computing could have an effect.

    Args:
        value: what a top-level name or a class attribute is set to.
        resolve: dotted path -> what it stands for, such as `np.log` -> `numpy.log`.
        refuse: makes the error from line, what and remedy.
        in_class: whether it stands in a class body, where `field(…)` and `auto()` are fine.
    """
    _check(value, resolve, refuse, CONSTANT_CALLS | CLASS_CALLS if in_class else CONSTANT_CALLS)


def check_default(value: ast.expr, resolve: Resolve, refuse: Breach) -> None:
    """Refuse a default argument that could change from call to call."""
    _check(value, resolve, refuse, CONSTANT_CALLS)


def _check(value: ast.expr, resolve: Resolve, refuse: Breach, calls: frozenset[str]) -> None:
    if isinstance(value, _PLAIN):
        return
    if isinstance(value, ast.Call):
        _check_call(value, resolve, refuse, calls)
    elif isinstance(value, _COMBINED + _COMBINED_MORE):
        for child in ast.iter_child_nodes(value):
            if isinstance(child, ast.expr):
                _check(child, resolve, refuse, calls)
    elif isinstance(value, _DISPLAYS):
        kind = type(value).__name__
        remedy = "use a tuple, frozenset(…) or MappingProxyType({…}), or build it inside a function"
        raise refuse(value.lineno, f"mutable state: a {_KINDS[kind]} that all code shares", remedy)
    else:
        what = f"`{type(value).__name__.lower()}` where a constant is wanted"
        raise refuse(value.lineno, what, "compute it inside a function")


_KINDS = {
    "List": "list",
    "Set": "set",
    "Dict": "dict",
    "ListComp": "list",
    "SetComp": "set",
    "DictComp": "dict",
    "GeneratorExp": "generator",
}


def _check_call(call: ast.Call, resolve: Resolve, refuse: Breach, calls: frozenset[str]) -> None:
    path = dotted(call.func)
    meaning = resolve(path) if path else ""
    known = meaning in calls or meaning.startswith("math.") or meaning == "frozen"
    text_method = isinstance(call.func, ast.Attribute) and call.func.attr in CONSTANT_METHODS and not known
    if text_method and isinstance(call.func, ast.Attribute):
        _check(call.func.value, resolve, refuse, calls)
    elif not known:
        shown = path or ast.unparse(call.func)
        what = f"the call of '{shown}' runs when the module is imported"
        raise refuse(call.lineno, what, "compute it inside a function")
    if meaning in CLASS_CALLS:
        return
    passing = _passes(meaning, call, text_method)
    for argument in _arguments(call):
        (_check_passing if passing else _check)(argument, resolve, refuse, calls)


def _arguments(call: ast.Call) -> tuple[ast.expr, ...]:
    return (*call.args, *(keyword.value for keyword in call.keywords))


def _passes(meaning: str, call: ast.Call, text_method: bool) -> bool:
    """Whether a list or dict handed to the call does not live on as one."""
    reducing = ("sum", "max", "min", "len", "float", "int", "str", "bytes", "collections.namedtuple")
    return meaning in FREEZING or meaning in reducing or text_method or meaning.startswith("math.")


def _check_passing(value: ast.expr, resolve: Resolve, refuse: Breach, calls: frozenset[str]) -> None:
    """Check what is consumed at once: it may be mutable, what it holds may not."""
    held: list[ast.expr]
    sources: list[ast.expr]
    match value:
        case ast.List(elts=elements) | ast.Set(elts=elements):
            held, sources = list(elements), []
        case ast.Dict(keys=keys, values=values):
            held, sources = [one for one in (*keys, *values) if one is not None], []
        case ast.DictComp(key=key, value=element, generators=generators):
            held, sources = [key, element], _sources(generators)
        case (
            ast.ListComp(elt=element, generators=generators)
            | ast.SetComp(elt=element, generators=generators)
            | ast.GeneratorExp(elt=element, generators=generators)
        ):
            held, sources = [element], _sources(generators)
        case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method in PASSING_METHODS:
            held, sources = [owner, *_arguments(value)], []
        case ast.Call(func=ast.Name(id=function)) if resolve(function) in PASSING_CALLS:
            held, sources = [], list(_arguments(value))
        case _:
            held, sources = [value], []
    for one in held:
        _check(one, resolve, refuse, calls)
    for one in sources:
        _check_passing(one, resolve, refuse, calls)


def _sources(generators: list[ast.comprehension]) -> list[ast.expr]:
    return [part for generator in generators for part in (generator.iter, *generator.ifs)]


def check_decorator(node: ast.expr, resolve: Resolve, siblings: frozenset[str], refuse: Breach) -> None:
    """Refuse a decorator that is not on the short list.

    Args:
        node: the decorator.
        resolve: dotted path -> what it stands for.
        siblings: methods above it in its class, for `@name.setter`.
        refuse: makes the error from line, what and remedy.
    """
    called = node.func if isinstance(node, ast.Call) else node
    path = dotted(called)
    owner, _, accessor = path.rpartition(".")
    if owner in siblings and accessor in ("setter", "getter", "deleter"):
        return
    meaning = resolve(path) if path else ""
    arguments: list[ast.expr] = []
    if isinstance(node, ast.Call):
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        if meaning == "functools.partial" and node.args:
            inner = dotted(node.args[0])
            meaning = resolve(inner) if inner else ""
    if meaning not in DECORATORS:
        what = f"decorator '{path or ast.unparse(called)}' is not on the short list"
        remedy = "use dataclass, property, staticmethod, classmethod, contextmanager, cache, jit or partial(jit, …)"
        raise refuse(node.lineno, what, remedy)
    for argument in arguments:
        if not isinstance(argument, ast.List):
            _check(argument, resolve, refuse, CONSTANT_CALLS)
