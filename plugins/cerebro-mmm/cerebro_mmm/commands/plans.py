"""A media plan as a table: read, checked against the run, and laid out as rows that follow the run's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused, RunDecision
from cerebro_core.blocks.source import Source
from cerebro_core.errors import SpecError
from cerebro_core.suggest import listing, nearest
from cerebro_mmm.blocks.baseline import BEYOND, baseline_columns
from cerebro_mmm.blocks.exploration import event_label, order_rows, read_numbers
from cerebro_mmm.blocks.preprocessing import Prepared, lag_window


@dataclass(frozen=True)
class Plan:
    """Rows to come, regions x periods, region by region.

    Attributes:
        dates: of the periods, shape (periods,).
        spend: money, shape (channels, rows).
        exposure, reached: in typical exposures, each region's last lags before its rows, see `Prepared`.
        window: places of now, one row ago, … in these.
        design: columns of the baseline, shape (rows, coefficients).
        scale: the model's unit of each row.
        worth: money that a unit of the outcome is worth in each row.
        decisions: what was filled in.
    """

    dates: np.ndarray
    spend: np.ndarray
    exposure: np.ndarray
    reached: np.ndarray
    window: np.ndarray
    design: np.ndarray
    scale: np.ndarray
    worth: np.ndarray
    decisions: tuple[RunDecision, ...]

    def followed_by_nothing(self, prepared: Prepared, on: bool) -> Plan:
        """The same with as many rows without spend behind as the longest carry-over; without `on`, no spend at all."""
        regions, lags = len(prepared.regions), self.window.shape[1] - 1

        def longer(values: np.ndarray, quiet: np.ndarray) -> np.ndarray:
            rows = values.reshape((len(values), regions, -1))
            now = rows[:, :, lags:] if on else np.broadcast_to(quiet[:, None, None], rows[:, :, lags:].shape)
            after = np.broadcast_to(quiet[:, None, None], (len(values), regions, lags))
            return np.concatenate([rows[:, :, :lags], now, after], axis=2).reshape((len(values), -1))

        reach = prepared.by_reach[:, 0]
        # Where a channel has reach, nobody is reached; where it has none, its reach is one throughout.
        return replace(
            self,
            exposure=longer(self.exposure, np.zeros(len(reach))),
            reached=longer(self.reached, 1.0 - reach),
            window=lag_window(regions, len(self.dates) + lags, lags),
        )


def read_plan(source: Source, spec: Mapping[str, Any], prepared: Prepared) -> Plan:
    """Read a plan.

    Raises:
        SpecError: columns that are unknown or missing, dates that do not follow, spend that is negative, blank or text.
        Refused: as the blocks that read the run's own table.
    """
    notes: list[RunDecision] = []
    names = [column.name for column in source.columns]
    _check_names(names, spec)
    if spec["outcome"] in names:
        text = "The plan has a column of the outcome; it is not used."
        notes.append(RunDecision("outcome", spec["outcome"], text, "preprocessing"))
    frame = source.frame(names)
    if not len(frame):
        raise SpecError("the plan has no rows; give one row for each date to come")
    geo = spec["geo"] if spec["geo"] in names else None
    frame, dates, regions = order_rows(frame, spec["date"], geo, spec["frequency"])
    _check_dates(dates, prepared)
    if geo is None and len(prepared.regions) > 1:
        frame = pd.concat([frame] * len(prepared.regions), ignore_index=True)
        text = "The plan names no regions: each gets the share of a channel's spend that it had in the table."
        notes.append(RunDecision("geo", "shares", text, "preprocessing"))
    elif regions != prepared.regions:
        raise SpecError(
            f"{display(spec['geo'])}: the plan has regions {listing(regions)}, the run {listing(prepared.regions)}; "
            "give every region of the run, and no other"
        )
    spend = np.stack([_amounts(frame, name, dates) for name in prepared.channels])
    if geo is None and len(prepared.regions) > 1:
        shares = prepared.row_spend.reshape((len(spend), len(prepared.regions), -1)).sum(axis=2)
        spend = spend * np.repeat(shares / shares.sum(axis=1, keepdims=True), len(dates), axis=1)
    exposure, reached = _exposures(frame, spend, spec, prepared, dates, notes)
    lags = prepared.window.shape[1] - 1
    return Plan(
        dates=dates,
        spend=spend,
        exposure=_after_past(prepared.exposure, exposure, prepared, lags),
        reached=_after_past(prepared.reached, reached, prepared, lags),
        window=lag_window(len(prepared.regions), len(dates), lags),
        design=_design(frame, dates, prepared, notes),
        scale=np.repeat(prepared.row_scale[:: len(prepared.dates)], len(dates)),
        worth=_worth(frame, spec, prepared, notes),
        decisions=tuple(notes),
    )


def _check_names(names: list[str], spec: Mapping[str, Any]) -> None:
    seen = [*spec["exposure"].values(), *spec["reach"].values(), *spec["average_frequency"].values()]
    alone = [spec[role] for role in ("date", "outcome", "geo", "revenue_per_unit") if spec[role]]
    known = [*alone, *spec["channels"], *spec["controls"], *spec["events"], *seen]
    for name in names:
        if name not in known:
            raise SpecError(
                f"the plan has a column '{display(name)}' that the run did not use{nearest(name, known)}; rename it, "
                "or leave it out"
            )
    for name in (spec["date"], *spec["channels"]):
        if name not in names:
            raise SpecError(
                f"the plan has no column '{display(name)}'; give the date and every channel, 0 where nothing is to be "
                "spent"
            )


def _check_dates(dates: np.ndarray, prepared: Prepared) -> None:
    step = int((prepared.dates[1] - prepared.dates[0]).astype(int))
    wanted = prepared.dates[-1] + step
    if dates[0] != wanted:
        raise SpecError(
            f"the plan begins at {dates[0]}, and the run's rows end at {prepared.dates[-1]}: its first date must be "
            f"{wanted}"
        )
    share = len(dates) / len(prepared.dates)
    if share > BEYOND and prepared.recipe.trend in ("local_level", "gp"):
        most = int(BEYOND * len(prepared.dates))
        raise SpecError(
            f"the plan has {len(dates)} {prepared.period}s; a baseline with trend {prepared.recipe.trend} is laid out "
            f"for {most} after its {len(prepared.dates)}. Shorten the plan, or fit with trend linear"
        )


def _amounts(frame: pd.DataFrame, name: str, dates: np.ndarray) -> np.ndarray:
    values = read_numbers(frame[name], name)
    for wrong, what in ((np.isnan(values), "blank"), (values < 0, "below zero")):
        if wrong.any():
            row = dates[np.flatnonzero(wrong)[0] % len(dates)]
            raise SpecError(
                f"{display(name)}: {what} in {int(wrong.sum())} rows of the plan (first at {row}); write 0 where "
                "nothing is to be spent"
            )
    return values


def _exposures(
    frame: pd.DataFrame,
    spend: np.ndarray,
    spec: Mapping[str, Any],
    prepared: Prepared,
    dates: np.ndarray,
    notes: list[RunDecision],
) -> tuple[np.ndarray, np.ndarray]:
    """Exposure and reach of the plan in typical exposures, shape (channels, rows) each."""
    regions, periods = len(prepared.regions), len(prepared.dates)
    region = np.repeat(np.arange(regions), len(dates))
    now = prepared.window[:, 0]
    past_spend = prepared.row_spend.reshape((len(spend), regions, periods)).sum(axis=2)
    exposure, reached = np.zeros_like(spend), np.ones_like(spend)
    for index, name in enumerate(prepared.channels):
        column, by_reach = spec["exposure"].get(name), bool(prepared.by_reach[index, 0])
        price = _per_money(prepared.reached if by_reach else prepared.exposure, now, index, past_spend, regions)
        if by_reach:
            people, times = spec["reach"][name], spec["average_frequency"][name]
            if (people in frame) != (times in frame):
                raise SpecError(
                    f"{display(name)}: the plan has one of the columns '{display(people)}' and '{display(times)}'; "
                    "give both, or neither, and the spend buys reach at the table's mean price"
                )
            if people in frame:
                exposure[index] = _amounts(frame, times, dates) / prepared.typical[index, region]
                reached[index] = _amounts(frame, people, dates) / prepared.typical_reach[index, region]
                continue
            exposure[index] = 1.0
            reached[index] = spend[index] * price[region]
            _note_price(name, notes, "reach, at the typical frequency")
        elif column and column in frame:
            exposure[index] = _amounts(frame, column, dates) / prepared.typical[index, region]
        elif column:
            exposure[index] = spend[index] * price[region]
            _note_price(name, notes, "exposure")
        else:
            exposure[index] = spend[index] / prepared.typical[index, region]
    return exposure, reached


def _per_money(values: np.ndarray, now: np.ndarray, index: int, spent: np.ndarray, regions: int) -> np.ndarray:
    bought = values[index, now].reshape((regions, -1)).sum(axis=1)
    whole = bought.sum() / spent[index].sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spent[index] > 0, bought / spent[index], whole)


def _note_price(name: str, notes: list[RunDecision], what: str) -> None:
    text = f"The plan has no such column for {display(name)}: its spend buys {what}, at the table's mean price."
    notes.append(RunDecision("exposure", name, text, "preprocessing"))


def _after_past(past: np.ndarray, rows: np.ndarray, prepared: Prepared, lags: int) -> np.ndarray:
    regions = len(prepared.regions)
    before = past.reshape((len(past), regions, -1))
    before = before[:, :, before.shape[2] - lags :]
    return np.concatenate([before, rows.reshape((len(rows), regions, -1))], axis=2).reshape((len(rows), -1))


def _design(frame: pd.DataFrame, dates: np.ndarray, prepared: Prepared, notes: list[RunDecision]) -> np.ndarray:
    """The baseline's columns of the plan, as the run's recipe makes them."""
    recipe = prepared.recipe
    controls = {
        name: _control(frame, name, mean, spread, dates, prepared, notes) for name, mean, spread in recipe.controls
    }
    events: dict[str, list[str]] = {}
    for name in dict.fromkeys(column for column, _ in recipe.events):
        if name in frame:
            events[name] = [event_label(value) for value in frame[name].tolist()]
            known = {label for column, label in recipe.events if column == name}
            for label in sorted(set(events[name]) - known - {""}):
                text = f"{display(name)}: the run has no event '{display(label)}', so it has no effect in the forecast."
                notes.append(RunDecision("events", label, text, "preprocessing"))
        else:
            events[name] = [""] * len(frame)
            text = f"The plan has no column {display(name)}: no such event is planned."
            notes.append(RunDecision("events", name, text, "preprocessing"))
    columns = baseline_columns(recipe, dates, controls, events)
    design = columns.values
    if "demand" in prepared.groups:
        text = (
            "The common movement of spend, which stands for unseen demand, is zero in the plan: demand is taken to be "
            "as usual."
        )
        notes.append(RunDecision("demand_proxy", 0, text, "preprocessing"))
        design = np.column_stack([design, np.zeros(len(design))])
    if design.shape[1] != len(prepared.names):
        raise SpecError("the saved baseline has other columns than its recipe; run the script again")
    return design


def _control(
    frame: pd.DataFrame,
    name: str,
    mean: float,
    spread: float,
    dates: np.ndarray,
    prepared: Prepared,
    notes: list[RunDecision],
) -> np.ndarray:
    """A control in the plan; where it is missing, its values a year before, or its mean.

    Raises:
        SpecError: some cells are blank.
    """
    if name in frame:
        values = read_numbers(frame[name], name)
        if not np.isnan(values).any():
            return values
        if not np.isnan(values).all():
            raise SpecError(
                f"{display(name)}: blank in {int(np.isnan(values).sum())} rows of the plan; fill them, or leave the "
                "column out"
            )
    regions, periods = len(prepared.regions), len(prepared.dates)
    index = prepared.names.index(name)
    past = (prepared.design[:, index] * spread + mean).reshape((regions, periods))
    year = 364 // prepared.recipe.step
    if year <= periods:
        place = periods - year + np.arange(len(dates)) % year
        notes.append(
            RunDecision(
                "controls", name, f"{display(name)} is not in the plan: last year's rows stand for it.", "preprocessing"
            )
        )
        return past[:, place].reshape(-1)
    notes.append(
        RunDecision("controls", name, f"{display(name)} is not in the plan: its mean stands for it.", "preprocessing")
    )
    return np.repeat(past.mean(axis=1), len(dates))


def _worth(frame: pd.DataFrame, spec: Mapping[str, Any], prepared: Prepared, notes: list[RunDecision]) -> np.ndarray:
    column = spec["revenue_per_unit"]
    if column and column in frame:
        values = read_numbers(frame[column], column)
        if not (values > 0).all():
            raise Refused(f"{display(column)}: blank or not above zero in some rows of the plan. Correct it.")
        return values * float(spec["unit_value"])
    if column:
        text = f"{display(column)} is not in the plan: the mean worth of a unit in the table stands for it."
        notes.append(RunDecision("revenue_per_unit", prepared.worth, text, "preprocessing"))
    return np.full(len(frame), prepared.worth)
