"""The arms of an experiment and the metrics that they are compared on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source

MOST_ARMS = 100
MOST_SORTED_ROWS = 10_000_000  # which rank, permutation and quantile tests hold in memory


@dataclass(frozen=True)
class Arms:
    """The arms, the control first.

    Attributes:
        column: of the treatment.
        values: as they stand in the table.
        names: for people.
        counts: rows of each.
        shares: share of the units that each was meant to get; they add up to one.
        unassigned: rows without an arm, which are left out.
    """

    column: str
    values: tuple[Any, ...]
    names: tuple[str, ...]
    counts: tuple[int, ...]
    shares: tuple[float, ...]
    unassigned: int

    def place(self, value: Any) -> int:
        """The number of an arm, -1 for a row without one."""
        return self.values.index(value) if value in self.values else -1


@dataclass(frozen=True)
class Metric:
    """What the arms are compared on.

    Attributes:
        name: the outcome's column.
        denominator: the column below the line, or None.
        role: "decides", "outcome" or "guardrail".
        sign: 1 where more is better, -1 where less is.
    """

    name: str
    denominator: str | None
    role: str
    sign: int

    @property
    def columns(self) -> tuple[str, ...]:
        """The outcome, and the denominator where there is one."""
        return (self.name,) if self.denominator is None else (self.name, self.denominator)


def arm_name(value: Any) -> str:
    """An arm's value for people and for flags: true and false for truth values."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_arms(source: Source, treatment: str, control: str | None, allocation: Mapping[str, float]) -> Arms:
    """The arms with their sizes.

    Raises:
        Refused: fewer than two arms, no control where there are more than two, or an allocation of other arms.
    """
    rows = source.aggregate({"number of rows": ("rows",)}, by=[treatment])
    found = [(row[treatment], row["number of rows"]) for row in rows if row[treatment] is not None]
    unassigned = sum(row["number of rows"] for row in rows if row[treatment] is None)
    shown = ", ".join(f"'{display(arm_name(value))}'" for value, _ in found[:12])
    if len(found) < 2:
        raise Refused(f"column '{display(treatment)}' has one arm ({shown}); two are needed: name the column with both")
    if len(found) > MOST_ARMS:
        raise Refused(f"column '{display(treatment)}' has {len(found)} values, too many for arms; name another column")
    names = [arm_name(value) for value, _ in found]
    if control is None and len(found) > 2:
        raise Refused(f"there are {len(found)} arms ({shown}); say which is the control with --control")
    first = control if control is not None else names[0]
    if first not in names:
        raise Refused(f"--control: no arm '{display(first)}'; the arms are {shown}")
    order = sorted(range(len(found)), key=lambda place: (names[place] != first, place))
    names = [names[place] for place in order]
    if allocation and set(allocation) != set(names):
        raise Refused(f"--allocation: it must give a share to each arm: {shown}")
    total = sum(allocation.values()) if allocation else float(len(names))
    return Arms(
        treatment,
        tuple(found[place][0] for place in order),
        tuple(names),
        tuple(found[place][1] for place in order),
        tuple((allocation[name] if allocation else 1.0) / total for name in names),
        unassigned,
    )


def list_metrics(
    outcome: Sequence[str], guardrail: Sequence[str], denominator: str | None, lower_is_better: Sequence[str]
) -> tuple[Metric, ...]:
    """The metrics: the deciding one first, the guardrails last."""
    roles = [(name, "decides" if place == 0 else "outcome") for place, name in enumerate(outcome)]
    roles += [(name, "guardrail") for name in guardrail]
    return tuple(
        Metric(name, None if role == "guardrail" else denominator, role, -1 if name in lower_is_better else 1)
        for name, role in roles
    )


def outlier_limits(
    source: Source, metrics: Sequence[Metric], cap: float | None, winsorize: float | None
) -> dict[str, tuple[float | None, float | None]]:
    """Outcome -> the lowest and highest value that counts, where outliers are cut off."""
    if cap is not None:
        return {metric.name: (None, cap) for metric in metrics if metric.role != "guardrail"}
    if winsorize is None:
        return {}
    limits: dict[str, tuple[float | None, float | None]] = {}
    for metric in metrics:
        levels = [1 - winsorize, winsorize]
        low, high = source.quantiles(metric.name, levels)[0][1]
        limits[metric.name] = (low, high) if low < high else (None, None)
    return limits
