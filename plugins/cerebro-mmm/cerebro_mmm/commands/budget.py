"""`cerebro budget`: a budget split anew, from the saved posterior of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cerebro_mmm.commands.runs import FinishedRun, command_line, fit_check, hand_over, method_facts, read_fit, read_run

if TYPE_CHECKING:
    from cerebro_core.blocks.result import Estimate, Result, RunDecision
    from cerebro_mmm.blocks.optimization import BudgetPlan
    from cerebro_mmm.restored import Restored

RUN = typer.Argument(help="Folder of a finished `cerebro mmm` run.", metavar="RUN_FOLDER", show_default=False)


def budget(
    run_folder: Annotated[Path, RUN],
    total: Annotated[
        float | None, typer.Option(help="Money to spend over the horizon; default: as in the run.")
    ] = None,
    bounds: Annotated[
        list[str] | None,
        typer.Option(
            help="Least and most of a channel, in multiples of what it spent in the last rows of the horizon, such as "
            "tv=0.8:1.2; repeat it."
        ),
    ] = None,
    fixed: Annotated[
        list[str] | None, typer.Option(help="Channel whose spend stays what it recently was; repeat it.")
    ] = None,
    groups: Annotated[
        list[str] | None,
        typer.Option(help="Least and most of several channels together, in money: search+social=0:500000; repeat it."),
    ] = None,
    horizon: Annotated[int | None, typer.Option(help="Rows over which it is spent; default: as in the run.")] = None,
    risk_aversion: Annotated[
        float | None,
        typer.Option(help="0 plans for the mean, 1 for that of the worst fifth; default: as in the run."),
    ] = None,
    change: Annotated[
        float | None,
        typer.Option(help="Largest change of a channel without bounds, as a share; default: as in the run."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the answer; default: beside the run.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout.")] = False,
) -> None:
    """Split a budget anew with a fitted marketing mix model, without fitting again."""
    started = perf_counter()
    check_numbers(total, horizon, risk_aversion, change)
    run = read_run(run_folder)
    channels = list(run.spec["channels"])
    multiples = read_bounds(bounds or (), channels)
    together = read_groups(groups or (), channels)
    for name in fixed or ():
        check_channel("--fixed", name, channels)

    from cerebro_core.answers import check_answer_folder
    from cerebro_core.blocks.result import Refused
    from cerebro_core.errors import SpecError

    place = out or run.beside("budget")
    check_answer_folder(place, run_folder)
    restored = read_fit(run)
    given: dict[str, Any] = {
        "budget": total,
        "budget_horizon": horizon,
        "risk_aversion": risk_aversion,
        "budget_change": change,
    }
    given |= {"budget_fixed": fixed, "budget_groups": together or None}
    settings, decisions = budget_settings(run, restored, given, multiples)
    try:
        plan = replan(restored, settings, int(run.spec["seed"]))
    except Refused as error:
        raise SpecError(in_flags(str(error))) from None
    flags: dict[str, Any] = {
        "--total": total,
        "--bounds": bounds,
        "--fixed": fixed,
        "--groups": groups,
        "--horizon": horizon,
    }
    flags |= {"--risk-aversion": risk_aversion, "--change": change, "--out": out}
    summary = "Splits a budget over the channels by the saved posterior of a fitted model."
    hand_over(
        budget_result(run, restored, plan, decisions),
        run,
        out=place,
        spec={**run.spec, **settings},
        method=method_facts(run, "Budget from a fitted marketing mix model", summary),
        data=run.result.data.model_dump(mode="json"),
        command=command_line("budget", run_folder, flags),
        seconds=perf_counter() - started,
        as_json=as_json,
    )


def check_numbers(total: float | None, horizon: int | None, risk: float | None, change: float | None) -> None:
    """Refuse numbers that no budget can have.

    Raises:
        SpecError: naming the flag.
    """
    from cerebro_core.errors import SpecError

    if total is not None and not 0 < total < float("inf"):
        raise SpecError(f"--total: {total:g} is not above 0; give an amount of money, such as 1e6")
    if horizon is not None and not 1 <= horizon <= 10_000:
        raise SpecError(f"--horizon: {horizon} is not from 1 to 10000; give a number of rows, such as 13")
    if risk is not None and not 0 <= risk <= 1:
        raise SpecError(f"--risk-aversion: {risk:g} is not from 0 to 1")
    if change is not None and not 0 < change < float("inf"):
        raise SpecError(f"--change: {change:g} is not above 0; 0.5 lets each channel change by half")


def check_channel(flag: str, name: str, channels: Sequence[str]) -> None:
    """Refuse a name that is no channel.

    Raises:
        SpecError: with the nearest.
    """
    from cerebro_core.blocks.display import display
    from cerebro_core.errors import SpecError
    from cerebro_core.suggest import listing, nearest

    if name not in channels:
        raise SpecError(
            f"{flag}: no channel '{display(name)}' in this run{nearest(name, channels)} (there are {listing(channels)})"
        )


def read_bounds(texts: Sequence[str], channels: Sequence[str]) -> dict[str, tuple[float | None, float | None]]:
    """`tv=0.8:1.2` as channel -> (least, most) in multiples; either may be left out.

    Raises:
        SpecError: an unknown channel, or no two numbers in order.
    """
    found = {}
    for text in texts:
        name, _, ends = text.rpartition("=")
        check_channel("--bounds", name, channels)
        found[name] = read_ends("--bounds", text, ends, "tv=0.8:1.2")
    return found


def read_groups(texts: Sequence[str], channels: Sequence[str]) -> dict[str, str]:
    """`search+social=0:500000` as members -> ends, as the spec's `budget_groups` has them.

    Raises:
        SpecError: an unknown channel, or no two amounts in order.
    """
    found = {}
    for text in texts:
        name, _, ends = text.rpartition("=")
        for member in name.split("+"):
            check_channel("--groups", member, channels)
        read_ends("--groups", text, ends, "search+social=0:500000")
        found[name] = ends
    return found


def read_ends(flag: str, text: str, ends: str, example: str) -> tuple[float | None, float | None]:
    """`LEAST:MOST` as numbers.

    Raises:
        SpecError: where it is something else.
    """
    from cerebro_core.blocks.display import display
    from cerebro_core.errors import SpecError

    least, colon, most = ends.partition(":")
    try:
        low, high = float(least) if least else None, float(most) if most else None
    except ValueError:
        low, high, colon = None, None, ""
    fine = bool(colon) and 0 <= (low or 0.0) <= (float("inf") if high is None else high)
    if not fine or (low is None and high is None):
        raise SpecError(f"{flag}: '{display(text)}' is not NAME=LEAST:MOST with 0 or more, such as {example}")
    return low, high


def budget_settings(
    run: FinishedRun,
    restored: Restored,
    given: Mapping[str, Any],
    multiples: Mapping[str, tuple[float | None, float | None]],
) -> tuple[dict[str, Any], tuple[RunDecision, ...]]:
    """The settings of the budget: the flags, and where there is none those of the run, with a reason for each.

    Amounts of the run are for its own horizon; for another one they are scaled to it.
    """
    from cerebro_core.blocks.result import RunDecision
    from cerebro_mmm.blocks.optimization import recent_spend

    names = ("budget", "budget_horizon", "budget_change", "budget_fixed", "budget_groups", "risk_aversion")
    settings: dict[str, Any] = {name: run.spec[name] for name in (*names, "budget_min", "budget_max")}
    scale = (given["budget_horizon"] or settings["budget_horizon"]) / settings["budget_horizon"]
    if scale != 1.0:
        settings = scaled_amounts(settings, scale)
    decisions = []
    for name in names:
        if given[name] is not None:
            settings[name] = given[name]
        reason = "Asked for." if given[name] is not None else "As in the run."
        if given[name] is None and scale != 1.0 and name in ("budget", "budget_groups") and settings[name]:
            reason = f"As in the run, times {scale:g} for the other horizon."
        decisions.append(RunDecision(name, settings[name], reason, "optimization"))
    recent = dict(
        zip(restored.prepared.channels, recent_spend(restored.prepared, settings["budget_horizon"]), strict=True)
    )
    least, most = dict(settings["budget_min"]), dict(settings["budget_max"])
    for name, (low, high) in multiples.items():
        for ends, multiple in ((least, low), (most, high)):
            ends.pop(name, None)
            if multiple is not None:
                ends[name] = float(multiple * recent[name])
        reason = f"Asked for, in multiples of the {recent[name]:,.0f} of the last {settings['budget_horizon']} rows."
        decisions.append(RunDecision(f"bounds of {name}", f"{low}:{high}", reason, "optimization"))
    settings |= {"budget_min": least, "budget_max": most}
    return settings, tuple(decisions)


def scaled_amounts(settings: Mapping[str, Any], scale: float) -> dict[str, Any]:
    """The settings with every amount of money times `scale`."""

    def scaled_ends(ends: str) -> str:
        return ":".join(f"{float(end) * scale!r}" if end else "" for end in ends.split(":"))

    changed = dict(settings)
    changed["budget"] = None if settings["budget"] is None else settings["budget"] * scale
    for field in ("budget_min", "budget_max"):
        changed[field] = {name: amount * scale for name, amount in settings[field].items()}
    changed["budget_groups"] = {name: scaled_ends(ends) for name, ends in settings["budget_groups"].items()}
    return changed


def in_flags(message: str) -> str:
    """A message of the block in the words of this command's flags."""
    for field, flag in (
        ("budget_groups", "--groups"),
        ("budget_min", "--bounds"),
        ("budget_max", "--bounds"),
        ("budget_change", "--change"),
        ("Raise budget,", "Raise --total,"),
        ("Lower budget,", "Lower --total,"),
    ):
        message = message.replace(field, flag)
    return message


