"""Adstock: how the effect of media carries over to later rows.

Each form asks `draw` for its parameters, one a channel, and returns weights of the lags that sum to one, so that an
effect means the same under every form. Written with operators alone: they work on the arrays of every engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from cerebro_mmm.blocks.priors import Prior


def geometric_adstock(draw: Callable[[str, Prior], Any], lags: np.ndarray) -> Any:
    r"""Geometric carry-over, cut after the longest lag and normalised to sum to one.

    .. math:: w_l = a^l / \sum_{k=0}^{L} a^k, \quad l = 0, …, L

    Jin, Wang, Sun, Chan, Koehler (2017), "Bayesian methods for media mix modeling with carryover and shape effects",
    equation 2.

    Args:
        draw: gives the value of a parameter, one a channel, shape (…, channels).
        lags: 0, 1, …, L as floats.

    Returns:
        Weights, shape (…, channels, L + 1); each row sums to one.
    """
    retention = draw("retention", Prior("beta", (2.0, 2.0), "share of the effect that is left one row later"))
    weights = retention[..., None] ** lags
    return weights / weights.sum(axis=-1)[..., None]


def delayed_adstock(draw: Callable[[str, Prior], Any], lags: np.ndarray) -> Any:
    r"""Carry-over that peaks after a delay, normalised to sum to one.

    .. math:: w_l \propto a^{(l - \theta)^2}

    Jin et al. (2017), equation 3. Arguments and result as for `geometric_adstock`.
    """
    retention = draw("retention", Prior("beta", (2.0, 2.0), "how slowly the effect fades before and after its peak"))
    peak = draw("peak", Prior("gamma", (1.5, 1.0), "rows after which the effect is largest"))
    weights = retention[..., None] ** (lags - peak[..., None]) ** 2
    return weights / (weights.sum(axis=-1) + 1e-300)[..., None]


def weibull_pdf_adstock(draw: Callable[[str, Prior], Any], lags: np.ndarray) -> Any:
    r"""Carry-over that follows the density of a Weibull distribution, normalised to sum to one.

    .. math:: w_l \propto (t/\lambda)^{k-1} e^{-(t/\lambda)^k}, \quad t = l + 1

    The density may peak late (k > 1). As in Robyn (Meta) and pymc-marketing it is taken at t = 1, 2, …; there the
    smallest weight is then set to zero, here it is kept. Arguments and result as for `geometric_adstock`.
    """
    time = (lags + 1.0) / draw("scale", Prior("lognormal", (math.log(2.0), 0.6), "rows over which it fades"))[..., None]
    shape = draw("shape", Prior("lognormal", (math.log(1.3), 0.4), "above one: the effect peaks late"))[..., None]
    weights = time ** (shape - 1.0) * math.e ** (-(time**shape))
    return weights / (weights.sum(axis=-1) + 1e-300)[..., None]


def weibull_cdf_adstock(draw: Callable[[str, Prior], Any], lags: np.ndarray) -> Any:
    r"""Carry-over whose decay from row to row follows a Weibull distribution, normalised to sum to one.

    .. math:: w_0 = 1, \quad w_l = w_{l-1} (1 - F(l)), \quad 1 - F(l) = e^{-(l/\lambda)^k}

    The form of Robyn and pymc-marketing; the share that is kept changes with time, and the effect never grows.
    Arguments and result as for `geometric_adstock`.
    """
    scale = draw("scale", Prior("lognormal", (math.log(2.0), 0.6), "rows over which it fades"))
    shape = draw("shape", Prior("lognormal", (math.log(1.3), 0.4), "how suddenly it fades"))
    hazards = ((lags[1:] + 0.0) / scale[..., None]) ** shape[..., None]
    # A product of exponentials is the exponential of a sum: rows of a lower triangle add up what came before.
    total = hazards @ np.triu(np.ones((len(lags) - 1, len(lags))), 1)
    weights = math.e ** (-total)
    return weights / weights.sum(axis=-1)[..., None]
