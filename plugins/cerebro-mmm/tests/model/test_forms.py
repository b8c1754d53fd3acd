"""Carry-over and saturation are those of the literature."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cerebro_mmm.blocks.adstock import geometric_adstock
from cerebro_mmm.blocks.posterior import given_values
from cerebro_mmm.blocks.saturation import hill, logistic

jax.config.update("jax_enable_x64", True)

SPEND = np.linspace(0.0, 5.0, 11)


def values(**parameters):
    return given_values({name: np.atleast_1d(np.asarray(value, dtype=float)) for name, value in parameters.items()})


def test_geometric_adstock_is_equation_2_of_jin_et_al_2017():
    weights = geometric_adstock(values(retention=0.5), np.arange(4.0))
    assert weights[0] == pytest.approx(np.array([8, 4, 2, 1]) / 15)


def test_adstock_weights_sum_to_one_and_keep_constant_spend():
    weights = geometric_adstock(values(retention=[0.0, 0.3, 0.99]), np.arange(9.0))
    assert weights.sum(axis=-1) == pytest.approx(np.ones(3))
    assert weights[0] == pytest.approx([1.0] + [0.0] * 8)


def test_hill_is_equation_3_of_jin_et_al_2017():
    curve = hill(values(half_saturation=2.0, slope=3.0))
    assert curve(SPEND[None])[0] == pytest.approx(SPEND**3 / (SPEND**3 + 8))
    assert curve(np.array([[2.0]]))[0, 0] == pytest.approx(0.5)


def test_logistic_is_a_hyperbolic_tangent():
    curve = logistic(values(rate=1.3))
    assert curve(SPEND[None])[0] == pytest.approx(np.tanh(1.3 * SPEND / 2))


@pytest.mark.parametrize(
    ("form", "parameters"),
    [
        (hill, {"half_saturation": 1.5, "slope": 0.6}),
        (hill, {"half_saturation": 0.7, "slope": 2.2}),
        (logistic, {"rate": 0.9}),
    ],
)
def test_curves_start_at_nothing_rise_and_stay_below_one(form, parameters):
    response = form(values(**parameters))(np.linspace(0, 100, 2001)[None])[0]
    assert response[0] == pytest.approx(0.0, abs=1e-9)
    assert (np.diff(response) >= 0).all()
    assert response[-1] <= 1.0


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.5])
def test_gradients_are_finite_at_no_spend_and_right_elsewhere(slope):
    def response(parameters, spend):
        return hill(given_values({"half_saturation": parameters[:1], "slope": parameters[1:]}))(spend[None]).sum()

    at = jnp.array([1.5, slope])
    gradient = jax.grad(response)(at, jnp.array([0.0, 0.4, 3.0]))
    assert jnp.isfinite(gradient).all()
    for index in range(2):
        step = jnp.zeros(2).at[index].set(1e-6)
        difference = (
            response(at + step, jnp.array([0.0, 0.4, 3.0])) - response(at - step, jnp.array([0.0, 0.4, 3.0]))
        ) / 2e-6
        assert float(gradient[index]) == pytest.approx(float(difference), rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("form", [hill, logistic])
def test_numpy_and_jax_agree(form):
    numpy_values = {"half_saturation": np.array([1.2]), "slope": np.array([1.4]), "rate": np.array([0.8])}
    jax_values = {name: jnp.asarray(value) for name, value in numpy_values.items()}
    ours = form(given_values(numpy_values))(SPEND[None])
    theirs = form(given_values(jax_values))(jnp.asarray(SPEND)[None])
    assert np.asarray(theirs) == pytest.approx(ours, abs=1e-12)
