"""Assignment of units to arms, with its balance and an A/A check on what was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cerebro_abtest.blocks.assign_draws import DrawPlan, Scheme
from cerebro_core.blocks.display import display
from cerebro_core.blocks.output_values import csv_bytes
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, Refused, Result, ResultTable
from cerebro_core.blocks.source import Source
from cerebro_core.blocks.style import PALETTE, label, new_figure, tick_text

LEVEL = 0.95
LARGE_SMD = 0.1
MOST_BARS = 30


@dataclass(frozen=True)
class Lots:
    """What is put into arms, and where its rows are.

    Attributes:
        plan: units or clusters.
        owner: for each row of the table the number of its unit or cluster.
    """

    plan: DrawPlan
    owner: np.ndarray


def analyse(
    source: Source,
    *,
    unit: str | None,
    arms: Sequence[str],
    strata: Sequence[str],
    covariates: Sequence[str],
    cluster: str | None,
    outcome: str | None,
    scheme: Scheme,
    block_size: int | None,
    acceptance: float,
    salt: str,
    arm_column: str,
    keep: str,
    aa_draws: int,
    seed: int,
) -> Result:
    """Put each unit into an arm.

    Args:
        source: the units.
        scheme: the block chosen by the spec's `scheme`.
        seed: of the draw.
        unit, … : the spec's fields.

    Raises:
        Refused: where units are missing or stand there twice, or a cluster is in two strata.
    """
    names, shares = parse_arms(arms)
    wanted = dict.fromkeys([*([unit] if unit else []), *([cluster] if cluster else []), *strata, *covariates])
    frame = source.frame([*wanted, *([outcome] if outcome and outcome not in wanted else [])])
    labels = unit_names(frame, unit)
    lots = read_lots(frame, labels, cluster, strata, covariates, shares, block_size, acceptance, salt or str(seed))
    drawn = scheme(lots.plan, np.random.default_rng(seed))
    placed = drawn[lots.owner]
    counts = np.bincount(placed, minlength=len(names))
    if counts.min() == 0:
        raise Refused(
            f"arm '{display(names[int(counts.argmin())])}' got no unit; give it a larger share, or more units"
        )
    balance = balance_rows(frame, placed, names, covariates, strata)
    checks = [share_check(counts, shares, len(lots.plan.names)), *balance_check(balance)]
    found: list[Estimate] = []
    more: list[Diagnostic] = []
    if outcome:
        found, more = history_check(
            lots, scheme, frame[outcome].to_numpy(float), placed, names, outcome, aa_draws, seed
        )
    parts = ", ".join(f"{display(name)} {count:,}" for name, count in zip(names, counts, strict=True))
    lots_text = f" ({len(lots.plan.names):,} clusters drawn)" if cluster else ""
    kept = list(source.names) if keep == "all" else list(wanted)
    return Result(
        answer=f"{len(labels):,} units{lots_text} are in {len(names)} arms: {parts}.",
        estimates=(*arm_estimates(names, counts), *found),
        diagnostics=(*checks, *more),
        tables={"balance": balance_table(balance)} if balance else {},
        charts=(balance_chart(balance),) if balance else (),
        rows_used=len(labels),
        extras={"assigned.csv": assigned_csv(source, kept, labels, [names[i] for i in placed], arm_column, unit)},
    )


def parse_arms(arms: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """`name:share` -> names, shares."""
    pairs = [item.rpartition(":" if ":" in item else "=") for item in arms]
    return tuple(name.strip() for name, _, _ in pairs), np.array([float(share) for _, _, share in pairs])


def name_text(value: Any) -> str:
    """A name as text: whole numbers without a decimal point, so that 7 and 7.0 are one."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def unit_names(frame: pd.DataFrame, unit: str | None) -> list[str]:
    """The name of each row's unit.

    Raises:
        Refused: where one is missing or stands there twice.
    """
    if len(frame) < 2:
        raise Refused("there are fewer than two units; nothing can be compared")
    if unit is None:
        return [str(number + 1) for number in range(len(frame))]
    missing = int(frame[unit].isna().sum())
    if missing:
        raise Refused(f"--unit: {missing:,} rows have no '{display(unit)}'; name them, or leave them out")
    names = [name_text(value) for value in frame[unit]]
    seen = pd.Series(names)
    twice = seen[seen.duplicated()]
    if len(twice):
        raise Refused(
            f"--unit: '{display(twice.iloc[0])}' stands in several rows of '{display(unit)}' ({len(twice):,} rows too "
            "many); keep one row a unit, or name what is put into arms as a whole with --cluster"
        )
    return names


