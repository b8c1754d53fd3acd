"""What each channel adds: the one definition of the response that all engines share.

effect_c * response_c(exposures now and before) / response_c(typical exposure)

where the response is the saturation of the adstocked exposure (or, with `saturate_first` and for reach and frequency,
the adstock of the saturated exposure), so that `effect` is what a channel adds in a row of typical exposure, as a share
of the mean outcome, under every form. In a panel each region's effect is exp(spread * deviation) times the common one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cerebro_mmm.blocks.forms import Form
from cerebro_mmm.blocks.priors import Prior

CHANNEL_PARAMETERS = ("effect", "retention", "peak", "scale", "shape", "half_saturation", "slope", "rate")


def media_effects(
    draw: Callable[[str, Prior], Any],
    form: Form,
    priors: Mapping[str, Prior],
    lags: np.ndarray,
    lagged: Any,
    reached: Any | None,
    by_reach: Any,
    place: Any | None,
) -> Any:
    """What each channel adds in each row, in outcome scales. Operators alone: for the arrays of every engine.

    Args:
        draw: gives the value of a parameter, shape (…, members).
        form: adstock, saturation and their order.
        priors: of the parameters `effect`, `spread` and `region`.
        lags: 0, 1, … as floats.
        lagged: exposure in typical exposures now and before, shape (channels, rows, lags + 1).
        reached: the same of reach, or None where no channel has any.
        by_reach: which channels have reach and frequency, shape (channels, 1), 0 or 1.
        place: place of each row's region among the members of `region`, shape (channels, rows); None without panel.

    Returns:
        Shape (…, channels, rows).
    """
    effect = draw("effect", priors["effect"])
    weights = form.adstock(draw, lags)[..., None]
    curve = form.saturation(draw)
    size = effect[..., None] / curve(np.ones((1, 1)))
    if place is not None:
        deviation = draw("spread", priors["spread"])[..., None] * draw("region", priors["region"])[..., place]
        size = size * math.e**deviation
    if reached is None and not form.saturate_first:
        return size * curve((lagged @ weights)[..., 0])
    channels, rows, count = lagged.shape
    flat = curve(lagged.reshape((channels, rows * count)))
    by_row = flat.reshape((*flat.shape[:-1], rows, count))
    if reached is not None:
        by_row = by_row * reached
    if form.saturate_first:
        return size * (by_row @ weights)[..., 0]
    return size * (by_reach * (by_row @ weights)[..., 0] + (1.0 - by_reach) * curve((lagged @ weights)[..., 0]))


def effects_of_draws(
    samples: Mapping[str, np.ndarray],
    form: Form,
    lags: np.ndarray,
    exposure: np.ndarray,
    reached: np.ndarray,
    by_reach: np.ndarray,
    window: np.ndarray,
    place: np.ndarray | None,
) -> np.ndarray:
    """The same for many draws in NumPy, channel by channel, which is several times quicker.

    Args:
        samples: parameter -> values, shape (draws, members).
        form, lags, by_reach, place: as for `media_effects`.
        exposure, reached: with the rows before the first, shape (channels, places).
        window: places of now, one row ago, …, shape (rows, lags + 1).

    Returns:
        Shape (draws, channels, rows).
    """
    channels = len(exposure)
    found = np.empty((len(samples["effect"]), channels, len(window)))
    for index in range(channels):

        def one(name: str, prior: Prior, index: int = index) -> np.ndarray:
            return samples[name][:, index : index + 1]

        weights = form.adstock(one, lags)[:, 0]
        curve = form.saturation(one)
        if form.saturate_first or by_reach[index, 0]:
            answer = curve(exposure[index][None, None])[:, 0] * reached[index]
            carried = np.zeros((len(weights), len(window)))
            for lag in range(window.shape[1]):
                carried += weights[:, lag, None] * answer[:, window[:, lag]]
        else:
            carried = curve((weights @ exposure[index][window].T)[:, None])[:, 0]
        size = samples["effect"][:, index, None] / curve(np.ones((1, 1)))[:, 0]
        if place is not None:
            size = size * np.exp(samples["spread"][:, index, None] * samples["region"][:, place[index]])
        found[:, index] = size * carried
    return found
