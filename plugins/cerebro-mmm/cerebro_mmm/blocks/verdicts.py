"""What the rows can say of each channel, what they cannot, and what would settle it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Diagnostic, ResultTable
from cerebro_mmm.blocks.demand import MOVES_TOGETHER, CommonMovement, correlations, lead_values
from cerebro_mmm.blocks.fitting import Fit
from cerebro_mmm.blocks.posterior import prior_contributions
from cerebro_mmm.blocks.preprocessing import Prepared

FOLLOWS_DEMAND = 3.0
LOADS = 0.3
WEAK_RATIO = 0.5
TOGETHER = 0.8
POWER_NORMAL = 2.8
LONGEST_TEST_DAYS = 182


@dataclass(frozen=True)
class Verdict:
    """What can be said of one channel.

    Attributes:
        channel: its name.
        verdict: "identified", "weakly identified" or "confounded with demand".
        learnt: posterior over prior standard deviation of its contribution.
        loading: correlation of its spend with the common movement of all channels.
        lead: t value of last period's outcome for its spend.
        partner: largest correlation of its spend with another channel's.
        why: in words.
        settle: what would settle it.
    """

    channel: str
    verdict: str
    learnt: float
    loading: float
    lead: float
    partner: float
    why: str
    settle: str


def judge_channels(
    prepared: Prepared, fit: Fit, movement: CommonMovement, tested: Sequence[int], rng: np.random.Generator
) -> tuple[Verdict, ...]:
    """A verdict for each channel.

    Args:
        prepared: the rows.
        fit: what was learnt from them.
        movement: what the channels' spends share.
        tested: numbers of the channels with a lift test; these are identified by it.
        rng: draws the priors.
    """
    priors = prior_contributions(fit.problem, rng).std(axis=0)
    learnt = fit.posterior.contributions.sum(axis=2).std(axis=0) / np.maximum(priors, 1e-300)
    leads = lead_values(prepared)
    pairs = np.abs(correlations(prepared.spend)) - 2.0 * np.eye(len(prepared.channels))
    found = []
    for index, name in enumerate(prepared.channels):
        partner, together = int(pairs[index].argmax()), float(pairs[index].max())
        demand = movement.z > MOVES_TOGETHER and movement.loading[index] > LOADS
        if index in tested:
            verdict, why = "identified", "An experiment measured it."
        elif demand or leads[index] > FOLLOWS_DEMAND:
            verdict = "confounded with demand"
            why = (
                "Its spend moves with that of the other channels beyond trend, season and controls; what moves all "
                "of them may be demand."
                if demand
                else f"Its spend rises after good {prepared.period}s."
            )
        elif learnt[index] > WEAK_RATIO or together > TOGETHER:
            verdict = "weakly identified"
            why = (
                f"It moves with {display(prepared.channels[partner])} (correlation {together:.2f}), so their split is "
                "uncertain."
                if together > TOGETHER
                else "Its interval is mostly what was assumed before the rows were seen."
            )
        else:
            verdict, why = "identified", "The rows narrow what was assumed before to less than half."
        settle = "" if verdict == "identified" else what_settles(prepared, fit, index, verdict)
        found.append(
            Verdict(
                name,
                verdict,
                float(learnt[index]),
                float(movement.loading[index]),
                float(leads[index]),
                max(together, 0.0),
                why,
                settle,
            )
        )
    return tuple(found)


def what_settles(prepared: Prepared, fit: Fit, channel: int, verdict: str) -> str:
    """A test that would tell the channel's effect from noise four times in five, at the 5 % level.

    A pause of W periods loses W times the effect of a period, against noise of sqrt(W) times that of a period; so
    W = (2.8 noise / effect)^2. A geo test with half of the market as control needs four times as long, and is not
    fooled by demand.
    """
    effect = float(fit.posterior.contributions[:, channel].mean())
    noise = float(fit.posterior.noise.mean())
    pause = int(np.ceil((POWER_NORMAL * noise / max(effect, 1e-300)) ** 2))
    name = display(prepared.channels[channel])
    longest = LONGEST_TEST_DAYS // (7 if prepared.period == "week" else 1)
    if verdict == "weakly identified" and pause <= longest:
        return f"Pause {name} for {pause} {prepared.period}s; the drop would show four times in five."
    if 4 * pause <= longest:
        return f"A geo test: {name} off in half of the regions, drawn by lot, for {4 * pause} {prepared.period}s."
    return (
        f"A geo test in which {name} is doubled or stopped in half of the regions; at its present size it would take "
        f"more than {longest} {prepared.period}s."
    )


def verdict_table(verdicts: Sequence[Verdict]) -> ResultTable:
    """The verdicts with what they rest on."""
    columns = (
        "channel",
        "verdict",
        "why",
        "what would settle it",
        "posterior_over_prior",
        "common_movement",
        "follows_outcome_t",
        "largest_correlation",
    )
    rows = tuple(
        (one.channel, one.verdict, one.why, one.settle, one.learnt, one.loading, one.lead, one.partner)
        for one in verdicts
    )
    caption = (
        f"Weak: the posterior's standard deviation is more than {WEAK_RATIO:g} of the prior's, or the spend correlates "
        f"above {TOGETHER:g} with another channel's. Confounded: spend shares a movement of all channels, or follows "
        "the outcome."
    )
    return ResultTable(columns, rows, "What the rows can say of each channel", caption)


def verdict_diagnostic(verdicts: Sequence[Verdict]) -> Diagnostic:
    """How many channels the rows do not settle."""
    open_ones = [display(one.channel) for one in verdicts if one.verdict != "identified"]
    message = (
        f"The rows do not settle {', '.join(open_ones)}: see the verdicts, and what would settle each."
        if open_ones
        else "The rows say something about every channel."
    )
    return Diagnostic("identification", "warn" if open_ones else "pass", message, float(len(open_ones)), 0.0)


def demand_diagnostic(
    prepared: Prepared, movement: CommonMovement, taken: bool, verdicts: Sequence[Verdict]
) -> Diagnostic:
    """Does spend follow demand? By the common movement of the channels, and by last period's outcome."""
    worst = max(verdicts, key=lambda one: one.lead)
    if movement.z > MOVES_TOGETHER:
        message = (
            f"The channels' spends move together (mean correlation {movement.correlation:.2f}) beyond trend, season "
            "and controls. What moves them may be demand, which media then get credit for. "
        )
        message += (
            "Their common movement was given to the baseline, as far as the rows support it; returns can still be too "
            "high. "
            if taken
            else "demand_proxy is off, so nothing was done about it. "
        )
        message += "Add what planners looked at as a control, or test a channel by an experiment."
        return Diagnostic("spend_follows_demand", "warn", message, movement.z, MOVES_TOGETHER)
    fine = worst.lead <= FOLLOWS_DEMAND
    message = (
        f"Spend does not follow the outcome of the {prepared.period} before, and the channels do not move as one."
        if fine
        else (
            f"Spend of {display(worst.channel)} rises after good {prepared.period}s: it may follow demand, "
            "and then gets credit for it. Add what planners looked at as a control, or test it by an experiment."
        )
    )
    return Diagnostic("spend_follows_demand", "pass" if fine else "warn", message, worst.lead, FOLLOWS_DEMAND)
