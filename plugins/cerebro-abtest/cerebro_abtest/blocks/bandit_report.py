"""What the analysis of a bandit's log says: estimates, checks, tables, figure and answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.bandit_targets import Ends, PolicyValue
from cerebro_abtest.blocks.bandit_values import ArmValue
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, ResultTable
from cerebro_core.blocks.style import PALETTE, label, legend_below, new_figure

FEW_EFFECTIVE = 100.0  # below it intervals that rest on the normal distribution were seen to cover less than they say
POLICY_TEXTS = (
    ("log", "Reward that the log's policy earned"),
    ("uniform", "Reward of playing each arm alike"),
    ("greedy", "Reward of the arm that earlier rows foretell most for"),
    ("target", "Reward of your policy"),
)


def no_propensities() -> Diagnostic:
    """Why there is no off-policy estimate."""
    text = (
        "No off-policy estimate: the log does not say with which chance each arm was played. A bandit plays what did "
        "well so far, so the plain mean of an arm is biased, and nothing in the log can undo it. Log the propensity "
        "and name it with --propensity."
    )
    return Diagnostic("propensities", "warn", text)


def value_estimates(
    names: Sequence[str], values: Sequence[ArmValue], sure: Sequence[Ends] | None, level: float
) -> list[Estimate]:
    """The value of each arm, with an interval that holds for a log that learned.

    It is the normal one, and the any-time one where an arm was played too little for the normal one.
    """
    reach = float(stats.norm.ppf((1 + level) / 2))
    found = []
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        centre, error = value.adaptive
        low, high, kind = centre - reach * error, centre + reach * error, "confidence"
        if sure is not None and value.effective < FEW_EFFECTIVE:
            low, high, kind = min(sure[place][0], centre), max(sure[place][1], centre), "sequence"
        text = f"Reward of always playing {display(name)}"
        found.append(Estimate("mean", centre, text, error, low, high, level, kind, group=name, unit="reward a play"))
    found.sort(key=lambda item: -(item.value or 0.0))  # the best first, since the first estimate is the answer
    for name, value in zip(names, values, strict=True):
        found.append(Estimate("effective_n", value.effective, f"Effective sample of {display(name)}", group=name))
    return found


def policy_estimates(policies: Sequence[PolicyValue], level: float) -> list[Estimate]:
    """The value of each policy."""
    reach = float(stats.norm.ppf((1 + level) / 2))
    found = []
    for item in policies:
        centre, error = item.best
        low, high, kind = centre - reach * error, centre + reach * error, "confidence"
        if item.any_time is not None and item.effective < FEW_EFFECTIVE:
            low, high, kind = min(item.any_time[0], centre), max(item.any_time[1], centre), "sequence"
        text = dict(POLICY_TEXTS)[item.name]
        unit = "reward a play"
        found.append(Estimate("policy_value", centre, text, error, low, high, level, kind, group=item.name, unit=unit))
    return found


def any_time_estimates(
    names: Sequence[str], values: Sequence[ArmValue], sure: Sequence[Ends] | None, level: float
) -> list[Estimate]:
    """The value of each arm, with an interval that no way of choosing arms can break."""
    found = []
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        if sure is None:
            continue
        low, high = sure[place]
        text = f"Reward of {display(name)}, valid after every play"
        centre = min(max(value.adaptive[0], low), high)
        found.append(Estimate("mean_any_time", centre, text, None, low, high, level, "sequence", group=name))
    return found


def target_check(value: PolicyValue) -> Diagnostic:
    """Did the log play often enough what the user's policy would?"""
    fine = value.effective >= FEW_EFFECTIVE
    text = f"For your policy the log is worth {value.effective:,.0f} plays"
    text += "." if fine else ": it hardly played what your policy would, so its value is uncertain."
    return Diagnostic("target_overlap", "pass" if fine else "warn", text, value.effective, FEW_EFFECTIVE)


def value_table(names: Sequence[str], values: Sequence[ArmValue]) -> ResultTable:
    """All estimators side by side."""
    columns = ("arm", "plays", "effective", "adaptive", "se", "dr", "se dr", "snips", "se snips", "ips", "se ips")
    rows = tuple(
        (name, v.plays, v.effective, *v.adaptive, *v.doubly_robust, *v.snips, *v.ips)
        for name, v in zip(names, values, strict=True)
    )
    caption = "IPS, SNIPS and DR errors hold for a policy that does not learn; the adaptive one also where it does."
    return ResultTable(columns, rows, "Value of always playing an arm", caption)


