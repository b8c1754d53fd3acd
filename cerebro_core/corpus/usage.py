"""Usage passages: notebooks, pages, example scripts and tests, each made self-contained where its file allows it."""

from __future__ import annotations

import ast
import textwrap
import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from cerebro_core.corpus.documents import Cell, plain, read_notebook, read_page
from cerebro_core.corpus.record import Passage
from cerebro_core.corpus.slices import backward_slice, dotted_uses

LONGEST = 6_000
"""Characters of code above which a passage is left out."""
SHORTEST = 24
MOST_TESTS = 250
"""Tests of one package that are kept."""


def parse(text: str) -> ast.Module | None:
    """The syntax tree, or None where the text is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = text.splitlines()
    for item in tree.body:
        first = min([item.lineno, *(one.lineno for one in getattr(item, "decorator_list", []))])
        if item.col_offset == 0:  # `a; b` shares a line
            item.source = "\n".join(lines[first - 1 : item.end_lineno])  # type: ignore[attr-defined]
    return tree


def page_passages(name: str, text: str) -> list[Passage]:
    """Passages of a notebook, or of a markdown or reStructuredText page.

    Raises:
        ValueError: where a notebook is broken.
    """
    notebook = name.endswith(".ipynb")
    cells = read_notebook(text) if notebook else read_page(text)
    return cell_passages(cells, name, "notebook" if notebook else "docs")


def cell_passages(cells: list[Cell], name: str, kind: str, title: str = "", qualname: str = "") -> list[Passage]:
    """One passage a code cell, with what it needs of the cells before; small cells are joined with the next."""
    before: list[ast.stmt] = []
    words: list[str] = []
    found: list[Passage] = []
    held: list[ast.stmt] = []
    first = 0
    for number, cell in enumerate(cells):
        if cell.kind == "text":
            words.append(cell.text)
            continue
        tree = parse(cell.text)
        if tree is None:
            continue
        first = first if held else cell.line
        held += tree.body
        last = number + 1 >= len(cells) or cells[number + 1].kind == "text"
        shown = sum((item.end_lineno or item.lineno) - item.lineno + 1 for item in held)
        if not last and shown < 6:
            continue
        made = passage(before, held, kind, name, first, cell.line + cell.text.count("\n"))
        if made is not None:
            heading = " / ".join(cell.heading[-2:])
            label = title or heading or PurePosixPath(name).stem.replace("_", " ").replace("-", " ")
            found.append(_named(made, label, plain("\n".join(words[-2:])), cell.heading, qualname))
        before += held
        held, words = [], []
    return found


def _named(made: Passage, title: str, prose: str, heading: tuple[str, ...], qualname: str) -> Passage:
    return replace(made, title=title[:160], prose=prose, heading=heading, qualname=qualname)


def passage(
    before: list[ast.stmt], wanted: list[ast.stmt], kind: str, name: str, line: int, last: int
) -> Passage | None:
    """A passage of statements with their backward slice; None where it shows no use of anything imported."""
    wanted = [item for item in wanted if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))]
    needs, missing = backward_slice(before, wanted)
    body = [*needs, *wanted]
    if all(isinstance(item, ast.Import | ast.ImportFrom) for item in wanted):
        return None
    code = "\n".join(getattr(item, "source", None) or ast.unparse(item) for item in body)
    uses = dotted_uses(body)
    if not SHORTEST <= len(code) <= LONGEST or not uses:
        return None
    return Passage(kind, "", code=code, apis=uses, complete=not missing, file=name, line=line, last=last)


def script_passages(name: str, text: str) -> list[Passage]:
    """Passages of an example script: its functions and its top level, in pieces."""
    tree = parse(text)
    if tree is None:
        return []
    doc = ast.get_docstring(tree) or ""
    stem = PurePosixPath(name).stem.replace("_", " ")
    found: list[Passage] = []
    before: list[ast.stmt] = []
    for group in _groups(tree.body):
        made = passage(before, group, "script", name, group[0].lineno, group[-1].end_lineno or 0)
        if made is not None:
            own = ast.get_docstring(group[0]) if isinstance(group[0], ast.FunctionDef | ast.ClassDef) else ""
            label = group[0].name.replace("_", " ") if isinstance(group[0], ast.FunctionDef | ast.ClassDef) else ""
            found.append(_named(made, f"{stem}: {label}" if label else stem, plain(f"{own or ''} {doc}"), (stem,), ""))
        before += group
    return found


def _groups(body: list[ast.stmt]) -> Iterable[list[ast.stmt]]:
    held: list[ast.stmt] = []
    for item in body:
        if isinstance(item, ast.FunctionDef | ast.ClassDef):
            if held:
                yield held
            yield [item]
            held = []
            continue
        held.append(item)
        if sum((one.end_lineno or one.lineno) - one.lineno + 1 for one in held) >= 12 and not isinstance(
            item, ast.Import | ast.ImportFrom
        ):
            yield held
            held = []
    if held:
        yield held


def test_passages(name: str, text: str) -> list[Passage]:
    """Tests that read as usage: no fixtures, no mocks, at most 40 lines; the body, with what it needs."""
    tree = parse(text)
    if tree is None:
        return []
    found: list[Passage] = []
    for number, item in enumerate(tree.body):
        inside = item.body if isinstance(item, ast.ClassDef) else [item]
        for one in inside:
            if not isinstance(one, ast.FunctionDef) or not one.name.startswith("test"):
                continue
            arguments = [argument.arg for argument in one.args.args if argument.arg != "self"]
            size = (one.end_lineno or one.lineno) - one.lineno
            source = ast.unparse(one)
            if arguments or one.decorator_list or size > 40 or any(w in source for w in ("mock", "self.", "raises(")):
                continue
            body = [part for part in one.body if not isinstance(part, ast.Pass)]
            made = passage(tree.body[:number], body, "test", name, one.lineno, one.end_lineno or one.lineno)
            if made is not None and made.complete and made.code.count("\n") >= 3:
                label = one.name.removeprefix("test_").replace("_", " ")
                found.append(_named(made, label, plain(textwrap.dedent(ast.get_docstring(one) or "")), (), ""))
    return found
