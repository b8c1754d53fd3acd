"""What the experiments plugin gives the core. Light: nothing heavy is imported before it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cerebro_abtest import design_registry
from cerebro_abtest.methods import METHODS
from cerebro_core.hookspecs import hookimpl
from cerebro_core.method import Command, CorpusSource, Method

if TYPE_CHECKING:
    from cerebro_core.decisions import Proposal, Request
    from cerebro_core.findings import Finding
    from cerebro_core.spec import AnalysisSpec
    from cerebro_core.table import Table

COMMANDS: tuple[Command, ...] = (
    Command(
        name="abtest",
        domain="abtest",
        help="What an experiment changed, how sure that is, and whether it was run well.",
        spec="cerebro_abtest.specs:ABTestSpec",
    ),
)


@hookimpl
def cerebro_specs() -> Iterable[type[AnalysisSpec]]:
    from cerebro_abtest import design_hooks
    from cerebro_abtest.specs import ABTestSpec

    return [ABTestSpec, *design_hooks.specs()]


@hookimpl
def cerebro_methods() -> Iterable[Method]:
    return [*METHODS, *design_registry.METHODS]


@hookimpl
def cerebro_propose(request: Request, table: Table) -> Iterable[Proposal]:
    from cerebro_abtest import design_hooks
    from cerebro_abtest.agent import propose

    return [*propose(request, table), *design_hooks.propose(request, table)]


@hookimpl
def cerebro_validate(spec: AnalysisSpec, table: Table) -> Iterable[Finding]:
    from cerebro_abtest import design_hooks
    from cerebro_abtest.checks import validate
    from cerebro_abtest.specs import ABTestSpec

    if isinstance(spec, ABTestSpec):
        return validate(spec, table)
    return [*design_hooks.validate(spec, table)]


@hookimpl
def cerebro_corpus() -> Iterable[CorpusSource]:
    return [CorpusSource(name="cerebro-abtest-cards", kind="cards", location="cerebro_abtest:cards")]


@hookimpl
def cerebro_commands() -> Iterable[Command]:
    return [*COMMANDS, *design_registry.COMMANDS]
