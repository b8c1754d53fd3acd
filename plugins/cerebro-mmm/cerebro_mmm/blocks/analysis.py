"""The marketing mix model in NumPyro, from the table to the recommended budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpyro

from cerebro_core.blocks.progress import Progress
from cerebro_core.blocks.result import Diagnostic, Result, RunDecision
from cerebro_core.blocks.source import Source
from cerebro_mmm.blocks.diagnostics import (
    Holdout,
    holdout_diagnostic,
    holdout_table,
    judge_holdout,
    model_diagnostics,
    sampler_diagnostics,
)
from cerebro_mmm.blocks.estimates import answer_in_words, budget_estimates, media_estimates
from cerebro_mmm.blocks.exploration import explore
from cerebro_mmm.blocks.inference import Draws, Wanted
from cerebro_mmm.blocks.modeling import Problem, build_problem, model_arrays
from cerebro_mmm.blocks.optimization import budget_bounds, plan_budget
from cerebro_mmm.blocks.posterior import build_posterior, total_effects
from cerebro_mmm.blocks.preprocessing import prepare
from cerebro_mmm.blocks.priors import Prior
from cerebro_mmm.blocks.tables import budget_table, posterior_tables, saved_posterior
from cerebro_mmm.blocks.visualization import draw_charts


def analyse(
    source: Source,
    *,
    date: str,
    outcome: str,
    channels: Sequence[str],
    controls: Sequence[str],
    events: Sequence[str],
    currency: str,
    frequency: str,
    missing_media: str,
    missing_controls: str,
    holdout: int,
    adstock: Callable[[Callable[[str, Prior], Any], np.ndarray], Any],
    adstock_max_lag: int,
    saturation: Callable[[Callable[[str, Prior], Any]], Callable[[Any], Any]],
    trend: str,
    seasonality: int,
    weekly_seasonality: int,
    priors: Mapping[str, float],
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
    figures: str,
    seed: int,
    progress: Progress,
) -> Result:
    """Fit the model and say what each channel earned, how sure that is, and how to split the next budget.

    Args:
        source: the table; the other arguments are the spec's fields of the same names.
        adstock, saturation, inference: the blocks that were chosen for these fields.
        progress: says on stderr how far it is.

    Returns:
        The result; its first estimate is the share of the outcome that media caused.

    Raises:
        Refused: rows or settings that no model can use; the message says what to do.
    """
    numpyro.enable_x64()
    rng = np.random.default_rng(seed)

    progress.stage("exploration: reading the table")
    market = explore(
        source, date=date, outcome=outcome, channels=channels, controls=controls, events=events, frequency=frequency
    )

    progress.stage("preprocessing: scales, lags and baseline columns")
    prepared = prepare(
        market,
        channels,
        frequency=frequency,
        missing_media=missing_media,
        missing_controls=missing_controls,
        holdout=holdout,
        adstock_max_lag=adstock_max_lag,
        trend=trend,
        seasonality=seasonality,
        weekly_seasonality=weekly_seasonality,
    )
    bounds = budget_bounds(
        prepared,
        budget=budget,
        budget_horizon=budget_horizon,
        budget_min=budget_min,
        budget_max=budget_max,
        budget_change=budget_change,
    )

    progress.stage("modeling: fitting the model")
    problem = build_problem(prepared, adstock=adstock, saturation=saturation, priors=priors)
    fit = inference(problem, chains=chains, seed=seed, progress=progress)
    wanted = Wanted(min_ess, max_rhat, max_seconds, lambda samples: total_effects(problem, samples))
    draws = fit(problem.arrays, wanted)
    posterior = build_posterior(problem, problem.arrays, draws.samples, rng)

    progress.stage("diagnostics: checking the fit")
    held = hold_out(problem, fit, wanted, ci_level, rng) if holdout else None
    diagnostics: tuple[Diagnostic, ...] = (
        *sampler_diagnostics(draws, wanted),
        *model_diagnostics(problem, posterior, ci_level, rng),
        *((holdout_diagnostic(held),) if held else ()),
    )

    progress.stage("optimization: splitting the budget")
    plan = plan_budget(problem, posterior, bounds, seed)

    progress.stage("visualization: drawing the figures")
    estimates = media_estimates(problem, posterior, ci_level, outcome=outcome, currency=currency)
    estimates += budget_estimates(plan, prepared.period, ci_level, outcome)
    charts = draw_charts(
        problem,
        posterior,
        draws,
        plan,
        estimates,
        outcome=outcome,
        currency=currency,
        level=ci_level,
        adstock=adstock,
        figures=figures,
        rng=rng,
    )
    failed = [check.name for check in diagnostics if check.status == "fail"]
    effort = RunDecision(
        "draws",
        int(draws.samples["noise"].shape[0] * draws.samples["noise"].shape[1]),
        f"{draws.method} stopped after {draws.seconds:.0f} s with {draws.least_ess:.0f} effective draws "
        "of the least certain quantity.",
        "diagnostics",
    )
    return Result(
        answer=answer_in_words(problem, posterior, estimates, plan, outcome, ci_level, failed),
        estimates=estimates,
        diagnostics=diagnostics,
        tables={
            "budget": budget_table(plan, prepared.channels, prepared.period, ci_level),
            **posterior_tables(problem, posterior, draws, ci_level),
            **({"holdout": holdout_table(held)} if held else {}),
            "data": market.summary,
        },
        charts=charts,
        rows_used=len(prepared.outcome),
        decisions=(*prepared.decisions, effort),
        extras={"posterior.npz": saved_posterior(problem, posterior, draws)},
    )


def hold_out(
    problem: Problem,
    fit: Callable[[Mapping[str, Any], Wanted], Draws],
    wanted: Wanted,
    level: float,
    rng: np.random.Generator,
) -> Holdout:
    """Fit again without the last rows, less exactly, and compare."""
    arrays = model_arrays(problem.prepared, problem.priors, problem.prepared.train)
    quick = Wanted(100, 1.05, wanted.max_seconds / 2, wanted.report)
    posterior = build_posterior(problem, arrays, fit(arrays, quick).samples, rng)
    return judge_holdout(problem, posterior, level, rng)
