"""The same model in every engine: log densities of the parameters differ by one constant, whatever is combined."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cerebro_mmm.blocks.adstock import delayed_adstock, geometric_adstock, weibull_cdf_adstock, weibull_pdf_adstock
from cerebro_mmm.blocks.likelihood import density_of
from cerebro_mmm.blocks.modeling import model_arrays
from cerebro_mmm.blocks.priors import frozen_prior, log_prior, unconstrained
from cerebro_mmm.blocks.saturation import hill, logistic
from cerebro_mmm.blocks.stan_model import STAN_PROGRAM, stan_data
from cerebro_mmm.blocks.stan_nuts import stan_values

POINTS = 50
ADSTOCKS = (geometric_adstock, delayed_adstock, weibull_pdf_adstock, weibull_cdf_adstock)
SATURATIONS = (hill, logistic)
ORDERS = ("adstock_first", "saturation_first")
ENGINES = ("numpyro", "pymc", "stan")
FEATURES = ("plain", "reach", "beliefs", "lift_tests", "panel", "local_level", "gp", "everything")


def combinations():
    """Every form with every feature; those that are neither plain nor everything are quick for one form only."""
    for adstock, saturation, order, feature in product(ADSTOCKS, SATURATIONS, ORDERS, FEATURES):
        usual = (adstock, saturation, order) == (ADSTOCKS[0], SATURATIONS[0], ORDERS[0])
        marks = () if usual or feature in ("plain", "everything") else pytest.mark.slow
        yield pytest.param(adstock, saturation, order, feature, marks=marks)


def drawn(problem):
    """Points from the priors, parameter -> (points, members)."""
    rng = np.random.default_rng(2)
    return {
        name: frozen_prior(prior).rvs(size=(POINTS, len(prior.values[0])), random_state=rng)
        for name, prior in problem.priors.items()
    }


def log_jacobian(problem, samples):
    """Of the values by log (positive) and log-odds (between 0 and 1), as Stan and PyMC have them."""
    total = np.zeros(POINTS)
    for name, values in samples.items():
        family = problem.priors[name].family
        if family == "beta":
            total += (np.log(values) + np.log1p(-values)).sum(axis=1)
        elif family != "normal":
            total += np.log(values).sum(axis=1)
    return total


def reference(problem, arrays, samples):
    """The density in NumPy, over the parameters themselves."""
    free = {name: unconstrained(problem.priors[name], values) for name, values in samples.items()}
    total = density_of(problem, arrays).at(np.concatenate([free[name] for name in problem.members], axis=1))
    for name, prior in problem.priors.items():
        total = total - log_prior(prior, free[name]) + frozen_prior(prior).logpdf(samples[name]).sum(axis=1)
    return total


def of_numpyro(problem, arrays, samples):
    jax = pytest.importorskip("jax")
    util = pytest.importorskip("numpyro.infer.util")
    from cerebro_mmm.blocks.numpyro_model import numpyro_model

    model = numpyro_model(problem)
    return np.asarray(jax.vmap(lambda point: util.log_density(model, (arrays,), {}, point)[0])(samples))


def of_pymc(problem, arrays, samples):
    pytensor = pytest.importorskip("pytensor")
    pytest.importorskip("pymc")
    from cerebro_mmm.blocks.pymc_model import pymc_model

    model = pymc_model(problem, arrays)
    # Without compiling: Python runs the graph as it is.
    density = pytensor.function(model.value_vars, model.logp(jacobian=False), mode=pytensor.compile.Mode("py", None))
    names = [model.values_to_rvs[value].name for value in model.value_vars]
    free = {name: values for name, values in samples.items() if problem.priors[name].family == "normal"}
    for name in set(samples) - set(free):
        odds = np.log1p(-samples[name]) if problem.priors[name].family == "beta" else 0.0
        free[name] = np.log(samples[name]) - odds
    return np.array([float(density(*(free[name][point] for name in names))) for point in range(POINTS)])


@pytest.fixture(scope="session")
def of_stan():
    stanli = pytest.importorskip("stanli")
    program = stanli.stan_to_mir(STAN_PROGRAM)

    def evaluate(problem, arrays, samples):
        model = stanli.Model(mir=program, data=stan_data(problem, arrays))
        found = []
        for point in range(POINTS):
            place = model.unconstrain(stan_values({name: values[point] for name, values in samples.items()}))
            found.append(model.log_prob_grad(place)[0])
        return np.array(found) - log_jacobian(problem, samples)

    return evaluate


def assert_same_density(found, expected):
    """One constant apart at every point, to 1e-9 of the numbers themselves."""
    apart = found - expected
    assert np.isfinite(expected).all()
    assert (np.abs(apart - np.median(apart)) < 1e-9 * np.maximum(np.abs(expected), 100.0)).all()


@pytest.mark.parametrize(("adstock", "saturation", "order", "feature"), tuple(combinations()))
@pytest.mark.parametrize("engine", ENGINES)
def test_densities_differ_by_a_constant(problem_of, of_stan, engine, adstock, saturation, order, feature):
    problem = problem_of(adstock, saturation, order, feature)
    samples = drawn(problem)
    evaluate = {"numpyro": of_numpyro, "pymc": of_pymc, "stan": of_stan}[engine]
    expected = reference(problem, problem.arrays, samples)
    assert_same_density(evaluate(problem, problem.arrays, samples), expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_densities_of_some_rows_differ_by_a_constant(problem_of, of_stan, engine):
    problem = problem_of(geometric_adstock, hill, "adstock_first", "everything")
    arrays = model_arrays(problem, np.arange(len(problem.prepared.dates)) < 45)
    samples = drawn(problem)
    evaluate = {"numpyro": of_numpyro, "pymc": of_pymc, "stan": of_stan}[engine]
    assert_same_density(evaluate(problem, arrays, samples), reference(problem, arrays, samples))


def test_gradients_of_stan_are_those_of_its_density(problem_of):
    stanli = pytest.importorskip("stanli")
    problem = problem_of(weibull_cdf_adstock, hill, "saturation_first", "everything")
    model = stanli.Model(stan_code=STAN_PROGRAM, data=stan_data(problem, problem.arrays))
    place = model.unconstrain(stan_values({name: values[0] for name, values in drawn(problem).items()}))
    gradient = model.log_prob_grad(place)[1]
    steps = 1e-5 * np.eye(len(place))
    rise = [model.log_prob_grad(place + step)[0] - model.log_prob_grad(place - step)[0] for step in steps]
    assert gradient == pytest.approx(np.array(rise) / 2e-5, rel=1e-4, abs=1e-4 * np.abs(gradient).max())


def test_gradients_of_pymc_are_those_of_its_density(problem_of):
    pytensor = pytest.importorskip("pytensor")
    pytest.importorskip("pymc")
    from cerebro_mmm.blocks.pymc_model import pymc_model

    problem = problem_of(weibull_cdf_adstock, hill, "saturation_first", "everything")
    model = pymc_model(problem, problem.arrays)
    density = model.logp()
    slopes = pytensor.grad(density, model.value_vars)
    both = pytensor.function(model.value_vars, [density, *slopes], mode=pytensor.compile.Mode("py", None))
    rng = np.random.default_rng(3)
    names = [model.values_to_rvs[value].name for value in model.value_vars]
    place = [rng.normal(-0.5, 0.3, len(problem.members[name])) for name in names]
    gradient = both(*place)[1:]
    for index, slope in enumerate(gradient):
        for member in range(len(slope)):
            step = np.zeros(len(slope))
            step[member] = 1e-5
            up, down = ([*place[:index], place[index] + sign * step, *place[index + 1 :]] for sign in (1, -1))
            difference = (float(both(*up)[0]) - float(both(*down)[0])) / 2e-5
            assert slope[member] == pytest.approx(difference, rel=1e-4, abs=1e-4 * np.abs(slope).max())
