"""What a bandit's log says: the value of each arm, the replay of a policy, and the regret of policies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from cerebro_abtest.blocks.bandit_policies import Learner, replay, simulate_regret
from cerebro_abtest.blocks.bandit_values import ArmValue, any_time_interval, arm_value
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, Refused, Result, ResultTable
from cerebro_core.blocks.source import Source
from cerebro_core.blocks.style import PALETTE, label, legend_below, new_figure

PLAIN_POLICIES = ("thompson", "ucb1", "epsilon_greedy")
LINEAR_POLICIES = ("linucb", "lints")
FEW_EFFECTIVE = 100.0  # below it intervals that rest on the normal distribution were seen to cover less than they say
MOST_REPLAYED = 100_000


def analyse(
    source: Source,
    *,
    arm: str,
    reward: str,
    propensity: str | None,
    time: str | None,
    context: Sequence[str],
    policy: str,
    epsilon: float,
    horizon: int,
    simulations: int,
    ci_level: float,
    seed: int,
) -> Result:
    """Value every arm off-policy where propensities are known, and simulate what policies lose.

    Args:
        source: the log.
        seed: of simulation and replay.
        arm, … : the spec's fields.

    Raises:
        Refused: where there is one arm, or a propensity is impossible.
    """
    wanted = [arm, reward, *([propensity] if propensity else []), *([time] if time else []), *context]
    frame = source.frame(list(dict.fromkeys(wanted))).dropna()
    if time:
        frame = frame.sort_values(time, kind="stable")
    played, levels = pd.factorize(frame[arm], sort=True)
    names = [str(level) for level in levels]
    if len(names) < 2:
        raise Refused(f"--arm: '{display(arm)}' has {len(names)} arm; a bandit has two at least")
    rewards = frame[reward].to_numpy(float)
    raw = frame[list(context)].to_numpy(float) if context else np.zeros((len(frame), 0))
    scale = raw.std(axis=0)
    x = (raw - raw.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    binary = bool(np.isin(rewards, (0.0, 1.0)).all())
    counts = np.bincount(played, minlength=len(names))
    listed = [
        Estimate("n", float(n), f"Plays of {display(name)}", group=name, unit="plays")
        for name, n in zip(names, counts, strict=True)
    ]
    checks: list[Diagnostic] = []
    tables: dict[str, ResultTable] = {}
    values: list[ArmValue] | None = None
    if propensity is None:
        checks.append(no_propensities())
    else:
        chances = frame[propensity].to_numpy(float)
        if ((chances <= 0) | (chances > 1)).any():
            raise Refused(f"--propensity: '{display(propensity)}' has values that are no chance above 0 and up to 1")
        values = [arm_value(k, played, rewards, chances, x) for k in range(len(names))]
        listed = [*value_estimates(names, values, ci_level), *listed]
        if binary and not context:
            listed += any_time_estimates(names, played, rewards, ci_level)
        tables["values"] = value_table(names, values)
        checks += [effective_check(names, values), mean_weight_check(names, played, chances)]
        if np.ptp(chances) < 1e-9 and abs(chances[0] - 1 / len(names)) < 1e-6:
            design = np.column_stack([np.ones(len(x)), x])[:MOST_REPLAYED]
            learner = Learner(
                policy,
                len(names),
                1,
                design.shape[1],
                binary,
                float(rewards.std()),
                epsilon,
                np.random.default_rng(seed),
            )
            kept = replay(learner, played[:MOST_REPLAYED], rewards[:MOST_REPLAYED], design)
            listed.append(replay_estimate(kept, policy, ci_level))
    regret = regrets(played, rewards, x, len(names), binary, epsilon, horizon, simulations, seed)
    for name, lost in regret.items():
        spread = float(lost[-1].std(ddof=1))
        text = f"Regret of {name} after {horizon:,} plays"
        listed.append(Estimate("regret", float(lost[-1].mean()), text, std_error=spread / simulations**0.5, group=name))
    tables["regret"] = regret_table(regret)
    return Result(
        answer=bandit_answer(names, values, regret[policy], policy, horizon, ci_level),
        estimates=tuple(listed),
        diagnostics=tuple(checks),
        tables=tables,
        charts=(regret_chart(regret),),
        rows_used=len(frame),
    )


def no_propensities() -> Diagnostic:
    """Why there is no off-policy estimate."""
    text = (
        "No off-policy estimate: the log does not say with which chance each arm was played. A bandit plays what did "
        "well so far, so the plain mean of an arm is biased, and nothing in the log can undo it. Log the propensity "
        "and name it with --propensity."
    )
    return Diagnostic("propensities", "warn", text)


def value_estimates(names: Sequence[str], values: Sequence[ArmValue], level: float) -> list[Estimate]:
    """The value of each arm, with an interval that holds for a log that learned."""
    reach = float(stats.norm.ppf((1 + level) / 2))
    found = []
    for name, value in zip(names, values, strict=True):
        centre, error = value.adaptive
        low, high = centre - reach * error, centre + reach * error
        text = f"Reward of always playing {display(name)}"
        kind = "confidence"
        found.append(Estimate("mean", centre, text, error, low, high, level, kind, group=name, unit="reward a play"))
    for name, value in zip(names, values, strict=True):
        found.append(Estimate("effective_n", value.effective, f"Effective sample of {display(name)}", group=name))
    return found


def any_time_estimates(names: Sequence[str], played: np.ndarray, rewards: np.ndarray, level: float) -> list[Estimate]:
    """The share of wins of each arm's plays, with an interval that no way of choosing arms can break."""
    found = []
    for place, name in enumerate(names):
        mine = rewards[played == place]
        low, high = any_time_interval(int(mine.sum()), len(mine) - int(mine.sum()), level)
        text = f"Reward of {display(name)}, valid after every play"
        value = float(mine.mean())
        found.append(Estimate("mean_any_time", value, text, None, low, high, level, "sequence", group=name))
    return found