def effective_check(names: Sequence[str], values: Sequence[ArmValue], sure: Sequence[Ends] | None) -> Diagnostic:
    """Is some arm hardly seen?"""
    place = int(np.argmin([value.effective for value in values]))
    size = values[place].effective
    fine = size >= FEW_EFFECTIVE
    text = f"The smallest effective sample is {size:,.0f} ({display(names[place])})"
    if fine:
        text += "."
    elif sure is not None:
        text += ": too small for a normal interval, so its interval is the any-time one. Play it more often."
    else:
        text += ": its interval may be too narrow. Give --reward-max for one that holds, or play it more often."
    return Diagnostic("effective_sample", "pass" if fine else "warn", text, size, FEW_EFFECTIVE)


def mean_weight_check(names: Sequence[str], played: np.ndarray, chances: np.ndarray) -> Diagnostic:
    """Do inverse propensities add up to one for each arm, as they must?"""
    worst, shown = 0.0, names[0]
    for place, name in enumerate(names):
        weight = np.where(played == place, 1 / chances, 0.0)
        away = abs(float(weight.mean()) - 1) / max(float(weight.std(ddof=1)) / np.sqrt(len(weight)), 1e-9)
        if away > worst:
            worst, shown = away, name
    fine = worst <= 4
    text = f"Inverse propensities add up to what they must within {worst:.1f} standard errors ({display(shown)})"
    text += "." if fine else ": the propensities are not those that arms were played with."
    return Diagnostic("propensity_sum", "pass" if fine else "warn", text, worst, 4.0)


def replay_estimate(kept: np.ndarray, policy: str, level: float) -> Estimate:
    """The mean reward of the rows that the policy would have played."""
    text = f"Reward of {policy}, replayed on {len(kept):,} rows"
    if len(kept) < 2:
        return Estimate("replay", None, text, group=policy)
    error = float(kept.std(ddof=1) / np.sqrt(len(kept)))
    reach = float(stats.norm.ppf((1 + level) / 2)) * error
    value = float(kept.mean())
    return Estimate("replay", value, text, error, value - reach, value + reach, level, "confidence", group=policy)


def regret_table(regret: dict[str, np.ndarray]) -> ResultTable:
    """Regret at the end: mean, and the worst tenth of runs."""
    rows = tuple(
        (name, float(lost[-1].mean()), float(np.quantile(lost[-1], 0.5)), float(np.quantile(lost[-1], 0.9)))
        for name, lost in regret.items()
    )
    caption = "Reward lost against always playing the best arm, in simulated runs in a world like the log."
    return ResultTable(("policy", "mean", "median", "90th percentile"), rows, "Regret", caption)


def regret_chart(regret: dict[str, np.ndarray]) -> Chart:
    """Mean regret over time."""
    figure = new_figure()
    axes = figure.subplots()
    styles = ("-", "--", "-.", ":", "-")  # so that lines that lie on each other are seen
    lines = [
        axes.plot(lost.mean(axis=1), color=PALETTE[k], linestyle=styles[k % len(styles)])[0]
        for k, lost in enumerate(regret.values())
    ]
    label(axes, title="What each policy loses while it learns", x="plays", y="cumulative regret")
    legend_below(figure, lines, list(regret))
    return Chart("regret", "Regret", "Mean over simulated runs in a world like the log.", figure)


def bandit_answer(names: Sequence[str], listed: Sequence[Estimate], lost: np.ndarray, policy: str, horizon: int) -> str:
    """The answer in words."""
    world = f"In a world like the log {policy} would lose {lost[-1].mean():.3g} of reward in {horizon:,} plays."
    arms = [item for item in listed if item.name == "mean" and item.group in names]
    if not arms:
        return f"No off-policy estimate: the log has no propensities. {world}"
    best = max(arms, key=lambda item: item.value or 0.0)
    first = f"Always playing {display(best.group)} would earn most, {ends_text(best)}."
    target = [item for item in listed if item.name == "policy_value" and item.group == "target"]
    own = next(item for item in listed if item.name == "policy_value" and item.group == "log")
    if target:
        first = f"Your policy would earn {ends_text(target[0])}; the log's earned {own.value:.4g}. {first}"
    return f"{first} {world}"


def ends_text(item: Estimate) -> str:
    """A value with its interval, in words."""
    return f"{item.value:.4g} a play ({item.ci_low:.4g} to {item.ci_high:.4g})"
