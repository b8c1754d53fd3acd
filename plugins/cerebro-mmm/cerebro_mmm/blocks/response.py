"""What a constant spend returns once carry-over has settled."""

from __future__ import annotations

import numpy as np

from cerebro_mmm.blocks.posterior import Part, Posterior, given_values
from cerebro_mmm.blocks.preprocessing import Prepared


def steady_response(prepared: Prepared, posterior: Posterior, rates: np.ndarray) -> np.ndarray:
    """Outcome a period of the whole market at constant spends.

    Every region gets the share of a channel's spend that it had in the table. Spend buys exposure at the table's mean
    price; where a channel has reach and frequency it buys reach, at the typical frequency.

    Args:
        prepared: the rows.
        posterior: the draws.
        rates: money a period, shape (channels, points); complex for derivatives.

    Returns:
        Shape (draws, channels, points).
    """
    seen = typical_exposures(prepared)
    exposures = rates[:, None, :] * seen[:, :, None]
    return posterior.of_parts(lambda part: settled(part, exposures))


def typical_exposures(prepared: Prepared) -> np.ndarray:
    """Typical exposures (or reaches) a period in each region for a unit of money in the market, (channels, regions)."""
    regions = len(prepared.regions)
    now = prepared.window[:, 0]
    bought = np.where(prepared.by_reach > 0, prepared.reached[:, now], prepared.exposure[:, now])
    total = bought.reshape((len(bought), regions, -1)).sum(axis=2)
    return np.asarray(total / prepared.row_spend.sum(axis=1)[:, None])


def settled(part: Part, exposures: np.ndarray) -> np.ndarray:
    """Outcome a period at constant exposures (channels, regions, points), shape (draws, channels, points)."""
    problem = part.problem
    prepared = problem.prepared
    channels, regions, points = exposures.shape
    curve = problem.form.saturation(given_values(part.samples))
    unit = curve(np.ones((1, 1)))
    answer = curve(exposures.reshape((channels, regions * points))) / unit
    # Exactly nothing at no spend; the Hill curve keeps a tiny number there for the sake of its gradient.
    answer = np.where(exposures.reshape((channels, regions * points)).real > 0, answer, 0.0)
    answer = answer.reshape((-1, channels, regions, points))
    by_reach = prepared.by_reach[:, :, None]
    answer = answer * (1.0 - by_reach) + exposures * by_reach
    size = part.samples["effect"][:, :, None] * prepared.row_scale[:: len(prepared.dates)]
    if regions > 1:
        deviation = part.samples["region"].reshape((-1, channels, regions))
        size = size * np.exp(part.samples["spread"][:, :, None] * deviation)
    return np.asarray((answer * size[..., None]).sum(axis=2))
