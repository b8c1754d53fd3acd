"""Integrating the baseline out changes no number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from cerebro_mmm.blocks.modeling import integrated_log_likelihood, model_arrays
from cerebro_mmm.blocks.posterior import build_posterior, channel_effects, total_effects
from cerebro_mmm.blocks.priors import frozen_prior


def drawn(problem, count):
    rng = np.random.default_rng(5)
    return {
        name: np.asarray(frozen_prior(prior).rvs(size=(count, len(prior.values[0])), random_state=rng))
        for name, prior in problem.priors.items()
    }


@pytest.mark.parametrize("held", [0, 20])
def test_the_density_is_that_of_the_dense_normal(problem, held):
    prepared = problem.prepared
    seen = np.arange(len(prepared.outcome)) < len(prepared.outcome) - held
    arrays = model_arrays(prepared, problem.priors, seen)
    rng = np.random.default_rng(0)
    for noise in (0.02, 0.3):
        media = np.abs(rng.normal(0.2, 0.05, len(seen)))
        design = prepared.design[seen] * prepared.prior_sd
        dense = multivariate_normal(
            prepared.design[seen] @ prepared.prior_mean + media[seen], noise**2 * np.eye(seen.sum()) + design @ design.T
        )
        ours = integrated_log_likelihood(media, noise, arrays)
        assert float(ours) == pytest.approx(dense.logpdf(prepared.outcome[seen] / prepared.outcome_scale), rel=1e-9)


def test_baseline_coefficients_have_the_conjugate_mean_and_covariance(problem):
    prepared = problem.prepared
    one = {name: np.repeat(values, 4000, axis=0) for name, values in drawn(problem, 1).items()}
    chains = {name: values[None] for name, values in one.items()}
    posterior = build_posterior(problem, problem.arrays, chains, np.random.default_rng(0))
    noise = one["noise"][0, 0]
    media = channel_effects(problem, {name: values[:1] for name, values in one.items()}, prepared.lagged)[0].sum(axis=0)
    precision = prepared.design.T @ prepared.design / noise**2 + np.diag(prepared.prior_sd**-2.0)
    covariance = np.linalg.inv(precision)
    target = prepared.outcome / prepared.outcome_scale - media
    mean = covariance @ (prepared.design.T @ target / noise**2 + prepared.prior_mean / prepared.prior_sd**2)
    error = np.sqrt(np.diag(covariance) / len(posterior.noise))
    assert np.abs((posterior.coefficients.mean(axis=0) - mean) / error).max() < 4.5
    assert posterior.coefficients.std(axis=0) == pytest.approx(np.sqrt(np.diag(covariance)), rel=0.12)


def test_reported_totals_are_the_sums_of_the_rows(problem):
    samples = drawn(problem, 6)
    totals = total_effects(problem, {name: values.reshape((2, 3, -1)) for name, values in samples.items()})
    effects = channel_effects(problem, samples, problem.prepared.lagged)
    assert totals["contribution"].reshape((6, -1)) == pytest.approx(effects.mean(axis=2))
    assert totals["total_media"].ravel() == pytest.approx(effects.mean(axis=2).sum(axis=1))


def test_spend_cut_to_zero_adds_nothing(problem):
    assert channel_effects(problem, drawn(problem, 5), 0 * problem.prepared.lagged) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("power", [5, 20, 60, 120])
def test_media_far_from_the_rows_are_impossible_not_certain(problem, power):
    media = np.full(len(problem.prepared.outcome), 10.0**power)
    assert float(integrated_log_likelihood(media, 0.05, problem.arrays)) < -1e6
