"""Checks of the arms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_abtest.blocks.arms import MOST_ARMS, arm_name
from cerebro_abtest.specs import ABTestSpec
from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding
from cerebro_core.suggest import nearest

if TYPE_CHECKING:
    from cerebro_core.table import Table

FEW_ROWS = 30


def check_arms(spec: ABTestSpec, table: Table) -> Iterator[Finding]:
    """Two arms or more, with a control, each with rows."""
    column = table.columns.get(spec.treatment)
    if column is None:
        return
    shown = f"--treatment: column '{display(spec.treatment)}'"
    if column.distinct > MOST_ARMS:
        message = f"{shown} has {column.distinct:,} values, too many for arms"
        yield Finding("error", "too-many-arms", message, "name the column with the arm of each row", "treatment")
        return
    names = [arm_name(value) for value, _ in table.levels(spec.treatment, MOST_ARMS)]
    sizes = [count for _, count in table.levels(spec.treatment, MOST_ARMS)]
    listed = ", ".join(f"'{display(name, 40)}'" for name in names[:12])
    if len(names) < 2:
        message = f"{shown} has one arm ({listed or 'none'}), and nothing to compare it with"
        yield Finding("error", "one-arm", message, "name the column that tells the arms apart", "treatment")
        return
    if spec.control is None and len(names) > 2:
        message = f"{shown} has {len(names)} arms: {listed}"
        yield Finding("error", "control-needed", message, "say which one is the control with --control", "control")
    elif spec.control is not None and spec.control not in names:
        message = f"--control: no arm '{display(spec.control)}'{nearest(spec.control, names)}"
        yield Finding("error", "unknown-control", message, f"the arms are {listed}", "control")
    if spec.allocation and set(spec.allocation) != set(names):
        extra = [name for name in spec.allocation if name not in names]
        why = f"arm '{display(extra[0])}' has no rows" if extra else "an arm has no share"
        message = f"--allocation: {why}; the arms are {listed}"
        yield Finding(
            "error", "allocation-arms", message, "give each arm that has rows its planned share", "allocation"
        )
    if column.missing:
        message = f"{column.missing:,} rows have no arm and are left out"
        yield Finding("warning", "rows-without-arm", message, "find out why they have none", "treatment")
    smallest = min(sizes)
    if smallest < FEW_ROWS and spec.test not in ("fisher", "boschloo", "permutation", "mann-whitney"):
        message = f"the smallest arm has {smallest} rows, fewer than {FEW_ROWS}"
        remedy = "--test permutation, or an exact test, needs no large sample"
        yield Finding("warning", "small-arm", message, remedy, "treatment")
