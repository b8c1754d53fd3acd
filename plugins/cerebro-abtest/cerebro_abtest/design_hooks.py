"""What the hooks of the plugin answer for power analysis, bandits and assignment; imported when first needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cerebro_core.decisions import Proposal, Request
    from cerebro_core.findings import Finding
    from cerebro_core.spec import AnalysisSpec
    from cerebro_core.table import Table


def specs() -> list[type[AnalysisSpec]]:
    """The spec classes of the design commands."""
    from cerebro_abtest.assign_spec import AssignSpec
    from cerebro_abtest.bandit_spec import BanditSpec
    from cerebro_abtest.power_spec import PowerAnalysisSpec

    return [PowerAnalysisSpec, AssignSpec, BanditSpec]


def propose(request: Request, table: Table) -> Iterable[Proposal]:
    """Proposals of the design commands' agents."""
    from cerebro_abtest.assign_agent import propose_assignment
    from cerebro_abtest.bandit_agent import propose_bandit
    from cerebro_abtest.power_agent import propose_power

    return [
        *propose_power(request, table),
        *propose_assignment(request, table),
        *propose_bandit(request, table),
    ]


def validate(spec: AnalysisSpec, table: Table) -> Iterable[Finding]:
    """Findings about a spec of the design commands; nothing about any other."""
    from cerebro_abtest.assign_spec import AssignSpec
    from cerebro_abtest.bandit_spec import BanditSpec
    from cerebro_abtest.checks.assign import check_assignment
    from cerebro_abtest.checks.bandit import check_bandit
    from cerebro_abtest.checks.power import check_power
    from cerebro_abtest.power_spec import PowerAnalysisSpec

    if isinstance(spec, AssignSpec):
        return [*check_assignment(spec, table)]
    if isinstance(spec, BanditSpec):
        return [*check_bandit(spec, table)]
    return [*check_power(spec, table)] if isinstance(spec, PowerAnalysisSpec) else []
