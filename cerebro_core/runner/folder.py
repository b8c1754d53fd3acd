"""Where a run is written: in a hidden folder beside its place first, then moved there whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from cerebro_core.blocks.display import display
from cerebro_core.blocks.output_folder import OutputError, check_run_folder, earlier_run_files, holds_answer
from cerebro_core.errors import SpecError

LOG_FILE = "log.txt"


@dataclass(frozen=True)
class Stage:
    """The places of one run.

    Attributes:
        final: where the run shall stand, absolute.
        hidden: name of the temporary folder beside it, with a slash: the one part by which the paths that the
            script sees differ from the final ones. It is plain ASCII, so no quoting or escaping changes it, and
            leaving it out of a text gives the final path.
        argument: what the script is given as `--out`.
        made: folders above that were made for this run, the deepest first.
    """

    final: Path
    hidden: str
    argument: str
    made: tuple[Path, ...]

    @property
    def folder(self) -> Path:
        """The temporary folder."""
        return self.final.parent / self.hidden.rstrip("/")

    @property
    def scratch(self) -> Path:
        """Where the script's temporary files go: they end with the run, however it ends."""
        return self.folder / "scratch"

    @property
    def fresh(self) -> Path:
        """What the script writes."""
        return self.folder / self.final.name


def open_stage(out: Path) -> Stage:
    """Check that a run may be written to `out`, and make the temporary folder.

    Raises:
        SpecError: `out` is a file, the current folder, not writable, or holds files that are not of a run.
    """
    try:
        final = Path(os.path.realpath(out))
        if not _holds_only_log(final):
            check_run_folder(str(out))
        with contextlib.suppress(FileNotFoundError):
            final.lstat()  # a name that is too long is an error here
    except OutputError as error:
        raise SpecError(display(error, 1000)) from None
    except (OSError, ValueError) as error:
        raise SpecError(f"--out: {display(out)} cannot be used: {display(error)}") from None
    made = tuple(above for above in final.parents if not above.exists())
    hidden = f".cerebro-run-{secrets.token_hex(6)}/"
    # beside the folder itself, which a link may point to from elsewhere
    shown = str(final) if os.path.islink(out) or not out.name or out.name == ".." else str(out)
    head, name = os.path.split(shown)
    stage = Stage(final, hidden, os.path.join(head, hidden + name), made)
    try:
        stage.scratch.mkdir(parents=True)
    except OSError as error:
        _remove_empty(made)
        raise SpecError(f"--out: cannot write beside {display(out)}: {display(error.strerror)}") from None
    return stage


def reveal_paths(stage: Stage) -> None:
    """Let the files that tell where they are tell the final place."""
    for name in ("result.json", "report.html"):
        path = stage.fresh / name
        if path.is_file():
            content = path.read_bytes()
            hidden = stage.hidden.encode("ascii")
            if hidden in content:
                path.write_bytes(content.replace(hidden, b""))


def place(stage: Stage, refused: bool) -> Path:
    """Move the finished run to its place. Files of an earlier run there go; files that others put there stay.

    A refused run takes the place of no answer: where an earlier run stands that has one, it goes beside it.

    Returns:
        the folder that it is in.
    """
    final, aside = stage.final, stage.folder / "earlier"
    if refused and holds_answer(str(final)):
        final = final.with_name(f"{final.name}.refused")
    written = (earlier_run_files(str(final)) or frozenset()) | {LOG_FILE}
    kept: list[Path] = []
    if final.exists():
        final.rename(aside)
        kept = [item for item in aside.iterdir() if item.name not in written]
    try:
        stage.fresh.rename(final)
    except BaseException:
        if aside.exists():
            aside.rename(final)
        raise
    for item in kept:
        if not os.path.lexists(final / item.name):
            item.rename(final / item.name)
    failed = _failed_folder(stage)
    if _holds_only_log(failed):
        shutil.rmtree(failed, ignore_errors=True)
    shutil.rmtree(stage.folder, ignore_errors=True)
    return final


def keep_log(stage: Stage) -> Path:
    """Keep only the log of a run that failed, and no file of an earlier run changes; returns where it is."""
    target = stage.final
    if target.exists() and os.listdir(target) and not _holds_only_log(target):
        target = _failed_folder(stage)
    number = 1
    while target.exists() and os.listdir(target) and not _holds_only_log(target):
        number += 1
        target = _failed_folder(stage, number)
    target.mkdir(exist_ok=True)
    (stage.folder / LOG_FILE).replace(target / LOG_FILE)
    shutil.rmtree(stage.folder, ignore_errors=True)
    return target / LOG_FILE


def discard(stage: Stage) -> None:
    """Leave nothing behind, where the run was neither placed nor its log kept."""
    shutil.rmtree(stage.folder, ignore_errors=True)
    _remove_empty(stage.made)


def _failed_folder(stage: Stage, number: int = 1) -> Path:
    return stage.final.with_name(f"{stage.final.name}.failed" + ("" if number == 1 else f"-{number}"))


def _holds_only_log(folder: Path) -> bool:
    return folder.is_dir() and os.listdir(folder) == [LOG_FILE]


def _remove_empty(folders: tuple[Path, ...]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:  # not empty, or gone: someone else's
            return
