"""Checks of treatment, outcome, confounders and weights for methods that compare arms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_causal.agents.controls import is_copy
from cerebro_causal.blocks.causal_sample import arm_text
from cerebro_causal.graphs import adjustment_set, bad_controls, read_graph, unmeasured_nodes, unmeasured_text
from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.blocks.display import display
from cerebro_core.errors import SpecError
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table

COMPARING = ("rct", "ipw", "psm", "backdoor", "frontdoor")
ADJUSTING = ("ipw", "psm", "backdoor")
MOST_ARMS = {"rct": 20}
DOSED = ("dml", "regression")
ESTIMANDS = {"rct": ("ate",), "ipw": ("ate", "att", "atc", "ato"), "psm": ("ate", "att", "atc"), "frontdoor": ("ate",)}
BACKDOOR_ESTIMANDS = {
    "aipw": ("ate", "att", "atc"),
    "gcomputation": ("ate", "att", "atc"),
    "dml": ("ate", "ato"),
    "regression": ("ate", "ato"),
}


def check_arms(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Findings about a comparison of arms."""
    if spec.method not in COMPARING:
        return
    yield from check_treatment(spec, table)
    yield from check_outcome(spec, table)
    yield from check_confounders(spec, table)
    if spec.method != "frontdoor":
        yield from check_graph(spec, table)
    yield from check_settings(spec, table)
    yield from check_missing(spec, table)


def check_treatment(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """It is named, varies, has few values, and its control is known."""
    if spec.treatment is None:
        message = "no treatment is named"
        yield Finding("error", "no-treatment", message, "say which column is the cause with --treatment", "treatment")
        return
    column = table.columns.get(spec.treatment)
    if column is None:
        return
    shown = f"--treatment: column '{display(spec.treatment)}'"
    if column.is_constant:
        message = f"{shown} has one value only, so there is nothing to compare with"
        yield Finding("error", "one-arm", message, "add rows of the other arm, or name another column", "treatment")
        return
    dosed = spec.method == "backdoor" and spec.estimator in DOSED and column.is_number
    most = MOST_ARMS.get(spec.method, 2)
    if column.distinct > most and not dosed:
        message = f"{shown} has {column.distinct:,} values, and {spec.method} compares {most}"
        remedy = "keep the rows of two, or for a number say --method backdoor --estimator dml"
        yield Finding("error", "many-arms", message, remedy, "treatment")
        return
    if dosed and column.distinct > 2:
        return
    levels = [arm_text(value) for value, _ in column.levels]
    if spec.control is not None and levels and spec.control not in levels:
        message = f"--control: '{display(spec.control)}' is no value of column '{display(spec.treatment)}'"
        yield Finding("error", "unknown-control", message, f"it has {display(', '.join(levels))}", "control")
    elif spec.control is None and column.kind == "text":
        message = f"{shown} holds words, and none says that it is the arm without treatment"
        yield Finding(
            "error", "control-unknown", message, f"say --control with one of {display(', '.join(levels))}", "control"
        )


def check_outcome(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """It varies, and is finite."""
    column = table.columns.get(spec.outcome)
    if column is None:
        return
    shown = f"--outcome: column '{display(spec.outcome)}'"
    if column.is_constant:
        message = f"{shown} has the same value in all rows"
        yield Finding("error", "no-variance", message, "name an outcome that varies", "outcome")
    if column.not_finite:
        message = f"{shown} has {column.not_finite:,} infinite values"
        yield Finding("error", "infinite-values", message, "correct or empty these cells", "outcome")


def check_confounders(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """They vary, and are no copies."""
    if spec.method in ADJUSTING and not spec.confounders and spec.graph is None:
        message = f"{spec.method} adjusts for confounders, and none is named"
        remedy = "name them with --confounders, or say --design experiment if chance decided"
        yield Finding("error", "no-confounders", message, remedy, "confounders")
    for name in spec.confounders:
        column = table.columns.get(name)
        if column is None:
            continue
        shown = f"--confounders: column '{display(name)}'"
        if column.is_constant:
            message = f"{shown} has the same value in all rows, and is left out"
            yield Finding("info", "constant-confounder", message, "", "confounders")
        if spec.treatment in table.columns and spec.treatment and is_copy(table, spec.treatment, column):
            message = f"{shown} is nearly the same as the treatment, so nothing is left to compare"
            yield Finding("error", "confounder-is-treatment", message, "leave it out", "confounders")
        if is_copy(table, spec.outcome, column):
            message = f"{shown} is nearly the same as the outcome"
            remedy = "it was probably measured after the treatment: leave it out, or use values from before"
            yield Finding("error", "confounder-is-outcome", message, remedy, "confounders")


def check_graph(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """The confounders close the back doors of the graph, none is caused by the treatment, and no name is a typo."""
    if spec.graph is None or spec.treatment is None:
        return
    try:
        graph = read_graph(spec.graph)
        enough = adjustment_set(graph, spec.treatment, spec.outcome, spec.confounders)
    except SpecError as error:
        yield Finding("error", "graph", str(error), "", "graph")
        return
    if any(unmeasured_nodes(graph, table.columns).values()):
        message = f"--graph: {unmeasured_text(graph, table.columns)}"
        yield Finding("warning", "unknown-nodes", message, "", "graph")
    for name, why in bad_controls(graph, spec.treatment, spec.outcome, spec.confounders).items():
        message = f"--confounders: '{display(name)}' must not be adjusted for: by the graph, {why}"
        yield Finding("error", "bad-control", message, "leave it out", "confounders")
    if enough is None:
        message = "by the graph the confounders do not close every back door between treatment and outcome"
        remedy = "leave --confounders out, and they are read from the graph"
        yield Finding("error", "open-back-door", message, remedy, "confounders")


def check_settings(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """The estimand is one of the method's, and weights are weights."""
    able = BACKDOOR_ESTIMANDS[spec.estimator or "aipw"] if spec.method == "backdoor" else ESTIMANDS[spec.method]
    if spec.estimand not in able:
        what = f"{spec.method} ({spec.estimator})" if spec.method == "backdoor" else spec.method
        message = f"--estimand {spec.estimand}: {what} answers for {', '.join(able)}"
        yield Finding("error", "estimand", message, "choose one of these, or another method", "estimand")
    column = table.columns.get(spec.weights or "")
    if column is not None and column.negatives:
        message = f"--weights: column '{display(column.name)}' has {column.negatives:,} values below zero"
        yield Finding("error", "negative-weights", message, "sampling weights are zero or more", "weights")
    if spec.method == "rct" and spec.design != "experiment":
        message = "rct is right only where chance decided who was treated, and you did not say so"
        yield Finding("warning", "not-an-experiment", message, "say --design experiment if it did", "design")
    group = table.columns.get(spec.cluster or "")
    if group is not None and group.is_key:
        message = f"--cluster: column '{display(group.name)}' has a value of its own in each row"
        yield Finding("warning", "cluster-is-row", message, "leave it out", "cluster")


def check_missing(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Empty cells where they are refused."""
    if spec.missing != "refuse":
        return
    named = [spec.treatment, spec.outcome, spec.cluster, spec.weights, *spec.strata, *spec.mediators, *spec.confounders]
    empty = [name for name in named if name in table.columns and name and table.columns[name].missing]
    if empty:
        shown = ", ".join(f"'{display(name, 40)}' ({table.columns[name].missing:,})" for name in empty[:8])
        remedy = "fill them, or say --missing drop, or --missing indicator for those of confounders"
        yield Finding("error", "missing-values", f"there are empty cells in {shown}", remedy, "missing")
