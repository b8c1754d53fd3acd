"""How strong instruments are: the effective F of Montiel Olea and Pflueger, and what it is held to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, stats

from cerebro_causal.blocks.partialled import PartialledFit


@dataclass(frozen=True)
class Strength:
    """Strength of the instruments.

    Attributes:
        effective: effective F; with one instrument, the robust F.
        critical: what it must exceed for the bias of 2SLS to be below a tenth of the worst, at 5 %.
        plain: the F of all instruments together, as reports usually give it (robust or clustered as the fit is).
    """

    effective: float
    critical: float
    plain: float


def instrument_strength(fit: PartialledFit, outcome: int, bias: float = 0.1) -> Strength:
    """Effective F = pi' Q pi / tr(V Q), and its critical value by Patnaik's approximation (the simplified one).

    Montiel Olea & Pflueger (2013): K = tr(W)^2 (1 + 2x) / (tr(W'W) + 2 x tr(W) max eigenvalue(W)), x = 1 / bias, and
    the critical value is the 95 % point of a noncentral chi-squared(K, x K), divided by K.

    Args:
        fit: regression of the treatment (its outcome number `outcome`) on the instruments.
        bias: the share of the worst-case bias that is borne.
    """
    slopes, spread = fit.coefficients[outcome], fit.block(outcome, outcome)
    half = linalg.sqrtm(fit.gram).real
    scatter = half @ spread @ half
    trace = float(np.trace(scatter))
    effective = float(slopes @ fit.gram @ slopes) / trace
    x = 1 / bias
    top = float(np.linalg.eigvalsh((scatter + scatter.T) / 2)[-1])
    many = trace**2 * (1 + 2 * x) / (float((scatter * scatter).sum()) + 2 * x * trace * top)
    critical = float(stats.ncx2.ppf(0.95, many, x * many)) / many
    return Strength(effective, critical, fit.wald(outcome))
