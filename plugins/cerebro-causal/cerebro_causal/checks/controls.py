"""Bad controls: what must not be adjusted for, whatever the method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_causal.agents.controls import why_later
from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table


def check_controls(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Confounders that by name, year or values came after the treatment: a warning, for only the user knows when.

    What a graph says is no matter of opinion, and is an error (`check_graph`).
    """
    for name in spec.confounders:
        column = table.columns.get(name)
        why = why_later(table, spec.outcome, column) if column is not None else ""
        if why:
            message = f"--confounders: column '{display(name)}': {why[:1].lower()}{why[1:]}"
            remedy = "leave it out if the treatment can have moved it: adjusting for it hides part of the effect"
            yield Finding("warning", "post-treatment", message, remedy, "confounders")
