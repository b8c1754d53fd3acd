"""`cerebro schema`: JSON Schema of a spec."""

from __future__ import annotations

from typing import Annotated

import typer

from cerebro_core.api import spec_class
from cerebro_core.cli.show import print_json
from cerebro_core.result import result_schema
from cerebro_core.spec import json_schema


def schema_command(
    kind: Annotated[str, typer.Argument(help="A command with a spec, such as mmm; or result.", show_default=False)],
) -> None:
    """Print the JSON Schema of a YAML spec, or of `result.json`."""
    print_json(result_schema() if kind == "result" else json_schema(spec_class(kind)))
