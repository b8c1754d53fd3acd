"""The `main` of every generated script."""

from __future__ import annotations

import argparse
import inspect
import os
import re
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from cerebro_core.blocks.display import display
from cerebro_core.blocks.output_document import result_document
from cerebro_core.blocks.output_folder import (
    OutputError,
    check_extra_name,
    check_run_folder,
    holds_answer,
    run_file_name,
    write_run_folder,
)
from cerebro_core.blocks.output_summary import print_summary, say
from cerebro_core.blocks.output_values import csv_bytes, strict_json
from cerebro_core.blocks.progress import Progress
from cerebro_core.blocks.report import render_report
from cerebro_core.blocks.result import Refused, Result
from cerebro_core.blocks.source import Source, SourceError, file_sha256, open_source
from cerebro_core.blocks.style import figure_png

OWN_FLAGS = frozenset({"--data", "--out", "--seed", "--quiet", "--hash"})
HASH_LIMIT = 256 * 2**20  # bytes; a larger file is hashed only with --hash


def main(
    spec: dict[str, Any],
    analyse: Callable[..., Result],
    *,
    method: dict[str, Any],
    decisions: list[dict[str, Any]],
    findings: list[dict[str, Any]],
    citations: list[dict[str, Any]],
    choices: dict[str, Callable[..., Any]],
    argv: Sequence[str] | None = None,
) -> int:
    """Run the analysis and write its run folder.

    Args:
        spec: the spec as plain values.
        analyse: the method's block.
        method: what the method is, needs and assumes, and which packages it requires.
        decisions: what agents decided when the spec was made.
        findings: what validators saw then.
        citations: literature, as text and url.
        choices: spec field -> the function that implements its value.
        argv: arguments without the program's name; default: those of the process.

    Returns:
        0: done; 2: the input's fault, also when the rows refuse the method; 4: a diagnostic failed; 130:
        interrupted.
    """
    started = perf_counter()
    flags = _script_flags(spec, method, argv)
    spec = {**spec, "data": flags.data, "seed": flags.seed}
    try:
        with _terminate_as_interrupt():
            folder = check_run_folder(flags.out)
            source_facts: dict[str, Any] = {"source": flags.data or None, "rows": None, "sha256": None}
            notes: list[dict[str, Any]] = []
            outcome: Result | str
            try:
                outcome = _analyse_source(spec, analyse, method, choices, flags, source_facts, notes)
            except (Refused, SourceError) as refusal:
                outcome = _with_way(str(refusal), spec)
            parts, files = _result_files(outcome)
            document = result_document(
                outcome,
                spec=spec,
                method=method,
                decisions=decisions,
                findings=_with_notes(findings, notes),
                citations=citations,
                data=source_facts,
                **parts,
                command=_command_line(flags),
                seconds=perf_counter() - started,
            )
            if isinstance(outcome, str) and holds_answer(folder):
                folder += ".refused"  # what an earlier run answered stays
                flags.out += ".refused"
            files["result.json"] = strict_json(document)
            files["report.html"] = render_report(document, files).encode("utf-8", "backslashreplace")
            write_run_folder(folder, files)
    except OutputError as error:
        say(f"error: {error}", sys.stderr)
        return 2
    except KeyboardInterrupt:
        say("interrupted; nothing was written", sys.stderr)
        return 130
    if isinstance(outcome, str):
        say(f"error: {outcome}", sys.stderr)
    if not flags.quiet:
        print_summary(document, os.path.join(flags.out, "report.html"))
    if isinstance(outcome, str):
        return 2
    return 4 if any(diagnostic.status == "fail" for diagnostic in outcome.diagnostics) else 0


def _with_way(message: str, spec: Mapping[str, Any]) -> str:
    """A refusal that advises flags of the command, which a script does not have, with where these belong."""
    named = [flag for flag in dict.fromkeys(re.findall(r"(?<![\w-])--[a-z][a-z-]*", message)) if flag not in OWN_FLAGS]
    if not named:
        return message
    return (
        f"{message}. {', '.join(named)}: no flag{'' if len(named) == 1 else 's'} of this script; generate it again "
        f"with `cerebro {spec['kind']}`"
    )


def _script_flags(spec: Mapping[str, Any], method: Mapping[str, Any], argv: Sequence[str] | None) -> argparse.Namespace:
    script = os.path.splitext(os.path.basename(sys.argv[0]))[0] or "analysis"
    parser = argparse.ArgumentParser(description=str(method.get("summary", "")).replace("%", "%%"), allow_abbrev=False)
    shown = display(spec["data"], 400).replace("%", "%%") or "none"
    parser.add_argument("--data", default=spec["data"], help=f"data file; default: {shown}")
    parser.add_argument("--out", default=f"{script}_run", help="folder for the result; default: %(default)s")
    parser.add_argument("--seed", type=_seed_number, default=spec.get("seed", 0), help="default: %(default)s")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    parser.add_argument("--hash", action="store_true", help="take the SHA-256 of a data file over 256 MiB too")
    return parser.parse_args(argv)


