"""The agents of the stages together: a table and what the user said become a complete spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cerebro_core.blocks.display import display
from cerebro_core.decisions import Proposal, Request
from cerebro_core.errors import SpecError
from cerebro_core.spec import build_spec, flag_of
from cerebro_core.suggest import listing
from cerebro_mmm.agents.diagnostics import diagnose
from cerebro_mmm.agents.exploration import Explored, explore
from cerebro_mmm.agents.modeling import model
from cerebro_mmm.agents.optimization import optimize
from cerebro_mmm.agents.preprocessing import preprocess
from cerebro_mmm.agents.visualization import visualize
from cerebro_mmm.specs import MMMSpec

if TYPE_CHECKING:
    from cerebro_core.table import Table

EVIDENT, POSSIBLE = 1.0, 0.5


def propose(request: Request, table: Table) -> list[Proposal]:
    """A marketing mix model for a table, where it allows one.

    Raises:
        SpecError: where a marketing mix model was asked for and a role cannot be filled.
    """
    if request.domain not in (None, "mmm") or not set(request.given) <= set(MMMSpec.model_fields):
        return []
    found = explore(request.given, table, f"{request.question} {request.description}")
    if found.lacking:
        if request.domain is None:
            return []
        raise SpecError(_lacking(found, table))
    if request.domain is None and found.spacing is None:
        return []
    return [_complete(request.given, table, found)]


def _complete(given: Mapping[str, Any], table: Table, found: Explored) -> Proposal:
    known = {"data": table.path, "table": table.table, **found.stage.values, **given}
    stages = [found.stage]
    for agent in (preprocess, model, diagnose, optimize, visualize):
        stage = agent(given, known, table, found.spacing)
        known |= stage.values
        stages.append(stage)
    return Proposal(
        spec=build_spec(MMMSpec, known),
        score=EVIDENT if found.evident else POSSIBLE,
        decisions=tuple(item for stage in stages for item in stage.decisions),
        rejected=tuple(item for stage in stages for item in stage.rejected),
    )


_WANTED = {
    "date": "a column of dates",
    "outcome": "a column of sales, revenue or another result",
    "channels": "columns of media spend",
}


def _lacking(found: Explored, table: Table) -> str:
    wanted = "; ".join(f"{_WANTED[name]} (name it with {flag_of(name)})" for name in found.lacking)
    return f"{display(table.path)}: no column looks like {wanted}; it has {listing(table.columns)}"
