"""What a graph's text says is read as Graphviz reads it, or refused with the piece that is not understood."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from causal_worlds import draw_choice

from cerebro_causal.dot import read_dot
from cerebro_causal.front_door import front_door_set
from cerebro_causal.graphs import adjustment_set, read_graph, unmeasured_text
from cerebro_core import propose
from cerebro_core.api import as_spec
from cerebro_core.errors import SpecError
from cerebro_core.testing.direct import call_block


def arrows(text: str) -> list[str]:
    return sorted(f"{left} {kind} {right}" for left, kind, right in read_dot(text).arrows)


READ = {
    # text: its arrows
    "digraph { age -> {coupon spend}; coupon -> spend }": "age -> coupon, age -> spend, coupon -> spend",
    "{a b} -> {c; d}": "a -> c, a -> d, b -> c, b -> d",
    "a -> {b, c} -> d": "a -> b, a -> c, b -> d, c -> d",
    "a, b -> c": "a -> c, b -> c",
    "a -> b, c": "a -> b, a -> c",
    "a -> b -> c": "a -> b, b -> c",
    "a ->\n b\n -> c": "a -> b, b -> c",
    "a -> b b -> c": "a -> b, b -> c",
    "a -> b\nb -> c": "a -> b, b -> c",
    "strict digraph G{a->b;b->c}": "a -> b, b -> c",
    'DIGRAPH "my graph" { a -> b; };'[:-1]: "a -> b",
    "dag { U [latent] U -> a; a -> b }": "U -> a, a -> b",
    "digraph { subgraph cluster_0 { label=before; a b } -> c; subgraph { d } -> a }": "a -> c, b -> c, d -> a",
    "{a -> b} -> c": "a -> b, a -> c, b -> c",
    "{{a b} c} -> d": "a -> d, b -> d, c -> d",
    '"my age" -> "a \\"b\\""': 'my age -> a "b"',
    '"a;b" -> "c -> d // e"': "a;b -> c -> d // e",
    '"a\\\\b" -> "c\\d"': "a\\b -> c\\d",
    '"long " + "name" -> b': "long name -> b",
    'a:n -> "b":port:sw': "a -> b",
    "a -> b // c -> d\n# e -> f\n/* g -> h\n */ b -> i # j": "a -> b, b -> i",
    "age-group -> b.2; x_1->b.2": "age-group -> b.2, x_1 -> b.2",
    "größe -> b": "größe -> b",
    "a <-> b; {a b} <-> c": "a <-> b, a <-> c, b <-> c",
    "a -> b [dir=both]; c -> d [dir=back]": "a <-> b, d -> c",
    "digraph { rankdir=LR; node [shape=box, style=\"a;b\"]; edge [color=red] graph [label=<<b>x</b>-&gt;y>] a -> b }":
        "a -> b",
    'digraph { label="a -> c"; a [label="x" pos="1,2"; width=-1.5]; a -> b [label="]"][color="#ff0000"] }': "a -> b",
    "rankdir=LR; a -> b": "a -> b",
    "node -> edge": "node -> edge",
    '"graph" -> "strict"': "graph -> strict",
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_it_is_read_as_graphviz_does(text: str) -> None:
    assert ", ".join(arrows(text)) == READ[text]


REFUSED = {
    # text: what the message names
    "digraph { age->coupon; coupon->spend;": r"'\{ age->coupon.* is never closed",
    "digraph { age -> {coupon spend; coupon -> spend }": "is never closed",
    "digraph { a -> b } }": r"'\}' comes after the closing brace",
    "digraph { a -> b } digraph { b -> c }": "'digraph { b -> c }' comes after",
    "a -> b }": r"'\}' closes a brace",
    "a -> b; b ->": "'b ->' ends with an arrow that leads nowhere",
    "digraph { a -> b; b -> }": "'b -> }' ends with an arrow",
    "a -> b; -> c": "'-> c' is not understood",
    "a -> -> b": "'-> b' is not understood",
    "a -> b [label=": "never closed",
    "a -> b [label=]": "attribute is written name=value",
    'a -> "b': "'\"b' is never closed",
    "a -> b /* c": "never closed",
    "graph { a -- b }": "'a -- b }' is not understood",
    "a => b": "not understood",
    "a --> b": "not understood",
    "a → b": "'→ b' is not understood",
    "a - b; b -> c": "not understood",
    "a -> b; c <- b": "not understood",
    "a -> b; y = a; a -> y": "'y = a; a -> y' is no arrow",
    "annual income -> spend": "'annual income -> spend' is not understood.*quotes",
    "coupon -> annual income; a -> coupon": "'annual income; a -> coupon' is not understood",
    "age income -> coupon\nage -> b": r"'age income -> coupon' \(line 1\)",
    "age -> t, income -> y": "two ways",
    "a -> b [dir=none]": "dir=none",
    "edge [dir=both]; a -> b": "say dir at each",
    "node [observed=no]; a -> b": "say latent or observed at each",
    "subgraph a -> b": "a subgraph has braces",
    "{" * 60 + "a -> b" + "}" * 60: "50 braces deep",
    "a b": "not understood",
    "age": "no arrow",
    "": "no arrow",
    "a -> b -> a": "circle",
    "a -> a": "circle",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_understood_is_named(text: str) -> None:
    with pytest.raises(SpecError, match=REFUSED[text]):
        read_graph(text)


def test_a_file_that_was_cut_off_is_refused_wherever_it_was_cut(tmp_path: Path) -> None:
    whole = (
        'digraph G {\n  rankdir=LR; node [shape=box];\n  "age" -> {coupon spend};\n  coupon -> spend [label="a"];\n}\n'
    )
    path = tmp_path / "graph.dot"
    path.write_text(whole, encoding="utf-8")
    assert set(read_graph(str(path)).parents["spend"]) == {"age", "coupon"}
    for length in range(len(whole.rstrip())):
        path.write_text(whole[:length], encoding="utf-8")
        with pytest.raises(SpecError):
            read_graph(str(path))


def test_every_cause_is_kept_as_by_pydot() -> None:
    pydot = pytest.importorskip("pydot", reason="pydot, which this is held to")
    rng = np.random.default_rng(5)
    names = ["a", "b", '"c d"', "e_1", '"f;g"']
    for _ in range(60):
        parts = []
        for _ in range(int(rng.integers(1, 6))):
            left, right = (f"{{{' '.join(rng.choice(names, int(rng.integers(1, 4)), False))}}}" for _ in range(2))
            one, other = rng.choice(names, 2, False)
            parts.append(str(rng.choice([f"{left} -> {other}", f"{one} -> {right}", f"{one} -> {other} [color=red]"])))
        text = "digraph { rankdir=LR; " + "; ".join(parts) + "; }"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (theirs,) = pydot.graph_from_dot_data(text)
        assert {(left, right) for left, _, right in read_dot(text).arrows} == set(pydot_arrows(theirs)), text


def pydot_arrows(graph: Any) -> list[tuple[str, str]]:
    def ends(end: Any) -> list[str]:
        return [str(name).strip('"') for name in (end["nodes"] if isinstance(end, dict) else [end])]

    found = []
    for edge in graph.get_edges():
        source, destination = edge.obj_dict["points"]
        found += [(left, right) for left in ends(source) for right in ends(destination)]
    return found


def test_what_is_said_not_to_be_measured_is_not_adjusted_for() -> None:
    columns = ("age", "t", "m", "y")
    text = "age -> t; age -> y; t -> m -> y"
    assert adjustment_set(read_graph(text), "t", "y", columns) == ("age",)
    for said in ("age [observed=no]", 'age [observed="No"]', "age [latent]"):
        assert adjustment_set(read_graph(f"{text}; {said}"), "t", "y", columns) is None
    assert front_door_set(read_graph(f"{text}; age [latent]"), "t", "y", columns) == ("m",)
    assert front_door_set(read_graph(f"{text}; age [latent]; m [latent]"), "t", "y", columns) is None


def test_nodes_that_are_no_columns_are_named() -> None:
    graph = read_graph("agee -> t; agee -> y; t -> y; Q -> t; t <-> y; w [latent]; w -> y")
    said = unmeasured_text(graph, ("age", "t", "y"))
    assert "'agee' (did you mean 'age'?), 'Q'" in said
    assert "'w'" not in said
    assert "what moves" not in said
    assert not unmeasured_text(read_graph("t -> y"), ("age", "t", "y"))


def test_a_treatment_that_is_not_in_the_graph_is_named(tmp_path: Path) -> None:
    graph = read_graph("age -> coupn; age -> sales; coupn -> sales")
    for find in (adjustment_set, front_door_set):
        with pytest.raises(SpecError, match="treatment 'coupon' is not in it; did you mean 'coupn'"):
            find(graph, "coupon", "sales", ("age", "coupon", "sales"))
        with pytest.raises(SpecError, match="outcome 'sale' is not in it; did you mean 'sales'"):
            find(graph, "coupn", "sale", ("age", "coupon", "sales"))


def plain(rows: int, folder: Path, **settings: Any) -> Any:
    draw_choice(3, 1.0, rows=rows).to_csv(folder / "data.csv", index=False)
    given = {"treatment": "coupon", "outcome": "sales", "graph": "coupon -> sales", "method": "backdoor"}
    return as_spec({"kind": "causal", "data": str(folder / "data.csv"), **given, **settings})


@pytest.mark.parametrize("estimand", ["ate", "att", "atc"])
def test_a_graph_with_nothing_to_adjust_for_gives_the_plain_comparison(tmp_path: Path, estimand: str) -> None:
    found = call_block(plain(600, tmp_path, estimand=estimand))
    frame = draw_choice(3, 1.0, rows=600)
    arms = [frame.loc[frame["coupon"] == arm, "sales"] for arm in (0, 1)]
    effect = found.estimates[0]
    assert effect.value == pytest.approx(arms[1].mean() - arms[0].mean())
    assert effect.std_error == pytest.approx(np.sqrt(sum(arm.var(ddof=1) / len(arm) for arm in arms)), rel=0.01)
    assert (effect.ci_low or 9) < (effect.value or 0) < (effect.ci_high or -9)
    assert [item.value for item in found.estimates[1:]] == pytest.approx([arm.mean() for arm in arms])
    assert "learners" not in found.tables
    assert "Nothing was adjusted for" in found.answer
    other = call_block(plain(600, tmp_path, estimator="gcomputation", refute=False))
    assert effect.std_error == pytest.approx(other.estimates[0].std_error)


@pytest.mark.parametrize("estimator", ["aipw", "dml", "regression", "gcomputation"])
@pytest.mark.parametrize("refute", [True, False])
def test_no_estimator_stumbles_over_nothing_to_adjust_for(tmp_path: Path, estimator: str, refute: bool) -> None:
    found = call_block(plain(300, tmp_path, estimator=estimator, refute=refute))
    assert found.estimates[0].std_error


def test_the_command_line_reads_graphs_or_says_why(tmp_path: Path) -> None:
    draw_choice(3, 1.0, rows=400).to_csv(tmp_path / "data.csv", index=False)

    def cerebro(graph: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("cerebro")), "causal", "data.csv", "-t", "coupon", "-y", "sales"]
        command += ["--graph", graph, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=300)

    done = cerebro("coupon -> sales", "-o", "p.py", "--run")
    assert done.returncode == 0, done.stderr
    assert "Nothing was adjusted for" in done.stdout
    cut = cerebro("digraph { age -> coupon; coupon -> sales;")
    assert cut.returncode == 2
    assert "never closed" in cut.stderr
    found = propose(
        tmp_path / "data.csv", domain="causal", treatment="coupon", outcome="sales",
        graph="digraph { rankdir=LR; node [shape=box]; age -> {coupon sales}; coupon -> sales }",
    )  # fmt: skip
    assert found.spec.model_dump()["confounders"] == ("age",)
