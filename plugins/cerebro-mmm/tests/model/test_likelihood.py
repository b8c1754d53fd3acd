"""Integrating the baseline out changes no number."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy.stats import multivariate_normal

from cerebro_mmm.blocks.likelihood import density_of, effects_of_samples, log_likelihood
from cerebro_mmm.blocks.media import media_effects
from cerebro_mmm.blocks.modeling import model_arrays
from cerebro_mmm.blocks.numpyro_model import integrated_log_likelihood
from cerebro_mmm.blocks.posterior import Part, build_posterior, given_values, total_effects
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
    arrays = model_arrays(problem, seen)
    rng = np.random.default_rng(0)
    for noise in (0.02, 0.3):
        media = np.abs(rng.normal(0.2, 0.05, len(seen)))
        design = prepared.design[seen] * prepared.prior_sd
        dense = multivariate_normal(
            prepared.design[seen] @ prepared.prior_mean + media[seen], noise**2 * np.eye(seen.sum()) + design @ design.T
        )
        truth = dense.logpdf(prepared.outcome[seen] / prepared.outcome_scale)
        with jax.enable_x64(True):
            assert float(integrated_log_likelihood(media, {"noise": np.array([noise])}, arrays)) == pytest.approx(truth)
        ours, _ = log_likelihood(problem, arrays, {"noise": np.array([[noise]])}, media[None])
        assert float(ours[0]) == pytest.approx(truth, rel=1e-9)


def test_baseline_coefficients_have_the_conjugate_mean_and_covariance(problem):
    prepared = problem.prepared
    one = {name: np.repeat(values, 4000, axis=0) for name, values in drawn(problem, 1).items()}
    chains = {name: values[None] for name, values in one.items()}
    seen = np.ones(len(prepared.dates), bool)
    posterior = build_posterior([(problem, chains, 1.0)], seen, np.random.default_rng(0))
    noise = one["noise"][0, 0]
    first = {name: values[:1] for name, values in one.items()}
    media = effects_of_samples(problem, problem.arrays, first)[0].sum(axis=0)
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
    effects = effects_of_samples(problem, problem.arrays, samples)
    assert totals["contribution"].reshape((6, -1)) == pytest.approx(effects.mean(axis=2))
    assert totals["total_media"].ravel() == pytest.approx(effects.mean(axis=2).sum(axis=1))


def test_spend_cut_to_zero_adds_nothing(problem):
    prepared = problem.prepared
    nothing = Part(problem, drawn(problem, 5)).effects(0 * prepared.exposure, prepared.reached, prepared.window)
    assert nothing == pytest.approx(0.0, abs=1e-6)


def test_the_quick_effects_are_those_of_the_shared_definition(problem):
    samples = drawn(problem, 3)
    quick = effects_of_samples(problem, problem.arrays, samples)
    lagged = problem.arrays["lagged"]
    plain = media_effects(
        given_values(samples), problem.form, problem.priors, problem.prepared.lags, lagged, None, 0.0, None
    )
    assert quick == pytest.approx(plain, abs=1e-12)


def test_the_gradient_is_that_of_the_density(problem):
    density = density_of(problem, problem.arrays)
    point = np.random.default_rng(2).normal(-0.5, 0.3, density.size)
    value, gradient = density.value_and_gradient(point)
    assert value == pytest.approx(float(density.at(point[None])[0]))
    steps = 1e-5 * np.eye(density.size)
    plain = (density.at(point + steps) - density.at(point - steps)) / 2e-5
    assert gradient == pytest.approx(plain, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize("power", [5, 20, 60, 120])
def test_media_far_from_the_rows_are_impossible_not_certain(problem, power):
    media = np.full(len(problem.prepared.outcome), 10.0**power)
    with jax.enable_x64(True):
        assert float(integrated_log_likelihood(media, {"noise": np.array([0.05])}, problem.arrays)) < -1e6
    assert log_likelihood(problem, problem.arrays, {"noise": np.array([[0.05]])}, media[None])[0][0] < -1e6
