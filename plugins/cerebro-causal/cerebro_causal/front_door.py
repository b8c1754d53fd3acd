"""Which columns a graph lets one use as a front door (Pearl 1995)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import combinations

from cerebro_causal.graphs import Graph, is_separated, need_nodes
from cerebro_core.blocks.display import display
from cerebro_core.errors import SpecError
from cerebro_core.suggest import nearest

MOST_MEDIATORS = 3


def front_door_fault(
    graph: Graph, treatment: str, outcome: str, mediators: Collection[str], given: Collection[str] = ()
) -> str:
    """Why these columns are no front door, in words; "" where they are one.

    A front door catches all paths from treatment to outcome; nothing moves both treatment and mediators but what is
    given; and, treatment and the given held fixed, nothing moves both mediators and outcome.

    Raises:
        SpecError: the graph lacks one of these nodes.
    """
    for node in (treatment, outcome, *mediators, *given):
        if node not in graph.parents:
            raise SpecError(f"--graph: '{display(node)}' is not in it{nearest(node, graph.parents)}")
    caught = frozenset(mediators)
    kept = {node: frozenset(causes - caught) for node, causes in graph.parents.items() if node not in caught}
    if outcome in Graph(kept).descendants([treatment]):
        return f"a path leads from '{display(treatment)}' to '{display(outcome)}' past the mediators"
    fixed = frozenset(given)
    for name in mediators:
        if not is_separated(graph, treatment, name, fixed, children(graph, treatment)):
            return f"something that is not given moves both '{display(treatment)}' and '{display(name)}'"
    # arrows into mediators from each other are no back doors: all of them are set together
    for name in mediators:
        others = frozenset(mediators) - {name}
        if not is_separated(graph, name, outcome, fixed | {treatment} | others, children(graph, name)):
            return f"something that is not given moves both '{display(name)}' and '{display(outcome)}'"
    return ""


def children(graph: Graph, node: str) -> frozenset[str]:
    """What a node causes directly: the arrows that its back-door graph lacks."""
    return frozenset(name for name, causes in graph.parents.items() if node in causes)


def front_door_set(graph: Graph, treatment: str, outcome: str, columns: Iterable[str]) -> tuple[str, ...] | None:
    """The smallest front door among the columns, without anything given; None where there is none of three or fewer.

    Raises:
        SpecError: the graph lacks the treatment or the outcome.
    """
    need_nodes(graph, treatment, outcome)
    after = graph.descendants([treatment])
    able = [
        name
        for name in columns
        if name in after - graph.hidden and name not in (treatment, outcome) and outcome in graph.descendants([name])
    ]
    for size in range(1, min(MOST_MEDIATORS, len(able)) + 1):
        for chosen in combinations(able, size):
            if not front_door_fault(graph, treatment, outcome, chosen):
                return chosen
    return None
