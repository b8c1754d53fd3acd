"""`cerebro plugins`: every plugin and its state."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cerebro_core.blocks.display import display
from cerebro_core.cli import options
from cerebro_core.cli.show import print_json, rows
from cerebro_core.plugins import PluginState, plugins


def plugins_command(
    as_json: options.Json = False,
    check: Annotated[bool, typer.Option("--check", help="Exit with code 2 where a plugin is broken.")] = False,
) -> None:
    """List the plugins with distribution, version and state, what each adds, and why a broken one does not load."""
    states = plugins().states()
    if as_json:
        print_json({"plugins": [asdict(state) for state in states]})
    else:
        print(rows([_row(state) for state in states], ("plugin", "distribution", "version", "state", "adds")))
        for state in states:
            if state.cause:
                print(f"\n{display(state.name, 60)} ({state.distribution} {state.version}): {state.cause}")
    if check and any(state.state == "broken" for state in states):
        raise typer.Exit(2)


def _row(state: PluginState) -> tuple[str, ...]:
    adds = [
        f"{len(items)} {word if len(items) == 1 else word + 's'}"
        for word, items in (("method", state.methods), ("command", state.commands), ("source", state.sources))
        if items
    ]
    return display(state.name, 60), state.distribution, state.version, state.state, ", ".join(adds)
