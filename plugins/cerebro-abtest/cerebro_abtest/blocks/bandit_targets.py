"""Off-policy values of policies other than "always this arm", from a log with propensities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cerebro_abtest.blocks.bandit_values import weighted_interval
from cerebro_core.blocks.result import ResultTable

type Ends = tuple[float, float]


@dataclass(frozen=True)
class PolicyValue:
    """What a policy is worth a play.

    Attributes:
        name: "log", "uniform", "greedy" or "target".
        ips, snips: (value, standard error).
        doubly_robust: the same; None where the policy's chances of arms that were not played are not known.
        effective: effective sample size (sum w)^2 / sum w^2.
        any_time: an interval that no way of choosing arms can break; None where rewards have no bounds.
    """

    name: str
    ips: tuple[float, float]
    snips: tuple[float, float]
    doubly_robust: tuple[float, float] | None
    effective: float
    any_time: Ends | None

    @property
    def best(self) -> tuple[float, float]:
        """The doubly robust value, else the self-normalised one."""
        return self.doubly_robust or self.snips


def policy_value(
    name: str,
    weights: np.ndarray,
    rewards: np.ndarray,
    ends: Ends | None,
    level: float,
    models: tuple[np.ndarray, np.ndarray] | None = None,
) -> PolicyValue:
    """The value of a policy from the weights of the rows.

    IPS: mean of w Y. SNIPS: over the sum of weights. Doubly robust (Dudik, Langford & Li 2011): m(pi) + w (Y - m(A)),
    where m is fitted on earlier rows alone, so that each score is unbiased given the past.

    Args:
        name: of the policy.
        weights: the policy's chance of the arm that was played, over its propensity.
        rewards: what the rows earned.
        ends: lowest and highest reward, where it has any.
        level: of the any-time interval.
        models: what earlier rows foretell under the policy, and for the arm that was played.
    """
    count = len(rewards)
    terms = weights * rewards
    total = float(weights.sum())
    share = float(terms.sum()) / total if total > 0 else float("nan")
    snips = share, float(np.sqrt(((weights * (rewards - share)) ** 2).sum())) / total if total > 0 else float("nan")
    robust = None
    if models is not None:
        scores = models[0] + weights * (rewards - models[1])
        robust = float(scores.mean()), float(scores.std(ddof=1) / np.sqrt(count))
    squares = float((weights**2).sum())
    return PolicyValue(
        name,
        (float(terms.mean()), float(terms.std(ddof=1) / np.sqrt(count))),
        snips,
        robust,
        total**2 / squares if squares > 0 else 0.0,
        None if ends is None else weighted_interval(weights, rewards, ends, level),
    )


def policy_values(
    played: np.ndarray,
    rewards: np.ndarray,
    chances: np.ndarray,
    models: np.ndarray,
    ends: Ends | None,
    level: float,
    target: np.ndarray | None,
    target_chances: np.ndarray | None,
) -> list[PolicyValue]:
    """What the log's own policy earned, and what others would: chance alone, the best arm so far, and the user's.

    "greedy" plays in each row the arm that earlier rows foretell most for (with its context), so its value is that of a
    policy that learns from the log as it grows.

    Args:
        played, rewards, chances: (n,), in the order of time.
        models: (n, arms): what earlier rows foretell for each arm.
        ends, level: see `policy_value`.
        target: (n,) the arm that the user's policy would play, or None.
        target_chances: (n,) its chance of the arm that was played, or None.
    """
    count, arms = models.shape
    rows = np.arange(count)
    seen = models[rows, played]
    found = [policy_value("log", np.ones(count), rewards, ends, level, (seen, seen))]
    uniform = np.full(count, 1 / arms) / chances
    found.append(policy_value("uniform", uniform, rewards, ends, level, (models.mean(axis=1), seen)))
    named = [("greedy", models.argmax(axis=1)), *([("target", target)] if target is not None else [])]
    for name, wanted in named:
        weights = np.where(played == wanted, 1 / chances, 0.0)
        found.append(policy_value(name, weights, rewards, ends, level, (models[rows, wanted], seen)))
    if target_chances is not None:
        found.append(policy_value("target", target_chances / chances, rewards, ends, level))
    return found


def policy_table(values: Sequence[PolicyValue]) -> ResultTable:
    """All policies and estimators side by side."""
    names = ("dr", "se dr", "snips", "se snips", "ips", "se ips", "any time from", "any time to")
    rows = tuple(
        (v.name, v.effective, *(v.doubly_robust or (None, None)), *v.snips, *v.ips, *(v.any_time or (None, None)))
        for v in values
    )
    caption = (
        "Reward a play: log is what the log's policy earned, uniform plays by chance, greedy the arm that earlier rows "
        "foretell most for, target is yours. The any-time interval holds however arms were chosen."
    )
    return ResultTable(("policy", "effective", *names), rows, "Value of policies", caption)
