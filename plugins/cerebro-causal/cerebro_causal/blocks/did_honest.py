"""How far the trends may part before the answer changes, where they bend smoothly (Rambachan & Roth 2023)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats


@dataclass(frozen=True)
class TrendBounds:
    """An event study, and what is asked of it.

    Attributes:
        times: (k,) event times without the reference, in order.
        reference: the last event time before treatment can act.
        values: (k,) estimates.
        covariance: (k, k).
        wanted: (k,) weights of the effect asked for; zero before treatment.
    """

    times: np.ndarray
    reference: int
    values: np.ndarray
    covariance: np.ndarray
    wanted: np.ndarray

    @property
    def before(self) -> np.ndarray:
        """(k,) which estimates are from before."""
        return self.times < self.reference

    @property
    def after(self) -> np.ndarray:
        """(k,) which estimates are from after the reference."""
        return self.times > self.reference


def smoothness_interval(study: TrendBounds, bend: float, level: float) -> tuple[float, float]:
    """The fixed-length interval for trends whose slope changes by at most `bend` from one period to the next.

    The shortest interval around an affine estimator whose worst bias over that set is allowed for (Rambachan & Roth
    2023, section 4.1; Armstrong & Kolesar 2018). Kinks before treatment are the coordinates: a straight trend costs
    nothing, and the bias is `bend` times the sum of their absolute coefficients.

    Args:
        study: the event study, with at least one estimate before.
        bend: the largest change of slope a period, in the outcome's unit.
        level: of the interval.
    """
    lags = (study.times - study.reference).astype(float)
    before, after = lags[study.before], lags[study.after]
    asked = study.wanted[study.after]
    count = len(before)
    kinks = np.array([lag for lag in before if lag > before.min()])
    # columns: coefficient of a kink at each point before, then of a straight line, in terms of the weights before
    basis = np.column_stack([*(np.maximum(kink - before, 0.0) for kink in kinks), before])
    inverse = np.linalg.inv(basis.T) if count else np.zeros((0, 0))
    line = -float(asked @ after)
    fixed = sum(abs(float(asked @ np.maximum(after - kink, 0.0))) for kink in range(int(after.max())))

    def weights_of(coordinates: np.ndarray) -> np.ndarray:
        full = study.wanted.copy()
        full[study.before] = inverse @ np.append(coordinates, line)
        return full

    def half_length(coordinates: np.ndarray) -> float:
        full = weights_of(coordinates)
        error = float(np.sqrt(max(full @ study.covariance @ full, 1e-300)))
        return folded_quantile(bend * (fixed + float(np.abs(coordinates).sum())) / error, level) * error

    best = shortest_coordinates(half_length, weights_of, study.covariance, bend, len(kinks))
    middle, reach = float(weights_of(best) @ study.values), half_length(best)
    return middle - reach, middle + reach


def shortest_coordinates(
    half_length: object, weights_of: object, covariance: np.ndarray, bend: float, width: int
) -> np.ndarray:
    """Coordinates that make the interval shortest, along the path of least variance for a given bias."""
    if not width:
        return np.zeros(0)
    start = weights_of(np.zeros(width))  # type: ignore[operator]
    steps = np.column_stack([weights_of(unit) - start for unit in np.eye(width)])  # type: ignore[operator]
    inner, cross = steps.T @ covariance @ steps, steps.T @ covariance @ start
    least = np.linalg.lstsq(inner, -cross, rcond=None)[0]
    if bend == 0:
        return np.asarray(least)
    largest = float(np.abs(cross).max())

    def at(log_penalty: float) -> np.ndarray:
        return lasso_coordinates(inner, cross, np.exp(log_penalty), least)

    grid = np.log(largest) - np.linspace(0, 18, 37)
    lengths = [half_length(at(point)) for point in grid]  # type: ignore[operator]
    place = int(np.argmin(lengths))
    low, high = grid[min(place + 1, len(grid) - 1)], grid[max(place - 1, 0)]
    found = optimize.minimize_scalar(lambda point: half_length(at(point)), bounds=(low, high), method="bounded")  # type: ignore[operator]
    return at(float(found.x)) if found.fun <= lengths[place] else at(float(grid[place]))


def lasso_coordinates(inner: np.ndarray, cross: np.ndarray, penalty: float, start: np.ndarray) -> np.ndarray:
    """Minimise a'Qa/2 + c'a + penalty * sum |a| by coordinate descent."""
    found = start.copy()
    for _ in range(5_000):
        largest = 0.0
        for place in range(len(found)):
            pull = -(cross[place] + inner[place] @ found - inner[place, place] * found[place])
            new = np.sign(pull) * max(abs(pull) - penalty, 0.0) / inner[place, place]
            largest = max(largest, abs(new - found[place]))
            found[place] = new
        if largest <= 1e-10 * (1e-300 + np.abs(found).max()):
            break
    return found


def folded_quantile(shift: float, level: float) -> float:
    """The quantile of |N(shift, 1)|."""
    return float(np.sqrt(stats.ncx2.ppf(level, 1, shift**2))) if shift < 30 else shift + float(stats.norm.ppf(level))


def largest_bend(study: TrendBounds) -> float:
    """The largest change of slope that was seen before treatment, as a yardstick; 0 with fewer than two points."""
    lags = np.append((study.times - study.reference)[study.before], 0)
    values = np.append(study.values[study.before], 0.0)
    if len(lags) < 3:
        return 0.0
    slopes = np.diff(values) / np.diff(lags)
    return float(np.abs(np.diff(slopes)).max())
