"""What a method's block reads, by its signature, without importing it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from cerebro_core.errors import LinkError, SpecError
from cerebro_core.linker.module import Module, read_module
from cerebro_core.linker.resolve import reference
from cerebro_core.method import Method
from cerebro_core.suggest import nearest

if TYPE_CHECKING:
    from cerebro_core.spec import AnalysisSpec

GIVEN = frozenset({"seed", "progress"})
"""Parameters that `main` fills itself."""

COMMON = frozenset({"data", "table", "seed", "options"})
"""Spec fields that no method reads from its signature."""


def block_parameters(method: Method) -> tuple[str, ...]:
    """Names of the parameters of the method's block, after `source`.

    Raises:
        LinkError: where the block is missing or has no signature that `main` can call.
    """
    return tuple(name for name, _ in _parameters(method))


def unread_fields(spec: AnalysisSpec, method: Method) -> tuple[str, ...]:
    """Fields that are set in the spec and that the method does not read.

    A field is set when it differs from its default. Fields without a default (roles that every spec of the kind
    must name), the field that names the method, and `data`, `table` and `seed` do not count. A key of `options` is
    shown as `options.KEY`.
    """
    read = set(block_parameters(method))
    unread = [
        name
        for name, info in type(spec).model_fields.items()
        if name not in COMMON | read | {spec.method_field}
        and not info.is_required()
        and getattr(spec, name) != info.get_default(call_default_factory=True)
    ]
    return (*unread, *(f"options.{key}" for key in spec.options if key not in read))


def chosen_blocks(spec: AnalysisSpec, method: Method) -> dict[str, str]:
    """Spec field -> "module:function" of the block that its value chooses.

    Raises:
        LinkError: where the method's choices name a field that the spec lacks.
        SpecError: where the method does not offer the field's value.
    """
    chosen: dict[str, str] = {}
    values = spec.as_literal()
    for field, blocks in method.choices.items():
        if field not in type(spec).model_fields:
            hint = nearest(field, type(spec).model_fields) or "; correct the method's `choices`"
            raise LinkError(f"method {method.key}: its choices name '{field}', no field of {spec.kind}{hint}")
        value = str(values[field])
        if value not in blocks:
            offered = ", ".join(f"'{one}'" for one in blocks)
            raise SpecError(f"{field}: method {method.key} offers no {value!a}; it offers {offered}")
        chosen[field] = blocks[value]
    return chosen


def check_signature(spec: AnalysisSpec, method: Method) -> None:
    """Refuse a block that `main` cannot call with this spec.

    Raises:
        LinkError: where a choice has no parameter, or a parameter without default has no field.
    """
    module, name = _analyse(method)
    line = module.definitions[name].node.lineno
    parameters = dict(_parameters(method))
    for field in method.choices:
        if field not in parameters:
            what = f"'{name}' has no parameter '{field}', which the method's choices fill"
            raise module.breach(line, what, "add it, or drop the choice")
    if method.options is not None:
        return
    known = GIVEN | set(type(spec).model_fields) | set(spec.options)
    for parameter, required in parameters.items():
        if required and parameter not in known:
            hint = nearest(parameter, known).removeprefix("; ") or "add a field, a default, or an options model"
            raise module.breach(line, f"parameter '{parameter}' of '{name}' is no field of {spec.kind}", hint)


def _analyse(method: Method) -> tuple[Module, str]:
    what = f"method {method.key}"
    path, name = reference(method.block, what)
    module = read_module(path, what)
    if name not in module.definitions:
        hint = nearest(name, module.definitions) or "; define it there, or correct the name"
        raise LinkError(f"{what}: {path} has no '{name}'{hint}")
    return module, name


def _parameters(method: Method) -> list[tuple[str, bool]]:
    """Names after the first, and whether each must be given."""
    module, name = _analyse(method)
    node = module.definitions[name].node
    if not isinstance(node, ast.FunctionDef):
        raise module.breach(node.lineno, f"'{name}' is no function", "write `def` for a method's block")
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if len(positional) != 1 or arguments.defaults or arguments.vararg or arguments.kwarg:
        what = f"'{name}' does not begin with `source, *` and name each field"
        raise module.breach(node.lineno, what, f"write `def {name}(source: Source, *, …)` without ** or more")
    return [
        (one.arg, default is None) for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
