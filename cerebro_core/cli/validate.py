"""`cerebro validate`: findings only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cerebro_core.api import as_spec, table_of, validate
from cerebro_core.blocks.display import display
from cerebro_core.cli import options
from cerebro_core.cli.show import print_json, show_findings
from cerebro_core.errors import SpecError


def validate_command(
    spec: options.SpecFile,
    data: Annotated[Path | None, typer.Option("--data", help="Data file instead of the spec's own.")] = None,
    as_json: options.Json = False,
) -> None:
    """Check a YAML spec against its data; exit code 2 where a finding is an error."""
    complete = as_spec(spec)
    if data is None and not complete.data and not complete.data_optional:
        raise SpecError(f"{display(spec)}: it names no data; add `data: your.csv`, or give --data")
    with table_of(complete, data) as table:
        found = validate(complete, table)
    if as_json:
        print_json({"findings": [item.as_dict() for item in found]})
    else:
        show_findings(found)
        errors = sum(item.severity == "error" for item in found)
        print(f"{display(spec)}: {_count(errors, 'error')}, {_count(len(found) - errors, 'other finding')}")
    if any(item.severity == "error" for item in found):
        raise typer.Exit(2)


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
