"""Figures and messages that stay readable with many channels and long names; nothing is sampled."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text

from cerebro_core.blocks.result import ResultTable
from cerebro_core.blocks.style import figure_png, legend_columns
from cerebro_mmm.blocks.adstock import geometric_adstock
from cerebro_mmm.blocks.diagnostics import prior_check, shape_check
from cerebro_mmm.blocks.estimates import media_estimates
from cerebro_mmm.blocks.exploration import Market
from cerebro_mmm.blocks.fitting import Fit, Model
from cerebro_mmm.blocks.forms import given_form
from cerebro_mmm.blocks.inference import Draws
from cerebro_mmm.blocks.modeling import build_problem
from cerebro_mmm.blocks.optimization import BudgetPlan, budget_bounds
from cerebro_mmm.blocks.posterior import build_posterior, prior_contributions
from cerebro_mmm.blocks.priors import frozen_prior
from cerebro_mmm.blocks.saturation import hill
from cerebro_mmm.blocks.tables import curves_table
from cerebro_mmm.blocks.visualization import draw_charts

OUTCOME = "Net sales of all shops and the web store"
LONG = (
    "Out of home (EUR)",
    "Paid search brand",
    "Paid search non-brand and shopping (EUR)",
    "Television incl. sponsoring",
    "paid_social_prospecting_and_retargeting",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    "Print $magazines$ & dailies_",
    "Radio",
)
CHART_NAMES = (
    "contributions",
    "roas",
    "decomposition",
    "response_curves",
    "budget",
    "fit",
    "adstock",
    "residuals",
    "sampler",
)


@pytest.fixture(scope="module")
def fitted(prepared_of):
    """A problem of eight channels, and draws from its priors that stand in for a posterior."""
    rng = np.random.default_rng(5)
    rows = 120
    outcome, spend = 1e6 + 1e5 * rng.standard_normal(rows), rng.gamma(2.0, 5e3, size=(len(LONG), rows))
    market = Market(
        dates=np.datetime64("2023-01-02") + 7 * np.arange(rows),
        regions=("",),
        outcome=outcome,
        spend=spend,
        exposure=spend,
        reach={},
        worth=np.ones(rows),
        controls={},
        events={},
        summary=ResultTable((), ()),
    )
    problem = build_problem(prepared_of(market, LONG), given_form(geometric_adstock, hill, "adstock_first")[0], {})
    samples = {
        name: frozen_prior(prior).rvs(size=(2, 40, len(prior.values[0])), random_state=rng)
        for name, prior in problem.priors.items()
    }
    posterior = build_posterior([(problem, samples, 1.0)], np.ones(rows, bool), rng)
    return problem, posterior, samples


@pytest.fixture(scope="module")
def charts(fitted):
    problem, posterior, samples = fitted
    rhat = {name: np.ones(values.shape[-1]) for name, values in samples.items()}
    rhat["half_saturation"][4] = 1.2
    bounds = budget_bounds(
        problem.prepared, budget=None, budget_horizon=13, budget_min={}, budget_max={}, budget_change=0.5
    )
    now = posterior.contributions[:, :, -13:].sum(axis=2)
    draws = Draws(samples, {}, "nuts", rhat, rhat)
    fit = Fit((Model(problem, lambda *_: draws),), (draws,), np.ones(1), posterior, np.ones(120, bool))
    found = draw_charts(
        problem.prepared,
        fit,
        BudgetPlan(bounds, bounds.current * 1.1, now, now * 1.05),
        media_estimates(problem.prepared, posterior, 0.9, outcome=OUTCOME, currency="EUR"),
        outcome=OUTCOME,
        currency="EUR",
        level=0.9,
        figures="all",
        rng=np.random.default_rng(1),
    )
    for chart in found:
        figure_png(chart.figure)
    return {chart.name: chart.figure for chart in found}


def boxes_of(figure):
    """Text and extent of everything written on a figure."""
    unseen = {
        text
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for text in {*axis.get_ticklabels(which="both")} - {*(in_view(axis) if axes.axison else ())}
    }
    written = [
        artist
        for artist in figure.findobj(Text)
        if artist.get_visible() and artist.get_text().strip() and artist not in unseen
    ]
    return [(artist.get_text(), artist.get_window_extent()) for artist in written]


def in_view(axis):
    """Labels of the ticks that are drawn."""
    low, high = sorted(axis.get_view_interval())
    ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [tick.label1 for tick in ticks if tick.label1.get_visible() and tick.label1.get_text()]


def overlaps(boxes):
    """Pairs of texts that share more than a pixel in both directions."""
    return [
        (one, two)
        for (one, a), (two, b) in itertools.combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]


def test_all_charts_are_looked_at(charts):
    assert tuple(charts) == CHART_NAMES


@pytest.mark.parametrize("name", CHART_NAMES)
def test_no_text_is_cut(charts, name):
    figure = charts[name]
    whole = figure.bbox
    cut = [
        (text, box.extents)
        for text, box in boxes_of(figure)
        if box.x0 < whole.x0 - 2 or box.y0 < whole.y0 - 2 or box.x1 > whole.x1 + 2 or box.y1 > whole.y1 + 2
    ]
    assert cut == []


@pytest.mark.parametrize("name", CHART_NAMES)
def test_no_text_overprints_another(charts, name):
    figure = charts[name]
    texts = []
    for axes in figure.axes:
        if axes.axison:
            ticks = [*in_view(axes.xaxis), *in_view(axes.yaxis)]
            titles = [artist for artist in axes.findobj(Text) if artist.get_gid() == "cerebro-title"]
            texts += [*ticks, *titles, axes.xaxis.label, axes.yaxis.label, axes.xaxis.get_offset_text()]
    texts += [entry for legend in figure.legends for entry in legend.get_texts()]
    assert overlaps([(text.get_text(), text.get_window_extent()) for text in texts if text.get_text().strip()]) == []


def test_axes_keep_a_readable_size(charts):
    for name, figure in charts.items():
        for axes in figure.axes:
            box = axes.get_window_extent()
            assert min(box.width, box.height) > 1.1 * figure.dpi, name


def test_texts_name_the_outcome_and_use_plain_words(charts):
    written = {name: " ".join(text for text, _ in boxes_of(figure)) for name, figure in charts.items()}
    assert "Net sales of all shops" in written["decomposition"].replace("\n", " ")
    assert "per unit spent" in written["roas"].replace("\n", " ")
    assert "half_saturation" not in written["sampler"]
    assert "spend at half" in written["sampler"]
    assert "$magazines$" in written["decomposition"]


def test_legends_have_fewer_columns_for_longer_names():
    assert legend_columns(["tv", "radio", "search", "social"], 576) == 4
    assert legend_columns(["Paid search brand and sh"] * 10, 576) == 2
    assert legend_columns(["W" * 60] * 3, 576) == 1


def test_the_response_curves_start_at_exactly_nothing(fitted):
    problem, posterior, _ = fitted
    table = curves_table(problem.prepared, posterior, 0.9)
    first = [row for row in table.rows if row[1] == 0.0]
    assert [row[0] for row in first] == list(LONG)
    assert all(row[2:5] == (0.0, 0.0, 0.0) for row in first)


def test_outliers_are_named_by_date(fitted):
    problem, posterior, _ = fitted
    calm = replace(posterior, noise=np.full_like(posterior.noise, 1e4))
    outcome = calm.expected.mean(axis=0)
    calm = replace(calm, baseline=calm.baseline - calm.expected + outcome)
    outcome[[7, 30]] += 2e5
    shifted = replace(problem, prepared=replace(problem.prepared, row_outcome=outcome))
    check = shape_check(shifted, calm, np.random.default_rng(1))
    assert check.status == "warn"
    days = [str(problem.prepared.dates[row]) for row in (7, 30)]
    assert all(day in check.message for day in days)
    assert check.message.count("202") == 2


@pytest.mark.parametrize(
    ("ratio", "status", "weak"), [(0.3, "pass", False), (0.65, "pass", True), (0.9, "warn", False)]
)
def test_the_prior_check_says_how_much_the_data_add(fitted, ratio, status, weak):
    problem, posterior, _ = fitted
    prior = prior_contributions(problem, np.random.default_rng(1))
    totals = ratio * prior[: len(posterior.noise)] / prior[: len(posterior.noise)].std(axis=0) * prior.std(axis=0)
    rows = posterior.contributions.shape[2]
    even = replace(posterior, contributions=np.repeat(totals[:, :, None] / rows, rows, axis=2))
    check = prior_check(problem, even, np.random.default_rng(1))
    assert check.status == status
    assert ("weakly" in check.message) == weak
    assert "much" not in check.message
