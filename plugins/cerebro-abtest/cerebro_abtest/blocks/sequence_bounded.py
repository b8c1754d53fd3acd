"""Sequences for bounded outcomes that hold at every look from the first unit on, without an appeal to large samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.betting import (
    Batches,
    difference_fortunes,
    difference_interval,
    ratio_interval_of,
)
from cerebro_abtest.blocks.contrasts import ArmSummary, ComparisonPlan, Contrast, Interval, MetricAnswer
from cerebro_abtest.blocks.looks import LookPath, LookPlan, LookPoint, look_day, moments_by_look
from cerebro_abtest.blocks.mean_tests import arm_moments
from cerebro_core.blocks.display import display
from cerebro_core.blocks.moment_sql import Moments
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source

MOST_DRAWN_LOOKS = 60
OUTSIDE = 1e-9


def bounded_sequence(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, looks: LookPlan
) -> list[tuple[MetricAnswer, list[LookPath]]]:
    """Betting sequences (see `Batches`) of each metric: exact for yes and no, a lower bound of the fortune otherwise.

    Raises:
        Refused: an outcome lies outside its bounds.
    """
    if looks.dates:
        found = moments_by_look(source, arms, metrics, plan, looks)
    else:
        found = [[moments] for moments in arm_moments(source, arms, metrics, plan)]
    answers = []
    for metric, by_look in zip(metrics, found, strict=True):
        low, high, binary = bounds_of(source, metric, looks)
        sums = np.array([[look_sums(moments, arm, low, high) for arm in range(len(arms.names))] for moments in by_look])
        summaries = tuple(bounded_summary(sums[-1, arm], low, high) for arm in range(len(arms.names)))
        paths, contrasts = [], []
        for arm in range(1, len(arms.names)):
            pi = arms.shares[arm] / (arms.shares[arm] + arms.shares[0])
            steps = np.diff(sums[:, [0, arm], :], axis=0, prepend=np.zeros((1, 2, 3)))
            batches = Batches(steps[:, :, 0], steps[:, :, 1], np.maximum(steps[:, :, 2], 0.0), pi, binary)
            paths.append(bounded_path(arm, batches, looks, high - low))
            p_value = paths[-1].points[-1].p_value
            contrasts.append(bounded_contrast(arm, summaries, batches, low, high, p_value))
        note = "Holds at every look from the first unit on, if units enter the arms with the planned chances."
        answers.append((MetricAnswer(metric, "mean", summaries, tuple(contrasts), notes=(note,)), paths))
    return answers


def bounds_of(source: Source, metric: Metric, looks: LookPlan) -> tuple[float, float, bool]:
    """Lowest and highest value, and whether there are only these two: 0 and 1."""
    if source.kind(metric.name) == "boolean":
        return 0.0, 1.0, True
    asked = {"low": ("min", metric.name), "high": ("max", metric.name), "kinds": ("distinct", metric.name)}
    facts = source.aggregate(asked)[0]
    if {facts["low"], facts["high"]} <= {0, 1} and facts["kinds"] <= 2:
        return 0.0, 1.0, True
    if looks.cap is None:
        raise Refused(f"--cap: '{display(metric.name)}' needs a highest value that counts, or --sequence asymptotic")
    if facts["low"] < looks.floor:
        raise Refused(f"--floor: '{display(metric.name)}' goes down to {facts['low']:g}, below {looks.floor:g}")
    return looks.floor, looks.cap, False


def look_sums(moments: dict[tuple[int, tuple[object, ...]], Moments], arm: int, low: float, high: float) -> list[float]:
    """Rows, and sum and sum of squares of an outcome scaled to [0, 1], so far."""
    found = moments.get((arm, ()))
    if found is None:
        return [0.0, 0.0, 0.0]
    count, mean, variance = found.count, found.means[0], found.covariances[0][0]
    scaled = (mean - low) / (high - low)
    squares = variance * (count - 1) / (high - low) ** 2 + count * scaled**2
    total = count * scaled
    whole = round(total) if abs(total - round(total)) < 1e-6 else total
    return [float(count), float(whole), float(squares)]


def bounded_summary(sums: np.ndarray, low: float, high: float) -> ArmSummary:
    """Mean of an arm at the last look."""
    n, y, y2 = map(float, sums)
    if n < 1:
        raise Refused("an arm has no row with a value; see whether its outcome was recorded")
    mean = y / n
    error = float(np.sqrt(max(y2 / n - mean**2, 0.0) / n)) * (high - low)
    return ArmSummary(low + mean * (high - low), error, int(n), int(n))


def bounded_path(arm: int, batches: Batches, looks: LookPlan, width: float) -> LookPath:
    """What each look showed; of many looks the intervals of some, and the p-values of all."""
    fortunes = difference_fortunes(batches, 0.0)
    p_values = np.exp(-np.maximum.accumulate(np.maximum(fortunes, 0.0)))
    n, y = np.cumsum(batches.n, axis=0), np.cumsum(batches.y, axis=0)
    count = len(n)
    crossed = int(np.argmax(p_values <= 1 - looks.level)) if p_values[-1] <= 1 - looks.level else count - 1
    shown = sorted({*np.linspace(0, count - 1, min(count, MOST_DRAWN_LOOKS)).astype(int).tolist(), crossed})
    points = []
    for place in shown:
        so_far = Batches(
            batches.n[: place + 1], batches.y[: place + 1], batches.y2[: place + 1], batches.pi, batches.binary
        )
        low, high = difference_interval(so_far, 1 - looks.level)
        gap = y[place, 1] / max(n[place, 1], 1) - y[place, 0] / max(n[place, 0], 1)
        points.append(
            LookPoint(
                look_day(looks, place),
                int(n[place].sum()),
                float(gap) * width,
                low * width,
                high * width,
                None,
                None,
                float(p_values[place]),
            )
        )
    return LookPath(arm, tuple(points))


def bounded_contrast(
    arm: int, summaries: Sequence[ArmSummary], batches: Batches, low: float, high: float, p_value: float
) -> Contrast:
    """The contrast at the last look, with intervals of the sequence."""
    base, top = summaries[0], summaries[arm]
    width = high - low

    def interval(level: float) -> Interval:
        first, last = difference_interval(batches, 1 - level)
        return first * width, last * width

    def lift_set(level: float) -> tuple[Interval, ...]:
        if low != 0:
            return ((None, None),)
        first, last = ratio_interval_of(batches, 1 - level)
        return ((None if first is None else first - 1, None if last is None else last - 1),)

    def beyond(value: float, side: int) -> float:
        """The smallest error at which the sequence leaves out all that is at most (or at least) a value."""
        fortune = float(difference_fortunes(batches, float(np.clip(value / width, -1, 1)))[-1])
        gap = top.value - base.value
        return float(np.exp(-max(fortune, 0.0))) if side * (gap - value) > 0 else 1.0

    error = float(np.hypot(base.std_error or 0.0, top.std_error or 0.0))
    return Contrast(
        arm,
        top.value - base.value,
        error,
        interval,
        top.value / base.value - 1 if base.value else None,
        lift_set,
        p_value,
        lambda value: beyond(value, 1),
        lambda value: beyond(value, -1),
    )
