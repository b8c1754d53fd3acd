"""The whole process of `cerebro search` against the CLI's own start (`cerebro plugins --json`), cold, in turns.

CEREBRO_CACHE=… python benchmarks/corpus/cold.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

CEREBRO = str(Path(sys.executable).parent / "cerebro")
QUERIES = ("geometric adstock", "who should get the coupon?", "DoubleMLPLR", "how sure are we about radio")
ROUNDS = 40


def seconds(*arguments: str) -> float:
    """Wall time of one process."""
    started = time.perf_counter()
    subprocess.run([CEREBRO, *arguments], capture_output=True, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Print medians and 95th percentiles, in ms."""
    base, ours = [], []
    for number in range(ROUNDS):
        base.append(1000 * seconds("plugins", "--json"))
        ours.append(1000 * seconds("search", QUERIES[number % len(QUERIES)], "--json"))
    beyond = sorted(one - statistics.median(base) for one in ours)
    print(f"start: median {statistics.median(base):.0f} ms; search: median {statistics.median(ours):.0f} ms")
    print(f"beyond the start: median {statistics.median(beyond):.0f} ms, p95 {beyond[int(0.95 * ROUNDS)]:.0f} ms")


if __name__ == "__main__":
    main()
