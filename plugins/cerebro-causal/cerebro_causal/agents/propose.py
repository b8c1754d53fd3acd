"""CausalInferenceAgent: chooses design, roles and estimand, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cerebro_causal import agents_quasi
from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.decisions import Decision, Proposal, Request
from cerebro_core.spec import build_spec

if TYPE_CHECKING:
    from cerebro_core.table import Table

AGENT = "causal"


def propose(request: Request, table: Table) -> list[Proposal]:
    """Complete a spec where the table shows a design."""
    given = dict(request.given)
    if request.domain != CausalInferenceSpec.domain or not set(given) <= set(CausalInferenceSpec.model_fields):
        return []
    if given.get("method") == "auto":
        del given["method"]
    values: dict[str, Any] = {}
    decisions: list[Decision] = []
    for sign in agents_quasi.signs(table, given)[:1]:
        for name, value in {"method": sign.method, **sign.values}.items():
            if name not in given:
                values[name] = value
                decisions.append(Decision(name, value, sign.reasons.get(name, ""), AGENT, sign.evidence))
    return [Proposal(build_spec(CausalInferenceSpec, {**values, **given}), 0.5, tuple(decisions))]
