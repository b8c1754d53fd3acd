"""What can be judged of any spec: its columns exist and fit, its method is there and reads what was set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_core.blocks.display import display
from cerebro_core.errors import PluginError
from cerebro_core.findings import Finding
from cerebro_core.plugins import plugins
from cerebro_core.spec import AnalysisSpec, column_fields, flag_of, named_columns
from cerebro_core.suggest import nearest

if TYPE_CHECKING:
    from cerebro_core.table import Table


def check(spec: AnalysisSpec, table: Table) -> list[Finding]:
    """Every finding about a spec that needs no knowledge of its domain."""
    found = [*_columns(spec, table)]
    if not found:
        found += table.findings(columns=[name for names in named_columns(spec).values() for name in names])
    return [*found, *_roles(spec), *_method(spec)]


def _columns(spec: AnalysisSpec, table: Table) -> Iterator[Finding]:
    markers = column_fields(type(spec))
    for field, names in named_columns(spec).items():
        for name in names:
            if not table.path:
                message = f"{flag_of(field)}: names column '{display(name)}', and there is no data file"
                yield Finding("error", "no-data", message, "give the data file, or leave the flag out", field)
                continue
            if name not in table.columns:
                yield Finding(
                    "error",
                    "unknown-column",
                    f"{flag_of(field)}: no column '{display(name)}' in {display(table.path)}"
                    f"{nearest(name, table.columns)}",
                    _unknown_remedy(field, name, table),
                    field,
                )
                continue
            kind = table.columns[name].kind
            wanted = markers[field].kinds
            if wanted and kind not in wanted:
                yield Finding(
                    "error",
                    "wrong-kind",
                    f"{flag_of(field)}: column '{display(name)}' holds {kind}, where {' or '.join(wanted)} is wanted"
                    f"{_why_text(table, name)}",
                    _kind_remedy(table, name, wanted),
                    field,
                )


def _unknown_remedy(field: str, name: str, table: Table) -> str:
    """A name with a comma may have been split at it."""
    whole = next((known for known in table.columns if "," in known and name in re.split(r"\s*,\s*", known)), None)
    if whole is None or whole == name:
        return "`cerebro profile` lists the columns"
    shown = display(whole)
    return f"a name with a comma stands in quotes of its own: {flag_of(field)} '\"{shown}\"'; or repeat the flag for it"


def _kind_remedy(table: Table, name: str, wanted: tuple[str, ...]) -> str:
    """Two words where 0 and 1 would do need no mending."""
    column = table.columns[name]
    if column.kind == "text" and column.distinct == 2 and "boolean" in wanted:
        return f"write its two values ({display(', '.join(str(value) for value, _ in column.levels))}) as 0 and 1"
    return "name another column, or mend its cells (`cerebro profile` shows what they look like)"


def _why_text(table: Table, name: str) -> str:
    """What the reader saw in a column that is text because of a few cells."""
    seen = [message for code, column, message in table.notes if column == name and code == "mixed-values"]
    return f" ({seen[0]})" if seen else ""


def _roles(spec: AnalysisSpec) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for field, names in named_columns(spec).items():
        for name in names:
            if name in seen:
                twice = (
                    f"twice in {flag_of(field)}"
                    if seen[name] == field
                    else f"in {flag_of(seen[name])} and {flag_of(field)}"
                )
                yield Finding(
                    "error",
                    "two-roles",
                    f"column '{display(name)}' stands {twice}",
                    "give it one role",
                    field,
                )
            seen[name] = field


def _method(spec: AnalysisSpec) -> Iterator[Finding]:
    from cerebro_core.linker import unread_fields

    field = spec.method_field
    try:
        method = plugins().method(spec.domain, spec.method_name)
    except PluginError as error:
        yield Finding("error", "unknown-method", f"{flag_of(field)}: {error}", "`cerebro methods` lists them", field)
        return
    for name in unread_fields(spec, method):
        yield Finding(
            "error",
            "unread-setting",
            f"{flag_of(name)}: {method.title} ({method.key}) does not read it",
            "leave it out, or choose another method",
            name,
        )
