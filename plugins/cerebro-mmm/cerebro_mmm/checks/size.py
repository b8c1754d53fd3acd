"""Checks of the model against the length of the table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_core.findings import Finding, Severity
from cerebro_mmm.parameters import count_parameters
from cerebro_mmm.specs import MMMSpec

if TYPE_CHECKING:
    from cerebro_core.table import Table

ROWS_A_YEAR = {"day": 365, "week": 52}
TIGHT = 5


def check_size(spec: MMMSpec, table: Table) -> Iterator[Finding]:
    """Too few rows for the model, the carry-over, the season or the holdout."""
    regions = table.columns[spec.geo].distinct if spec.geo and spec.geo in table.columns else 1
    periods = table.rows // max(regions, 1)
    rows, needed = table.rows - spec.holdout * regions, count_parameters(spec.model_dump(), table)
    year = ROWS_A_YEAR[spec.frequency]
    kept = f"{table.rows} rows" + (f" less {spec.holdout} held out" if spec.holdout else "")
    if rows < needed:
        yield _finding(
            "error",
            "too-few-rows",
            f"{kept} cannot carry a model of {needed} parameters",
            "bring more rows, or leave out channels, controls, events, waves of the season or the holdout",
        )
        return
    if rows < TIGHT * needed:
        yield _finding(
            "warning",
            "tight-fit",
            f"{kept} for {needed} parameters: {rows / needed:.1f} rows each, where {TIGHT} and more are wanted; "
            "the priors will weigh heavily",
            "join small channels, or leave out controls that matter little",
        )
    if periods < 2 * year - 1:
        yield _finding(
            "warning",
            "short-history",
            f"{periods} rows are less than two years of {spec.frequency}s, so season and media look alike",
            "bring two years or more if you have them",
        )
    yield from _settings(spec, periods, periods - spec.holdout, year)


def _settings(spec: MMMSpec, total: int, rows: int, year: int) -> Iterator[Finding]:
    if spec.adstock_max_lag >= rows / 2:
        yield _finding(
            "error",
            "lag-too-long",
            f"adstock_max_lag is {spec.adstock_max_lag}, and there are {rows} rows to learn from; spend would "
            "carry over most of the table",
            f"say --adstock-max-lag {max(rows // 8, 1)} or less",
            "adstock_max_lag",
        )
    if spec.holdout > total / 3:
        yield _finding(
            "error",
            "holdout-too-long",
            f"holdout is {spec.holdout} of {total} rows; too little is left to learn from",
            f"say --holdout {total // 10} or less",
            "holdout",
        )
    if spec.seasonality and rows < year:
        yield _finding(
            "warning",
            "season-unseen",
            f"a yearly season is asked for, but {rows} rows are less than a year; it cannot be told from a trend",
            "say --seasonality 0",
            "seasonality",
        )
    if spec.weekly_seasonality and spec.frequency != "day":
        yield _finding(
            "error",
            "weekly-season-needs-days",
            f"weekly_seasonality is {spec.weekly_seasonality}, but the rows are weeks",
            "say --weekly-seasonality 0",
            "weekly_seasonality",
        )


def _finding(severity: Severity, code: str, message: str, remedy: str, field: str | None = None) -> Finding:
    return Finding(severity, code, message, remedy, field)
