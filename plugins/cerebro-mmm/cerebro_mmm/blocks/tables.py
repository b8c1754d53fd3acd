"""The tables of the result, and the saved posterior."""

from __future__ import annotations

import numpy as np

from cerebro_core.blocks.result import ResultTable
from cerebro_mmm.blocks.estimates import percent
from cerebro_mmm.blocks.fitting import Fit
from cerebro_mmm.blocks.optimization import BudgetPlan
from cerebro_mmm.blocks.posterior import Posterior
from cerebro_mmm.blocks.preprocessing import Prepared
from cerebro_mmm.blocks.priors import Prior, frozen_prior, prior_arguments
from cerebro_mmm.blocks.response import steady_response

CURVE_POINTS = 61


def posterior_tables(prepared: Prepared, fit: Fit, level: float) -> dict[str, ResultTable]:
    """The weekly decomposition, the response curves, the parameters and the priors."""
    tables = {
        "weekly_decomposition": decomposition_table(prepared, fit.posterior, level),
        "response_curves": curves_table(prepared, fit.posterior, level),
        "parameters": parameter_table(fit, level),
        "priors": prior_table(fit),
    }
    if len(prepared.regions) > 1:
        tables["regions"] = region_table(prepared, fit.posterior, level)
    if len(fit.models) > 1:
        tables["forms"] = form_table(fit)
    return tables


def region_table(prepared: Prepared, posterior: Posterior, level: float) -> ResultTable:
    """What each channel returned in each region."""
    money = prepared.row_spend.reshape((len(prepared.channels), len(prepared.regions), -1)).sum(axis=2)
    sold = prepared.row_outcome.reshape((len(prepared.regions), -1)).sum(axis=1)
    cuts = ((1 - level) / 2, (1 + level) / 2)
    rows = []
    for g, region in enumerate(prepared.regions):
        for c, channel in enumerate(prepared.channels):
            one = posterior.by_region[:, c, g]
            low, high = (float(end) for end in np.quantile(one, cuts))
            spent = float(money[c, g])
            returned = float(one.mean()) * prepared.worth / spent if spent > 0 else None
            rows.append((region, channel, spent, float(one.mean()), low, high, float(one.mean() / sold[g]), returned))
    columns = ("region", "channel", "spend", "contribution", "low", "high", "share_of_outcome", "roas")
    caption = f"Posterior means with {level:.0%} credible intervals; regions are partially pooled."
    return ResultTable(columns, tuple(rows), "Regions", caption)


def form_table(fit: Fit) -> ResultTable:
    """The forms that were fitted, how they were fitted and what they weigh."""
    rows = tuple(
        (model.problem.form.name, float(weight), draws.log_evidence, draws.method, draws.pareto_k)
        for model, draws, weight in zip(fit.models, fit.draws, fit.weights, strict=True)
    )
    caption = (
        "Carry-over and saturation of each form. The weight is its share in the answer: that mixture of the forms "
        "foretells left-out rows best (stacking). The log evidence is the log marginal likelihood."
    )
    return ResultTable(("form", "weight", "log_evidence", "inference", "pareto_k"), rows, "Forms", caption)


def decomposition_table(prepared: Prepared, posterior: Posterior, level: float) -> ResultTable:
    """What the baseline and each channel gave in each row."""
    expected = posterior.expected
    low, high = np.quantile(expected, ((1 - level) / 2, (1 + level) / 2), axis=0)
    parts = posterior.contributions.mean(axis=0)
    columns = ("date", "outcome", "expected", "expected_low", "expected_high", "baseline", *prepared.channels)
    numbers = np.column_stack(
        [prepared.outcome, expected.mean(axis=0), low, high, posterior.baseline.mean(axis=0), *parts]
    )
    rows = tuple((str(day), *map(float, line)) for day, line in zip(prepared.dates, numbers, strict=True))
    return ResultTable(
        columns, rows, f"Decomposition by {prepared.period}", "Posterior means; expected is baseline plus channels."
    )


def curve_grid(prepared: Prepared) -> np.ndarray:
    """Spend a row at which the response curves are shown, shape (channels, points)."""
    return np.asarray(np.linspace(0.0, 1.5, CURVE_POINTS) * prepared.spend.max(axis=1)[:, None])


def curves_table(prepared: Prepared, posterior: Posterior, level: float) -> ResultTable:
    """The response curves with their intervals."""
    grid = curve_grid(prepared)
    values = steady_response(prepared, posterior, grid)
    low, high = np.quantile(values, ((1 - level) / 2, (1 + level) / 2), axis=0)
    most = prepared.spend.max(axis=1)
    rows = tuple(
        (
            channel,
            float(grid[c, p]),
            float(values[:, c, p].mean()),
            float(low[c, p]),
            float(high[c, p]),
            bool(grid[c, p] > most[c]),
        )
        for c, channel in enumerate(prepared.channels)
        for p in range(CURVE_POINTS)
    )
    columns = ("channel", "spend_per_row", "outcome_per_row", "low", "high", "extrapolated")
    return ResultTable(
        columns,
        rows,
        "Response curves",
        f"Outcome a {prepared.period} at a constant spend, once carry-over has settled.",
    )


