"""The baseline: what would be sold without media, as columns with normal coefficients.

The same recipe gives the columns of the rows that are fitted and of rows that are still to come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_mmm.blocks.calendar import holiday_marks

LEVEL_TERMS = 20
SMOOTH_TERMS = 16
BEYOND = 0.5


@dataclass(frozen=True)
class Recipe:
    """How the baseline's columns are made.

    Attributes:
        first: the first day, ISO.
        step: days between rows.
        periods: rows of one region that were fitted.
        trend: "none", "linear", "local_level" or "gp".
        yearly, weekly: pairs of Fourier terms.
        controls: (column, mean, standard deviation).
        events: (column, label).
        holidays: names of the holidays that have a column.
        country: code of the country whose holidays they are, or "".
        regions: names; each but the first has a level of its own beside the common one.
    """

    first: str
    step: int
    periods: int
    trend: str
    yearly: int
    weekly: int
    controls: tuple[tuple[str, float, float], ...]
    events: tuple[tuple[str, str], ...]
    holidays: tuple[str, ...]
    country: str
    regions: tuple[str, ...]


@dataclass(frozen=True)
class Columns:
    """Columns of the baseline.

    Attributes:
        names, groups: of each column; the group is intercept, trend, season, control, event, holiday, region, level or
            smooth.
        values: shape (rows, columns).
        frequency: of a smooth column's wave, in radians over the table's length; zero elsewhere.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    values: np.ndarray
    frequency: np.ndarray


def baseline_columns(
    recipe: Recipe,
    dates: np.ndarray,
    controls: Mapping[str, np.ndarray],
    events: Mapping[str, Sequence[str]],
) -> Columns:
    """The columns for these dates, region by region.

    Args:
        recipe: see `Recipe`.
        dates: of one region, shape (periods,).
        controls: column -> values without blanks, shape (regions x periods,).
        events: column -> labels, one a row.
    """
    regions = len(recipe.regions)
    found: list[tuple[str, str, np.ndarray, float]] = []

    def add(name: str, group: str, values: np.ndarray, frequency: float = 0.0) -> None:
        found.append((name, group, values, frequency))

    def everywhere(values: np.ndarray) -> np.ndarray:
        return np.tile(values, regions)

    day = dates.astype("datetime64[D]").astype(float)
    row = (day - float(np.datetime64(recipe.first, "D").astype(int))) / recipe.step
    add("intercept", "intercept", everywhere(np.ones(len(dates))))
    if recipe.trend != "none":
        line = np.arange(recipe.periods) - (recipe.periods - 1) / 2
        add("trend", "trend", everywhere((row - (recipe.periods - 1) / 2) / line.std()))
    for name, wave in fourier_waves("year", day, 365.25, recipe.yearly) + fourier_waves(
        "week", day, 7.0, recipe.weekly
    ):
        add(name, "season", everywhere(wave))
    for name, mean, spread in recipe.controls:
        add(name, "control", (np.asarray(controls[name], dtype=float) - mean) / spread)
    for column, text in recipe.events:
        marks = np.array([value == text for value in events[column]], dtype=float)
        add(column if text == "1" else f"{column}: {text}", "event", marks)
    marked = holiday_marks(recipe.country, dates, recipe.step) if recipe.holidays else {}
    for name in recipe.holidays:
        add(name, "holiday", everywhere(marked.get(name, np.zeros(len(dates)))))
    for index, name in enumerate(recipe.regions[1:], start=1):
        add(name, "region", np.repeat(np.arange(regions) == index, len(dates)).astype(float))
    time = (row + 1.0) / recipe.periods
    if recipe.trend == "local_level":
        for index, (wave, _) in enumerate(level_waves(time, min(LEVEL_TERMS, recipe.periods // 4)), start=1):
            add(f"level {index}", "level", everywhere(wave))
    if recipe.trend == "gp":
        for index, (wave, frequency) in enumerate(smooth_waves(time), start=1):
            add(f"smooth {index}", "smooth", everywhere(wave), frequency)
    names, groups, values, frequencies = zip(*found, strict=True)
    return Columns(tuple(names), tuple(groups), np.column_stack(values), np.array(frequencies))


def fourier_waves(season: str, day: np.ndarray, period: float, pairs: int) -> list[tuple[str, np.ndarray]]:
    """Sine and cosine pairs of a season of `period` days, each with standard deviation near one."""
    waves = []
    for pair in range(1, pairs + 1):
        angle = 2 * np.pi * pair * day / period
        waves.append((f"{season} sin {pair}", np.sqrt(2.0) * np.sin(angle)))
        waves.append((f"{season} cos {pair}", np.sqrt(2.0) * np.cos(angle)))
    return waves


def level_waves(time: np.ndarray, terms: int) -> list[tuple[np.ndarray, float]]:
    """A random walk that starts at zero, as its Karhunen-Loève expansion: columns for standard normal coefficients.

    Args:
        time: 0 at the start and 1 at the end of the fitted rows; the walk is laid out to 1 + `BEYOND`.
        terms: how many waves to keep.

    Returns:
        (values, frequency) of each wave; the sum of their squares is the time passed, but for what was cut off.
    """
    end = 1.0 + BEYOND
    rates = (np.arange(1, terms + 1) - 0.5) * np.pi / end
    return [(np.sqrt(2.0 / end) * np.sin(rate * time) / rate, float(rate)) for rate in rates]


def smooth_waves(time: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Basis of a Gaussian process on a bounded interval (Solin and Särkkä 2020; Riutort-Mayol et al. 2023).

    The coefficient of a wave with frequency w has the variance that the kernel's spectral density has at w.
    """
    centre, half = (1.0 + BEYOND) / 2, 1.25 * (1.0 + BEYOND) / 2
    rates = np.arange(1, SMOOTH_TERMS + 1) * np.pi / (2 * half)
    return [(np.sin(rate * (time - centre + half)) / np.sqrt(half), float(rate)) for rate in rates]


def filled_controls(
    controls: Mapping[str, np.ndarray], periods: int, missing: str
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Controls without blanks, and what was done, in words.

    Raises:
        Refused: blanks that may not be interpolated, or a control that never changes.
    """
    filled: dict[str, np.ndarray] = {}
    notes = []
    for name, column in controls.items():
        values = column.copy()
        blanks = int(np.isnan(values).sum())
        for part in values.reshape((-1, periods)):
            known = ~np.isnan(part)
            if known.all():
                continue
            if missing == "refuse" or not known.any():
                raise Refused(
                    f"{display(name)} is blank in {blanks} rows. Fill them, or set missing_controls to interpolate."
                )
            part[:] = np.interp(np.arange(periods), np.flatnonzero(known), part[known])
        if blanks:
            notes.append(f"{display(name)}: {blanks} blanks were interpolated between their neighbours.")
        if np.ptp(values) == 0:
            raise Refused(f"{display(name)}: this control never changes, so it can explain nothing. Leave it out.")
        filled[name] = values
    return filled, notes
