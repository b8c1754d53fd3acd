"""What can go wrong with a marketing mix model before it is fitted: validators, which only judge.

That columns exist, hold the right kind of values and have one role each is checked by the core, for every spec; the
checks here pass over a column that fails it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_core.findings import Finding
from cerebro_mmm.checks.baseline import check_controls, check_events, check_outcome
from cerebro_mmm.checks.budget import check_budget
from cerebro_mmm.checks.dates import check_dates
from cerebro_mmm.checks.engine import check_engine
from cerebro_mmm.checks.media import check_channels
from cerebro_mmm.checks.media_pairs import check_pairs
from cerebro_mmm.checks.rows import read_rows
from cerebro_mmm.checks.size import check_size
from cerebro_mmm.specs import MMMSpec

if TYPE_CHECKING:
    from cerebro_core.table import Table


def validate(spec: MMMSpec, table: Table) -> list[Finding]:
    """Every finding about a marketing mix model: errors first, then warnings, then what was treated."""
    found = list(_findings(spec, table))
    return sorted(found, key=lambda finding: ("error", "warning", "info").index(finding.severity))


def _findings(spec: MMMSpec, table: Table) -> Iterator[Finding]:
    rows = read_rows(spec, table)
    yield from check_dates(spec, table)
    yield from check_outcome(spec, table, rows)
    yield from check_channels(spec, table, rows)
    yield from check_controls(spec, table)
    yield from check_events(spec, table)
    yield from check_pairs(spec, table, rows)
    yield from check_size(spec, table)
    yield from check_budget(spec, table, rows)
    yield from check_engine(spec)
