"""Price elasticity by log-log regression within products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, Refused, Result, ResultTable
from cerebro_core.blocks.source import Source
from cerebro_core.blocks.style import PALETTE, label, new_figure

FEWEST_CLUSTERS = 20
FEWEST_SPARE = 10
LEAST_MOVEMENT = 0.01
CURVATURE_LEVEL = 0.01


@dataclass(frozen=True)
class WithinFit:
    """Coefficients of the demeaned regressors with a robust covariance."""

    coefficients: np.ndarray
    covariance: np.ndarray
    degrees: int
    clustered: bool


def analyse(
    source: Source,
    *,
    units: str,
    price: str,
    product: str | None,
    controls: Sequence[str],
    ci_level: float,
) -> Result:
    """Estimate the elasticity of demand.

    The model is log(units_i) = a_product(i) + e log(price_i) + d' z_i + u_i. With at least 20 products the covariance
    is clustered by product with the correction G/(G-1) (n-1)/(n-k) and Student's t with G - 1 degrees of freedom
    (Cameron and Miller 2015); else it is HC3 (Long and Ervin 2000) with n - k.

    Args:
        source: the table.
        units, price, product, controls: columns.
        ci_level: level of the intervals.

    Raises:
        Refused: where values are missing or not positive, or prices do not move within products.
    """
    frame = priced_frame(source, units, price, product, list(controls))
    groups = np.zeros(len(frame), int) if product is None else pd.factorize(frame[product])[0]
    outcome = np.log(frame[units].to_numpy(float))
    raw = np.column_stack([np.log(frame[price].to_numpy(float)), frame[list(controls)].to_numpy(float)])
    regressors = demeaned(raw, groups)
    check_movement(raw, regressors, groups, price)
    fit = within_fit(demeaned(outcome[:, None], groups)[:, 0], regressors, groups)
    curved = demeaned(np.column_stack([(raw[:, 0] - raw[:, 0].mean()) ** 2, raw]), groups)
    bend = within_fit(demeaned(outcome[:, None], groups)[:, 0], curved, groups)
    estimates = elasticity_estimates(fit, ci_level)
    return Result(
        answer=elasticity_answer(estimates[0]),
        estimates=estimates,
        diagnostics=elasticity_diagnostics(fit, bend, regressors),
        tables={"sample": sample_table(frame, units, price, groups)},
        charts=(elasticity_chart(outcome, regressors, groups, fit),),
        rows_used=len(frame),
    )


def priced_frame(source: Source, units: str, price: str, product: str | None, controls: list[str]) -> pd.DataFrame:
    """The columns, complete and positive where a logarithm is taken."""
    frame = source.frame([units, price, *([product] if product else []), *controls])
    for name in frame.columns:
        missing = int(frame[name].isna().sum())
        if missing:
            raise Refused(f"column '{display(name)}' has {missing} empty cells: fill them, or leave these rows out")
    for name in (units, price):
        below = int((frame[name] <= 0).sum())
        if below:
            raise Refused(
                f"column '{display(name)}' has {below} rows at zero or below: a logarithm needs more than zero"
            )
    return frame


def demeaned(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Values less the mean of their group."""
    sizes = np.bincount(groups)
    means = np.column_stack([np.bincount(groups, weights=column) / sizes for column in values.T])
    return values - means[groups]


def check_movement(raw: np.ndarray, regressors: np.ndarray, groups: np.ndarray, price: str) -> None:
    """Refuse prices that do not move, and rows that are too few."""
    rows, width = regressors.shape
    spare = rows - width - int(groups.max()) - 1
    if spare < FEWEST_SPARE:
        raise Refused(f"{rows} rows are too few: {FEWEST_SPARE - spare} more are needed, or fewer products or controls")
    size = np.linalg.norm(regressors, axis=0)
    still = size <= 1e-9 * np.linalg.norm(raw, axis=0)
    if still.any() or np.linalg.matrix_rank(regressors / size) < width:
        raise Refused(
            f"column '{display(price)}' does not move by itself within a product: leave out controls that repeat it, "
            "or add periods with other prices"
        )


def within_fit(outcome: np.ndarray, regressors: np.ndarray, groups: np.ndarray) -> WithinFit:
    """Least squares on demeaned data with a cluster-robust or HC3 covariance."""
    rows, width = regressors.shape
    count = int(groups.max()) + 1
    bread = np.linalg.inv(regressors.T @ regressors)
    coefficients = bread @ regressors.T @ outcome
    residuals = outcome - regressors @ coefficients
    if count >= FEWEST_CLUSTERS:
        scores = np.zeros((count, width))
        np.add.at(scores, groups, regressors * residuals[:, None])
        correction = count / (count - 1) * (rows - 1) / (rows - width)
        return WithinFit(coefficients, correction * bread @ scores.T @ scores @ bread, count - 1, True)
    # The leverage in the regression with dummies is that of the dummies plus that of the demeaned regressors.
    leverage = 1 / np.bincount(groups)[groups] + np.einsum("ij,jk,ik->i", regressors, bread, regressors)
    weighted = regressors * (residuals / np.maximum(1 - leverage, 1e-8))[:, None]
    return WithinFit(coefficients, bread @ weighted.T @ weighted @ bread, rows - width - count, False)


