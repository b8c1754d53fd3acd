"""Simulated panels of regions whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SPREAD = 0.25


@dataclass(frozen=True)
class Panel:
    """One simulated panel.

    Attributes:
        columns: column name -> values; `region` and `week` name the rows.
        channels: the columns with spend.
        contribution: channel -> outcome that it truly added, all regions and weeks together.
        by_region: (channel, region) -> the same for one region.
    """

    columns: dict[str, list[object]]
    channels: tuple[str, ...]
    contribution: dict[str, float]
    by_region: dict[tuple[str, str], float]


def draw_panel(seed: int, regions: int = 6, weeks: int = 104, channels: int = 3) -> Panel:
    """Regions of different size with the same channels, whose effects differ by a log-normal factor.

    Carry-over is geometric, saturation is of Hill's form, and both are the same everywhere; the season is common, the
    level is each region's own.
    """
    rng = np.random.default_rng([seed, 77])
    names = tuple(f"media_{index + 1}" for index in range(channels))
    places = tuple(f"region {index + 1}" for index in range(regions))
    size = rng.lognormal(0.0, 0.6, regions)
    time = np.arange(weeks)
    season = 0.08 * np.sin(2 * np.pi * time * 7 / 365.25 + rng.uniform(0, 6.28))
    noise = rng.uniform(0.04, 0.08)
    share = rng.dirichlet(np.full(channels, 3.0)) * rng.uniform(0.15, 0.35)
    carry, half, slope = (
        rng.uniform(0.1, 0.6, channels),
        rng.uniform(0.7, 2.0, channels),
        rng.uniform(0.9, 1.5, channels),
    )
    price = rng.lognormal(np.log(5000.0), 0.5, channels)
    columns: dict[str, list[object]] = {name: [] for name in ("region", "week", "sales", *names)}
    by_region: dict[tuple[str, str], float] = {}
    days = [str(np.datetime64("2022-01-03") + np.timedelta64(7 * week, "D")) for week in range(weeks)]
    for place, grown in zip(places, size, strict=True):
        level = 1.0 - share.sum() + rng.normal(0.0, 0.1)
        sold = level + season + noise * rng.standard_normal(weeks)
        columns["region"] += [place] * weeks
        columns["week"] += days
        for index, name in enumerate(names):
            spend = rng.lognormal(0.0, 0.5, weeks + 20)
            weights = carry[index] ** np.arange(9)
            carried = np.convolve(spend, weights / weights.sum())[20 : 20 + weeks]
            raised = carried ** slope[index]
            answer = raised / (raised + half[index] ** slope[index])
            effect = share[index] * np.exp(SPREAD * rng.standard_normal()) * answer / answer.mean()
            sold = sold + effect
            by_region[name, place] = float(100_000 * grown * effect.sum())
            columns[name] += np.round(price[index] * grown * spend[20:], 2).tolist()
        columns["sales"] += np.round(100_000 * grown * sold, 2).tolist()
    total = {name: sum(value for (one, _), value in by_region.items() if one == name) for name in names}
    return Panel(columns, names, total, by_region)
