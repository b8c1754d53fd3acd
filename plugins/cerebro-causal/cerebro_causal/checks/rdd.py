"""What can go wrong with a discontinuity before it is analysed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table


def check_rdd(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Findings about a discontinuity, for specs with that method."""
    yield from ()
