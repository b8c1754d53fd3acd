"""Methods and commands that plan an experiment: power analysis, bandits, assignment. Light: names code by string.

Each command that is added here needs its line among the entry points `cerebro.commands` in pyproject.toml, and its
section in docs/cli.md.
"""

from __future__ import annotations

from cerebro_core.method import Command, Method

METHODS: tuple[Method, ...] = ()
COMMANDS: tuple[Command, ...] = ()
