"""A domain's command: flags become a request, an agent completes it, the rest is the core's."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from cerebro_core.cli.flag_cache import flags_of
from cerebro_core.cli.flags import given_values, parameter_of
from cerebro_core.cli.options import DELIVERY, Data, Delivery, Description, OptionalData, Question
from cerebro_core.errors import PluginError
from cerebro_core.load import import_name
from cerebro_core.method import Command
from cerebro_core.plugins import plugins


def analysis_callback(command: Command) -> Callable[..., None]:
    """The function of a domain's command, with a flag for every field of its spec."""
    if command.spec is None:
        raise PluginError(f"command '{command.name}' has no spec")
    flags = flags_of(command, plugins().methods(command.domain))
    parameters = [parameter_of(text) for text in flags]

    def callback(**typed: Any) -> None:
        from cerebro_core.cli.deliver import deliver
        from cerebro_core.spec import check_given, column_fields, flag_of

        delivery = Delivery(**{name: typed.pop(name) for name in DELIVERY})
        data, question, description = typed.pop("data"), typed.pop("question"), typed.pop("description")
        given = given_values(flags, typed)
        spec = import_name(command.spec or "")
        check_given(spec, {name: value for name, value in given.items() if name in spec.model_fields}, label=flag_of)
        listing = {text.field for text in flags if text.shape == "list"} & set(column_fields(spec))
        lists = {field: typed[field] for field in listing & set(given)}
        told: dict[str, Any] = {"question": question, "description": description, "delivers": command.delivers}
        deliver(command.name, data, given, delivery, lists=lists, **told)

    own = [
        _keyword("data", OptionalData, None)
        if command.data_optional
        else inspect.Parameter("data", inspect.Parameter.KEYWORD_ONLY, annotation=Data),
        _keyword("question", Question, ""),
        _keyword("description", Description, None),
        *(_keyword(name, annotation, default) for name, (annotation, default) in DELIVERY.items()),
    ]
    taken = {parameter.name for parameter in own} & {parameter.name for parameter in parameters}
    if taken:
        raise PluginError(f"command '{command.name}': its settings {sorted(taken)} are names of the core's own flags")
    everything = [*own[:1], *parameters, *own[1:]]
    callback.__signature__ = inspect.Signature(everything)  # type: ignore[attr-defined]
    callback.__annotations__ = {parameter.name: parameter.annotation for parameter in everything}
    return callback


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
