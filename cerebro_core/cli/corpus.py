"""`cerebro corpus build` and `cerebro corpus status`."""

from __future__ import annotations

import sys
import time
from enum import StrEnum
from typing import Annotated, Any

import typer

from cerebro_core.blocks.display import display
from cerebro_core.cli import options
from cerebro_core.cli.show import print_json, rows
from cerebro_core.plugins import plugins


class Action(StrEnum):
    """What to do with the corpus."""

    BUILD = "build"
    STATUS = "status"


def corpus_command(
    action: Annotated[Action, typer.Argument(help="build makes the corpus; status tells what is in it.")],
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Also download the pinned archives; installs nothing.")
    ] = False,
    source: Annotated[str, typer.Option("--source", help="Only this package anew; the others as they were.")] = "",
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Build the corpus of examples from the packages that the installed plugins list, or tell what is in it."""
    every = plugins()
    every.load_all()
    given = every.call("cerebro_corpus")
    if action is Action.STATUS:
        _status(given, as_json)
    else:
        _build(given, fetch, source, as_json, quiet)


def _build(given: Any, fetch: bool, source: str, as_json: bool, quiet: bool) -> None:
    from cerebro_core.corpus.build import build
    from cerebro_core.corpus.sources import plugin_sources

    live = not quiet and sys.stderr.isatty()

    def say(message: str) -> None:
        if live:
            print(f"\r\033[K… {display(message, 100)}", end="", file=sys.stderr, flush=True)

    done = build(plugin_sources(given), given, download=fetch, only=source or None, say=say)
    if live:
        print("\r\033[K", end="", file=sys.stderr)
    if as_json:
        print_json(
            {
                "records": done.records,
                "sources": done.sources,
                "skipped": done.skipped,
                "seconds": round(done.seconds, 1),
            }
        )
        return
    print(f"{done.records} records of {len(done.sources)} sources in {done.seconds:.0f} s")
    for line in done.skipped[:20]:
        print(f"skipped: {display(line, 200)}")
    if len(done.skipped) > 20:
        print(f"… and {len(done.skipped) - 20} more; --json lists them all")


def _status(given: Any, as_json: bool) -> None:
    from cerebro_core.corpus.places import index_path
    from cerebro_core.corpus.status import status

    told = status(given)
    if as_json:
        print_json({"index": str(index_path()), **told})
        return
    table = [
        (", ".join(one["plugins"]), one["source"], one["version"], str(one["records"]), one["licence"], one["state"])
        for one in told["sources"]
    ]
    print(
        rows(
            [tuple(display(cell, 40) for cell in row) for row in table],
            ("plugin", "source", "version", "records", "licence", "state"),
        )
    )
    if told["built"] is None:
        print("\nnothing is built; `cerebro corpus build` reads what is installed, --fetch also what is listed")
    else:
        print(f"\n{told['records']} records, {told['bytes'] / 2**20:.1f} MiB, built {_age(told['built'])} ago")


def _age(built: float) -> str:
    hours = max(time.time() - built, 0) / 3600
    return f"{hours * 60:.0f} min" if hours < 2 else f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
