"""What can go wrong with an instrument before it is analysed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_causal.agents.controls import is_copy
from cerebro_causal.blocks.causal_sample import arm_text
from cerebro_causal.checks.arms import check_confounders, check_outcome
from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

IDENTICAL = 1 - 1e-9
FEWEST_CLUSTERS = 5
MOST_WORDS = 50


def check_iv(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Findings about an instrument, for specs with that method."""
    if spec.method != "iv":
        return
    yield from check_cause(spec, table)
    yield from check_outcome(spec, table)
    yield from check_instruments(spec, table)
    yield from check_confounders(spec, table)
    yield from check_groups(spec, table)
    yield from check_cells(spec, table)


def check_cause(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """The treatment is named, varies, and is a number or two words."""
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
        yield Finding("error", "one-arm", message, "add rows of the other value, or name another column", "treatment")
    elif column.kind == "date":
        yield Finding("error", "treatment-kind", f"{shown} is a date", "name a number, or a column of two words")
    elif column.kind == "text" and column.distinct > 2:
        message = f"{shown} holds {column.distinct:,} words, and instruments answer for two of them, or for a number"
        yield Finding("error", "many-arms", message, "keep the rows of two", "treatment")
    elif column.kind == "text":
        yield from check_control(spec, column)


def check_control(spec: CausalInferenceSpec, column: ColumnProfile) -> Iterator[Finding]:
    """Which of two words is untreated."""
    levels = [arm_text(value) for value, _ in column.levels]
    if spec.control is None:
        message = f"--treatment: column '{display(column.name)}' holds words, and none says that it is untreated"
        remedy = f"say --control with one of {display(', '.join(levels))}"
        yield Finding("error", "control-unknown", message, remedy, "control")
    elif levels and spec.control not in levels:
        message = f"--control: '{display(spec.control)}' is no value of column '{display(column.name)}'"
        yield Finding("error", "unknown-control", message, f"it has {display(', '.join(levels))}", "control")


def check_instruments(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """They are named, vary, and are neither treatment, outcome nor confounder."""
    if not spec.instruments:
        message = "iv needs an instrument, and none is named"
        remedy = "say with --instruments what moved the treatment and has no other way to the outcome"
        yield Finding("error", "no-instruments", message, remedy, "instruments")
    roles = {spec.treatment: "treatment", spec.outcome: "outcome"}
    roles |= dict.fromkeys(spec.confounders, "confounder")
    for name in spec.instruments:
        column = table.columns.get(name)
        shown = f"--instruments: column '{display(name)}'"
        if name in roles:
            message = f"{shown} is the {roles[name]} as well"
            yield Finding("error", "two-roles", message, "give it one role", "instruments")
        elif column is not None:
            yield from check_instrument(spec, table, column, shown)


def check_instrument(spec: CausalInferenceSpec, table: Table, column: ColumnProfile, shown: str) -> Iterator[Finding]:
    """One instrument."""
    if column.is_constant:
        message = f"{shown} has one value only, and moves nothing"
        yield Finding("error", "constant-instrument", message, "leave it out", "instruments")
    elif column.kind == "text" and column.distinct > MOST_WORDS:
        message = f"{shown} holds {column.distinct:,} words, more than {MOST_WORDS}"
        remedy = "put rare ones together, or give each a number (such as a judge's strictness in other cases)"
        yield Finding("error", "many-levels", message, remedy, "instruments")
    elif is_identical(table, spec.treatment, column):
        message = f"{shown} is the treatment itself"
        remedy = "name what moved the treatment; or if all did what chance said, use --method rct"
        yield Finding("error", "instrument-is-treatment", message, remedy, "instruments")
    elif is_copy(table, spec.outcome, column):
        message = f"{shown} is nearly the same as the outcome"
        yield Finding("error", "instrument-is-outcome", message, "name what moved the treatment", "instruments")


def is_identical(table: Table, name: str | None, column: ColumnProfile) -> bool:
    """Whether two columns of numbers are on a straight line, or two of other kinds go together one by one."""
    other = table.columns.get(name or "")
    if other is None:
        return False
    numbers = ("number", "integer", "boolean")
    if other.kind in numbers and column.kind in numbers:
        found = table.aggregate({"r": ("corr", other.name, column.name)})[0]["r"]
        return found is not None and abs(found) > IDENTICAL
    if other.distinct != 2 or column.distinct != 2:
        return False
    return len(table.aggregate({"rows": ("rows",)}, by=[other.name, column.name])) == 2


def check_groups(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Clusters are enough and no rows; weights are weights."""
    column = table.columns.get(spec.weights or "")
    if column is not None and column.negatives:
        message = f"--weights: column '{display(column.name)}' has {column.negatives:,} values below zero"
        yield Finding("error", "negative-weights", message, "sampling weights are zero or more", "weights")
    group = table.columns.get(spec.cluster or "")
    if group is None:
        return
    needed = max(FEWEST_CLUSTERS, len(spec.instruments) + 2)
    if group.distinct < needed:
        message = f"--cluster: column '{display(group.name)}' has {group.distinct} values, and {needed} are needed"
        remedy = "use a finer cluster, or fewer instruments"
        yield Finding("error", "few-clusters", message, remedy, "cluster")
    elif group.is_key:
        message = f"--cluster: column '{display(group.name)}' has a value of its own in each row"
        yield Finding("warning", "cluster-is-row", message, "leave it out", "cluster")
    if spec.errors == "classical":
        message = "--errors classical: with --cluster, errors are those of clusters"
        yield Finding("warning", "errors-unused", message, "leave one of the two out", "errors")


def check_cells(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Empty cells where they are refused."""
    if spec.missing != "refuse":
        return
    named = [spec.treatment, spec.outcome, spec.cluster, spec.weights, *spec.instruments, *spec.confounders]
    empty = [name for name in dict.fromkeys(named) if name and name in table.columns and table.columns[name].missing]
    if empty:
        shown = ", ".join(f"'{display(name, 40)}' ({table.columns[name].missing:,})" for name in empty[:8])
        remedy = "fill them, or say --missing drop, or --missing indicator for those of confounders"
        yield Finding("error", "missing-values", f"there are empty cells in {shown}", remedy, "missing")
