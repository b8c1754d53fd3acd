"""Quantiles of arms with intervals that need no density and hold where values are tied."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.contrasts import ArmSummary, ComparisonPlan, Contrast, Interval, MetricAnswer
from cerebro_abtest.blocks.row_samples import samples_of
from cerebro_core.blocks.source import Source

DRAWS = 100_000


def quantile_test(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan
) -> tuple[MetricAnswer, ...]:
    """The difference of a quantile, from the distribution of the rank at which the true one stands.

    Of n rows the true q-quantile stands at a rank that is Beta(nq, n(1 - q)) of the way (Binomial counts below it), so
    a draw of the rank is a draw of the quantile without resampling any row (Schultzberg & Ankargren 2022 show that this
    is the bootstrap). With clusters the rows count for as many independent ones as the clustered variance of "below the
    quantile" says (Deng, Knoblich & Lu 2018).
    """
    answers = []
    for place, metric in enumerate(metrics):
        more = [plan.cluster] if plan.cluster else []
        samples = samples_of(source, arms, metric, more, plan.limits)
        rng = np.random.default_rng([plan.seed, place])
        values = [float(np.quantile(found[0], plan.quantile, method="median_unbiased")) for found in samples]
        draws = [quantile_draws(found, plan.quantile, value, rng) for found, value in zip(samples, values, strict=True)]
        summaries = tuple(
            ArmSummary(value, float(drawn.std()), len(found[0]), unit_count(found))
            for value, drawn, found in zip(values, draws, samples, strict=True)
        )
        contrasts = tuple(
            quantile_contrast(arm, values[arm], values[0], draws[arm], draws[0]) for arm in range(1, len(values))
        )
        what = "median" if plan.quantile == 0.5 else f"{plan.quantile:g} quantile"
        answers.append(MetricAnswer(metric, what, summaries, contrasts))
    return tuple(answers)


def unit_count(found: list[np.ndarray]) -> int:
    """Independent units of a sample: its clusters, or its rows."""
    return len(np.unique(found[1])) if len(found) > 1 else len(found[0])


def quantile_draws(found: list[np.ndarray], q: float, value: float, rng: np.random.Generator) -> np.ndarray:
    """Draws of a quantile: order statistics at drawn ranks, each smeared over the gap to its neighbour."""
    sample = found[0]
    rows = len(sample)
    effective, widen = float(rows), 1.0
    if len(found) > 1:
        number = np.unique(found[1], return_inverse=True)[1]
        n = np.bincount(number).astype(float)
        residual = np.bincount(number, weights=(sample <= value).astype(float)) - q * n
        clusters = len(n)
        variance = float(residual @ residual) * clusters / max(clusters - 1, 1) / rows**2
        effective = min(max(q * (1 - q) / variance, 2.0), float(rows)) if variance > 0 else float(rows)
        # few clusters: the variance itself is uncertain, as Student's t allows for
        widen = float(stats.t.ppf(0.975, clusters - 1) / stats.norm.ppf(0.975)) if clusters > 1 else 1.0
    effective = max(effective / widen**2, 2.0)
    level = rng.beta(effective * q + q, effective * (1 - q) + (1 - q), DRAWS)
    place = np.clip(level * (rows + 1) - 1, 0, rows - 1)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, rows - 1)
    return np.asarray(sample[low] + (place - low) * (sample[high] - sample[low]))


def quantile_contrast(arm: int, top: float, base: float, top_draws: np.ndarray, base_draws: np.ndarray) -> Contrast:
    """Compare two quantiles by draws of both."""
    gaps = np.sort(top_draws - base_draws)
    positive = bool(base_draws.min() > 0)
    ratios = np.sort(top_draws / base_draws) - 1 if positive else np.zeros(1)

    def interval(level: float) -> Interval:
        low, high = np.quantile(gaps, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def lift_set(level: float) -> tuple[Interval, ...]:
        if not positive:
            return ((None, None),)
        low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
        return ((float(low), float(high)),)

    def below(value: float) -> float:
        return float((1 + np.searchsorted(gaps, value, side="right")) / (1 + len(gaps)))

    def above(value: float) -> float:
        return float((1 + len(gaps) - np.searchsorted(gaps, value, side="left")) / (1 + len(gaps)))

    return Contrast(
        arm,
        top - base,
        float(gaps.std()),
        interval,
        top / base - 1 if base > 0 else None,
        lift_set,
        min(1.0, 2 * min(below(0.0), above(0.0))),
        below,
        above,
    )
