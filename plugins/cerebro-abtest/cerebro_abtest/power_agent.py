"""ABTestingAgent for power analyses: what the outcome is, what is solved for, and by which convention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cerebro_abtest.kinds import is_yes_no
from cerebro_abtest.power_spec import PowerAnalysisSpec
from cerebro_core.decisions import Decision, Proposal, Request
from cerebro_core.spec import build_spec

if TYPE_CHECKING:
    from cerebro_core.table import Table

AGENT = "abtest"


def propose_power(request: Request, table: Table) -> list[Proposal]:
    """Complete the spec of a power analysis; only where it was asked for."""
    if request.domain != PowerAnalysisSpec.kind:
        return []
    given = dict(request.given)
    decisions: list[Decision] = []

    def decide(field: str, value: Any, reason: str, evidence: str = "") -> None:
        decisions.append(Decision(field, value, reason, AGENT, evidence))

    metric = given.get("metric", "auto")
    if metric == "auto":
        metric, reason = choose_metric(given, table)
        decide("metric", metric, reason)
    effect = given.get("mde") is not None or given.get("margin") is not None
    if given.get("power") is None and not (effect and given.get("sample_size") is not None):
        decide("power", 0.8, "Four in five is the usual promise; one real effect in five is then missed.")
    several = len(given.get("shares", ())) > 2
    if several and "correction" not in given:
        sided = given.get("sides", "two") == "two" and given.get("hypothesis", "difference") == "difference"
        fits = sided and given.get("looks", 1) == 1
        reason = "Several arms are compared with one control; Dunnett's correction uses that they share it."
        other = "Several arms are compared; Holm's correction holds for one-sided tests, margins and looks too."
        decide("correction", "dunnett" if fits else "holm", reason if fits else other)
    if given.get("convention", "auto") == "auto":
        reason = "It is the variance that the z test of shares takes, which `cerebro abtest` runs at the end."
        if metric != "proportion":
            reason = "Conventions differ for shares only; this one has no effect here."
        decide("convention", "pooled", reason)
    values = {item.field: item.value for item in decisions}
    spec = build_spec(PowerAnalysisSpec, {**given, **values})
    return [Proposal(spec, score=1.0, decisions=tuple(decisions))]


def choose_metric(given: dict[str, Any], table: Table) -> tuple[str, str]:
    """What the outcome is, and why."""
    if given.get("denominator") is not None or given.get("denominator_mean") is not None:
        return "ratio", "There is a denominator, so the outcome is a ratio of two sums."
    if given.get("sd") is not None:
        return "mean", "There is a standard deviation, so the outcome is an amount."
    column = table.columns.get(str(given.get("outcome")))
    if column is not None:
        if is_yes_no(column):
            return "proportion", "The outcome holds yes and no (1 and 0) alone."
        return "mean", "The outcome holds more than yes and no, so its mean is compared."
    return "proportion", "There is no standard deviation, and a share needs none."
