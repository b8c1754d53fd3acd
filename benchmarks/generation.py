"""Generation from a large CSV against DuckDB's own read of the same file, in the same run.

    python benchmarks/generation.py [--rows 1000000] [--repeats 5]

The aim: `cerebro mmm … -o` takes at most twice DuckDB's read of the file, beyond its start-up. Start-up is the same
command on a table of 200 rows: imports, agents, validators, linking. The figure beyond `cerebro mmm --help` alone,
which neither links nor imports DuckDB, is printed too. (A million days begin in the year 1.)
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
READ = "import duckdb, sys; duckdb.sql('create table t as select * from read_csv(?)', params=[sys.argv[1]])"


def make(path: Path, rows: int) -> None:
    """Write a daily table with a date, an outcome, five channels, two controls and a text column."""
    duckdb.execute("select setseed(0.5)")
    duckdb.execute(
        f"""copy (select date '0001-01-01' + i::int as day, 1000 + 100 * random() as sales, 50 * random() as tv,
        30 * random() as search, 20 * random() as social, 10 * random() as radio, 5 * random() as display_spend,
        9 + random() as price, (random() < .1)::int as promo, 'region ' || (i % 7) as region
        from range({rows}) r(i)) to '{path}' (header)"""
    )


def timed(command: list[str], folder: str) -> float:
    """Wall-clock seconds of one run; what it prints is dropped."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if done.returncode not in (0, 2):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return time.perf_counter() - start


def main() -> None:
    """Print the medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    cerebro = str(Path(sys.executable).with_name("cerebro"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        make(path, chosen.rows)
        spec = ["--date", "day", "--outcome", "sales", "--channels", "tv,search,social,radio,display_spend"]
        ours = [cerebro, "mmm", str(path), *spec, "--controls", "price,promo", "-o", "p.py", "--force"]
        small = Path(folder) / "small.csv"
        make(small, 200)
        start_up = [cerebro, "mmm", str(small), *spec, "--controls", "price,promo", "-o", "small.py", "--force"]
        helped = [cerebro, "mmm", "--help"]
        read = [sys.executable, "-c", READ, str(path)]
        commands = {"generate": ours, "start-up": start_up, "--help": helped, "DuckDB's read": read}
        times: dict[str, list[float]] = {name: [] for name in commands}
        for command in commands.values():
            timed(command, folder)  # so that Python keeps its bytecode
        for _ in range(chosen.repeats):
            for name, command in commands.items():
                times[name].append(timed(command, folder))
        written = (Path(folder) / "p.py").exists()
        median = {name: statistics.median(values) for name, values in times.items()}
        print(f"{chosen.rows:,} rows, {path.stat().st_size / 2**20:.0f} MiB; script written: {written}")
        for name, value in median.items():
            print(f"{name:<16} {value:7.2f} s")
        for name in ("start-up", "--help"):
            beyond = (median["generate"] - median[name]) / median["DuckDB's read"]
            print(f"(generate - {name}) / read = {beyond:.2f}" + ("   aim ≤ 2" if name == "start-up" else ""))


if __name__ == "__main__":
    main()