def elasticity_estimates(fit: WithinFit, level: float) -> tuple[Estimate, ...]:
    """The elasticity, and what a price 10 % higher does to units and revenue."""
    value = float(fit.coefficients[0])
    error = float(np.sqrt(fit.covariance[0, 0]))
    reach = float(stats.t.ppf((1 + level) / 2, fit.degrees)) * error
    p_value = float(2 * stats.t.sf(abs(value) / error, fit.degrees))
    estimates = [
        Estimate(
            name="elasticity",
            value=value,
            label="Price elasticity of demand",
            std_error=error,
            ci_low=value - reach,
            ci_high=value + reach,
            ci_level=level,
            interval="confidence",
            p_value=p_value,
            unit="% of units per % of price",
        )
    ]
    for name, title, extra in (
        ("units_change_at_10_percent", "Change of units when the price rises by 10 %", 0.0),
        ("revenue_change_at_10_percent", "Change of revenue when the price rises by 10 %", 1.0),
    ):
        low, middle, high = (1.1 ** (extra + point) - 1 for point in (value - reach, value, value + reach))
        estimates.append(
            Estimate(
                name=name,
                value=middle,
                label=title,
                ci_low=low,
                ci_high=high,
                ci_level=level,
                interval="confidence",
                unit="share",
            )
        )
    return tuple(estimates)


def elasticity_answer(estimate: Estimate) -> str:
    """The answer in a sentence."""
    value, low, high = estimate.value or 0.0, estimate.ci_low or 0.0, estimate.ci_high or 0.0
    moves = "falls" if value < 0 else "rises"
    return (
        f"When the price rises by 1 %, demand {moves} by about {abs(value):.2f} % "
        f"(elasticity {value:.2f}, between {low:.2f} and {high:.2f})."
    )


def elasticity_diagnostics(fit: WithinFit, bend: WithinFit, regressors: np.ndarray) -> tuple[Diagnostic, ...]:
    """Whether the price moved by itself, and whether one elasticity fits all prices."""
    own, others = regressors[:, 0], regressors[:, 1:]
    left = own - others @ np.linalg.lstsq(others, own, rcond=None)[0] if others.shape[1] else own
    movement = float(left.std())
    ratio = abs(float(bend.coefficients[0])) / float(np.sqrt(bend.covariance[0, 0]))
    p_value = float(2 * stats.t.sf(ratio, bend.degrees))
    constant = p_value >= CURVATURE_LEVEL
    moved = movement >= LEAST_MOVEMENT
    return (
        Diagnostic(
            "price_movement",
            "pass" if moved else "warn",
            "Prices moved enough by themselves."
            if moved
            else "Prices hardly moved once products and controls are allowed for; the answer rests on very little.",
            movement,
            LEAST_MOVEMENT,
        ),
        Diagnostic(
            "constant_elasticity",
            "pass" if constant else "warn",
            "One elasticity fits low and high prices."
            if constant
            else "Demand answers differently at low and at high prices: split the data by price first.",
            p_value,
            CURVATURE_LEVEL,
        ),
    )


def sample_table(frame: pd.DataFrame, units: str, price: str, groups: np.ndarray) -> ResultTable:
    """What the estimate rests on."""
    rows = [("rows", float(len(frame))), ("products", float(groups.max() + 1))]
    for name, column in (("units", units), ("price", price)):
        values = frame[column].to_numpy(float)
        rows += [(f"lowest {name}", float(values.min())), (f"mean {name}", float(values.mean()))]
        rows.append((f"highest {name}", float(values.max())))
    return ResultTable(("figure", "value"), tuple(rows), "Data", "What the estimate rests on.")


def elasticity_chart(outcome: np.ndarray, regressors: np.ndarray, groups: np.ndarray, fit: WithinFit) -> Chart:
    """Units against price, both less what products and controls explain."""
    others = regressors[:, 1:]
    both = np.column_stack([demeaned(outcome[:, None], groups)[:, 0], regressors[:, 0]])
    if others.shape[1]:
        both = both - others @ np.linalg.lstsq(others, both, rcond=None)[0]
    figure = new_figure()
    axes = figure.subplots()
    axes.plot(both[:, 1], both[:, 0], ".", color=PALETTE[0], alpha=0.4)
    ends = np.array([both[:, 1].min(), both[:, 1].max()])
    axes.plot(ends, float(fit.coefficients[0]) * ends, color=PALETTE[1], linewidth=2)
    label(axes, title="Demand and price", x="log price, less what else explains it", y="log units, likewise")
    return Chart("demand", "Demand and price", "Each dot is a row; the slope of the line is the elasticity.", figure)
