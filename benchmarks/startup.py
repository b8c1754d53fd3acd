"""Start-up as ratios against bare peers in the same run (design, section 8).

    python benchmarks/startup.py [--repeats 15]

Each command is run `repeats` times in turn with its peer; the ratio is that of the medians. A first run of each lets
Python keep its bytecode, as every user's does, also where the environment says otherwise.
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

BARE = """
import typer
app = typer.Typer()
@app.command()
def hello(name: str = "x", count: int = 3):
    \"\"\"Say hello.\"\"\"
app()
"""
IMPORTS = "import typer, pydantic, pluggy"


ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def seconds(command: list[str]) -> float:
    """Wall-clock seconds of one run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    return time.perf_counter() - start


def ratio(command: list[str], peer: list[str], repeats: int) -> tuple[float, float, float]:
    """Median seconds of a command and of its peer, run in turn, and their ratio."""
    seconds(command), seconds(peer)
    pairs = [(seconds(command), seconds(peer)) for _ in range(repeats)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return ours, theirs, ours / theirs


def main() -> None:
    """Print one line a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    cerebro = str(Path(sys.executable).with_name("cerebro"))
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE)
        helped = [sys.executable, str(bare), "--help"]
        imports = [sys.executable, "-c", IMPORTS]
        print(f"{'command':<28} {'seconds':>8} {'peer':>8} {'ratio':>6}  aim")
        for arguments, peer, name in (
            (["--help"], helped, "bare Typer app's --help"),
            (["mmm", "--help"], helped, "bare Typer app's --help"),
            (["plugins", "--json"], imports, "bare imports"),
        ):
            ours, theirs, times = ratio([cerebro, *arguments], peer, repeats)
            print(f"{'cerebro ' + ' '.join(arguments):<28} {ours:8.3f} {theirs:8.3f} {times:6.2f}  ≤ 1.5 × {name}")


if __name__ == "__main__":
    main()
