"""From a request to what the user gets: findings, a script, a spec, a run."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from cerebro_core.api import RefusedSpec, Undecided, as_spec, link_spec, profile, propose_all, validate
from cerebro_core.blocks.display import display
from cerebro_core.catalogue import PUBLISHED
from cerebro_core.cli.flags import split_names
from cerebro_core.cli.options import Delivery
from cerebro_core.cli.show import note, print_json, show_plan, show_run
from cerebro_core.decisions import Decision, Proposal
from cerebro_core.errors import SpecError
from cerebro_core.finder import DISABLE_VARIABLE
from cerebro_core.findings import Finding
from cerebro_core.folders import run_folder
from cerebro_core.plugins import plugins
from cerebro_core.script import Script
from cerebro_core.spec import AnalysisSpec
from cerebro_core.spec_yaml import dump_yaml, field_comments
from cerebro_core.table import Table, no_table

UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


@dataclass(frozen=True)
class Plan:
    """A spec that passed its validators, with what is to be told of it."""

    spec: AnalysisSpec
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]


def deliver(
    command: str | None,
    data: Path | None,
    given: Mapping[str, Any],
    delivery: Delivery,
    *,
    question: str = "",
    description: Path | None = None,
    delivers: str | None = None,
    lists: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Propose, validate, write, run and show; `command` is None for `cerebro auto`.

    `lists` holds what was typed for settings that name several columns: some of these may have a comma in their name.

    Raises:
        CerebroError: with the exit code of what went wrong.
        typer.Exit: with the exit code of the run.
    """
    if command is None:
        check_wanted(delivery)
    check_places(delivery)
    copied = None
    if delivers and delivery.output is not None and delivery.output.suffix == Path(delivers).suffix:
        copied = delivery.output
        check_copy(copied, data, delivery.force)
        delivery = replace(delivery, output=None)
    spec = delivery.save_spec
    if spec is not None and data is not None and data.exists() and spec.exists() and spec.samefile(data):
        raise SpecError(f"--save-spec: {display(data)} is the data; name another file")
    if data is not None:
        note(f"reading {display(data)}", delivery.quiet)
    words = read_description(description)
    with no_table() if data is None else profile(data, given.get("table")) as table:
        given = {**given, **{field: split_names(texts, table.columns) for field, texts in (lists or {}).items()}}
        note("choosing roles and method", delivery.quiet)
        proposals = propose_all(
            None if data is None else table, command, question=question, description=words, given=given
        )
        proposal = best(proposals, command, data, table)
        try:
            plan = checked(proposal.spec, proposal.all_decisions, table)
        except RefusedSpec as refused:
            if command is None:  # `auto` has no flags for what the findings name
                hint = f"set what you know with: cerebro {proposal.spec.kind} {display(data or '')} …"
                raise RefusedSpec(refused.findings, hint) from None
            raise
    hand_over(plan, delivery, command or proposal.spec.kind, (delivers, copied) if delivers and copied else None)


def check_copy(path: Path, data: Path | None, force: bool) -> None:
    """Refuse to copy a file of the run over the data, or over a file that is there already."""
    if data is not None and path.exists() and data.exists() and path.samefile(data):
        raise SpecError(f"--output: {display(path)} is the data; name another file")
    if path.exists() and not force:
        raise SpecError(f"--output: {display(path)} exists; name another file, or overwrite it with --force")


def checked(spec: AnalysisSpec, decisions: tuple[Decision, ...], table: Table) -> Plan:
    """Type the method's extra options, and validate a complete spec.

    Raises:
        RefusedSpec: where a finding is an error.
    """
    complete = as_spec(spec)
    found = validate(complete, table)
    if any(item.severity == "error" for item in found):
        raise RefusedSpec(found)
    return Plan(complete, decisions, tuple(found))


def hand_over(plan: Plan, delivery: Delivery, command: str, copied: tuple[str, Path] | None = None) -> None:
    """Write script and spec, run where asked for, and show what came of it.

    Args:
        plan: the checked spec.
        delivery: what is wanted.
        command: names the folder of the run, where `--output` names none.
        copied: an extra file of the run, and where to copy it when the run has an answer.
    """
    note("writing the script", delivery.quiet)
    script = link_spec(plan.spec, plan.decisions, plan.findings, cite=delivery.cite)
    run_now = delivery.run_now or delivery.output is None
    home = run_folder(command) if delivery.output is None else None
    path = script.write(home / "pipeline.py" if home else Path(delivery.output or ""), force=delivery.force)
    if delivery.save_spec is not None:
        write_text(delivery.save_spec, commented_yaml(plan))
    if not delivery.as_json:
        show_plan(() if delivery.quiet else plan.decisions, plan.findings, path, delivery.save_spec)
    elif not run_now:
        print_json(plan_document(plan, script, path))
    if run_now:
        run_path(path, delivery, copied=copied)


def run_path(
    path: Path,
    delivery: Delivery,
    data: str | None = None,
    seed: int | None = None,
    copied: tuple[str, Path] | None = None,
) -> None:
    """Run a script in a child process, show its answer, and exit with its code."""
    from cerebro_core.runner import run_script

    note("running the script", delivery.quiet)
    try:
        finished = run_script(
            path,
            data=data,
            out=delivery.out or path.with_name(f"{path.stem}_run"),
            seed=seed,
            timeout=delivery.timeout,
            memory=memory_bytes(delivery.memory),
            env=tuple(delivery.env or ()),
            quiet=delivery.quiet,
            hash_all=delivery.hash_all,
        )
    except KeyboardInterrupt:
        print("cerebro: interrupted; no result was written", file=sys.stderr)
        raise typer.Exit(130) from None
    show_run(finished, delivery.as_json, delivery.quiet)
    if copied is not None and finished.result.status == "ok":
        copy_extra(finished.folder / copied[0], copied[1])
        if not delivery.as_json:
            print(f"{copied[0]}: {display(copied[1], 400)}")
    raise typer.Exit(finished.exit_code)


