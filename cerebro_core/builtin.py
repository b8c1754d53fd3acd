"""The core's own plugin: its commands, its validator and its code generator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cerebro_core.hookspecs import hookimpl
from cerebro_core.method import Command

if TYPE_CHECKING:
    from cerebro_core.findings import Finding
    from cerebro_core.spec import AnalysisSpec
    from cerebro_core.table import Table

COMMANDS = (
    ("auto", "Find the right analysis for a table and do it."),
    ("generate", "Write the script of a YAML spec."),
    ("run", "Run a generated script, under limits, and check its result."),
    ("validate", "Check a YAML spec against its data; write nothing."),
    ("relink", "Write a generated script anew from the spec inside it."),
    ("profile", "Show what is in a table: columns, kinds, gaps, likely roles."),
    ("methods", "List the methods that are installed."),
    ("search", "Find examples and recipes for a question."),
    ("corpus", "Build the corpus of examples, or tell what is in it."),
    ("plugins", "List the plugins, and what is wrong with those that do not load."),
    ("schema", "Print the JSON Schema of a spec, for editors."),
    ("new-plugin", "Write the skeleton of a plugin that passes the contract suite."),
)


@hookimpl
def cerebro_commands() -> Iterable[Command]:
    """The commands that need no plugin."""
    for name, text in COMMANDS:
        word = name.replace("-", "_")
        yield Command(name=name, domain="core", help=text, run=f"cerebro_core.cli.{word}:{word}_command")


@hookimpl(tryfirst=True)
def cerebro_validate(spec: AnalysisSpec, table: Table) -> Iterable[Finding]:
    """What can be judged of any spec: its columns, roles, method and options."""
    from cerebro_core.checks import check

    return check(spec, table)
