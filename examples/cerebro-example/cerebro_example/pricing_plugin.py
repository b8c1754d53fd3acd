"""A domain of its own, `pricing`: its spec, agent, validator, method, card and command. Light: no heavy imports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cerebro_core.hookspecs import hookimpl
from cerebro_core.method import Command, Method

if TYPE_CHECKING:
    from cerebro_core.decisions import Proposal, Request
    from cerebro_core.findings import Finding
    from cerebro_core.spec import AnalysisSpec
    from cerebro_core.table import Table

LOG_LOG = Method(
    domain="pricing",
    name="loglog",
    title="Price elasticity (log-log regression)",
    summary="Regresses the logarithm of units on that of the price within products, with intervals that hold when "
    "errors differ in size or hang together within a product.",
    spec="cerebro_example.specs:PricingSpec",
    block="cerebro_example.blocks.elasticity:analyse",
    requires={
        "matplotlib": "matplotlib>=3.10",
        "numpy": "numpy>=2.1",
        "pandas": "pandas>=2.2",
        "scipy": "scipy>=1.15",
    },
    needs=(
        "one row a product and period (or a shop and period), with units sold and the price paid",
        "units and prices above zero, and prices that moved",
    ),
    assumes=(
        "whatever moves both price and demand (season, promotion, rivals) is among the controls or fixed for a product",
        "prices were not set in answer to the demand of the same row",
        "the elasticity is the same at all prices seen, and for all products",
    ),
    estimands=("elasticity", "units_change_at_10_percent", "revenue_change_at_10_percent"),
    references=(
        "Long & Ervin (2000). Using Heteroscedasticity Consistent Standard Errors in the Linear Regression Model. The "
        "American Statistician 54(3), 217-224. https://doi.org/10.1080/00031305.2000.10474549",
        "Cameron & Miller (2015). A Practitioner's Guide to Cluster-Robust Inference. Journal of Human Resources "
        "50(2), 317-372. https://doi.org/10.3368/jhr.50.2.317",
    ),
    card="cerebro_example:cards/loglog.toml",
)


@hookimpl
def cerebro_specs() -> Iterable[type[AnalysisSpec]]:
    from cerebro_example.specs import PricingSpec

    return [PricingSpec]


@hookimpl
def cerebro_methods() -> Iterable[Method]:
    return [LOG_LOG]


@hookimpl
def cerebro_propose(request: Request, table: Table) -> Iterable[Proposal]:
    from cerebro_example.agent import propose

    return propose(request, table)


@hookimpl
def cerebro_validate(spec: AnalysisSpec, table: Table) -> Iterable[Finding]:
    from cerebro_example.checks import validate
    from cerebro_example.specs import PricingSpec

    return validate(spec, table) if isinstance(spec, PricingSpec) else []


@hookimpl
def cerebro_commands() -> Iterable[Command]:
    return [
        Command(
            name="pricing",
            domain="pricing",
            help="How much demand falls when a price rises.",
            spec="cerebro_example.specs:PricingSpec",
        )
    ]
