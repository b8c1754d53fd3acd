"""What a spec says of its flags: the spec is their one source."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cerebro_core.cli.flags import FlagText
from cerebro_core.errors import PluginError
from cerebro_core.load import import_name
from cerebro_core.method import Method
from cerebro_core.spec import AnalysisSpec, field_markers, flag_of


def describe_flags(spec: type[AnalysisSpec], methods: tuple[Method, ...]) -> list[FlagText]:
    """The flags of a spec, its own fields first, then those of its methods' extra options.

    Raises:
        PluginError: where an option has the name of a setting.
    """
    shown = [(name, info) for name, info in spec.model_fields.items() if not field_markers(info)[1].hidden]
    shown.sort(key=lambda item: item[0] in AnalysisSpec.model_fields)
    found = [_describe(name, info) for name, info in shown]
    for method in methods:
        if method.options:
            model: type[BaseModel] = import_name(method.options)
            clash = sorted(set(model.model_fields) & set(spec.model_fields))
            if clash:
                raise PluginError(f"{method.key}: its option '{clash[0]}' is already a setting of {spec.kind}")
            found += [_describe(name, info, f"Options of {method.key}") for name, info in model.model_fields.items()]
    return found


def _describe(name: str, info: FieldInfo, panel: str | None = None) -> FlagText:
    _, flag = field_markers(info)
    shape = _shape(info.annotation)
    declared = flag.name or flag_of(name)
    if shape == "bool":
        declared = f"{declared}/--no-{declared.removeprefix('--')}"
    return FlagText(
        field=name,
        shape=shape,
        declared=(declared, flag.short) if flag.short else (declared,),
        help=_help(info, shape),
        metavar=_metavar(info.annotation, shape),
        panel=panel or flag.panel,
        choices=_choices(info.annotation),
    )


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


def _metavar(annotation: Any, shape: str) -> str:
    choices = _choices(annotation)
    if choices:
        return "|".join(choices)
    if shape in ("dict", "list"):
        return "<name=value>" if shape == "dict" else "<a,b>"
    text = str(annotation)
    return "<number>" if "float" in text else "<integer>" if "int" in text else "<text>"


def _help(info: FieldInfo, shape: str) -> str:
    text = (info.description or "").strip().replace("\n", " ")
    if shape in ("list", "dict"):
        text += " Separate by commas, or repeat the flag."
    default = "chosen from the table" if field_markers(info)[1].chosen else _default(info)
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
