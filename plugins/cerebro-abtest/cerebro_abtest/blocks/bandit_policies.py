"""Policies that learn while they play: Thompson, UCB1, epsilon-greedy, LinUCB, LinTS; regret and replay."""

from __future__ import annotations

import numpy as np

EXPLORE = 1.0  # LinUCB's alpha and LinTS's v, in standard deviations


class Learner:
    """Many independent copies of a policy, which play side by side.

    Args:
        kind: "thompson", "ucb1", "epsilon_greedy", "linucb" or "lints".
        arms, copies, width: how many arms, copies, and numbers of context with the constant.
        binary: whether rewards are 0 and 1, so that Thompson's posterior is a beta; else it is normal.
        spread: standard deviation of rewards, which scales what is explored.
        epsilon: of epsilon_greedy.
        rng: of all draws.
    """

    def __init__(
        self,
        kind: str,
        arms: int,
        copies: int,
        width: int,
        binary: bool,
        spread: float,
        epsilon: float,
        rng: np.random.Generator,
    ) -> None:
        self.kind, self.binary, self.spread, self.epsilon, self.rng = kind, binary, spread, epsilon, rng
        self.counts = np.zeros((copies, arms))
        self.sums = np.zeros((copies, arms))
        self.rows = np.arange(copies)
        linear = kind in ("linucb", "lints")
        self.inverse = np.tile(np.eye(width), (copies, arms, 1, 1)) if linear else np.zeros((0, 0, 0, 0))
        self.moment = np.zeros((copies, arms, width)) if linear else np.zeros((0, 0, 0))

    def choose(self, context: np.ndarray) -> np.ndarray:
        """The arm of each copy, given its context (copies, width)."""
        if self.kind in ("linucb", "lints"):
            slope = np.einsum("sade,sae->sad", self.inverse, self.moment)
            mean = np.einsum("sad,sd->sa", slope, context)
            width = np.sqrt(np.einsum("sd,sade,se->sa", context, self.inverse, context)) * self.spread * EXPLORE
            index = mean + width * (1.0 if self.kind == "linucb" else self.rng.standard_normal(mean.shape))
            return np.asarray((index + 1e-9 * self.rng.random(index.shape)).argmax(axis=1))
        seen = np.maximum(self.counts, 1)
        mean = self.sums / seen
        if self.kind == "thompson":
            if self.binary:
                index = self.rng.beta(1 + self.sums, 1 + self.counts - self.sums)
            else:
                index = mean + self.spread / np.sqrt(seen) * self.rng.standard_normal(mean.shape)
                index = np.where(self.counts == 0, np.inf, index)
        elif self.kind == "ucb1":  # Auer, Cesa-Bianchi & Fischer (2002), for rewards in a range of 2 spreads
            scale = 1.0 if self.binary else 2 * self.spread
            index = mean + scale * np.sqrt(2 * np.log(np.maximum(self.counts.sum(axis=1), 1))[:, None] / seen)
            index = np.where(self.counts == 0, np.inf, index)
        else:
            index = np.where(self.counts == 0, np.inf, mean)
            wild = self.rng.random(len(index)) < self.epsilon
            index[wild] = self.rng.random((int(wild.sum()), index.shape[1]))
        ties = self.rng.random(index.shape)
        best = index.max(axis=1, keepdims=True)
        return np.asarray(np.where(index == best, ties, -1.0).argmax(axis=1))

    def learn(self, chosen: np.ndarray, reward: np.ndarray, context: np.ndarray) -> None:
        """Take in what the chosen arms earned (Sherman & Morrison for the inverse)."""
        self.counts[self.rows, chosen] += 1
        self.sums[self.rows, chosen] += reward
        if self.kind in ("linucb", "lints"):
            inverse = self.inverse[self.rows, chosen]
            along = np.einsum("sde,se->sd", inverse, context)
            scale = 1 + np.einsum("sd,sd->s", context, along)
            self.inverse[self.rows, chosen] = inverse - along[:, :, None] * along[:, None, :] / scale[:, None, None]
            self.moment[self.rows, chosen] += reward[:, None] * context


def simulate_regret(
    learner: Learner, slopes: np.ndarray, contexts: np.ndarray, horizon: int, rng: np.random.Generator
) -> np.ndarray:
    """Cumulative regret against the best arm for each context: (horizon, copies).

    Args:
        learner: the policy.
        slopes: (arms, width): the mean reward of an arm is its slope times the context.
        contexts: (n, width), from which plays are drawn with replacement.
        horizon: plays.
        rng: of contexts and rewards.
    """
    copies = len(learner.rows)
    lost = np.zeros((horizon, copies))
    for step in range(horizon):
        context = contexts[rng.integers(0, len(contexts), copies)]
        means = context @ slopes.T
        if learner.binary:
            means = np.clip(means, 0.0, 1.0)
        chosen = learner.choose(context)
        mean = means[learner.rows, chosen]
        if learner.binary:
            reward = (rng.random(copies) < mean).astype(float)
        else:
            reward = mean + learner.spread * rng.standard_normal(copies)
        learner.learn(chosen, reward, context)
        lost[step] = means.max(axis=1) - mean
    return np.asarray(lost.cumsum(axis=0))


def replay(
    learner: Learner,
    arms: np.ndarray,
    rewards: np.ndarray,
    contexts: np.ndarray,
    chances: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Rewards of the rows whose arm the policy would have played; the others are passed over.

    A row whose arm fits is kept with the chance c / p, where p is its propensity and c the smallest of them: so each
    row is kept with the chance c whatever its arm, and what is kept is like the policy's own plays (rejection; Li, Chu,
    Langford & Wang 2011 for a uniform log, where each row that fits is kept; Dudik, Erhan, Langford & Li 2012).
    """
    keep = rng.random(len(arms)) < chances.min() / chances
    kept = []
    for arm, reward, context, usable in zip(arms, rewards, contexts, keep, strict=True):
        if learner.choose(context[None, :])[0] == arm and usable:
            learner.learn(np.array([arm]), np.array([reward]), context[None, :])
            kept.append(reward)
    return np.array(kept)
