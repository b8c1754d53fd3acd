"""Stage 2, preprocessing: scales, lags and the columns of the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused, RunDecision
from cerebro_mmm.blocks.baseline import Recipe, baseline_columns, filled_controls
from cerebro_mmm.blocks.calendar import holiday_marks
from cerebro_mmm.blocks.exploration import Market

REGION_SCALE = 0.3


@dataclass(frozen=True)
class Prepared:
    """What the model sees. Rows are regions x periods, region by region; a whole market is one region.

    Attributes:
        dates: of the periods, shape (periods,).
        regions: names.
        region: number of each row's region, shape (rows,).
        row_outcome: in its own unit, shape (rows,).
        row_scale: the model's unit of each row: its region's mean absolute outcome, shape (rows,).
        channels: names.
        row_spend: in money, shape (channels, rows).
        row_worth: money that a unit of the outcome is worth, shape (rows,).
        typical: typical exposure of a channel in each region, shape (channels, regions).
        typical_reach: the same of reach, in people; one where a channel has none.
        exposure: in typical exposures, with the rows before the first, shape (channels, regions x (periods + lags)).
        reached: the same for reach, one where a channel has none.
        by_reach: which channels have reach and frequency, as numbers 0 and 1, shape (channels, 1).
        window: places in `exposure` of now, one row ago, …, shape (rows, lags + 1).
        lags: 0, 1, … as floats.
        recipe: of the baseline.
        design: columns of the baseline, shape (rows, coefficients).
        names: names of these columns.
        groups: what each belongs to, such as intercept, trend, season, control or event.
        waves: frequency of the smooth columns, zero elsewhere, shape (coefficients,).
        prior_mean, prior_sd: of their coefficients, in outcome scales (times their own scale for level and smooth).
        noise_scale: scale of the noise's prior, in outcome scales.
        train: periods that a fit with a holdout sees, as booleans, shape (periods,).
        decisions: what was done to the rows.
    """

    dates: np.ndarray
    regions: tuple[str, ...]
    region: np.ndarray
    row_outcome: np.ndarray
    row_scale: np.ndarray
    channels: tuple[str, ...]
    row_spend: np.ndarray
    row_worth: np.ndarray
    typical: np.ndarray
    typical_reach: np.ndarray
    exposure: np.ndarray
    reached: np.ndarray
    by_reach: np.ndarray
    window: np.ndarray
    lags: np.ndarray
    recipe: Recipe
    design: np.ndarray
    names: tuple[str, ...]
    groups: tuple[str, ...]
    waves: np.ndarray
    prior_mean: np.ndarray
    prior_sd: np.ndarray
    noise_scale: float
    train: np.ndarray
    decisions: tuple[RunDecision, ...]

    @property
    def period(self) -> str:
        """What one row is, in words: "week" or "day"."""
        return "week" if (self.dates[1] - self.dates[0]).astype(int) == 7 else "day"

    @property
    def outcome(self) -> np.ndarray:
        """Outcome of the whole market, shape (periods,)."""
        return self.over_regions(self.row_outcome)

    @property
    def spend(self) -> np.ndarray:
        """Spend in the whole market, shape (channels, periods)."""
        return self.over_regions(self.row_spend)

    @property
    def outcome_scale(self) -> float:
        """Mean absolute outcome of a period in the whole market."""
        return float(self.row_scale.sum() / len(self.dates))

    @property
    def worth(self) -> float:
        """Money that a unit of the outcome is worth on average."""
        weights = np.abs(self.row_outcome)
        return float((weights * self.row_worth).sum() / weights.sum())

    def over_regions(self, rows: np.ndarray) -> np.ndarray:
        """Sum over the regions, shape (…, rows) to (…, periods)."""
        if len(self.regions) == 1:
            return rows
        return np.asarray(rows.reshape((*rows.shape[:-1], len(self.regions), len(self.dates))).sum(axis=-2))


def prepare(
    market: Market,
    channels: Sequence[str],
    *,
    missing_media: str,
    missing_controls: str,
    holdout: int,
    adstock_max_lag: int,
    trend: str,
    seasonality: int,
    weekly_seasonality: int,
    holidays: str,
) -> Prepared:
    """Scale the market, lay out its past and build the baseline's columns.

    The prior of a coefficient is normal with mean zero; its scale is the outcome's standard deviation (twice that for
    trend and events) for a column with standard deviation one. The intercept is one outcome scale plus or minus a half.

    Raises:
        Refused: blanks that may not be filled, a holdout that leaves too few rows, fewer rows than parameters.
    """
    periods, count = len(market.dates), len(channels)
    rows = len(market.outcome)
    region = np.repeat(np.arange(len(market.regions)), periods)
    row_scale = region_means(np.abs(market.outcome), periods)[region]
    spend, exposure, notes = fill_media(market, channels, missing_media)
    reach = np.stack([np.nan_to_num(market.reach.get(name, np.ones(rows)), nan=0.0) for name in channels])
    recipe, controls, more = baseline_recipe(market, missing_controls, trend, seasonality, weekly_seasonality, holidays)
    columns = baseline_columns(recipe, market.dates, controls, market.events)
    refuse_few_rows(rows - holdout * len(market.regions), holdout, count, columns.groups)
    relative = market.outcome / row_scale
    spread = float(relative.std())
    size = row_scale[::periods] / row_scale[::periods].mean()
    typical = typical_exposure(exposure, row_scale / row_scale[::periods].mean())[:, None] * size
    typical[[name in market.reach for name in channels]] /= size  # a frequency does not grow with the region
    typical_reach = typical_exposure(reach, row_scale / row_scale[::periods].mean())[:, None] * size
    typical_reach[[name not in market.reach for name in channels]] = 1.0
    past = RunDecision(
        "history",
        min(adstock_max_lag, periods),
        "Spend before the first row is not in the table. It is taken to have been "
        f"the mean of the first {max(1, min(adstock_max_lag, periods))} rows of each channel.",
        "preprocessing",
    )
    return Prepared(
        dates=market.dates,
        regions=market.regions,
        region=region,
        row_outcome=market.outcome,
        row_scale=row_scale,
        channels=tuple(channels),
        row_spend=spend,
        row_worth=market.worth,
        typical=typical,
        typical_reach=typical_reach,
        exposure=with_past(exposure / typical[:, region], periods, adstock_max_lag),
        reached=with_past(reach / typical_reach[:, region], periods, adstock_max_lag),
        by_reach=np.array([[float(name in market.reach)] for name in channels]),
        window=lag_window(len(market.regions), periods, adstock_max_lag),
        lags=np.arange(adstock_max_lag + 1, dtype=float),
        recipe=recipe,
        design=columns.values,
        names=columns.names,
        groups=columns.groups,
        waves=columns.frequency,
        prior_mean=np.array([float(np.sign(relative.mean())) if g == "intercept" else 0.0 for g in columns.groups]),
        prior_sd=baseline_scales(columns.groups, spread),
        noise_scale=spread,
        train=np.arange(periods) < periods - holdout,
        decisions=(*notes, *more, *((past,) if adstock_max_lag else ())),
    )


def region_means(rows: np.ndarray, periods: int) -> np.ndarray:
    """Mean of each region, shape (rows,) to (regions,).

    Raises:
        Refused: a region without any outcome.
    """
    means = rows.reshape((-1, periods)).mean(axis=1)
    if (means == 0).any():
        raise Refused("A region has no outcome at all. Leave it out of the table.")
    return np.asarray(means)


def baseline_scales(groups: Sequence[str], spread: float) -> np.ndarray:
    """Standard deviations of the coefficients' priors, in outcome scales."""
    scales = {"intercept": 0.5, "region": REGION_SCALE, "trend": 2 * spread, "event": 2 * spread}
    scales |= {"level": 1.0, "smooth": 1.0}  # these have a scale that is learnt
    return np.array([scales.get(group, spread) for group in groups])


