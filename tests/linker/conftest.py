"""Tiny packages of blocks, written to a folder, linked, and run next to the direct call."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from cerebro_core.linker import link
from cerebro_core.method import Method
from cerebro_core.script import Script
from cerebro_core.spec import AnalysisSpec

ENTRY = '''
"""Prints what analyse gives."""

from __future__ import annotations

import inspect
import json


def main(spec, analyse, *, method, decisions, findings, citations, choices):
    """Call analyse with what its signature names."""
    read = inspect.signature(analyse).parameters
    fields = {**spec, **spec["options"]}
    given = {name: fields[name] for name in read if name in fields}
    print(json.dumps(analyse(None, **{**given, **choices})))
    return 0
'''


class TinySpec(AnalysisSpec):
    """A spec for tests."""

    kind: ClassVar[str] = "tiny"
    domain: ClassVar[str] = "tiny"
    method_field: ClassVar[str] = "way"

    outcome: str
    way: str = "plain"
    x: int = 3
    shape: str = "round"
    extra: float | None = None


@dataclass
class Package:
    """A package of blocks in a temporary folder.

    Attributes:
        folder: holds the package; on `sys.path`.
        requires: what the method declares.
        choices: what the method offers.
    """

    folder: Path
    requires: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write modules: "m" is `acme/blocks/m.py`; a name with a slash or dot is a path below `folder`."""
        for name, text in files.items():
            path = self.folder / (name if "." in name else f"acme/blocks/{name}.py")
            path.parent.mkdir(parents=True, exist_ok=True)
            content = text if isinstance(text, bytes) else textwrap.dedent(text).lstrip("\n").encode()
            path.write_bytes(content)

    @property
    def method(self) -> Method:
        return Method(
            domain="tiny",
            name="plain",
            title="Tiny method",
            summary="Does little.",
            spec="tests:TinySpec",
            block="acme.blocks.m:analyse",
            requires=self.requires,
            choices=self.choices,
        )

    def link(self, **fields: Any) -> Script:
        spec = TinySpec(**{"outcome": "y", **fields})
        return link(spec, self.method, plugins={"acme": "1.0"}, entry="tinyentry.blocks.entry:main")

    def run_script(self, script: Script) -> Any:
        path = self.folder.parent / "elsewhere" / "script.py"
        path.parent.mkdir(exist_ok=True)
        script.write(path, force=True)
        return self._run([sys.executable, "-I", str(path)], path.parent)

    def run_direct(self, script: Script) -> Any:
        """The blocks imported as they are, with the same entry and literals."""
        names = json.dumps(script.literals)
        chosen = {field: table[str(script.literals["SPEC"][field])] for field, table in self.choices.items()}
        code = textwrap.dedent(f"""
            import sys, json, importlib
            sys.path.insert(0, {str(self.folder)!r})
            take = lambda path: getattr(importlib.import_module(path.split(":")[0]), path.split(":")[1])
            literals = json.loads({names!r})
            take("tinyentry.blocks.entry:main")(literals["SPEC"], take("acme.blocks.m:analyse"), method={{}},
                decisions=[], findings=[], citations=[],
                choices={{name: take(path) for name, path in {chosen!r}.items()}})
        """)
        return self._run([sys.executable, "-c", code], self.folder)

    def _run(self, command: list[str], folder: Path) -> Any:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    folder = tmp_path / "packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.chdir(folder)
    made = Package(folder, {}, {})
    made.write({f"{name}/__init__.py": "" for name in ("acme", "acme/blocks", "tinyentry", "tinyentry/blocks")})
    made.write({"tinyentry/blocks/entry.py": ENTRY})
    importlib.invalidate_caches()
    return made
