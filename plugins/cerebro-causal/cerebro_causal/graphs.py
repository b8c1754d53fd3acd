"""Causal graphs: reading them, and which columns to adjust for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cerebro_causal.dot import read_dot
from cerebro_core.blocks.display import display
from cerebro_core.errors import SpecError
from cerebro_core.suggest import nearest

LARGEST = 1_000_000
MOST_NAMED = 12


@dataclass(frozen=True)
class Graph:
    """A directed graph without circles.

    Attributes:
        parents: node -> its causes. A double arrow `a <-> b` becomes a hidden common cause of both.
        hidden: nodes that stand for what was not measured, also where a column is called so.
    """

    parents: dict[str, frozenset[str]]
    hidden: frozenset[str] = frozenset()

    def ancestors(self, nodes: Iterable[str]) -> frozenset[str]:
        """These nodes and all their causes."""
        return reached(nodes, self.parents)

    def descendants(self, nodes: Iterable[str]) -> frozenset[str]:
        """These nodes and all that they cause."""
        children: dict[str, set[str]] = {node: set() for node in self.parents}
        for node, causes in self.parents.items():
            for cause in causes:
                children[cause].add(node)
        return reached(nodes, {node: frozenset(items) for node, items in children.items()})


def reached(nodes: Iterable[str], edges: dict[str, frozenset[str]]) -> frozenset[str]:
    """All nodes that can be reached, the start included."""
    seen: set[str] = set()
    open_nodes = list(nodes)
    while open_nodes:
        node = open_nodes.pop()
        if node not in seen:
            seen.add(node)
            open_nodes.extend(edges.get(node, ()))
    return frozenset(seen)


def read_graph(text: str) -> Graph:
    """Read a graph from a DOT file or from text such as `age -> t; age -> y; t -> y`.

    Args:
        text: a path that ends in .dot, .gv or .txt, or the graph itself; see `read_dot`.

    Raises:
        SpecError: the file cannot be read, a piece of the text is not understood, or the graph has a circle.
    """
    if re.search(r"\.(dot|gv|txt|gml)$", text.strip()):
        path = Path(text.strip())
        if path.suffix == ".gml":
            raise SpecError(f"--graph: {display(text)} is GML, which is not read; write it as DOT: a -> b; b -> c")
        try:
            if path.stat().st_size > LARGEST:
                raise SpecError(f"--graph: {display(text)} is larger than 1 MB")
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeError) as error:
            raise SpecError(f"--graph: {display(text)} cannot be read: {display(error)}") from None
    drawn = read_dot(text)
    if not drawn.arrows:
        raise SpecError("--graph: there is no arrow in it; write a -> b; b -> c")
    parents: dict[str, set[str]] = {node: set() for node in drawn.nodes}
    hidden = set(drawn.hidden)
    for left, arrow, right in drawn.arrows:
        if arrow == "->":
            parents[right].add(left)
        else:
            cause = f"what moves both {left} and {right}"
            hidden.add(cause)
            parents.setdefault(cause, set())
            parents[left].add(cause)
            parents[right].add(cause)
    graph = Graph({node: frozenset(causes) for node, causes in parents.items()}, frozenset(hidden))
    for node, causes in graph.parents.items():
        if node in graph.ancestors(causes):
            raise SpecError(f"--graph: '{display(node)}' causes itself through a circle; remove one of its arrows")
    return graph


def unmeasured_nodes(graph: Graph, columns: Iterable[str]) -> dict[str, str]:
    """Nodes that are no columns, each with "did you mean" where a column is near, else ""."""
    known = list(columns)
    others = (node for node in graph.parents if node not in graph.hidden and node not in known)
    return {node: nearest(node, known).removeprefix("; ") for node in others}


def unmeasured_text(graph: Graph, columns: Iterable[str]) -> str:
    """What to say of nodes that are no columns, as part of a sentence; "" where there are none."""
    nodes = unmeasured_nodes(graph, columns)
    shown = [f"'{display(node)}'{f' ({near})' if near else ''}" for node, near in nodes.items()][:MOST_NAMED]
    more = f" and {len(nodes) - MOST_NAMED} more" if len(nodes) > MOST_NAMED else ""
    return f"a node that is no column counts as not measured: {', '.join(shown)}{more}" if nodes else ""


def is_separated(graph: Graph, one: str, other: str, given: frozenset[str], without: frozenset[str]) -> bool:
    """Whether two nodes are d-separated, by the moral graph of their ancestors (Lauritzen et al. 1990).

    Args:
        graph: the graph.
        one, other: the nodes.
        given: what is held fixed.
        without: children of `one` whose arrow from `one` is removed, for the back-door graph.
    """
    parents = {
        node: frozenset(cause for cause in causes if not (cause == one and node in without))
        for node, causes in graph.parents.items()
    }
    kept = reached([one, other, *given], parents)
    links: dict[str, set[str]] = {node: set() for node in kept}
    for node in kept:
        family = [node, *parents.get(node, ())]
        for left in family:
            links[left] |= {right for right in family if right != left}
    open_links = {node: frozenset(ends - given) for node, ends in links.items()}
    return other not in reached([one], open_links)


def need_nodes(graph: Graph, treatment: str, outcome: str) -> None:
    """Insist on treatment and outcome.

    Raises:
        SpecError: one is not in the graph, with the node that may be meant.
    """
    for role, node in (("treatment", treatment), ("outcome", outcome)):
        if node not in graph.parents:
            raise SpecError(f"--graph: the {role} '{display(node)}' is not in it{nearest(node, graph.parents)}")


def adjustment_set(graph: Graph, treatment: str, outcome: str, columns: Iterable[str]) -> tuple[str, ...] | None:
    """A minimal set of columns that closes every back door, or None where no set of columns does.

    All observed ancestors of treatment and outcome that the treatment does not cause close the back doors if any set
    does (van der Zander, Liskiewicz & Textor 2014); members that are not needed are then taken out one by one.

    Raises:
        SpecError: the graph lacks the treatment or the outcome, or the treatment does not cause the outcome in it.
    """
    need_nodes(graph, treatment, outcome)
    after = graph.descendants([treatment])
    if outcome not in after:
        raise SpecError(f"--graph: no arrows lead from '{display(treatment)}' to '{display(outcome)}', so no effect")
    on_path = frozenset(node for node in after if outcome in graph.descendants([node]) and node != treatment)
    starts = frozenset(node for node in on_path if treatment in graph.parents[node])
    forbidden = graph.descendants(on_path) | {treatment}
    order = [name for name in columns if name in graph.ancestors([treatment, outcome]) - forbidden - graph.hidden]
    chosen = list(order)
    if not is_separated(graph, treatment, outcome, frozenset(chosen), starts):
        return None
    for name in order:
        fewer = frozenset(chosen) - {name}
        if is_separated(graph, treatment, outcome, fewer, starts):
            chosen.remove(name)
    return tuple(chosen)


def bad_controls(graph: Graph, treatment: str, outcome: str, chosen: Iterable[str]) -> dict[str, str]:
    """Columns that must not be adjusted for by the graph, each with the reason."""
    after = graph.descendants([treatment]) - {treatment}
    found = {}
    for name in chosen:
        if name in after and outcome in graph.descendants([name]):
            found[name] = "the treatment works through it (a mediator)"
        elif name in after:
            found[name] = "the treatment causes it"
        elif name in graph.descendants([outcome]) - {outcome}:
            found[name] = "the outcome causes it"
    return found
