"""Each snippet of docs/dialect.md is linked: the allowed ones link, the refused ones are refused as the page says."""

from __future__ import annotations

import importlib
import sys
import textwrap
from pathlib import Path
from typing import ClassVar

import pytest
from docs_pages import Snippet, snippets

from cerebro_core.errors import LinkError
from cerebro_core.linker import link
from cerebro_core.method import Method
from cerebro_core.spec import AnalysisSpec

PAGE = snippets("dialect.md")
FILES = {item.mark.removeprefix("file: "): item.text for item in PAGE if item.mark.startswith("file: ")}
CASES = [item for item in PAGE if item.mark in ("allowed", "refused")]
ANALYSE = "\n\ndef analyse(source, *, x):\n    return x\n"
METHOD = Method("tiny", "plain", "Tiny", "Does little.", spec="tests:TinySpec", block="acme.blocks.effect:analyse")


class TinySpec(AnalysisSpec):
    """A spec for the snippets."""

    kind: ClassVar[str] = "tiny"
    domain: ClassVar[str] = "tiny"

    x: int = 3
    shape: str = "round"
    method: str = "plain"


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path with the package `acme` and a `main` that does nothing."""
    files = {f"{name}/__init__.py": "" for name in ("acme", "acme/blocks", "tinyentry", "tinyentry/blocks")}
    files["tinyentry/blocks/entry.py"] = "def main(spec, analyse, **literals):\n    return 0\n"
    for name, text in (files | FILES).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    importlib.invalidate_caches()
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] in ("acme", "tinyentry")]:
        del sys.modules[name]


def link_snippet(item: Snippet, folder: Path) -> str:
    """The script that a snippet links to."""
    text = item.text if "def analyse" in item.text else item.text + ANALYSE
    (folder / "acme/blocks/effect.py").write_text(text, encoding="utf-8")
    return link(TinySpec(), METHOD, entry="tinyentry.blocks.entry:main").text


@pytest.mark.parametrize("item", CASES, ids=lambda item: f"line {item.line}")
def test_a_snippet_is_allowed_or_refused_as_the_page_says(item: Snippet, packages: Path) -> None:
    if item.mark == "allowed":
        assert "def analyse" in link_snippet(item, packages)
        return
    with pytest.raises(LinkError) as refused:
        link_snippet(item, packages)
    assert item.says, f"line {item.line}: the page does not say the message:\n{refused.value}"
    assert " ".join(item.says.split()) == str(refused.value)


def test_messages_fit_the_page() -> None:
    for item in CASES:
        assert all(len(line) <= 120 for line in item.says.splitlines()), textwrap.shorten(item.says, 80)