def replan(restored: Restored, settings: Mapping[str, Any], seed: int) -> BudgetPlan:
    """The best split under these settings, by the block that the run used.

    Raises:
        Refused: bounds that no split can meet.
    """
    from cerebro_mmm.blocks.optimization import budget_bounds, plan_budget

    limits = {name: value for name, value in settings.items() if name.startswith("budget")}
    bounds = budget_bounds(restored.prepared, **limits)
    return plan_budget(restored.prepared, restored.posterior, bounds, seed, settings["risk_aversion"])


def budget_result(run: FinishedRun, restored: Restored, plan: BudgetPlan, decisions: tuple[RunDecision, ...]) -> Result:
    """The answer: the gain, the chance of a loss, and what each channel gets."""
    from cerebro_core.blocks.display import display
    from cerebro_core.blocks.result import Result
    from cerebro_mmm.blocks.tables import budget_table
    from cerebro_mmm.blocks.visualization import budget_chart, response_chart

    prepared, level, outcome = restored.prepared, float(run.spec["ci_level"]), str(run.spec["outcome"])
    money = display(run.spec["currency"], 12) or "money"
    return Result(
        answer=budget_answer(restored, plan, outcome, money),
        estimates=plan_estimates(restored, plan, level, outcome, money),
        diagnostics=(fit_check(run), range_check(restored, plan)),
        tables={"budget": budget_table(plan, prepared.channels, prepared.period, level)},
        charts=(
            budget_chart(prepared, plan, level, outcome, money),
            response_chart(prepared, restored.posterior, level, outcome, money),
        ),
        rows_used=len(prepared.row_outcome),
        decisions=decisions,
    )


