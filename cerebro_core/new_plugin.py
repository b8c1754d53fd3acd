"""Writing the skeleton of a plugin. Its files are data in `skeleton/`; a placeholder is `{{word}}`."""

from __future__ import annotations

import keyword
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from cerebro_core.blocks.display import display
from cerebro_core.catalogue import PUBLISHED
from cerebro_core.errors import SpecError
from cerebro_core.plugins import core_version, plugins

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 40
SUFFIX = ".tmpl"
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def write_skeleton(name: str, into: Path) -> Path:
    """Write a plugin that passes the contract as it stands.

    Args:
        name: of the distribution, the domain and the command, such as "acme-pricing".
        into: the folder in which a new folder of this name is made.

    Returns:
        The new folder.

    Raises:
        SpecError: where the name cannot be used, or the folder exists or cannot be written.
    """
    check_name(name)
    target = into / name
    if os.path.lexists(target):
        raise SpecError(f"{display(target, 400)}: exists already; choose another name, or another folder with --into")
    if not into.is_dir():
        raise SpecError(f"--into: there is no folder {display(into, 400)}; make it first")
    try:
        draft = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=into))
        try:
            for path, text in skeleton_files(placeholders(name)):
                (draft / path).parent.mkdir(parents=True, exist_ok=True)
                (draft / path).write_text(text, encoding="utf-8", newline="\n")
            draft.chmod(0o755)
            draft.rename(target)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    except OSError as error:
        raise SpecError(f"{display(target, 400)}: cannot be written: {error.strerror or error}") from error
    return target


def check_name(name: str) -> None:
    """Refuse a name that cannot be a distribution, a package, a domain and a command at once.

    Raises:
        SpecError: with what is wrong.
    """
    shown = display(name, 60)
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise SpecError(
            f"'{shown}' is no name for a plugin: use lower-case letters, digits and single hyphens, a letter first, at "
            f"most {LONGEST} characters, such as acme-pricing"
        )
    package = name.replace("-", "_")
    if keyword.iskeyword(package) or package in sys.stdlib_module_names or package in ("tests", "site_packages"):
        raise SpecError(f"'{shown}' would hide Python's own '{package}'; choose another, such as acme-{name}")
    published = {word: item.distribution for item in PUBLISHED for word in (item.name, *item.commands)}
    published |= dict.fromkeys(("core", "cerebro", "cerebro-core"), "cerebro-core")
    published |= {item.distribution: item.distribution for item in PUBLISHED}
    if name in published:
        raise SpecError(f"'{shown}' is a name of {published[name]}; choose another, such as acme-{name}")
    index = plugins().index
    taken = index.plugins.get(name) or index.commands.get(name)
    if taken is not None:
        raise SpecError(f"'{shown}' is in use by {taken.origin}; choose another name")
    if name in {command.name for command in plugins().commands()}:
        raise SpecError(f"'{shown}' is a command already; choose another, such as acme-{name}")


def placeholders(name: str) -> dict[str, str]:
    """What stands for each placeholder."""
    major, minor, *_ = core_version().split(".")
    return {
        "name": name,
        "package": name.replace("-", "_"),
        "class": "".join(part.capitalize() for part in name.split("-")),
        "core_range": f">={major}.{minor},<{major}.{int(minor) + 1}",
    }


def skeleton_files(words: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Path in the new folder and text of each file."""
    for path, source in _templates(files("cerebro_core").joinpath("skeleton"), Path()):
        text = PLACEHOLDER.sub(lambda found: words[found[1]], source.read_text(encoding="utf-8"))
        parts = [words["package"] if part == "package" else part for part in path.parts]
        yield Path(*parts), text


def _templates(folder: Traversable, place: Path) -> Iterator[tuple[Path, Traversable]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _templates(item, place / item.name)
        elif item.name.endswith(SUFFIX):
            name = item.name.removesuffix(SUFFIX)
            yield place / (f".{name}" if name == "gitignore" else name), item
