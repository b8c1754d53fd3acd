"""What follows from posteriors of arms: verdicts, estimates, tables and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cerebro_abtest.blocks.arms import Arms
from cerebro_abtest.blocks.bayes_models import MetricPosterior
from cerebro_abtest.blocks.posteriors import (
    best_and_loss,
    difference_cdf,
    difference_quantile,
    ratio_quantile,
)
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, ResultTable
from cerebro_core.blocks.style import PALETTE, label, legend_below, new_figure, tick_numbers

LIKELY_HARM = 0.95


@dataclass(frozen=True)
class ArmVerdict:
    """One arm of one metric.

    Attributes:
        best: probability that it is the best arm.
        loss: what choosing it loses on average, in the outcome's unit.
        superior: probability that it is better than the control; None for the control.
        difference, interval: against the control, with its credible interval.
        lift, lift_interval: the same as a share of the control.
        alike: probability that the difference is within the region of practical equivalence.
    """

    best: float
    loss: float
    superior: float | None = None
    difference: float | None = None
    interval: tuple[float, float] | None = None
    lift: float | None = None
    lift_interval: tuple[float, float] | None = None
    alike: float | None = None


def verdicts_of(found: MetricPosterior, ci_level: float, rope: float | None) -> list[ArmVerdict]:
    """The verdict of each arm, the control first."""
    sign = found.metric.sign
    best, loss = best_and_loss(found.arms, sign)
    base = found.arms[0]
    tails = (1 - ci_level) / 2, (1 + ci_level) / 2
    verdicts = [ArmVerdict(float(best[0]), float(loss[0]))]
    for k, top in enumerate(found.arms[1:], start=1):
        below = difference_cdf(top, base, 0.0)
        lifts = [ratio_quantile(top, base, level) for level in (tails[0], 0.5, tails[1])]
        low, middle, high = lifts
        known = low is not None and middle is not None and high is not None
        verdicts.append(
            ArmVerdict(
                float(best[k]),
                float(loss[k]),
                1 - below if sign > 0 else below,
                top.mean - base.mean,
                (difference_quantile(top, base, tails[0]), difference_quantile(top, base, tails[1])),
                middle - 1 if middle is not None and known else None,
                (low - 1, high - 1) if low is not None and high is not None and known else None,
                None if rope is None else difference_cdf(top, base, rope) - difference_cdf(top, base, -rope),
            )
        )
    return verdicts


def bayes_estimates(
    arms: Arms, pairs: Sequence[tuple[MetricPosterior, list[ArmVerdict]]], ci_level: float
) -> tuple[Estimate, ...]:
    """Differences first, then lifts, probabilities, losses, and the arms' means and sizes."""
    found: list[Estimate] = []
    for item, verdicts in pairs:
        found += [difference_credible(arms, item, verdicts, k, ci_level) for k in range(1, len(verdicts))]
    for item, verdicts in pairs:
        found += [lift_credible(arms, item, verdicts, k, ci_level) for k in range(1, len(verdicts))]
    for item, verdicts in pairs:
        shown = display(item.metric.name, 40)
        for name, verdict in list(zip(arms.names, verdicts, strict=True))[1:]:
            text = f"Probability that {display(name, 30)} beats {display(arms.names[0], 30)}, {shown}"
            found.append(
                Estimate("p_superior", verdict.superior, text, unit="share", outcome=item.metric.name, group=name)
            )
        for name, verdict in zip(arms.names, verdicts, strict=True):
            text = f"Probability that {display(name, 30)} is best, {shown}"
            found.append(
                Estimate("probability_best", verdict.best, text, unit="share", outcome=item.metric.name, group=name)
            )
        for name, verdict in zip(arms.names, verdicts, strict=True):
            text = f"Expected loss of choosing {display(name, 30)}, {shown}"
            found.append(
                Estimate("expected_loss", verdict.loss, text, unit=shown, outcome=item.metric.name, group=name)
            )
    for item, _ in pairs:
        found += mean_credible(arms, item, ci_level)
    return tuple(found)


def difference_credible(
    arms: Arms, item: MetricPosterior, verdicts: Sequence[ArmVerdict], k: int, ci_level: float
) -> Estimate:
    """The difference to the control with its credible interval."""
    verdict = verdicts[k]
    low, high = verdict.interval or (None, None)
    spread = float(np.hypot(item.arms[k].std, item.arms[0].std))
    text = f"{display(item.metric.name, 40)}: {display(arms.names[k], 30)} less {display(arms.names[0], 30)}"
    return Estimate(
        "difference",
        verdict.difference,
        text,
        spread,
        low,
        high,
        ci_level,
        "credible",
        unit=display(item.metric.name, 40),
        outcome=item.metric.name,
        group=arms.names[k],
    )


def lift_credible(
    arms: Arms, item: MetricPosterior, verdicts: Sequence[ArmVerdict], k: int, ci_level: float
) -> Estimate:
    """The difference as a share of the control: posterior median and credible interval."""
    verdict = verdicts[k]
    low, high = verdict.lift_interval or (None, None)
    pair = f"{display(arms.names[k], 30)} less {display(arms.names[0], 30)}"
    return Estimate(
        "relative_lift",
        verdict.lift,
        f"{display(item.metric.name, 40)}: {pair}, share of control",
        None,
        low,
        high,
        ci_level if low is not None else None,
        "credible" if low is not None else None,
        unit="share",
        outcome=item.metric.name,
        group=arms.names[k],
    )