def value_table(names: Sequence[str], values: Sequence[ArmValue]) -> ResultTable:
    """All estimators side by side."""
    columns = ("arm", "plays", "effective", "adaptive", "se", "dr", "se dr", "snips", "se snips", "ips", "se ips")
    rows = tuple(
        (name, v.plays, v.effective, *v.adaptive, *v.doubly_robust, *v.snips, *v.ips)
        for name, v in zip(names, values, strict=True)
    )
    caption = "IPS, SNIPS and DR errors hold for a policy that does not learn; the adaptive one also where it does."
    return ResultTable(columns, rows, "Value of always playing an arm", caption)


def effective_check(names: Sequence[str], values: Sequence[ArmValue]) -> Diagnostic:
    """Is some arm hardly seen?"""
    place = int(np.argmin([value.effective for value in values]))
    size = values[place].effective
    fine = size >= FEW_EFFECTIVE
    text = f"The smallest effective sample is {size:,.0f} ({display(names[place])})"
    text += (
        "."
        if fine
        else ": its interval may be too narrow. Go by mean_any_time where it is there, or play it more often."
    )
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


def regrets(
    played: np.ndarray,
    rewards: np.ndarray,
    x: np.ndarray,
    arms: int,
    binary: bool,
    epsilon: float,
    horizon: int,
    copies: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """Simulated regret of each policy in a world like the log: ridge regressions of the reward on the context."""
    design = np.column_stack([np.ones(len(x)), x])
    slopes = np.zeros((arms, design.shape[1]))
    for place in range(arms):
        mine = design[played == place]
        weight = mine.T @ mine + 1e-3 * np.eye(design.shape[1])
        slopes[place] = np.linalg.solve(weight, mine.T @ rewards[played == place])
    spread = max(float((rewards - (design * slopes[played]).sum(axis=1)).std()), 1e-9)
    found = {}
    for place, kind in enumerate((*PLAIN_POLICIES, *(LINEAR_POLICIES if x.shape[1] else ()))):
        rng = np.random.default_rng([seed, place])
        learner = Learner(kind, arms, copies, design.shape[1], binary, spread, epsilon, rng)
        found[kind] = simulate_regret(learner, slopes, design, horizon, rng)
    return found


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
    lines = [axes.plot(lost.mean(axis=1), color=PALETTE[k])[0] for k, lost in enumerate(regret.values())]
    label(axes, title="What each policy loses while it learns", x="plays", y="cumulative regret")
    legend_below(figure, lines, list(regret))
    return Chart("regret", "Regret", "Mean over simulated runs in a world like the log.", figure)


def bandit_answer(
    names: Sequence[str],
    values: Sequence[ArmValue] | None,
    lost: np.ndarray,
    policy: str,
    horizon: int,
    level: float,
) -> str:
    """The answer in words."""
    world = f"In a world like the log {policy} would lose {lost[-1].mean():.3g} of reward in {horizon:,} plays."
    if values is None:
        return f"No off-policy estimate: the log has no propensities. {world}"
    best = int(np.argmax([value.adaptive[0] for value in values]))
    centre, error = values[best].adaptive
    reach = float(stats.norm.ppf((1 + level) / 2)) * error
    return (
        f"Always playing {display(names[best])} would earn most, {centre:.4g} a play "
        f"({centre - reach:.4g} to {centre + reach:.4g}). {world}"
    )
