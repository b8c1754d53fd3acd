"""Scripts: what the linker makes, written to disk and read back."""

from __future__ import annotations

import ast
import contextlib
import os
import secrets
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cerebro_core.blocks.display import display
from cerebro_core.errors import LinkError, SpecError
from cerebro_core.linker.check import read_literals
from cerebro_core.linker.seal import is_untouched

SIZE_LIMIT = 16 * 2**20
"""Bytes of the longest script that is read."""


@dataclass(frozen=True)
class Script:
    """A linked script.

    Attributes:
        text: the whole file.
        requires: PEP 508 requirements of what it imports.
        literals: METHOD, SPEC, DECISIONS, FINDINGS, CITATIONS -> their plain values.
    """

    text: str
    requires: tuple[str, ...]
    literals: dict[str, Any]

    def write(self, path: str | os.PathLike[str], force: bool = False) -> Path:
        """Write the script in one step: `path` holds the old file or the new one, never a part.

        Args:
            path: where to; a symbolic link is followed.
            force: overwrite a file that was edited by hand, or that is no script of Cerebro's.

        Returns:
            The path as given.

        Raises:
            SpecError: where the file cannot be written, is the script's own data, or would be lost.
        """
        shown = Path(path)
        if "\0" in str(shown):
            raise SpecError(f"{_named(shown)}: is no name that a file can have; name another with --output")
        target = Path(os.path.realpath(shown))
        _refuse_data(shown, target, str(self.literals.get("SPEC", {}).get("data") or ""))
        mode = _check_target(shown, target, force)
        try:
            _replace(target, self.text.encode(), mode)
        except OSError as error:
            what = f"{_named(shown)}: cannot be written: {error.strerror or error}"
            raise SpecError(f"{what}; name another file with --output") from None
        return shown


@dataclass(frozen=True)
class ScriptLiterals:
    """What a script says about itself."""

    spec: dict[str, Any]
    method: dict[str, Any]
    decisions: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    citations: list[dict[str, Any]]


def read_script(path: str | os.PathLike[str]) -> ScriptLiterals:
    """Read the literals of a script; nothing of it is run.

    Raises:
        SpecError: where it cannot be read or is no script of Cerebro's.
    """
    shown = Path(path)
    text = _read(shown)
    try:
        with warnings.catch_warnings(action="ignore", category=SyntaxWarning):
            found = read_literals(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        what = f"{_named(shown)}: is no Python that can be read: {display(error)}"
        raise SpecError(f"{what}; correct it, or generate the script again") from None
    except LinkError as error:
        raise SpecError(f"{_named(shown)}: {error}, or generate the script again") from None
    values = {name: found.get(name) for name in ("SPEC", "METHOD")}
    lists = {name: found.get(name, []) for name in ("DECISIONS", "FINDINGS", "CITATIONS")}
    objects = [*values.values(), *(one for listed in lists.values() if isinstance(listed, list) for one in listed)]
    whole = all(isinstance(one, dict) and all(isinstance(key, str) for key in one) for one in objects)
    if not whole or not all(isinstance(listed, list) for listed in lists.values()):
        what = f"{_named(shown)}: is no script of Cerebro's: it has no SPEC and METHOD as Cerebro writes them"
        raise SpecError(f"{what}; name a file that `cerebro … --output` wrote")
    return ScriptLiterals(
        spec=found["SPEC"],
        method=found["METHOD"],
        decisions=lists["DECISIONS"],
        findings=lists["FINDINGS"],
        citations=lists["CITATIONS"],
    )


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise SpecError(f"{_named(path)}: is no regular file; name a script")
            raw = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise SpecError(f"{_named(path)}: cannot be read: {error.strerror or error}; name a script") from None
    if len(raw) > SIZE_LIMIT:
        raise SpecError(f"{_named(path)}: is larger than {SIZE_LIMIT >> 20} MiB; name a script")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError(f"{_named(path)}: is no UTF-8 text; name a script") from None


def _refuse_data(shown: Path, target: Path, data: str) -> None:
    if not data or "\0" in data:
        return
    with contextlib.suppress(OSError, ValueError):
        same = os.path.realpath(data) == str(target) or (target.exists() and os.path.samefile(data, target))
        if same:
            raise SpecError(f"{_named(shown)}: is the data that the script reads; name another file with --output")


def _check_target(shown: Path, target: Path, force: bool) -> int | None:
    """The mode of the file that will be replaced, or None where there is none.

    Raises:
        SpecError: where replacing it is impossible or would lose work.
    """
    if not target.parent.is_dir():
        raise SpecError(f"{_named(shown)}: there is no folder {_named(shown.parent)}; make it, or name another file")
    try:
        state = target.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SpecError(f"{_named(shown)}: {error.strerror or error}; name another file with --output") from None
    if stat.S_ISDIR(state.st_mode):
        raise SpecError(f"{_named(shown)}: is a folder; name a file in it")
    if not stat.S_ISREG(state.st_mode):
        raise SpecError(f"{_named(shown)}: is no regular file; name another with --output")
    if not force and not (state.st_size <= SIZE_LIMIT and _is_untouched(target)):
        what = f"{_named(shown)}: exists, and was edited by hand or not written by Cerebro"
        raise SpecError(f"{what}; name another file with --output, or overwrite it with --force")
    return stat.S_IMODE(state.st_mode)


def _is_untouched(target: Path) -> bool:
    try:
        return is_untouched(target.read_bytes())
    except OSError:
        return False


def _replace(target: Path, content: bytes, mode: int | None) -> None:
    """Write beside the target, then put the new file in its place."""
    draft = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            draft.chmod(mode)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _named(path: Path) -> str:
    return f"'{display(path)}'"
