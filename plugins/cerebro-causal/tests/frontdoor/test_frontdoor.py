"""The front door: known truth, DoWhy's figures and identification, refusals, and what the agent makes of a graph."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from front_worlds import draw_visits

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.frontdoor_effect import front_door, repeat_front_door
from cerebro_causal.front_door import front_door_fault, front_door_set
from cerebro_causal.graphs import read_graph
from cerebro_core import propose, validate
from cerebro_core.api import as_spec
from cerebro_core.blocks.result import Refused
from cerebro_core.testing.direct import call_block

ROLES: dict[str, Any] = {"treatment": "ad", "outcome": "spend", "mediators": ["visits"], "confounders": ["age"]}


def sample_of(frame: pd.DataFrame) -> CausalSample:
    rows = len(frame)
    return CausalSample(
        frame["spend"].to_numpy(), frame["ad"].to_numpy(), ("0", "1"), frame[["age"]].to_numpy(), ("age",),
        np.ones(rows), False, np.arange(rows), False, np.zeros(rows, int), rows, 0, (), None,
        frame[["visits"]].to_numpy(),
    )  # fmt: skip


def spec_of(frame: pd.DataFrame, folder: Path, **settings: Any) -> Any:
    frame.to_csv(folder / "data.csv", index=False)
    given = {"kind": "causal", "data": str(folder / "data.csv"), "method": "frontdoor", "refute": False}
    return as_spec({**given, **ROLES, **settings})


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    draws, errors, held = 200, [], []
    for seed in range(draws):
        effect = front_door(sample_of(draw_visits(seed, 1.0)), np.ones(500)).effect
        low, high = effect.interval(0.95)
        errors.append(effect.value - 1)
        held.append(low <= 1 <= high)
    assert abs(np.mean(errors)) < 4 * np.std(errors) / np.sqrt(draws)
    assert abs(np.mean(held) - 0.95) < 3.5 * np.sqrt(0.95 * 0.05 / draws)


def test_the_bootstrap_agrees_with_the_influence_function() -> None:
    sample = sample_of(draw_visits(3, 1.0, rows=1500))
    repeated = repeat_front_door(sample, 1)
    assert repeated is not None
    # the error of a standard deviation of 400 draws is 3.5 %; four of these
    assert repeated.error(0) == pytest.approx(front_door(sample, sample.weights).effect.error, rel=0.14)


def test_either_model_may_be_wrong() -> None:
    # hidden bends in the outcome: the models of the treatment alone set it right, on average over draws
    values = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        frame = draw_visits(seed, 1.0, rows=2000)
        truth = 2 * 0.5 + 0.5 * ((3.5**2 + 1.16) - (3.0**2 + 1.16))
        frame["spend"] += 0.5 * frame["visits"] ** 2 + 0 * rng.normal(size=2000)
        values.append(front_door(sample_of(frame), np.ones(2000)).effect.value - truth)
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(60)


def test_a_plain_comparison_is_off_where_the_front_door_is_not(tmp_path: Path) -> None:
    found = call_block(spec_of(draw_visits(1, 1.0, rows=4000), tmp_path))
    ways = {row[0]: row[1] for row in found.tables["ways"].rows}
    assert ways["plain difference between the arms"] > 1.8
    assert (found.estimates[0].ci_low or 9) <= 1 <= (found.estimates[0].ci_high or -9)


def dowhy_model(frame: pd.DataFrame, graph: str) -> Any:
    dowhy = pytest.importorskip("dowhy", reason="DoWhy, which this is held to")
    return dowhy.CausalModel(data=frame, treatment="ad", outcome="spend", graph=graph)


GRAPH = "digraph { u -> ad; u -> spend; ad -> visits; visits -> spend; u [observed=no]; }"


@pytest.mark.slow
def test_its_figures_are_those_of_dowhy_in_a_straight_world() -> None:
    frame = draw_visits(8, 1.0, rows=5000).drop(columns="age")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = dowhy_model(frame, GRAPH)
        named = model.identify_effect(proceed_when_unidentifiable=True)
        assert named.get_frontdoor_variables() == ["visits"]
        other = model.estimate_effect(named, method_name="frontdoor.two_stage_regression")
    bare = sample_of(frame.assign(age=0.0))
    ours = front_door(replace(bare, covariates=np.zeros((5000, 0))), np.ones(5000))
    assert ours.by_outcome == pytest.approx(other.value, abs=0.1 * ours.effect.error + 1e-9)
    assert ours.effect.value == pytest.approx(other.value, abs=0.5 * ours.effect.error)


GRAPHS = {
    # graph: front door that it opens
    "ad -> visits -> spend; ad <-> spend": ("visits",),
    "ad -> visits -> spend; ad -> spend; ad <-> spend": None,
    "ad -> visits -> spend; ad <-> spend; ad <-> visits": None,
    "ad -> visits -> spend; ad <-> spend; visits <-> spend": None,
    "ad -> visits -> spend; ad -> clicks -> spend; ad <-> spend": ("visits", "clicks"),
    "ad -> clicks -> visits -> spend; ad <-> spend": ("clicks",),
}


@pytest.mark.parametrize("text", GRAPHS)
def test_the_front_door_of_a_graph(text: str) -> None:
    graph = read_graph(text)
    columns = [name for name in ("clicks", "visits") if name in graph.parents]
    found = front_door_set(graph, "ad", "spend", columns)
    assert (None if found is None else set(found)) == (None if GRAPHS[text] is None else set(GRAPHS[text] or ()))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_it_is_the_front_door_that_dowhy_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = ["ad", "a", "b", "spend"]
    edges = [(one, other) for i, one in enumerate(nodes) for other in nodes[i + 1 :] if rng.random() < 0.55]
    hidden = [(one, other) for i, one in enumerate(nodes) for other in nodes[i + 1 :] if rng.random() < 0.25]
    hidden.append(("ad", "spend"))
    text = "; ".join([f"{one} -> {other}" for one, other in edges] + [f"{one} <-> {other}" for one, other in hidden])
    graph = read_graph(text)
    if "spend" not in graph.descendants(["ad"]):
        pytest.skip("no path")
    causes = "; ".join(f"u{i} -> {one}; u{i} -> {other}; u{i} [observed=no]" for i, (one, other) in enumerate(hidden))
    dot = "digraph { " + "; ".join(f"{one} -> {other}" for one, other in edges) + "; " + causes + "; }"
    frame = pd.DataFrame(rng.normal(size=(20, 4)), columns=nodes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        named = dowhy_model(frame, dot).identify_effect(proceed_when_unidentifiable=True)
    theirs = named.get_frontdoor_variables()
    ours = front_door_set(graph, "ad", "spend", [name for name in ("a", "b") if name in graph.parents])
    # ours looks for sets too, and need not choose the same one of several
    if theirs:
        assert ours is not None
    if ours is not None and len(ours) == 1:
        assert theirs
        assert not front_door_fault(graph, "ad", "spend", sorted(theirs))


FINDINGS = {
    "no mediator": ({"mediators": []}, "no-mediators"),
    "copy of the treatment": ({"mediators": ["copy"]}, "mediator-is-treatment"),
    "past the mediator, by the graph": (
        {"graph": "ad -> visits -> spend; ad -> spend; ad <-> spend; age -> ad"}, "front-door"),
    "for the treated": ({"estimand": "att"}, "estimand"),
    "empty cells": ({"mediators": ["gaps"]}, "missing-values"),
}  # fmt: skip


@pytest.mark.parametrize("case", FINDINGS)
def test_it_is_a_finding_with_its_code(tmp_path: Path, case: str) -> None:
    settings, code = FINDINGS[case]
    frame = draw_visits(1, 1.0).assign(copy=lambda f: 3 * f["ad"] + 1)
    frame["gaps"] = frame["visits"].where(frame.index > 9)
    assert code in {item.code for item in validate(spec_of(frame, tmp_path, **settings))}


def test_mediators_that_tell_who_was_treated_are_refused(tmp_path: Path) -> None:
    frame = draw_visits(1, 1.0).assign(visits=lambda f: 10 * f["ad"] + f["visits"] / 10)
    with pytest.raises(Refused, match="overlap"):
        call_block(spec_of(frame, tmp_path))


def test_mediators_that_do_not_move_are_flagged(tmp_path: Path) -> None:
    found = call_block(spec_of(draw_visits(1, 0.0), tmp_path))
    assert {item.name: item.status for item in found.diagnostics}["mediators_moved"] == "warn"


def test_the_agent_reads_the_mediator_from_the_graph(tmp_path: Path) -> None:
    draw_visits(1, 1.0).to_csv(tmp_path / "data.csv", index=False)
    said = {"treatment": "ad", "outcome": "spend", "method": "frontdoor"}
    graph = "ad -> visits -> spend; ad <-> spend"
    spec = propose(tmp_path / "data.csv", domain="causal", graph=graph, **said).spec
    assert spec.mediators == ("visits",)
    assert spec.confounders == ()
    named = propose(tmp_path / "data.csv", domain="causal", mediators=("visits",), **said).spec
    assert named.mediators == ("visits",)
    assert "visits" not in named.confounders
    # with the back door shut for good and the front door open, the graph alone is enough
    chosen = propose(tmp_path / "data.csv", domain="causal", graph=graph, treatment="ad", outcome="spend").spec
    assert (chosen.method, chosen.mediators) == ("frontdoor", ("visits",))
