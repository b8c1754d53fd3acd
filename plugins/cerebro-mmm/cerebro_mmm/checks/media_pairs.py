"""Checks of channels against each other and against the outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from statistics import StatisticsError, correlation
from typing import TYPE_CHECKING

from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding
from cerebro_mmm.checks.rows import Rows, numeric
from cerebro_mmm.specs import MMMSpec

if TYPE_CHECKING:
    from cerebro_core.table import Table

ALIKE = 0.9
IN_STEP = 0.9
FOLLOWS = 0.5
FOLLOWS_BY = 0.15
FEWEST_ROWS = 12


def check_pairs(spec: MMMSpec, table: Table, rows: Rows) -> Iterator[Finding]:
    """Channels that move together, and spend that moves with or after the outcome."""
    channels = [name for name in dict.fromkeys(numeric(table, spec.channels)) if table.columns[name].distinct > 1]
    yield from _collinear(channels, table)
    outcome = rows.numbers.get(spec.outcome, ())
    for channel in channels:
        yield from _follows(spec, channel, rows.numbers.get(channel, ()), outcome)


def _collinear(channels: list[str], table: Table) -> Iterator[Finding]:
    pairs = list(combinations(channels, 2))
    if not pairs:
        return
    row = table.aggregate({str(i): ("corr", *pair) for i, pair in enumerate(pairs)})[0]
    for i, (one, other) in enumerate(pairs):
        value = row[str(i)]
        if value is not None and abs(value) > ALIKE:
            yield Finding(
                "warning",
                "collinear-channels",
                f"channels '{display(one)}' and '{display(other)}' move together (correlation {value:.2f}); the "
                "data say what both earned together, and hardly how it splits between them",
                "add them up to one channel, or vary one of them alone for some weeks",
                "channels",
            )


def _follows(
    spec: MMMSpec, channel: str, spend: Sequence[float | None], outcome: Sequence[float | None]
) -> Iterator[Finding]:
    together = _correlation(spend, outcome)
    after = _correlation(spend[1:], outcome[:-1])
    before = _correlation(spend[:-1], outcome[1:])
    pair = f"channel '{display(channel)}'"
    if together is not None and together > IN_STEP:
        how = f"moves in step with the outcome '{display(spec.outcome)}' (correlation {together:.2f})"
    elif after is not None and after > FOLLOWS and after - max(before or 0.0, together or 0.0) > FOLLOWS_BY:
        how = f"rises after the outcome '{display(spec.outcome)}' rose (correlation {after:.2f} with the row before)"
    else:
        return
    yield Finding(
        "warning",
        "spend-follows-outcome",
        f"{pair} {how}, as if its budget were set by sales; its effect would then be overstated",
        "add what drives demand to --controls, and check this channel by an experiment",
        "channels",
    )


def _correlation(one: Sequence[float | None], other: Sequence[float | None]) -> float | None:
    pairs = [(a, b) for a, b in zip(one, other, strict=False) if a is not None and b is not None]
    if len(pairs) < FEWEST_ROWS:
        return None
    try:
        return correlation([a for a, _ in pairs], [b for _, b in pairs])
    except StatisticsError:
        return None
