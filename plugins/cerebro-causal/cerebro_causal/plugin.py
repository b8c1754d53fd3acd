"""What the plugin for observational studies gives the core. Light: nothing heavy is imported before it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cerebro_causal import methods, methods_did, methods_frontdoor, methods_iv, methods_matching, methods_rdd
from cerebro_core.hookspecs import hookimpl
from cerebro_core.method import Command, CorpusSource, Method

if TYPE_CHECKING:
    from cerebro_core.decisions import Proposal, Request
    from cerebro_core.findings import Finding
    from cerebro_core.spec import AnalysisSpec
    from cerebro_core.table import Table


@hookimpl
def cerebro_specs() -> Iterable[type[AnalysisSpec]]:
    from cerebro_causal.specs import CausalInferenceSpec

    return [CausalInferenceSpec]


@hookimpl
def cerebro_methods() -> Iterable[Method]:
    return [
        *methods.METHODS,
        *methods_matching.METHODS,
        *methods_frontdoor.METHODS,
        *methods_did.METHODS,
        *methods_rdd.METHODS,
        *methods_iv.METHODS,
    ]


@hookimpl
def cerebro_propose(request: Request, table: Table) -> Iterable[Proposal]:
    from cerebro_causal.agents.propose import propose

    return propose(request, table)


@hookimpl
def cerebro_validate(spec: AnalysisSpec, table: Table) -> Iterable[Finding]:
    from cerebro_causal.checks import validate
    from cerebro_causal.specs import CausalInferenceSpec

    return validate(spec, table) if isinstance(spec, CausalInferenceSpec) else []


@hookimpl
def cerebro_corpus() -> Iterable[CorpusSource]:
    return [CorpusSource(name="cerebro-causal-cards", kind="cards", location="cerebro_causal:cards")]


@hookimpl
def cerebro_commands() -> Iterable[Command]:
    return [
        Command(
            name="causal",
            domain="causal",
            help="What one thing changed in another, from an experiment or by adjusting for confounders.",
            spec="cerebro_causal.specs:CausalInferenceSpec",
        )
    ]
