"""Whether this environment has what a script requires, asked before it starts."""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from importlib import metadata

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from cerebro_core.blocks.display import display
from cerebro_core.errors import RunError

_HEADER = re.compile(r"(?m)^# /// script$\s(?P<content>(?:^#(?:| .*)$\s)+)^# ///$")


def check_requirements(text: str, where: str) -> None:
    """Compare a script's PEP 723 header with the installed distributions.

    Args:
        text: the script.
        where: its name, for messages.

    Raises:
        RunError: naming what is missing or of another version, with the pip line; or the header is broken.
    """
    header = _HEADER.search(text)
    if header is None:
        return
    lines = header["content"].splitlines()
    try:
        document = tomllib.loads("\n".join(line.removeprefix("#").removeprefix(" ") for line in lines))
        python = SpecifierSet(str(document.get("requires-python", "")))
        wanted = [Requirement(item) for item in document.get("dependencies", [])]
    except (tomllib.TOMLDecodeError, InvalidRequirement, InvalidSpecifier, TypeError) as error:
        raise RunError(f"{where}: its `# /// script` header is broken: {display(error)}; `cerebro relink` it") from None
    running = ".".join(map(str, sys.version_info[:3]))
    if not python.contains(running, prereleases=True):
        raise RunError(f"{where} needs Python {python}, and this is {running}; use `uv run`, which fetches it")
    lacking = [item for item in wanted if (not item.marker or item.marker.evaluate()) and not _is_met(item)]
    if lacking:
        told = ", ".join(f"{item} ({_installed(item.name)})" for item in lacking)
        line = " ".join(shlex.quote(_pip_argument(item)) for item in lacking)
        raise RunError(f"{where} needs {told}\n  pip install {line}")


def missing_module(log_tail: str) -> str | None:
    """The module that a crashed script could not import, if that is why it crashed."""
    found = re.findall(r"(?m)^ModuleNotFoundError: No module named '([\w.]+)'", log_tail)
    return found[-1] if found else None


def _is_met(requirement: Requirement) -> bool:
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)


def _installed(name: str) -> str:
    try:
        return f"{metadata.version(name)} is installed"
    except metadata.PackageNotFoundError:
        return "not installed"


def _pip_argument(requirement: Requirement) -> str:
    plain = Requirement(str(requirement))
    plain.marker = None
    return str(plain)
