"""Flags made from the fields of a spec: the spec is their one source."""

from __future__ import annotations

import csv
import inspect
import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cerebro_core.blocks.display import display
from cerebro_core.errors import SpecError
from cerebro_core.spec import AnalysisSpec, field_markers, flag_of


def spec_parameters(spec: type[AnalysisSpec]) -> list[inspect.Parameter]:
    """A parameter with a `typer.Option` for each field that has a flag, the spec's own fields first."""
    shown = [(name, info) for name, info in spec.model_fields.items() if not field_markers(info)[1].hidden]
    shown.sort(key=lambda item: item[0] in AnalysisSpec.model_fields)
    return [_parameter(name, info) for name, info in shown]


def option_parameters(model: type[BaseModel], panel: str) -> list[inspect.Parameter]:
    """The same for the extra options of a third party's method."""
    return [_parameter(name, info, panel) for name, info in model.model_fields.items()]


def given_values(fields: Mapping[str, FieldInfo], flags: Mapping[str, Any]) -> dict[str, Any]:
    """What the user typed, by field: lists split at commas, `name=value` pairs made into mappings.

    Raises:
        SpecError: where a pair has no `=`, or a key comes twice.
    """
    given: dict[str, Any] = {}
    for name, value in flags.items():
        if value is None or value == [] or name not in fields:
            continue
        shape = _shape(fields[name].annotation)
        given[name] = _pairs(name, value) if shape == "dict" else _items(value) if shape == "list" else value
    return given


def split_list(text: str) -> list[str]:
    """Split `a,b` at its commas; a name that holds a comma stands in double quotes."""
    return [item.strip() for item in next(csv.reader([text], skipinitialspace=True), []) if item.strip()]


def _parameter(name: str, info: FieldInfo, panel: str | None = None) -> inspect.Parameter:
    _, flag = field_markers(info)
    shape = _shape(info.annotation)
    kind: Any = {"bool": bool | None, "list": list[str] | None, "dict": list[str] | None}.get(shape, str | None)
    declared = [flag.name or flag_of(name)]
    if shape == "bool":
        declared = [f"{declared[0]}/--no-{declared[0].removeprefix('--')}"]
    option = typer.Option(
        *declared,
        *([flag.short] if flag.short else []),
        help=_help(info, shape, _default(info)),
        metavar=None if shape == "bool" else _metavar(info.annotation, shape),
        show_default=False,
        rich_help_panel=panel or flag.panel,
        autocompletion=_completion(info.annotation),
    )
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option])


def _shape(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return _shape(next(item for item in get_args(annotation) if item is not types.NoneType))
    if origin in (tuple, list, set, frozenset):
        return "list"
    if origin in (dict, Mapping) or annotation is dict:
        return "dict"
    return "bool" if annotation is bool else "one"


def _choices(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return tuple(str(item) for item in get_args(annotation))
    return tuple(choice for item in get_args(annotation) for choice in _choices(item))


def _completion(annotation: Any) -> Any:
    choices = _choices(annotation)
    return (lambda incomplete: [item for item in choices if item.startswith(incomplete)]) if choices else None


def _metavar(annotation: Any, shape: str) -> str:
    choices = _choices(annotation)
    if choices:
        return "|".join(choices)
    if shape == "dict":
        return "<name=value>"
    if shape == "list":
        return "<a,b>"
    text = str(annotation)
    return "<number>" if "float" in text else "<integer>" if "int" in text else "<text>"


def _help(info: FieldInfo, shape: str, default: str) -> str:
    text = (info.description or "").strip().replace("\n", " ")
    if shape in ("list", "dict"):
        text += " Separate by commas, or repeat the flag."
    if default:
        text += f" [default: {default}]"
    return text.replace("[", r"\[")


def _default(info: FieldInfo) -> str:
    if info.default_factory is not None or info.default is None:
        return ""
    if info.default is PydanticUndefined:
        return "found in the table"
    if isinstance(info.default, tuple | list):
        return ", ".join(map(str, info.default))
    return str(info.default).lower() if isinstance(info.default, bool) else str(info.default)


def _items(value: list[str] | str) -> list[str]:
    return [item for text in ([value] if isinstance(value, str) else value) for item in split_list(text)]


def _pairs(field: str, value: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in _items(value):
        name, separator, amount = item.rpartition("=")
        if not separator or not name:
            raise SpecError(f"{flag_of(field)}: '{display(item)}' is no name=value, such as tv=1000")
        if name in found:
            raise SpecError(f"{flag_of(field)}: '{display(name)}' stands there twice")
        found[name] = amount
    return found
