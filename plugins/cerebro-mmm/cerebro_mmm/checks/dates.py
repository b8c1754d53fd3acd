"""Checks of the date column: every row dated, one row a date, evenly spaced, spaced as the spec says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding
from cerebro_mmm.spacing import Spacing, panel_spacing, spacing_of
from cerebro_mmm.specs import MMMSpec

if TYPE_CHECKING:
    from cerebro_core.table import Table


def check_dates(spec: MMMSpec, table: Table) -> Iterator[Finding]:
    """Blank, duplicated, irregular and otherwise spaced dates."""
    spacing = panel_spacing(table, spec.date, spec.geo) if spec.geo else spacing_of(table, spec.date)
    if spacing is None:
        return
    name = display(spec.date)
    missing = table.columns[spec.date].missing
    if missing:
        yield _error(
            "missing-dates", f"date '{name}': {missing} of {table.rows} rows have no date", "date or drop these rows"
        )
    if spacing.duplicates:
        yield _error(
            "duplicate-dates",
            f"date '{name}': {spacing.duplicates} rows repeat a date of another row, so this looks like panel "
            "data (several regions, products or campaigns a date)",
            "name the column of regions with --geo, or add the rows of each date up to one"
            if spec.geo is None
            else "keep one row for each region and date",
        )
    elif spacing.breaks:
        yield _irregular(name, spacing)
    if spacing.rows > 1 and not spacing.duplicates and spacing.frequency != spec.frequency:
        yield _frequency(spec, name, spacing)


def _irregular(name: str, spacing: Spacing) -> Finding:
    missing = f"{spacing.gaps} dates are missing" if spacing.gaps else "some rows stand at other distances"
    after = ", ".join(display(day) for day in spacing.breaks)
    return _error(
        "irregular-dates",
        f"date '{name}': {spacing.said}, but {missing} (after {after}); carry-over needs even steps",
        "add the missing dates (with zero spend where there was none), or keep a stretch without gaps",
    )


def _frequency(spec: MMMSpec, name: str, spacing: Spacing) -> Finding:
    if spacing.frequency is None:
        return _error(
            "unusual-spacing",
            f"date '{name}': {spacing.said}; a marketing mix model needs one row a day or a week",
            "give daily or weekly rows",
        )
    return Finding(
        "error",
        "frequency-mismatch",
        f"frequency is '{spec.frequency}', but date '{name}' shows {spacing.said}",
        f"say --frequency {spacing.frequency}, or leave it out",
        "frequency",
    )


def _error(code: str, message: str, remedy: str) -> Finding:
    return Finding("error", code, message, remedy, "date")