def copy_extra(source: Path, target: Path) -> None:
    """Copy a file of the run in one step: `target` holds the old file or the new one, never a part."""
    part = target.with_name(f".{target.name[:100]}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SpecError(f"--output: {display(target)} cannot be written: {error.strerror}") from None


def best(proposals: list[Proposal], command: str | None, data: Path | None, table: Table) -> Proposal:
    """The proposal to follow.

    Raises:
        Undecided: where there is none, or where the best ones tie; with the command line for each.
    """
    shown = display(data or "")
    if not proposals:
        domains = plugins().domains()
        if plugins().index.disabled and not domains:
            off = ", ".join(item.name for item in plugins().index.disabled)
            raise Undecided(f"every analysis is switched off by {DISABLE_VARIABLE} ({off}); unset it")
        if not domains:
            raise Undecided(
                "no analysis is installed: `pip install cerebro-mmm` brings marketing mix models; "
                "`cerebro plugins` lists what else there is"
            )
        odd = "".join(
            f"; column '{display(name)}': {told}" for code, name, told in table.notes if code == "mixed-values"
        )
        where = f"'{command}'" if command else f"what is installed ({', '.join(domains)})"
        raise Undecided(
            f"{shown} does not look like a table for {where}{odd}; `cerebro profile {shown}` shows what is in it; "
            "name the columns with the flags of the command you want" + ("" if command else not_installed(domains))
        )
    if len(proposals) > 1 and proposals[0].score == proposals[1].score:
        tied = [item for item in proposals if item.score == proposals[0].score]
        lines = "\n".join(f"  cerebro {item.spec.kind} {shown}" for item in tied)
        raise Undecided(f"several analyses fit {shown} equally well; choose one:\n{lines}", tied)
    return proposals[0]


def not_installed(domains: Sequence[str]) -> str:
    """Pip lines of the project's plugins that could know such a table, and are not here."""
    lines = [f"`pip install {item.distribution}` ({item.purpose})" for item in PUBLISHED if item.name not in domains]
    return f"; not installed: {', '.join(lines)}" if lines else ""


def check_wanted(delivery: Delivery) -> None:
    """Refuse a command that asks for nothing: `auto` and `generate` need --output or --run."""
    if delivery.output is None and not delivery.run_now:
        raise SpecError("say what you want: --output FILE.py writes the script, --run runs it too")


def check_places(delivery: Delivery) -> None:
    """Refuse places that cannot be written to, before any work is done."""
    for flag, path in (
        ("--output", delivery.output),
        ("--save-spec", delivery.save_spec),
        ("--out", delivery.out),
    ):
        if path is None:
            continue
        if not path.absolute().parent.is_dir():
            raise SpecError(f"{flag}: there is no folder {display(path.absolute().parent)}; make it first")
        if flag != "--out" and path.is_dir():
            raise SpecError(f"{flag}: {display(path)} is a folder; name a file in it")
    if delivery.save_spec is not None:
        check_spec_place(delivery.save_spec, delivery.output, delivery.force)
    memory_bytes(delivery.memory)


def check_spec_place(path: Path, output: Path | None, force: bool) -> None:
    """Refuse to overwrite anything but a spec."""
    if output is not None and path.absolute() == output.absolute():
        raise SpecError(f"--save-spec: {display(path)} is the script of --output; name another file")
    if path.exists() and not force:
        with path.open("rb") as file:
            if file.read(6) != b"kind: ":
                raise SpecError(
                    f"--save-spec: {display(path)} is no spec of Cerebro's; name another file, or say --force"
                )


def memory_bytes(text: str | None) -> int | None:
    """`4GB` -> bytes (1 GB = 2^30).

    Raises:
        SpecError: where the text is no size.
    """
    if text is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)I?B?", text.strip().upper())
    if not found:
        raise SpecError(f"--memory: '{display(text)}' is no size; write it like 4GB or 500MB")
    return int(float(found[1]) * UNITS[found[2]])


def read_description(path: Path | None) -> str:
    """The text of `--description`, at most 100,000 characters of it."""
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:100_000]
    except OSError as error:
        raise SpecError(f"--description: {display(path)} cannot be read: {error.strerror}") from error


def write_text(path: Path, text: str) -> None:
    """Write a small file at once."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SpecError(f"{display(path)} cannot be written: {error.strerror}") from error


def commented_yaml(plan: Plan) -> str:
    """The spec as YAML; above each field why it has its value, or what it is."""
    reasons = {item.field: item.reason for item in plan.decisions if item.taken}
    return dump_yaml(plan.spec.as_literal(), field_comments(type(plan.spec)) | reasons)


def plan_document(plan: Plan, script: Script, path: Path) -> dict[str, Any]:
    """What `--json` prints when nothing is run."""
    return {
        "script": str(path),
        "spec": plan.spec.as_literal(),
        "decisions": [item.as_dict() for item in plan.decisions],
        "findings": [item.as_dict() for item in plan.findings],
        "requires": list(script.requires),
    }
