"""A realistic result of a marketing mix model, with hostile text on request; every number is made up."""

from __future__ import annotations

import math
import random
from typing import Any

from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, Result, ResultTable, RunDecision
from cerebro_core.blocks.style import (
    MUTED_INK,
    PALETTE,
    label,
    legend_text,
    new_figure,
    tick_numbers,
    tick_text,
)

CHANNELS = {
    "tv": (410_000.0, 1.62),
    "search": (285_000.0, 2.41),
    "social": (190_000.0, 1.18),
    "video": (122_000.0, 0.94),
    "display": (78_000.0, 0.61),
    "radio": (64_000.0, 1.07),
    "out_of_home": (51_000.0, 0.72),
    "affiliates": (23_000.0, 3.05),
}
OUTCOME = 5_870_000.0

METHOD: dict[str, Any] = {
    "domain": "mmm",
    "name": "numpyro",
    "title": "Marketing mix model",
    "summary": "A Bayesian regression of weekly sales on media spend that carries over and saturates.",
    "needs": ["one row a day or a week", "spend of each channel"],
    "assumes": [
        "Nothing else moves both spend and sales: what does is among the controls, the trend or the season.",
        "The effect of each channel is the same over the whole period.",
        "Spend on one channel does not change what another channel earns.",
    ],
    "plugins": {"cerebro-core": "0.1.0", "cerebro-mmm": "0.1.0"},
    "requires": {"numpyro": "numpyro>=0.19", "jax": "jax>=0.5", "nowhere": "cerebro-not-a-package>=1"},
}
SPEC: dict[str, Any] = {
    "kind": "mmm",
    "data": "weekly sales.csv",
    "table": None,
    "seed": 7,
    "options": {},
    "date": "week",
    "outcome": "sales",
    "channels": list(CHANNELS),
    "controls": ["price", "promotion"],
    "adstock_max_lag": 8,
    "saturation": "hill",
    "ci_level": 0.9,
}
DECISIONS: list[dict[str, Any]] = [
    {
        "field": "outcome",
        "value": "sales",
        "reason": "The only money column that is never zero and that no other column adds up to.",
        "agent": "exploration",
        "evidence": "208 values, mean 28,221",
    },
    {
        "field": "channels",
        "value": list(CHANNELS),
        "reason": "Their names say media, and they are zero or positive spend.",
        "agent": "exploration",
        "evidence": "8 columns",
    },
    {
        "field": "frequency",
        "value": "week",
        "reason": "The dates are 7 days apart.",
        "agent": "preprocessing",
        "evidence": "207 gaps of 7 days",
    },
    {
        "field": "seasonality",
        "value": 2,
        "reason": "Four years of data show two peaks a year.",
        "agent": "modeling",
        "evidence": "",
    },
    {
        "field": "budget_max",
        "value": {"tv": 120000.0, "search": 90000.0},
        "reason": "No more than half again of what was spent lately, where you gave no bound.",
        "agent": "optimization",
        "evidence": "",
    },
]
FINDINGS: list[dict[str, Any]] = [
    {
        "severity": "warning",
        "code": "collinear-channels",
        "message": "'video' and 'display' move together (correlation 0.93), so the split between them is unsure.",
        "remedy": "Vary one of them for some weeks, or report their sum.",
        "field": "channels",
    },
    {
        "severity": "info",
        "code": "leading-zeros",
        "message": "'affiliates' begins in week 61.",
        "remedy": "",
        "field": "channels",
    },
]
CITATIONS: list[dict[str, Any]] = [
    {
        "text": "Jin, Wang, Sun, Chan, Koehler (2017). Bayesian methods for media mix modeling with carryover and "
        "shape effects. Google Research.",
        "url": "https://research.google/pubs/pub46001/",
    },
    {"text": "Gelman et al. (2013). Bayesian Data Analysis, 3rd edition.", "url": None},
]


