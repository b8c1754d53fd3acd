"""Bandits: values of arms from logs, replay and regret, held to known truths."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cerebro_abtest.blocks.bandit_policies import Learner, replay, simulate_regret
from cerebro_abtest.blocks.bandit_targets import policy_values
from cerebro_abtest.blocks.bandit_values import any_time_interval, arm_value, earlier_fit, weighted_interval
from cerebro_core.api import propose, validate
from cerebro_core.blocks.result import Refused
from cerebro_core.testing import DomainContract, MethodContract
from cerebro_core.testing.direct import call_block

KINDS = ("thompson", "ucb1", "epsilon_greedy", "linucb", "lints")


def draw_log(seed: int, effect: float = 0.1, rows: int = 800, floor: float = 0.1) -> pd.DataFrame:
    """Thompson sampling of two arms with shares .3 and .3 + effect, each played with a chance of `floor` at least."""
    rng = np.random.default_rng(seed)
    won, lost = np.ones(2), np.ones(2)
    found = []
    for t in range(rows):
        mean = won / (won + lost)
        spread = mean * (1 - mean) / (won + lost + 1)
        chance = floor + (1 - 2 * floor) * 0.5 * (1 + math.erf((mean[1] - mean[0]) / math.sqrt(2 * spread.sum())))
        arm = int(rng.random() < chance)
        click = int(rng.random() < 0.3 + effect * arm)
        won[arm] += click
        lost[arm] += 1 - click
        found.append((t, "ab"[arm], click, chance if arm else 1 - chance))
    return pd.DataFrame(found, columns=["t", "arm", "click", "p"])


def learner(kind: str, copies: int = 1, width: int = 1, arms: int = 2, seed: int = 0) -> Learner:
    return Learner(kind, arms, copies, width, True, 0.5, 0.1, np.random.default_rng(seed))


def test_a_log_of_a_fixed_policy_gives_the_true_values() -> None:
    """20,000 plays at .8 and .2: all estimators within four of their standard errors of .3 and .5."""
    rng = np.random.default_rng(1)
    arms = (rng.random(20_000) < 0.2).astype(int)
    rewards = (rng.random(20_000) < np.where(arms == 1, 0.5, 0.3)).astype(float)
    chances = np.where(arms == 1, 0.2, 0.8)
    for arm, truth in ((0, 0.3), (1, 0.5)):
        found = arm_value(arm, arms, rewards, chances, np.zeros((20_000, 0)))
        for value, error in (found.ips, found.snips, found.doubly_robust, found.adaptive):
            assert abs(value - truth) < 4 * error
        assert found.effective == pytest.approx((arms == arm).sum())
        assert found.doubly_robust[1] < found.ips[1]


def test_context_is_used_and_removes_confounding() -> None:
    """The arm is played where the context is high; its plain mean is 1 too high in truth, its value is not."""
    rng = np.random.default_rng(2)
    context = rng.normal(size=20_000)
    chance = 1 / (1 + np.exp(-2 * context))
    arms = (rng.random(20_000) < chance).astype(int)
    rewards = 2 * context + rng.normal(size=20_000)
    p = np.where(arms == 1, chance, 1 - chance)
    found = arm_value(1, arms, rewards, p, context[:, None])
    assert rewards[arms == 1].mean() > 0.8
    assert abs(found.doubly_robust[0]) < 4 * found.doubly_robust[1]
    assert found.doubly_robust[1] < 0.7 * found.snips[1]


@pytest.mark.slow
def test_intervals_hold_on_a_log_that_learned_where_plain_means_do_not() -> None:
    """300 Thompson logs with equal arms: the adaptive interval covers; a plain mean is biased downwards."""
    hits, plain = [], []
    for seed in range(300):
        log = draw_log(seed, 0.0, 600, 0.05)
        arms, rewards = (log.arm == "b").to_numpy(int), log.click.to_numpy(float)
        value, error = arm_value(1, arms, rewards, log.p.to_numpy(), np.zeros((600, 0))).adaptive
        hits.append(abs(value - 0.3) < 1.96 * error)
        plain.append(rewards[arms == 1].mean() - 0.3)
    assert np.mean(hits) > 0.95 - 4 * math.sqrt(0.05 * 0.95 / 300)
    assert np.mean(plain) < -2 * np.std(plain) / math.sqrt(300)


def test_any_time_intervals_hold_after_every_play_at_once() -> None:
    """2,000 sequences of 400 plays: at most 5 % leave the interval at any of these times."""
    rng = np.random.default_rng(6)
    wins = (rng.random((2_000, 400)) < 0.3).cumsum(axis=1)
    left = np.zeros(2_000, bool)
    plays = np.arange(1, 401)
    for w in range(401):  # the interval depends on wins and plays alone
        for n in np.unique(plays[(wins == w).any(axis=0)])[::4]:
            low, high = any_time_interval(w, int(n - w), 0.95)
            if not low <= 0.3 <= high:
                left |= wins[:, n - 1] == w
    assert 0.0 < left.mean() <= 0.05


def test_replay_on_a_uniform_log_is_right() -> None:
    """A policy that is replayed on a uniform log keeps half of it, and learns to play the better arm."""
    rng = np.random.default_rng(3)
    arms = rng.integers(0, 2, 6_000)
    rewards = (rng.random(6_000) < np.where(arms == 1, 0.7, 0.3)).astype(float)
    chances = np.full(6_000, 0.5)
    kept = replay(learner("thompson"), arms, rewards, np.ones((6_000, 1)), chances, np.random.default_rng(1))
    assert abs(len(kept) - 3_000) < 4 * math.sqrt(1_500)
    assert kept.mean() == pytest.approx(0.7, abs=0.04)


def test_replay_on_a_log_with_uneven_chances_is_right() -> None:
    """Arm b is played with .2 in half of the contexts and .8 in the others; always playing it earns .65."""
    rng = np.random.default_rng(13)
    context = rng.integers(0, 2, 8_000)
    chance = np.where(context == 1, 0.8, 0.2)
    arms = (rng.random(8_000) < chance).astype(int)
    rewards = (rng.random(8_000) < 0.3 + 0.2 * arms + 0.3 * context).astype(float)
    p = np.where(arms == 1, chance, 1 - chance)
    greedy = learner("epsilon_greedy")
    greedy.epsilon = 0.0
    greedy.counts[:], greedy.sums[0] = 1e9, [0.0, 1e9]  # plays b for ever
    kept = replay(greedy, arms, rewards, np.ones((8_000, 1)), p, rng)
    assert abs(len(kept) - 1_600) < 4 * math.sqrt(1_600 * 0.8)
    assert abs(kept.mean() - 0.65) < 4 * 0.48 / math.sqrt(len(kept))


def contextual(seed: int, rows: int = 4_000) -> pd.DataFrame:
    """A log of a policy that prefers b where x is high; b is better there, a elsewhere; the target knows."""
    rng = np.random.default_rng([seed, 14])
    x = rng.normal(size=rows)
    chance = 0.1 + 0.8 / (1 + np.exp(-x))
    b = rng.random(rows) < chance
    p = np.where(b, chance, 1 - chance)
    won = rng.random(rows) < 0.4 + np.where(b == (x > 0), 0.2, -0.2)
    wanted = np.where(x > 0, "b", "a")
    mine = np.where(b == (x > 0), 0.9, 0.1)  # plays the wanted arm with .9
    return pd.DataFrame(
        {"x": x, "arm": np.where(b, "b", "a"), "p": p, "won": won.astype(int), "wanted": wanted, "mine": mine}
    )


@pytest.mark.parametrize(("given", "truth"), [({"target": "wanted"}, 0.6), ({"target_chance": "mine"}, 0.56)])
def test_a_policy_of_the_user_is_valued(given: dict[str, Any], truth: float) -> None:
    common = {"arm": "arm", "reward": "won", "propensity": "p", "context": ["x"], "simulations": 10, "horizon": 20}
    found = call_block(propose(contextual(1), "bandit", **common, **given).spec)
    values = {item.group: item for item in found.estimates if item.name == "policy_value"}
    assert abs(values["target"].value - truth) < 4 * values["target"].std_error
    assert abs(values["uniform"].value - 0.4) < 4 * values["uniform"].std_error
    assert abs(values["greedy"].value - 0.6) < 0.04  # it learns the better arm of each context soon
    assert "Your policy would earn" in found.answer
    row = next(row for row in found.tables["policies"].rows if row[0] == "target")
    assert row[8] < truth < row[9]
    assert (row[2] is None) == ("target_chance" in given)


def test_a_policy_that_the_log_never_played_is_refused() -> None:
    log = contextual(2, 400)
    log["never"] = np.where(log["arm"] == "a", "b", "a")
    spec = propose(log, "bandit", arm="arm", reward="won", propensity="p", target="never", simulations=10).spec
    with pytest.raises(Refused, match="never played what your policy would"):
        call_block(spec)


@pytest.mark.slow
def test_the_value_of_a_policy_is_covered() -> None:
    """300 logs: intervals of IPS, SNIPS, DR and the any-time one hold .6 as often as they say."""
    hits = np.zeros(4)
    for seed in range(300):
        log = contextual(seed, 800)
        played, wanted = (log["arm"] == "b").to_numpy(int), (log["wanted"] == "b").to_numpy(int)
        rewards, chances, x = log["won"].to_numpy(float), log["p"].to_numpy(), log[["x"]].to_numpy()
        models = np.column_stack([earlier_fit(played == k, rewards, x) for k in (0, 1)])
        found = policy_values(played, rewards, chances, models, (0.0, 1.0), 0.95, wanted, None)[-1]
        for place, (value, error) in enumerate((found.ips, found.snips, found.doubly_robust)):
            hits[place] += abs(value - 0.6) < 1.96 * error
        hits[3] += found.any_time[0] <= 0.6 <= found.any_time[1]
    assert (hits / 300 > 0.95 - 4 * math.sqrt(0.05 * 0.95 / 300)).all()


def test_rewards_with_bounds_have_any_time_intervals_that_hold() -> None:
    """1,000 sequences of skewed amounts up to 20: at most 5 % leave the interval (beta mixture); nor by weights."""
    rng = np.random.default_rng(15)
    left = weighted = 0
    for _ in range(1_000):
        amounts = np.minimum(rng.lognormal(0, 1.2, 150), 20.0)
        share = amounts / 20
        low, high = any_time_interval(share.sum(), (1 - share).sum(), 0.95)
        left += not low <= CAPPED / 20 <= high
        p = rng.choice([0.1, 0.9], 150)
        played = rng.random(150) < p
        low, high = weighted_interval(np.where(played, 1 / p, 0.0), amounts, (0.0, 20.0), 0.95)
        weighted += not low <= CAPPED <= high
    assert left <= 50 + 3 * math.sqrt(50)
    assert weighted <= 50 + 3 * math.sqrt(50)


CAPPED = float(np.minimum(np.exp(1.2 * stats.norm.ppf((np.arange(2_000_000) + 0.5) / 2_000_000)), 20.0).mean())


def test_an_arm_that_was_hardly_played_gets_the_any_time_interval() -> None:
    log = draw_log(3, 0.3, 800, 0.01)
    given = {"arm": "arm", "reward": "click", "propensity": "p", "time": "t", "simulations": 10, "horizon": 20}
    found = call_block(propose(log, "bandit", **given).spec)
    kinds = {item.group: item.interval for item in found.estimates if item.name == "mean"}
    assert kinds == {"a": "sequence", "b": "confidence"}


@pytest.mark.parametrize("kind", KINDS)
def test_policies_lose_far_less_than_chance(kind: str) -> None:
    slopes = np.array([[0.3], [0.6]])
    lost = simulate_regret(learner(kind, 50), slopes, np.ones((10, 1)), 600, np.random.default_rng(4))
    assert (np.diff(lost, axis=0) >= 0).all()
    assert lost[-1].mean() < 0.5 * 0.15 * 600


def test_linear_policies_use_context() -> None:
    """Each arm is best in half of the contexts: without context half of all plays are wrong."""
    slopes = np.array([[0.5, 0.3], [0.5, -0.3]])
    contexts = np.column_stack([np.ones(100), np.tile([-1.0, 1.0], 50)])
    for kind in ("linucb", "lints"):
        lost = simulate_regret(learner(kind, 40, 2), slopes, contexts, 500, np.random.default_rng(5))
        plain = simulate_regret(learner("thompson", 40), slopes, contexts, 500, np.random.default_rng(5))
        assert lost[-1].mean() < 0.4 * plain[-1].mean()


def test_without_propensities_there_is_no_off_policy_estimate() -> None:
    log = draw_log(1).drop(columns="p")
    proposal = propose(log, "bandit", simulations=20, horizon=50)
    assert "no-propensities" in {item.code for item in validate(proposal)}
    found = call_block(proposal.spec)
    assert not any(item.name in ("mean", "replay") for item in found.estimates)
    assert "No off-policy estimate" in found.answer
    assert any("biased" in item.message for item in found.diagnostics)


@pytest.mark.parametrize(
    ("change", "given", "message"),
    [
        ({"arm": "a"}, {"arm": "arm"}, "two at least"),
        ({"p": 0.0}, {"propensity": "p"}, "above 0 and up to 1"),
        ({"click": 1}, {"reward": "click"}, "is always the same"),
        ({}, {"policy": "linucb"}, "name --context"),
        ({"p": 2.0}, {"target": "arm2", "propensity": None}, "the log has none"),
        ({}, {"target_chance": "t", "propensity": "p"}, "from 0 to 1"),
        ({}, {"target_chance": "chance", "target": "arm2", "propensity": "p"}, "leave one of them out"),
    ],
)
def test_bad_input_says_what_to_do(change: dict[str, Any], given: dict[str, Any], message: str) -> None:
    log = draw_log(1).assign(arm2="a", chance=0.5, **change)
    spec = propose(log, "bandit", **{"arm": "arm", "reward": "click", "propensity": "p", **given}).spec
    errors = [item.sentence for item in validate(spec) if item.severity == "error"]
    assert any(message in item for item in errors), errors


class TestBanditDomain(DomainContract):
    plugin = "abtest"
    command = "bandit"

    def draw(self, seed: int) -> pd.DataFrame:
        return draw_log(seed)


class TestBandit(MethodContract):
    method = "abtest/bandit"
    settings: ClassVar[dict[str, Any]] = {
        "arm": "arm",
        "reward": "click",
        "propensity": "p",
        "time": "t",
        "simulations": 20,
        "horizon": 50,
    }
    effect = 0.2
    estimate = "mean"
    group = "b"

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_log(seed, effect)

    def truth(self, seed: int, effect: float) -> float:
        return 0.3 + effect

    def is_alarm(self, estimate: Any) -> bool:
        """Without an effect the arm earns .3 like the other."""
        return not estimate.ci_low <= 0.3 <= estimate.ci_high

    def violated(self, seed: int) -> pd.DataFrame:
        """The propensities are not those with which arms were played."""
        return draw_log(seed).assign(p=0.2)
