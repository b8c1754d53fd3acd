"""Checks of each channel by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding, Severity
from cerebro_core.spec import named_columns
from cerebro_core.suggest import listing
from cerebro_mmm.agents.roles import sort_columns
from cerebro_mmm.agents.senses import sense
from cerebro_mmm.checks.rows import Rows, numeric
from cerebro_mmm.specs import MMMSpec

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

LATE_START = 0.1
DEAD = 0.05
TINY = 0.01
FEWEST_LEVELS = 2


def check_channels(spec: MMMSpec, table: Table, rows: Rows) -> Iterator[Finding]:
    """Channels that cannot be used, and those of which little can be learnt."""
    channels = numeric(table, spec.channels)
    total = sum(max(table.columns[name].mean or 0.0, 0.0) for name in channels)
    bought = [name for name in channels if sense(name) != "exposure"]
    for channel in channels:
        column = table.columns[channel]
        broken = list(_broken(spec, table, channel, column))
        yield from broken
        if not any(finding.severity == "error" for finding in broken):
            yield from _weak(table, channel, column, rows)
            if channel in bought and len(bought) > 1 and 0 < (column.mean or 0.0) < TINY * total:
                yield _finding(
                    "warning",
                    "tiny-channel",
                    f"channel '{display(channel)}': it has {(column.mean or 0.0) / total:.2%} of the spend; so "
                    "small an effect drowns in the noise, and its return will be mostly the prior",
                    "add it to a related channel, or read its return with care",
                )
        if channel not in bought and channel not in spec.exposure and channel not in spec.reach:
            yield _finding(
                "warning",
                "channel-is-exposure",
                f"channel '{display(channel)}': its name says exposure, not spend; its return is then per "
                "exposure, and the budget advice would treat exposures as money",
                "name its spend column in --channels if there is one",
            )
    yield from _left_out(spec, table)


def _left_out(spec: MMMSpec, table: Table) -> Iterator[Finding]:
    """Spend that the table holds and the model does not know is credited to other channels or to the baseline."""
    if not set(spec.channels) <= set(table.columns):
        return
    used = {name for names in named_columns(spec).values() for name in names}
    roles = sort_columns(table, used, spec.channels)
    bought = [name for name in roles.channels if name not in used and name not in roles.by_exposure]
    if bought:
        yield _finding(
            "warning",
            "channel-left-out",
            f"looks like media spend and is not in the model: {listing(bought)}; what it sells is then credited to "
            "the channels that move with it, or to the baseline",
            f"add them: --channels {','.join((*spec.channels, *map(display, bought)))}",
        )


def _broken(spec: MMMSpec, table: Table, channel: str, column: ColumnProfile) -> Iterator[Finding]:
    name = display(channel)
    without = ",".join(display(other) for other in spec.channels if other != channel) or "..."
    if column.not_finite:
        yield _finding(
            "error",
            "channel-not-finite",
            f"channel '{name}': infinite or not a number in {column.not_finite} of {table.rows} rows",
            "mend or drop these rows",
        )
    elif column.negatives:
        yield _finding(
            "error",
            "channel-negative",
            f"channel '{name}': below zero in {column.negatives} of {table.rows} rows; nobody spends less than nothing",
            "book refunds on the date of the spend, or set these cells to zero",
        )
    elif not column.maximum:
        yield _finding(
            "error",
            "channel-all-zero",
            f"channel '{name}': no row has any spend",
            f"leave it out: --channels {without}",
        )
    elif column.distinct <= 1 and not column.missing:
        yield _finding(
            "error",
            "channel-constant",
            f"channel '{name}': its spend is the same in every row, so its effect cannot be told from the baseline",
            f"leave it out: --channels {without}",
        )
    if not column.missing:
        return
    blank = f"channel '{name}': blank in {column.missing} of {table.rows} rows"
    if spec.missing_media == "refuse":
        yield _finding(
            "error",
            "channel-missing",
            blank,
            "write 0 where nothing was spent, or say --missing-media zero if blank means that",
        )
    else:
        yield _finding("info", "channel-blank-is-zero", f"{blank} and are read as no spend", "")


def _weak(table: Table, channel: str, column: ColumnProfile, rows: Rows) -> Iterator[Finding]:
    name = display(channel)
    idle = (column.zeros or 0) + column.missing
    active = table.rows - idle
    values = rows.numbers.get(channel, ())
    early = next((i for i, value in enumerate(values) if value), 0)
    if active < DEAD * table.rows:
        yield _finding(
            "warning",
            "dead-channel",
            f"channel '{name}': only {active} of {table.rows} rows have spend, so hardly anything can be learnt",
            "leave it out, add it to a related channel, or mark its few dates in --events",
        )
    elif early >= max(2, LATE_START * table.rows):
        yield _finding(
            "warning",
            "late-channel",
            f"channel '{name}': its first {early} rows have no spend, so it began late (or was not recorded before)",
            "make sure that the zeros are true; else keep only the rows since it began",
        )
    if column.distinct - bool(column.zeros) < FEWEST_LEVELS:
        yield _finding(
            "warning",
            "on-off-channel",
            f"channel '{name}': whenever it spends it spends the same, so the data do not show how returns diminish",
            "read its response curve and its budget advice as assumptions",
        )


def _finding(severity: Severity, code: str, message: str, remedy: str) -> Finding:
    return Finding(severity, code, message, remedy, "channels")