def read_lots(
    frame: pd.DataFrame,
    labels: list[str],
    cluster: str | None,
    strata: Sequence[str],
    covariates: Sequence[str],
    shares: np.ndarray,
    block_size: int | None,
    acceptance: float,
    salt: str,
) -> Lots:
    """Units, or clusters with the means of their units' covariates and their size.

    Raises:
        Refused: where a cluster is missing or in two strata.
    """
    cells = [name_text(tuple(map(name_text, row))) for row in frame[list(strata)].itertuples(index=False)]
    stratum = np.unique(cells, return_inverse=True)[1] if strata else np.zeros(len(frame), int)
    values = frame[list(covariates)].to_numpy(float) if covariates else np.zeros((len(frame), 0))
    values = np.where(np.isnan(values), np.nanmean(values, axis=0), values) if values.size else values
    if cluster is None:
        return Lots(
            DrawPlan(tuple(labels), stratum, values, shares, block_size, acceptance, salt), np.arange(len(frame))
        )
    if frame[cluster].isna().any():
        raise Refused(f"--cluster: rows have no '{display(cluster)}'; name their cluster, or leave them out")
    owner, found = pd.factorize(np.array([name_text(value) for value in frame[cluster]], object))
    sizes = np.bincount(owner)
    low = np.full(len(found), np.iinfo(np.int64).max)
    high = np.full(len(found), -1)
    np.minimum.at(low, owner, stratum)
    np.maximum.at(high, owner, stratum)
    if (low != high).any():
        name = display(found[int(np.flatnonzero(low != high)[0])])
        raise Refused(f"--strata: cluster '{name}' lies in two strata; name columns that are the same within a cluster")
    means = np.zeros((len(found), 0))
    if values.shape[1]:
        means = np.column_stack([*(np.bincount(owner, column) / sizes for column in values.T), sizes])
    return Lots(DrawPlan(tuple(map(str, found)), low, means, shares, block_size, acceptance, salt), owner)


def arm_estimates(names: Sequence[str], counts: np.ndarray) -> list[Estimate]:
    """How many units each arm got."""
    return [
        Estimate("n", float(count), f"Units, {display(name)}", unit="units", group=name)
        for name, count in zip(names, counts, strict=True)
    ]


def share_check(counts: np.ndarray, shares: np.ndarray, lots: int) -> Diagnostic:
    """Are the shares those that were planned?"""
    gap = float(np.abs(counts / counts.sum() - shares).max())
    limit = float(4 * np.sqrt(0.25 / lots))
    fine = gap <= limit
    text = f"The arms' shares are at most {gap:.2%} away from the plan"
    text += "." if fine else ": clusters differ much in size; plan with more or with more even clusters."
    return Diagnostic("shares", "pass" if fine else "warn", text, gap, limit)


type BalanceRow = tuple[str, str, float, float, float | None]


def balance_rows(
    frame: pd.DataFrame, placed: np.ndarray, names: Sequence[str], covariates: Sequence[str], strata: Sequence[str]
) -> list[BalanceRow]:
    """(column, arm, mean in the control, mean in the arm, standardised difference) of numbers and of strata's values.

    The standardised mean difference is (m_1 - m_0) / sqrt((s_1^2 + s_0^2) / 2) (Austin 2009).
    """
    columns = {str(name): frame[name].to_numpy(float) for name in covariates}
    for name in strata:
        for value in list(dict.fromkeys(frame[name].dropna()))[:20]:
            columns[f"{name} = {name_text(value)}"] = (frame[name] == value).fillna(False).to_numpy(float)
    rows: list[BalanceRow] = []
    for shown, values in columns.items():
        groups = [values[(placed == arm) & ~np.isnan(values)] for arm in range(len(names))]
        if min(map(len, groups)) < 2:
            continue
        for arm in range(1, len(names)):
            spread = float(np.sqrt((groups[arm].var(ddof=1) + groups[0].var(ddof=1)) / 2))
            gap = float(groups[arm].mean() - groups[0].mean())
            smd = gap / spread if spread > 0 else (0.0 if gap == 0 else None)
            rows.append((shown, names[arm], float(groups[0].mean()), float(groups[arm].mean()), smd))
    return rows


def balance_check(rows: Sequence[BalanceRow]) -> list[Diagnostic]:
    """Is a covariate far apart?"""
    if not rows:
        return []
    worst = max(rows, key=lambda row: abs(row[4] or 0.0))
    size = abs(worst[4] or 0.0)
    fine = size <= LARGE_SMD
    text = f"The largest standardised difference is {size:.3f} ({display(worst[0])}, {display(worst[1])})"
    text += "." if fine else "; draw with --scheme stratified or rerandomised, and adjust for it in the analysis."
    return [Diagnostic("balance", "pass" if fine else "warn", text, size, LARGE_SMD)]


def balance_table(rows: Sequence[BalanceRow]) -> ResultTable:
    """The balance of covariates and strata."""
    caption = "Means of what was known before, and their differences over the standard deviation (SMD)."
    return ResultTable(("column", "arm", "control", "mean", "smd"), tuple(rows), "Balance", caption)


