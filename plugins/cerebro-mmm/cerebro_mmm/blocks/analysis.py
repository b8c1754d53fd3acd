"""The marketing mix model, from the table to the recommended budget; the same for every engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cerebro_core.blocks.progress import Progress
from cerebro_core.blocks.result import Diagnostic, Result, RunDecision
from cerebro_core.blocks.source import Source
from cerebro_mmm.blocks.beliefs import read_beliefs
from cerebro_mmm.blocks.demand import MOVES_TOGETHER, CommonMovement, common_movement, with_common_movement
from cerebro_mmm.blocks.diagnostics import fit_diagnostics, model_diagnostics
from cerebro_mmm.blocks.estimates import answer_in_words, budget_estimates, media_estimates
from cerebro_mmm.blocks.exploration import explore
from cerebro_mmm.blocks.fitting import Fit, Model, fit_models
from cerebro_mmm.blocks.forms import Form
from cerebro_mmm.blocks.inference import Draws, Wanted
from cerebro_mmm.blocks.lift_tests import read_lift_tests
from cerebro_mmm.blocks.modeling import build_problem
from cerebro_mmm.blocks.optimization import budget_bounds, plan_budget
from cerebro_mmm.blocks.preprocessing import Prepared, prepare
from cerebro_mmm.blocks.saved import saved_posterior
from cerebro_mmm.blocks.slices import fit_slices, slice_diagnostics, slice_table
from cerebro_mmm.blocks.tables import budget_table, posterior_tables
from cerebro_mmm.blocks.verdicts import demand_diagnostic, judge_channels, verdict_diagnostic, verdict_table
from cerebro_mmm.blocks.visualization import draw_charts


def analyse(
    source: Source,
    *,
    date: str,
    outcome: str,
    channels: Sequence[str],
    controls: Sequence[str],
    events: Sequence[str],
    geo: str | None,
    exposure: Mapping[str, str],
    reach: Mapping[str, str],
    average_frequency: Mapping[str, str],
    revenue_per_unit: str | None,
    unit_value: float,
    currency: str,
    frequency: str,
    missing_media: str,
    missing_controls: str,
    holdout: int,
    cross_validation: int,
    form: Callable[..., tuple[Form, ...]],
    adstock: Callable[..., Any],
    adstock_max_lag: int,
    saturation: Callable[..., Any],
    order: str,
    trend: str,
    seasonality: int,
    weekly_seasonality: int,
    holidays: str,
    demand_proxy: str,
    priors: Mapping[str, float],
    prior: Mapping[str, str],
    beliefs: Mapping[str, Mapping[str, Mapping[str, float]]],
    lift_tests: Sequence[Mapping[str, Any]],
    inference: Callable[..., Callable[[Mapping[str, Any], Wanted], Draws]],
    ci_level: float,
    chains: int,
    min_ess: int,
    max_rhat: float,
    max_seconds: float,
    budget: float | None,
    budget_horizon: int,
    budget_min: Mapping[str, float],
    budget_max: Mapping[str, float],
    budget_change: float,
    budget_fixed: Sequence[str],
    budget_groups: Mapping[str, str],
    risk_aversion: float,
    figures: str,
    seed: int,
    progress: Progress,
    stan_runtime: Callable[..., Any] | str = "stanli",
) -> Result:
    """Fit the model and say what each channel earned, how sure that is, and how to split the next budget.

    Args:
        source: the table; the other arguments are the spec's fields of the same names.
        form, adstock, saturation, inference: the blocks that were chosen for these fields.
        stan_runtime: the same for Stan; no other engine has a block for it.
        progress: says on stderr how far it is.

    Returns:
        The result; its first estimate is the share of the outcome that media caused.

    Raises:
        Refused: rows or settings that no model can use; the message says what to do.
    """
    rng = np.random.default_rng(seed)

    progress.stage("exploration: reading the table")
    market = explore(
        source,
        date=date,
        outcome=outcome,
        channels=channels,
        controls=controls,
        events=events,
        frequency=frequency,
        geo=geo,
        exposure=exposure,
        reach=reach,
        average_frequency=average_frequency,
        revenue_per_unit=revenue_per_unit,
        unit_value=unit_value,
    )

    progress.stage("preprocessing: scales, lags and baseline columns")
    prepared = prepare(
        market,
        channels,
        missing_media=missing_media,
        missing_controls=missing_controls,
        holdout=holdout,
        adstock_max_lag=adstock_max_lag,
        trend=trend,
        seasonality=seasonality,
        weekly_seasonality=weekly_seasonality,
        holidays=holidays,
    )
    bounds = budget_bounds(
        prepared,
        budget=budget,
        budget_horizon=budget_horizon,
        budget_min=budget_min,
        budget_max=budget_max,
        budget_change=budget_change,
        budget_fixed=budget_fixed,
        budget_groups=budget_groups,
    )
    movement = common_movement(prepared)
    taken = demand_proxy == "on" or (demand_proxy == "auto" and movement.z > MOVES_TOGETHER)
    if taken:
        prepared = with_common_movement(prepared, movement)

    progress.stage("modeling: fitting the model")
    known = read_beliefs(prior, beliefs, channels)
    tests = read_lift_tests(lift_tests, prepared)
    problems = [build_problem(prepared, one, priors, known, tests) for one in form(adstock, saturation, order)]
    runtime = {} if isinstance(stan_runtime, str) else {"runtime": stan_runtime}
    models = [Model(one, inference(one, chains=chains, seed=seed, progress=progress, **runtime)) for one in problems]
    limits = (float(min_ess), max_rhat, max_seconds)
    fit = fit_models(models, np.ones(len(prepared.dates), bool), limits, rng, progress)
    prepared, posterior = fit.problem.prepared, fit.posterior

    progress.stage("diagnostics: checking the fit")
    count = max(cross_validation, 1) if holdout else 0
    slices = fit_slices(models, prepared, holdout, count, quick_limits(limits), ci_level, rng, progress)
    verdicts = judge_channels(prepared, fit, movement, [test.channel for test in tests], rng)
    diagnostics: tuple[Diagnostic, ...] = (
        *fit_diagnostics(fit, min_ess, max_rhat),
        *model_diagnostics(fit.problem, posterior, ci_level, rng),
        demand_diagnostic(prepared, movement, taken, verdicts),
        verdict_diagnostic(verdicts),
        *slice_diagnostics(slices, prepared.period, ci_level),
    )

    progress.stage("optimization: splitting the budget")
    plan = plan_budget(prepared, posterior, bounds, seed, risk_aversion)

    progress.stage("visualization: drawing the figures")
    estimates = media_estimates(prepared, posterior, ci_level, outcome=outcome, currency=currency)
    estimates += budget_estimates(plan, prepared.period, ci_level, outcome)
    charts = draw_charts(
        prepared,
        fit,
        plan,
        estimates,
        outcome=outcome,
        currency=currency,
        level=ci_level,
        figures=figures,
        rng=rng,
    )
    failed = [check.name for check in diagnostics if check.status == "fail"]
    doubtful = [one.channel for one in verdicts if one.verdict == "confounded with demand"]
    return Result(
        answer=answer_in_words(prepared, posterior, estimates, plan, outcome, ci_level, failed, doubtful),
        estimates=estimates,
        diagnostics=diagnostics,
        tables={
            "verdicts": verdict_table(verdicts),
            "budget": budget_table(plan, prepared.channels, prepared.period, ci_level),
            **posterior_tables(prepared, fit, ci_level),
            **({"holdout": slice_table(slices, prepared.channels)} if slices else {}),
            "data": market.summary,
        },
        charts=charts,
        rows_used=len(prepared.row_outcome),
        decisions=(*prepared.decisions, *run_decisions(prepared, fit, movement, taken)),
        extras={"posterior.npz": saved_posterior(prepared, fit)},
    )


def quick_limits(limits: tuple[float, float, float]) -> tuple[float, float, float]:
    """Limits of a fit that serves a check alone."""
    return (min(limits[0], 100.0), 1.05, limits[2] / 2)


def run_decisions(prepared: Prepared, fit: Fit, movement: CommonMovement, taken: bool) -> tuple[RunDecision, ...]:
    """What the script chose while it ran: the common movement, the forms' weights, the draws."""
    found = []
    if taken:
        reason = (
            f"The channels' spends move together (mean correlation of their innovations {movement.correlation:.2f}, "
            f"z {movement.z:.1f}); their common movement is a column of the baseline, since it may be demand."
        )
        found.append(RunDecision("demand_proxy", "on", reason, "modeling"))
    if len(fit.models) > 1:
        weights = ", ".join(
            f"{model.problem.form.name} {weight:.0%}"
            for model, weight in sorted(zip(fit.models, fit.weights, strict=True), key=lambda one: -one[1])
            if weight >= 0.005
        )
        found.append(
            RunDecision("form", weights, "The mixture of forms that foretells left-out rows best.", "modeling")
        )
    for note in dict.fromkeys(note for draws in fit.draws for note in draws.notes):
        found.append(RunDecision("inference", fit.best.method, note, "diagnostics"))
    draws = fit.best
    found.append(
        RunDecision(
            "draws",
            int(draws.samples["noise"].shape[0] * draws.samples["noise"].shape[1]),
            f"{draws.method} stopped after {draws.seconds:.1f} s with {draws.least_ess:.0f} effective draws "
            "of the least certain quantity.",
            "diagnostics",
        )
    )
    return tuple(found)
