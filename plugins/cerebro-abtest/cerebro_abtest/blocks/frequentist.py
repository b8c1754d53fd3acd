"""The analysis of an experiment that was looked at once, at its planned end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cerebro_abtest.blocks.agreement import agreement_check
from cerebro_abtest.blocks.arms import Arms, list_metrics, outlier_limits, read_arms
from cerebro_abtest.blocks.comparison_report import (
    Compared,
    arm_table,
    change_sentence,
    comparison_estimates,
    comparison_table,
    lift_chart,
)
from cerebro_abtest.blocks.contrasts import ArmTest, ComparisonPlan, Interval, MetricAnswer
from cerebro_abtest.blocks.health import health_checks
from cerebro_abtest.blocks.hypotheses import hypothesis_sentence, hypothesis_table
from cerebro_abtest.blocks.multiplicity import Correction, at_level
from cerebro_abtest.blocks.trends import daily_effects, trend_chart, trend_check
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart, Diagnostic, Result, RunDecision
from cerebro_core.blocks.source import Source


def analyse(
    source: Source,
    *,
    treatment: str,
    outcome: Sequence[str],
    guardrail: Sequence[str],
    denominator: str | None,
    covariates: Sequence[str],
    covariate_of: Mapping[str, str],
    strata: Sequence[str],
    cluster: str | None,
    unit: str | None,
    date: str | None,
    control: str | None,
    allocation: Mapping[str, float],
    lower_is_better: Sequence[str],
    covariate_date: str | None,
    ci_level: float,
    hypothesis: str,
    margin: float | None,
    margin_scale: str,
    cap: float | None,
    winsorize: float | None,
    test: ArmTest,
    adjustment: str,
    relative: str,
    correction: Correction,
    quantile: float,
    permutations: int,
    horizon: int | None,
    min_p_allocation: float,
    seed: int,
) -> Result:
    """Compare each arm with the control on every outcome and guardrail.

    Args:
        source: the table.
        test: the block chosen by the spec's `test`.
        correction: the block chosen by the spec's `correction`.
        seed: of permutations.
        treatment, outcome, … : the spec's fields.

    Raises:
        Refused: where the rows do not allow the comparison.
    """
    arms = read_arms(source, treatment, control, allocation)
    metrics = list_metrics(outcome, guardrail, denominator, lower_is_better)
    limits = outlier_limits(source, metrics, cap, winsorize)
    plan = ComparisonPlan(
        covariates, strata, cluster, adjustment, relative, quantile, permutations, limits, ci_level, seed, covariate_of
    )
    answers = test(source, arms, metrics, plan)
    compared = corrected(answers, correction, ci_level)
    checks = health_checks(source, arms, metrics, covariates, cluster, unit, date, covariate_date, min_p_allocation)
    checks.append(agreement_check(arms, compared, ci_level))
    charts = [chart for chart in (lift_chart(arms, compared, ci_level),) if chart is not None]
    if horizon is not None:
        checks.append(end_check(sum(arms.counts), horizon))
    if date is not None:
        checks, charts = with_trend(source, arms, answers[0], date, cluster, checks, charts)
    tables = {
        "comparisons": comparison_table(arms, compared, " ".join(answers[0].notes)),
        "arms": arm_table(arms, answers),
    }
    alpha = 1 - ci_level
    first = compared[0]
    answer = " ".join(change_sentence(arms, item, ci_level) for item in compared if item.answer is answers[0])
    if margin is not None:
        tables["hypotheses"] = hypothesis_table(arms, compared, hypothesis, margin, margin_scale, alpha)
        if hypothesis != "difference":
            sentence = hypothesis_sentence(arms, first, hypothesis, margin, margin_scale, alpha)
            answer = f"{sentence} {answer}"
    return Result(
        answer=answer,
        estimates=comparison_estimates(arms, compared, ci_level, "confidence"),
        diagnostics=(*checks, *guardrail_checks(arms, compared)),
        tables=tables,
        charts=tuple(charts),
        rows_used=sum(summary.rows for summary in answers[0].arms),
        decisions=tuple(run_decisions(limits, answers)),
    )


def end_check(rows: int, horizon: int) -> Diagnostic:
    """Is the planned end reached? A look before it, repeated until it looks good, raises false alarms."""
    share = rows / horizon
    if share >= 0.98:
        return Diagnostic("planned_end", "pass", "The planned number of rows is reached.", share, 0.98)
    message = (
        f"{rows:,} of {horizon:,} planned rows are there. Whoever looks early and stops when it looks good is wrong "
        "far "
        "more often than the intervals say (Johari et al. 2022): wait, or use --type sequential."
    )
    return Diagnostic("planned_end", "warn", message, share, 0.98)


def corrected(answers: Sequence[MetricAnswer], correction: Correction, ci_level: float) -> list[Compared]:
    """All comparisons; those of outcomes are corrected together, guardrails stand for themselves.

    A guardrail warns of harm, and a correction would make it warn less.
    """
    family = [(answer, item) for answer in answers if answer.metric.role != "guardrail" for item in answer.contrasts]
    adjusted = correction(family, ci_level)
    found = [Compared(answer, item, done) for (answer, item), done in zip(family, adjusted, strict=True)]
    for answer in answers:
        if answer.metric.role == "guardrail":
            found += [Compared(answer, item, at_level(item, item.p_value, ci_level)) for item in answer.contrasts]
    return found


def with_trend(
    source: Source,
    arms: Arms,
    answer: MetricAnswer,
    date: str,
    cluster: str | None,
    checks: list[Diagnostic],
    charts: list[Chart],
) -> tuple[list[Diagnostic], list[Chart]]:
    """Add the effect by day: its trend, and its figure."""
    found = daily_effects(source, arms, answer.metric, date, cluster)
    trend = trend_check(found, answer.metric, arms.names[1])
    if trend is None:
        return checks, charts
    return [*checks, trend], [*charts, trend_chart(found, answer.metric, arms.names[1])]


def guardrail_checks(arms: Arms, compared: Sequence[Compared]) -> list[Diagnostic]:
    """Did a guardrail get clearly worse?"""
    found = []
    for item in compared:
        metric = item.answer.metric
        if metric.role != "guardrail":
            continue
        low, high = item.adjusted.interval
        worse = (high is not None and high < 0) if metric.sign > 0 else (low is not None and low > 0)
        name = display(arms.names[item.contrast.arm], 40)
        shown = f"'{display(metric.name)}'"
        message = (
            f"{name} makes the guardrail {shown} clearly worse (by {abs(item.contrast.difference):.4g}): weigh that "
            "before it is rolled out."
            if worse
            else f"{name} does not make {shown} clearly worse."
        )
        status = "warn" if worse else "pass"
        found.append(Diagnostic(f"guardrail_{display(metric.name)}_{name}", status, message, item.adjusted.p_value))
    return found


def run_decisions(limits: Mapping[str, Interval], answers: Sequence[MetricAnswer]) -> list[RunDecision]:
    """What was done to the rows: where outliers were cut off, and what covariates explained."""
    found = []
    for name, (low, high) in limits.items():
        ends = " and ".join(f"{'below' if end is low else 'above'} {end:.4g}" for end in (low, high) if end is not None)
        found.append(RunDecision("cap", high, f"Values of {display(name)} {ends} were set to that.", "abtest"))
    for answer in answers:
        if answer.explained > 0:
            reason = (
                f"They explain {answer.explained:.0%} of the variance of {display(answer.metric.name)}: as much as "
                f"{1 / max(1 - answer.explained, 1e-9) - 1:.0%} more units would have."
            )
            found.append(RunDecision("covariates", "used", reason, "abtest"))
    return found
