"""ABTestingAgent for bandits: which columns of a log are arm, reward, propensity and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cerebro_abtest.bandit_spec import BanditSpec
from cerebro_core.blocks.display import display
from cerebro_core.decisions import Decision, Proposal, Request
from cerebro_core.errors import SpecError
from cerebro_core.roles import name_words
from cerebro_core.spec import build_spec

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

AGENT = "abtest"
WORDS = {
    "propensity": frozenset({"propensity", "propensities", "prob", "probability", "pscore", "p"}),
    "arm": frozenset({"arm", "action", "variant", "choice", "bandit"}),
    "reward": frozenset({"reward", "click", "clicked", "conversion", "converted", "outcome"}),
}
MOST_ARMS = 50


def fits(role: str, column: ColumnProfile) -> bool:
    """Whether a column can take a role, by its values."""
    if role == "propensity":
        inside = isinstance(column.minimum, int | float) and column.minimum > 0 and column.maximum <= 1
        return column.is_number and inside
    if role == "arm":
        return 2 <= column.distinct <= MOST_ARMS and column.kind != "date"
    return column.is_number or column.kind == "boolean"


def propose_bandit(request: Request, table: Table) -> list[Proposal]:
    """Complete the spec of a bandit's log; only where it was asked for.

    Raises:
        SpecError: where arm or reward cannot be found.
    """
    if request.domain != BanditSpec.kind:
        return []
    given = dict(request.given)
    values: dict[str, Any] = {}
    decisions = []
    for role, words in WORDS.items():
        if given.get(role) is not None:
            continue
        taken = {*map(str, (*given.values(), *values.values())), *given.get("context", ())}
        free = [c for c in table.columns.values() if c.name not in taken and words & set(name_words(c.name))]
        found = next((column for column in free if fits(role, column)), None)
        if found is not None:
            values[role] = found.name
            reason = f"Its name says that it is the {role}, and its values fit."
            decisions.append(Decision(role, found.name, reason, AGENT))
        elif role != "propensity":
            raise SpecError(f"{display(table.path)}: no column looks like the {role}; name it with --{role}")
    if "policy" not in given and given.get("context"):
        values["policy"] = "lints"
        decisions.append(Decision("policy", "lints", "There is context, which LinTS learns from.", AGENT))
    return [Proposal(build_spec(BanditSpec, {**given, **values}), score=1.0, decisions=tuple(decisions))]
