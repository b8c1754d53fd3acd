"""The pricing agent: finds the roles in the table, with a reason for each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cerebro_core.blocks.display import display
from cerebro_core.decisions import Decision, Proposal, Request
from cerebro_core.errors import SpecError
from cerebro_core.spec import build_spec
from cerebro_core.suggest import listing
from cerebro_example.specs import PricingSpec

if TYPE_CHECKING:
    from cerebro_core.table import Table

AGENT = "pricing"
UNITS = frozenset({"units", "unit", "quantity", "qty", "volume", "menge", "stueck", "absatz"})
PRICE = frozenset({"price", "preis", "prix", "precio"})
PRODUCT = frozenset({"product", "sku", "item", "artikel", "produkt", "upc", "ean"})
CONTROL = frozenset({"promo", "promotion", "display", "feature", "holiday", "competitor", "rival"})
MOST_LEVELS = 0.5  # of the rows: a key with more levels leaves nothing to compare within one


def propose(request: Request, table: Table) -> list[Proposal]:
    """Complete a spec where the table has units and prices.

    Raises:
        SpecError: where pricing was asked for and a role cannot be filled.
    """
    given = dict(request.given)
    if request.domain not in (None, PricingSpec.domain) or not set(given) <= set(PricingSpec.model_fields):
        return []
    decisions: list[Decision] = []
    values: dict[str, Any] = {}
    taken = {name for name in given.values() if isinstance(name, str)} | set(given.get("controls", ()))
    for field, words, what in (("units", UNITS, "units sold"), ("price", PRICE, "a price")):
        if field in given:
            continue
        name = next(_named(table, words, taken, numeric=True), None)
        if name is None:
            if request.domain is None:
                return []
            raise SpecError(
                f"{display(table.path)}: no column looks like {what}; name it with --{field}; "
                f"there is {listing(table.columns)}"
            )
        taken.add(name)
        values[field] = name
        decisions.append(Decision(field, name, f"Its name says that it holds {what}, and it is numeric.", AGENT))
    _optional(table, given, values, decisions, taken)
    return [Proposal(build_spec(PricingSpec, {**values, **given}), 1.0, tuple(decisions))]


def _optional(
    table: Table, given: dict[str, Any], values: dict[str, Any], decisions: list[Decision], taken: set[str]
) -> None:
    """Product and controls, which a table may lack."""
    if "product" not in given:
        keys = [
            name
            for name in _named(table, PRODUCT, taken, numeric=False)
            if 1 < (table.columns[name].distinct or 0) <= MOST_LEVELS * table.rows
        ]
        if keys:
            values["product"] = keys[0]
            taken.add(keys[0])
            reason = "Prices are compared within each product only, so that dear products are no evidence."
            levels = f"{table.columns[keys[0]].distinct} products"
            decisions.append(Decision("product", keys[0], reason, AGENT, levels))
    if "controls" not in given:
        controls = tuple(_named(table, CONTROL, taken, numeric=True))
        if controls:
            values["controls"] = controls
            reason = "They move demand too, and often come with a change of price."
            decisions.append(Decision("controls", list(controls), reason, AGENT))


def _named(table: Table, words: frozenset[str], taken: set[str], *, numeric: bool) -> Iterator[str]:
    """Columns whose name holds one of the words, in the table's order."""
    return iter(
        [
            name
            for name, column in table.columns.items()
            if name not in taken
            and words & set(re.findall(r"[a-z]+", name.casefold()))
            and (not numeric or column.kind in ("number", "integer"))
        ]
    )
