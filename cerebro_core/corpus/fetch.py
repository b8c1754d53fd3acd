"""Download what the lists pin: nothing is installed, no build code runs, every hash is checked."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cerebro_core.corpus.sources import Artefact, Source
from cerebro_core.errors import CorpusError

LARGEST = 200 * 2**20
"""Bytes above which an archive is refused."""


def configured_index() -> str:
    """The package index that pip and uv are configured to use.

    Raises:
        CorpusError: where none is known.
    """
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name]
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
    if told.returncode == 0 and told.stdout.strip():
        return told.stdout.strip()
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        raise CorpusError("no package index is configured; set PIP_INDEX_URL to one") from None
    return str(PyPI.simple_url)


def finder() -> Any:
    """An unearth finder on the configured index; it looks at names and hashes only.

    Raises:
        CorpusError: where unearth is not installed.
    """
    try:
        from unearth import PackageFinder
    except ImportError:
        raise CorpusError("--fetch needs unearth; pip install 'cerebro-core[corpus]'") from None
    return PackageFinder(index_urls=[configured_index()], ignore_compatibility=True)


def fetch(sources: list[Source], folder: Path, say: Callable[[str], None]) -> list[str]:
    """Download every artefact that is not yet in `folder` with the right hash. What failed is skipped and told.

    Returns:
        one message for each source that could not be fetched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [(source, item) for source in sources for item in source.files if not is_there(folder, item)]
    problems: list[str] = []
    if not wanted:
        return problems
    index = finder()
    for number, (source, item) in enumerate(wanted, 1):
        say(f"downloading {item.name} ({number} of {len(wanted)})")
        try:
            download(index, source, item, folder)
        except Exception as error:  # one package that is gone must not end the others
            problems.append(f"{source.name} {source.version}: {item.name} was not fetched: {error}")
    return problems


def is_there(folder: Path, item: Artefact) -> bool:
    """Whether the artefact is in the folder. It is moved there only after its hash was checked."""
    return (folder / item.sha256[:16] / item.name).is_file()


def download(index: Any, source: Source, item: Artefact, folder: Path) -> None:
    """Download one artefact; resumes nothing half-written, replaces it.

    Raises:
        CorpusError: where the index lacks it, it is too large, or its hash differs.
    """
    links = [found.link for found in index.find_all_packages(source.name, allow_yanked=True)]
    link = next((one for one in links if one.filename == item.name), None)
    if link is None:
        raise CorpusError("the index has no such file")
    place = folder / item.sha256[:16] / item.name
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{item.name}.{os.getpid()}.part")
    digest, size = hashlib.sha256(), 0
    try:
        with part.open("wb") as file:
            for chunk in _chunks(index, link):
                size += len(chunk)
                if size > LARGEST:
                    raise CorpusError(f"it is larger than {LARGEST >> 20} MiB")
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != item.sha256:
            raise CorpusError(f"its SHA-256 is {digest.hexdigest()}, not {item.sha256} as pinned; it was thrown away")
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def _chunks(index: Any, link: Any) -> Any:
    if link.is_file:
        yield link.file_path.read_bytes()
        return
    with index.session.get_stream(link.url_without_fragment) as answer:
        answer.raise_for_status()
        yield from answer.iter_bytes(1 << 16)
