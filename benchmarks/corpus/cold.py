"""The whole process of `cerebro search` against the CLI's own start (`cerebro plugins --json`), cold, in turns.

CEREBRO_CACHE=… python benchmarks/corpus/cold.py
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

CEREBRO = str(Path(sys.executable).parent / "cerebro")
QUERIES = ("geometric adstock", "who should get the coupon?", "DoubleMLPLR", "how sure are we about radio")
ROUNDS = 40


def seconds(*arguments: str) -> tuple[float, float]:
    """Wall time and processor time of one process; the second says more where others use the machine too."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([CEREBRO, *arguments], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, used


def main() -> None:
    """Print medians and 95th percentiles, in ms; the start's own spread says how much of it is the machine's."""
    seconds("plugins", "--json"), seconds("search", QUERIES[0], "--json")  # byte code is written once
    base, ours = [], []
    for number in range(ROUNDS):
        base.append(seconds("plugins", "--json"))
        ours.append(seconds("search", QUERIES[number % len(QUERIES)], "--json"))
    for place, what in enumerate(("wall", "processor")):
        start = 1000 * statistics.median(one[place] for one in base)
        told = [sorted(1000 * one[place] - start for one in runs)[int(0.95 * ROUNDS)] for runs in (base, ours)]
        beyond = statistics.median(1000 * one[place] for one in ours) - start
        print(
            f"{what}: start median {start:.0f} ms, p95 {told[0]:.0f} ms beyond its median; "
            f"search beyond that median: median {beyond:.0f} ms, p95 {told[1]:.0f} ms"
        )


if __name__ == "__main__":
    main()
