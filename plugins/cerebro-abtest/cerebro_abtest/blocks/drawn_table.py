"""Drawn experiments that answer what an analysis asks of a table, without rows: from drawn moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cerebro_abtest.blocks.arm_means import joined_moments
from cerebro_core.blocks.moment_sql import Moments, MomentSet
from cerebro_core.blocks.source import Source

# the columns of a drawn table
DRAWN_ARM = "arm"
DRAWN_OUTCOME = "outcome"
DRAWN_BELOW = "denominator"
DRAWN_BEFORE = "before"
DRAWN_CLUSTER = "cluster"
DRAWN_DAY = "day"


@dataclass(frozen=True)
class DrawnMoments:
    """Joint moments of what came in between two looks, for a batch of experiments.

    Attributes:
        names: variables as in `Moments`: rows of a cluster first where there are clusters.
        counts: units or clusters, (looks, arms).
        rows: (looks, arms), or (experiments, looks, arms) where clusters were drawn from a history.
        means: (experiments, looks, arms, variables).
        covariances: (experiments, looks, arms, variables, variables).
        sizes: by arm the rows of each cluster, (clusters,) or (experiments, clusters); None without clusters.
    """

    names: tuple[str, ...]
    counts: np.ndarray
    rows: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    sizes: tuple[np.ndarray, ...] | None = None


class DrawnTable(Source):
    """One drawn experiment; the analysis gets it in place of a table.

    Args:
        drawn: a batch.
        place: which experiment of it.
    """

    def __init__(self, drawn: DrawnMoments, place: int) -> None:
        self.drawn = drawn
        self.place = place
        looks, arms = drawn.counts.shape
        rows = np.broadcast_to(drawn.rows, drawn.means.shape[:3])[place]
        self.parts = [
            [
                Moments(
                    drawn.names,
                    int(drawn.counts[look, arm]),
                    int(rows[look, arm]),
                    tuple(drawn.means[place, look, arm].tolist()),
                    tuple(map(tuple, drawn.covariances[place, look, arm].tolist())),
                )
                for arm in range(arms)
            ]
            for look in range(looks)
        ]

    def moments(
        self,
        sets: Mapping[str, MomentSet],
        by: Sequence[str] = (),
        unit: str | None = None,
        limits: Mapping[str, tuple[float | None, float | None]] | None = None,
        until: tuple[str, Any] | None = None,
        logs: Sequence[str] = (),
    ) -> list[tuple[tuple[Any, ...], dict[str, Moments]]]:
        """The moments of each arm, of each look and arm where `by` says so, or of all looks up to one."""
        arms = range(self.drawn.counts.shape[1])
        if by[0] == DRAWN_DAY:
            looks = range(len(self.parts))
            return [((look, arm), dict.fromkeys(sets, self.parts[look][arm])) for look in looks for arm in arms]
        used = self.parts if until is None else self.parts[: until[1] + 1]
        return [((arm,), dict.fromkeys(sets, joined_moments([part[arm] for part in used]))) for arm in arms]

    def aggregate(self, measures: Mapping[str, tuple[str, ...]], by: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Counts, sums and ends of a yes-or-no outcome by arm; how many clusters there are, and the rows of each."""
        arms = range(self.drawn.counts.shape[1])
        if DRAWN_CLUSTER in by:
            sizes = [mine[self.place] if mine.ndim > 1 else mine for mine in self.drawn.sizes or ()]
            name = next(iter(measures))
            looks = [np.repeat(range(len(self.parts)), self.drawn.counts[:, arm]).tolist() for arm in arms]
            return [
                {DRAWN_ARM: arm, DRAWN_CLUSTER: place, DRAWN_DAY: looks[arm][place], name: int(size)}
                for arm in arms
                for place, size in enumerate(sizes[arm])
            ]
        whole = [joined_moments([part[arm] for part in self.parts]) for arm in arms]
        return [
            {DRAWN_ARM: arm} | {name: measured(measure, item) for name, measure in measures.items()}
            for arm, item in enumerate(whole)
        ]


def measured(measure: tuple[str, ...], moments: Moments) -> float:
    """What an aggregate function says of a yes-or-no outcome, or of the clusters."""
    function, column = measure
    if column == DRAWN_CLUSTER or function == "count":
        return moments.count
    share = moments.means[-1]
    return {"sum": share * moments.count, "min": float(share == 1), "max": float(share > 0), "distinct": 2}[function]
