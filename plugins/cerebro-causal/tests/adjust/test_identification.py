"""What a graph says to adjust for, held to DoWhy on random graphs."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from cerebro_causal.graphs import adjustment_set, bad_controls, read_graph

pytestmark = pytest.mark.slow
NODES = ("a", "b", "t", "c", "d", "y", "e")


def drawn_graph(seed: int) -> tuple[str, list[tuple[str, str]], list[tuple[str, str]]]:
    """A random graph of seven nodes, with up to three hidden common causes; t comes before y."""
    rng = np.random.default_rng(seed)
    order = list(rng.permutation([node for node in NODES if node not in ("t", "y")]))
    order.insert(int(rng.integers(0, 5)), "t")
    order.insert(int(rng.integers(order.index("t") + 1, 7)), "y")
    arrows = [(one, other) for i, one in enumerate(order) for other in order[i + 1 :] if rng.random() < 0.4]
    hidden = [(one, other) for i, one in enumerate(order) for other in order[i + 1 :] if rng.random() < 0.08]
    text = "; ".join([f"{one} -> {other}" for one, other in arrows] + [f"{one} <-> {other}" for one, other in hidden])
    return text, arrows, hidden


def closes(net: Any, chosen: list[str]) -> bool:
    from dowhy.graph import check_valid_backdoor_set

    found = check_valid_backdoor_set(net, ["t"], ["y"], chosen, dseparation_algo="default")
    return bool(found["is_dseparated"])


@pytest.mark.parametrize("block", range(6))
def test_the_set_is_valid_and_minimal_by_dowhy(block: int) -> None:
    networkx = pytest.importorskip("networkx")
    pytest.importorskip("dowhy", reason="DoWhy, which this is held to")
    from itertools import combinations

    checked = identified = 0
    for seed in range(block * 40, block * 40 + 40):
        text, arrows, hidden = drawn_graph(seed)
        graph = read_graph(text) if text else None
        if graph is None or "t" not in graph.parents or "y" not in graph.descendants(["t"]):
            continue
        net = networkx.DiGraph(arrows)
        for number, (one, other) in enumerate(hidden):
            net.add_edges_from([(f"u{number}", one), (f"u{number}", other)])
        after = graph.descendants(["t"])
        able = [node for node in NODES if node in graph.parents and node not in after]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours = adjustment_set(graph, "t", "y", [node for node in NODES if node in graph.parents])
            checked += 1
            if ours is None:
                sets = [list(one) for size in range(len(able) + 1) for one in combinations(able, size)]
                assert not any(closes(net, one) for one in sets), text
                continue
            identified += 1
            assert closes(net, list(ours)), text
            assert not bad_controls(graph, "t", "y", ours)
            for name in ours:
                assert not closes(net, [other for other in ours if other != name]), text
    assert checked >= 12
    assert identified >= 6
