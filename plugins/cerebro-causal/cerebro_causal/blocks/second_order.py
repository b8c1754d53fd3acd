"""What learners that are not yet good enough leave of the bias: the second-order term of a doubly robust estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import PolynomialFeatures, SplineTransformer, StandardScaler

from cerebro_causal.blocks.screening import telling_columns
from cerebro_core.blocks.result import Diagnostic

ROWS_A_FUNCTION = 10
MOST_BENT_COLUMNS = 20
MOST_LEADING_COLUMNS = 8
MOST_CORRECTED_ROWS = 50_000
RIDGE = 1e-3
SURE = 2.326  # one-sided 1 %
WARNED_BIAS = 0.25  # in standard errors
FAILED_BIAS = 2.0  # so much was found and taken away that what was not found may be large too; set by hand


@dataclass(frozen=True)
class SecondOrder:
    """An estimate of the bias that is left.

    Attributes:
        bias: of the effect, in its unit.
        error: standard error of this bias if the learners were right.
        upper, lower: bias and error of the averages under treatment and without.
    """

    bias: float
    error: float
    upper: tuple[float, float]
    lower: tuple[float, float]


def second_order_bias(
    covariates: np.ndarray, treated: np.ndarray, scores: np.ndarray, residuals: np.ndarray
) -> SecondOrder | None:
    """Estimate E[(e/e^ - 1)(m1 - m1^)] - E[((1 - e)/(1 - e^) - 1)(m0 - m0^)], the bias of AIPW given its learners.

    Both errors are projected on splines and products of the confounders (of wide tables, of the most telling columns);
    the product of the projections is a U-statistic of second order, so that no row meets itself (Robins, Li, Tchetgen
    Tchetgen & van der Vaart 2008; Liu, Mukherjee & Robins 2020). It sees only what these functions can express.

    Args:
        covariates: (n, p).
        treated: (n,) 0 and 1.
        scores: (n,) chances of treatment, foretold out of fold.
        residuals: (n,) outcome less what is foretold out of fold for the row's own arm.

    Returns:
        None where rows are too few. In large tables 50,000 rows are taken.
    """
    rows = len(treated)
    if rows > MOST_CORRECTED_ROWS:
        # the bias is an average over rows, known well enough from some of them
        some = np.sort(np.random.default_rng(rows).choice(rows, MOST_CORRECTED_ROWS, replace=False))
        covariates, treated, scores, residuals = covariates[some], treated[some], scores[some], residuals[some]
    if covariates.shape[1] > MOST_BENT_COLUMNS:
        told = [telling_columns(covariates, values, MOST_BENT_COLUMNS // 2) for values in (treated, residuals)]
        covariates = covariates[:, np.unique(np.concatenate(told))]
    functions = basis_functions(covariates, telling_columns(covariates, treated, MOST_LEADING_COLUMNS))
    if functions is None:
        return None
    upper = one_arm(functions, treated, scores, residuals)
    lower = one_arm(functions, 1 - treated, 1 - scores, residuals)
    return SecondOrder(upper[0] - lower[0], math.hypot(upper[1], lower[1]), upper, lower)


def basis_functions(covariates: np.ndarray, leading: np.ndarray) -> np.ndarray | None:
    """Splines, squares and products of the confounders, as many as a tenth of the rows allows.

    Where there is room, slopes of each leading column that differ between the quarters of another one.
    """
    rows, width = covariates.shape
    if not width or rows < 200:
        return None
    scaled = StandardScaler().fit_transform(covariates)
    most = rows // ROWS_A_FUNCTION
    pairs = width * (width - 1) // 2
    products = PolynomialFeatures(2, interaction_only=True, include_bias=False)
    squares = [scaled, scaled**2]
    for knots in (8, 5):
        if width * (knots + 2) > most:
            continue
        splines = SplineTransformer(n_knots=knots, degree=3, knots="quantile", extrapolation="linear")
        squares = [splines.fit_transform(scaled)]
        break
    else:
        pairs = most
    parts = [*squares, products.fit_transform(scaled)] if sum(p.shape[1] for p in squares) + pairs <= most else squares
    chosen = np.column_stack(parts)
    if chosen.shape[1] > most:
        return None
    slopes = quarter_slopes(scaled[:, leading])
    if chosen.shape[1] + slopes.shape[1] <= most:
        chosen = np.column_stack([chosen, slopes])
    return np.column_stack([np.ones(rows), StandardScaler().fit_transform(chosen)])


def quarter_slopes(columns: np.ndarray) -> np.ndarray:
    """Each column within quarters of each other one, and the quarters' own means; a product bent in steps."""
    found = []
    for place in range(columns.shape[1]):
        cuts = np.unique(np.quantile(columns[:, place], (0.25, 0.5, 0.75)))
        for cut in cuts:
            above = (columns[:, place] > cut).astype(float)
            found += [above, *(above * columns[:, other] for other in range(columns.shape[1]) if other != place)]
    whole = np.column_stack(found) if found else np.zeros((len(columns), 0))
    return whole[:, whole.std(axis=0) > 1e-9]


def one_arm(functions: np.ndarray, own: np.ndarray, scores: np.ndarray, residuals: np.ndarray) -> tuple[float, float]:
    """The bias of one arm's mean, and the error of that estimate: sum over i != j of a_i z_i' G^-1 z_j u_j."""
    rows = len(own)
    weights = own / scores
    left, right = weights / weights.mean() - 1, own * residuals
    gram = (functions * own[:, None]).T @ functions / rows + RIDGE * np.eye(functions.shape[1])
    inverse = np.linalg.inv(gram)
    itself = ((functions @ inverse) * functions).sum(axis=1) @ (left * right)
    total = (functions.T @ left) @ inverse @ (functions.T @ right) - itself
    # Var = sum over i != j of K_ij^2 (a_i^2 u_j^2 + a_i u_i a_j u_j), with K = z_i' G^-1 z_j, by traces
    lefts, rights, both = (
        inverse @ (functions.T @ (functions * values[:, None])) for values in (left**2, right**2, left * right)
    )
    variance = float((lefts * rights.T).sum() + (both * both.T).sum())
    pairs = rows * (rows - 1)
    return float(total) / pairs, math.sqrt(max(variance, 0.0)) / pairs


def second_order_diagnostic(found: SecondOrder, error: float) -> Diagnostic:
    """Whether the learners left a bias that matters, by the least bias that is sure."""
    sure = max(abs(found.bias) - SURE * found.error, 0.0) / error if error > 0 else 0.0
    status = "pass" if sure <= WARNED_BIAS else "warn" if sure <= FAILED_BIAS else "fail"
    message = {
        "pass": "What the learners missed does not move the estimate beyond chance, as far as bends and products show.",
        "warn": "The learners missed what moves both treatment and outcome. As much of it as bends and products show "
        "was corrected for, but more may be left: the interval may be too short. More rows help most.",
        "fail": "The learners missed much of what moves both treatment and outcome, and a correction by bends and "
        "products is not enough to trust the interval. Get more rows, or name fewer confounders.",
    }[status]
    return Diagnostic("learning_bias", status, message, sure, WARNED_BIAS)