def refuse_few_rows(rows: int, holdout: int, channels: int, groups: Sequence[str]) -> None:
    """Refuse fewer rows than free parameters; waves of a level or a smooth share one scale, and do not count.

    Raises:
        Refused: naming what to leave out.
    """
    columns = sum(group not in ("level", "smooth") for group in groups)
    parameters = columns + 4 * channels + 1
    if rows < parameters:
        raise Refused(
            f"{rows} rows{f' (less {holdout} held out)' if holdout else ''} cannot carry {parameters} parameters "
            f"({channels} channels, {columns} baseline columns). Use more rows, or fewer channels, controls, events "
            "or Fourier pairs."
        )


def fill_media(
    market: Market, channels: Sequence[str], missing_media: str
) -> tuple[np.ndarray, np.ndarray, tuple[RunDecision, ...]]:
    """Spend and exposure with blanks as zero, where that is allowed.

    Raises:
        Refused: blanks, and `missing_media` is "refuse".
    """
    blank = np.isnan(market.spend) | np.isnan(market.exposure)
    for index, name in enumerate(channels):
        if name in market.reach:
            blank[index] |= np.isnan(market.reach[name])
    if not blank.any():
        return market.spend, market.exposure, ()
    named = ", ".join(f"{display(c)} ({n})" for c, n in zip(channels, blank.sum(axis=1), strict=True) if n)
    if missing_media == "refuse":
        raise Refused(f"Spend is blank in {named} rows. If blank means no spend, set missing_media to zero.")
    note = RunDecision("missing_media", "zero", f"Blank spend was read as no spend: {named} rows.", "preprocessing")
    return np.nan_to_num(market.spend, nan=0.0), np.nan_to_num(market.exposure, nan=0.0), (note,)


