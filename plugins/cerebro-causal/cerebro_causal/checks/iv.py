"""What can go wrong with an instrument before it is analysed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table


def check_iv(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Findings about an instrument, for specs with that method."""
    yield from ()
