"""Child processes of the contract: a clean interpreter, and one behind a wall against Cerebro."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HEAVY = (
    "arviz",
    "duckdb",
    "haystack",
    "jax",
    "matplotlib",
    "numpy",
    "numpyro",
    "pandas",
    "polars",
    "pyarrow",
    "pydantic",
    "pymc",
    "scipy",
    "sklearn",
    "statsmodels",
    "tensorflow",
    "torch",
)
"""Packages too slow to import for `cerebro --help`."""

LIGHT_HOOKS = ("cerebro_methods", "cerebro_commands", "cerebro_corpus")

LISTING = """
import importlib, json, sys
before = set(sys.modules)
module = importlib.import_module(sys.argv[1])
for hook in sys.argv[2].split(","):
    list(getattr(module, hook, tuple)())
print(json.dumps(sorted({name.split(".")[0] for name in set(sys.modules) - before})))
"""

WALLED = """
import runpy, sys
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in walled:
            raise ImportError(f"a script must not import {name}")
walled = set(sys.argv[1].split(","))
sys.meta_path.insert(0, Wall())
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

LINKING = """
import hashlib, json, sys
from cerebro_core.api import as_spec, link_spec
print(hashlib.sha256(link_spec(as_spec(json.load(sys.stdin)), (), ()).text.encode()).hexdigest())
"""


def python(code: str, *arguments: str, text: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )


def heavy_imports(module: str) -> list[str]:
    """Heavy packages that importing a plugin module and asking its light hooks brings along."""
    done = python(LISTING, module, ",".join(LIGHT_HOOKS))
    assert done.returncode == 0, done.stderr
    return sorted(set(json.loads(done.stdout.splitlines()[-1])) & set(HEAVY))


def digest_elsewhere(literal: dict[str, Any]) -> str:
    """SHA-256 of the script of a spec, linked in another process with other hash seeds."""
    done = python(LINKING, text=json.dumps(literal), PYTHONHASHSEED="4711")
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


def run_walled(script: Path, out: Path, packages: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """Run a script in a process that cannot import the packages."""
    return python(WALLED, ",".join(packages), str(script), "--out", str(out), "--quiet")


def ruff_complaints(path: Path) -> str:
    """What `ruff check` with its default rules says against a file; empty where nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--output-format=concise", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
