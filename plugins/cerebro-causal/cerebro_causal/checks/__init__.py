"""What can go wrong with a study before it is analysed: validators, which only judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_causal.checks.arms import check_arms
from cerebro_causal.checks.controls import check_controls
from cerebro_causal.checks.copies import check_copies
from cerebro_causal.checks.did import check_did
from cerebro_causal.checks.frontdoor import check_frontdoor
from cerebro_causal.checks.iv import check_iv
from cerebro_causal.checks.matching import check_matching
from cerebro_causal.checks.rdd import check_rdd
from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table


def validate(spec: CausalInferenceSpec, table: Table) -> list[Finding]:
    """Every finding about a study, errors first."""
    return sorted(_findings(spec, table), key=lambda item: ("error", "warning", "info").index(item.severity))


def _findings(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    yield from check_arms(spec, table)
    yield from check_controls(spec, table)
    yield from check_matching(spec, table)
    yield from check_frontdoor(spec, table)
    yield from check_did(spec, table)
    yield from check_rdd(spec, table)
    yield from check_iv(spec, table)
    yield from check_copies(spec, table)
