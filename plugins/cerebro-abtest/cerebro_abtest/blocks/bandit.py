"""What a bandit's log says: the value of each arm, the replay of a policy, and the regret of policies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cerebro_abtest.blocks.bandit_policies import Learner, replay, simulate_regret
from cerebro_abtest.blocks.bandit_report import (
    any_time_estimates,
    bandit_answer,
    effective_check,
    mean_weight_check,
    no_propensities,
    policy_estimates,
    regret_chart,
    regret_table,
    replay_estimate,
    target_check,
    value_estimates,
    value_table,
)
from cerebro_abtest.blocks.bandit_targets import Ends, policy_table, policy_values
from cerebro_abtest.blocks.bandit_values import (
    ArmValue,
    any_time_interval,
    arm_value,
    earlier_fit,
    weighted_interval,
)
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Diagnostic, Estimate, Refused, Result, ResultTable
from cerebro_core.blocks.source import Source

PLAIN_POLICIES = ("thompson", "ucb1", "epsilon_greedy")
LINEAR_POLICIES = ("linucb", "lints")
MOST_REPLAYED = 100_000
FEWEST_REPLAYED = 50


def analyse(
    source: Source,
    *,
    arm: str,
    reward: str,
    propensity: str | None,
    time: str | None,
    context: Sequence[str],
    target: str | None,
    target_chance: str | None,
    reward_min: float,
    reward_max: float | None,
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
    others = [name for name in (propensity, time, target, target_chance) if name]
    wanted = [arm, reward, *others, *context]
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
        ends = reward_ends(reward, rewards, reward_min, 1.0 if binary and reward_max is None else reward_max)
        models = np.column_stack([earlier_fit(played == k, rewards, x) for k in range(len(names))])
        values = [arm_value(k, played, rewards, chances, x) for k in range(len(names))]
        sure = any_time_values(played, rewards, chances, len(names), ends, bool(context), ci_level)
        policies = policy_values(
            played,
            rewards,
            chances,
            models,
            ends,
            ci_level,
            target_arms(frame[target], levels) if target else None,
            frame[target_chance].to_numpy(float) if target_chance else None,
        )
        if any(item.effective == 0 for item in policies):
            raise Refused(
                "--target: the log never played what your policy would have, so nothing is known of it; name another "
                "column, or collect plays that are nearer to your policy"
            )
        own = [item for item in policy_estimates(policies, ci_level) if item.group == "target"]
        arm_values = value_estimates(names, values, sure, ci_level)
        listed = [
            *own,
            *arm_values,
            *(item for item in policy_estimates(policies, ci_level) if item.group != "target"),
            *any_time_estimates(names, values, sure, ci_level),
            *listed,
        ]
        tables["values"] = value_table(names, values)
        tables["policies"] = policy_table(policies)
        checks += [effective_check(names, values, sure), mean_weight_check(names, played, chances)]
        checks += [target_check(item) for item in policies if item.name == "target"]
        design = np.column_stack([np.ones(len(x)), x])
        part = slice(0, MOST_REPLAYED)
        if chances[part].min() * len(chances[part]) >= FEWEST_REPLAYED:
            rng = np.random.default_rng(seed)
            learner = Learner(policy, len(names), 1, design.shape[1], binary, float(rewards.std()), epsilon, rng)
            kept = replay(learner, played[part], rewards[part], design[part], chances[part], rng)
            listed.append(replay_estimate(kept, policy, ci_level))
    regret = regrets(played, rewards, x, len(names), binary, epsilon, horizon, simulations, seed)
    for name, lost in regret.items():
        spread = float(lost[-1].std(ddof=1))
        text = f"Regret of {name} after {horizon:,} plays"
        listed.append(Estimate("regret", float(lost[-1].mean()), text, std_error=spread / simulations**0.5, group=name))
    tables["regret"] = regret_table(regret)
    return Result(
        answer=bandit_answer(names, listed if values else [], regret[policy], policy, horizon),
        estimates=tuple(listed),
        diagnostics=tuple(checks),
        tables=tables,
        charts=(regret_chart(regret),),
        rows_used=len(frame),
    )


def reward_ends(name: str, rewards: np.ndarray, low: float, high: float | None) -> Ends | None:
    """The lowest and highest reward that is possible; None where nothing says so.

    Raises:
        Refused: a reward lies beyond them.
    """
    if high is None:
        return None
    if rewards.min() < low or rewards.max() > high or low >= high:
        raise Refused(
            f"--reward: '{display(name)}' is from {rewards.min():g} to {rewards.max():g}, not {low:g} to {high:g}; "
            "give --reward-min and --reward-max as the lowest and highest reward that is possible"
        )
    return low, high


def target_arms(column: pd.Series, levels: pd.Index) -> np.ndarray:
    """The number of the arm that the user's policy would play in each row.

    Raises:
        Refused: it plays an arm that the log never played.
    """
    wanted = levels.get_indexer(pd.Index(column))
    if (wanted < 0).any():
        name = display(column.iloc[int(np.flatnonzero(wanted < 0)[0])])
        raise Refused(
            f"--target: '{name}' is no arm that the log played, so nothing is known of it; leave these rows out"
        )
    return np.asarray(wanted)


def any_time_values(
    played: np.ndarray,
    rewards: np.ndarray,
    chances: np.ndarray,
    arms: int,
    ends: Ends | None,
    context: bool,
    level: float,
) -> list[Ends] | None:
    """For each arm an interval of its value that no way of choosing arms can break; None where rewards have no bounds.

    Without context the plays of an arm are a plain sequence; with it, their propensities say which rows they stand for.
    """
    if ends is None:
        return None
    low, high = ends
    found = []
    for place in range(arms):
        mine = played == place
        if context:
            found.append(weighted_interval(np.where(mine, 1 / chances, 0.0), rewards, ends, level))
            continue
        share = (rewards[mine] - low) / (high - low)
        first, last = any_time_interval(float(share.sum()), float((1 - share).sum()), level)
        found.append((low + (high - low) * first, low + (high - low) * last))
    return found


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
