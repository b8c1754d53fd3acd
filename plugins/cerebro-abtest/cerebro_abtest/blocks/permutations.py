"""The permutation test of means, of rows or of whole clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.contrasts import (
    ArmSummary,
    ComparisonPlan,
    Contrast,
    Interval,
    MetricAnswer,
    mean_contrast,
)
from cerebro_abtest.blocks.row_samples import samples_of
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source

BATCH_CELLS = 4_000_000
MOST_DEALT = 3e9  # rows times permutations: some minutes


def permutation_test(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan
) -> tuple[MetricAnswer, ...]:
    """Whether chance alone could give such a difference: the arms' labels are dealt anew many times.

    The statistic is Welch's t, so that the test is exact where the arms' distributions are the same and right in large
    samples where only their means are (Janssen 1997; Chung & Romano 2013). Clusters are dealt as wholes. The interval
    takes its critical values from the permuted statistics.
    """
    answers = []
    for place, metric in enumerate(metrics):
        more = [plan.cluster] if plan.cluster else []
        samples = [unit_totals(*found) for found in samples_of(source, arms, metric, more, plan.limits)]
        most = max(len(y) for y, _ in samples) + len(samples[0][0])
        if most * plan.permutations > MOST_DEALT:
            raise Refused(
                f"{most:,} {'clusters' if plan.cluster else 'rows'} are too many to deal {plan.permutations:,} times; "
                f"choose --permutations {max(int(MOST_DEALT // most), 199)}, or --test welch, which in samples that "
                "large gives the same"
            )
        rng = np.random.default_rng([plan.seed, place])
        summaries = tuple(
            ArmSummary(float(y.sum() / n.sum()), float(np.sqrt(ratio_variance(y, n))), int(n.sum()), len(y))
            for y, n in samples
        )
        contrasts = tuple(permuted_contrast(arm, samples[arm], samples[0], plan, rng) for arm in range(1, len(samples)))
        note = f"{plan.permutations} permutations of {'clusters' if plan.cluster else 'rows'}."
        answers.append(MetricAnswer(metric, "mean", summaries, contrasts, notes=(note,)))
    return tuple(answers)


def unit_totals(values: np.ndarray, clusters: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Sum and rows of each unit: of each row, or of each cluster."""
    if clusters is None:
        return values, np.ones(len(values))
    number = np.unique(clusters, return_inverse=True)[1]
    return np.bincount(number, weights=values), np.bincount(number).astype(float)


def ratio_variance(y: np.ndarray, n: np.ndarray) -> float:
    """Variance of sum(y) / sum(n) between units."""
    residual = y - y.sum() / n.sum() * n
    return float(residual @ residual) * len(y) / max(len(y) - 1, 1) / n.sum() ** 2


def permuted_contrast(
    arm: int,
    top: tuple[np.ndarray, np.ndarray],
    base: tuple[np.ndarray, np.ndarray],
    plan: ComparisonPlan,
    rng: np.random.Generator,
) -> Contrast:
    """Compare two arms with the statistics of dealt labels."""
    means = np.array([base[0].sum() / base[1].sum(), top[0].sum() / top[1].sum()])
    covariance = np.diag([ratio_variance(*base), ratio_variance(*top)])
    plain = mean_contrast(arm, means, covariance, np.inf, plan.relative)
    error = plain.std_error or 0.0
    observed = plain.difference / error if error > 0 else 0.0
    # centred at its own mean, each arm is a sample from the null hypothesis of equal means
    dealt = dealt_statistics(top, base, plan.permutations, rng)
    p_value = float((1 + (np.abs(dealt) >= abs(observed) - 1e-12).sum()) / (1 + len(dealt)))

    def interval(level: float) -> Interval:
        reach = float(np.quantile(np.abs(dealt), level, method="higher")) * error
        return plain.difference - reach, plain.difference + reach

    def lift_set(level: float) -> tuple[Interval, ...]:
        reach = float(np.quantile(np.abs(dealt), level, method="higher"))
        return plain.lift_set(float(2 * stats.norm.cdf(reach) - 1))

    def tail(statistic: float) -> float:
        return float((1 + (dealt >= statistic - 1e-12).sum()) / (1 + len(dealt)))

    return Contrast(
        arm,
        plain.difference,
        error,
        interval,
        plain.lift,
        lift_set,
        p_value,
        lambda value: tail((plain.difference - value) / error) if error > 0 else 1.0,
        lambda value: tail((value - plain.difference) / error) if error > 0 else 1.0,
    )


def dealt_statistics(
    top: tuple[np.ndarray, np.ndarray], base: tuple[np.ndarray, np.ndarray], count: int, rng: np.random.Generator
) -> np.ndarray:
    """Welch's statistic after dealing the units to the arms anew, `count` times."""
    y, n = np.concatenate([top[0], base[0]]), np.concatenate([top[1], base[1]])
    y = y - y.sum() / n.sum() * n
    size, units = len(top[0]), len(y)
    found = np.empty(count)
    step = max(1, BATCH_CELLS // units)
    sums = np.array([y.sum(), n.sum(), y @ y, y @ n, n @ n])
    columns = np.column_stack([y, n, y * y, y * n, n * n])
    for start in range(0, count, step):
        batch = min(step, count - start)
        chosen = np.argpartition(rng.random((batch, units)), size - 1, axis=1)[:, :size]
        mine = columns[chosen].sum(axis=1)
        other = sums - mine
        gap = mine[:, 0] / mine[:, 1] - other[:, 0] / other[:, 1]
        spread = dealt_variance(mine, size) + dealt_variance(other, units - size)
        found[start : start + batch] = np.where(spread > 0, gap / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0)
    return found


def dealt_variance(sums: np.ndarray, size: int) -> np.ndarray:
    """Variance of sum(y) / sum(n) from the sums of y, n, y^2, y n and n^2, one row a deal."""
    ratio = sums[:, 0] / sums[:, 1]
    residual = sums[:, 2] - 2 * ratio * sums[:, 3] + ratio**2 * sums[:, 4]
    return np.maximum(residual, 0.0) * size / max(size - 1, 1) / sums[:, 1] ** 2
