"""The design gate: how many planted faults are stopped, and how many clean twins are stopped with them.

    python benchmarks/causal/gate.py [seeds] [arms|quasi]

Each fault is drawn with several seeds, and so is its twin without the fault. "Stopped" is exit code 2 (declined by
agent or validator, refused by the rows), exit code 4 (a check failed), or a design by the agent that avoids the fault.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "plugins" / "cerebro-causal" / "tests" / "agent"))

from gate import STOPPED, judge_both
from gate_arms import ARMS
from gate_quasi import CUTOFFS, FRONT_DOORS, INSTRUMENTS, PANELS

GROUPS = {"arms": ARMS, "panels": PANELS, "cutoffs": CUTOFFS, "instruments": INSTRUMENTS, "front doors": FRONT_DOORS}


def share(hits: int, draws: int) -> str:
    """A share with its Monte-Carlo error."""
    part = hits / max(draws, 1)
    return f"{hits}/{draws} = {100 * part:.1f} ± {100 * (part * (1 - part) / max(draws, 1)) ** 0.5:.1f} %"


def main(seeds: int, wanted: list[str]) -> None:
    """Print a table of what became of faults and twins, and those that went wrong."""
    wrong: list[str] = []
    every: Counter[str] = Counter()
    print("| design | faults | stopped | by | clean twins stopped |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            ways: Counter[str] = Counter()
            false = 0
            for fault in GROUPS[name]:
                for seed in range(seeds):
                    bad, clean = judge_both(fault, seed, Path(folder))
                    ways[bad[0]] += 1
                    false += clean[0] != "answered"
                    if bad[0] not in STOPPED:
                        wrong.append(f"missed: {fault.name} (seed {seed})")
                    if clean[0] != "answered":
                        wrong.append(f"false stop: {fault.name} (seed {seed}): {clean[0]}, {clean[1][:160]}")
            draws = seeds * len(GROUPS[name])
            stopped = sum(ways[way] for way in STOPPED)
            shown = ", ".join(f"{way} {ways[way]}" for way in STOPPED if ways[way])
            counts = f"{len(GROUPS[name])} | {share(stopped, draws)}"
            print(f"| {name} | {counts} | {shown} | {share(false, draws)} |", flush=True)
            every.update(draws=draws, stopped=stopped, false=false)
    print(f"| all | | {share(every['stopped'], every['draws'])} | | {share(every['false'], every['draws'])} |")
    print("\n".join(wrong))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3, sys.argv[2:] or list(GROUPS))
