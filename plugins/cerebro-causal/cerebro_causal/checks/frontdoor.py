"""What can go wrong with the front door before it is analysed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_causal.agents.controls import is_copy
from cerebro_causal.front_door import front_door_fault
from cerebro_causal.graphs import read_graph
from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.blocks.display import display
from cerebro_core.errors import SpecError
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table


def check_frontdoor(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Findings about the front door, for specs with that method."""
    if spec.method != "frontdoor":
        return
    if not spec.mediators:
        message = "frontdoor measures the effect through mediators, and none is named"
        remedy = "name what the treatment works through with --mediators, or give a --graph that shows it"
        yield Finding("error", "no-mediators", message, remedy, "mediators")
        return
    for name in spec.mediators:
        column = table.columns.get(name)
        if column is None:
            continue
        shown = f"--mediators: column '{display(name)}'"
        if column.is_constant:
            message = f"{shown} has the same value in all rows, so nothing can work through it"
            yield Finding("error", "constant-mediator", message, "name another column", "mediators")
        elif spec.treatment in table.columns and spec.treatment and is_copy(table, spec.treatment, column):
            message = f"{shown} is nearly the same as the treatment, so the two cannot be told apart"
            yield Finding("error", "mediator-is-treatment", message, "name another column", "mediators")
        elif is_copy(table, spec.outcome, column):
            message = f"{shown} is nearly the same as the outcome"
            yield Finding("error", "mediator-is-outcome", message, "name another column", "mediators")
    if spec.graph is not None and spec.treatment is not None:
        try:
            fault = front_door_fault(
                read_graph(spec.graph), spec.treatment, spec.outcome, spec.mediators, spec.confounders
            )
        except SpecError as error:
            yield Finding("error", "graph", str(error), "", "graph")
            return
        if fault:
            message = f"by the graph the front door is not open: {fault}"
            yield Finding("error", "front-door", message, "name other --mediators, or another method", "mediators")
