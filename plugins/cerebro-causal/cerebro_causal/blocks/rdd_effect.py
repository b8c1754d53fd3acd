"""The effect at a cutoff: conventional estimate with bias-corrected robust interval."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from diff_diff import RegressionDiscontinuity

from cerebro_causal.blocks.anderson_rubin import AndersonRubin
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.local_polynomial import JumpWeights, jump_covariance, jump_weights
from cerebro_causal.blocks.partialled import PartialledFit
from cerebro_causal.blocks.rdd_bandwidth import jump_bandwidths, residuals_of
from cerebro_causal.blocks.rdd_sample import CutoffSample
from cerebro_core.blocks.result import Refused

LARGE = 1e9  # degrees of freedom that stand for infinitely many


@dataclass(frozen=True)
class CurveSettings:
    """How curves are fitted.

    Attributes:
        degree: of the polynomials.
        kernel: "triangular", "epanechnikov" or "uniform".
        bandwidth: None to choose the best one.
        rule: of the choice, such as "mserd".
        kink: whether slopes are compared, and not levels.
        ratio: bandwidth of the bias over a given `bandwidth`.
    """

    degree: int
    kernel: str
    bandwidth: float | None
    rule: str
    kink: bool
    ratio: float = 1.0

    @property
    def order(self) -> int:
        """Of the derivative that jumps."""
        return 1 if self.kink else 0


@dataclass(frozen=True)
class Jump:
    """A jump with both of its estimates.

    Attributes:
        value: conventional estimate.
        error: its standard error.
        robust: the bias-corrected estimate with its robust error; its interval is the one to report.
    """

    value: float
    error: float
    robust: Effect


@dataclass(frozen=True)
class CutoffEffect:
    """What is found at a cutoff.

    Attributes:
        effect: of the treatment: the outcome's jump, or its ratio to the treatment's.
        outcome, treatment: the two jumps; `treatment` is None where the cutoff decides all.
        test: Anderson-Rubin test of the ratio; None likewise.
        bandwidths, pilots: left and right.
        rows: with weight, left and right.
    """

    effect: Jump
    outcome: Jump
    treatment: Jump | None
    test: AndersonRubin | None
    bandwidths: tuple[float, float]
    pilots: tuple[float, float]
    rows: tuple[int, int]


def cutoff_effect(sample: CutoffSample, settings: CurveSettings) -> CutoffEffect:
    """Estimate by diff-diff where it can (levels, without clusters and weights), else by local polynomials of our own.

    Raises:
        Refused: curves cannot be fitted, or the treatment does not change at the cutoff at all.
    """
    study = sample.study
    own = settings.kink or study.clustered or study.weighted
    if own:
        bandwidths, pilots = chosen_bandwidths(sample, settings)
        return effect_within(sample, settings, bandwidths, pilots)
    found = library_fit(sample, settings)
    bandwidths, pilots = (found.h_left, found.h_right), (found.b_left, found.b_right)
    effect = Jump(found.att_conventional, found.se_conventional, Effect(found.att, found.se))
    if not sample.fuzzy:
        return CutoffEffect(effect, effect, None, None, bandwidths, pilots, (found.n_h_left, found.n_h_right))
    inner = effect_within(sample, settings, bandwidths, pilots)
    first = Jump(
        found.first_stage_conventional,
        found.first_stage_se_conventional,
        Effect(found.first_stage, found.first_stage_se),
    )
    return CutoffEffect(effect, inner.outcome, first, inner.test, bandwidths, pilots, inner.rows)


def library_fit(sample: CutoffSample, settings: CurveSettings) -> Any:
    """diff-diff's fit, of columns named by us."""
    frame = pd.DataFrame({"y": sample.study.outcome, "x": sample.running, "d": sample.cause})
    model = RegressionDiscontinuity(
        cutoff=0.0,
        p=settings.degree,
        kernel=settings.kernel,
        bwselect=settings.rule,
        h=settings.bandwidth,
        b=None if settings.bandwidth is None else settings.bandwidth * settings.ratio,
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.fit(frame, outcome="y", running="x", takeup="d" if sample.fuzzy else None)
    except (ValueError, TypeError, ArithmeticError, np.linalg.LinAlgError) as error:
        # TypeError: diff-diff 3.13 takes a root of a negative number where x has very few values
        raise Refused(
            f"curves cannot be fitted at the cutoff ({error}): widen --bandwidth, correct --cutoff, or collect more "
            "rows"
        ) from error


def chosen_bandwidths(sample: CutoffSample, settings: CurveSettings) -> tuple[tuple[float, float], tuple[float, float]]:
    """Bandwidths of the estimate and of its bias, by the user or by the rule."""
    if settings.bandwidth is not None:
        return (settings.bandwidth,) * 2, (settings.bandwidth * settings.ratio,) * 2
    study = sample.study
    main, pilot = jump_bandwidths(
        sample.running,
        study.outcome,
        study.weights,
        study.clusters if study.clustered else None,
        degree=settings.degree,
        order=settings.order,
        kernel=settings.kernel,
    )
    return (main, main), (pilot, pilot)


def effect_within(
    sample: CutoffSample, settings: CurveSettings, bandwidths: tuple[float, float], pilots: tuple[float, float]
) -> CutoffEffect:
    """The effect with given bandwidths, by local polynomials of our own."""
    study, x = sample.study, sample.running
    clusters = study.clusters if study.clustered else None
    weights = jump_weights(
        x,
        study.weights,
        bandwidths=bandwidths,
        pilots=pilots,
        degree=settings.degree,
        order=settings.order,
        kernel=settings.kernel,
    )
    values = np.column_stack([study.outcome, sample.cause])
    reach = max(*bandwidths, *pilots)
    spread = residuals_of(x, values, study.weights, clusters, reach, settings.degree + 1, settings.kernel)
    degrees = LARGE if clusters is None else float(len(np.unique(clusters[weights.corrected != 0])) - 1)
    plain = jump_covariance(weights.plain, spread, clusters)
    robust = jump_covariance(weights.corrected, spread, clusters)
    rows = (int(((x < 0) & (x > -bandwidths[0])).sum()), int(((x >= 0) & (x < bandwidths[1])).sum()))
    outcome, treatment = (one_jump(weights, values, plain, robust, place, degrees) for place in (0, 1))
    if not sample.fuzzy:
        return CutoffEffect(outcome, outcome, None, None, bandwidths, pilots, rows)
    if treatment.value == 0 or treatment.robust.error == 0 == treatment.robust.value:
        raise Refused("the treatment does not change at the cutoff at all: correct --cutoff, --running or --treatment")
    effect = ratio_jump(outcome, treatment, plain, robust, degrees)
    jumps = weights.corrected @ values
    fit = PartialledFit(jumps[:, None], robust, np.ones((1, 1)), np.zeros((0, 2)), degrees)
    test = AndersonRubin(fit) if robust[1, 1] > 0 else None
    return CutoffEffect(effect, outcome, treatment, test, bandwidths, pilots, rows)


def one_jump(
    weights: JumpWeights, values: np.ndarray, plain: np.ndarray, robust: np.ndarray, place: int, degrees: float
) -> Jump:
    """The jump of one column."""
    effect = Effect(float(weights.corrected @ values[:, place]), float(np.sqrt(robust[place, place])), degrees)
    return Jump(float(weights.plain @ values[:, place]), float(np.sqrt(plain[place, place])), effect)


def ratio_jump(outcome: Jump, treatment: Jump, plain: np.ndarray, robust: np.ndarray, degrees: float) -> Jump:
    """Ratio of two jumps, with the bias correction and the errors of its linear approximation (CCT 2014, section "
    "3.2)."""
    ratio = outcome.value / treatment.value
    along = np.array([1.0, -ratio]) / treatment.value
    shift = along[0] * (outcome.robust.value - outcome.value) + along[1] * (treatment.robust.value - treatment.value)
    error = float(np.sqrt(max(along @ robust @ along, 0.0)))
    return Jump(ratio, float(np.sqrt(max(along @ plain @ along, 0.0))), Effect(ratio + shift, error, degrees))
