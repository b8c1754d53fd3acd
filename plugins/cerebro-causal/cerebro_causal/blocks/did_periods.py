"""Periods in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused

EARLY_WORDS = frozenset({"before", "pre", "baseline", "vorher", "old", "prior", "wave1", "first", "t0"})
LATE_WORDS = frozenset({"after", "post", "followup", "follow-up", "endline", "nachher", "new", "wave2", "second", "t1"})
SORTABLE = re.compile(r"^\d{4}([-/. ]?[QqWwMm]?\d{1,2})?([-/.]\d{1,2})?$")


@dataclass(frozen=True)
class Periods:
    """The periods of the rows.

    Attributes:
        number: (n,) number of each row's period, from 1.
        values: the periods in order, as they stand in the table.
        names: the same for people.
    """

    number: np.ndarray
    values: tuple[Any, ...]
    names: tuple[str, ...]


def observed_periods(series: pd.Series, column: str) -> Periods:
    """Number the periods in their order.

    Raises:
        Refused: they are words whose order nobody can know.
    """
    plain = series.astype(int) if pd.api.types.is_bool_dtype(series) else series
    levels = plain.drop_duplicates().tolist()  # timestamps stay timestamps, as pd.unique would not leave them
    ordered = ordered_words(levels, column) if isinstance(levels[0], str) else sorted(levels)
    number = pd.Categorical(plain, categories=ordered).codes.astype(int) + 1
    return Periods(number, tuple(ordered), tuple(period_name(value) for value in ordered))


def ordered_words(levels: list[str], column: str) -> list[str]:
    """Periods written as text: before and after, or such as 2024-Q1."""
    widths = {re.sub(r"\d+", lambda match: str(len(match.group())), level) for level in levels}
    if all(SORTABLE.match(level) for level in levels) and len(widths) == 1:
        return sorted(levels)
    early = [level for level in levels if level.casefold().strip() in EARLY_WORDS]
    late = [level for level in levels if level.casefold().strip() in LATE_WORDS]
    if len(levels) == 2 and len(early) == 1 and len(late) == 1:
        return [early[0], late[0]]
    shown = ", ".join(display(level, 30) for level in levels[:4])
    raise Refused(
        f"column '{display(column)}' holds words ({shown}), whose order is not known: write numbers, dates, or before "
        "and after"
    )


def period_name(value: Any) -> str:
    """A period for people: 2004.0 as 2004, a date without its midnight."""
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d") if value == value.normalize() else value.isoformat(sep=" ")
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return display(value, 40)
