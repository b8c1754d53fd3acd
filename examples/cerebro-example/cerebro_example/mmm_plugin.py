"""A method for the domain `mmm`, which belongs to cerebro-mmm: the entry point is `mmm.example`."""

from __future__ import annotations

from collections.abc import Iterable

from cerebro_core.hookspecs import hookimpl
from cerebro_core.method import CorpusSource, Method

NEWEY_WEST = Method(
    domain="mmm",
    name="newey-west",
    title="Linear marketing mix model (least squares, Newey-West)",
    summary="Splits the outcome by ordinary least squares, each channel with one straight line, with intervals that "
    "allow for errors that last over weeks.",
    spec="cerebro_mmm.specs:MMMSpec",
    block="cerebro_example.blocks.newey_west:analyse",
    requires={
        "matplotlib": "matplotlib>=3.10",
        "numpy": "numpy>=2.1",
        "pandas": "pandas>=2.2",
        "scipy": "scipy>=1.15",
        "statsmodels": "statsmodels>=0.14.4",
    },
    options="cerebro_example.options:NeweyWestOptions",
    needs=(
        "one row a day or a week, without gaps, for one market",
        "a numeric outcome, and the spend of each media channel",
        "at least 20 rows more than there are numbers to estimate",
    ),
    assumes=(
        "whatever moves both spend and outcome is among the controls, the trend or the season",
        "each further unit of spend works as well as the one before",
        "the share of the effect that carries over is known (--carryover)",
    ),
    estimands=("total_media", "contribution", "roas"),
    references=(
        "Newey & West (1987). A Simple, Positive Semi-Definite, Heteroskedasticity and Autocorrelation Consistent "
        "Covariance Matrix. Econometrica 55(3), 703-708. https://doi.org/10.2307/1913610",
        "Ramsey (1969). Tests for Specification Errors in Classical Linear Least-Squares Regression Analysis. Journal "
        "of the Royal Statistical Society B 31(2), 350-371. https://doi.org/10.1111/j.2517-6161.1969.tb00796.x",
    ),
    card="cerebro_example:cards/newey_west.toml",
)


@hookimpl
def cerebro_methods() -> Iterable[Method]:
    return [NEWEY_WEST]


@hookimpl
def cerebro_corpus() -> Iterable[CorpusSource]:
    return [CorpusSource(name="cerebro-example-cards", kind="cards", location="cerebro_example:cards")]
