"""The spec of a price elasticity: the one source of flags, defaults, help and checks."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from cerebro_core.spec import AnalysisSpec, Column, Flag

NUMBER = Column(kinds=("number", "integer"))


class PricingSpec(AnalysisSpec):
    """How much demand falls when a price rises."""

    kind: ClassVar[str] = "pricing"
    domain: ClassVar[str] = "pricing"

    units: Annotated[str, NUMBER, Flag(panel="Roles")]
    """Column with the units sold in each row."""
    price: Annotated[str, NUMBER, Flag(panel="Roles")]
    """Column with the price paid for one unit."""
    product: Annotated[str | None, Column(), Flag(panel="Roles")] = None
    """Column that names the product (or shop) of each row; each gets its own level of demand."""
    controls: Annotated[tuple[str, ...], NUMBER, Flag(panel="Roles")] = ()
    """Columns that also move demand: promotions, season, rivals' prices."""
    method: Annotated[str, Flag(panel="Model")] = "loglog"
    """Method that answers."""
    ci_level: Annotated[float, Flag(panel="Model"), Field(gt=0, lt=1)] = 0.95
    """Level of the intervals."""