def budget_answer(restored: Restored, plan: BudgetPlan, outcome: str, money: str) -> str:
    """The answer in words."""
    from cerebro_core.blocks.display import display
    from cerebro_mmm.blocks.estimates import percent

    bounds, period = plan.bounds, restored.prepared.period
    head = f"{bounds.total:,.0f} {money} over {bounds.horizon} {period}s: "
    gain, base = float(plan.gain.mean()), float(plan.now.sum(axis=1).mean())
    if gain <= 0.005 * base:
        return head + (
            "no split within the bounds is expected to sell noticeably more than the current one; keep the current "
            "shares."
        )
    moved = plan.spend - bounds.current
    order = [int(index) for index in moved.argsort()]
    named = [
        f"{display(restored.prepared.channels[i])} {moved[i] / bounds.current[i]:+.0%}"
        for i in order[::-1]
        if bounds.current[i] > 0 and abs(moved[i]) >= 0.01 * bounds.current[i]
    ]
    return head + (
        f"the recommended split should raise what media sell by {percent(gain / base)} "
        f"({gain:,.0f} {display(outcome)}; chance that it lowers it: {percent(float((plan.gain < 0).mean()))}). "
        f"Against the current shares: {', '.join(named)}."
    )


def plan_estimates(
    restored: Restored, plan: BudgetPlan, level: float, outcome: str, money: str
) -> tuple[Estimate, ...]:
    """The gain, the chance that it is below zero, and the spends."""
    from cerebro_core.blocks.display import display
    from cerebro_core.blocks.result import Estimate
    from cerebro_mmm.blocks.estimates import budget_estimates

    period, channels = restored.prepared.period, restored.prepared.channels
    found = list(budget_estimates(plan, period, level, outcome))
    found.append(
        Estimate(
            "p_gain_below_zero",
            float((plan.gain < 0).mean()),
            label="Chance that the recommended split sells less",
            unit="probability",
            outcome=outcome,
        )
    )
    for index, channel in enumerate(channels):
        for name, label, amounts in (
            ("recommended_spend", "Recommended spend", plan.spend),
            ("current_spend", "Current spend", plan.bounds.current),
        ):
            shown = f"{label} in {plan.bounds.horizon} {period}s, {display(channel)}"
            found.append(Estimate(name, float(amounts[index]), label=shown, unit=money, group=channel))
    return tuple(found)


def range_check(restored: Restored, plan: BudgetPlan) -> Any:
    """Does the plan stay within spends that the rows have seen?"""
    import numpy as np

    from cerebro_core.blocks.display import display
    from cerebro_core.blocks.result import Diagnostic

    most = restored.prepared.spend.max(axis=1)
    ratio = plan.spend / plan.bounds.horizon / most
    beyond = [display(restored.prepared.channels[index]) for index in np.flatnonzero(ratio > 1.0)]
    message = "No channel gets more a row than it ever had."
    if beyond:
        message = (
            f"The plan gives {', '.join(beyond)} more a row than any row of the table had: what that sells is "
            "extrapolated. Lower --bounds, or approach it in steps."
        )
    return Diagnostic("spend_range", "warn" if beyond else "pass", message, float(ratio.max()), 1.0)
