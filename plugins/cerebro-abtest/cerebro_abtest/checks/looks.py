"""Checks of dates and looks, and the warning of peeking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_abtest.specs import ABTestSpec
from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table

MOST_LOOKS = 1_000


def check_looks(spec: ABTestSpec, table: Table) -> Iterator[Finding]:
    """Looks have dates; a single look is at the planned end."""
    if spec.looks != "none" and spec.date is None:
        message = f"--looks {spec.looks}: no column says when each unit entered"
        dates = [display(name) for name, column in table.columns.items() if column.kind == "date"]
        remedy = f"name it with --date{f' ({dates[0]!r} holds dates)' if dates else ''}"
        yield Finding("error", "looks-without-dates", message, remedy, "date")
    if spec.looks != "none" and spec.date in table.columns:
        column = table.columns[spec.date or ""]
        if column.missing:
            message = f"--date: column '{display(column.name)}' has {column.missing:,} empty cells"
            remedy = "fill them: a unit without a date belongs to no look"
            yield Finding("error", "missing-dates", message, remedy, "date")
        if spec.looks == "each" and column.distinct > MOST_LOOKS:
            message = f"--looks each: column '{display(column.name)}' has {column.distinct:,} different values"
            yield Finding("error", "too-many-looks", message, "choose --looks daily", "looks")
    if spec.type in ("sequential",):
        return
    if spec.horizon is not None and table.rows < 0.98 * spec.horizon:
        message = f"{table.rows:,} of {spec.horizon:,} planned rows are there: this is a look before the end"
        remedy = "looking early and stopping when it looks good raises false alarms; use --type sequential"
        yield Finding("warning", "peeking", message, remedy, "horizon")
    elif spec.date is not None and spec.type == "frequentist":
        message = "the intervals hold for one look at the planned end"
        remedy = "if the data was looked at before, or will be again, use --type sequential"
        yield Finding("info", "one-look", message, remedy, "date")
