"""What can be wrong with a bandit's log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_abtest.bandit_spec import BanditSpec
from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table

MOST_ARMS = 1_000


def check_bandit(spec: BanditSpec, table: Table) -> Iterator[Finding]:
    """Every finding about a bandit's log."""
    arm = table.columns.get(spec.arm)
    if arm is not None and arm.distinct < 2:
        message = f"--arm: '{display(spec.arm)}' has {arm.distinct} arm, and a bandit has two at least"
        yield Finding("error", "one-arm", message, "name the column with the arms", "arm")
    elif arm is not None and arm.distinct > MOST_ARMS:
        message = f"--arm: '{display(spec.arm)}' has {arm.distinct:,} values"
        yield Finding("error", "many-arms", message, "name the column with the arms, not that of the rows", "arm")
    reward = table.columns.get(spec.reward)
    if reward is not None and reward.is_constant:
        message = f"--reward: '{display(spec.reward)}' is always the same"
        yield Finding("error", "constant-reward", message, "name the column with what was earned", "reward")
    chance = table.columns.get(spec.propensity or "")
    if spec.propensity is None:
        message = "the log has no propensities, so there is no off-policy estimate"
        remedy = "log the chance with which each arm was played, and name it with --propensity"
        yield Finding("warning", "no-propensities", message, remedy, "propensity")
    elif chance is not None and chance.is_number and (chance.minimum <= 0 or chance.maximum > 1):
        message = f"--propensity: '{display(chance.name)}' goes from {chance.minimum:g} to {chance.maximum:g}"
        remedy = "it is the chance of the arm that was played, above 0 and up to 1"
        yield Finding("error", "no-chance", message, remedy, "propensity")
    if spec.propensity is None and (spec.target or spec.target_chance):
        message = "--target: a policy is valued by propensities, and the log has none"
        yield Finding("error", "target-needs-propensities", message, "name them with --propensity", "target")
    if spec.target and spec.target_chance:
        message = "--target and --target-chance: each is a policy of yours, and one is valued at a time"
        yield Finding("error", "two-targets", message, "leave one of them out", "target_chance")
    wanted = table.columns.get(spec.target_chance or "")
    if wanted is not None and wanted.is_number and (wanted.minimum < 0 or wanted.maximum > 1):
        message = f"--target-chance: '{display(wanted.name)}' goes from {wanted.minimum:g} to {wanted.maximum:g}"
        remedy = "it is the chance that your policy gives to the arm that was played, from 0 to 1"
        yield Finding("error", "no-target-chance", message, remedy, "target_chance")
    if spec.policy in ("linucb", "lints") and not spec.context:
        message = f"--policy {spec.policy}: it learns from context, and there is none"
        yield Finding("error", "no-context", message, "name --context, or choose --policy thompson", "policy")
    if spec.time is None:
        message = "nothing says when each row was; rows are taken in their order"
        yield Finding("info", "no-time", message, "name --time if they are not in order", "time")
