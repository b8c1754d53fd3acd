"""What can go wrong with matching before it is analysed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table

WIDE_CALIPER = 2.0


def check_matching(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Findings about matching, for specs with that method."""
    if spec.method != "psm":
        return
    if not spec.replacement and spec.estimand == "ate":
        message = "--no-replacement: for all rows (--estimand ate) one arm runs out before the other is matched"
        remedy = "say --estimand att (the treated) or atc, or leave --no-replacement out"
        yield Finding("error", "replacement", message, remedy, "replacement")
    if not spec.replacement and spec.weights:
        message = "--no-replacement does not go with --weights: a row that is given away once stands for one row only"
        yield Finding("error", "replacement", message, "leave one of the two out", "replacement")
    if not spec.replacement and spec.estimand in ("att", "atc"):
        yield from check_enough(spec, table)
    if spec.caliper is not None and spec.caliper > WIDE_CALIPER:
        message = f"--caliper {spec.caliper:g} is so wide that it keeps hardly any row from a bad match"
        yield Finding("warning", "wide-caliper", message, ".2 standard deviations is usual (Austin 2011)", "caliper")
    for name in spec.strata:
        column = table.columns.get(name)
        if column is not None and column.is_key:
            message = f"--strata: column '{display(name)}' has a value of its own in each row, so none finds a match"
            yield Finding("error", "strata-is-row", message, "leave it out", "strata")


def check_enough(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Without replacement there are matches for all, or a caliper says who goes without."""
    column = table.columns.get(spec.treatment or "")
    if column is None or len(column.levels) != 2 or spec.caliper is not None:
        return
    counts = sorted(count for _, count in column.levels)
    if counts[1] < counts[0] * spec.neighbours:
        message = f"--no-replacement: neither arm has {spec.neighbours} rows for each row of the other"
        yield Finding("error", "replacement", message, "say fewer --neighbours, or a --caliper", "neighbours")