def parameter_table(fit: Fit, level: float) -> ResultTable:
    """Mean, sd, interval, R-hat and effective sample size of every parameter of the form that weighs most."""
    problem, draws, posterior = fit.problem, fit.best, fit.posterior
    rows = []
    cuts = ((1 - level) / 2, (1 + level) / 2)
    for name, values in draws.samples.items():
        flat = values.reshape((-1, values.shape[-1]))
        for index, member in enumerate(problem.members[name]):
            one = flat[:, index]
            rhat = float(draws.rhat[name][index]) if name in draws.rhat else None
            ess = float(draws.ess[name][index]) if name in draws.ess else None
            rows.append(
                (name, member, float(one.mean()), float(one.std()), *map(float, np.quantile(one, cuts)), rhat, ess)
            )
    for index, member in enumerate(problem.prepared.names):
        one = posterior.coefficients[:, index]
        group = problem.prepared.groups[index]
        rows.append(
            (group, member, float(one.mean()), float(one.std()), *map(float, np.quantile(one, cuts)), None, None)
        )
    columns = ("parameter", "of", "mean", "sd", "low", "high", "rhat", "ess")
    caption = (
        "Effects, noise and baseline coefficients are in mean outcomes. Baseline coefficients are drawn exactly "
        "given the rest, so they have no R-hat of their own."
    )
    return ResultTable(columns, tuple(rows), "Parameters", caption)


def prior_table(fit: Fit) -> ResultTable:
    """Every prior of the form that weighs most, with the central 90% that it allows."""
    problem = fit.problem
    prepared = problem.prepared
    rows = []
    for name, prior in problem.priors.items():
        low, high = frozen_prior(prior).ppf(0.05), frozen_prior(prior).ppf(0.95)
        for index, member in enumerate(problem.members[name]):
            rows.append((name, member, prior_text(prior, index), float(low[index]), float(high[index]), prior.meaning))
    for name, group, mean, sd in zip(
        prepared.names, prepared.groups, prepared.prior_mean, prepared.prior_sd, strict=True
    ):
        meaning = (
            "outcome without media at average controls" if group == "intercept" else "effect of one standard deviation"
        )
        meaning = "effect of the event" if group == "event" else meaning
        rows.append(
            (group, name, f"normal(loc={mean:.3g}, scale={sd:.3g})", mean - 1.645 * sd, mean + 1.645 * sd, meaning)
        )
    columns = ("parameter", "of", "prior", "low", "high", "meaning")
    caption = (
        "In mean outcomes and typical spends; low and high hold 90%. "
        'Change one in the YAML: priors: {"retention[tv].alpha": 3}.'
    )
    return ResultTable(columns, tuple(rows), "Priors", caption)


def prior_text(prior: Prior, index: int) -> str:
    """Such as `beta(alpha=2, beta=2)`."""
    arguments = zip(prior_arguments(prior.family), prior.values, strict=True)
    return f"{prior.family}({', '.join(f'{name}={float(values[index]):.3g}' for name, values in arguments)})"


def budget_table(plan: BudgetPlan, channels: tuple[str, ...], period: str, level: float) -> ResultTable:
    """The current and the recommended split with bounds and expected outcome."""
    bounds = plan.bounds
    cuts = ((1 - level) / 2, (1 + level) / 2)
    rows: list[tuple[object, ...]] = []
    for index, channel in enumerate(channels):
        change = plan.then[:, index] - plan.now[:, index]
        rows.append(
            (
                channel,
                float(bounds.current[index]),
                float(plan.spend[index]),
                float(bounds.low[index]),
                float(bounds.high[index]),
                float(plan.now[:, index].mean()),
                float(plan.then[:, index].mean()),
                *map(float, np.quantile(change, cuts)),
            )
        )
    rows.append(
        (
            "total",
            bounds.total,
            float(plan.spend.sum()),
            None,
            None,
            float(plan.now.sum(axis=1).mean()),
            float(plan.then.sum(axis=1).mean()),
            *map(float, np.quantile(plan.gain, cuts)),
        )
    )
    columns = (
        "channel",
        "current",
        "recommended",
        "least",
        "most",
        "outcome_current",
        "outcome_recommended",
        "gain_low",
        "gain_high",
    )
    loses = percent(float((plan.gain < 0).mean()))
    caption = (
        f"Spend over {bounds.horizon} {period}s, spread evenly, once carry-over has settled. Current is the budget "
        f"split as in the last {bounds.horizon} {period}s. Chance that the recommended split sells less: {loses}."
    )
    return ResultTable(columns, tuple(rows), "Budget", caption)
