"""100,000,000 rows of Parquet, 10 metrics with CUPED, a ratio and the checks, against DuckDB and tea-tasting.

    python benchmarks/abtest/scale.py --rows 100000000 --folder /tmp/abtest-scale [--tea /path/to/its/python]

Each contender runs in a process of its own, with two threads, on the same file (made once, and left in the folder).
DuckDB's own query is its numerically stable moments (avg, var_samp, covar_samp) by arm of the same columns. Seconds are
wall-clock; memory is the peak resident set.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import duckdb

METRICS = 10


def make_file(path: Path, rows: int) -> None:
    """Arms, ten outcomes, their values from before, and a denominator."""
    if path.exists():
        return
    columns = ["case when random() < 0.5 then 'a' else 'b' end as arm", "floor(random() * 20 + 1)::double as views"]
    for i in range(METRICS):
        columns.append(f"round(random() * 100 + {i}, 2) as x{i}")
    inner = f"select {', '.join(columns)} from range({rows})"
    outcomes = ", ".join(
        f"round(0.7 * x{i} + random() * 50 + (arm = 'b')::int * 0.1, 2) as y{i}" for i in range(METRICS)
    )
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"copy (select *, {outcomes} from ({inner})) to '{path}' (format parquet)")


def own_query(path: str) -> object:
    """DuckDB's own stable moments of the same columns."""
    asked = ["count(*)", "avg(views)", "var_samp(views)", "covar_samp(y0, views)"]
    for i in range(METRICS):
        asked += [f"avg(y{i})", f"var_samp(y{i})", f"avg(x{i})", f"var_samp(x{i})", f"covar_samp(y{i}, x{i})"]
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        sql = f"select arm, {', '.join(asked)} from read_parquet('{path}') group by arm"
        return [len(row) for row in connection.execute(sql).fetchall()]


def cerebro(path: str, kind: str) -> object:
    """The whole analysis of ten metrics with their covariates, or the moments alone."""
    from cerebro_core.blocks.moment_sql import MomentSet
    from cerebro_core.blocks.source import open_source

    if kind == "moments":
        sets = {f"m{i}": MomentSet((f"y{i}",), (f"x{i}",)) for i in range(METRICS)}
        sets["ratio"] = MomentSet(("y0", "views"))
        with open_source(path) as source:
            return len(source.moments(sets, ["arm"]))
    from cerebro_core.api import as_spec
    from cerebro_core.testing.direct import call_block

    spec = {"kind": "abtest", "data": path, "treatment": "arm", "control": "a", "correction": "holm"}
    spec |= {"outcome": [f"y{i}" for i in range(METRICS)], "covariates": ["x0"]}
    if kind != "frequentist":
        spec |= {"type": kind, "correction": "none"} | (
            {"sequence": "asymptotic"} if kind == "sequential" else {"model": "normal"}
        )
    found = call_block(as_spec(spec))
    return found.estimates[0].value


TEA = """
import sys, time, resource, json
import ibis, tea_tasting as tt
begun = time.perf_counter()
con = ibis.duckdb.connect(threads=2)
data = con.read_parquet(sys.argv[1])
metrics = {f"m{i}": tt.Mean(f"y{i}", covariate=f"x{i}") for i in range(10)}
metrics["ratio"] = tt.RatioOfMeans("y0", "views")
metrics["srm"] = tt.SampleRatio()
found = tt.Experiment(metrics, variant="arm").analyze(data, control="a")
seconds = time.perf_counter() - begun
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def child(what: str, path: str) -> None:
    """Run one contender and print its seconds and megabytes."""
    begun = time.perf_counter()
    own_query(path) if what == "duckdb" else cerebro(path, what)
    seconds = time.perf_counter() - begun
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def main() -> None:
    """Make the file, run every contender, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/abtest-scale"))
    parser.add_argument(
        "--tea", default="", help="python of an environment with tea-tasting and ibis-framework[duckdb]"
    )
    parser.add_argument("--child", nargs=2, default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(*given.child)
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    path = given.folder / f"rows-{given.rows}.parquet"
    make_file(path, given.rows)
    print(f"{given.rows:,} rows, {path.stat().st_size / 1e9:.1f} GB\n")
    print("| what | seconds | ratio | peak MB |\n|---|---|---|---|")
    base = 0.0
    for what in ("duckdb", "moments", "frequentist", "bayesian", "sequential", *(["tea-tasting"] if given.tea else [])):
        command = [sys.executable, __file__, "--child", what, str(path)]
        if what == "tea-tasting":
            command = [given.tea, "-c", TEA, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds, megabytes = json.loads(done.stdout.strip().splitlines()[-1])
        base = base or seconds
        print(f"| {what} | {seconds:.1f} | {seconds / base:.2f} | {megabytes:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
