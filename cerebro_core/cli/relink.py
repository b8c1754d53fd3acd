"""`cerebro relink`: write a script anew from the literals inside it."""

from __future__ import annotations

from cerebro_core.api import relink
from cerebro_core.blocks.display import display
from cerebro_core.cli import options


def relink_command(script: options.ScriptFile, output: options.Output = None, force: options.Force = False) -> None:
    """Write a generated script anew, with the blocks that are installed now, from the spec inside it."""
    path = relink(script).write(output or script, force=force)
    print(f"script: {display(path, 400)}")
