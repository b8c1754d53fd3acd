"""Stage 1, exploration: read the columns, and refuse rows that cannot answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused, ResultTable
from cerebro_core.blocks.source import Source


@dataclass(frozen=True)
class Market:
    """The table by role, checked, in the order of its dates.

    Attributes:
        dates: first day of each row, datetime64[D], shape (rows,).
        outcome: shape (rows,).
        spend: shape (channels, rows); NaN where blank.
        controls: column name -> values, NaN where blank.
        events: column name -> labels as text, empty where nothing was marked.
        summary: one line a column, for the report.
    """

    dates: np.ndarray
    outcome: np.ndarray
    spend: np.ndarray
    controls: dict[str, np.ndarray]
    events: dict[str, tuple[str, ...]]
    summary: ResultTable


def explore(
    source: Source,
    *,
    date: str,
    outcome: str,
    channels: Sequence[str],
    controls: Sequence[str],
    events: Sequence[str],
    frequency: str,
) -> Market:
    """Read the columns by role and refuse what no model can use.

    Args:
        source: the table.
        date, outcome, channels, controls, events: columns by role.
        frequency: "day" or "week", the spacing that the dates must have.

    Returns:
        The market.

    Raises:
        Refused: dates missing, repeated or irregular; an outcome that is constant, missing or infinite; a channel
            that never spends or spends below zero.
    """
    frame = source.frame(list(dict.fromkeys([date, outcome, *channels, *controls, *events])))
    if not len(frame):
        raise Refused("The table has no rows.")
    days = read_dates(frame[date], date)
    order = np.argsort(days, kind="stable")
    frame, days = frame.iloc[order].reset_index(drop=True), days[order]
    check_spacing(days, date, frequency)
    sales = read_numbers(frame[outcome], outcome)
    if np.isnan(sales).any():
        row = str(days[np.isnan(sales)][0])
        raise Refused(
            f"{display(outcome)}: {np.isnan(sales).sum()} rows have no value (first at {row}). Fill or drop them."
        )
    if np.ptp(sales) == 0:
        raise Refused(f"{display(outcome)}: the outcome is {sales[0]:g} in every row; there is nothing to explain.")
    spend = np.stack([read_numbers(frame[name], name) for name in channels])
    for name, money in zip(channels, spend, strict=True):
        if (money < 0).any():
            row = str(days[money < 0][0])
            raise Refused(f"{display(name)}: spend is below zero in {(money < 0).sum()} rows (first at {row}).")
        if not (money > 0).any():
            raise Refused(f"{display(name)}: this channel never spends anything. Leave it out of the channels.")
    used = {name: read_numbers(frame[name], name) for name in controls}
    marked = {name: tuple(event_label(value) for value in frame[name].tolist()) for name in events}
    numbers = {outcome: sales, **dict(zip(channels, spend, strict=True)), **used}
    return Market(days, sales, spend, used, marked, summarise_columns(numbers, marked))


def read_dates(column: pd.Series, name: str) -> np.ndarray:
    """Days of a date column.

    Raises:
        Refused: where a date is blank or cannot be read.
    """
    days = pd.to_datetime(column, errors="coerce")
    if days.isna().any():
        bad = display(column[days.isna()].iloc[0], 40)
        raise Refused(f"{display(name)}: {int(days.isna().sum())} rows have no readable date (first: {bad}).")
    return np.asarray(days.to_numpy().astype("datetime64[D]"))


def check_spacing(days: np.ndarray, name: str, frequency: str) -> None:
    """Refuse repeated dates, gaps and another spacing than `frequency`."""
    steps = np.diff(days).astype(int)
    if (steps == 0).any():
        raise Refused(
            f"{display(name)}: {days[1:][steps == 0][0]} occurs more than once. "
            "There must be one row a date; add up regions or products first."
        )
    wanted = 7 if frequency == "week" else 1
    if (steps != wanted).any():
        at = int(np.argmax(steps != wanted))
        raise Refused(
            f"{display(name)}: rows should be one {frequency} apart, but {days[at]} is followed by {days[at + 1]} "
            f"({(steps != wanted).sum()} such steps). Fill the gaps, or set frequency."
        )


def read_numbers(column: pd.Series, name: str) -> np.ndarray:
    """A column as floats, blanks as NaN.

    Raises:
        Refused: where a cell is text or infinite.
    """
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    text = numbers.isna() & ~column.isna()
    if text.any():
        raise Refused(f"{display(name)}: '{display(column[text].iloc[0], 40)}' is not a number.")
    values = numbers.to_numpy(dtype=float, na_value=np.nan)
    if np.isinf(values).any():
        raise Refused(f"{display(name)}: {np.isinf(values).sum()} cells are infinite. Correct them in the table.")
    return np.asarray(values)


def event_label(value: object) -> str:
    """The label of an event cell; empty for blank, 0, false and the usual words for nothing."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NaT:
        return ""
    text = str(value).strip()
    if text.lower() in ("", "na", "n/a", "nan", "none", "null", "no", "0", "0.0", "false", "-", "<na>"):
        return ""
    return "1" if text.lower() in ("1", "1.0", "true", "yes") else text


def summarise_columns(numbers: dict[str, np.ndarray], events: dict[str, tuple[str, ...]]) -> ResultTable:
    """Rows, blanks, zeros and range of every column."""
    rows = []
    for name, values in numbers.items():
        known = values[~np.isnan(values)]
        ends = (float(known.min()), float(known.mean()), float(known.max())) if known.size else (None, None, None)
        rows.append((name, int(known.size), int(values.size - known.size), int((known == 0).sum()), *ends))
    for name, labels in events.items():
        used = sum(1 for label in labels if label)
        rows.append((name, used, 0, len(labels) - used, None, None, None))
    return ResultTable(
        columns=("column", "values", "blank", "zero", "least", "mean", "most"),
        rows=tuple(rows),
        title="The data",
        caption="Columns that the model used. For events, 'values' counts rows with an event.",
    )
