"""Time, memory and truth of `cerebro causal` on large tables, with DoWhy and EconML in the same run.

    python benchmarks/causal/speed.py [--cases NAME] [--limit SECONDS] [--draws N]

Each case runs in a process of its own, on a table drawn with a known effect (1, or .5 in the nonlinear world), and
prints what it found. Cerebro's cases read a Parquet file and give interval, overlap, balance, robustness value and
figures, without refuters; the peers get the arrays, and give what they give. Imports are not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from truth import alike, nonlinear

CASES = {
    # name: rows, columns, world
    "cerebro ipw": (20_000, 5, "linear"),
    "dowhy ipw": (20_000, 5, "linear"),
    "dowhy ipw, interval": (20_000, 5, "linear"),
    "cerebro psm": (20_000, 5, "linear"),
    "dowhy psm": (20_000, 5, "linear"),
    "dowhy psm, interval": (20_000, 5, "linear"),
    "cerebro aipw": (20_000, 50, "nonlinear"),
    "econml LinearDML": (20_000, 50, "nonlinear"),
    "econml LinearDRLearner": (20_000, 50, "nonlinear"),
    "dowhy ipw, 50 columns": (20_000, 50, "nonlinear"),
    "cerebro aipw, a million": (1_000_000, 50, "nonlinear"),
}
ALL_CORES = {**os.environ, **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(os.cpu_count()))}
"""`truth`, which is imported for its worlds, would keep to one."""
ALWAYS = tuple(name for name in CASES if "million" not in name)


def drawn(name: str, seed: int) -> tuple[pd.DataFrame, float]:
    """A table and its effect."""
    rows, columns, world = CASES[name]
    make = alike(rows) if world == "linear" else nonlinear(rows, columns)
    sample, truth = make(np.random.default_rng([seed, 99]))
    frame = pd.DataFrame(sample.covariates, columns=[f"x{i}" for i in range(sample.covariates.shape[1])])
    return frame.assign(t=sample.arm, y=sample.outcome), truth


def by_cerebro(path: Path, name: str, frame: pd.DataFrame | None, columns: list[str]) -> tuple[float, float, float]:
    """Estimate and interval."""
    from cerebro_core.api import as_spec
    from cerebro_core.testing.direct import call_block

    method = name.split()[1].strip(",")
    given = {"method": "backdoor", "estimator": "aipw"} if method == "aipw" else {"method": method}
    spec = as_spec({"kind": "causal", "data": str(path), "treatment": "t", "outcome": "y", "confounders": columns,
                    "refute": False, **given})  # fmt: skip
    found = call_block(spec)
    first = found.estimates[0]
    assert "unmeasured" in found.tables
    assert "balance" in found.tables
    return first.value or 0.0, first.ci_low or 0.0, first.ci_high or 0.0


def by_dowhy(name: str, frame: pd.DataFrame, columns: list[str]) -> tuple[float, float, float]:
    import dowhy

    frame = frame.assign(t=frame["t"].astype(bool))
    model = dowhy.CausalModel(data=frame, treatment="t", outcome="y", common_causes=columns)
    named = model.identify_effect(proceed_when_unidentifiable=True)
    kind = "matching" if "psm" in name else "weighting"
    interval = "interval" in name  # by its bootstrap of 100 draws
    found = model.estimate_effect(named, method_name=f"backdoor.propensity_score_{kind}", confidence_intervals=interval)
    low, high = np.ravel(found.get_confidence_intervals()) if interval else (np.nan, np.nan)
    return float(found.value), float(low), float(high)


def by_econml(name: str, frame: pd.DataFrame, columns: list[str]) -> tuple[float, float, float]:
    y, t, x = frame["y"].to_numpy(), frame["t"].to_numpy(), frame[columns].to_numpy()
    if "DRLearner" in name:
        from econml.dr import LinearDRLearner

        fit = LinearDRLearner(random_state=1).fit(y, t, X=None, W=x)
        found = fit.intercept__inference(T=1)
    else:
        from econml.dml import LinearDML

        fit = LinearDML(discrete_treatment=True, random_state=1).fit(y, t, X=None, W=x)
        found = fit.intercept__inference()
    low, high = found.conf_int()
    return float(np.ravel(found.point_estimate)[0]), float(np.ravel(low)[0]), float(np.ravel(high)[0])


def run_case(name: str, seed: int, folder: str) -> None:
    """In a process of its own: draw, estimate, and print figures as JSON."""
    warnings.simplefilter("ignore")
    frame, truth = drawn(name, seed)
    columns = [column for column in frame.columns if column not in ("t", "y")]
    path = Path(folder) / "data.parquet"
    if name.startswith("cerebro"):
        frame.to_parquet(path, index=False)
        # a process that has not drawn the table, so that its memory is its own
        code = f"import speed; speed.timed({name!r}, {str(path)!r}, {truth!r})"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent)
        return
    __import__("dowhy" if name.startswith("dowhy") else "econml.dml")
    call = by_dowhy if name.startswith("dowhy") else by_econml
    start, spent = time.perf_counter(), time.process_time()
    found = call(name, frame, columns)
    show(name, found, truth, time.perf_counter() - start, time.process_time() - spent)


def timed(name: str, path: str, truth: float) -> None:
    """One of Cerebro's cases."""
    import pyarrow.parquet

    import cerebro_causal.blocks.backdoor
    import cerebro_causal.blocks.doubly_robust
    import cerebro_causal.blocks.ipw
    import cerebro_causal.blocks.matching  # noqa: F401

    columns = [column for column in pyarrow.parquet.read_schema(path).names if column not in ("t", "y")]
    start, spent = time.perf_counter(), time.process_time()
    found = by_cerebro(Path(path), name, None, columns)
    show(name, found, truth, time.perf_counter() - start, time.process_time() - spent)


def show(name: str, found: tuple[float, float, float], truth: float, seconds: float, spent: float) -> None:
    """One line of JSON."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    shown = [None if np.isnan(value) else round(value, 4) for value in found]
    print(json.dumps({"name": name, "found": shown, "truth": truth, "seconds": round(seconds, 2),
                      "cpu": round(spent, 2), "gigabytes": round(peak, 2)}), flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default="", help="cases whose name begins with this; without, all but the million")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for each case")
    parser.add_argument("--draws", type=int, default=1)
    given = parser.parse_args()
    names = [name for name in CASES if name.startswith(given.cases)] if given.cases else list(ALWAYS)
    for name in names:
        for seed in range(given.draws):
            with tempfile.TemporaryDirectory() as folder:
                code = f"import speed; speed.run_case({name!r}, {seed}, {folder!r})"
                here = Path(__file__).parent
                try:
                    subprocess.run(
                        [sys.executable, "-c", code], check=False, timeout=given.limit, cwd=here, env=ALL_CORES
                    )
                except subprocess.TimeoutExpired:
                    print(json.dumps({"name": name, "seconds": f"above {given.limit:.0f}"}), flush=True)


if __name__ == "__main__":
    main()
