"""The 90 % intervals hold the truth about nine times in ten, over simulated markets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARK = Path(__file__).parents[4] / "benchmarks" / "mmm" / "coverage.py"
WORLDS = 8


@pytest.mark.slow
@pytest.mark.skipif(not BENCHMARK.exists(), reason="the benchmark is not part of a wheel")
def test_intervals_hold_the_truth(tmp_path):
    out = tmp_path / "coverage.json"
    command = [sys.executable, str(BENCHMARK), "--worlds", str(WORLDS), "--families", "right", "--json", str(out)]
    subprocess.run(command, check=True, timeout=1500)
    runs = json.loads(out.read_text())["runs"]
    inside = np.array([np.mean(run["inside"]) for run in runs])
    # Four standard errors of the nominal rate if each world's five intervals were half dependent: 40 intervals
    # then weigh like 20.
    assert inside.mean() >= 0.9 - 4 * np.sqrt(0.9 * 0.1 / (5 * WORLDS / 2))
    assert np.mean([run["total_inside"] for run in runs]) >= 5 / 8
    assert all(run["rhat"] <= 1.01 and run["ess"] >= 400 for run in runs)
    assert sum(run["divergences"] for run in runs) == 0