def sample_result(*, failed: bool = False, rename: dict[str, str] | None = None) -> Result:
    """Eight channels, 208 weeks, 8 diagnostics, 6 figures and 4 tables.

    Args:
        failed: one diagnostic fails.
        rename: channel -> hostile name to show instead.
    """
    shown = {name: (rename or {}).get(name, name) for name in CHANNELS}
    return Result(
        answer="Advertising brought about 33% of sales (27% to 39%), and search and affiliates earned most for "
        "each euro: the next 13 weeks bring about 61,000 EUR more if you move budget from display and out of home "
        "to search.",
        estimates=_estimates(shown),
        diagnostics=_diagnostics(failed),
        tables=_tables(shown),
        charts=_charts(shown),
        rows_used=208,
        decisions=(
            RunDecision("draws", 4000, "R-hat was at most 1.01 after 1,000 draws of each chain.", "diagnostics"),
        ),
        extras={"posterior.npz": b"PK"},
    )


def _estimates(shown: dict[str, str]) -> tuple[Estimate, ...]:
    common: dict[str, Any] = {"ci_level": 0.9, "interval": "credible", "outcome": None}
    total = sum(spend * roas for spend, roas in CHANNELS.values())
    found = [
        Estimate(
            "total_media", total, "Sales from all media", 1.1e5, total - 3.5e5, total + 3.6e5, unit="EUR", **common
        ),
        Estimate(
            "baseline",
            OUTCOME - total,
            "Sales without media",
            1.1e5,
            OUTCOME - total - 3.6e5,
            OUTCOME - total + 3.5e5,
            unit="EUR",
            **common,
        ),
    ]
    kinds = (
        ("contribution", "Sales from the channel", "EUR", lambda spend, roas: spend * roas),
        (
            "contribution_share",
            "Share of sales from the channel",
            "share of sales",
            lambda spend, roas: spend * roas / OUTCOME,
        ),
        ("roas", "Return on ad spend", "EUR per EUR spent", lambda spend, roas: roas),
        ("mroas", "Return on the next euro", "EUR per EUR spent", lambda spend, roas: roas * 0.62),
    )
    for name, text, unit, figure in kinds:
        for place, (channel, (spend, roas)) in enumerate(CHANNELS.items()):
            value = figure(spend, roas)
            spread = 0.18 + 0.06 * place
            found.append(
                Estimate(
                    name,
                    value,
                    f"{text}, {shown[channel]}",
                    value * spread / 1.64,
                    value * (1 - spread * 0.9),
                    value * (1 + spread * 1.1),
                    unit=unit,
                    group=shown[channel],
                    **common,
                )
            )
    return tuple(found)


def _diagnostics(failed: bool) -> tuple[Diagnostic, ...]:
    holdout = (
        Diagnostic(
            "holdout_error",
            "fail",
            "On 13 weeks that the model had not seen it was off by 31% on average, "
            "more than the 20% that a useful forecast allows. Add what changed lately as a control.",
            0.31,
            0.2,
        )
        if failed
        else Diagnostic(
            "holdout_error",
            "pass",
            "On 13 weeks that the model had not seen it was off by 6.4% on average.",
            0.064,
            0.2,
        )
    )
    return (
        Diagnostic("rhat", "pass", "The four chains agree on every quantity.", 1.004, 1.01),
        Diagnostic("ess", "pass", "There are enough independent draws for stable intervals.", 1240, 400),
        Diagnostic("divergences", "pass", "The sampler met no region that it could not explore.", 0, 0),
        Diagnostic("baseline_positive", "pass", "Sales without media stay above zero in every week.", 0.0, 0.05),
        Diagnostic("predictive_check", "pass", "89% of weeks lie in their 90% predicted range.", 0.89, 0.8),
        holdout,
        Diagnostic(
            "collinearity",
            "warn",
            "Video and display were bought together, so the data cannot tell them "
            "apart well; read their sum rather than each.",
            0.93,
            0.9,
        ),
        Diagnostic("prior_influence", "pass", "For every channel the data narrowed the prior.", 0.44, 0.9),
    )


