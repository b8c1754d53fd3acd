"""The Bayesian analysis of an experiment: how probable it is that an arm is better, and what a wrong choice costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cerebro_abtest.blocks.arms import list_metrics, outlier_limits, read_arms
from cerebro_abtest.blocks.bayes_models import ArmModel, MetricPosterior
from cerebro_abtest.blocks.bayes_report import (
    ArmVerdict,
    bayes_answer,
    bayes_charts,
    bayes_estimates,
    bayes_tables,
    guardrail_odds,
    verdicts_of,
)
from cerebro_abtest.blocks.contrasts import ComparisonPlan
from cerebro_abtest.blocks.health import health_checks
from cerebro_abtest.blocks.trends import daily_effects, trend_chart, trend_check
from cerebro_core.blocks.result import Result
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
    cap: float | None,
    winsorize: float | None,
    model: ArmModel,
    adjustment: str,
    priors: Mapping[str, float],
    rope: float | None,
    loss_threshold: float | None,
    min_p_allocation: float,
    seed: int,
) -> Result:
    """The posterior of every arm, and what follows from it; all integrals by quadrature, none by sampling.

    Args:
        source: the table.
        model: the block chosen by the spec's `model`.
        treatment, outcome, … : the spec's fields.

    Raises:
        Refused: where the rows do not allow it.
    """
    arms = read_arms(source, treatment, control, allocation)
    metrics = list_metrics(outcome, guardrail, denominator, lower_is_better)
    limits = outlier_limits(source, metrics, cap, winsorize)
    plan = ComparisonPlan(
        covariates, strata, cluster, adjustment, "delta", 0.5, 999, limits, ci_level, seed, covariate_of
    )
    found = model(source, arms, metrics, plan, priors)
    verdicts = [verdicts_of(item, ci_level, rope) for item in found]
    checks = health_checks(source, arms, metrics, covariates, cluster, unit, date, covariate_date, min_p_allocation)
    for item in found:
        checks += item.checks
    charts = bayes_charts(arms, found)
    if date is not None:
        daily = daily_effects(source, arms, metrics[0], date, cluster)
        trend = trend_check(daily, metrics[0], arms.names[1])
        if trend is not None:
            checks.append(trend)
            charts.append(trend_chart(daily, metrics[0], arms.names[1]))
    pairs: list[tuple[MetricPosterior, list[ArmVerdict]]] = list(zip(found, verdicts, strict=True))
    return Result(
        answer=bayes_answer(arms, *pairs[0], rope, loss_threshold),
        estimates=bayes_estimates(arms, pairs, ci_level),
        diagnostics=(*checks, *guardrail_odds(arms, pairs)),
        tables=bayes_tables(arms, pairs, rope),
        charts=tuple(charts),
        rows_used=sum(found[0].rows),
    )
