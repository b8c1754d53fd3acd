"""Does spend chase demand? Two signs, and a column that takes the common movement of spend out of the media.

Planners who raise every budget when demand is high make media look better than they are. What moves the spend of all
channels alike, beyond trend, season, controls and events, may be such demand. Where the channels move together more
than chance allows, their common movement becomes a column of the baseline (a substitute for the unseen demand, as in
Wang and Blei 2019, "The blessings of multiple causes"): the rows decide, within its prior, how much of it was demand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cerebro_mmm.blocks.preprocessing import Prepared

MOVES_TOGETHER = 3.0
SOFTENING = 5.0


@dataclass(frozen=True)
class CommonMovement:
    """What the channels' spends share.

    Attributes:
        correlation: mean correlation of two channels' innovations.
        z: of that mean; above `MOVES_TOGETHER` it is no chance.
        factor: the common movement, with standard deviation one, shape (rows,).
        loading: correlation of each channel's spend with it, shape (channels,).
    """

    correlation: float
    z: float
    factor: np.ndarray
    loading: np.ndarray


def common_movement(prepared: Prepared) -> CommonMovement:
    """How much the channels' spends move together beyond the baseline's columns and their own past.

    Innovations are the residuals of log spend on the baseline's columns and on log spend one and two rows before. The
    factor is the first principal component of log spend less the baseline's columns.
    """
    media = np.log1p(SOFTENING * np.where(prepared.by_reach > 0, prepared.reached, prepared.exposure))
    lagged = media[:, prepared.window[:, :3]]
    columns = prepared.design
    channels = len(media)
    if channels < 2:
        return CommonMovement(0.0, 0.0, np.zeros(len(columns)), np.zeros(channels))
    fresh = np.stack([rest_of(one[:, 0], np.column_stack([columns, one[:, 1:]])) for one in lagged])
    level = np.stack([rest_of(one[:, 0], columns) for one in lagged])
    pairs = np.triu_indices(channels, 1)
    mean = float(correlations(fresh)[pairs].mean())
    freedom = max(len(columns) - columns.shape[1] - 2, 1)
    own = correlations(level)
    weights = np.linalg.eigh(own)[1][:, -1]
    weights = weights * (np.sign(weights.sum()) or 1.0)
    spread = level.std(axis=1, keepdims=True)
    factor = weights @ (level / np.where(spread > 0, spread, 1.0))
    factor = factor / factor.std() if factor.std() > 0 else factor
    loading = np.array([float(np.nan_to_num(np.corrcoef(one, factor)[0, 1])) for one in level])
    return CommonMovement(mean, mean * float(np.sqrt(freedom * len(pairs[0]))), factor, loading)


def correlations(rows: np.ndarray) -> np.ndarray:
    """Correlation matrix; zero where a row does not vary."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nan_to_num(np.corrcoef(rows)))


def rest_of(values: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Residual of a least squares regression."""
    solution, *_ = np.linalg.lstsq(columns, values, rcond=None)
    return np.asarray(values - columns @ solution)


def with_common_movement(prepared: Prepared, movement: CommonMovement) -> Prepared:
    """The same rows with the common movement of spend as a column of the baseline."""
    return replace(
        prepared,
        design=np.column_stack([prepared.design, movement.factor]),
        names=(*prepared.names, "common movement of spend"),
        groups=(*prepared.groups, "demand"),
        waves=np.append(prepared.waves, 0.0),
        prior_mean=np.append(prepared.prior_mean, 0.0),
        prior_sd=np.append(prepared.prior_sd, prepared.noise_scale),
    )


def lead_values(prepared: Prepared) -> np.ndarray:
    """t value, by channel, of last period's outcome in a regression of spend on it, its own past and the baseline.

    Large where budgets are raised after good periods.
    """
    outcome = prepared.row_outcome / prepared.row_scale
    inside = np.arange(len(outcome)) % len(prepared.dates) > 0
    rows = np.flatnonzero(inside)
    values = []
    for spend in prepared.row_spend:
        design = np.column_stack([outcome[rows - 1], spend[rows - 1], prepared.design[rows]])
        scaled = design / np.maximum(np.abs(design).max(axis=0), 1e-300)
        solution, _, rank, _ = np.linalg.lstsq(scaled, spend[rows], rcond=None)
        residual = spend[rows] - scaled @ solution
        variance = float(residual @ residual) / max(len(rows) - int(rank), 1)
        error = np.sqrt(variance * np.linalg.pinv(scaled.T @ scaled)[0, 0])
        values.append(float(solution[0] / error) if error > 0 else 0.0)
    return np.array(values)
