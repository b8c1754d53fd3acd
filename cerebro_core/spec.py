"""Specs: frozen pydantic models that say everything a script needs.

A spec is the one source of flags, defaults, help, JSON Schema, docs and checks. A field that names columns carries
a `Column` in its annotation; how a field appears on the command line is said by a `Flag`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from cerebro_core.errors import SpecError
from cerebro_core.suggest import nearest


@dataclass(frozen=True)
class Column:
    """Marks a spec field whose value names one column, or several.

    Attributes:
        kinds: the column kinds that make sense ("number", "integer", "boolean", "date", "text"); empty for any.
    """

    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flag:
    """How a spec field appears on the command line.

    Attributes:
        panel: heading in `--help` under which the flag stands.
        short: a one-letter alias, such as "-y".
        name: the flag's name where it is not the field's.
        hidden: left out of the command line altogether (YAML only).
        chosen: an agent sets it from the table where the user does not; help says so instead of the default.
    """

    panel: str = "Model"
    short: str | None = None
    name: str | None = None
    hidden: bool = False
    chosen: bool = False


class AnalysisSpec(BaseModel):
    """What every spec has. Subclasses set `kind` and `domain` and add fields.

    Attributes:
        kind: the command and the YAML key `kind:`, such as "mmm"; ClassVar.
        domain: the domain whose methods can answer it; ClassVar.
        method_field: the field that names the method ("method", or "engine" for mmm); ClassVar.
        data_optional: whether it can be answered without a data file; ClassVar.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    kind: ClassVar[str]
    domain: ClassVar[str]
    method_field: ClassVar[str] = "method"
    data_optional: ClassVar[bool] = False

    data: Annotated[str, Flag(hidden=True)] = ""
    """Path of the data file; relative paths are relative to where the script is run."""
    table: Annotated[str | None, Flag(panel="Data")] = None
    """Table to read, where the file is a DuckDB database."""
    seed: Annotated[int, Flag(panel="Run"), Field(ge=0, lt=2**32)] = 0
    """Seed of every random draw; the same seed gives the same answer."""
    options: Annotated[dict[str, Any], Flag(hidden=True)] = Field(default_factory=dict)
    """Extra options of a third party's method, checked by its own model."""

    @property
    def method_name(self) -> str:
        """The name of the method that answers this spec."""
        return str(getattr(self, self.method_field))

    def as_literal(self) -> dict[str, Any]:
        """The spec as plain JSON values, with its `kind`: what stands in a script as `SPEC` and in YAML."""
        return {"kind": self.kind, **self.model_dump(mode="json")}


def field_markers(info: FieldInfo) -> tuple[Column | None, Flag]:
    """The `Column` (if any) and the `Flag` of a field."""
    column = next((item for item in info.metadata if isinstance(item, Column)), None)
    flag = next((item for item in info.metadata if isinstance(item, Flag)), Flag())
    return column, flag


def column_fields(spec: type[AnalysisSpec]) -> dict[str, Column]:
    """Field name -> marker, for the fields that name columns."""
    marked = ((name, field_markers(info)[0]) for name, info in spec.model_fields.items())
    return {name: column for name, column in marked if column is not None}


def named_columns(spec: AnalysisSpec) -> dict[str, tuple[str, ...]]:
    """Field name -> the columns it names in this spec, for fields that name any."""
    found: dict[str, tuple[str, ...]] = {}
    for name in column_fields(type(spec)):
        value = getattr(spec, name)
        if isinstance(value, Mapping):  # such as channel -> column
            value = value.values()
        columns = (value,) if isinstance(value, str) else tuple(value or ())
        if columns:
            found[name] = columns
    return found


@lru_cache(maxsize=256)
def _adapter(spec: type[AnalysisSpec], name: str) -> TypeAdapter[Any]:
    info = spec.model_fields[name]
    annotation: Any = info.annotation
    return TypeAdapter(Annotated[annotation, *info.metadata] if info.metadata else annotation)


def check_given(
    spec: type[AnalysisSpec], given: Mapping[str, Any], where: str = "", label: Callable[[str], str] = str
) -> dict[str, Any]:
    """Check each given value by its field, before the spec is complete.

    Args:
        spec: the spec model.
        given: field name -> raw value; text is converted as the field says.
        where: what the values come from, for messages, such as a file name.
        label: how a message names a field, such as `flag_of`.

    Returns:
        field name -> typed value.

    Raises:
        SpecError: on an unknown field (with the nearest name) or a value that its field refuses.
    """
    checked: dict[str, Any] = {}
    for name, value in given.items():
        if name not in spec.model_fields:
            raise SpecError(f"{_at(where)}no setting '{name}' in {spec.kind}{nearest(name, spec.model_fields)}")
        try:
            checked[name] = _adapter(spec, name).validate_python(value)
        except ValidationError as error:
            raise SpecError(f"{_at(where)}{_complaints(error, label(name))}") from None
    return checked


def build_spec[S: AnalysisSpec](spec: type[S], values: Mapping[str, Any], where: str = "") -> S:
    """Build a complete spec.

    Raises:
        SpecError: naming every field that is missing, unknown or refused.
    """
    for name in values:
        if name not in spec.model_fields:
            raise SpecError(f"{_at(where)}no setting '{name}' in {spec.kind}{nearest(name, spec.model_fields)}")
    try:
        return spec.model_validate(dict(values))
    except ValidationError as error:
        raise SpecError(f"{_at(where)}{_complaints(error)}") from None


def json_schema(spec: type[AnalysisSpec]) -> dict[str, Any]:
    """JSON Schema (2020-12) of the YAML form of a spec, with its `kind`."""
    schema = spec.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"] = {"kind": {"const": spec.kind}, **schema.get("properties", {})}
    schema["required"] = ["kind", *schema.get("required", [])]
    return schema


def flag_of(field: str) -> str:
    """The long flag of a field: `adstock_max_lag` -> `--adstock-max-lag`."""
    return "--" + field.replace("_", "-")


def _at(where: str) -> str:
    return f"{where}: " if where else ""


def _complaints(error: ValidationError, field: str | None = None) -> str:
    lines = []
    for problem in error.errors(include_url=False):
        path = ".".join(str(part) for part in ((field,) if field else ()) + tuple(problem["loc"]))
        message = problem["msg"].removeprefix("Value error, ")
        shown = "" if problem["type"] == "missing" or not path else f" (got {_brief(problem.get('input'))})"
        lines.append(f"{path}: {message[:1].lower()}{message[1:]}{shown}" if path else f"{message}{shown}")
    return "; ".join(lines)


def _brief(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."
