"""The preprocessing agent: spacing of the rows, blanks, and the rows kept back for a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cerebro_mmm.agents.stage import Stage
from cerebro_mmm.spacing import Spacing, periods_of

if TYPE_CHECKING:
    from cerebro_core.table import Table

HOLDOUT_SHARE = 0.1
TWO_YEARS = 730.0
QUARTER = {"day": 91, "week": 13}
LONGEST_GAP = 4


def preprocess(given: Mapping[str, Any], known: Mapping[str, Any], table: Table, spacing: Spacing | None) -> Stage:
    """Decide `frequency`, `missing_media`, `missing_controls` and `holdout`."""
    stage = Stage("preprocessing", given)
    frequency = _frequency(stage, spacing)
    _missing_media(stage, known, table)
    _missing_controls(stage, known, table)
    _holdout(stage, periods_of(table, spacing), frequency)
    return stage


def _frequency(stage: Stage, spacing: Spacing | None) -> str:
    seen = spacing.frequency if spacing else None
    reason = (
        f"The dates show one row a {seen}." if seen else "The dates show neither days nor weeks; weeks are assumed."
    )
    evidence = f"{spacing.rows} rows, {spacing.first} to {spacing.last}" if spacing else ""
    return str(stage.choose("frequency", seen or "week", reason, evidence))


def _missing_media(stage: Stage, known: Mapping[str, Any], table: Table) -> None:
    blank = [name for name in known["channels"] if name in table.columns and table.columns[name].missing]
    if not blank:
        reason = "No spend is blank; should newer data have blanks, they are refused rather than guessed."
        stage.choose("missing_media", "refuse", reason)
        return
    evidence = "; ".join(
        f"{name}: {table.columns[name].missing} blank, {table.columns[name].zeros or 0} zero" for name in blank
    )
    if all(_blank_means_none(table, known["date"], name) for name in blank):
        reason = "A blank stands for no spend: the channel has no zeros of its own, or was not yet or no longer in use."
        stage.choose("missing_media", "zero", reason, evidence)
    else:
        reason = "A channel has zeros and blanks side by side, so a blank may be spend that nobody noted."
        stage.choose("missing_media", "refuse", reason, evidence)


def _blank_means_none(table: Table, date: str, name: str) -> bool:
    column = table.columns[name]
    if not column.zeros:
        return True
    values = _in_order(table, date, name)
    known = [i for i, value in enumerate(values) if value is not None]
    inside = values[known[0] : known[-1] + 1] if known else []
    return None not in inside


def _missing_controls(stage: Stage, known: Mapping[str, Any], table: Table) -> None:
    blank = [name for name in known["controls"] if name in table.columns and table.columns[name].missing]
    if not blank:
        reason = "No control is blank; should newer data have blanks, they are refused rather than guessed."
        stage.choose("missing_controls", "refuse", reason)
        return
    evidence = "; ".join(f"{name}: {table.columns[name].missing} of {table.rows} blank" for name in blank)
    if all(_short_gaps(_in_order(table, known["date"], name)) for name in blank):
        reason = (
            f"The blanks are short (at most {LONGEST_GAP} rows) with values on both sides, so a straight line is safe."
        )
        stage.choose("missing_controls", "interpolate", reason, evidence)
    else:
        reason = "Long runs of blanks, or blanks at an end, cannot be filled safely from their neighbours."
        stage.choose("missing_controls", "refuse", reason, evidence)


def _short_gaps(values: Sequence[Any]) -> bool:
    if not values or values[0] is None or values[-1] is None:
        return False
    longest = run = 0
    for value in values:
        run = run + 1 if value is None else 0
        longest = max(longest, run)
    return longest <= LONGEST_GAP


def _in_order(table: Table, date: str, name: str) -> list[Any]:
    return [row[0] for row in table.records([name], limit=max(table.rows, 1), order_by=[date])]


def _holdout(stage: Stage, rows: int, frequency: str) -> None:
    days = rows * (7 if frequency == "week" else 1)
    if days >= TWO_YEARS - 7:
        size = min(QUARTER[frequency], round(HOLDOUT_SHARE * rows))
        reason = f"The last {size} rows are kept back once, to see how well the model foretells what it has not seen."
    else:
        size, reason = 0, "With less than two years of rows, all are needed to fit the model."
    stage.choose("holdout", size, reason, f"{rows} rows")
