"""Fitting what an agent proposes to the method that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cerebro_core.decisions import Decision, Proposal
from cerebro_core.errors import PluginError
from cerebro_core.plugins import plugins


def fit_to_method(proposal: Proposal, given: Mapping[str, Any]) -> Proposal:
    """Take back what the agent filled in and the method does not read.

    An agent knows the fields of its domain's spec, but not the methods that third parties add. What the user gave
    stays: the validator says that the method does not read it.

    Args:
        proposal: what the agent proposes.
        given: what the user gave.

    Returns:
        The proposal with each unread field at its default, and the decisions about unread fields among the rejected.
    """
    from cerebro_core.linker import block_parameters, unread_fields

    spec = proposal.spec
    kind = type(spec)
    try:
        method = plugins().method(spec.domain, spec.method_name)
    except PluginError:
        return proposal
    read = {*block_parameters(method), "table", "seed", "options", spec.method_field}
    idle = [item for item in proposal.decisions if item.field not in read]
    unread = [name for name in unread_fields(spec, method) if name in kind.model_fields and name not in given]
    if not idle and not unread:
        return proposal
    defaults = {name: kind.model_fields[name].get_default(call_default_factory=True) for name in unread}
    why = f"{method.title} does not read it."
    return replace(
        proposal,
        spec=spec.model_copy(update=defaults),
        decisions=tuple(item for item in proposal.decisions if item not in idle),
        rejected=(*proposal.rejected, *(Decision(item.field, item.value, why, item.agent) for item in idle)),
    )
