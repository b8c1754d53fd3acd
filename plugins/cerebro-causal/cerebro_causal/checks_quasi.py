"""What can go wrong with a quasi-experiment before it is analysed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table


def validate(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Findings about difference in differences, discontinuities and instruments."""
    yield from ()
