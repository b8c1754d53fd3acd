"""ABTestingAgent for assignments: which column names the units, and how arms are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cerebro_abtest.assign_spec import AssignSpec
from cerebro_core.decisions import Decision, Proposal, Request
from cerebro_core.spec import build_spec

if TYPE_CHECKING:
    from cerebro_core.table import Table

AGENT = "abtest"


def propose_assignment(request: Request, table: Table) -> list[Proposal]:
    """Complete the spec of an assignment; only where it was asked for."""
    if request.domain != AssignSpec.kind:
        return []
    given = dict(request.given)
    decisions = []
    if given.get("unit") is None:
        taken = {given.get("cluster"), given.get("outcome"), *given.get("strata", ()), *given.get("covariates", ())}
        keys = [c for c in table.columns.values() if c.is_key and c.kind in ("text", "integer") and c.name not in taken]
        if keys:
            evidence = f"{keys[0].distinct:,} values in {keys[0].rows:,} rows"
            decisions.append(Decision("unit", keys[0].name, "Each row has a value of its own there.", AGENT, evidence))
    if given.get("scheme", "auto") == "auto":
        scheme, reason = choose_scheme(given)
        decisions.append(Decision("scheme", scheme, reason, AGENT))
    values: dict[str, Any] = {item.field: item.value for item in decisions}
    return [Proposal(build_spec(AssignSpec, {**given, **values}), score=1.0, decisions=tuple(decisions))]


def choose_scheme(given: dict[str, Any]) -> tuple[str, str]:
    """How arms are drawn, and why."""
    if given.get("salt"):
        return "hash", "There is a salt, so each unit's arm follows from its name."
    if given.get("block_size"):
        return "blocked", "There is a size of blocks."
    if given.get("covariates"):
        return "rerandomised", "There are covariates to balance; draws are repeated until they are."
    if given.get("strata"):
        return "stratified", "There are strata; shares are kept within each."
    return "complete", "Nothing is to be balanced, so all units are drawn as one lot with exact shares."
