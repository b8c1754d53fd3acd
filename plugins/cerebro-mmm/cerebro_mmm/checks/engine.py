"""Checks of settings that belong to one engine, or to a package that knows the world."""

from __future__ import annotations

from collections.abc import Iterator

from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding
from cerebro_mmm.specs import MMMSpec


def check_engine(spec: MMMSpec) -> Iterator[Finding]:
    """Settings that the engine does not read, and countries that nobody knows."""
    if spec.stan_runtime != "stanli" and spec.engine != "stan":
        yield Finding(
            "error",
            "unread-setting",
            f"--stan-runtime: the engine is {display(spec.engine)}, which does not run Stan",
            "say --engine stan, or leave it out",
            "stan_runtime",
        )
    if spec.holidays and not _known_country(spec.holidays):
        yield Finding(
            "error",
            "unknown-country",
            f"holidays: no country or region '{display(spec.holidays)}' is known",
            "write an ISO code such as DE, US or US-CA",
            "holidays",
        )


def _known_country(code: str) -> bool:
    from holidays import list_supported_countries

    country, _, part = code.partition("-")
    known = list_supported_countries()
    return country in known and (not part or part in known[country])
