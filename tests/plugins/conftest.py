"""Plugins made up on the spot: real modules and real `.dist-info` folders in a temporary site folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

RUN_CEREBRO = "from cerebro_core.cli import main; main()"


class Site:
    """A folder of installed distributions.

    Attributes:
        folder: what stands on the import path.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def install(
        self,
        distribution: str,
        *,
        version: str = "1.0",
        plugins: Mapping[str, str] | None = None,
        commands: Mapping[str, str] | None = None,
        modules: Mapping[str, str] | None = None,
        raw_entry_points: str | None = None,
    ) -> None:
        """Write a distribution as pip would leave it."""
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n", encoding="utf-8"
        )
        groups = {"cerebro.plugins": plugins or {}, "cerebro.commands": commands or {}}
        lines = [
            f"[{group}]\n" + "".join(f"{name} = {module}\n" for name, module in entries.items())
            for group, entries in groups.items()
        ]
        info.joinpath("entry_points.txt").write_text(raw_entry_points or "\n".join(lines), encoding="utf-8")
        for name, source in (modules or {}).items():
            path = self.folder / f"{name}.py"
            path.write_text(dedent(source), encoding="utf-8")

    def python(self, code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run code with this site on the path."""
        path = os.pathsep.join([str(self.folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONPATH": path, "TERM": "dumb", "COLUMNS": "200", **environment},
        )

    def cerebro(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command line with this site on the path."""
        return self.python(RUN_CEREBRO, *arguments, **environment)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")
