"""What two-way fixed effects would compare: Goodman-Bacon's comparisons and the weights of treated cells."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np

from cerebro_causal.blocks.did_sample import DidSample
from cerebro_causal.blocks.did_twfe import two_way_design
from cerebro_core.blocks.result import Chart, Diagnostic, ResultTable
from cerebro_core.blocks.style import PALETTE, label, legend_below, new_figure

MOST_FORBIDDEN = 0.01  # of the weight; above, later effects can enter with the wrong sign
BACON_KINDS = (
    ("treated_vs_never", "treated with never treated"),
    ("earlier_vs_later", "earlier with not yet treated"),
    ("later_vs_earlier", "later with already treated (forbidden)"),
)


@dataclass(frozen=True)
class TwoWayWeights:
    """What enters the coefficient of two-way fixed effects.

    Attributes:
        estimate: the coefficient.
        comparisons: (treated cohort, comparison, kind, estimate, weight) of Goodman-Bacon; empty where the panel has
            holes.
        forbidden: weight of comparisons with units that are treated already; NaN where they are not known.
        negative: total of the negative weights of treated cells (de Chaisemartin & D'Haultfoeuille 2020), as a share.
    """

    estimate: float
    comparisons: tuple[tuple[str, str, str, float, float], ...]
    forbidden: float
    negative: float


def two_way_weights(sample: DidSample) -> TwoWayWeights:
    """Take the coefficient of two-way fixed effects apart; without confounders."""
    bare = sample.rows(np.ones(len(sample.outcome), bool))
    design = two_way_design(without_covariates(bare))
    treated = design.within(sample.treated[:, None])[:, 0]
    root = np.sqrt(design.weights)
    others = design.others * root[:, None]
    net = treated * root
    net = (net - others @ (np.linalg.pinv(others.T @ others) @ (others.T @ net))) * root
    own = net * sample.treated
    estimate = float(net @ design.outcome / (net @ treated))
    negative = float(-own[own < 0].sum() / own.sum())
    comparisons, forbidden = bacon_comparisons(sample)
    return TwoWayWeights(estimate, comparisons, forbidden, negative)


def without_covariates(sample: DidSample) -> DidSample:
    """The rows without their confounders."""
    return replace(sample, covariates=np.zeros((len(sample.outcome), 0)), covariate_names=())


def bacon_comparisons(sample: DidSample) -> tuple[tuple[tuple[str, str, str, float, float], ...], float]:
    """Goodman-Bacon's comparisons with their weights, and the weight of forbidden ones."""
    if not sample.is_balanced or sample.weighted:
        return (), float("nan")
    from diff_diff import bacon_decompose

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = bacon_decompose(sample.frame(), outcome="y", unit="unit", time="time", first_treat="first")
    rows = tuple(
        (
            period_of(sample, item.treated_group),
            period_of(sample, item.control_group),
            str(item.comparison_type),
            float(item.estimate),
            float(item.weight),
        )
        for item in found.comparisons
    )
    return rows, float(found.total_weight_later_vs_earlier)


def period_of(sample: DidSample, value: object) -> str:
    """A cohort of the library as the period in which it began."""
    number = int(value) if isinstance(value, int | float | np.number) and 0 < float(value) < 1e6 else 0
    return sample.periods[number - 1] if 0 < number <= len(sample.periods) else "never"


def weights_table(weights: TwoWayWeights) -> ResultTable:
    """Goodman-Bacon's comparisons."""
    kinds = dict(BACON_KINDS)
    rows = tuple(
        (treated, control, kinds.get(kind, kind), value, weight)
        for treated, control, kind, value, weight in sorted(weights.comparisons, key=lambda row: -row[4])
    )
    caption = (
        f"Two-way fixed effects give {weights.estimate:.4g}: the average of these comparisons with these weights. "
        "Those with units that are treated already count later effects with the wrong sign."
    )
    columns = ("treated from", "compared with", "kind", "estimate", "weight")
    return ResultTable(columns, rows, "What two-way fixed effects would compare", caption)


def weights_chart(weights: TwoWayWeights) -> Chart:
    """Goodman-Bacon's comparisons, by kind."""
    figure = new_figure(8.0, 4.2)
    axes = figure.subplots()
    handles, names = [], []
    for (kind, name), colour, mark in zip(BACON_KINDS, (PALETTE[0], PALETTE[2], PALETTE[1]), "os^", strict=True):
        own = [(row[4], row[3]) for row in weights.comparisons if row[2] == kind]
        if own:
            x, y = zip(*own, strict=True)
            handles.append(axes.scatter(x, y, s=60, color=colour, marker=mark))
            names.append(name)
    axes.axhline(weights.estimate, color=PALETTE[9], linewidth=1.2, linestyle="--")
    label(axes, title="What two-way fixed effects would average", x="weight", y="estimate of one comparison")
    legend_below(figure, handles, names, 40)
    caption = "Each mark is one comparison of two cohorts; the dashed line is their weighted average."
    return Chart("two_way_weights", "Comparisons of two-way fixed effects", caption, figure)


def weights_diagnostics(weights: TwoWayWeights, estimator: str) -> list[Diagnostic]:
    """Whether two-way fixed effects can be trusted, where treatment began at several times."""
    known = weights.forbidden == weights.forbidden
    worst = max(weights.forbidden if known else 0.0, weights.negative)
    what = (
        f"{weights.forbidden:.0%} of the weight of two-way fixed effects compares with units that are treated already"
        if known and weights.forbidden >= weights.negative
        else f"two-way fixed effects give negative weights, {weights.negative:.0%} in all, to some treated units"
    )
    if estimator != "twfe":
        message = f"{what[0].upper()}{what[1:]}; the estimate here avoids that, and compares with untreated units only."
        return [Diagnostic("forbidden_comparisons", "pass", message)]  # the figure is not about this estimate
    if worst <= MOST_FORBIDDEN:
        message = "Nearly no weight goes to comparisons with units that are treated already."
        return [Diagnostic("forbidden_comparisons", "pass", message, worst, MOST_FORBIDDEN)]
    message = (
        f"{what[0].upper()}{what[1:]}: if the effect grows or differs, the answer can be wrong even in its sign. Use "
        "--estimator callaway_santanna, sun_abraham or imputation."
    )
    return [Diagnostic("forbidden_comparisons", "fail", message, worst, MOST_FORBIDDEN)]
