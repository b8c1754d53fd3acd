"""The folder of a run: written whole or not at all, and never over somebody's files."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Collection, Mapping

RUN_FILES = frozenset({"result.json", "report.html", "figures", "tables", "spec.yaml", "log.txt"})


class OutputError(Exception):
    """The run folder cannot be used; the message says why and what to do. Exit code 2."""


def check_run_folder(path: str) -> str:
    """Say early, before any work, whether a run may be written to `path`.

    Args:
        path: the folder asked for; it need not exist.

    Returns:
        Its absolute path, links resolved.

    Raises:
        OutputError: it is a file, the current folder or one above it, not writable, or holds foreign files.
    """
    folder = os.path.realpath(path)
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise OutputError(f"--out: {path!a} is a file; name a folder")
    if os.path.isdir(folder):
        here = os.path.realpath(os.getcwd())
        if here == folder or here.startswith(os.path.join(folder, "")):
            raise OutputError(f"--out: {path!a} is the folder you are in; name a new one inside it")
        if os.listdir(folder) and earlier_run_files(folder) is None:
            raise OutputError(
                f"--out: the folder {path!a} holds files that are not of an earlier run; name another one"
            )
    above = os.path.dirname(folder)
    while not os.path.lexists(above):
        above = os.path.dirname(above)
    if not os.path.isdir(above) or not os.access(above, os.W_OK | os.X_OK):
        raise OutputError(f"--out: cannot write to {above!a}; name a folder that you may write to")
    return folder


def earlier_run_files(folder: str) -> frozenset[str] | None:
    """The top-level names that an earlier run wrote to `folder`; None if it holds no run."""
    try:
        with open(os.path.join(folder, "result.json"), encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or "schema_version" not in document:
        return None
    extras = document.get("extras")
    return RUN_FILES | frozenset(name for name in extras or () if isinstance(name, str))


def holds_answer(folder: str) -> bool:
    """Whether an earlier run that was not refused stands in `folder`."""
    try:
        with open(os.path.join(folder, "result.json"), encoding="utf-8") as file:
            return json.load(file).get("status") == "ok"
    except (OSError, ValueError, RecursionError, AttributeError):
        return False


def write_run_folder(folder: str, files: Mapping[str, bytes]) -> None:
    """Write all `files` to a new folder beside `folder`, then put it in its place.

    Files of an earlier run in `folder` go; other files that somebody put there are kept.

    Args:
        folder: absolute path, checked by `check_run_folder`.
        files: path inside the folder, with `/`, -> content.
    """
    parent = os.path.dirname(folder)
    os.makedirs(parent, exist_ok=True)
    fresh = os.path.join(parent, f".cerebro-{secrets.token_hex(6)}.tmp")
    os.mkdir(fresh)
    try:
        for name, content in files.items():
            path = os.path.join(fresh, *name.split("/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)
        _replace_folder(folder, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _replace_folder(folder: str, fresh: str) -> None:
    written = earlier_run_files(folder) or frozenset()
    aside = f"{fresh}.old"
    try:
        if os.path.lexists(folder):
            os.rename(folder, aside)
        os.rename(fresh, folder)
    except BaseException:
        if os.path.lexists(aside) and not os.path.lexists(folder):
            os.rename(aside, folder)
        raise
    if os.path.isdir(aside):
        for name in os.listdir(aside):
            if name not in written and not os.path.lexists(os.path.join(folder, name)):
                os.rename(os.path.join(aside, name), os.path.join(folder, name))
        shutil.rmtree(aside, ignore_errors=True)


def run_file_name(name: str, taken: Collection[str]) -> str:
    """A file name (no extension) that every system accepts, made from `name`, unlike any in `taken`."""
    stem = re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_-")[:60] or "unnamed"
    unique, number = stem, 2
    while unique in taken:
        unique, number = f"{stem}_{number}", number + 1
    return unique


def check_extra_name(name: str) -> str:
    """Return `name` if a block may write an extra file of this name at the top of the run folder.

    Raises:
        ValueError: it is not a plain file name, or a run's own.
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", name) or name.lower() in RUN_FILES:
        raise ValueError(f"extras: {name!a} is not a file name that a block may write")
    return name
