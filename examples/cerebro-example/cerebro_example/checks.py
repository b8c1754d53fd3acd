"""The pricing validator: what the table says against a log-log regression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding
from cerebro_example.specs import PricingSpec

if TYPE_CHECKING:
    from cerebro_core.table import Table

FEWEST_PRICES = 3
FEW_ROWS = 30


def validate(spec: PricingSpec, table: Table) -> Iterator[Finding]:
    """Findings about values; that the columns exist and are numeric is the core's to say."""
    for field, name in (("units", spec.units), ("price", spec.price)):
        column = table.columns.get(name)
        if column is None:
            continue
        least = column.minimum
        if isinstance(least, int | float) and least <= 0:
            yield Finding(
                "error",
                f"{field}-not-positive",
                f"--{field}: column '{display(name)}' goes down to {least:g}, and a logarithm needs more than zero",
                "leave such rows out, or add up rows to longer periods",
                field,
            )
    for field, name in (("units", spec.units), ("price", spec.price), *(("controls", name) for name in spec.controls)):
        column = table.columns.get(name)
        if column is not None and column.missing:
            yield Finding(
                "error",
                "missing-values",
                f"--{field}: column '{display(name)}' has {column.missing} empty cells",
                "fill them, or leave these rows out",
                field,
            )
    price = table.columns.get(spec.price)
    if price is not None and price.distinct is not None and price.distinct < FEWEST_PRICES:
        yield Finding(
            "error",
            "price-never-moves",
            f"--price: column '{display(spec.price)}' has {price.distinct} different values",
            "an elasticity can only be seen where the price moved",
            "price",
        )
    if table.rows < FEW_ROWS:
        yield Finding("warning", "few-rows", f"{table.rows} rows are few", "the interval will be wide; add periods")
