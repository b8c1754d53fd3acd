"""A finished run as the commands read it, and their answers as they are written and shown."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from cerebro_core.blocks.result import Diagnostic
    from cerebro_core.blocks.result import Result as Answer
    from cerebro_core.result import Result
    from cerebro_mmm.restored import Restored


@dataclass(frozen=True)
class FinishedRun:
    """A run of a marketing mix model.

    Attributes:
        folder: where it stands.
        result: its `result.json`.
        spec: the spec that was run, as plain values.
    """

    folder: Path
    result: Result
    spec: Mapping[str, Any]

    @property
    def stem(self) -> str:
        """The name of the run without `_run`."""
        return self.folder.resolve().name.removesuffix("_run")

    def beside(self, ending: str) -> Path:
        """The usual place of an answer made from this run."""
        return self.folder.resolve().with_name(f"{self.stem}_{ending}")


def read_run(folder: Path) -> FinishedRun:
    """Read a run folder of `cerebro mmm`.

    Raises:
        SpecError: it holds no such run, or one that gave no answer.
    """
    from cerebro_core.blocks.display import display
    from cerebro_core.errors import RunError, SpecError
    from cerebro_core.result import read_result

    try:
        result = read_result(folder)
    except RunError as error:
        raise SpecError(str(error)) from None
    if result.domain != "mmm":
        raise SpecError(
            f"{display(folder, 400)} holds a run of '{display(result.domain, 40)}', not of a marketing mix model; name "
            "a run folder of `cerebro mmm`"
        )
    if result.status == "refused":
        raise SpecError(f"{display(folder, 400)}: that run gave no answer: {display(result.answer, 1000)}")
    return FinishedRun(folder, result, result.spec)


def read_fit(run: FinishedRun) -> Restored:
    """The saved posterior of a run, checked to be its own.

    Raises:
        SpecError: there is none that can be used.
    """
    from cerebro_core.blocks.display import display
    from cerebro_core.errors import SpecError
    from cerebro_mmm.restored import POSTERIOR_FILE, read_posterior

    restored = read_posterior(run.folder / POSTERIOR_FILE)
    if list(restored.prepared.channels) != list(run.spec.get("channels") or ()):
        raise SpecError(
            f"{display(run.folder, 400)}: {POSTERIOR_FILE} is of other channels than result.json; it belongs to "
            "another run. Run the script again"
        )
    return restored


def fit_check(run: FinishedRun) -> Diagnostic:
    """What the run said of its own fit: an answer is as good as the model that it is made from."""
    from cerebro_core.blocks.display import display
    from cerebro_core.blocks.result import Diagnostic

    failed = [display(item.name) for item in run.result.failed]
    warned = [display(item.name) for item in run.result.diagnostics if item.status == "warn"]
    if failed:
        message = f"The fit failed its own checks ({', '.join(failed)}); do not act on this before it is mended."
        return Diagnostic("fit", "fail", message)
    if warned:
        message = f"The fit has warnings that hold here too: {', '.join(warned)}; see its report."
        return Diagnostic("fit", "warn", message)
    return Diagnostic("fit", "pass", "The fit passed all its checks.")


def method_facts(run: FinishedRun, title: str, summary: str) -> dict[str, Any]:
    """What an answer says of how it was made."""
    from cerebro_mmm.plugin import ASSUMES, COMMON

    return {
        "domain": "mmm",
        "name": run.result.method,
        "title": title,
        "summary": summary,
        "needs": ["a finished run of a marketing mix model"],
        "assumes": [*ASSUMES, "what held in the rows of the run holds in the time to come"],
        "plugins": dict(run.result.software.plugins),
        "requires": dict(COMMON),
    }


def command_line(name: str, folder: Path, arguments: Mapping[str, Any]) -> str:
    """The command line that repeats an answer; flags that were not given are left out."""
    parts = ["cerebro", name, str(folder)]
    for flag, value in arguments.items():
        if not flag.startswith("-"):
            parts.append(str(value))
            continue
        for one in value if isinstance(value, list | tuple) else [value]:
            if one is not None:
                parts += [flag, f"{one:g}" if isinstance(one, float) else str(one)]
    return shlex.join(parts)


def hand_over(
    answer: Answer,
    run: FinishedRun,
    *,
    out: Path,
    spec: Mapping[str, Any],
    method: Mapping[str, Any],
    data: Mapping[str, Any],
    command: str,
    seconds: float,
    as_json: bool,
) -> None:
    """Write an answer, show it, and leave with its exit code."""
    from cerebro_core.answers import write_answer
    from cerebro_core.blocks.output_summary import print_summary

    document = write_answer(answer, out=out, spec=spec, method=method, data=data, command=command, seconds=seconds)
    if as_json:
        print((out / "result.json").read_text(encoding="utf-8").rstrip())
    else:
        print_summary(document, str(out / "report.html"))
    sys.stdout.flush()
    raise typer.Exit(4 if any(check.status == "fail" for check in answer.diagnostics) else 0)
