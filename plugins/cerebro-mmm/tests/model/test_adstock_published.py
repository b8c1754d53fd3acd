"""Carry-over and saturation against loops that were written from the formulas of the literature, row by row.

The loops take spend row by row as the papers write it, and share no code with the blocks.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from cerebro_mmm.blocks.adstock import delayed_adstock, geometric_adstock, weibull_cdf_adstock, weibull_pdf_adstock
from cerebro_mmm.blocks.forms import given_form
from cerebro_mmm.blocks.media import media_effects
from cerebro_mmm.blocks.priors import Prior
from cerebro_mmm.blocks.saturation import hill, logistic

LAGS = np.arange(9.0)
SPEND = np.array([0.0, 1.2, 0.0, 3.1, 0.4, 0.0, 0.0, 2.2, 0.9, 1.7, 0.0, 0.6])


def jin_equation_1(spend, weight_of):
    """Jin et al. (2017), equation 1: adstock_t = sum_l w(l) x_(t-l) / sum_l w(l), over the lags 0 to L."""
    longest = int(LAGS[-1])
    carried = []
    for now in range(len(spend)):
        top, bottom = 0.0, 0.0
        for lag in range(longest + 1):
            weight = weight_of(lag)
            bottom += weight
            if now - lag >= 0:
                top += weight * spend[now - lag]
        carried.append(top / bottom)
    return np.array(carried)


def geometric_weight(retention):
    """Jin et al. (2017), equation 2: w(l) = alpha^l."""
    return lambda lag: retention**lag


def delayed_weight(retention, peak):
    """Jin et al. (2017), equation 3: w(l) = alpha^((l - theta)^2)."""
    return lambda lag: retention ** ((lag - peak) ** 2)


def weibull_density_weight(scale, shape):
    """The density of a Weibull distribution at 1, 2, …, as in Robyn (which then scales it from 0 to 1)."""
    return lambda lag: shape / scale * ((lag + 1) / scale) ** (shape - 1) * math.exp(-(((lag + 1) / scale) ** shape))


def weibull_survival_weight(scale, shape):
    """1, then the product of 1 - F(1), 1 - F(2), … up to the lag, as in Robyn."""

    def weight(lag):
        product = 1.0
        for past in range(1, lag + 1):
            product *= 1.0 - (1.0 - math.exp(-((past / scale) ** shape)))
        return product

    return weight


CASES = [
    (geometric_adstock, geometric_weight, ("retention",), values)
    for values in [(0.0,), (0.3,), (0.75,), (0.99,)]
] + [
    (delayed_adstock, delayed_weight, ("retention", "peak"), values)
    for values in [(0.2, 0.0), (0.5, 1.0), (0.8, 2.6), (0.95, 7.0)]
] + [
    (block, weight, ("scale", "shape"), values)
    for block, weight in [
        (weibull_pdf_adstock, weibull_density_weight),
        (weibull_cdf_adstock, weibull_survival_weight),
    ]
    for values in [(0.5, 0.7), (2.0, 1.0), (2.0, 1.3), (4.0, 3.0), (12.0, 0.5)]
]  # fmt: skip


def drawing(**parameters):
    """`draw` of one channel."""

    def draw(name: str, prior: Prior) -> np.ndarray:
        return np.array([parameters[name]])

    return draw


def lagged(spend):
    """Now, one row ago, …; nothing before the first row; shape (1, rows, lags)."""
    padded = np.concatenate([np.zeros(len(LAGS) - 1), spend])
    return np.stack([padded[len(LAGS) - 1 - lag : len(padded) - lag] for lag in range(len(LAGS))], axis=1)[None]


@pytest.mark.parametrize(("block", "weight", "names", "values"), CASES)
def test_adstock_is_that_of_the_literature(block, weight, names, values):
    weights = block(drawing(**dict(zip(names, values, strict=True))), LAGS)
    assert weights.shape == (1, len(LAGS))
    assert weights.sum() == pytest.approx(1.0)
    ours = (lagged(SPEND)[0] @ weights[0][:, None])[:, 0]
    assert ours == pytest.approx(jin_equation_1(SPEND, weight(*values)), rel=1e-12, abs=1e-14)


def test_delayed_adstock_peaks_at_its_delay():
    assert delayed_adstock(drawing(retention=0.6, peak=3.0), LAGS)[0].argmax() == 3


def test_delayed_adstock_without_delay_falls_faster_than_geometric():
    """With theta = 0 the weights are alpha^(l^2), as in figure 1 of Jin et al. (2017)."""
    weights = delayed_adstock(drawing(retention=0.5, peak=0.0), LAGS)[0]
    assert weights[1] / weights[0] == pytest.approx(0.5)
    assert weights[2] / weights[0] == pytest.approx(0.5**4)


def test_weibull_of_shape_one_is_geometric():
    """The exponential distribution: its density falls by exp(-1 / scale) a row."""
    weibull = weibull_pdf_adstock(drawing(scale=3.0, shape=1.0), LAGS)
    assert weibull == pytest.approx(geometric_adstock(drawing(retention=math.exp(-1 / 3)), LAGS))


def hill_of_jin(spend, half, slope):
    """The Hill function of Jin et al. (2017): 1 / (1 + (x / K)^(-S)), nothing at no spend."""
    return [0.0 if x == 0 else 1.0 / (1.0 + (x / half) ** -slope) for x in spend]


def logistic_of_pymc_marketing(spend, rate):
    """`LogisticSaturation`: (1 - exp(-lambda x)) / (1 + exp(-lambda x))."""
    return [(1.0 - math.exp(-rate * x)) / (1.0 + math.exp(-rate * x)) for x in spend]


@pytest.mark.parametrize(("half", "slope"), [(0.5, 0.7), (1.5, 1.0), (2.0, 2.5), (0.3, 4.0)])
def test_hill_is_that_of_the_literature(half, slope):
    ours = hill(drawing(half_saturation=half, slope=slope))(SPEND[None])[0]
    assert ours == pytest.approx(np.array(hill_of_jin(SPEND, half, slope)), abs=1e-9)


@pytest.mark.parametrize("rate", [0.2, 1.0, 3.0])
def test_logistic_is_that_of_the_literature(rate):
    ours = logistic(drawing(rate=rate))(SPEND[None])[0]
    assert ours == pytest.approx(np.array(logistic_of_pymc_marketing(SPEND, rate)), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("order", ["adstock_first", "saturation_first"])
@pytest.mark.parametrize(("block", "weight", "names", "values"), CASES)
@pytest.mark.parametrize(
    ("curve", "curve_of", "curve_values"),
    [
        (hill, hill_of_jin, {"half_saturation": 1.4, "slope": 1.6}),
        (logistic, logistic_of_pymc_marketing, {"rate": 0.8}),
    ],
)
def test_a_channel_adds_effect_times_response_over_the_typical_response(
    block, weight, names, values, curve, curve_of, curve_values, order
):
    (form,) = given_form(block, curve, order)
    draw = drawing(effect=0.3, **dict(zip(names, values, strict=True)), **curve_values)
    priors = {"effect": Prior("halfnormal", (np.ones(1),), "")}
    ours = media_effects(draw, form, priors, LAGS, lagged(SPEND), None, 0.0, None)[0]
    if order == "adstock_first":
        response = np.array(curve_of(jin_equation_1(SPEND, weight(*values)), *curve_values.values()))
    else:
        response = jin_equation_1(curve_of(SPEND, *curve_values.values()), weight(*values))
    (typical,) = curve_of([1.0], *curve_values.values())
    assert ours == pytest.approx(0.3 * response / typical, abs=1e-9)