def typical_exposure(exposure: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Mean exposure for a region of mean size, over the rows with any, shape (channels, rows) to (channels,)."""
    return np.array([(values / size)[values > 0].mean() for values in exposure])


def with_past(exposure: np.ndarray, periods: int, longest: int) -> np.ndarray:
    """Each region's rows after `longest` rows that hold the mean of its first `longest`.

    Args:
        exposure: shape (channels, regions x periods).
        periods: rows of a region.
        longest: the longest lag.

    Returns:
        Shape (channels, regions x (longest + periods)).
    """
    rows = exposure.reshape((len(exposure), -1, periods))
    past = np.repeat(rows[:, :, :longest].mean(axis=2, keepdims=True), longest, axis=2) if longest else rows[:, :, :0]
    return np.ascontiguousarray(np.concatenate([past, rows], axis=2).reshape((len(exposure), -1)))


def lag_window(regions: int, periods: int, longest: int) -> np.ndarray:
    """Places of now, one row ago, … in what `with_past` returns, shape (regions x periods, longest + 1)."""
    first = np.arange(regions)[:, None] * (periods + longest) + longest + np.arange(periods)
    return np.asarray(first.reshape(-1, 1) - np.arange(longest + 1))


def baseline_recipe(
    market: Market,
    missing_controls: str,
    trend: str,
    seasonality: int,
    weekly_seasonality: int,
    holidays: str,
) -> tuple[Recipe, dict[str, np.ndarray], tuple[RunDecision, ...]]:
    """How to make the baseline's columns, the controls without blanks, and what was decided on the way.

    Raises:
        Refused: blank or constant controls, an event in every row, a day-of-week season in weekly rows, an unknown
            country.
    """
    step = int((market.dates[1] - market.dates[0]).astype(int)) if len(market.dates) > 1 else 1
    if weekly_seasonality and step != 1:
        raise Refused("weekly_seasonality needs daily rows; set it to 0.")
    controls, told = filled_controls(market.controls, len(market.dates), missing_controls)
    labels = []
    for name, marks in market.events.items():
        for label in sorted({text for text in marks if text}):
            if all(text == label for text in marks):
                raise Refused(f"{display(name)}: every row is marked, so it marks nothing. Leave it out.")
            labels.append((name, label))
    days = holiday_marks(holidays, market.dates, step) if holidays else {}
    recipe = Recipe(
        first=str(market.dates[0].astype("datetime64[D]")),
        step=step,
        periods=len(market.dates),
        trend=trend,
        yearly=seasonality,
        weekly=weekly_seasonality,
        controls=tuple((name, float(values.mean()), float(values.std())) for name, values in controls.items()),
        events=tuple(labels),
        holidays=tuple(sorted(name for name, marks in days.items() if np.ptp(marks) > 0)),
        country=holidays,
        regions=market.regions,
    )
    notes = [RunDecision("missing_controls", "interpolate", text, "preprocessing") for text in told]
    return recipe, controls, tuple(notes)
