"""`cerebro new-plugin`: the skeleton of a plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cerebro_core.blocks.display import display
from cerebro_core.new_plugin import write_skeleton


def new_plugin_command(
    name: Annotated[
        str, typer.Argument(help="Name of the distribution and its command, such as acme-pricing.", show_default=False)
    ],
    into: Annotated[Path, typer.Option("--into", help="Folder in which the new folder is made.")] = Path(),
) -> None:
    """Write a plugin that works and passes the contract suite, to be changed into your own."""
    folder = write_skeleton(name, into)
    shown = display(folder, 400)
    print(f"plugin: {shown}")
    print(f"next: cd {shown} && pip install -U pip && pip install -e . --group dev && pytest")
