"""From a script to its checked result."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cerebro_core.blocks.display import display
from cerebro_core.errors import CerebroError, RunError, SpecError, TableError
from cerebro_core.result import RESULT_FILE, Result, read_result
from cerebro_core.runner.child import Child, LimitReached, deferred_signals
from cerebro_core.runner.environment import clean_environment
from cerebro_core.runner.folder import LOG_FILE, Stage, discard, keep_log, open_stage, place, reveal_paths
from cerebro_core.runner.log import Log
from cerebro_core.runner.requirements import check_requirements, missing_module
from cerebro_core.spec_yaml import dump_yaml

# main's own exit codes; any other is a crash
ENDS = {0: "ok", 2: "refused", 4: "ok"}


@dataclass(frozen=True)
class Run:
    """A script that ran to its end.

    Attributes:
        exit_code: 0 done, 2 the rows refuse the method, 4 done and a diagnostic failed.
        folder: the run's folder.
        result: the checked `result.json`.
        log: the file with all that the script printed.
        summary: what the script printed on stdout: the answer for people.
    """

    exit_code: int
    folder: Path
    result: Result
    log: Path
    summary: str = ""


def run_script(
    script: Path,
    *,
    data: str | None = None,
    out: Path,
    seed: int | None = None,
    timeout: float | None = None,
    memory: int | None = None,
    env: Sequence[str] = (),
    quiet: bool = False,
    progress: bool | None = None,
    hash_all: bool = False,
) -> Run:
    """Run a script in a child process of its own session, with a clean environment.

    The run folder is written beside `out` and moved there when it is complete. A script that fails leaves its log
    alone, in `out`, or in `OUT.failed` where `out` holds an earlier run, which stays. An interrupt ends the child
    with all that it started and leaves nothing.

    Args:
        script: the script; it is run by this Python, and never from its own folder's modules.
        data: a data file other than the one that the script names; relative to the current folder, as there.
        out: the run folder.
        seed: a seed other than the script's.
        timeout: seconds that it may take.
        memory: bytes of memory that it may hold, with its children.
        env: names of environment variables that it may see.
        quiet: show nothing on stderr.
        progress: show the script's stages and progress bars on stderr; by default where that is a terminal.
        hash_all: take the SHA-256 of data above 256 MiB too.

    Raises:
        SpecError: a path or an argument is impossible; nothing was run.
        TableError: there is no such data file; nothing was run.
        RunError: a requirement is missing, the script crashed, a limit ended it, or its result is not valid.
        KeyboardInterrupt: this process was interrupted or told to end.
    """
    name = display(script.name)
    _check_arguments(script, data, seed, timeout, memory)
    environment = clean_environment(os.environ, env)
    check_requirements(_script_text(script), name)
    live = not quiet and (sys.stderr.isatty() if progress is None else progress)
    with deferred_signals() as caught:
        stage = open_stage(out)
        try:
            command = _command(script, stage, data, seed, hash_all)
            own = dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(stage.scratch))
            run = _run(command, environment | own, stage, name, (timeout, memory), live, caught)
        finally:
            discard(stage)
        if caught:
            raise KeyboardInterrupt
    return run


def _run(
    command: list[str],
    environment: dict[str, str],
    stage: Stage,
    name: str,
    limits: tuple[float | None, int | None],
    live: bool,
    caught: list[int],
) -> Run:
    head = f"{time.strftime('%Y-%m-%d %H:%M:%S %z')}  {display(' '.join(map(repr, command)), 4000)}\n"
    log = Log(stage.folder / LOG_FILE, head.replace(stage.hidden, ""), stage.hidden)
    ended = ""
    try:
        child = Child(command, environment, terminal=live)
        log.follow(child.stdout, keep=True)
        log.follow(child.stderr, live=live)
        try:
            code = child.wait(*limits, caught)
        except LimitReached as limit:
            ended = str(limit)
        finally:
            child.end()
    finally:
        log.close(f"ended: {ended}" if ended else "")
    if ended:
        raise RunError(f"{name} {ended}, and was ended; {_log_place(stage)}")
    try:
        result = _checked_result(stage, name, code, log.tail())
        (stage.fresh / "spec.yaml").write_text(dump_yaml(result.spec), encoding="utf-8")
    except CerebroError as error:
        raise RunError(f"{error}\n{_log_place(stage)}") from None
    try:
        (stage.folder / LOG_FILE).replace(stage.fresh / LOG_FILE)
        final = place(stage, result.status == "refused")
    except OSError as error:
        raise RunError(
            f"{name} finished, and its folder cannot be put at {display(stage.final, 400)}: {error}"
        ) from None
    result = read_result(final)
    return Run(max(result.exit_code, code), final, result, final / LOG_FILE, log.output())


def _checked_result(stage: Stage, name: str, code: int, tail: list[str]) -> Result:
    """The result of a child that ended with `code`.

    Raises:
        RunError: it crashed, or what it wrote is no result, or says something else than its exit code.
    """
    finished = code in ENDS and (stage.fresh / RESULT_FILE).is_file()
    if not finished:
        lines = "\n".join(f"  {display(line, 300)}" for line in tail)
        module = missing_module("\n".join(tail))
        remedy = f"\nthe module '{module}' is not installed here; pip install the package that has it" if module else ""
        raise RunError(f"{name} {_how_it_ended(code)}" + (f"; its last lines:\n{lines}" if lines else "") + remedy)
    reveal_paths(stage)
    result = read_result(stage.fresh)
    if result.status != ENDS[code]:
        raise RunError(f"{name} ended with exit code {code}, and its result says '{result.status}'")
    lost = [figure for figure in result.figure_paths if not figure.is_file()]
    if lost:
        raise RunError(f"{name} names the figure '{display(lost[0].name)}' and did not write it")
    return result


def _how_it_ended(code: int) -> str:
    if code >= 0:
        wrote = " without a result" if code in ENDS else ""
        return f"failed{wrote} (exit code {code})"
    try:
        killer = signal.Signals(-code).name
    except ValueError:
        killer = str(-code)
    hint = "; the system may have run out of memory" if killer == "SIGKILL" else ""
    return f"was killed by {killer}{hint}"


def _log_place(stage: Stage) -> str:
    try:
        return f"its log: {display(keep_log(stage), 1000)}"
    except OSError as error:
        return f"its log could not be kept: {display(error)}"


def _command(script: Path, stage: Stage, data: str | None, seed: int | None, hash_all: bool) -> list[str]:
    # -P: nothing is imported from the script's folder; `--flag=value`: a value may begin with a dash
    command = [sys.executable, "-P", os.path.abspath(script), f"--out={stage.argument}"]
    command += [f"--data={data}"] if data is not None else []
    command += [f"--seed={seed}"] if seed is not None else []
    return command + (["--hash"] if hash_all else [])


def _check_arguments(
    script: Path, data: str | None, seed: int | None, timeout: float | None, memory: int | None
) -> None:
    if "\0" in f"{script}{data}":
        raise SpecError("a path cannot hold a NUL character; name another file")
    if not script.is_file():
        raise SpecError(f"no script {display(script, 400)}; name a file that `--output` wrote")
    if data is not None and not os.path.exists(data):
        raise TableError(f"--data: no file {display(data, 400)}")
    if seed is not None and not 0 <= seed < 2**32:
        raise SpecError(f"--seed: {seed} is not a whole number from 0 to 4294967295")
    if timeout is not None and not timeout > 0:
        raise SpecError(f"--timeout: {timeout:g} is not above 0; give seconds, or leave the flag out")
    if memory is not None and memory <= 0:
        raise SpecError("--memory: not above 0; give a size such as 4GB, or leave the flag out")


def _script_text(script: Path) -> str:
    try:
        return script.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{display(script, 400)} cannot be read as a Python script: {display(error)}") from None
