"""Sequences for conversions under peeking: false alarms over 1,000 looks from the first unit, and the sample they take.

    python benchmarks/abtest/peeking.py [--runs 4000] [--seed 1]

For comparison the formula in common use, the asymptotic confidence sequence with a plug-in variance, is read from the
first unit on too. Each line gives Monte-Carlo standard errors.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.betting import Batches, difference_fortunes, ratio_fortunes

LOOKS = 1_000
ALPHA = 0.05


def draw_batches(rng: np.random.Generator, looks: int, step: int, p0: float, p1: float) -> Batches:
    """Units that enter an arm with a chance of one half, `step` of them between two looks."""
    arm = rng.binomial(step, 0.5, looks)
    n = np.column_stack([step - arm, arm]).astype(float)
    y = np.column_stack([rng.binomial(n[:, 0].astype(int), p0), rng.binomial(arm, p1)]).astype(float)
    return Batches(n, y, y, 0.5, True)


def plug_in_alarm(batches: Batches, horizon: float) -> bool:
    """Whether the asymptotic sequence, tuned for the horizon, leaves out zero at any look with two units an arm."""
    n, y = np.cumsum(batches.n, axis=0), np.cumsum(batches.y, axis=0)
    ready = n.min(axis=1) >= 2
    if not ready.any():
        return False
    n, p = n[ready], y[ready] / n[ready]
    variance = (p * (1 - p) / n).sum(axis=1)
    total = n.sum(axis=1)
    rho2 = (-2 * np.log(ALPHA) + np.log(1 - 2 * np.log(ALPHA))) / horizon
    reach = np.sqrt(variance * (total * rho2 + 1) / (total * rho2) * np.log((total * rho2 + 1) / ALPHA**2))
    return bool((np.abs(p[:, 1] - p[:, 0]) > reach).any())


def share(hits: list[bool]) -> str:
    """A rate with its Monte-Carlo error."""
    rate = float(np.mean(hits))
    return f"{rate:.4f} ± {np.sqrt(max(rate * (1 - rate), 1e-9) / len(hits)):.4f}"


def false_alarms(rng: np.random.Generator, runs: int, p: float, step: int) -> str:
    """Rates of false alarms of difference, lift and the plug-in formula."""
    differences, lifts, plugged = [], [], []
    for _ in range(runs):
        batches = draw_batches(rng, LOOKS, step, p, p)
        differences.append(bool((difference_fortunes(batches, 0.0) >= -np.log(ALPHA)).any()))
        lifts.append(bool((ratio_fortunes(batches, 1.0) >= -np.log(ALPHA)).any()))
        plugged.append(plug_in_alarm(batches, LOOKS * step))
    return f"| {p:g} | {step} | {share(differences)} | {share(lifts)} | {share(plugged)} |"


def expected_sample(rng: np.random.Generator, runs: int, p0: float, lift: float, power: float) -> str:
    """Mean sample until the effect is established, over that of a fixed horizon with this power."""
    p1 = p0 * (1 + lift)
    reach = stats.norm.isf(ALPHA / 2) + stats.norm.ppf(power)
    fixed = 2 * reach**2 * (p0 * (1 - p0) + p1 * (1 - p1)) / (p1 - p0) ** 2
    step = max(1, round(fixed / 200))
    ratios, found = [], []
    for _ in range(runs):
        batches = draw_batches(rng, LOOKS, step, p0, p1)
        over = difference_fortunes(batches, 0.0) >= -np.log(ALPHA)
        stop = int(np.argmax(over)) + 1 if over.any() else LOOKS
        ratios.append(stop * step / fixed)
        found.append(bool(over.any()))
    error = np.std(ratios) / np.sqrt(runs)
    return f"| {p0:g} | {lift:+.0%} | {power:g} | {fixed:,.0f} | {np.mean(ratios):.3f} ± {error:.3f} | {share(found)} |"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    print(f"False alarms over {LOOKS} looks from the first unit, {given.runs} experiments\n")
    print("| rate | units a look | difference | lift | formula in common use |\n|---|---|---|---|---|")
    for p in (0.5, 0.1, 0.02, 0.005):
        for step in (1, 20):
            print(false_alarms(rng, given.runs, p, step), flush=True)
    print("\nSample until established, over the fixed-horizon sample\n")
    print("| rate | lift | power | fixed sample | mean ratio | established by 5 x |\n|---|---|---|---|---|---|")
    for p0, lift in ((0.5, 0.02), (0.5, 0.1), (0.1, 0.05), (0.1, 0.2), (0.02, 0.1), (0.02, 0.3), (0.005, 0.2)):
        print(expected_sample(rng, given.runs // 4, p0, lift, 0.8), flush=True)


if __name__ == "__main__":
    main()
