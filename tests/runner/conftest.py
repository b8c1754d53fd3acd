"""Scripts that stand in for generated ones: each writes its run folder by hand."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

PRELUDE = """
import argparse, json, os, sys, time
parser = argparse.ArgumentParser()
parser.add_argument("--data", default="data.csv")
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--hash", action="store_true")
flags = parser.parse_args()

def document(**changes):
    base = {
        "schema_version": 1, "status": "ok", "domain": "demo", "method": "mean", "title": "A mean",
        "answer": "It is 1.",
        "estimates": [{"name": "mean", "value": 1.0, "ci_low": 0.5, "ci_high": 1.5, "ci_level": 0.9}],
        "diagnostics": [], "decisions": [], "tables": {}, "figures": [], "command": "python x.py --out " + flags.out,
        "data": {"source": flags.data, "rows": 3, "rows_used": 3, "sha256": None},
        "spec": {"kind": "demo", "data": flags.data, "seed": flags.seed, "outcome": "NO"},
        "software": {"python": "3", "packages": {}}, "seed": flags.seed, "seconds": 0.1,
    }
    return base | changes

def write(name, text):
    path = os.path.join(flags.out, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)

def finish(code=0, **changes):
    write("result.json", json.dumps(document(**changes)))
    write("report.html", "<p>It is 1.</p> at " + flags.out)
    print("the answer, and the report in", os.path.join(flags.out, "report.html"))
    sys.exit(code)
"""

MakeScript = Callable[..., Path]


@pytest.fixture
def make_script(tmp_path: Path) -> MakeScript:
    """`make_script(body, name="pipeline.py", header="")` writes a script and gives its path."""

    def make(body: str, name: str = "pipeline.py", header: str = "") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(header + PRELUDE + textwrap.dedent(body), encoding="utf-8")
        return path

    return make
