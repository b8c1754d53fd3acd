"""Confounders as numbers: dummies for words, days for dates, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused

MOST_COVARIATE_LEVELS = 50
CHUNK_OF_ROWS = 100_000


@dataclass(frozen=True)
class Covariates:
    """Confounders as a matrix without an intercept.

    Attributes:
        values: (n, p), finite; columns that never vary, and those that repeat earlier ones, are left out.
        names: p names for people.
    """

    values: np.ndarray
    names: tuple[str, ...]


def covariate_matrix(frame: pd.DataFrame, columns: Sequence[str]) -> Covariates:
    """Numbers for these columns: one dummy for each level of a word but its most frequent one.

    A missing number becomes the mean, and a missing word a level of its own; each such column gets an indicator of
    what was missing (Rosenbaum & Rubin 1984).

    Args:
        frame: the rows.
        columns: the confounders.

    Raises:
        Refused: a column of words has more levels than can be compared.
    """
    parts: list[np.ndarray] = []
    names: list[str] = []
    for column in columns:
        for name, values in column_numbers(frame[column], column):
            parts.append(values)
            names.append(name)
    if not parts:
        return Covariates(np.zeros((len(frame), 0)), ())
    whole = np.empty((len(frame), len(parts)))
    for place in range(len(parts)):
        whole[:, place] = parts[place]
        parts[place] = parts[0][:0]  # let go of the column
    kept = independent_columns(whole)
    if len(kept) < whole.shape[1]:
        whole = whole[:, kept]
    return Covariates(whole, tuple(names[i] for i in kept))


def column_numbers(series: pd.Series, column: str) -> list[tuple[str, np.ndarray]]:
    """One column as named columns of numbers."""
    shown = display(column, 40)
    missing = series.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series):
        values = series.to_numpy(dtype=float, na_value=np.nan)
    elif pd.api.types.is_datetime64_any_dtype(series):
        days = (series - series.min()).dt.total_seconds() / 86_400.0
        values = days.to_numpy(dtype=float, na_value=np.nan)
    else:
        return word_dummies(series, column)
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise Refused(f"column '{shown}' has {infinite} infinite values: correct or empty these cells")
    if not missing.any():
        return [(shown, values)]
    middle = float(values[~missing].mean()) if (~missing).any() else 0.0
    return [(shown, np.where(missing, middle, values)), (f"{shown} is missing", missing.astype(float))]


def word_dummies(series: pd.Series, column: str) -> list[tuple[str, np.ndarray]]:
    """A dummy for each level of a column of words but the most frequent."""
    shown = display(column, 40)
    words = series.astype(object).where(series.notna(), None)
    counts = words.value_counts(dropna=True)
    if len(counts) > MOST_COVARIATE_LEVELS:
        raise Refused(
            f"column '{shown}' has {len(counts)} levels, more than the {MOST_COVARIATE_LEVELS} that can be compared: "
            "put rare ones together, or leave the column out"
        )
    found = [(f"{shown} = {display(level, 30)}", (words == level).to_numpy(dtype=float)) for level in counts.index[1:]]
    missing = series.isna().to_numpy()
    if missing.any():
        found.append((f"{shown} is missing", missing.astype(float)))
    return found


def independent_columns(values: np.ndarray) -> list[int]:
    """Columns that vary and are no linear combination of earlier ones and the intercept."""
    rows, width = values.shape
    middle = values.mean(axis=0)
    gram = np.zeros((width, width))
    for start in range(0, rows, CHUNK_OF_ROWS):
        centred = values[start : start + CHUNK_OF_ROWS] - middle
        gram += centred.T @ centred
    scale = np.sqrt(np.diag(gram) / rows)
    vary = [i for i in range(width) if scale[i] > 1e-12 * max(1.0, float(max(values[:, i].max(), -values[:, i].min())))]
    if not vary:
        return []
    gram = gram[np.ix_(vary, vary)] / rows / np.outer(scale[vary], scale[vary])
    kept: list[int] = []
    for place in range(len(vary)):
        if not kept:
            kept.append(place)
            continue
        inner = gram[np.ix_(kept, kept)]
        cross = gram[kept, place]
        left = gram[place, place] - cross @ np.linalg.solve(inner, cross)
        if left > 1e-9:
            kept.append(place)
    return [vary[place] for place in kept]
