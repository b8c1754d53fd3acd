"""`cerebro forecast`: what a media plan should sell, from the saved posterior of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cerebro_mmm.commands.runs import FinishedRun, command_line, fit_check, hand_over, method_facts, read_fit, read_run

if TYPE_CHECKING:
    import numpy as np

    from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, Result, ResultTable
    from cerebro_mmm.blocks.posterior import Posterior
    from cerebro_mmm.blocks.preprocessing import Prepared
    from cerebro_mmm.commands.plans import Plan

RUN = typer.Argument(help="Folder of a finished `cerebro mmm` run.", metavar="RUN_FOLDER", show_default=False)
PLAN = typer.Argument(
    help="Table with the dates that follow, the spend of every channel and, if you know them, controls and events.",
    metavar="PLAN",
    show_default=False,
)


@dataclass(frozen=True)
class Forecast:
    """What a plan should sell.

    Attributes:
        baseline: outcome without media, shape (draws, periods).
        contributions: what each channel adds, carry-over of earlier spend included, shape (draws, channels, periods).
        outcome: the posterior predictive, noise included, shape (draws, periods).
        earned: money that the plan's own spend earns, also after its end, shape (draws, channels).
    """

    baseline: np.ndarray
    contributions: np.ndarray
    outcome: np.ndarray
    earned: np.ndarray


def forecast(
    run_folder: Annotated[Path, RUN],
    plan: Annotated[Path, PLAN],
    out: Annotated[Path | None, typer.Option(help="Folder of the answer; default: beside the run.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout.")] = False,
) -> None:
    """What a media plan should sell, by a fitted marketing mix model."""
    started = perf_counter()
    run = read_run(run_folder)

    from cerebro_core.answers import check_answer_folder
    from cerebro_core.blocks.display import display
    from cerebro_core.blocks.result import Refused
    from cerebro_core.blocks.source import SourceError, file_sha256, open_source
    from cerebro_core.errors import SpecError, TableError

    place = out or run.beside("forecast")
    check_answer_folder(place, run_folder)
    restored = read_fit(run)

    from cerebro_mmm.commands.plans import read_plan

    if not plan.is_file():
        raise TableError(f"no file {display(plan, 400)}; name a table with the plan")
    try:
        with open_source(str(plan)) as source:
            rows = read_plan(source, run.spec, restored.prepared)
            data = {"source": str(plan), "rows": source.rows, "sha256": file_sha256(str(plan), 2**28)}
    except SourceError as error:
        raise TableError(str(error)) from None
    except (Refused, SpecError) as error:
        raise SpecError(f"{display(plan, 400)}: {error}") from None
    found = foretell(restored.prepared, restored.posterior, rows, run.result.seed)
    summary = "Foretells the outcome under a media plan by the saved posterior of a fitted model."
    hand_over(
        forecast_result(run, restored.prepared, rows, found),
        run,
        out=place,
        spec=run.spec,
        method=method_facts(run, "Forecast from a fitted marketing mix model", summary),
        data=data,
        command=command_line("forecast", run_folder, {"plan": plan, "--out": out}),
        seconds=perf_counter() - started,
        as_json=as_json,
    )


def foretell(prepared: Prepared, posterior: Posterior, plan: Plan, seed: int) -> Forecast:
    """The posterior predictive of the plan's rows.

    What the plan's own spend earns is the effect with it less the effect without it, from its first row until its
    carry-over has ended.
    """
    import numpy as np

    regions, periods = len(prepared.regions), len(plan.dates)

    def together(rows: np.ndarray) -> np.ndarray:
        return np.asarray(rows.reshape((*rows.shape[:-1], regions, periods)).sum(axis=-2))

    def sold(one: Plan) -> np.ndarray:
        return posterior.of_parts(lambda part: part.effects(one.exposure, one.reached, one.window))

    contributions = together(sold(plan) * plan.scale)
    baseline = together(posterior.coefficients @ plan.design.T * plan.scale)
    lags = plan.window.shape[1] - 1
    money = (plan.scale * plan.worth).reshape((regions, periods))
    longer = np.concatenate([money, np.repeat(money[:, -1:], lags, axis=1)], axis=1).reshape(-1)
    with_plan, without = (sold(plan.followed_by_nothing(prepared, on)) for on in (True, False))
    noise = np.random.default_rng(seed).standard_normal(baseline.shape) * posterior.noise[:, None]
    return Forecast(
        baseline, contributions, baseline + contributions.sum(axis=1) + noise, (with_plan - without) @ longer
    )


def forecast_result(run: FinishedRun, prepared: Prepared, plan: Plan, found: Forecast) -> Result:
    """The answer: what the plan should sell, split over baseline and channels."""
    from cerebro_core.blocks.display import display
    from cerebro_core.blocks.report_numbers import estimate_text, interval_text
    from cerebro_core.blocks.result import Result

    level, outcome = float(run.spec["ci_level"]), str(run.spec["outcome"])
    estimates = forecast_estimates(run, prepared, plan, found, level)
    total = vars(estimates[0])
    spent = float(plan.spend.sum())
    answer = (
        f"In the {len(plan.dates)} {prepared.period}s from {plan.dates[0]} the plan should bring "
        f"{estimate_text(total)} {display(outcome)} ({level:.0%} interval {interval_text(total)})"
    )
    if spent > 0:
        back = next(vars(item) for item in estimates if item.name == "plan_roas" and item.group is None)
        answer += (
            f"; the {spent:,.0f} spent return {estimate_text(back)} per unit ({interval_text(back)}), what they still "
            "sell after the plan included"
        )
    return Result(
        answer=answer + ".",
        estimates=estimates,
        diagnostics=(fit_check(run), spend_check(prepared, plan)),
        tables={"forecast": forecast_table(prepared, plan, found, level)},
        charts=(forecast_chart(prepared, plan, found, level, outcome),),
        rows_used=len(plan.dates) * len(prepared.regions),
        decisions=plan.decisions,
    )


def forecast_estimates(
    run: FinishedRun, prepared: Prepared, plan: Plan, found: Forecast, level: float
) -> tuple[Estimate, ...]:
    """Totals over the plan, and returns on its spend."""
    from cerebro_core.blocks.display import display
    from cerebro_mmm.blocks.estimates import estimate_of

    outcome = str(run.spec["outcome"])
    shown, whole = display(outcome), f" in {len(plan.dates)} {prepared.period}s"
    common: dict[str, Any] = {"outcome": outcome, "unit": shown}
    estimates = [
        estimate_of("forecast_total", found.outcome.sum(axis=1), level, label=f"{shown}{whole}", **common),
        estimate_of(
            "forecast_baseline", found.baseline.sum(axis=1), level, label=f"{shown} without media{whole}", **common
        ),
        estimate_of(
            "forecast_media",
            found.contributions.sum(axis=(1, 2)),
            level,
            label=f"{shown} by media{whole}, earlier spend included",
            **common,
        ),
    ]
    money, spent = plan.spend.sum(axis=1), float(plan.spend.sum())
    common["unit"] = f"money per 1 {display(run.spec['currency'], 12) or 'unit'} spent"
    if spent > 0:
        returned = found.earned.sum(axis=1) / spent
        estimates.append(estimate_of("plan_roas", returned, level, label="Return on the plan's spend", **common))
    for index, name in enumerate(prepared.channels):
        parts = found.contributions[:, index].sum(axis=1)
        told = {"label": f"{shown} by {display(name)}{whole}", "outcome": outcome, "unit": shown, "group": name}
        estimates.append(estimate_of("forecast_contribution", parts, level, **told))
        if money[index] > 0:
            told = {**common, "label": f"Return on the plan's spend, {display(name)}", "group": name}
            estimates.append(estimate_of("plan_roas", found.earned[:, index] / money[index], level, **told))
    return tuple(estimates)


def forecast_table(prepared: Prepared, plan: Plan, found: Forecast, level: float) -> ResultTable:
    """The forecast by period."""
    import numpy as np

    from cerebro_core.blocks.result import ResultTable

    low, high = np.quantile(found.outcome, ((1 - level) / 2, (1 + level) / 2), axis=0)
    expected = (found.baseline + found.contributions.sum(axis=1)).mean(axis=0)
    numbers = np.column_stack([expected, low, high, found.baseline.mean(axis=0), *found.contributions.mean(axis=0)])
    rows = tuple((str(day), *map(float, line)) for day, line in zip(plan.dates, numbers, strict=True))
    caption = (
        f"Posterior means; low and high are the {level:.0%} interval of what will be observed. Channels include the "
        "carry-over of spend before the plan."
    )
    return ResultTable(
        ("date", "expected", "low", "high", "baseline", *prepared.channels),
        rows,
        f"Forecast by {prepared.period}",
        caption,
    )


def spend_check(prepared: Prepared, plan: Plan) -> Diagnostic:
    """Does the plan stay within spends that the rows have seen?"""
    import numpy as np

    from cerebro_core.blocks.display import display
    from cerebro_core.blocks.result import Diagnostic

    ratio = plan.spend.max(axis=1) / prepared.row_spend.max(axis=1)
    beyond = [display(prepared.channels[index]) for index in np.flatnonzero(ratio > 1.0)]
    message = "No channel gets more in a row than it ever had."
    if beyond:
        message = f"The plan gives {', '.join(beyond)} more in a row than any row of the table had: it is extrapolated."
    return Diagnostic("spend_range", "warn" if beyond else "pass", message, float(ratio.max()), 1.0)


def forecast_chart(prepared: Prepared, plan: Plan, found: Forecast, level: float, outcome: str) -> Chart:
    """The last year, and what is to come."""
    import numpy as np

    from cerebro_core.blocks.display import display
    from cerebro_core.blocks.result import Chart
    from cerebro_core.blocks.style import INK, PALETTE, label, legend_below, new_figure, tick_dates, tick_numbers

    low, high = np.quantile(found.outcome, ((1 - level) / 2, (1 + level) / 2), axis=0)
    figure = new_figure(8.0, 4.0)
    axes = figure.add_subplot()
    past = max(2 * len(plan.dates), 364 // prepared.recipe.step)
    seen = axes.plot(prepared.dates[-past:], prepared.outcome[-past:], color=INK, linewidth=1)[0]
    band = axes.fill_between(plan.dates, low, high, color=PALETTE[0], alpha=0.25, linewidth=0)
    expected = (found.baseline + found.contributions.sum(axis=1)).mean(axis=0)
    mean = axes.plot(plan.dates, expected, color=PALETTE[0], linewidth=1.6)[0]
    base = axes.plot(plan.dates, found.baseline.mean(axis=0), color=PALETTE[1], linewidth=1.2, linestyle="--")[0]
    tick_numbers(axes.yaxis)
    tick_dates(axes.xaxis)
    label(axes, title="What the plan should bring", y=display(outcome, 40))
    legend_below(figure, [seen, mean, band, base], ["observed", "expected", f"{level:.0%} interval", "without media"])
    return Chart("forecast", "Forecast", f"The band holds {level:.0%} of what may be observed.", figure)