def balance_chart(rows: Sequence[BalanceRow]) -> Chart:
    """The standardised differences, largest first."""
    shown = sorted(rows, key=lambda row: -abs(row[4] or 0.0))[:MOST_BARS][::-1]
    figure = new_figure(height=max(2.5, 0.35 * len(shown) + 1.5))
    axes = figure.subplots()
    axes.axvspan(-LARGE_SMD, LARGE_SMD, color=PALETTE[2], alpha=0.12, linewidth=0)
    axes.plot([row[4] or 0.0 for row in shown], range(len(shown)), "o", color=PALETTE[0])
    tick_text(axes.yaxis, list(range(len(shown))), [f"{row[0]} ({row[1]})" for row in shown])
    reach = max(1.2 * LARGE_SMD, *(1.1 * abs(row[4] or 0.0) for row in shown))
    axes.set_xlim(-reach, reach)
    label(axes, title="Balance of what was known before", x="standardised difference from the control")
    return Chart("balance", "Balance", "Within the band differences are small (below .1).", figure)


def history_check(
    lots: Lots,
    scheme: Scheme,
    values: np.ndarray,
    placed: np.ndarray,
    names: Sequence[str],
    outcome: str,
    draws: int,
    seed: int,
) -> tuple[list[Estimate], list[Diagnostic]]:
    """A/A: last period's outcome under this draw, and how often other draws would have raised an alarm."""
    found = []
    for arm in range(1, len(names)):
        gap, error, degrees, p = welch_gap(lots, values, placed, arm)
        reach = float(stats.t.ppf((1 + LEVEL) / 2, degrees)) * error
        found.append(
            Estimate(
                "aa_difference",
                gap,
                f"Before: {display(outcome)}, {display(names[arm])} less {display(names[0])}",
                std_error=error,
                ci_low=gap - reach,
                ci_high=gap + reach,
                ci_level=LEVEL,
                interval="confidence",
                p_value=p,
                unit=display(outcome),
                group=names[arm],
            )
        )
    alarms = tries = 0
    for draw in range(draws):
        plan = replace(lots.plan, salt=f"{lots.plan.salt}/{draw}", acceptance=max(lots.plan.acceptance, 0.1))
        other = scheme(plan, np.random.default_rng([seed, draw + 1]))[lots.owner]
        for arm in range(1, len(names)):
            alarms += welch_gap(lots, values, other, arm)[3] < 1 - LEVEL
            tries += 1
    rate = alarms / tries
    limit = 1 - LEVEL + 3 * float(np.sqrt(LEVEL * (1 - LEVEL) / draws))
    fine = rate <= limit
    text = (
        f"In {draws:,} draws like this one, {rate:.1%} of A/A tests on last period's {display(outcome)} raise an alarm"
    )
    text += f", where {1 - LEVEL:.0%} is meant" + ("." if fine else ": plan for clusters or outliers.")
    return found, [Diagnostic("aa_alarms", "pass" if fine else "warn", text, rate, limit)]


def welch_gap(lots: Lots, values: np.ndarray, placed: np.ndarray, arm: int) -> tuple[float, float, float, float]:
    """Difference, standard error, degrees of freedom and p of an arm and the control, over units or clusters' means."""
    known = ~np.isnan(values)
    if len(lots.plan.names) < len(values):
        count = len(lots.plan.names)
        sizes = np.bincount(lots.owner[known], minlength=count)
        sums = np.bincount(lots.owner[known], values[known], minlength=count)
        own = np.zeros(count, int)
        own[lots.owner] = placed
        values, placed, known = sums / np.maximum(sizes, 1), own, sizes > 0
    first, second = values[known & (placed == 0)], values[known & (placed == arm)]
    if min(len(first), len(second)) < 2:
        raise Refused("the A/A check needs two units or clusters with an outcome in each arm; leave --outcome out")
    parts = np.array([first.var(ddof=1) / len(first), second.var(ddof=1) / len(second)])
    if parts.sum() == 0:
        raise Refused("the A/A check needs an outcome that differs between units; leave --outcome out")
    degrees = float(parts.sum() ** 2 / (parts**2 / [len(first) - 1, len(second) - 1]).sum())
    gap, error = float(second.mean() - first.mean()), float(np.sqrt(parts.sum()))
    return gap, error, degrees, float(2 * stats.t.sf(abs(gap) / error, degrees))


def assigned_csv(
    source: Source, kept: list[str], labels: list[str], placed: list[str], arm_column: str, unit: str | None
) -> bytes:
    """The units with their arms; text that a spreadsheet would run is quoted."""
    rows = source.records(kept, limit=len(labels)) if kept else [()] * len(labels)
    if unit is None:
        kept, rows = ["row", *kept], [(label, *row) for label, row in zip(labels, rows, strict=True)]
    return csv_bytes([*kept, arm_column], ((*row, arm) for row, arm in zip(rows, placed, strict=True)))
