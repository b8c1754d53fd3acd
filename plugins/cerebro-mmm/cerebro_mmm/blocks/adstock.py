"""Adstock: how the effect of spend carries over to later rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cerebro_mmm.blocks.priors import Prior


def geometric_adstock(draw: Callable[[str, Prior], Any], lags: np.ndarray) -> Any:
    r"""Geometric carry-over, cut after the longest lag and normalised to sum to one.

    .. math:: w_l = a^l / \sum_{k=0}^{L} a^k, \quad l = 0, …, L

    Jin, Wang, Sun, Chan, Koehler (2017), "Bayesian methods for media mix modeling with carryover and shape effects",
    equation 2. Written with operators alone, so that it works on the arrays of every library.

    Args:
        draw: gives the value of a parameter, one a channel, shape (…, channels).
        lags: 0, 1, …, L as floats.

    Returns:
        Weights, shape (…, channels, L + 1); each row sums to one.
    """
    retention = draw("retention", Prior("beta", (2.0, 2.0), "share of the effect that is left one row later"))
    weights = retention[..., None] ** lags
    return weights / weights.sum(axis=-1, keepdims=True)
