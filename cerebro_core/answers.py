"""Answers of commands that run no script: the same run folder, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cerebro_core.blocks.display import display
from cerebro_core.blocks.entry import _result_files
from cerebro_core.blocks.output_document import result_document
from cerebro_core.blocks.output_folder import OutputError, check_run_folder, write_run_folder
from cerebro_core.blocks.output_values import strict_json
from cerebro_core.blocks.report import render_report
from cerebro_core.blocks.result import Result
from cerebro_core.errors import SpecError
from cerebro_core.findings import Finding
from cerebro_core.spec_yaml import dump_yaml


def check_answer_folder(out: Path, keep: Path) -> None:
    """Say early whether an answer may be written to `out`.

    Args:
        out: the folder asked for.
        keep: the run that the answer is made from; it must stay as it is.

    Raises:
        SpecError: `out` cannot be used, or is `keep` or inside it.
    """
    final, kept = Path(os.path.realpath(out)), Path(os.path.realpath(keep))
    if final == kept or kept in final.parents:
        raise SpecError(f"--out: {display(out)} is the run itself, which stays as it is; name another folder")
    try:
        check_run_folder(str(out))
    except (OutputError, OSError, ValueError) as error:
        raise SpecError(display(error, 1000)) from None


def write_answer(
    result: Result,
    *,
    out: Path,
    spec: Mapping[str, Any],
    method: Mapping[str, Any],
    data: Mapping[str, Any],
    command: str,
    seconds: float,
    findings: Sequence[Finding] = (),
) -> dict[str, Any]:
    """Write `result.json`, the report, figures, tables and `spec.yaml` of an answer.

    Args:
        result: the answer.
        out: its folder, checked by `check_answer_folder`.
        spec: the spec that the answer belongs to, as plain values.
        method: domain, name, title, summary, needs, assumes, plugins and requires, as in a script.
        data: `source`, `rows` and `sha256` of the file that was read.
        command: the command line that repeats it.
        seconds: wall-clock time.
        findings: what was seen on the way.

    Returns:
        The content of `result.json`.

    Raises:
        SpecError: the folder cannot be written.
    """
    parts, files = _result_files(result)
    document = result_document(
        result,
        spec=spec,
        method=method,
        decisions=[],
        findings=[asdict(item) for item in findings],
        citations=[],
        data=data,
        **parts,
        command=command,
        seconds=seconds,
    )
    files["result.json"] = strict_json(document)
    files["report.html"] = render_report(document, files).encode("utf-8", "backslashreplace")
    files["spec.yaml"] = dump_yaml(dict(spec)).encode()
    try:
        write_run_folder(os.path.realpath(out), files)
    except OSError as error:
        raise SpecError(f"--out: {display(out)} cannot be written: {display(error.strerror or error)}") from None
    return document
