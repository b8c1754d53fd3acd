"""Is the promised power kept? Simulated experiments for each kind of design; prints the table of docs/abtest_design.md.

    python benchmarks/abtest/power.py [experiments] [part of the name of a design]

Each design is solved for its size at a power of .8 and of .9; then experiments of that size are drawn and handed to the
functions of the analysis (`cerebro_abtest.blocks.power_simulation`). Some five minutes with 10,000 experiments.
"""

from __future__ import annotations

import math
import sys

from cerebro_abtest.blocks.power_design import PowerPlan, size_for
from cerebro_abtest.blocks.power_simulation import simulated_power

# metric, baseline, variance, shares, alpha, two-sided, hypothesis, correction, looks, spending and its power,
# convention, design effect, cluster size, kept
SHARES = PowerPlan(
    "proportion",
    0.05,
    0.0475,
    (0.5, 0.5),
    0.05,
    True,
    "difference",
    "none",
    1,
    "obrien-fleming",
    2.0,
    "pooled",
    1,
    1,
    1,
)


def designs() -> list[tuple[str, PowerPlan, float]]:
    """Name, design, effect."""
    from dataclasses import replace

    means = replace(SHARES, metric="mean", baseline=0.0, variance=1.0)
    three = (1 / 3, 1 / 3, 1 / 3)
    return [
        ("shares, 5 % to 6 %", SHARES, 0.01),
        ("shares, .2 % to .3 %", replace(SHARES, baseline=0.002), 0.001),
        ("shares, 80 : 20", replace(SHARES, shares=(0.8, 0.2)), 0.01),
        ("means, .3 SD", means, 0.3),
        ("means, 80 : 20", replace(means, shares=(0.8, 0.2)), 0.3),
        ("means, CUPED R² .5", replace(means, kept=0.5), 0.3),
        ("means, 20 a cluster, ICC .1", replace(means, design_effect=2.9, cluster_size=20.0), 0.3),
        (
            "means, clusters uneven (cv .5), ICC .05",
            replace(means, design_effect=2.2, cluster_size=20.0, cluster_cv=0.5),
            0.2,
        ),
        ("shares, 20 a cluster, ICC .1", replace(SHARES, design_effect=2.9, cluster_size=20.0), 0.01),
        ("ratio", replace(means, metric="ratio", baseline=0.2), 0.2),
        ("ratio, CUPED R² .4", replace(means, metric="ratio", baseline=0.2, kept=0.6), 0.2),
        (
            "ratio, CUPED, clusters, 4 looks",
            replace(means, metric="ratio", baseline=0.2, kept=0.6, design_effect=2.9, cluster_size=20.0, looks=4),
            0.15,
        ),
        ("shares, 3 arms, Holm", replace(SHARES, shares=three, correction="holm"), 0.01),
        ("means, 3 arms, Dunnett", replace(means, shares=three, correction="dunnett"), 0.3),
        ("shares, 5 looks, O'Brien-Fleming", replace(SHARES, looks=5), 0.01),
        ("shares, 5 looks, Pocock", replace(SHARES, looks=5, spending="pocock"), 0.01),
        ("means, 5 looks, O'Brien-Fleming", replace(means, looks=5), 0.3),
        ("shares, non-inferior by 1 point", replace(SHARES, hypothesis="non-inferiority"), 0.01),
        ("shares, equal within 1 point", replace(SHARES, hypothesis="equivalence"), 0.01),
    ]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("| design | units for .8 | power | units for .9 | power |\n|---|---|---|---|---|")
    worst = 0.0
    for name, plan, effect in designs():
        if len(sys.argv) > 2 and sys.argv[2] not in name:
            continue
        cells = [name]
        for power in (0.8, 0.9):
            units = math.ceil(size_for(plan, effect, power) / plan.cluster_size) * int(plan.cluster_size)
            found, error = simulated_power(plan, units, effect, count, seed=7)
            worst = max(worst, abs(found - power))
            cells += [f"{units:,}", f"{found:.4f} ± {error:.4f}"]
        print("| " + " | ".join(cells) + " |", flush=True)
    print(f"\nLargest distance from the promise: {worst:.4f}.")


if __name__ == "__main__":
    main()
