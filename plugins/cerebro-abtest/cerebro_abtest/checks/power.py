"""What can be wrong with a power analysis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_abtest.power_spec import PowerAnalysisSpec
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table


def check_power(spec: PowerAnalysisSpec, table: Table) -> Iterator[Finding]:
    """Every finding about a power analysis."""
    yield from check_choices(spec)
    yield from check_numbers(spec)
    yield from check_question(spec)
    yield from check_outcome(spec, table)
    yield from check_design(spec)


def error(code: str, message: str, remedy: str, field: str) -> Finding:
    """An error finding."""
    return Finding("error", code, message, remedy, field)


def check_choices(spec: PowerAnalysisSpec) -> Iterator[Finding]:
    """Nothing is left to an agent, which a spec in YAML does not meet."""
    for field, remedy in (("metric", "write proportion, mean or ratio"), ("convention", "write pooled")):
        if getattr(spec, field) == "auto" and (field == "metric" or spec.metric in ("auto", "proportion")):
            message = f"--{field}: auto is for the command `cerebro power-analysis`, which chooses; a spec says it"
            yield error("not-chosen", message, remedy, field)


def check_numbers(spec: PowerAnalysisSpec) -> Iterator[Finding]:
    """Each number is possible by itself."""
    for field, usual in (("alpha", "0.05"), ("power", "0.8")):
        value = getattr(spec, field)
        if value is not None and not 0 < value < 1:
            message = f"--{field}: {value:g} is not between 0 and 1"
            yield error("not-a-probability", message, f"give a chance, such as {usual}", field)
    if spec.mde == 0:
        remedy = "give the smallest effect worth finding, or leave --mde out and give --sample-size to solve for it"
        yield error("no-effect", "--mde: an effect of 0 is found by no number of units", remedy, "mde")
    if spec.margin is not None and spec.margin <= 0:
        yield error(
            "no-margin", f"--margin: {spec.margin:g} is not above 0", "give the loss that is acceptable", "margin"
        )
    for field in ("sd", "cluster_size", "units_per_day", "denominator_sd"):
        value = getattr(spec, field)
        if value is not None and value <= 0:
            flag = field.replace("_", "-")
            yield error("not-positive", f"--{flag}: {value:g} is not above 0", "give a number above 0", field)
    if spec.denominator_mean == 0:
        yield error(
            "no-denominator", "--denominator-mean: 0 divides nothing", "give a mean other than 0", "denominator_mean"
        )
    if spec.sample_size is not None and spec.sample_size < 2:
        remedy = "give two units at least"
        yield error("no-units", f"--sample-size: {spec.sample_size} is too few for a comparison", remedy, "sample_size")
    for field, low in (("variance_explained", 0.0), ("icc", 0.0), ("correlation", -1.0)):
        value = getattr(spec, field)
        if value is not None and not low <= value <= (1 if field != "variance_explained" else 0.999999):
            flag = field.replace("_", "-")
            remedy = f"give a number from {low:g} to 1" + (", without 1" if field == "variance_explained" else "")
            yield error("not-a-share", f"--{flag}: {value:g} is impossible", remedy, field)


def check_question(spec: PowerAnalysisSpec) -> Iterator[Finding]:
    """Exactly one of effect, size and power is left open."""
    if spec.hypothesis == "difference" and spec.margin is not None:
        remedy = "say --hypothesis non-inferiority or equivalence, or leave it out"
        yield error("margin-unused", "--margin: a test of a difference has none", remedy, "margin")
    if spec.hypothesis != "difference" and spec.mde is not None:
        remedy = "give --margin; the true difference is taken to be 0"
        yield error("mde-unused", f"--mde: {spec.hypothesis} is about a margin", remedy, "mde")
    effect = spec.mde if spec.hypothesis == "difference" else spec.margin
    flag = "--mde" if spec.hypothesis == "difference" else "--margin"
    known = [item is not None for item in (effect, spec.sample_size, spec.power)]
    if sum(known) == 3:
        message = f"{flag}, --sample-size and --power are all given, and nothing is left to solve for"
        yield error("nothing-open", message, "leave one of them out", "power")
    elif sum(known) < 2:
        message = f"{flag} and --sample-size are both missing"
        remedy = f"give {flag} to solve for the sample size, or --sample-size to solve for the effect"
        yield error("too-much-open", message, remedy, "mde")


def check_outcome(spec: PowerAnalysisSpec, table: Table) -> Iterator[Finding]:
    """What is needed of the outcome is said, or in the history."""
    if spec.data and spec.outcome is None:
        remedy = "name the outcome with --outcome, or leave the file out"
        yield error(
            "history-unused", "the data file is a history, and nothing says which column matters", remedy, "outcome"
        )
    for field in ("denominator", "covariate", "cluster"):
        if getattr(spec, field) is not None and spec.outcome is None:
            yield error("no-outcome", f"--{field}: there is no --outcome beside it", "name the outcome too", field)
    if spec.metric == "proportion":
        if spec.baseline is None and spec.outcome is None:
            message = "--baseline: the share that the control will show is not known"
            yield error(
                "no-baseline", message, "give it, such as --baseline 0.05, or a history with --outcome", "baseline"
            )
        elif spec.baseline is not None and not 0 < spec.baseline < 1:
            message = f"--baseline: a share of {spec.baseline:g} is not between 0 and 1"
            yield error("no-share", message, "5 % is 0.05; for an amount give --metric mean and --sd", "baseline")
        elif spec.baseline is not None and spec.mde and spec.hypothesis == "difference":
            after = spec.baseline * (1 + spec.mde) if spec.mde_scale == "relative" else spec.baseline + spec.mde
            if not 0 < after < 1:
                message = f"--mde: with it the share would be {after:g}, which is not between 0 and 1"
                remedy = "give a smaller effect, or say --mde-scale relative if you mean a share of the baseline"
                yield error("mde-impossible", message, remedy, "mde")
    elif spec.sd is None and spec.outcome is None:
        remedy = "give --sd, or a history with --outcome"
        yield error("no-sd", f"--sd: a {spec.metric} needs the outcome's standard deviation", remedy, "sd")
    if spec.mde_scale == "relative" and spec.baseline is None and spec.outcome is None:
        yield error("no-baseline", "--mde-scale relative: relative to what is not said", "give --baseline", "baseline")
    if spec.metric == "ratio" and spec.sd is not None:
        missing = [
            f for f in ("baseline", "denominator_mean", "denominator_sd", "correlation") if getattr(spec, f) is None
        ]
        if missing:
            flags = ", ".join("--" + name.replace("_", "-") for name in missing)
            yield error("ratio-unknown", f"--metric ratio: {flags} missing", "give them, or a history", missing[0])


def check_design(spec: PowerAnalysisSpec) -> Iterator[Finding]:
    """Arms, clusters and looks go together."""
    if spec.shares:
        total = sum(spec.shares)
        if len(spec.shares) < 2 or min(spec.shares) <= 0:
            remedy = "give two shares or more, the control first, each above 0"
            yield error("shares-impossible", "--shares: there are not two arms with a share each", remedy, "shares")
        elif abs(total - 1) > 1e-6:
            remedy = "let them sum to 1, such as 0.5,0.25,0.25"
            yield error("shares-sum", f"--shares: they sum to {total:g}", remedy, "shares")
    if (spec.icc is None) != (spec.cluster_size is None) and spec.cluster is None:
        missing = "cluster_size" if spec.cluster_size is None else "icc"
        flag = missing.replace("_", "-")
        yield error("half-a-cluster", f"--{flag}: clusters need --icc and --cluster-size", "give both", missing)
    if spec.looks > 1 and spec.hypothesis != "difference":
        remedy = "leave --looks out, or plan a test of a difference"
        yield error("looks-unused", f"--looks: {spec.hypothesis} is planned for one look", remedy, "looks")
    if spec.hypothesis == "non-inferiority":
        message = f"--alpha {spec.alpha:g} is one-sided here; `cerebro abtest` tests at half of one less its --ci-level"
        remedy = f"analyse it with --ci-level {1 - 2 * spec.alpha:g}, or plan with --alpha 0.025 for its default"
        yield Finding("info", "one-sided-alpha", message, remedy, "alpha")
    arms = len(spec.shares) or 2
    if spec.correction == "dunnett" and arms > 2 and (spec.sides == "one" or spec.hypothesis != "difference"):
        remedy = "choose --correction holm"
        yield error("dunnett-two-sided", "--correction dunnett: it is two-sided here", remedy, "correction")
    if spec.correction == "dunnett" and spec.looks > 1:
        message = "--correction dunnett: it is for one look"
        yield error("dunnett-one-look", message, "choose --correction holm", "correction")
    if arms > 2 and spec.correction == "none":
        message = "--correction none: each arm may err with the whole of alpha"
        yield Finding("warning", "uncorrected-arms", message, "choose --correction holm or dunnett", "correction")
