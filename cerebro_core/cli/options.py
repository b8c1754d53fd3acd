"""Flags that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

_QUESTION = "Question"
_OUTPUT = "Output"
_RUN = "Run"

Data = Annotated[Path, typer.Argument(help="CSV, Parquet, JSON or DuckDB file.", metavar="DATA", show_default=False)]
OptionalData = Annotated[
    Path | None,
    typer.Argument(help="CSV, Parquet, JSON or DuckDB file; may be left out.", metavar="[DATA]", show_default=False),
]
SpecFile = Annotated[Path, typer.Argument(help="YAML file of a spec.", metavar="SPEC", show_default=False)]
ScriptFile = Annotated[Path, typer.Argument(help="A generated script.", metavar="SCRIPT", show_default=False)]
TableName = Annotated[str | None, typer.Option("--table", help="Table to read, where the file is a DuckDB database.")]
Question = Annotated[str, typer.Option(help="The question, in your words.", rich_help_panel=_QUESTION)]
Description = Annotated[
    Path | None, typer.Option(help="A text file that describes the data.", rich_help_panel=_QUESTION)
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write the script here.", rich_help_panel=_OUTPUT)]
RunNow = Annotated[bool, typer.Option("--run", help="Run the script too.", rich_help_panel=_OUTPUT)]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Folder of the result; default: beside the script.", rich_help_panel=_OUTPUT),
]
SaveSpec = Annotated[Path | None, typer.Option(help="Write the spec as YAML here.", rich_help_panel=_OUTPUT)]
Force = Annotated[
    bool, typer.Option("--force", help="Overwrite a script that was edited by hand.", rich_help_panel=_OUTPUT)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout.", rich_help_panel=_OUTPUT)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress and no reasons.", rich_help_panel=_OUTPUT)]
Timeout = Annotated[
    float | None, typer.Option(help="End the run after this many seconds.", min=0.001, rich_help_panel=_RUN)
]
Memory = Annotated[
    str | None, typer.Option(help="End the run when it holds more memory, such as 4GB.", rich_help_panel=_RUN)
]
Env = Annotated[
    list[str] | None,
    typer.Option(help="Name of an environment variable that the run may see; repeat it.", rich_help_panel=_RUN),
]
Cite = Annotated[
    bool,
    typer.Option("--cite", help="Cite up to three examples of the corpus to compare with.", rich_help_panel=_OUTPUT),
]
Hash = Annotated[bool, typer.Option("--hash", help="Take the SHA-256 of data above 256 MiB too.", rich_help_panel=_RUN)]

DELIVERY: dict[str, tuple[Any, Any]] = {
    "output": (Output, None),
    "run_now": (RunNow, False),
    "out": (Out, None),
    "save_spec": (SaveSpec, None),
    "force": (Force, False),
    "as_json": (Json, False),
    "quiet": (Quiet, False),
    "timeout": (Timeout, None),
    "memory": (Memory, None),
    "env": (Env, None),
    "hash_all": (Hash, False),
    "cite": (Cite, False),
}
"""Flag of a command that delivers -> its annotation and default; the keys are the fields of `Delivery`."""


@dataclass(frozen=True)
class Delivery:
    """What the user wants to get, and the limits of the run."""

    output: Path | None = None
    run_now: bool = False
    out: Path | None = None
    save_spec: Path | None = None
    force: bool = False
    as_json: bool = False
    quiet: bool = False
    timeout: float | None = None
    memory: str | None = None
    env: list[str] | None = None
    hash_all: bool = False
    cite: bool = False
