"""Stage 1, exploration: read the columns, and refuse rows that cannot answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused, ResultTable
from cerebro_core.blocks.source import Source


@dataclass(frozen=True)
class Market:
    """The table by role, checked: region by region (one without a name for a whole market), each by date.

    Attributes:
        dates: first day of each period, datetime64[D], shape (periods,).
        regions: names of the regions.
        outcome: shape (rows,), rows being regions x periods.
        spend: money, shape (channels, rows); NaN where blank.
        exposure: what people saw, shape (channels, rows): the spend itself where no other column was named, the
            average frequency where reach was.
        reach: channel -> people reached, shape (rows,), for the channels with reach and frequency.
        worth: money that one unit of the outcome is worth, shape (rows,).
        controls: column name -> values, NaN where blank.
        events: column name -> labels as text, empty where nothing was marked.
        summary: one line a column, for the report.
    """

    dates: np.ndarray
    regions: tuple[str, ...]
    outcome: np.ndarray
    spend: np.ndarray
    exposure: np.ndarray
    reach: dict[str, np.ndarray]
    worth: np.ndarray
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
    geo: str | None,
    exposure: Mapping[str, str],
    reach: Mapping[str, str],
    average_frequency: Mapping[str, str],
    revenue_per_unit: str | None,
    unit_value: float,
) -> Market:
    """Read the columns by role and refuse what no model can use.

    Args:
        source: the table.
        date, outcome, channels, controls, events, geo, exposure, reach, average_frequency, revenue_per_unit: columns
            by role.
        frequency: "day" or "week", the spacing that the dates must have.
        unit_value: money that one unit of the outcome is worth, beside the column of `revenue_per_unit`.

    Returns:
        The market.

    Raises:
        Refused: dates missing, repeated or irregular; regions with other dates than the first; an outcome that is
            constant, missing or infinite; a channel that never spends or spends below zero.
    """
    seen = [*exposure.values(), *reach.values(), *average_frequency.values()]
    alone = [name for name in (geo, revenue_per_unit) if name]
    frame = source.frame(list(dict.fromkeys([date, outcome, *channels, *controls, *events, *seen, *alone])))
    if not len(frame):
        raise Refused("The table has no rows.")
    frame, days, regions = order_rows(frame, date, geo, frequency)
    sales = read_numbers(frame[outcome], outcome)
    if np.isnan(sales).any():
        row = str(days[np.flatnonzero(np.isnan(sales))[0] % len(days)])
        raise Refused(
            f"{display(outcome)}: {np.isnan(sales).sum()} rows have no value (first at {row}). Fill or drop them."
        )
    if np.ptp(sales) == 0:
        raise Refused(f"{display(outcome)}: the outcome is {sales[0]:g} in every row; there is nothing to explain.")
    spend = np.stack([read_media(frame[name], name, days) for name in channels])
    seen_columns = {**exposure, **average_frequency}
    exposed = np.stack(
        [
            read_media(frame[seen_columns[name]], seen_columns[name], days) if name in seen_columns else spend[index]
            for index, name in enumerate(channels)
        ]
    )
    reached = {name: read_media(frame[column], column, days) for name, column in reach.items()}
    worth = np.full(len(sales), unit_value)
    if revenue_per_unit:
        worth = worth * read_worth(frame[revenue_per_unit], revenue_per_unit)
    used = {name: read_numbers(frame[name], name) for name in controls}
    marked = {name: tuple(event_label(value) for value in frame[name].tolist()) for name in events}
    numbers = {outcome: sales, **dict(zip(channels, spend, strict=True)), **used}
    for name, column in seen_columns.items():
        numbers[column] = exposed[list(channels).index(name)]
    numbers |= {reach[name]: values for name, values in reached.items()}
    return Market(
        days, regions, sales, spend, exposed, reached, worth, used, marked, summarise_columns(numbers, marked)
    )


def order_rows(
    frame: pd.DataFrame, date: str, geo: str | None, frequency: str
) -> tuple[pd.DataFrame, np.ndarray, tuple[str, ...]]:
    """Rows sorted by region and date, the dates of one region, and the regions' names.

    Raises:
        Refused: as `read_dates` and `check_spacing`; a region that is blank or has other dates than the first.
    """
    days = read_dates(frame[date], date)
    if geo is None:
        order = np.argsort(days, kind="stable")
        check_spacing(days[order], date, frequency)
        return frame.iloc[order].reset_index(drop=True), days[order], ("",)
    labels = frame[geo]
    if labels.isna().any():
        raise Refused(f"{display(geo)}: {int(labels.isna().sum())} rows name no region. Fill or drop them.")
    names = np.array([str(value) for value in labels.tolist()], dtype=object)
    regions = tuple(sorted(set(names)))
    places = {name: index for index, name in enumerate(regions)}
    order = np.lexsort((days, np.array([places[name] for name in names])))
    frame, days, names = frame.iloc[order].reset_index(drop=True), days[order], names[order]
    first = days[names == regions[0]]
    check_spacing(first, date, frequency)
    for region in regions:
        own = days[names == region]
        if len(own) != len(first) or (own != first).any():
            raise Refused(
                f"{display(geo)}: region {display(region)} has other dates than {display(regions[0])} "
                f"({len(own)} rows against {len(first)}). Every region needs one row for each date."
            )
    return frame, first, regions


def read_media(column: pd.Series, name: str, days: np.ndarray) -> np.ndarray:
    """Spend, impressions, reach or frequency: never below zero, and not zero throughout.

    Raises:
        Refused: where that does not hold.
    """
    values = read_numbers(column, name)
    below = np.flatnonzero(values < 0)
    if below.size:
        row = str(days[below[0] % len(days)])
        raise Refused(f"{display(name)}: spend is below zero in {below.size} rows (first at {row}).")
    if not (values > 0).any():
        raise Refused(f"{display(name)}: this channel never spends anything. Leave it out of the channels.")
    return values


def read_worth(column: pd.Series, name: str) -> np.ndarray:
    """Money that a unit of the outcome is worth, row by row.

    Raises:
        Refused: where it is blank or not above zero.
    """
    values = read_numbers(column, name)
    if not (values > 0).all():
        raise Refused(f"{display(name)}: the revenue of one unit is blank or not above zero in some rows. Correct it.")
    return values


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
            "There must be one row a date; name the regions with geo, or add up regions or products first."
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
