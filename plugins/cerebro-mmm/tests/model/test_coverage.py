"""The 90 % intervals hold the truth nine times in ten, over simulated markets; what they cannot hold is flagged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ARENA = Path(__file__).parents[4] / "benchmarks" / "mmm" / "arena.py"
WORLDS = 10


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    out = tmp_path_factory.mktemp("arena") / "arena.json"
    command = [sys.executable, str(ARENA), "--worlds", str(WORLDS), "--forms", "given", "--json", str(out)]
    subprocess.run(command, check=True, timeout=1500)
    return json.loads(out.read_text())["runs"]


def values(runs, family, name):
    return np.array([run[name] for run in runs if run["family"] == family])


@pytest.mark.slow
@pytest.mark.skipif(not ARENA.exists(), reason="the benchmark is not part of a wheel")
@pytest.mark.parametrize("family", ["right", "wrong", "collinear", "short", "heavy"])
def test_intervals_hold_the_truth(runs, family):
    # Four standard errors of the nominal rate, if five intervals of a world weigh like two and a half.
    assert values(runs, family, "coverage").mean() >= 0.9 - 4 * np.sqrt(0.9 * 0.1 / (2.5 * WORLDS))


@pytest.mark.slow
@pytest.mark.skipif(not ARENA.exists(), reason="the benchmark is not part of a wheel")
def test_spend_that_chases_demand_is_flagged_and_spend_that_does_not_is_not(runs):
    assert values(runs, "demand", "demand_flagged").mean() >= 0.8
    assert values(runs, "right", "demand_flagged").mean() <= 0.2
    assert values(runs, "demand", "covered_or_flagged").mean() >= 0.87


@pytest.mark.slow
@pytest.mark.skipif(not ARENA.exists(), reason="the benchmark is not part of a wheel")
def test_fast_inference_seldom_needs_the_sampler(runs):
    assert values(runs, "right", "sampled").mean() <= 0.1
