"""Rows that are there twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table

MOST_CELLS = 20_000_000  # beyond, grouping by every column takes longer than it is worth


def check_copies(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Warn of exact copies of rows where a column nearly names each row, so that copies cannot be chance."""
    columns = list(table.columns)
    if table.rows * len(columns) > MOST_CELLS:
        return
    telling = [column for column in table.columns.values() if column.distinct >= 0.9 * table.rows and column.distinct]
    if not telling or any(column.is_key and not column.missing for column in telling):
        return
    copies = table.rows - table.aggregate({"different": ("distinct", *columns)})[0]["different"]
    if copies:
        yield Finding(
            "warning",
            "rows-twice",
            f"{copies:,} of {table.rows:,} rows are exact copies of others, so they count twice",
            "take copies out of the table, unless they are different units that are alike in every column",
        )
