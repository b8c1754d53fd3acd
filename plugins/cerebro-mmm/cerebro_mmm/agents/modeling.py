"""The modeling agent: carry-over, diminishing returns, trend, season and the way to fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cerebro_mmm.agents.stage import Stage
from cerebro_mmm.parameters import count_parameters
from cerebro_mmm.spacing import Spacing, periods_of

if TYPE_CHECKING:
    from cerebro_core.table import Table

ROWS_A_YEAR = {"day": 365, "week": 52}
LONG_LAG = {"day": 28, "week": 13}
SHORT_LAG = {"day": 14, "week": 8}
FEW_ROWS_A_PARAMETER = 4
LARGEST_FAST = 65


def model(given: Mapping[str, Any], known: Mapping[str, Any], table: Table, spacing: Spacing | None) -> Stage:
    """Decide the engine, adstock, saturation, trend, season, inference and the level of the intervals."""
    stage = Stage("modeling", given)
    frequency = known["frequency"]
    rows = periods_of(table, spacing) - known["holdout"]
    stage.choose("engine", "numpyro", "It comes with cerebro-mmm, needs no compiler and is quick on a laptop.")
    _form(stage, frequency)
    _lag(stage, rows, frequency)
    _baseline(stage, rows, frequency)
    _saturation(stage, {**known, **stage.values, **given}, rows, table)
    _inference(stage, {**known, **given}, table)
    stage.choose("ci_level", 0.9, "A 90% interval is usual in marketing mix modelling.")
    return stage


def _form(stage: Stage, frequency: str) -> None:
    stage.choose(
        "adstock",
        "geometric",
        f"The effect of a {frequency}'s spend fades by the same share every {frequency}: one number a channel.",
    )
    stage.choose(
        "form",
        "given",
        "One form is quick and simple to explain; --form auto weighs six by how well they foretell left-out rows.",
    )


def _inference(stage: Stage, known: Mapping[str, Any], table: Table) -> None:
    geo = known.get("geo")
    channels = len(known["channels"])
    if geo and channels * (table.columns[geo].distinct + 5) > LARGEST_FAST:
        reason = "So large a panel has too many parameters (one for each channel in each region) for anything quicker."
        stage.choose("inference", "nuts", reason)
        return
    stage.choose(
        "inference",
        "fast",
        "Weighted draws from an approximation give the same answer as sampling, in a second. Their checks (Pareto "
        "k-hat, effective draws) decide, and where they fail the sampler takes over.",
    )


def _lag(stage: Stage, rows: int, frequency: str) -> None:
    long = rows >= 2 * ROWS_A_YEAR[frequency]
    lag = (LONG_LAG if long else SHORT_LAG)[frequency]
    lag = min(lag, max(rows // 8, 1))
    reason = f"Advertising may work for {lag} {frequency}s after it ran; how quickly it fades is learnt from the data."
    stage.choose("adstock_max_lag", lag, reason, f"{rows} rows to learn from")


def _baseline(stage: Stage, rows: int, frequency: str) -> None:
    stage.choose(
        "trend", "linear", "Lets the baseline grow or shrink steadily, so that growth is not credited to media."
    )
    years = rows / ROWS_A_YEAR[frequency]
    pairs = 0 if years < 1 else min(int(years), 3)
    if pairs:
        reason = (
            f"{pairs} pair{'s' if pairs > 1 else ''} of waves a year follow the season; more would need more years."
        )
    else:
        reason = "With less than a year of rows a season cannot be told from a trend, so none is fitted."
    stage.choose("seasonality", pairs, reason, f"{years:.1f} years")
    daily = frequency == "day" and rows >= 28
    week = "Days of the week differ, and daily rows show it." if daily else "Weekly rows have no days of the week."
    if frequency == "day" and not daily:
        week = "Fewer than four weeks of days are too few to tell the days of the week apart."
    stage.choose("weekly_seasonality", 3 if daily else 0, week)


def _saturation(stage: Stage, settings: Mapping[str, Any], rows: int, table: Table) -> None:
    needed = count_parameters({**settings, "saturation": "hill"}, table)
    evidence = f"{rows} rows for {needed} parameters with the Hill curve"
    if rows >= FEW_ROWS_A_PARAMETER * needed:
        reason = "The Hill curve can be S-shaped: little effect at first, then more, then ever less."
        stage.choose("saturation", "hill", reason, evidence)
    else:
        reason = "The rows are few for this many channels; the logistic curve has one number less to learn."
        stage.choose("saturation", "logistic", reason, evidence)
