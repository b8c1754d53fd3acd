"""Saturation: how returns diminish as spend grows. Spend comes in units of a channel's typical spend."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from cerebro_mmm.blocks.priors import Prior


def hill(draw: Callable[[str, Prior], Any]) -> Callable[[Any], Any]:
    r"""The Hill curve.

    .. math:: h(x) = x^s / (x^s + k^s)

    Jin et al. (2017), equation 3. Zero at no spend, one half at x = k, one at the most.

    Args:
        draw: gives the value of a parameter, one a channel, shape (…, channels).

    Returns:
        The curve: adstocked spend (…, channels, n) -> response between 0 and 1, same shape.
    """
    half = draw(
        "half_saturation",
        Prior("lognormal", (math.log(1.5), 0.8), "spend, in typical spends, at half of the channel's most effect"),
    )
    slope = draw("slope", Prior("lognormal", (math.log(1.2), 0.35), "how S-shaped the curve is; 1 is concave"))

    def hill_curve(spend: Any) -> Any:
        # The tiny number keeps the power's gradient finite at no spend; it changes no value by more than 1e-9.
        raised = (spend + 1e-30) ** slope[..., None]
        return raised / (raised + (half**slope)[..., None])

    return hill_curve


def logistic(draw: Callable[[str, Prior], Any]) -> Callable[[Any], Any]:
    r"""The logistic saturation.

    .. math:: h(x) = (1 - e^{-rx}) / (1 + e^{-rx}) = \tanh(rx / 2)

    Zero at no spend, one at the most, concave everywhere; the form of pymc-marketing's `LogisticSaturation`.

    Args:
        draw: gives the value of a parameter, one a channel, shape (…, channels).

    Returns:
        The curve: adstocked spend (…, channels, n) -> response between 0 and 1, same shape.
    """
    rate = draw("rate", Prior("lognormal", (0.0, 0.8), "how soon the channel saturates, per typical spend"))

    def logistic_curve(spend: Any) -> Any:
        decay = math.e ** (-rate[..., None] * spend)
        return (1.0 - decay) / (1.0 + decay)

    return logistic_curve
