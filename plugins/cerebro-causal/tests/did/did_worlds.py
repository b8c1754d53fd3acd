"""Panels whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd


def draw_rollout(
    seed: int, effect: float, *, units: int = 80, periods: int = 6, growth: float = 0.0, apart: float = 0.0
) -> pd.DataFrame:
    """Stores of which some got a campaign in week 3, some in week 5, some never.

    Args:
        seed: of the draw.
        effect: in the first treated week, for all.
        units, periods: size.
        growth: what each further week adds to the effect.
        apart: how much faster treated stores grow each week, whatever the campaign does.
    """
    rng = np.random.default_rng(seed)
    start = rng.permutation(np.resize([0, 0, 3, 5], units))
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(1, periods + 1), units)
    first = start[unit]
    on = (first > 0) & (time >= first)
    sales = 20 + rng.normal(0, 2, units)[unit] + 0.5 * time + rng.normal(0, 1, units * periods)
    sales = sales + on * (effect + growth * (time - first)) + apart * time * (first > 0)
    frame = pd.DataFrame({"store": [f"s{number}" for number in unit], "week": time, "campaign": on.astype(int)})
    return frame.assign(sales=sales, first_week=np.where(first > 0, first, np.nan))


def draw_regions(seed: int, effect: float, *, regions: int = 10, people: int = 15, periods: int = 2) -> pd.DataFrame:
    """Other people asked in each period, in regions of which half were treated in the later half of the periods."""
    rng = np.random.default_rng(seed)
    region = np.repeat(np.arange(regions), periods * people)
    time = np.tile(np.repeat(np.arange(periods), people), regions)
    group = rng.permutation(np.arange(regions) % 2)[region]
    shock = rng.normal(0, 0.5, (regions, periods))[region, time]
    on = group * (time >= periods // 2)
    income = 10 + rng.normal(0, 1, regions)[region] + time + shock + effect * on + rng.normal(0, 1, len(region))
    frame = pd.DataFrame({"region": [f"r{number}" for number in region], "year": 2000 + time, "policy": group})
    return frame.assign(active=on, income=income)


def from_moments(cohorts: dict[int, tuple[int, list[float], list[list[float]]]], times: list[int]) -> pd.DataFrame:
    """A panel with exactly these numbers of units, means and covariances within cohorts.

    Without confounders, group-time effects and their errors depend on nothing else, so published figures can be held to
    without the rows themselves.

    Args:
        cohorts: first treated period (0 is never) -> units, means by period, Cholesky factor of the covariance (n - 1).
        times: the periods.
    """
    rng = np.random.default_rng(1)
    parts, start = [], 0
    for first, (count, means, factor) in cohorts.items():
        draws = rng.normal(size=(count, len(times)))
        draws = draws - draws.mean(axis=0)
        white = draws @ np.linalg.inv(np.linalg.cholesky(draws.T @ draws / (count - 1))).T
        lower = np.zeros((len(times), len(times)))
        for place, row in enumerate(factor):
            lower[place, : len(row)] = row
        values = means + white @ lower.T
        unit = np.repeat(np.arange(start, start + count), len(times))
        parts.append(pd.DataFrame({"id": unit, "year": np.tile(times, count), "first": first, "y": values.ravel()}))
        start += count
    return pd.concat(parts, ignore_index=True)


TEEN_EMPLOYMENT = {  # log teen employment in 500 counties, 2003-2007, by first year of a higher minimum wage
    0: (309, [5.654630022, 5.591999998, 5.604808434, 5.638896282, 5.66113254],
        [[1.473259558], [1.495596428, 0.1708168887], [1.501911277, 0.1144766262, 0.139896949],
         [1.483979906, 0.1286971655, 0.1052039605, 0.196103342],
         [1.490574388, 0.1315699241, 0.09673872445, 0.1322239768, 0.149695531]]),
    2004: (20, [6.179696834, 6.106563563, 6.059452087, 6.026704354, 6.085387988],
           [[1.482234424], [1.503119781, 0.09449688508], [1.543536223, 0.05897761876, 0.1034437874],
            [1.565173048, 0.06742362639, 0.08210378158, 0.07271125641],
            [1.52010373, 0.0159447874, 0.09837428533, 0.03184167834, 0.08907033467]]),
    2006: (40, [6.573993628, 6.517883716, 6.527941333, 6.557434575, 6.543040968],
           [[1.269593322], [1.255729618, 0.1349222055], [1.276569769, 0.1548249242, 0.1088486148],
            [1.292005728, 0.15522001, 0.08053107344, 0.08108632467],
            [1.300752436, 0.1501381538, 0.09759423612, 0.04504707231, 0.09189334069]]),
    2007: (131, [5.842906496, 5.810783128, 5.82086567, 5.823866399, 5.820048247],
           [[1.514293819], [1.516652517, 0.1311175554], [1.513137493, 0.1051637827, 0.1584241792],
            [1.511855433, 0.117881754, 0.1168270921, 0.1522671681],
            [1.495810387, 0.1269464439, 0.1174828616, 0.1042467474, 0.1504692147]]),
}  # fmt: skip

MEDICAID = (  # event study of insurance coverage, 2008-2015 against 2013: coefficients, Cholesky factor of covariance
    [-0.0052853545, -0.011297325, -0.0026759918, -0.0014193123, 0.00033966352, 0.046446854, 0.069206175],
    [[0.0086536025], [0.0069796066, 0.0048938838], [0.0051361497, 0.00041786808, 0.004895495],
     [0.0039125494, 0.00027743302, 0.0013329448, 0.0047823077],
     [0.0050013983, 0.0021507283, 0.00024416012, 0.00076077228, 0.0049344318],
     [0.0055073947, 0.0011951761, 0.00037181352, 0.00029975908, 0.0012952468, 0.0070775053],
     [0.0028024498, 0.0017749815, -0.0011230685, -0.001471318, -0.0013612868, 0.0068216384, 0.0066562246]],
)  # fmt: skip
