"""Tests of means and of ratios of means: Welch's and Student's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.arm_means import ArmMeans, arm_means
from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.cluster_sizes import size_corrections
from cerebro_abtest.blocks.contrasts import ArmSummary, ComparisonPlan, MetricAnswer, mean_contrast
from cerebro_core.blocks.display import display
from cerebro_core.blocks.moment_sql import Moments, MomentSet
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source


def welch_test(source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan) -> tuple[MetricAnswer, ...]:
    """Means whose variances may differ between arms (Welch 1947), with Satterthwaite's degrees of freedom."""
    return tuple(
        mean_answer(metric, found, plan.relative, False) for metric, found in means_of(source, arms, metrics, plan)
    )


def student_test(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan
) -> tuple[MetricAnswer, ...]:
    """Means with one variance for all arms (Student 1908)."""
    return tuple(
        mean_answer(metric, pooled_means(found), plan.relative, True)
        for metric, found in means_of(source, arms, metrics, plan)
    )


def means_of(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, until: tuple[str, object] | None = None
) -> list[tuple[Metric, ArmMeans]]:
    """The means of every metric, from one pass over the rows."""
    found = arm_moments(source, arms, metrics, plan, until)
    answers = []
    for place, metric in enumerate(metrics):
        corrections = None
        if plan.cluster is not None:
            corrections = size_corrections(source, arms, plan.cluster, metric.name, until)
        moments = found[place]
        if not moments:
            raise Refused(f"column '{display(metric.name)}' has no value in any arm")
        answers.append(
            (metric, arm_means(moments, arms, metric, plan.adjustment, plan.cluster is not None, corrections))
        )
    return answers


def arm_moments(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, until: tuple[str, object] | None = None
) -> list[dict[tuple[int, tuple[object, ...]], Moments]]:
    """For each metric: (arm, stratum) -> joint moments."""
    sets = {f"m{i}": MomentSet(metric.columns, plan.covariates_for(metric.name)) for i, metric in enumerate(metrics)}
    groups = source.moments(sets, [arms.column, *plan.strata], plan.cluster, plan.limits, until)
    found: list[dict[tuple[int, tuple[object, ...]], Moments]] = [{} for _ in metrics]
    for key, moments in groups:
        arm = arms.place(key[0])
        if arm < 0:
            continue
        for place in range(len(metrics)):
            if moments[f"m{place}"].count:
                found[place][(arm, key[1:])] = moments[f"m{place}"]
    return found


def mean_answer(metric: Metric, found: ArmMeans, relative: str, pooled: bool) -> MetricAnswer:
    """Each arm against the control."""
    summaries = tuple(
        ArmSummary(float(mean), float(np.sqrt(variance)), int(rows), int(units))
        for mean, variance, rows, units in zip(
            found.means, np.diag(found.covariance), found.rows, found.units, strict=True
        )
    )
    check_variance(metric, found)
    contrasts = []
    for arm in range(1, len(found.means)):
        pair = [0, arm]
        own = found.own[pair]
        degrees = float(found.degrees[0]) if pooled else satterthwaite(own, found.degrees[pair])
        contrasts.append(mean_contrast(arm, found.means[pair], found.covariance[np.ix_(pair, pair)], degrees, relative))
    return MetricAnswer(
        metric,
        "mean" if metric.denominator is None else "ratio",
        summaries,
        tuple(contrasts),
        tuple(map(float, found.own)),
        tuple(map(float, found.degrees)),
        overall_p(found) if len(found.means) > 2 else None,
        found.explained,
    )


def check_variance(metric: Metric, found: ArmMeans) -> None:
    """Refuse a metric that does not vary in any arm: there is nothing to measure chance by."""
    if not np.any(found.own > 0):
        raise Refused(
            f"column '{display(metric.name)}' is the same in all rows of each arm, so chance cannot be measured; "
            "name another outcome, or collect more rows"
        )


def satterthwaite(variances: np.ndarray, degrees: np.ndarray) -> float:
    """Degrees of freedom of a sum of variances."""
    below = float((variances**2 / degrees).sum())
    return float(variances.sum() ** 2 / below) if below > 0 else float(degrees.sum())


def pooled_means(found: ArmMeans) -> ArmMeans:
    """The same means with one variance for all arms, whose degrees of freedom add up."""
    degrees = float(found.degrees.sum())
    single = found.own * found.units
    own = float((single * found.degrees).sum() / degrees) / found.units
    covariance = found.covariance - np.diag(found.own) + np.diag(own)
    together = np.full(len(own), degrees)
    return ArmMeans(found.means, own, covariance, together, found.units, found.rows, found.spread, found.explained)


def overall_p(found: ArmMeans) -> float:
    """Whether any arm differs from another: Welch's (1951) test of several means."""
    weights = 1 / np.maximum(found.own, 1e-300)
    count, total = len(weights), float(weights.sum())
    centre = float((weights * found.means).sum() / total)
    lam = float(((1 - weights / total) ** 2 / found.degrees).sum())
    between = float((weights * (found.means - centre) ** 2).sum()) / (count - 1)
    statistic = between / (1 + 2 * (count - 2) / (count**2 - 1) * lam)
    return float(stats.f.sf(statistic, count - 1, (count**2 - 1) / (3 * lam)))
