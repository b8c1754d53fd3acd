"""What can go wrong with a discontinuity before it is analysed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from cerebro_causal.agents.words import AFTER
from cerebro_causal.checks.arms import check_outcome
from cerebro_causal.checks.iv import check_control
from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding
from cerebro_core.roles import name_words

if TYPE_CHECKING:
    from cerebro_core.table import Table

FEWEST_ROWS = 20


def check_rdd(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Findings about a discontinuity, for specs with that method."""
    if spec.method != "rdd":
        return
    yield from check_running(spec, table)
    yield from check_outcome(spec, table)
    yield from check_taken(spec, table)
    yield from check_curves(spec)
    yield from check_roles(spec, table)
    yield from check_gaps(spec, table)


def as_number(value: Any) -> float | None:
    """A value of a running column as a number: days since 1970 for dates."""
    if isinstance(value, datetime | date):
        return float((datetime(value.year, value.month, value.day) - datetime(1970, 1, 1)).days)
    return None if value is None else float(value)


def check_running(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """The running column is named, and has rows on both sides of the cutoff."""
    if spec.running is None:
        message = "rdd needs the column that decides about the treatment at a cutoff, and none is named"
        yield Finding("error", "no-running", message, "say which with --running", "running")
        return
    if spec.cutoff is None and spec.treatment is None:
        message = "no cutoff is known, and no treatment is named that shows it"
        remedy = "say --cutoff with the value of the running column from which rows are treated"
        yield Finding("error", "no-cutoff", message, remedy, "cutoff")
    column = table.columns.get(spec.running)
    if column is None:
        return
    shown = f"--running: column '{display(spec.running)}'"
    if column.is_constant or column.distinct < 8:
        message = f"{shown} has {column.distinct} different values, and at least 4 are needed on each side of the "
        "cutoff"
        yield Finding("error", "few-values", message, "use a finer column, or compare the two sides as arms", "running")
        return
    if column.not_finite:
        message = f"{shown} has {column.not_finite:,} infinite values"
        yield Finding("error", "infinite-values", message, "correct or empty these cells", "running")
        return
    yield from check_range(spec, table, shown)


def check_range(spec: CausalInferenceSpec, table: Table, shown: str) -> Iterator[Finding]:
    """The cutoff lies within what was seen."""
    found = table.aggregate({"low": ("min", str(spec.running)), "high": ("max", str(spec.running))})[0]
    low, high = as_number(found["low"]), as_number(found["high"])
    if spec.cutoff is None or low is None or high is None:
        return
    if not low < spec.cutoff <= high:
        message = f"--cutoff {spec.cutoff:g}: {shown} runs from {low:g} to {high:g}, so that all rows are on one side"
        remedy = "correct the cutoff; for dates it is the number of days since 1970-01-01"
        yield Finding("error", "cutoff-outside", message, remedy, "cutoff")


def check_taken(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """The treatment is named where it must be, and varies."""
    if spec.treatment is None:
        if spec.fuzzy:
            message = "--fuzzy: no treatment is named, and a fuzzy design needs who was treated"
            yield Finding("error", "no-treatment", message, "say which column with --treatment", "treatment")
        return
    column = table.columns.get(spec.treatment)
    if column is None:
        return
    shown = f"--treatment: column '{display(spec.treatment)}'"
    if column.is_constant:
        message = f"{shown} has one value only"
        yield Finding("error", "one-arm", message, "name another column, or none where the cutoff decides", "treatment")
    elif column.kind == "text" and column.distinct > 2:
        message = f"{shown} holds {column.distinct:,} words, and a cutoff answers for two of them, or for a number"
        yield Finding("error", "many-arms", message, "keep the rows of two", "treatment")
    elif column.kind == "text":
        yield from check_control(spec, column)
    if spec.treatment == spec.running:
        message = f"{shown} is the running column as well"
        yield Finding(
            "error", "two-roles", message, "leave --treatment out: the cutoff says who is treated", "treatment"
        )


def check_curves(spec: CausalInferenceSpec) -> Iterator[Finding]:
    """Degree, bandwidth and hole go together."""
    if spec.kink and spec.degree == 0:
        message = "--degree 0: flat lines have no slope that could change"
        yield Finding("error", "kink-degree", message, "say --degree 1 or more, or leave it out", "degree")
    own = spec.kink or spec.cluster is not None or spec.weights is not None
    if own and spec.bandwidth is None and spec.bandwidth_rule != "mserd":
        message = f"--bandwidth-rule {spec.bandwidth_rule}: with --kink, --cluster or --weights the rule is mserd"
        yield Finding("warning", "rule-unused", message, "leave it out, or say --bandwidth", "bandwidth_rule")
    if spec.bandwidth is not None and spec.donut >= spec.bandwidth:
        message = f"--donut {spec.donut:g} leaves out all rows within the bandwidth {spec.bandwidth:g}"
        yield Finding("error", "donut-too-wide", message, "choose a smaller hole, or a wider bandwidth", "donut")


def check_roles(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Confounders are none of the others, and come from before; weights are weights."""
    roles = {spec.treatment: "treatment", spec.outcome: "outcome", spec.running: "running column"}
    if spec.outcome == spec.running:
        message = f"--outcome: column '{display(spec.outcome)}' is the running column as well"
        yield Finding("error", "two-roles", message, "give it one role", "outcome")
    for name in spec.confounders:
        shown = f"--confounders: column '{display(name)}'"
        if name in roles:
            yield Finding("error", "two-roles", f"{shown} is the {roles[name]} as well", "leave it out", "confounders")
        elif name_words(name) & AFTER:
            message = f"{shown} has a name that says it was measured after the treatment, which may make it jump"
            yield Finding("warning", "post-treatment", message, "name what was there before", "confounders")
    column = table.columns.get(spec.weights or "")
    if column is not None and column.negatives:
        message = f"--weights: column '{display(column.name)}' has {column.negatives:,} values below zero"
        yield Finding("error", "negative-weights", message, "sampling weights are zero or more", "weights")
    group = table.columns.get(spec.cluster or "")
    if group is not None and group.is_key:
        message = f"--cluster: column '{display(group.name)}' has a value of its own in each row"
        yield Finding("warning", "cluster-is-row", message, "leave it out", "cluster")


def check_gaps(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Empty cells where they are refused."""
    if spec.missing != "refuse":
        return
    named = [spec.treatment, spec.outcome, spec.running, spec.cluster, spec.weights]
    empty = [name for name in dict.fromkeys(named) if name and name in table.columns and table.columns[name].missing]
    if empty:
        shown = ", ".join(f"'{display(name, 40)}' ({table.columns[name].missing:,})" for name in empty[:8])
        remedy = "fill them, or say --missing drop to leave such rows out"
        yield Finding("error", "missing-values", f"there are empty cells in {shown}", remedy, "missing")
