"""What can go wrong with an experiment before it is analysed: validators, which only judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_abtest.checks.arms import check_arms
from cerebro_abtest.checks.clusters import check_clusters
from cerebro_abtest.checks.fit import check_fit
from cerebro_abtest.checks.looks import check_looks
from cerebro_abtest.checks.outcomes import check_covariates, check_denominator, check_outcomes
from cerebro_abtest.specs import ABTestSpec
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table


def validate(spec: ABTestSpec, table: Table) -> list[Finding]:
    """Every finding about an experiment, errors first."""
    return sorted(_findings(spec, table), key=lambda item: ("error", "warning", "info").index(item.severity))


def _findings(spec: ABTestSpec, table: Table) -> Iterator[Finding]:
    yield from check_arms(spec, table)
    yield from check_outcomes(spec, table)
    yield from check_denominator(spec, table)
    yield from check_covariates(spec, table)
    yield from check_clusters(spec, table)
    yield from check_fit(spec, table)
    yield from check_looks(spec, table)
