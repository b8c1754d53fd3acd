"""Checks of whether a test or a model suits its outcome, and what else was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_abtest.blocks.arms import MOST_SORTED_ROWS
from cerebro_abtest.kinds import is_yes_no
from cerebro_abtest.specs import ABTestSpec
from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding
from cerebro_core.spec import flag_of

if TYPE_CHECKING:
    from cerebro_core.table import Table

YES_NO_TESTS = ("z", "chi2", "fisher", "boschloo")
ROW_TESTS = ("mann-whitney", "permutation", "quantile")
MEAN_TESTS = ("welch", "student")
TAKES = {
    "cluster": ("welch", "student", "permutation", "quantile"),
    "covariates": MEAN_TESTS,
    "strata": MEAN_TESTS,
    "denominator": MEAN_TESTS,
}
RATIO_TESTS = ("welch", "student", "z", "chi2")


def check_fit(spec: ABTestSpec, table: Table) -> Iterator[Finding]:
    """What was asked for goes together."""
    if spec.type == "frequentist":
        yield from check_test(spec, table)
    elif spec.type == "bayesian":
        yield from check_model(spec, table)
    elif spec.type == "sequential":
        yield from check_sequence(spec, table)


def check_test(spec: ABTestSpec, table: Table) -> Iterator[Finding]:
    """The test takes what it is given."""
    for field, tests in TAKES.items():
        if getattr(spec, field) and spec.test not in tests:
            flag = flag_of(field)
            message = f"{flag}: --test {spec.test} takes none"
            remedy = f"choose --test {' or '.join(tests)}, or leave {flag} out"
            yield Finding("error", "test-takes-none", message, remedy, field)
    if spec.test in ROW_TESTS and table.rows > MOST_SORTED_ROWS:
        message = (
            f"--test {spec.test}: it holds all rows in memory, and {table.rows:,} are more than {MOST_SORTED_ROWS:,}"
        )
        remedy = "choose --test welch, which needs only sums, or take a random sample of the units"
        yield Finding("error", "too-many-rows", message, remedy, "test")
    if spec.test in YES_NO_TESTS:
        yield from needs_yes_no(spec, table, f"--test {spec.test}", "--test welch compares means")
    if spec.correction == "dunnett" and spec.test not in MEAN_TESTS:
        message = f"--correction dunnett: --test {spec.test} compares no means"
        yield Finding("error", "dunnett-needs-means", message, "choose --correction holm", "correction")
    if spec.margin is not None and spec.margin_scale == "relative" and spec.test not in RATIO_TESTS:
        message = f"--margin-scale relative: --test {spec.test} has no test of a ratio"
        yield Finding("error", "margin-needs-ratio", message, "give the margin in the outcome's unit", "margin_scale")


def check_model(spec: ABTestSpec, table: Table) -> Iterator[Finding]:
    """The model suits the values."""
    if spec.model == "beta":
        yield from needs_yes_no(spec, table, "--model beta", "choose --model normal, or each")
    for field in ("denominator", "covariates", "cluster"):
        if getattr(spec, field) and spec.model != "normal":
            message = f"{flag_of(field)}: --model {spec.model} takes none"
            yield Finding("error", "model-takes-none", message, "choose --model normal", field)
    if spec.model in ("poisson", "lognormal"):
        for name in (*spec.outcome, *spec.guardrail):
            column = table.columns.get(name)
            if column is not None and column.negatives:
                what = "counts" if spec.model == "poisson" else "amounts"
                message = f"column '{display(name)}' has {column.negatives:,} negative {what}"
                remedy = f"correct them; --model {spec.model} needs values of zero and more (--model normal takes any)"
                yield Finding("error", "negative-values", message, remedy, "model")
            if column is not None and spec.model == "poisson" and column.kind != "integer":
                message = f"column '{display(name)}' holds {column.kind}, and counts are whole"
                yield Finding("error", "counts-are-whole", message, "choose --model lognormal or normal", "model")


def check_sequence(spec: ABTestSpec, table: Table) -> Iterator[Finding]:
    """Group-sequential looks are planned; a bounded sequence has bounds; only large-sample ones take adjustment."""
    if spec.sequence == "group" and spec.looks != "none" and spec.horizon is None and spec.planned_looks is None:
        message = (
            "--sequence group: nothing says how many looks or rows were planned, so the last one is taken for the end"
        )
        remedy = "give --planned-looks or --horizon, or the error is spent anew with each further look"
        yield Finding("warning", "end-not-planned", message, remedy, "horizon")
    if spec.sequence != "bounded":
        return
    for field in ("denominator", "covariates", "cluster", "strata"):
        if getattr(spec, field):
            message = f"{flag_of(field)}: --sequence bounded takes none"
            yield Finding("error", "sequence-takes-none", message, "choose --sequence asymptotic or group", field)
    for name in (*spec.outcome, *spec.guardrail):
        column = table.columns.get(name)
        if column is None or is_yes_no(column):
            continue
        if spec.cap is None:
            message = f"--sequence bounded: column '{display(name)}' has no bound"
            remedy = "give --cap, the highest value that counts, or choose --sequence asymptotic"
            yield Finding("error", "no-bound", message, remedy, "sequence")
        elif isinstance(column.minimum, int | float) and column.minimum < spec.floor:
            message = f"--floor: column '{display(name)}' goes down to {column.minimum:g}, below {spec.floor:g}"
            yield Finding("error", "below-floor", message, "give the lowest value that the outcome can take", "floor")


def needs_yes_no(spec: ABTestSpec, table: Table, what: str, remedy: str) -> Iterator[Finding]:
    """All outcomes are yes or no."""
    for name in (*spec.outcome, *spec.guardrail):
        column = table.columns.get(name)
        if column is not None and column.distinct > 0 and not is_yes_no(column):
            message = f"{what} is for yes and no, and column '{display(name)}' holds other values"
            yield Finding("error", "not-yes-no", message, remedy, "outcome")
