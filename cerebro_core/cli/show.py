"""What the terminal shows."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cerebro_core.blocks.display import display
from cerebro_core.decisions import Decision
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.runner import Run


def note(message: str, quiet: bool) -> None:
    """Say on stderr what is being done; silent with `--quiet` or where stderr is no terminal."""
    if not quiet and sys.stderr.isatty():
        print(f"… {message}", file=sys.stderr, flush=True)


def print_json(document: Any) -> None:
    """Print a document for programs: ASCII, so that no odd character reaches a terminal."""
    print(json.dumps(document, indent=2, allow_nan=False, default=str))


def paragraph(text: str, indent: str = "  ") -> str:
    """Text folded to the terminal's width, later lines indented."""
    width = min(shutil.get_terminal_size((100, 24)).columns, 110)
    return textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def rows(table: Sequence[Sequence[str]], head: Sequence[str]) -> str:
    """A plain text table with aligned columns."""
    widths = [max(len(row[i]) for row in [head, *table]) for i in range(len(head))]
    lines = [head, ["-" * width for width in widths], *table]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def shown(value: Any) -> str:
    """A decision's value for people."""
    if value is None:
        return "not set"
    if isinstance(value, list | tuple):
        return ", ".join(map(display, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{display(key)}={display(item)}" for key, item in value.items()) or "none"
    return display(value)


def show_findings(findings: Iterable[Finding]) -> None:
    """Print findings, one paragraph each."""
    for item in findings:
        print(paragraph(f"{item.severity}: {item.sentence} [{item.code}]"))


def show_plan(decisions: Sequence[Decision], findings: Sequence[Finding], script: Path, spec: Path | None) -> None:
    """Print what was chosen and why, what validators saw, and what was written."""
    for item in decisions:
        field = item.field if item.taken else f"not {item.field}"
        print(paragraph(f"{field}: {shown(item.value)} — {display(item.reason, 400)}"))
    show_findings(item for item in findings if item.severity != "info")
    print(f"script: {display(script, 400)}")
    if spec is not None:
        print(f"spec: {display(spec, 400)}")


def show_run(run: Run, as_json: bool, quiet: bool) -> None:
    """Print the answer of a run, or its `result.json` alone; a refusal on stderr where the script's is not seen."""
    if run.result.status == "refused" and (quiet or not sys.stderr.isatty()):
        print(f"cerebro: {display(run.result.answer, 2000)}", file=sys.stderr)
    if as_json:
        print((run.folder / "result.json").read_text(encoding="utf-8").rstrip())
        return
    print()
    print(run.summary.rstrip())
