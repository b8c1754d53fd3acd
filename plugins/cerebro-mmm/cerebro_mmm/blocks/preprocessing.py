"""Stage 2, preprocessing: scales, lags and the columns of the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused, RunDecision
from cerebro_mmm.blocks.exploration import Market


@dataclass(frozen=True)
class Prepared:
    """What the model sees.

    Attributes:
        dates: shape (rows,).
        outcome: in its own unit, shape (rows,).
        outcome_scale: mean absolute outcome; the model's unit.
        channels: names.
        spend: in money, shape (channels, rows).
        media_scale: typical spend: mean over the rows with any, shape (channels,).
        lagged: spend in typical spends, now and `lags` rows ago, shape (channels, rows, lags + 1).
        lags: 0, 1, … as floats.
        design: columns of the baseline, shape (rows, coefficients).
        names: names of these columns.
        groups: what each belongs to: intercept, trend, season, control or event.
        prior_mean, prior_sd: of their coefficients, in outcome scales.
        noise_scale: scale of the noise's prior, in outcome scales.
        train: rows that a fit with a holdout sees, as booleans, shape (rows,).
        decisions: what was done to the rows.
    """

    dates: np.ndarray
    outcome: np.ndarray
    outcome_scale: float
    channels: tuple[str, ...]
    spend: np.ndarray
    media_scale: np.ndarray
    lagged: np.ndarray
    lags: np.ndarray
    design: np.ndarray
    names: tuple[str, ...]
    groups: tuple[str, ...]
    prior_mean: np.ndarray
    prior_sd: np.ndarray
    noise_scale: float
    train: np.ndarray
    decisions: tuple[RunDecision, ...]

    @property
    def period(self) -> str:
        """What one row is, in words: "week" or "day"."""
        return "week" if (self.dates[1] - self.dates[0]).astype(int) == 7 else "day"


def prepare(
    market: Market,
    channels: Sequence[str],
    *,
    frequency: str,
    missing_media: str,
    missing_controls: str,
    holdout: int,
    adstock_max_lag: int,
    trend: str,
    seasonality: int,
    weekly_seasonality: int,
) -> Prepared:
    """Scale the market, lag its spend and build the baseline's columns.

    The prior of a coefficient is normal with mean zero; its scale is the outcome's standard deviation (twice that for
    trend and events) for a column with standard deviation one. The intercept is one outcome scale plus or minus a half.

    Raises:
        Refused: blanks that may not be filled, a holdout that leaves too few rows, fewer rows than parameters.
    """
    spend, notes = fill_media(market.spend, channels, missing_media)
    columns, more = baseline_columns(market, frequency, missing_controls, trend, seasonality, weekly_seasonality)
    rows, count = len(market.outcome), len(channels)
    parameters = len(columns) + 4 * count + 1
    if rows - holdout < parameters:
        raise Refused(
            f"{rows} rows{f' less {holdout} held out' if holdout else ''} cannot carry {parameters} parameters "
            f"({count} channels, {len(columns)} baseline columns). Use more rows, or fewer channels, controls, events "
            "or Fourier pairs."
        )
    scale = float(np.abs(market.outcome).mean())
    spread = float(market.outcome.std()) / scale
    typical = np.array([money[money > 0].mean() for money in spend])
    lagged = lag_spend(spend / typical[:, None], adstock_max_lag)
    sds = {"intercept": 0.5, "trend": 2 * spread, "season": spread, "control": spread, "event": 2 * spread}
    past = RunDecision(
        "history",
        min(adstock_max_lag, rows),
        "Spend before the first row is not in the table. It is taken to have been "
        f"the mean of the first {max(1, min(adstock_max_lag, rows))} rows of each channel.",
        "preprocessing",
    )
    return Prepared(
        dates=market.dates,
        outcome=market.outcome,
        outcome_scale=scale,
        channels=tuple(channels),
        spend=spend,
        media_scale=typical,
        lagged=lagged,
        lags=np.arange(adstock_max_lag + 1, dtype=float),
        design=np.column_stack([values for _, _, values in columns]),
        names=tuple(name for name, _, _ in columns),
        groups=tuple(group for _, group, _ in columns),
        prior_mean=np.array(
            [float(np.sign(market.outcome.mean())) if g == "intercept" else 0.0 for _, g, _ in columns]
        ),
        prior_sd=np.array([sds[group] for _, group, _ in columns]),
        noise_scale=spread,
        train=np.arange(rows) < rows - holdout,
        decisions=(*notes, *more, *((past,) if adstock_max_lag else ())),
    )


def fill_media(
    spend: np.ndarray, channels: Sequence[str], missing_media: str
) -> tuple[np.ndarray, tuple[RunDecision, ...]]:
    """Blank spend as zero, where that is allowed.

    Raises:
        Refused: blanks, and `missing_media` is "refuse".
    """
    blank = np.isnan(spend)
    if not blank.any():
        return spend, ()
    named = ", ".join(f"{display(c)} ({n})" for c, n in zip(channels, blank.sum(axis=1), strict=True) if n)
    if missing_media == "refuse":
        raise Refused(f"Spend is blank in {named} rows. If blank means no spend, set missing_media to zero.")
    note = RunDecision("missing_media", "zero", f"Blank spend was read as no spend: {named} rows.", "preprocessing")
    return np.nan_to_num(spend, nan=0.0), (note,)


def lag_spend(spend: np.ndarray, longest: int) -> np.ndarray:
    """Spend now and 1, 2, … `longest` rows ago; rows before the first hold the mean of the first `longest` rows.

    Args:
        spend: shape (channels, rows).
        longest: the longest lag.

    Returns:
        Shape (channels, rows, longest + 1).
    """
    if longest == 0:
        return spend[:, :, None]
    past = np.repeat(spend[:, :longest].mean(axis=1, keepdims=True), longest, axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(np.concatenate([past, spend], axis=1), longest + 1, axis=1)
    return np.ascontiguousarray(windows[:, :, ::-1])


def baseline_columns(
    market: Market, frequency: str, missing_controls: str, trend: str, seasonality: int, weekly_seasonality: int
) -> tuple[list[tuple[str, str, np.ndarray]], tuple[RunDecision, ...]]:
    """Columns of the baseline as (name, group, values), and what was decided on the way.

    Raises:
        Refused: blank or constant controls, a day-of-week season in weekly rows.
    """
    rows = len(market.outcome)
    if weekly_seasonality and frequency != "day":
        raise Refused("weekly_seasonality needs daily rows; set it to 0.")
    columns: list[tuple[str, str, np.ndarray]] = [("intercept", "intercept", np.ones(rows))]
    if trend == "linear":
        line = np.arange(rows) - (rows - 1) / 2
        columns.append(("trend", "trend", line / line.std()))
    day = market.dates.astype("datetime64[D]").astype(float)
    columns += fourier_columns("year", day, 365.25, seasonality)
    columns += fourier_columns("week", day, 7.0, weekly_seasonality)
    notes = []
    for name, values in market.controls.items():
        blanks = int(np.isnan(values).sum())
        if blanks and (missing_controls == "refuse" or blanks == rows):
            raise Refused(
                f"{display(name)} is blank in {blanks} rows. Fill them, or set missing_controls to interpolate."
            )
        if blanks:
            known = ~np.isnan(values)
            values = np.interp(np.arange(rows), np.flatnonzero(known), values[known])
            reason = f"{display(name)}: {blanks} blanks were interpolated between their neighbours."
            notes.append(RunDecision("missing_controls", "interpolate", reason, "preprocessing"))
        if np.ptp(values) == 0:
            raise Refused(f"{display(name)}: this control never changes, so it can explain nothing. Leave it out.")
        columns.append((name, "control", (values - values.mean()) / values.std()))
    for name, labels in market.events.items():
        for label in sorted({text for text in labels if text}):
            marks = np.array([text == label for text in labels], dtype=float)
            if marks.all():
                raise Refused(f"{display(name)}: every row is marked, so it marks nothing. Leave it out.")
            columns.append((name if label == "1" else f"{name}: {label}", "event", marks))
    return columns, tuple(notes)


def fourier_columns(season: str, day: np.ndarray, period: float, pairs: int) -> list[tuple[str, str, np.ndarray]]:
    """Sine and cosine pairs of a season of `period` days, each with standard deviation near one."""
    columns = []
    for pair in range(1, pairs + 1):
        angle = 2 * np.pi * pair * day / period
        columns.append((f"{season} sin {pair}", "season", np.sqrt(2.0) * np.sin(angle)))
        columns.append((f"{season} cos {pair}", "season", np.sqrt(2.0) * np.cos(angle)))
    return columns