def _tables(shown: dict[str, str]) -> dict[str, ResultTable]:
    draw = random.Random(1)
    weeks = [f"{2021 + week // 52}-{1 + week % 52 // 4.4:02.0f}-{1 + week % 4 * 7:02d}" for week in range(208)]
    names = tuple(shown.values())
    return {
        "budget": ResultTable(
            ("channel", "spent_lately", "recommended", "change_share"),
            tuple(
                (shown[name], spend / 16, spend / 16 * (0.7 + roas / 5), roas / 5 - 0.3)
                for name, (spend, roas) in CHANNELS.items()
            ),
            "Recommended budget, next 13 weeks",
            "The same total, moved to where the next euro earns more.",
        ),
        "decomposition": ResultTable(
            ("week", "baseline", *names),
            tuple(
                (
                    week,
                    18_000 + 900 * draw.random(),
                    *(spend * roas / 208 * draw.random() * 2 for spend, roas in CHANNELS.values()),
                )
                for week in weeks
            ),
            "Sales by source, week by week",
        ),
        "priors": ResultTable(
            ("parameter", "distribution", "scale", "why"),
            tuple(
                (f"effect of {name}", "half-normal", 0.21, "scaled to the channel's share of spend") for name in names
            ),
            "Priors",
        ),
        "roas_by_year": ResultTable(
            ("channel", "year", "spend", "roas"),
            tuple(
                (shown[name], year, spend / 4, roas if year > 2021 else math.nan)
                for name, (spend, roas) in CHANNELS.items()
                for year in range(2021, 2025)
            ),
            "Return on ad spend by year",
        ),
    }


def _charts(shown: dict[str, str]) -> tuple[Chart, ...]:
    draw = random.Random(2)
    weeks = range(208)
    charts: list[Chart] = []

    figure = new_figure()
    axes = figure.add_subplot()
    season = [28_000 + 4_000 * math.sin(week / 8.3) + 20 * week for week in weeks]
    (line,) = axes.plot(weeks, [value + draw.gauss(0, 1_200) for value in season], color=MUTED_INK, linewidth=1)
    (fit,) = axes.plot(weeks, season, color=PALETTE[0], linewidth=2)
    band = axes.fill_between(
        weeks, [v - 2_000 for v in season], [v + 2_000 for v in season], color=PALETTE[0], alpha=0.2
    )
    label(axes, title="The model follows sales", x="Week", y="Sales (EUR)")
    tick_numbers(axes.yaxis)
    legend_text(axes, [line, fit, band], ["measured", "model", "90% range"], loc="upper left", ncols=3)
    charts.append(
        Chart("fit", "The model follows sales", "Grey: what was measured. Blue: what the model says.", figure)
    )

    figure = new_figure(height=4.8)
    axes = figure.add_subplot()
    places = list(range(len(shown)))
    axes.barh(places, [spend * roas for spend, roas in CHANNELS.values()], color=PALETTE[: len(shown)])
    axes.invert_yaxis()
    label(axes, title="What each channel brought", x="Sales (EUR)")
    tick_text(axes.yaxis, places, list(shown.values()))
    tick_numbers(axes.xaxis)
    charts.append(Chart("contribution", "What each channel brought", "Sum over all weeks.", figure))

    for number in range(4):
        figure = new_figure()
        axes = figure.add_subplot()
        lines = [
            axes.plot(
                weeks,
                [spend * roas * (1 - math.exp(-week / (40 + 20 * number + 9 * place))) / 10 for week in weeks],
                color=PALETTE[place],
                linewidth=2,
            )[0]
            for place, (spend, roas) in enumerate(CHANNELS.values())
        ]
        label(axes, title=f"Returns diminish as spend grows ({number + 1})", x="Spend a week (k EUR)", y="Sales (EUR)")
        tick_numbers(axes.yaxis)
        legend_text(axes, lines, list(shown.values()), loc="center left", bbox_to_anchor=(1.0, 0.5))
        charts.append(
            Chart(
                f"response {number + 1}",
                "Returns diminish as spend grows",
                "Each line shows what a channel brings at each level of weekly spend.",
                figure,
            )
        )
    return tuple(charts)
