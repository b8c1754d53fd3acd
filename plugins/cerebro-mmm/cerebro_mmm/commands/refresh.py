"""`cerebro refresh`: the same script on newer data, and how far each answer moved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from cerebro_mmm.commands.runs import FinishedRun, command_line, fit_check, hand_over, method_facts, read_run

if TYPE_CHECKING:
    from cerebro_core.blocks.result import Chart, Result
    from cerebro_core.result_parts import EstimateEntry

MOVED = 2.0
"""Combined standard deviations beyond which a shift is flagged."""
COMPARED = ("total_media_share", "contribution_share", "roas")

RUN = typer.Argument(help="Folder of a finished `cerebro mmm` run.", metavar="RUN_FOLDER", show_default=False)
NEWER = typer.Argument(help="The newer table, with the same columns.", metavar="NEWER", show_default=False)


@dataclass(frozen=True)
class Shift:
    """How one answer moved.

    Attributes:
        name: of the estimate, such as "roas".
        group: the channel, or None for all media.
        label: for people.
        old, new: estimates of the two runs.
        old_sd, new_sd: their posterior standard deviations.
        unit: of the estimates.
    """

    name: str
    group: str | None
    label: str
    old: float
    new: float
    old_sd: float
    new_sd: float
    unit: str

    @property
    def difference(self) -> float:
        """New less old."""
        return self.new - self.old

    @property
    def combined_sd(self) -> float:
        """The root of the sum of both variances; the runs share rows, so a shift is rarely as large as this."""
        return float((self.old_sd**2 + self.new_sd**2) ** 0.5)

    @property
    def in_sds(self) -> float:
        """The difference in combined standard deviations."""
        return self.difference / self.combined_sd if self.combined_sd > 0 else 0.0


def refresh(
    run_folder: Annotated[Path, RUN],
    newer: Annotated[Path, NEWER],
    script: Annotated[Path | None, typer.Option(help="The run's script; default: the one beside the run.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the comparison; the new run goes beside it, to OUT_run.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Fit a marketing mix model to newer data and say how its answers moved."""
    started = perf_counter()
    run = read_run(run_folder)

    from cerebro_core.answers import check_answer_folder
    from cerebro_core.blocks.display import display
    from cerebro_core.errors import SpecError
    from cerebro_core.runner import run_script

    path = find_script(run, script)
    place = out or run.beside("refresh")
    fresh = place.with_name(f"{place.name}_run")
    for folder in (place, fresh):
        check_answer_folder(folder, run_folder)
    finished = run_script(path, data=str(newer), out=fresh, seed=run.result.seed, quiet=quiet)
    if finished.result.status == "refused":
        raise SpecError(f"{display(newer, 400)}: {display(finished.result.answer, 2000)}")
    new = FinishedRun(finished.folder, finished.result, finished.result.spec)
    flags = {"newer": newer, "--script": script, "--out": out}
    summary = "Compares the answers of a model on newer data with those of an earlier run."
    hand_over(
        refresh_result(run, new),
        run,
        out=place,
        spec=new.spec,
        method=method_facts(run, "How the answers moved with newer data", summary),
        data=new.result.data.model_dump(mode="json"),
        command=command_line("refresh", run_folder, flags),
        seconds=perf_counter() - started,
        as_json=as_json,
    )


def find_script(run: FinishedRun, named: Path | None) -> Path:
    """The script of a run: the one named, else `NAME.py` or `pipeline.py` beside `NAME_run`.

    Raises:
        SpecError: there is none, or it is of another analysis.
    """
    from cerebro_core.blocks.display import display
    from cerebro_core.errors import SpecError
    from cerebro_core.script import read_script

    usual = [run.folder.resolve().with_name(name) for name in (f"{run.stem}.py", "pipeline.py")]
    path = named or next((one for one in usual if one.is_file()), None)
    if path is None:
        raise SpecError(
            f"no script beside {display(run.folder, 400)} ({' or '.join(one.name for one in usual)}); name it with "
            "--script"
        )
    spec = read_script(path).spec
    for field in ("kind", "outcome", "channels"):
        if spec.get(field) != run.spec.get(field):
            raise SpecError(
                f"{display(path, 400)}: its {field} is not that of the run; name the script of this run with --script"
            )
    return path


