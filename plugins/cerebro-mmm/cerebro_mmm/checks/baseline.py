"""Checks of what is not media: the outcome, the controls and the events."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import TYPE_CHECKING

from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding
from cerebro_mmm.checks.rows import Rows, numeric, usual
from cerebro_mmm.parameters import event_names
from cerebro_mmm.specs import MMMSpec

if TYPE_CHECKING:
    from cerebro_core.table import Table

QUARTER = {"week": 13, "day": 91}
LEVEL_SHIFT = 1.8
EARLY_ZEROS = 0.05
MANY_EVENTS = 12


def check_outcome(spec: MMMSpec, table: Table, rows: Rows) -> Iterator[Finding]:
    """An outcome that is constant, blank, infinite, negative, late to begin, or that jumps to another level."""
    if not numeric(table, [spec.outcome]):
        return
    column, name = table.columns[spec.outcome], display(spec.outcome)
    if column.missing:
        remedy = "fill in what is known, or keep only the dates that have it; an outcome is never guessed"
        yield _outcome(
            "error", "outcome-missing", f"outcome '{name}': blank in {column.missing} of {table.rows} rows", remedy
        )
    if column.not_finite:
        yield _outcome(
            "error",
            "outcome-not-finite",
            f"outcome '{name}': infinite or not a number in {column.not_finite} of {table.rows} rows",
            "mend or drop these rows",
        )
    elif column.distinct <= 1:
        yield _outcome(
            "error",
            "outcome-constant",
            f"outcome '{name}': it is {column.minimum} in every row, so nothing can be learnt",
            "name another column with --outcome",
        )
    elif column.negatives:
        yield _outcome(
            "warning",
            "outcome-negative",
            f"outcome '{name}': below zero in {column.negatives} of {table.rows} rows",
            "check that returns are not booked as sales of another date",
        )
    values = [value for value in rows.numbers.get(spec.outcome, ()) if value is not None]
    yield from _outcome_over_time(spec, name, values)


def _outcome_over_time(spec: MMMSpec, name: str, values: list[float]) -> Iterator[Finding]:
    early = next((i for i, value in enumerate(values) if value != 0), 0)
    if early >= max(2, EARLY_ZEROS * len(values)):
        yield _outcome(
            "warning",
            "outcome-leading-zeros",
            f"outcome '{name}': the first {early} rows are zero, as if it was not yet measured",
            "drop the rows before it began",
        )
    shift = _level_shift(values[early:], QUARTER[spec.frequency])
    if shift is not None:
        row, before, after = shift
        yield _outcome(
            "warning",
            "outcome-level-shift",
            f"outcome '{name}': from row {early + row + 1} on it stays near {usual(after)} after {usual(before)}; a "
            "steady trend cannot follow such a step, and a channel may get the credit",
            "mark the step with a 0/1 column in --controls, or keep only the rows on one side",
        )


def _level_shift(values: list[float], window: int) -> tuple[int, float, float] | None:
    """The row of the largest lasting step: the quarters beside it differ, and so does all before from all after."""
    best: tuple[float, int, float, float] | None = None
    for row in range(window, len(values) - window + 1):
        near = _times(median(values[row - window : row]), median(values[row : row + window]))
        if near >= LEVEL_SHIFT and (best is None or near > best[0]):
            before, after = median(values[:row]), median(values[row:])
            if _times(before, after) >= LEVEL_SHIFT:
                best = (near, row, before, after)
    return best[1:] if best else None


def _times(one: float, other: float) -> float:
    low, high = sorted((one, other))
    return high / low if low > 0 else 1.0


def check_controls(spec: MMMSpec, table: Table) -> Iterator[Finding]:
    """Controls that are constant, infinite or blank."""
    for control in numeric(table, spec.controls):
        column, name = table.columns[control], display(control)
        if column.not_finite:
            yield _control(
                "error",
                "control-not-finite",
                f"control '{name}': infinite or not a number in {column.not_finite} of {table.rows} rows",
                "mend or drop these rows",
            )
        elif column.distinct <= 1:
            yield _control(
                "error",
                "control-constant",
                f"control '{name}': it is the same in every row, so it can explain nothing",
                "leave it out of --controls",
            )
        if not column.missing:
            continue
        blank = f"control '{name}': blank in {column.missing} of {table.rows} rows"
        if spec.missing_controls == "refuse":
            yield _control("error", "control-missing", blank, "fill them in, or say --missing-controls interpolate")
        else:
            yield _control(
                "info", "control-interpolated", f"{blank}; a straight line between their neighbours fills them"
            )


def check_events(spec: MMMSpec, table: Table) -> Iterator[Finding]:
    """Event columns that mark nothing, every row, or amounts rather than events."""
    for event in spec.events:
        if event not in table.columns:
            continue
        column, name = table.columns[event], display(event)
        count = event_names([event], table)
        if column.distinct <= 1 and not (column.missing and count):
            yield _event(
                "error",
                "event-constant",
                f"event '{name}': it is the same in every row, so it marks nothing",
                "leave it out of --events",
            )
        elif column.is_number and column.distinct > 2:
            yield _event(
                "warning",
                "event-amounts",
                f"event '{name}': it has {column.distinct} different numbers, and each counts as an event of its own",
                "name it in --controls if it is an amount",
            )
        elif count > MANY_EVENTS:
            yield _event(
                "warning",
                "many-events",
                f"event '{name}': it has {count} different names, each with an effect of its own",
                "give events of one kind one name",
            )


def _outcome(severity: str, code: str, message: str, remedy: str) -> Finding:
    return Finding("error" if severity == "error" else "warning", code, message, remedy, "outcome")


def _control(severity: str, code: str, message: str, remedy: str = "") -> Finding:
    return Finding("error" if severity == "error" else "info", code, message, remedy, "controls")


def _event(severity: str, code: str, message: str, remedy: str) -> Finding:
    return Finding("error" if severity == "error" else "warning", code, message, remedy, "events")
