"""The whole surface between the core and its plugins.

Hooks return data and never mutate what they get. Mark an implementation with `@hookimpl`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from cerebro_core.decisions import Decision, Proposal, Request
    from cerebro_core.findings import Finding
    from cerebro_core.method import Command, CorpusSource, Method
    from cerebro_core.script import Script
    from cerebro_core.spec import AnalysisSpec
    from cerebro_core.table import Table

API_VERSION = 1

hookspec = pluggy.HookspecMarker("cerebro")
hookimpl = pluggy.HookimplMarker("cerebro")


@hookspec
def cerebro_specs() -> Iterable[type[AnalysisSpec]]:  # type: ignore[empty-body]
    """The spec models of this plugin."""


@hookspec
def cerebro_methods() -> Iterable[Method]:  # type: ignore[empty-body]
    """The methods of this plugin."""


@hookspec
def cerebro_propose(request: Request, table: Table) -> Iterable[Proposal]:  # type: ignore[empty-body]
    """Complete specs for the request, each with its reasons; nothing for a foreign domain."""


@hookspec
def cerebro_validate(spec: AnalysisSpec, table: Table) -> Iterable[Finding]:  # type: ignore[empty-body]
    """Judge a spec against its table; nothing for a foreign spec."""


@hookspec(firstresult=True)
def cerebro_generate(
    spec: AnalysisSpec,
    method: Method,
    decisions: Sequence[Decision],
    findings: Sequence[Finding],
    citations: Sequence[Mapping[str, Any]],
) -> Script | None:
    """Write the script; the first result counts, and the core's linker answers last."""


@hookspec
def cerebro_corpus() -> Iterable[CorpusSource]:  # type: ignore[empty-body]
    """Where passages of the retrieval corpus come from."""


@hookspec
def cerebro_commands() -> Iterable[Command]:  # type: ignore[empty-body]
    """The CLI commands of this plugin."""
