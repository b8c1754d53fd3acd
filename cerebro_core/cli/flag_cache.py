"""Flags of a command, kept from one start to the next, so that `--help` need not build pydantic models.

One small JSON file a command in the user's cache folder, valid only for the very source files it was made from.
Whatever is wrong with it, the flags are described anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from cerebro_core.cli.flags import FlagText
from cerebro_core.load import import_name
from cerebro_core.method import Command, Method


def flags_of(command: Command, methods: tuple[Method, ...]) -> list[FlagText]:
    """The flags of a command's spec and of its methods' options, from the cache or from the models.

    Raises:
        PluginError: where a model cannot be imported, or an option has the name of a setting.
    """
    references = [command.spec or "", *(method.options for method in methods if method.options)]
    path = _place(command.name, references)
    kept = _read(path) if path else None
    if kept is not None:
        return kept
    from cerebro_core.cli.flag_texts import describe_flags

    found = describe_flags(import_name(command.spec or ""), methods)
    if path:
        _write(path, found)
    return found


def _place(command: str, references: list[str]) -> Path | None:
    """The file for just these sources; None where a source cannot be named."""
    modules = ["cerebro_core.spec", "cerebro_core.cli.flag_texts", *(item.partition(":")[0] for item in references)]
    signature = [sys.version, *references]
    try:
        for module in modules:
            found = find_spec(module)
            if found is None or not found.origin:
                return None
            state = os.stat(found.origin)
            signature += [found.origin, str(state.st_mtime_ns), str(state.st_size)]
    except (ImportError, OSError, ValueError):
        return None
    digest = hashlib.sha256("\0".join(signature).encode("utf-8", "surrogatepass")).hexdigest()[:24]
    return _folder() / f"{command}-{digest}.json"


def _folder() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "cerebro" / "flags"


def _read(path: Path) -> list[FlagText] | None:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [
            FlagText(field, shape, tuple(declared), text, metavar, panel, tuple(choices))
            for field, shape, declared, text, metavar, panel, choices in rows
        ]
    except (OSError, ValueError, TypeError):
        return None


def _write(path: Path, flags: list[FlagText]) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(flags), encoding="utf-8")
        part.replace(path)
        for old in path.parent.glob(f"{path.name.rpartition('-')[0]}-*.json"):
            if old != path and old.stat().st_mtime < path.stat().st_mtime - 7 * 86400:
                old.unlink(missing_ok=True)
