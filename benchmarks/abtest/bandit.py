"""Do intervals hold on logs that a bandit collected? Prints the table of docs/abtest_design.md.

    python benchmarks/abtest/bandit.py [logs]

Thompson sampling of two arms over 1,000 plays, each arm played with a chance of `floor` at least; coverage of 95 %
intervals of the value of each arm; "shown" is what `mean` shows: the adaptive interval, or the any-time one where the
effective sample is below 100; "by weights" is the any-time interval that policies and context have.
Some three minutes with 1,000 logs.
"""

from __future__ import annotations

import math
import sys

import numpy as np

from cerebro_abtest.blocks.bandit_report import FEW_EFFECTIVE
from cerebro_abtest.blocks.bandit_values import any_time_interval, arm_value, weighted_interval

PLAYS = 1_000


def draw(rng: np.random.Generator, means: tuple[float, float], floor: float) -> tuple[np.ndarray, ...]:
    """Arms, rewards and propensities of one log."""
    won, lost = [1.0, 1.0], [1.0, 1.0]
    arms, rewards, chances = np.empty(PLAYS, int), np.empty(PLAYS), np.empty(PLAYS)
    for t, (first, second) in enumerate(rng.random((PLAYS, 2))):
        mean = [w / (w + x) for w, x in zip(won, lost, strict=True)]
        spread = sum(m * (1 - m) / (w + x + 1) for m, w, x in zip(mean, won, lost, strict=True))
        chance = floor + (1 - 2 * floor) * 0.5 * (1 + math.erf((mean[1] - mean[0]) / math.sqrt(2 * spread)))
        arm = int(first < chance)
        win = second < means[arm]
        (won if win else lost)[arm] += 1
        arms[t], rewards[t], chances[t] = arm, win, chance if arm else 1 - chance
    return arms, rewards, chances


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    print("| arms | floor | arm | effective n | plain mean | IPS | DR | adaptive | any time | by weights | shown |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for means in ((0.3, 0.3), (0.3, 0.4)):
        for floor in (0.1, 0.05, 0.01):
            rng = np.random.default_rng(1)
            hits = np.zeros((2, 7))
            size = np.zeros(2)
            for _ in range(count):
                arms, rewards, chances = draw(rng, means, floor)
                for arm in (0, 1):
                    found = arm_value(arm, arms, rewards, chances, np.zeros((PLAYS, 0)))
                    mine = rewards[arms == arm]
                    plain = mine.mean(), mine.std() / math.sqrt(len(mine))
                    low, high = any_time_interval(int(mine.sum()), int(len(mine) - mine.sum()), 0.95)
                    pairs = (plain, found.ips, found.doubly_robust, found.adaptive)
                    hits[arm, :4] += [abs(value - means[arm]) <= 1.96 * error for value, error in pairs]
                    hits[arm, 4] += low <= means[arm] <= high
                    ends = weighted_interval(np.where(arms == arm, 1 / chances, 0.0), rewards, (0.0, 1.0), 0.95)
                    hits[arm, 5] += ends[0] <= means[arm] <= ends[1]
                    value, error = found.adaptive
                    if found.effective < FEW_EFFECTIVE:
                        hits[arm, 6] += min(low, value) <= means[arm] <= max(high, value)
                    else:
                        hits[arm, 6] += abs(value - means[arm]) <= 1.96 * error
                    size[arm] += found.effective
            for arm in (0, 1):
                cells = " | ".join(f"{share:.3f}" for share in hits[arm] / count)
                print(
                    f"| {means[0]}, {means[1]} | {floor} | {means[arm]} | {size[arm] / count:.0f} | {cells} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
