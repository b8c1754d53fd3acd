"""Checks of outcomes, denominators and covariates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_abtest.kinds import is_yes_no
from cerebro_abtest.specs import ABTestSpec
from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

LEAK = 0.995


def check_outcomes(spec: ABTestSpec, table: Table) -> Iterator[Finding]:
    """Each has values that vary, and none that is infinite."""
    for field in ("outcome", "guardrail"):
        for name in getattr(spec, field):
            column = table.columns.get(name)
            if column is None:
                continue
            shown = f"--{field}: column '{display(name)}'"
            if column.distinct == 0:
                yield Finding("error", "no-values", f"{shown} is empty", "name another column", field)
            elif column.is_constant:
                message = f"{shown} has the same value in all rows, so there is nothing to compare"
                yield Finding("error", "no-variance", message, "name an outcome that varies", field)
            else:
                yield from check_arm_variance(spec, table, name, field)
            if column.not_finite:
                message = f"{shown} has {column.not_finite:,} infinite values"
                yield Finding("error", "infinite-values", message, "correct or empty these cells", field)


def check_arm_variance(spec: ABTestSpec, table: Table, name: str, field: str) -> Iterator[Finding]:
    """Each arm has values that vary."""
    treatment = table.columns.get(spec.treatment)
    if treatment is None or treatment.distinct > 100:
        return
    asked = {"of values": ("count", name), "least": ("min", name), "most": ("max", name)}
    for row in table.aggregate(asked, by=[spec.treatment]):
        if row[spec.treatment] is None:
            continue
        arm = display(row[spec.treatment], 40)
        if not row["of values"]:
            message = f"--{field}: arm '{arm}' has no value of '{display(name)}'"
            yield Finding(
                "error", "arm-without-values", message, "remove the rows of this arm, or collect its outcome", field
            )
        elif row["least"] == row["most"]:
            message = f"--{field}: all rows of arm '{arm}' have the same value of '{display(name)}' ({row['least']})"
            remedy = "see whether the outcome was recorded in this arm"
            if field == "guardrail" or measures_no_chance_by_arm(spec):
                yield Finding("warning", "arm-without-variance", message, remedy, field)
            else:
                other = "boschloo" if is_yes_no(table.columns[name]) else "permutation"
                remedy += f"; if it was, --type frequentist --test {other} needs no variance in each arm"
                yield Finding("error", "arm-without-variance", message, remedy, field)


def measures_no_chance_by_arm(spec: ABTestSpec) -> bool:
    """Whether what was chosen needs no variance within each arm."""
    if spec.type == "frequentist":
        return spec.test not in ("welch", "student", "quantile")
    return (spec.type == "bayesian" and spec.model == "beta") or (
        spec.type == "sequential" and spec.sequence == "bounded"
    )


def check_denominator(spec: ABTestSpec, table: Table) -> Iterator[Finding]:
    """A denominator is not negative, and not zero where there is something above the line."""
    if spec.denominator is None or spec.denominator not in table.columns:
        return
    column = table.columns[spec.denominator]
    shown = f"--denominator: column '{display(spec.denominator)}'"
    low, high = column.minimum, column.maximum
    if isinstance(low, int | float) and low < 0:
        message = f"{shown} goes down to {low:g}"
        yield Finding("error", "negative-denominator", message, "correct these rows, or leave them out", "denominator")
    elif high in (0, None):
        message = f"{shown} is zero in all rows, and nothing can be divided by it"
        yield Finding("error", "zero-denominator", message, "name another column", "denominator")
    elif column.zeros and spec.cluster is None:
        message = f"{shown} is zero in {column.zeros:,} rows; what is above the line counts all the same"
        remedy = "leave them out if the outcome cannot happen there"
        yield Finding("warning", "zero-denominators", message, remedy, "denominator")
    if column.missing:
        message = f"{shown} has {column.missing:,} empty cells; these rows are left out"
        yield Finding("warning", "missing-denominator", message, "fill them where they are known", "denominator")


def check_covariates(spec: ABTestSpec, table: Table) -> Iterator[Finding]:
    """A covariate varies, and is no copy of an outcome."""
    for name in spec.covariates:
        column = table.columns.get(name)
        if column is None:
            continue
        shown = f"--covariates: column '{display(name)}'"
        if column.is_constant:
            message = f"{shown} has the same value in all rows"
            yield Finding("error", "constant-covariate", message, "leave it out", "covariates")
            continue
        if column.missing:
            message = f"{shown} has {column.missing:,} empty cells; they count as a level of their own"
            yield Finding("info", "missing-covariate", message, "", "covariates")
        for outcome in spec.outcome:
            if outcome in table.columns and is_copy(table, outcome, name, column):
                message = f"{shown} is nearly the same as the outcome '{display(outcome)}'"
                remedy = "it was probably measured after the treatment; use values from before"
                yield Finding("warning", "covariate-is-outcome", message, remedy, "covariates")


def is_copy(table: Table, outcome: str, name: str, column: ColumnProfile) -> bool:
    """Whether two columns of numbers are nearly a straight line."""
    kinds = ("number", "integer", "boolean")
    if table.columns[outcome].kind not in kinds or column.kind not in kinds:
        return False
    found = table.aggregate({"r": ("corr", outcome, name)})[0]["r"]
    return found is not None and abs(found) > LEAK
