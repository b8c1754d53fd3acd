"""All pages: links lead somewhere, commands and flags exist, what cog printed is up to date."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs_pages import DOCS, ROOT, snippets

from cerebro_core.cli.app import build
from cerebro_core.plugins import plugins

PAGES = [*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
INSTALLED = set(plugins().domains())
everything = pytest.mark.skipif(not {"mmm", "pricing"} <= INSTALLED, reason="needs cerebro-mmm and cerebro-example")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))
    heads = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", head.strip().lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"(?ms)^```.*?^```$|<!-- \[\[\[cog.*?\]\]\] -->", "", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(place), f"{page.name}: {target}"


def commands_in(page: Path) -> list[list[str]]:
    """The `cerebro …` lines of a page's fenced blocks, as words."""
    blocks = re.findall(r"(?ms)^```(?:\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"))
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(line, comments=True) for line in lines if re.match(r"cerebro [a-z]", line)]


@everything
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_flags_exist(page: Path) -> None:
    for words in commands_in(page):
        if words[1] == "lift":  # the plugin of plugins.md, tested there
            continue
        parameters = build(plugins().command(words[1])).params
        known = {flag for item in parameters for flag in (*item.opts, *item.secondary_opts)}
        used = {word.partition("=")[0] for word in words[2:] if word.startswith("-")} - {"--help"}
        assert used <= known, f"{page.name}: {shlex.join(words)}"


@everything
@pytest.mark.parametrize("command", [item.name for item in plugins().commands()])
def test_every_command_is_documented(command: str) -> None:
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    assert f"\n### cerebro {command}\n" in text
    assert f"\n$ cerebro {command} --help\n" in text


@everything
def test_what_cog_printed_is_up_to_date() -> None:
    pytest.importorskip("cogapp")
    pages = [str(page) for page in PAGES if "[[[cog" in page.read_text(encoding="utf-8")]
    command = [sys.executable, "-m", "cogapp", "--check", *pages]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run `make docs`: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", [page.name for page in DOCS.glob("*.md")])
def test_snippets_of_python_parse(page: str) -> None:
    for item in snippets(page):
        if item.language == "python" and not item.mark.startswith("refused"):
            ast.parse(item.text)


@pytest.mark.skipif("mmm" not in INSTALLED, reason="needs cerebro-mmm")
def test_every_diagnostic_of_the_marketing_mix_model_is_explained() -> None:
    text = (DOCS / "mmm.md").read_text(encoding="utf-8")
    import cerebro_mmm

    blocks = Path(cerebro_mmm.__file__).parent / "blocks"
    names = {
        name
        for path in blocks.glob("*.py")
        for name in re.findall(r'Diagnostic\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert names
    assert [name for name in sorted(names) if f"| `{name}`" not in text] == []


@pytest.mark.skipif("mmm" not in INSTALLED, reason="needs cerebro-mmm")
def test_the_notebook_of_the_quick_start_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(ROOT / "examples/mmm/weekly.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    first = next(item for item in snippets("quickstart.md") if item.language == "python")
    names: dict[str, object] = {}
    exec(compile(first.text, "quickstart.md", "exec"), names)
    assert (tmp_path / "pipeline.py").exists()
    assert list(names["proposal"].spec.channels) == ["tv", "search", "social", "radio"]
    assert names["validate"](names["proposal"]) == []