def mean_credible(arms: Arms, item: MetricPosterior, ci_level: float) -> list[Estimate]:
    """The posterior mean of each arm, and its rows."""
    shown = display(item.metric.name, 40)
    found = []
    for name, posterior in zip(arms.names, item.arms, strict=True):
        low, high = posterior.quantile((1 - ci_level) / 2), posterior.quantile((1 + ci_level) / 2)
        text = f"Mean of {shown}, {display(name, 30)}"
        found.append(
            Estimate(
                "mean",
                posterior.mean,
                text,
                posterior.std,
                low,
                high,
                ci_level,
                "credible",
                unit=shown,
                outcome=item.metric.name,
                group=name,
            )
        )
    for name, rows in zip(arms.names, item.rows, strict=True):
        text = f"Rows with {shown}, {display(name, 30)}"
        found.append(Estimate("n", float(rows), text, unit="rows", outcome=item.metric.name, group=name))
    return found


def bayes_answer(
    arms: Arms,
    item: MetricPosterior,
    verdicts: Sequence[ArmVerdict],
    rope: float | None,
    loss_threshold: float | None,
) -> str:
    """The answer in two or three sentences."""
    shown = display(item.metric.name, 40)
    best = int(np.argmax([verdict.best for verdict in verdicts]))
    name = display(arms.names[best], 40)
    text = f"{name} is the best arm for {shown} with a probability of {odds_text(verdicts[best].best)}"
    if len(verdicts) == 2:
        other = verdicts[1]
        low, high = other.interval or (0.0, 0.0)
        text += (
            f"; {display(arms.names[1], 40)} changes it by {other.difference:.4g} (between {low:.4g} and {high:.4g})"
        )
    text += f". If that is wrong, choosing it loses {verdicts[best].loss:.3g} on average."
    if loss_threshold is not None:
        enough = verdicts[best].loss < loss_threshold
        text += f" That is {'less' if enough else 'not less'} than the {loss_threshold:g} that was asked for."
    alike = verdicts[1].alike
    if rope is not None and alike is not None:
        text += f" The difference is smaller than {rope:g} with a probability of {alike:.1%}."
    return text


def odds_text(probability: float) -> str:
    """A probability for people, which is never 0 or 1."""
    return "more than 99.9%" if probability > 0.999 else f"{probability:.1%}"


def guardrail_odds(arms: Arms, pairs: Sequence[tuple[MetricPosterior, list[ArmVerdict]]]) -> list[Diagnostic]:
    """Is a guardrail probably worse?"""
    found = []
    for item, verdicts in pairs:
        if item.metric.role != "guardrail":
            continue
        for name, verdict in list(zip(arms.names, verdicts, strict=True))[1:]:
            harm = 1 - (verdict.superior or 0.0)
            shown, arm = f"'{display(item.metric.name)}'", display(name, 40)
            worse = harm > LIKELY_HARM
            message = (
                f"{arm} makes the guardrail {shown} worse with a probability of {harm:.1%}: weigh that first."
                if worse
                else f"{arm} makes {shown} worse with a probability of {harm:.1%}."
            )
            status = "warn" if worse else "pass"
            key = f"guardrail_{display(item.metric.name)}_{arm}"
            found.append(Diagnostic(key, status, message, harm, LIKELY_HARM))
    return found


def bayes_tables(
    arms: Arms, pairs: Sequence[tuple[MetricPosterior, list[ArmVerdict]]], rope: float | None
) -> dict[str, ResultTable]:
    """Verdicts and priors."""
    rows = [
        (
            item.metric.name,
            name,
            item.arms[k].mean,
            verdict.best,
            verdict.loss,
            verdict.superior,
            verdict.difference,
            verdict.alike,
        )
        for item, verdicts in pairs
        for k, (name, verdict) in enumerate(zip(arms.names, verdicts, strict=True))
    ]
    columns = ("outcome", "arm", "mean", "probability best", "expected loss", "beats control", "difference", "alike")
    caption = "Expected loss is what choosing the arm costs on average, where another is better."
    if rope is not None:
        caption += f" Alike is the probability that the difference is smaller than {rope:g}."
    priors: list[tuple[str, str, str, float | None]] = [
        (item.metric.name, item.model, name, value) for item, _ in pairs for name, value in item.priors.items()
    ] or [(item.metric.name, item.model, "flat", None) for item, _ in pairs]
    return {
        "verdicts": ResultTable(columns, tuple(rows), "Arms", caption),
        "priors": ResultTable(
            ("outcome", "model", "prior", "value"), tuple(priors), "Priors", "What was assumed before the data."
        ),
    }


def bayes_charts(arms: Arms, found: Sequence[MetricPosterior]) -> list[Chart]:
    """The posteriors of the deciding outcome."""
    item = found[0]
    figure = new_figure()
    axes = figure.subplots()
    low = min(posterior.mean - 4.5 * posterior.std for posterior in item.arms)
    high = max(posterior.mean + 4.5 * posterior.std for posterior in item.arms)
    low = max(low, min(posterior.low for posterior in item.arms))
    grid = np.linspace(low, high, 600)
    handles = []
    for k, posterior in enumerate(item.arms):
        colour = PALETTE[k % len(PALETTE)]
        density = posterior.pdf(grid)
        axes.fill_between(grid, density, color=colour, alpha=0.15, linewidth=0)
        handles += axes.plot(grid, density, color=colour, linewidth=2)
    axes.set_yticks([])
    axes.set_ylim(bottom=0)
    tick_numbers(axes.xaxis)
    title = f"What each arm's {item.metric.name} may be"
    label(axes, title=title, x=item.metric.name, y="how probable")
    legend_below(figure, handles, arms.names)
    caption = "The less two curves overlap, the surer it is which arm is better."
    return [Chart("posteriors", title, caption, figure)]
