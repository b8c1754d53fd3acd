"""What can go wrong with difference in differences before it is analysed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table

MOST_PERIODS_OF_GROUP = 2


def check_did(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Findings about difference in differences, for specs with that method."""
    if spec.method != "did":
        return
    yield from check_did_roles(spec, table)
    yield from check_did_panel(spec, table)
    yield from check_did_inference(spec)
    yield from check_did_missing(spec, table)


def check_did_roles(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Period and treatment are named, and vary."""
    if spec.time is None:
        message = "no column says when each row was observed"
        yield Finding("error", "no-time", message, "name the period with --time", "time")
    if spec.treatment is None and spec.first_treated is None:
        message = "nothing says who was treated when"
        remedy = "name --treatment (0 before, 1 from then on), or --first-treated with the first treated period"
        yield Finding("error", "no-treatment", message, remedy, "treatment")
    time = table.columns.get(spec.time or "")
    if time is not None and time.is_constant:
        message = f"--time: column '{display(time.name)}' has one value only"
        yield Finding("error", "one-period", message, "add rows from before and after the treatment began", "time")
    treatment = table.columns.get(spec.treatment or "")
    if treatment is not None and spec.first_treated is None:
        shown = f"--treatment: column '{display(treatment.name)}'"
        if treatment.is_constant:
            message = f"{shown} has one value only, so there is nothing to compare with"
            yield Finding(
                "error", "one-arm", message, "add rows that are not treated, or name another column", "treatment"
            )
        elif treatment.distinct > 2:
            message = f"{shown} has {treatment.distinct:,} values, and did needs treated or not"
            remedy = "if it holds the first treated period, name it with --first-treated"
            yield Finding("error", "many-arms", message, remedy, "treatment")
    outcome = table.columns.get(spec.outcome)
    if outcome is not None and outcome.is_constant:
        message = f"--outcome: column '{display(outcome.name)}' has the same value in all rows"
        yield Finding("error", "no-variance", message, "name an outcome that varies", "outcome")


def check_did_panel(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Units have one row a period, and treatment says when it began."""
    columns = table.columns
    if spec.unit in columns and spec.time in columns and spec.unit and spec.time:
        pairs = table.aggregate({"n": ("rows",)}, by=[spec.unit, spec.time])
        twice = [row for row in pairs if row["n"] > 1]
        if twice and columns[spec.unit].distinct < table.rows:
            first = twice[0]
            message = (
                f"{len(twice):,} pairs of unit and period have several rows, such as {display(first[spec.unit], 40)} "
                f"in {display(first[spec.time], 40)}"
            )
            remedy = "keep one row a unit and period; if other people are asked each time, drop --unit, say --cluster"
            yield Finding("error", "repeated-rows", message, remedy, "unit")
    time, treatment = columns.get(spec.time or ""), columns.get(spec.treatment or "")
    unknown = spec.unit is None and spec.cluster is None and spec.first_treated is None and treatment is not None
    if unknown and time is not None and time.distinct > MOST_PERIODS_OF_GROUP:
        message = f"there are {time.distinct:,} periods, and no unit says since when each row was treated"
        remedy = "name --unit, or --first-treated, or the --cluster that is treated as a whole"
        yield Finding("error", "no-unit", message, remedy, "unit")


def check_did_inference(spec: CausalInferenceSpec) -> Iterator[Finding]:
    """Estimator and inference go together, and it is the treated who are asked about."""
    if spec.estimand in ("atc", "ato"):
        message = f"--estimand {spec.estimand}: did answers for the treated"
        yield Finding("error", "estimand", message, "say --estimand att, or leave it out", "estimand")
    if spec.inference in ("wild", "cr2") and spec.estimator != "twfe":
        message = f"--inference {spec.inference} is for --estimator twfe"
        yield Finding("error", "inference", message, "take auto or jackknife, or say --estimator twfe", "inference")
    if spec.estimator in ("sun_abraham", "imputation") and spec.unit is None:
        message = f"--estimator {spec.estimator} follows units over time, and none is named"
        yield Finding("error", "no-unit", message, "name --unit, or take --estimator callaway_santanna or twfe", "unit")


def check_did_missing(spec: CausalInferenceSpec, table: Table) -> Iterator[Finding]:
    """Empty cells where they are refused; in `first_treated` they mean never."""
    if spec.missing != "refuse":
        return
    named = [spec.outcome, spec.time, spec.unit, spec.cluster, spec.weights, *spec.confounders]
    named.append(spec.treatment)
    empty = [name for name in named if name in table.columns and name and table.columns[name].missing]
    if empty:
        shown = ", ".join(f"'{display(name, 40)}' ({table.columns[name].missing:,})" for name in empty[:8])
        remedy = "fill them, or say --missing drop, or --missing indicator for those of confounders"
        yield Finding("error", "missing-values", f"there are empty cells in {shown}", remedy, "missing")
