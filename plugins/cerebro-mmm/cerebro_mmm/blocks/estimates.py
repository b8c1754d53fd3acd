"""What is reported: estimates, and the answer in words."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from cerebro_core.blocks.display import display
from cerebro_core.blocks.report_numbers import estimate_text, interval_text
from cerebro_core.blocks.result import Estimate
from cerebro_mmm.blocks.optimization import BudgetPlan
from cerebro_mmm.blocks.posterior import Posterior
from cerebro_mmm.blocks.preprocessing import Prepared


def estimate_of(
    name: str, draws: np.ndarray, level: float, *, label: str, unit: str, outcome: str, group: str | None = None
) -> Estimate:
    """The posterior mean of a quantity with its equal-tailed credible interval."""
    low, high = np.quantile(draws, ((1 - level) / 2, (1 + level) / 2))
    return Estimate(
        name=name,
        value=float(draws.mean()),
        label=label,
        std_error=float(draws.std(ddof=1)),
        ci_low=float(low),
        ci_high=float(high),
        ci_level=level,
        interval="credible",
        unit=unit,
        outcome=outcome,
        group=group,
    )


def media_estimates(
    prepared: Prepared, posterior: Posterior, level: float, *, outcome: str, currency: str
) -> tuple[Estimate, ...]:
    """Shares, contributions and returns: first that of all media, then of each channel, then the baseline."""
    sold = float(prepared.outcome.sum())
    parts = posterior.contributions.sum(axis=2)
    total = parts.sum(axis=1)
    money = prepared.spend.sum(axis=1)
    more = revenue_at(prepared, posterior, 1.01)
    paid_in = display(currency, 12) if currency else "unit"
    valued = bool((prepared.row_worth != 1.0).any())
    spent = f"{'revenue' if valued else display(outcome)} per 1 {paid_in} spent"
    shown, whole = display(outcome), f" in {len(prepared.outcome)} {prepared.period}s"
    found = [
        estimate_of(
            "total_media_share",
            total / sold,
            level,
            label=f"Share of {shown} that media caused",
            unit="share of outcome",
            outcome=outcome,
        ),
        estimate_of(
            "total_media", total, level, label=f"{shown} that media caused{whole}", unit=shown, outcome=outcome
        ),
        estimate_of(
            "baseline",
            posterior.baseline.sum(axis=1),
            level,
            label=f"{shown} without any media{whole}",
            unit=shown,
            outcome=outcome,
        ),
    ]
    for index, channel in enumerate(prepared.channels):
        name, part, paid = display(channel), parts[:, index], money[index]
        earned = posterior.revenue[:, index]
        step = (more[:, index] - earned) / (0.01 * paid)
        for key, draws, label, unit in (
            ("contribution", part, f"Contribution to {shown}{whole}, {name}", shown),
            ("contribution_share", part / sold, f"Share of {shown}, {name}", "share of outcome"),
            ("roas", earned / paid, f"Return on ad spend, {name}", spent),
            ("mroas", step, f"Return on the next 1% of spend, {name}", spent),
        ):
            found.append(estimate_of(key, draws, level, label=label, unit=unit, outcome=outcome, group=channel))
    return tuple(found)


def revenue_at(prepared: Prepared, posterior: Posterior, factor: float) -> np.ndarray:
    """What the channels would have earned, in money, had each been shown `factor` times as much, (draws, channels)."""
    exposure = prepared.exposure * (factor + (1.0 - factor) * prepared.by_reach)
    reached = prepared.reached * (1.0 + (factor - 1.0) * prepared.by_reach)
    weights = prepared.row_scale * prepared.row_worth
    return posterior.of_parts(lambda part: part.effects(exposure, reached, prepared.window) @ weights)


def budget_estimates(plan: BudgetPlan, period: str, level: float, outcome: str) -> tuple[Estimate, ...]:
    """What the recommended split gains over the current one."""
    label = f"{display(outcome)} gained in {plan.bounds.horizon} {period}s by the recommended split of the same budget"
    return (estimate_of("budget_gain", plan.gain, level, label=label, unit=display(outcome), outcome=outcome),)


def answer_in_words(
    prepared: Prepared,
    posterior: Posterior,
    estimates: tuple[Estimate, ...],
    plan: BudgetPlan,
    outcome: str,
    level: float,
    failed: list[str],
    doubtful: list[str],
) -> str:
    """The answer for a board: how much media sold, which channel pays best and how sure that is."""
    share = asdict(estimates[0])
    text = (
        f"Media caused about {estimate_text(share)} of {display(outcome)} "
        f"({level:.0%} interval {interval_text(share)})."
    )
    roas = [entry for entry in estimates if entry.name == "roas"]
    if len(roas) > 1:
        returns = posterior.revenue / prepared.spend.sum(axis=1)
        chance = np.bincount(returns.argmax(axis=1), minlength=len(roas)) / len(returns)
        first = int(chance.argmax())
        best, sure = asdict(roas[first]), float(chance[first])
        text += (
            f" Per unit spent, {display(best['group'])} most likely returned most: {estimate_text(best)} "
            f"({interval_text(best)}); the chance that it is the best is {percent(sure)}"
        )
        text += ", so the order of the channels is not settled." if sure < 0.8 else "."
    loss = float((plan.gain < 0).mean())
    gain = float(plan.gain.mean())
    base = float(plan.now.sum(axis=1).mean())
    if gain > 0.005 * base:
        text += (
            f" The recommended split of the same budget should raise what media sell by {percent(gain / base)} "
            f"(chance that it lowers it: {percent(loss)})."
        )
    else:
        text += (
            " No split of the same budget within the bounds is expected to sell noticeably more than the current one."
        )
    if doubtful:
        names = "all channels" if len(doubtful) == len(prepared.channels) else ", ".join(map(display, doubtful))
        text += (
            f" Spend on {names} may follow demand, which would make these returns too high: test before betting on it."
        )
    if failed:
        text = f"Not to be relied on yet ({', '.join(failed)} failed). " + text
    return text


def percent(value: float) -> str:
    """`0.123` as `12%`, with one digit where it is small."""
    if 0 <= value < 0.001:
        return "under 0.1%"
    return f"{100 * value:.1f}%" if abs(value) < 0.0995 else f"{100 * value:.0f}%"
