"""Whether rows crowd on one side of the cutoff, as they do where people move themselves across."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from diff_diff import RDDensityTest
from scipy import stats

from cerebro_causal.blocks.rdd_sample import CutoffSample

MOST_REPEATED = 0.2  # share of rows that repeat a value of the running column, above which it counts as discrete
COUNTED_VALUES = 20  # nearest values on each side, or a fifth of all where that is more
FEWEST_COUNTED = 5
GRID_SLACK = 1e-3


@dataclass(frozen=True)
class DensityJump:
    """A test of a jump in how many rows there are.

    Attributes:
        p_value: None where it cannot be computed.
        ratio: rows just right of the cutoff for each one just left.
        way: what was tested, in words.
    """

    p_value: float | None
    ratio: float | None
    way: str


def repeated_share(x: np.ndarray) -> float:
    """Share of rows whose value of the running column is not their own."""
    return 1 - len(np.unique(x)) / len(x)


def on_grid(x: np.ndarray) -> bool:
    """Whether the values are multiples of a step, as rounded ones are."""
    gaps = np.diff(np.unique(x))
    multiples = gaps / np.median(gaps)
    return bool(np.mean(np.abs(multiples - np.round(multiples)) < GRID_SLACK) > 0.95 and multiples.min() > 0.5)


def density_jump(sample: CutoffSample) -> DensityJump:
    """Cattaneo, Jansson & Ma (2020) by diff-diff; for a discrete running column, counts of its values "
    "(quasi-Poisson)."""
    x = sample.running
    if repeated_share(x) > MOST_REPEATED and on_grid(x):
        return count_jump(x)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = RDDensityTest(cutoff=0.0).fit(pd.DataFrame({"x": x}), running="x")
    except (ValueError, np.linalg.LinAlgError):
        return DensityJump(None, None, "density")
    ratio = found.f_right / found.f_left if found.f_left > 0 else None
    return DensityJump(float(found.p_value), None if ratio is None else float(ratio), "density")


def count_jump(x: np.ndarray) -> DensityJump:
    """Whether counts of the values next to the cutoff jump: log counts on parabolas of both sides (McCrary's idea).

    The counts are Poisson with their spread multiplied by what is seen; the test is Student's t.
    """
    values, counts = np.unique(x, return_counts=True)
    step = float(np.median(np.diff(values)))
    if ((values < 0) & (values > -1e-6 * step)).any():
        values = values - step / 2  # untreated rows at the cutoff stand a hair below it: half a step makes that plain
    offset = float(values[values >= 0][0] % step)
    grid = np.round((values - offset) / step).astype(int)
    most = max(COUNTED_VALUES, int(min((values < 0).sum(), (values >= 0).sum())) // 5)
    left, right = -int(grid[values < 0][-most:].min()), int(grid[values >= 0][:most].max())
    places = np.arange(-min(left, 2 * most), min(right, 2 * most) + 1)
    full = np.zeros(len(places))
    inside = np.isin(grid, places)
    np.add.at(full, np.searchsorted(places, grid[inside]), counts[inside])
    at = places * step + offset
    above = (at >= -1e-9 * step).astype(float)
    if min(above.sum(), (1 - above).sum()) < FEWEST_COUNTED:
        return DensityJump(None, None, "counts")
    scaled = at / np.abs(at).max()
    degree = 2 if min(above.sum(), (1 - above).sum()) >= 2 * FEWEST_COUNTED else 1
    powers = scaled[:, None] ** np.arange(1, degree + 1)
    design = np.column_stack([np.ones(len(at)), above, powers, powers * above[:, None]])
    return poisson_jump(full, design)


def poisson_jump(counts: np.ndarray, design: np.ndarray) -> DensityJump:
    """Test of the second coefficient of a log-linear regression of counts, by Newton's steps."""
    slopes = np.linalg.lstsq(design, np.log(counts + 0.5), rcond=None)[0]
    for _ in range(50):
        mean = np.exp(np.clip(design @ slopes, -20, 20))
        step = np.linalg.pinv(design.T @ (design * mean[:, None])) @ (design.T @ (counts - mean))
        slopes = slopes + step
        if np.abs(step).max() < 1e-10:
            break
    mean = np.exp(np.clip(design @ slopes, -20, 20))
    spare = len(counts) - design.shape[1]
    spread = max(1.0, float((((counts - mean) ** 2) / mean).sum()) / spare)
    error = float(np.sqrt(spread * np.linalg.pinv(design.T @ (design * mean[:, None]))[1, 1]))
    p_value = float(2 * stats.t.sf(abs(slopes[1]) / error, spare)) if error > 0 else None
    return DensityJump(p_value, float(np.exp(slopes[1])), "counts")