def _seed_number(text: str) -> int:
    seed = int(text)
    if not 0 <= seed < 2**32:
        raise argparse.ArgumentTypeError("must be a whole number from 0 to 4294967295")
    return seed


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """Let SIGTERM unwind the stack as Ctrl-C does, so that nothing half-written stays behind."""
    try:
        before = signal.signal(signal.SIGTERM, _raise_interrupt)
    except ValueError:  # not in the main thread, such as in a notebook's worker
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _raise_interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _analyse_source(
    spec: Mapping[str, Any],
    analyse: Callable[..., Result],
    method: Mapping[str, Any],
    choices: Mapping[str, Callable[..., Any]],
    flags: argparse.Namespace,
    source_facts: dict[str, Any],
    notes: list[dict[str, Any]],
) -> Result:
    """Open the data, where there are any, note what is known of them, and analyse them."""
    if not flags.data and method.get("data_optional"):
        return analyse(None, **_arguments(spec, analyse, choices, flags))
    source = open_source(flags.data, spec.get("table"))
    try:
        source_facts["rows"] = source.rows
        _check_kinds(source, spec, method.get("columns") or {})
        source_facts["sha256"] = file_sha256(flags.data, None if flags.hash else HASH_LIMIT)
        return analyse(source, **_arguments(spec, analyse, choices, flags))
    finally:
        notes += [_note_finding(*note) for note in source.notes]  # reading a column can add to them
        source.close()


def _check_kinds(source: Source, spec: Mapping[str, Any], wanted: Mapping[str, Sequence[str]]) -> None:
    """Newer data may hold text where there were numbers.

    Raises:
        Refused: a column does not hold what its role needs.
    """
    named = [(field, name) for field in wanted for name in _named_columns(spec.get(field))]
    for (field, name), kind in zip(named, source.kinds([name for _, name in named]), strict=True):
        if wanted[field] and kind not in wanted[field]:
            raise Refused(
                f"{field}: column '{display(name)}' holds {kind}, where {' or '.join(wanted[field])} is wanted; "
                "mend its cells (yes and no as 1 and 0), or name another column in SPEC"
            )


def _named_columns(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return list(value.values() if isinstance(value, Mapping) else value or ())


def _note_finding(code: str, column: str, message: str) -> dict[str, Any]:
    text = f"'{column}': {message}" if column else message
    return {"severity": "info", "code": code, "message": text, "remedy": "", "field": None}


def _arguments(
    spec: Mapping[str, Any],
    analyse: Callable[..., Result],
    choices: Mapping[str, Callable[..., Any]],
    flags: argparse.Namespace,
) -> dict[str, Any]:
    bars = sys.stderr.isatty() and not flags.quiet
    known = {
        **spec,
        **dict(spec.get("options") or {}),
        "seed": flags.seed,
        "progress": Progress(quiet=flags.quiet, bars=bars),
        **choices,
    }
    wanted = [name for name in inspect.signature(analyse).parameters if name != "source"]
    return {name: known[name] for name in wanted if name in known}


def _with_notes(findings: Sequence[Mapping[str, Any]], notes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The findings of the script and those of this run, each once."""
    seen = {(finding["code"], finding["message"]) for finding in findings}
    return [*findings, *(note for note in notes if (note["code"], note["message"]) not in seen)]


def _result_files(outcome: Result | str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the document says of figures and tables, and the files themselves."""
    figures: dict[str, tuple[str, str]] = {}
    table_files: dict[str, str] = {}
    files: dict[str, bytes] = {}
    if isinstance(outcome, Result):
        taken: set[str] = set()
        for chart in outcome.charts:
            taken.add(name := run_file_name(chart.name, taken))
            figures[f"figures/{name}.png"] = (chart.title, chart.caption)
            files[f"figures/{name}.png"] = figure_png(chart.figure)
        taken = set()
        for table_name, table in outcome.tables.items():
            taken.add(name := run_file_name(table_name, taken))
            table_files[table_name] = f"tables/{name}.csv"
            files[f"tables/{name}.csv"] = csv_bytes(table.columns, table.rows)
        for extra, content in (outcome.extras or {}).items():
            files[check_extra_name(extra)] = content
    return {"figures": figures, "table_files": table_files}, files


def _command_line(flags: argparse.Namespace) -> str:
    """The command that repeats this run."""
    script = os.path.abspath(sys.argv[0]) if sys.argv[0] else "analysis.py"
    near = os.path.relpath(script) if script.startswith(os.path.join(os.getcwd(), "")) else script
    read = ["--data", flags.data] if flags.data else []
    parts = ["python", near, *read, "--out", flags.out, "--seed", str(flags.seed)]
    return shlex.join([*parts, *(["--hash"] if flags.hash else [])])
