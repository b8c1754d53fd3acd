"""What an analysis gives back. Values are plain; numbers not known are None, never invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure


class Refused(Exception):
    """The rows refuse the method: the message says what, where and what to do. Exit code 2."""


@dataclass(frozen=True)
class Estimate:
    """One estimated quantity with its uncertainty.

    Attributes:
        name: what it is, in the field's term, such as "roas"; with `group`, `outcome` and `period` it is unique.
        value: the point estimate, None where it is not defined.
        label: the same for people, such as "Return on ad spend, tv".
        std_error: standard error or posterior standard deviation, in the unit of `value`.
        ci_low, ci_high: the ends of the interval; None where unknown or unbounded.
        ci_level: the interval's level, such as 0.9.
        interval: "confidence", "credible", "sequence" or "set".
        ci_set: intervals that are disjoint or unbounded, as [low, high] pairs with None for infinity.
        p_value: of the null hypothesis that `value` is zero, where the method gives one.
        unit: such as "EUR", "per 1 of spend" or "share of outcome".
        outcome, group, period: what part of the data it is about.
    """

    name: str
    value: float | None
    label: str = ""
    std_error: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_level: float | None = None
    interval: str | None = None
    ci_set: tuple[tuple[float | None, float | None], ...] | None = None
    p_value: float | None = None
    unit: str = ""
    outcome: str | None = None
    group: str | None = None
    period: str | None = None


@dataclass(frozen=True)
class Diagnostic:
    """One check of the answer.

    Attributes:
        name: stable snake_case name, such as "rhat".
        status: "pass", "warn" or "fail"; a "fail" makes exit code 4.
        message: what it means for the reader, in plain words, with what to do where it is not "pass".
        value, threshold: the figure and the bound it was held to.
    """

    name: str
    status: str
    message: str
    value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class ResultTable:
    """A table of the result: `columns` names and `rows` of plain values, written to `tables/NAME.csv`."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    title: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Chart:
    """A figure of the result, written to `figures/NAME.png`."""

    name: str
    title: str
    caption: str
    figure: Figure


@dataclass(frozen=True)
class RunDecision:
    """One choice that the script made from the rows while it ran, such as how long it sampled."""

    field: str
    value: Any
    reason: str
    agent: str


@dataclass(frozen=True)
class Result:
    """The whole answer of an analysis.

    Attributes:
        answer: the answer in one or two plain sentences; first in the report.
        estimates: the first is the answer.
        diagnostics: checks of assumptions and computation.
        tables: name -> table.
        charts: figures in the order in which the report shows them.
        rows_used: rows of the data that entered the estimate; None where there is no data.
        decisions: choices made while running.
        extras: further files to write, file name -> bytes, such as a saved posterior.
    """

    answer: str
    estimates: tuple[Estimate, ...]
    diagnostics: tuple[Diagnostic, ...]
    tables: dict[str, ResultTable]
    charts: tuple[Chart, ...]
    rows_used: int | None
    decisions: tuple[RunDecision, ...] = ()
    extras: dict[str, bytes] | None = None