def shifts_of(old: FinishedRun, new: FinishedRun) -> list[Shift]:
    """Every share and return that both runs have."""
    known = {(item.name, item.group): item for item in new.result.estimates}
    found = []
    for item in old.result.estimates:
        other = known.get((item.name, item.group))
        if item.name in COMPARED and other is not None and item.value is not None and other.value is not None:
            found.append(shift_of(item, other))
    return found


def shift_of(old: EstimateEntry, new: EstimateEntry) -> Shift:
    """The move of one estimate."""
    values = (
        float(old.value or 0.0),
        float(new.value or 0.0),
        float(old.std_error or 0.0),
        float(new.std_error or 0.0),
    )
    return Shift(old.name, old.group, old.label, *values, old.unit)


def refresh_result(old: FinishedRun, new: FinishedRun) -> Result:
    """The answer: what moved, and a table of every shift."""
    from cerebro_core.blocks.display import display
    from cerebro_core.blocks.result import Diagnostic, Estimate, Result, ResultTable

    shifts = shifts_of(old, new)
    moved = [one for one in shifts if abs(one.in_sds) > MOVED]
    named = "; ".join(f"{display(one.label, 60)} {one.old:.3g} → {one.new:.3g}" for one in moved)
    largest = max(shifts, key=lambda one: abs(one.in_sds))
    rows = f"{old.result.data.rows} rows before, {new.result.data.rows} now"
    answer = (
        f"{len(moved)} of {len(shifts)} answers moved by more than {MOVED:g} combined standard deviations: {named} "
        f"({rows})."
        if moved
        else f"No answer moved by more than {MOVED:g} combined standard deviations; the largest shift is "
        f"{largest.in_sds:+.2f}, of {display(largest.label, 60)} ({rows})."
    )
    message = (
        "Newer rows rarely move an answer this far: look for a change in the data (definitions, tracking, prices) or "
        "in the market, before the new figures are used."
    )
    columns = ("quantity", "channel", "old", "old_sd", "new", "new_sd", "difference", "in_sds", "flagged")
    table = tuple(
        (one.name, one.group, one.old, one.old_sd, one.new, one.new_sd, one.difference, one.in_sds, one in moved)
        for one in shifts
    )
    caption = (
        "in_sds: the difference over the root of the sum of both posterior variances. Both runs share most rows, so "
        f"shifts are usually far below 1; beyond {MOVED:g} they are flagged."
    )
    return Result(
        answer=answer,
        estimates=tuple(
            Estimate(
                f"{one.name}_shift",
                one.difference,
                label=f"Shift: {one.label}",
                std_error=one.combined_sd,
                unit=one.unit,
                group=one.group,
            )
            for one in shifts
        ),
        diagnostics=(
            Diagnostic(
                "shift",
                "warn" if moved else "pass",
                message if moved else "No answer moved far.",
                abs(largest.in_sds),
                MOVED,
            ),
            fit_check(new),
        ),
        tables={"shifts": ResultTable(columns, table, "Shifts", caption)},
        charts=(shift_chart(shifts),),
        rows_used=int(new.result.data.rows_used or 0),
    )


def shift_chart(shifts: list[Shift]) -> Chart:
    """Every shift in combined standard deviations."""
    from cerebro_core.blocks.result import Chart
    from cerebro_core.blocks.style import INK, PALETTE, label, new_figure, tick_text

    figure = new_figure(8.0, 1.4 + 0.34 * len(shifts))
    axes = figure.add_subplot()
    places = list(range(len(shifts)))[::-1]
    colours = [PALETTE[1] if abs(one.in_sds) > MOVED else PALETTE[0] for one in shifts]
    axes.barh(places, [one.in_sds for one in shifts], color=colours, height=0.6)
    axes.axvline(0.0, color=INK, linewidth=1)
    for end in (-MOVED, MOVED):
        axes.axvline(end, color=INK, linewidth=0.8, linestyle=":")
    tick_text(axes.yaxis, places, [one.label for one in shifts], 34)
    label(axes, title="How far answers moved", x="combined standard deviations")
    return Chart("shifts", "How far each answer moved", "Dotted: two combined standard deviations.", figure)
