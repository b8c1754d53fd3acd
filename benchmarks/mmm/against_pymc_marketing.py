"""Cerebro's whole generated script, cold, against a pymc-marketing 1.3 script, cold, on the same simulated markets.

    python benchmarks/mmm/against_pymc_marketing.py [--worlds 6] [--family right] [--saturation hill]

156 weeks and 5 channels a world, truth known. The peer lives in an environment of its own, made at the first run under
`--peer` (default: the user's cache folder). Both run in turn, so that both see the same machine. Reported: seconds of
the whole process, mean absolute error of contributions relative to the channel's true contribution, coverage and
relative width of 90 % intervals, and the smallest ESS; each mean with its Monte-Carlo standard error over worlds.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cerebro_mmm.worlds import World, draw_world

HERE = Path(__file__).parent
PEER = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "cerebro-benchmarks" / "pymc-marketing-1.3"


def peer_python(folder: Path) -> str:
    """The peer's interpreter, in an environment that is made where it is missing."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "pymc-marketing==1.3.0", "nutpie"], check=True)
    return str(python)


def timed(command: list[str]) -> float:
    """Wall-clock seconds of a process; a failure ends the benchmark with its output."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 4):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return time.perf_counter() - start


def write(world: World, folder: Path) -> Path:
    """The world's table as CSV."""
    path = folder / "table.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(world.columns)
        writer.writerows(zip(*world.columns.values(), strict=True))
    return path


def ours(world: World, table: Path, folder: Path) -> dict[str, object]:
    """Generate the script, run it by itself, and read its result."""
    script, out = folder / "p.py", folder / "ours"
    cerebro = str(Path(sys.executable).with_name("cerebro"))
    roles = ["--date", "week", "--outcome", "sales", "--channels", ",".join(world.channels)]
    subprocess.run(
        [
            cerebro,
            "mmm",
            str(table),
            *roles,
            "--controls",
            ",".join(world.controls),
            "-o",
            str(script),
            "--holdout",
            "0",
        ],
        check=True,
        capture_output=True,
    )
    seconds = timed([sys.executable, str(script), "--out", str(out), "--quiet"])
    result = json.loads((out / "result.json").read_text())
    rows = {item["group"]: item for item in result["estimates"] if item["name"] == "contribution"}
    diagnostics = {item["name"]: item["value"] for item in result["diagnostics"]}
    return {
        "seconds": seconds,
        "mean": [rows[name]["value"] for name in world.channels],
        "low": [rows[name]["ci_low"] for name in world.channels],
        "high": [rows[name]["ci_high"] for name in world.channels],
        "ess": diagnostics.get("ess", diagnostics.get("importance_ess")),
    }


def theirs(world: World, table: Path, folder: Path, python: str) -> dict[str, object]:
    """Run the peer's script."""
    roles, out = folder / "roles.json", folder / "peer.json"
    roles.write_text(
        json.dumps(
            {"date": "week", "outcome": "sales", "channels": list(world.channels), "controls": list(world.controls)}
        )
    )
    seconds = timed([python, str(HERE / "peer_fit.py"), str(table), str(roles), str(out)])
    return {"seconds": seconds, **json.loads(out.read_text())}


def score(world: World, answer: dict[str, list[float]]) -> tuple[float, float, float]:
    """Mean absolute relative error, coverage, and relative width of the intervals over the channels of a world."""
    truth = [world.contribution[name] for name in world.channels]
    rows = list(zip(truth, answer["mean"], answer["low"], answer["high"], strict=True))
    error = statistics.mean(abs(mean - true) / true for true, mean, _, _ in rows)
    covered = statistics.mean(low <= true <= high for true, _, low, high in rows)
    width = statistics.mean((high - low) / true for true, _, low, high in rows)
    return error, covered, width


def with_error(values: list[float]) -> str:
    """`mean ± Monte-Carlo standard error`."""
    spread = statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return f"{statistics.mean(values):.3f} ± {spread:.3f}"


def main() -> None:
    """Print a line a world, then the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=6)
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--family", default="right")
    parser.add_argument("--saturation", default="hill", choices=("hill", "logistic"))
    parser.add_argument("--peer", type=Path, default=PEER)
    chosen = parser.parse_args()
    python = peer_python(chosen.peer)
    gathered: dict[str, list[tuple[float, float, float, float, float]]] = {"cerebro": [], "pymc-marketing": []}
    for seed in range(chosen.first, chosen.first + chosen.worlds):
        world = draw_world(seed, chosen.family, saturation=chosen.saturation)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            table = write(world, folder)
            for who, answer in (
                ("cerebro", ours(world, table, folder)),
                ("pymc-marketing", theirs(world, table, folder, python)),
            ):
                figures = (answer["seconds"], *score(world, answer), answer["ess"])
                gathered[who].append(figures)
                print(f"world {seed} {who:<15}", *(f"{item:8.3f}" for item in figures), flush=True)
    print(f"\n{chosen.worlds} worlds of the family '{chosen.family}', {chosen.saturation} saturation, 156 × 5")
    print(f"{'':<16}{'seconds':>18}{'relative error':>18}{'coverage (.90)':>18}{'relative width':>18}{'ESS':>20}")
    for who, rows in gathered.items():
        print(f"{who:<16}" + "".join(f"{with_error([*column]):>18}" for column in zip(*rows, strict=True)))


if __name__ == "__main__":
    main()
