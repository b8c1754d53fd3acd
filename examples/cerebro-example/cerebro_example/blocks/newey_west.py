"""A linear marketing mix model by ordinary least squares, with Newey-West standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.diagnostic import linear_reset

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, Refused, Result, ResultTable
from cerebro_core.blocks.source import Source
from cerebro_core.blocks.style import PALETTE, label, new_figure, tick_numbers, tick_text

FEWEST_SPARE_ROWS = 20
MOST_INFLATION = 10.0
MOST_PERSISTENCE = 0.8
RESET_LEVEL = 0.001  # robust tests reject too often in short series: 6 % of straight markets at 0.01


@dataclass(frozen=True)
class LinearFit:
    """Coefficients with their covariance, and what they were fitted to."""

    coefficients: np.ndarray
    covariance: np.ndarray
    design: np.ndarray
    outcome: np.ndarray
    degrees: int
    lags: int


def analyse(
    source: Source,
    *,
    date: str,
    outcome: str,
    channels: Sequence[str],
    controls: Sequence[str],
    trend: str,
    seasonality: int,
    ci_level: float,
    carryover: float = 0.0,
    hac_lags: int | None = None,
) -> Result:
    """Regress the outcome on spend that carries over, controls, trend and season.

    The model is y_t = a + b t + season_t + sum_k d_k z_kt + sum_c beta_c x_ct + e_t, where
    x_ct = sum_l carryover^l spend_c,t-l. A channel's contribution is beta_c sum_t x_ct, and its return on ad spend that
    over its spend. The covariance of the coefficients is that of Newey and West (1987) with Bartlett weights and the
    correction n / (n - k); intervals use Student's t with n - k degrees of freedom. In 300 simulated markets of 156
    weeks with errors of autocorrelation .4, intervals of 90 % held the truth in 88 %.

    Args:
        source: the table, one row a period.
        date, outcome, channels, controls: columns.
        trend: "linear" or "none".
        seasonality: Fourier pairs of the yearly season.
        ci_level: level of the intervals.
        carryover: share of a row's effect that carries over to the next.
        hac_lags: rows over which errors may be correlated; default floor(4 (n / 100)^(2/9)).

    Raises:
        Refused: where values are missing, or the rows are too few, or a channel never moves.
    """
    frame = ordered_frame(source, date, [outcome, *channels, *controls])
    spend = frame[list(channels)].to_numpy(float)
    carried = carried_over(spend, carryover)
    base = base_design(frame, date, list(controls), trend, seasonality)
    design = np.column_stack([carried, base])
    rows, width = design.shape
    if rows - width < FEWEST_SPARE_ROWS:
        raise Refused(
            f"{rows} rows are too few for {width} numbers to estimate: add rows, or leave out channels, controls or "
            f"seasonality until {FEWEST_SPARE_ROWS} rows are spare"
        )
    if np.linalg.matrix_rank(design / np.linalg.norm(design, axis=0)) < width:
        raise Refused("some columns are sums or multiples of others: leave out channels or controls that repeat others")
    fit = hac_fit(design, frame[outcome].to_numpy(float), hac_lags)
    estimates = channel_estimates(fit, list(channels), spend, carried, ci_level)
    return Result(
        answer=media_answer(estimates[0], fit.outcome.sum(), outcome),
        estimates=estimates,
        diagnostics=linear_diagnostics(fit, len(channels)),
        tables={"decomposition": decomposition(frame, date, fit, list(channels))},
        charts=(roas_chart(estimates, ci_level),),
        rows_used=rows,
    )


def ordered_frame(source: Source, date: str, columns: Sequence[str]) -> pd.DataFrame:
    """The columns by date, complete."""
    frame = source.frame([date, *columns])
    for name in frame.columns:
        missing = int(frame[name].isna().sum())
        if missing:
            raise Refused(f"column '{display(name)}' has {missing} empty cells: fill them first")
    for name in columns:
        if frame[name].nunique() < 2:
            raise Refused(f"column '{display(name)}' never moves, so nothing can be learnt from it: leave it out")
    return frame.sort_values(date, kind="stable", ignore_index=True)


def carried_over(spend: np.ndarray, carryover: float) -> np.ndarray:
    """Geometric carry-over: x_t = spend_t + carryover x_{t-1}."""
    carried = np.array(spend, dtype=float)
    for row in range(1, len(carried)):
        carried[row] += carryover * carried[row - 1]
    return carried


def base_design(frame: pd.DataFrame, date: str, controls: list[str], trend: str, seasonality: int) -> np.ndarray:
    """Constant, trend, season and controls, each centred and on a scale near one."""
    days = (frame[date] - frame[date].iloc[0]).dt.total_seconds().to_numpy() / 86_400
    columns = [np.ones(len(frame))]
    if trend == "linear":
        columns.append(days / days[-1] - 0.5)
    for pair in range(1, seasonality + 1):
        angle = 2 * np.pi * pair * days / 365.25
        columns += [np.sin(angle), np.cos(angle)]
    for name in controls:
        values = frame[name].to_numpy(float)
        columns.append((values - values.mean()) / values.std())
    return np.column_stack(columns)


def hac_fit(design: np.ndarray, outcome: np.ndarray, lags: int | None) -> LinearFit:
    """Least squares with the covariance of Newey and West."""
    rows, width = design.shape
    used = int(4 * (rows / 100) ** (2 / 9)) if lags is None else min(lags, rows - 1)
    scale = np.linalg.norm(design, axis=0) / np.sqrt(rows)
    fitted = sm.OLS(outcome, design / scale).fit(
        cov_type="HAC", cov_kwds={"maxlags": used, "use_correction": True}, use_t=True
    )
    return LinearFit(
        coefficients=fitted.params / scale,
        covariance=fitted.cov_params() / np.outer(scale, scale),
        design=design,
        outcome=outcome,
        degrees=rows - width,
        lags=used,
    )


def linear_estimate(
    fit: LinearFit, weights: np.ndarray, level: float, name: str, title: str, group: str | None, unit: str
) -> Estimate:
    """The estimate of weights' coefficients, with Student's t interval."""
    value = float(weights @ fit.coefficients)
    error = float(np.sqrt(weights @ fit.covariance @ weights))
    reach = float(stats.t.ppf((1 + level) / 2, fit.degrees)) * error
    return Estimate(
        name=name,
        value=value,
        label=title,
        std_error=error,
        ci_low=value - reach,
        ci_high=value + reach,
        ci_level=level,
        interval="confidence",
        p_value=float(2 * stats.t.sf(abs(value) / error, fit.degrees)),
        unit=unit,
        group=group,
    )


def channel_estimates(
    fit: LinearFit, channels: list[str], spend: np.ndarray, carried: np.ndarray, level: float
) -> tuple[Estimate, ...]:
    """All media together, then contribution and return on ad spend of each channel."""
    width = fit.design.shape[1]
    everything = np.zeros(width)
    everything[: len(channels)] = carried.sum(axis=0)
    estimates = [
        linear_estimate(fit, everything, level, "total_media", "Contribution of all media", None, "units of outcome")
    ]
    for index, name in enumerate(channels):
        only = np.zeros(width)
        only[index] = carried[:, index].sum()
        shown = display(name, 60)
        estimates += [
            linear_estimate(fit, only, level, "contribution", f"Contribution, {shown}", name, "units of outcome"),
            linear_estimate(
                fit, only / spend[:, index].sum(), level, "roas", f"Return on ad spend, {shown}", name, "per 1 of spend"
            ),
        ]
    return tuple(estimates)


def media_answer(total: Estimate, whole: float, outcome: str) -> str:
    """The answer in a sentence."""
    share = total.value / whole if total.value is not None else 0.0
    low = (total.ci_low or 0.0) / whole
    high = (total.ci_high or 0.0) / whole
    return f"Media brought about {share:.0%} of '{display(outcome, 60)}' (between {low:.0%} and {high:.0%})."


def linear_diagnostics(fit: LinearFit, channels: int) -> tuple[Diagnostic, ...]:
    """Straight lines, collinearity, and errors that last too long for Newey and West."""
    scaled = fit.design / np.linalg.norm(fit.design, axis=0)
    plain = sm.OLS(fit.outcome, scaled).fit()
    reset = linear_reset(plain, power=2, test_type="fitted", use_f=True, cov_type="HAC", cov_kwds={"maxlags": fit.lags})
    p_value = float(reset.pvalue)
    straight = p_value >= RESET_LEVEL
    inflation = largest_inflation(fit.design[:, :channels], fit.design[:, channels:])
    residuals = np.asarray(plain.resid)
    persistence = float(residuals[1:] @ residuals[:-1] / (residuals @ residuals))
    return (
        Diagnostic(
            "linearity",
            "pass" if straight else "warn",
            "Straight lines fit the data."
            if straight
            else "The data bend where the model is straight: returns may diminish. Use an engine with saturation.",
            p_value,
            RESET_LEVEL,
        ),
        Diagnostic(
            "collinearity",
            "pass" if inflation <= MOST_INFLATION else "warn",
            "Each channel moves enough by itself."
            if inflation <= MOST_INFLATION
            else "Channels move together, so their separate effects are hard to tell; trust their sum more.",
            inflation,
            MOST_INFLATION,
        ),
        Diagnostic(
            "persistence",
            "pass" if persistence <= MOST_PERSISTENCE else "fail",
            "What the model misses fades within a few rows."
            if persistence <= MOST_PERSISTENCE
            else "What the model misses lasts for long, so the intervals are too narrow: add controls or a trend.",
            persistence,
            MOST_PERSISTENCE,
        ),
    )


def largest_inflation(media: np.ndarray, base: np.ndarray) -> float:
    """Largest variance inflation factor of the channels: 1 / (1 - R^2) of each on everything else."""
    factors = []
    for index in range(media.shape[1]):
        others = np.column_stack([np.delete(media, index, axis=1), base])
        others = others / np.linalg.norm(others, axis=0)
        own = media[:, index]
        residual = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
        factors.append(float(((own - own.mean()) ** 2).sum() / (residual**2).sum()))
    return max(factors)


def decomposition(frame: pd.DataFrame, date: str, fit: LinearFit, channels: list[str]) -> ResultTable:
    """What each channel and the rest brought, row by row."""
    parts = fit.design[:, : len(channels)] * fit.coefficients[: len(channels)]
    baseline = fit.design[:, len(channels) :] @ fit.coefficients[len(channels) :]
    rows = [
        (day.date().isoformat(), float(rest), *map(float, row))
        for day, rest, row in zip(frame[date], baseline, parts, strict=True)
    ]
    return ResultTable(
        columns=("date", "baseline", *channels),
        rows=tuple(rows),
        title="Decomposition",
        caption="The baseline and what each channel added, by row.",
    )


def roas_chart(estimates: Sequence[Estimate], level: float) -> Chart:
    """Return on ad spend of each channel with its interval."""
    shown = [estimate for estimate in estimates if estimate.name == "roas"]
    figure = new_figure(height=1.2 + 0.5 * len(shown))
    axes = figure.subplots()
    for place, estimate in enumerate(shown):
        axes.plot(
            [estimate.ci_low or 0.0, estimate.ci_high or 0.0], [place, place], color=PALETTE[0], linewidth=3, alpha=0.5
        )
        axes.plot([estimate.value or 0.0], [place], "o", color=PALETTE[0])
    axes.axvline(0.0, color=PALETTE[-1], linewidth=1)
    label(axes, title="Return on ad spend", x="outcome per 1 of spend")
    tick_text(axes.yaxis, list(range(len(shown))), [estimate.group or "" for estimate in shown])
    tick_numbers(axes.xaxis)
    axes.invert_yaxis()
    return Chart("roas", "Return on ad spend", f"Dots are estimates, bars are {level:.0%} intervals.", figure)
