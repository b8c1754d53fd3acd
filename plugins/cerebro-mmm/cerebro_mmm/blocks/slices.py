"""Fits that do not see the last rows, and how well they foretell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cerebro_core.blocks.progress import Progress
from cerebro_core.blocks.result import Diagnostic, ResultTable
from cerebro_mmm.blocks.diagnostics import replicate_outcome
from cerebro_mmm.blocks.fitting import Fit, Model, fit_models
from cerebro_mmm.blocks.preprocessing import Prepared


@dataclass(frozen=True)
class Slice:
    """What a fit on the periods before said of the periods after.

    Attributes:
        first, last: dates of the periods that were foretold.
        periods: how many.
        error: root mean squared error of the model, in the outcome's unit.
        naive: the same of the seasonal-naive forecast.
        naive_name: what that forecast is, in words.
        covered: share of the foretold periods inside the interval.
        roas: each channel's return in the fit, posterior means, shape (channels,).
    """

    first: str
    last: str
    periods: int
    error: float
    naive: float
    naive_name: str
    covered: float
    roas: np.ndarray


def fit_slices(
    models: Sequence[Model],
    prepared: Prepared,
    holdout: int,
    count: int,
    limits: tuple[float, float, float],
    level: float,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[Slice, ...]:
    """Fit again without the last `holdout` periods, without the `holdout` before these too, and so on.

    Slices that would leave less than half of the periods to learn from are left out.
    """
    total = len(prepared.dates)
    found = []
    for number in range(count, 0, -1):
        start = total - number * holdout
        if number > 1 and start < total / 2:
            continue
        progress.stage(f"diagnostics: a fit without the periods from {prepared.dates[start]} on")
        seen = np.arange(total) < start
        fit = fit_models(models, seen, limits, rng, progress)
        found.append(judge_slice(fit, prepared, start, start + holdout, level, rng))
    return tuple(found)


def judge_slice(fit: Fit, prepared: Prepared, start: int, end: int, level: float, rng: np.random.Generator) -> Slice:
    """Compare periods `start` to `end` with what the fit says of them."""
    away = np.arange(len(prepared.dates))[start:end]
    outcome = prepared.outcome[away]
    replicated = replicate_outcome(fit.posterior, rng)[:, away]
    low, high = np.quantile(replicated, ((1 - level) / 2, (1 + level) / 2), axis=0)
    step = int((prepared.dates[1] - prepared.dates[0]).astype(int))
    year = 364 // step
    if start >= year and len(away) <= year:
        naive, name = prepared.outcome[start - year : start - year + len(away)], "last year's value"
    else:
        naive, name = np.full(len(away), prepared.outcome[start - 1]), "the last value before"
    money = prepared.spend.sum(axis=1)
    return Slice(
        first=str(prepared.dates[away[0]]),
        last=str(prepared.dates[away[-1]]),
        periods=len(away),
        error=float(np.sqrt(np.mean((outcome - fit.posterior.expected[:, away].mean(axis=0)) ** 2))),
        naive=float(np.sqrt(np.mean((outcome - naive) ** 2))),
        naive_name=name,
        covered=float(((outcome >= low) & (outcome <= high)).mean()),
        roas=fit.posterior.revenue.mean(axis=0) / money,
    )


def slice_diagnostics(slices: Sequence[Slice], period: str, level: float) -> tuple[Diagnostic, ...]:
    """Error on the foretold periods against the seasonal-naive forecast."""
    if not slices:
        return ()
    last = slices[-1]
    error = float(np.sqrt(np.mean([one.error**2 for one in slices])))
    naive = float(np.sqrt(np.mean([one.naive**2 for one in slices])))
    ratio = error / naive if naive > 0 else float("inf")
    fine = ratio <= 1.0
    what = (
        f"{last.periods} held-out {period}s"
        if len(slices) == 1
        else f"{len(slices)} slices of {last.periods} {period}s"
    )
    covered = float(np.mean([one.covered for one in slices]))
    message = (
        f"On {what} the model's error is {ratio:.2f} times that of {last.naive_name}; {covered:.0%} of them lie inside "
        f"their {level:.0%} interval."
    )
    if not fine:
        message += " A plain forecast does better: controls or seasons may be missing."
    return (Diagnostic("holdout", "pass" if fine else "warn", message, ratio if np.isfinite(ratio) else None, 1.0),)


def slice_table(slices: Sequence[Slice], channels: Sequence[str]) -> ResultTable:
    """The figures of each slice, and each channel's return in it: does the answer stay when rows are added?"""
    columns = ("from", "to", "rows", "rmse", "benchmark", "rmse_benchmark", "share_inside_interval")
    rows = tuple(
        (one.first, one.last, one.periods, one.error, one.naive_name, one.naive, one.covered, *map(float, one.roas))
        for one in slices
    )
    caption = (
        "Each line is a fit on the rows before, and how well it foretold these. Root mean squared errors in the "
        "outcome's unit; then each channel's return on spend as that fit saw it."
    )
    return ResultTable((*columns, *(f"roas: {name}" for name in channels)), rows, "Held-out rows", caption)
