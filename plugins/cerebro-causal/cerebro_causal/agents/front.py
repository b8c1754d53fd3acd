"""Whether the front door answers, and through which columns."""

from __future__ import annotations

from cerebro_causal.agents.agent import CausalInferenceAgent
from cerebro_causal.front_door import front_door_set
from cerebro_causal.graphs import adjustment_set, read_graph
from cerebro_core.blocks.display import display
from cerebro_core.errors import SpecError

UNSEEN = "That the whole effect runs through them, and that nothing hidden moves them, rests on you."


def choose_front_door(agent: CausalInferenceAgent) -> bool:
    """Take the front door where it was asked for, or where a graph shuts the back door and leaves this one open.

    Raises:
        SpecError: it was asked for, and neither a flag nor the graph says through which columns.
    """
    wanted = agent.known("method") == "frontdoor"
    if not wanted and not agent.is_open("method"):
        return False
    if agent.known("mediators"):
        if not wanted:
            agent.decide("method", "frontdoor", f"You named what the treatment works through. {UNSEEN}")
        return True
    text = agent.known("graph")
    graph = None if text is None else read_graph(text)
    treatment, outcome = agent.known("treatment"), agent.known("outcome")
    found = None if graph is None else front_door_set(graph, treatment, outcome, agent.table.columns)
    if wanted and not found:
        why = "no graph says" if graph is None else "the graph has no front door that says"
        raise SpecError(
            f"{display(agent.table.path)}: {why} what '{display(treatment)}' works through; name it with --mediators"
        )
    if graph is None or not found:
        return False
    if not wanted:
        if adjustment_set(graph, treatment, outcome, agent.table.columns) is not None:
            return False
        agent.decide("method", "frontdoor", "By the graph no columns close the back doors, and a front door is open.")
        agent.reject("method", "backdoor", "By the graph something hidden moves both treatment and outcome.")
    agent.decide("mediators", found, f"By the graph the effect runs through them alone. {UNSEEN}")
    return True
