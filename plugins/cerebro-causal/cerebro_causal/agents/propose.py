"""Which design answers, and why the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cerebro_causal import methods, methods_did, methods_iv, methods_matching, methods_rdd
from cerebro_causal.agents.agent import CausalInferenceAgent
from cerebro_causal.agents.front import choose_front_door
from cerebro_causal.agents.roles import (
    choose_missing,
    find_cluster,
    find_confounders,
    find_control,
    find_outcome,
    find_treatment,
)
from cerebro_causal.agents.signs import find_signs
from cerebro_causal.agents.words import said_estimand, says_experiment
from cerebro_causal.estimators import ESTIMATORS, WHY
from cerebro_causal.graphs import adjustment_set, read_graph
from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.blocks.display import display
from cerebro_core.decisions import Proposal, Request
from cerebro_core.errors import SpecError
from cerebro_core.spec import build_spec
from cerebro_core.suggest import listing

if TYPE_CHECKING:
    from cerebro_causal.agents.sign import Sign
    from cerebro_core.table import Table

FEWEST_ROWS = 40
ADJUSTING = ("backdoor", "ipw", "psm")
UNSEEN = {
    "rct": "That chance decided who was treated rests on your word; no column can show it.",
    "adjust": "That all that moves both was named rests on you; no column can show it.",
}


def propose(request: Request, table: Table) -> list[Proposal]:
    """Complete a spec where the table shows, or allows, a causal comparison.

    Raises:
        SpecError: where `cerebro causal` was asked for and no design is defensible, or a role cannot be filled.
    """
    given = dict(request.given)
    asked = request.domain == CausalInferenceSpec.domain
    if (request.domain is not None and not asked) or not set(given) <= set(CausalInferenceSpec.model_fields):
        return []
    if given.get("method") == "auto":
        del given["method"]
    agent = CausalInferenceAgent(table, given, f"{request.question} {request.description}".strip())
    if not asked and table.rows < FEWEST_ROWS:
        return []
    signs = find_signs(table, given, agent.words)
    quasi = {method.name for module in (methods_did, methods_rdd, methods_iv) for method in module.METHODS}
    try:
        score = complete(agent, signs, quasi)
    except SpecError:
        if asked:
            raise
        return []
    spec = build_spec(CausalInferenceSpec, {**agent.values, **given})
    return [Proposal(spec, score, tuple(agent.decisions), tuple(agent.rejected))]


def complete(agent: CausalInferenceAgent, signs: tuple[Sign, ...], quasi: set[str]) -> float:
    """Choose the design, then fill in its roles; how well the table shows the design."""
    if agent.is_open("design") and says_experiment(agent.words):
        agent.decide("design", "experiment", "Your words say that chance decided who was treated.")
    experiment = agent.known("design") == "experiment"
    sign = chosen_sign(agent, signs, experiment, quasi)
    if sign is not None:
        take_sign(agent, sign)
        choose_estimator(agent)
        if not find_outcome(agent):
            raise missing_role(agent, "outcome", "no column looks like what may have changed")
        return sign.strength
    if agent.given.get("method") in quasi:
        choose_estimator(agent)
        if not find_outcome(agent):
            raise missing_role(agent, "outcome", "no column looks like what may have changed")
        return 0.5
    if not find_treatment(agent):
        raise missing_role(agent, "treatment", "no column looks like a cause with two values")
    if not find_outcome(agent):
        raise missing_role(agent, "outcome", "no column looks like what may have changed")
    find_control(agent)
    find_cluster(agent)
    if not choose_front_door(agent):
        choose_confounders(agent, experiment)
    choose_method(agent, experiment)
    choose_estimator(agent)
    choose_estimand(agent)
    choose_missing(agent)
    return 0.5


def chosen_sign(agent: CausalInferenceAgent, signs: tuple[Sign, ...], experiment: bool, quasi: set[str]) -> Sign | None:
    """The quasi-experiment that is taken; the others are rejected with their reasons."""
    wanted = agent.given.get("method")
    able = [sign for sign in signs if sign.method in quasi]
    if wanted is not None:
        return next((sign for sign in able if sign.method == wanted), None)
    taken = None if experiment else next((sign for sign in able if sign.strength >= 1), None)
    for sign in able:
        if sign is not taken:
            why = (
                "You say that it is an experiment, which needs no such design."
                if experiment
                else f"The table only allows it: {sign.reasons.get('method', '')} {sign.unknown}".strip()
            )
            agent.reject("method", sign.method, why, sign.evidence)
    return taken


def take_sign(agent: CausalInferenceAgent, sign: Sign) -> None:
    """Fill in what the design needs."""
    for name, value in {"method": sign.method, **sign.values}.items():
        if name not in agent.given and name not in agent.values:
            reason = sign.reasons.get(name) or f"The design {sign.method} needs it."
            if name == "method" and sign.unknown:
                reason = f"{reason} {sign.unknown}"
            agent.decide(name, value, reason, sign.evidence)


def choose_confounders(agent: CausalInferenceAgent, experiment: bool) -> None:
    """From the graph where there is one, else from the columns.

    Raises:
        SpecError: no set of columns closes the back doors of the graph.
    """
    if agent.known("graph") is None:
        find_confounders(agent, experiment)
        return
    if not agent.is_open("confounders"):
        return
    graph = read_graph(agent.known("graph"))
    treatment, outcome = agent.known("treatment"), agent.known("outcome")
    chosen = adjustment_set(graph, treatment, outcome, agent.table.columns)
    if chosen is None:
        raise SpecError(
            f"--graph: no columns of {display(agent.table.path)} close all back doors from '{display(treatment)}' to "
            f"'{display(outcome)}', so adjustment cannot answer; measure what opens them, or use another design"
        )
    if chosen:
        agent.decide("confounders", chosen, "By the graph these close every back door, and none can be left out.")


def choose_method(agent: CausalInferenceAgent, experiment: bool) -> None:
    """The method for a comparison of arms.

    Raises:
        SpecError: nothing is defensible: no experiment, and nothing to adjust for.
    """
    available = {method.name for module in (methods, methods_matching) for method in module.METHODS}
    if not agent.is_open("method"):
        return
    if experiment:
        agent.decide("method", "rct", f"An experiment needs no model. {UNSEEN['rct']}")
        for name in ADJUSTING:
            if name in available:
                agent.reject("method", name, "Chance made the arms alike; adjustment only narrows the interval.")
        return
    if not agent.known("confounders") and agent.known("graph") is None:
        raise SpecError(
            "no design is defensible: nothing says that chance decided about the treatment, and there is "
            "nothing to adjust for. Say --design experiment if chance decided, or name --confounders from before. "
            "Panels, cutoffs and instruments are not among the methods of this version"
        )
    first = next(name for name in ADJUSTING if name in available)
    why = "Nothing says that chance decided, so the arms must be made alike."
    agent.decide("method", first, f"{why} {UNSEEN['adjust']}")
    agent.reject("method", "rct", "Nothing says that chance decided about the treatment (--design experiment).")


def choose_estimator(agent: CausalInferenceAgent) -> None:
    """The method's own way to estimate, where it has several."""
    able = ESTIMATORS.get(agent.known("method"), ())
    if able and agent.is_open("estimator"):
        agent.decide("estimator", able[0], WHY[able[0]])


def choose_estimand(agent: CausalInferenceAgent) -> None:
    """For whom, where the words say."""
    said = said_estimand(agent.words)
    if said and agent.is_open("estimand") and agent.known("method") in ADJUSTING:
        agent.decide("estimand", said, "Your words ask about these people.")


def missing_role(agent: CausalInferenceAgent, role: str, why: str) -> SpecError:
    """Which role is missing."""
    place = display(agent.table.path)
    return SpecError(f"{place}: {why}; name it with --{role}; there is {listing(agent.table.columns)}")
