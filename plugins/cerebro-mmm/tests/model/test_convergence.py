"""R-hat, effective sample size and Pareto k-hat are those of ArviZ."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from cerebro_mmm.blocks.convergence import bulk_ess, pareto_smooth, rank_rhat, tail_ess

stats = pytest.importorskip("arviz_stats")
base = pytest.importorskip("arviz_stats.base").array_stats


def chains(kind: str) -> np.ndarray:
    rng = np.random.default_rng(7)
    noise = rng.normal(size=(4, 500))
    if kind == "sticky":
        return lfilter([1.0], [1.0, -0.9], noise, axis=1)
    if kind == "apart":
        return noise + np.array([0.0, 0.0, 0.0, 1.5])[:, None]
    if kind == "heavy":
        return rng.standard_cauchy(size=(4, 500))
    if kind == "odd":
        return noise[:, :499]
    return noise


@pytest.mark.parametrize("kind", ["plain", "sticky", "apart", "heavy", "odd"])
def test_rhat_and_ess_agree_with_arviz(kind):
    draws = chains(kind)
    assert rank_rhat(draws) == pytest.approx(float(base.rhat(draws, method="rank")), abs=2e-3)
    assert bulk_ess(draws) == pytest.approx(float(base.ess(draws, method="bulk")), rel=0.03)
    assert tail_ess(draws) == pytest.approx(float(base.ess(draws, method="tail", prob=(0.05, 0.95))), rel=0.05)


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_pareto_k_agrees_with_arviz_and_with_the_truth(shape):
    weights = np.random.default_rng(1).pareto(1 / shape, size=8000) + 1.0
    smoothed, k_hat = pareto_smooth(np.log(weights))
    theirs, their_k = base.psislw(-np.log(weights))
    assert k_hat == pytest.approx(float(their_k), abs=0.01)
    assert k_hat == pytest.approx(shape, abs=0.15)
    assert np.exp(smoothed).sum() == pytest.approx(1.0)
    assert smoothed == pytest.approx(theirs, abs=0.02)


def test_equal_weights_need_no_smoothing():
    smoothed, k_hat = pareto_smooth(np.zeros(1000))
    assert k_hat == 0.0
    assert np.exp(smoothed) == pytest.approx(np.full(1000, 1e-3))
