"""`cerebro run`: a generated script in a child process."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cerebro_core.cli import options
from cerebro_core.cli.deliver import check_places, run_path
from cerebro_core.script import read_script


def run_command(
    script: options.ScriptFile,
    data: Annotated[Path | None, typer.Option("--data", help="Data file instead of the script's own.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed instead of the script's own.", min=0)] = None,
    out: options.Out = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    timeout: options.Timeout = None,
    memory: options.Memory = None,
    env: options.Env = None,
    hash_all: options.Hash = False,
) -> None:
    """Run a generated script, under limits, and check its result."""
    delivery = options.Delivery(None, True, out, None, False, as_json, quiet, timeout, memory, env, hash_all)
    check_places(delivery)
    read_script(script)  # refuses what is no script of ours
    run_path(script, delivery, None if data is None else str(data), seed)
