"""Read the text files of archives and installed packages, in memory: nothing is unpacked, imported or run."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath

from cerebro_core.errors import CorpusError

SUFFIXES = (".py", ".ipynb", ".md", ".rst")
LARGEST_FILE = 16 * 2**20
LARGEST_TOTAL = 3 * 2**30
MOST_FILES = 60_000
MOST_GROWTH = 200
"""Times its packed size that a file of a zip, or a whole tar, may grow; source code grows 3 to 14 times."""
SMALL = 2**16
"""Bytes below which growth does not matter."""
AGENT_FILES = frozenset(
    [
        "agents.md",
        "claude.md",
        "gemini.md",
        "skill.md",
        "copilot-instructions.md",
        "llms.txt",
        "llms-full.txt",
        "cursorrules.md",
        "system_prompt.md",
        "prompts.md",
    ]
)
"""Files that address language models; what they say is no example."""
DULL = frozenset(
    [
        "changelog",
        "changes",
        "history",
        "contributing",
        "code_of_conduct",
        "license",
        "licence",
        "news",
        "release_notes",
        "releases",
        "authors",
        "security",
        "governance",
        "third_party_notices",
        "conftest",
        "setup",
        "versioneer",
        "_version",
        "noxfile",
    ]
)
DULL_FOLDERS = frozenset(
    [
        "node_modules",
        "vendor",
        "vendored",
        "third_party",
        "extern",
        "_vendor",
        "build",
        "dist",
        "site-packages",
        "benchmarks",
        "asv_bench",
        "release_notes",
        "whatsnew",
        "release",
        "release-notes",
        "changelogs",
        "subprojects",
    ]
)


def wanted(name: str) -> bool:
    """Whether a file may hold examples: text, outside of dot-folders, no instructions for agents, no path tricks."""
    path = PurePosixPath(name)
    if path.is_absolute() or "\\" in name or any(ord(sign) < 32 for sign in name) or ".." in path.parts:
        return False
    low = path.name.lower()
    return (
        low.endswith(SUFFIXES)
        and not any(part.startswith(".") or part.lower() in DULL_FOLDERS for part in path.parts)
        and low not in AGENT_FILES
        and path.stem.lower() not in DULL
    )


def read_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name without the archive's own folder, content) of each file that may hold examples.

    Raises:
        CorpusError: where the archive is broken, or holds more than an honest one.
    """
    try:
        yield from _read_zip(path) if path.name.endswith((".whl", ".zip")) else _read_tar(path)
    except (
        OSError,
        EOFError,
        tarfile.TarError,
        zipfile.BadZipFile,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise CorpusError(f"{path.name} cannot be read: {error}") from error


def _read_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        check_sizes(path.name, [entry.file_size for entry in entries])
        for entry in entries:
            kind = entry.external_attr >> 28
            fits = entry.file_size <= LARGEST_FILE and not grows(entry.compress_size, entry.file_size)
            if wanted(entry.filename) and fits and kind in (0, 8):
                with archive.open(entry) as file:
                    content = file.read(LARGEST_FILE + 1)
                if len(content) <= LARGEST_FILE:
                    yield entry.filename, content


def _read_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    sizes: list[int] = []
    total = 0
    packed = path.stat().st_size
    with tarfile.open(path, "r|gz") as archive:
        for entry in archive:
            sizes.append(entry.size)
            total += entry.size
            if total > LARGEST_TOTAL or len(sizes) > MOST_FILES:
                check_sizes(path.name, [total] * len(sizes))
            if grows(packed, total):
                raise CorpusError(f"{path.name} unpacks to more than {MOST_GROWTH} times its size: it was not read")
            name = entry.name.removeprefix("./")
            inside = name.partition("/")[2]
            if entry.isreg() and wanted(name) and wanted(inside) and entry.size <= LARGEST_FILE:
                file = archive.extractfile(entry)
                if file is not None:
                    yield inside, file.read()


def grows(packed: int, size: int) -> bool:
    """Whether something unpacks to far more than text does."""
    return size > SMALL and size > MOST_GROWTH * packed


def check_sizes(name: str, sizes: list[int]) -> None:
    """Refuse an archive that would unpack to far more than a package holds.

    Raises:
        CorpusError: where it holds too many files or too many bytes.
    """
    if len(sizes) > MOST_FILES or sum(sizes) > LARGEST_TOTAL:
        raise CorpusError(
            f"{name} unpacks to more than {MOST_FILES} files or {LARGEST_TOTAL >> 30} GiB: it was not read"
        )


def read_installed(distribution: Distribution) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each file of an installed distribution that may hold examples."""
    for entry in distribution.files or ():
        name = str(PurePosixPath(entry))
        if not wanted(name):
            continue
        try:
            path = Path(str(distribution.locate_file(entry)))
            if path.stat().st_size <= LARGEST_FILE:
                yield name, path.read_bytes()
        except OSError:
            continue
