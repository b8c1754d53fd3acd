"""The looks at an experiment: when they were, and the means of the arms at each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cerebro_abtest.blocks.arm_means import ArmMeans, arm_means, joined_moments
from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.contrasts import ComparisonPlan, Interval, MetricAnswer
from cerebro_abtest.blocks.mean_tests import means_of
from cerebro_core.blocks.display import display
from cerebro_core.blocks.moment_sql import Moments, MomentSet
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source

MOST_LOOKS = 1_000
DAYS_OF_WEEK = 7


@dataclass(frozen=True)
class LookPlan:
    """What a sequence needs to know of the looks; most fields are those of the spec.

    Attributes:
        date: the column, or None where there is one look.
        dates: the values of the column, in order.
        ends: for each look, the place of its last date among `dates`.
        level: of the intervals, after the correction for several comparisons.
    """

    date: str | None
    dates: tuple[Any, ...]
    ends: tuple[int, ...]
    level: float
    planned_looks: int | None
    horizon: int | None
    spending: str
    spending_power: float
    futility: str
    power: float
    mixing: float | None
    floor: float
    cap: float | None


@dataclass(frozen=True)
class LookPoint:
    """What one look showed.

    Attributes:
        day: its last date, as text.
        rows: rows of both arms so far.
        difference, low, high: with its interval at that look.
        statistic, bound: the standardised difference and what it has to reach, where the rule has them.
        p_value: valid at all looks together; the smallest so far.
        futile: whether the look says that an effect is not to be expected.
    """

    day: str
    rows: int
    difference: float
    low: float | None
    high: float | None
    statistic: float | None
    bound: float | None
    p_value: float
    futile: bool = False


@dataclass(frozen=True)
class LookPath:
    """All looks at one arm against the control."""

    arm: int
    points: tuple[LookPoint, ...]
    note: str = ""

    @property
    def crossed(self) -> int | None:
        """The first look whose interval leaves out zero."""
        for place, point in enumerate(self.points):
            if (point.low is not None and point.low > 0) or (point.high is not None and point.high < 0):
                return place
        return None


type SequenceRule = Callable[
    [Source, Arms, Sequence[Metric], ComparisonPlan, LookPlan], list[tuple[MetricAnswer, list[LookPath]]]
]
type ArmMoments = dict[tuple[int, tuple[object, ...]], Moments]


def look_ends(source: Source, date: str | None, looks: str) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """The dates in the data, and the place of the last date of each look.

    Raises:
        Refused: looks without dates, or more than a thousand.
    """
    if looks == "none" or date is None:
        if looks != "none":
            raise Refused("--looks: no column says when each unit entered; name it with --date")
        return (), (0,)
    dates = tuple(source.distinct(date))
    if looks == "each":
        ends = list(range(len(dates)))
    else:
        days = [str(value)[:10] for value in dates]
        last = [place for place, day in enumerate(days) if place + 1 == len(days) or days[place + 1] != day]
        ends = last if looks == "daily" else [*last[DAYS_OF_WEEK - 1 :: DAYS_OF_WEEK]]
        if last[-1] not in ends:
            ends.append(last[-1])
    if len(ends) > MOST_LOOKS:
        raise Refused(f"{len(ends):,} looks are more than {MOST_LOOKS:,}; choose --looks daily or weekly")
    return dates, tuple(ends)


def look_day(plan: LookPlan, place: int) -> str:
    """The last date of a look, for people."""
    return display(str(plan.dates[plan.ends[place]])[:19].removesuffix(" 00:00:00")) if plan.dates else "the end"


def cumulative_means(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, looks: LookPlan
) -> list[list[ArmMeans | None]]:
    """For each metric the means at each look; None where an arm has too little for one.

    Without clusters one pass over the rows gives all looks; a cluster may go on over several looks, so with clusters
    each look has its own.
    """
    if not looks.dates:
        return [[found] for _, found in means_of(source, arms, metrics, plan)]
    if plan.cluster is not None:
        by_look = []
        for end in looks.ends:
            try:
                until = (looks.date or "", looks.dates[end])
                by_look.append([found for _, found in means_of(source, arms, metrics, plan, until)])
            except Refused:
                by_look.append([])
        return [[found[place] if found else None for found in by_look] for place in range(len(metrics))]
    return [
        [means_or_none(moments, arms, metric, plan) for moments in found]
        for metric, found in zip(metrics, moments_by_look(source, arms, metrics, plan, looks), strict=True)
    ]


def moments_by_look(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, looks: LookPlan
) -> list[list[ArmMoments]]:
    """For each metric and look: (arm, stratum) -> joint moments of all rows so far."""
    sets = {f"m{i}": MomentSet(metric.columns, plan.covariates_for(metric.name)) for i, metric in enumerate(metrics)}
    groups = source.moments(sets, [looks.date or "", arms.column, *plan.strata], None, plan.limits)
    places = {value: place for place, value in enumerate(looks.dates)}
    look_of = np.searchsorted(np.array(looks.ends), np.arange(len(looks.dates)))
    found: list[list[ArmMoments]] = [[{} for _ in looks.ends] for _ in metrics]
    for key, moments in groups:
        arm = arms.place(key[1])
        if arm < 0 or key[0] is None or look_of[places[key[0]]] >= len(looks.ends):
            continue
        for i in range(len(metrics)):
            bucket = found[i][int(look_of[places[key[0]]])]
            mine = (arm, key[2:])
            if moments[f"m{i}"].count:
                bucket[mine] = joined_moments([bucket[mine], moments[f"m{i}"]]) if mine in bucket else moments[f"m{i}"]
    for per_metric in found:
        for before, after in pairwise(per_metric):
            for mine, moments_before in before.items():
                after[mine] = joined_moments([moments_before, after[mine]]) if mine in after else moments_before
    return found


def means_or_none(moments: ArmMoments, arms: Arms, metric: Metric, plan: ComparisonPlan) -> ArmMeans | None:
    """The means of the arms, or None where one has fewer than two rows or nothing varies."""
    if len({arm for arm, _ in moments}) < len(arms.names):
        return None
    try:
        found = arm_means(moments, arms, metric, plan.adjustment, False, None)
    except Refused:
        return None
    return found if np.all(found.own >= 0) and np.any(found.own > 0) else None


def no_bounds() -> Interval:
    """An interval that says nothing."""
    return None, None
