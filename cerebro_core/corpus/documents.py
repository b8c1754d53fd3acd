"""Prose and code of notebooks, markdown and reStructuredText, in the order of the page."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*\{?\.?(?:code-cell|code-block|code)?\}?\s*([\w+-]*)[^\n]*$")
DIRECTIVE = re.compile(r"^(\s*)\.\. (?:code-block|code|sourcecode|ipython|jupyter-execute|testcode|plot)::\s*(\w*)")
PYTHON = ("python", "py", "python3", "ipython", "ipython3", "pycon", "", "code-cell")
UNDERLINE = re.compile(r"^([=\-~^\"'#*+`])\1{2,}\s*$")
MAGIC = re.compile(r"^\s*[%!?].*$|^.*\?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A piece of a page: prose ("text") or code, with its first line and the headings above it."""

    kind: str
    text: str
    line: int
    heading: tuple[str, ...] = ()


def read_notebook(text: str) -> list[Cell]:
    """Cells of a Jupyter notebook; lines that are no Python (magics) are blanked.

    Raises:
        ValueError: where it is no notebook.
    """
    raw = json.loads(text)
    if not isinstance(raw, dict) or not isinstance(raw.get("cells"), list):
        raise ValueError("no notebook")
    cells: list[Cell] = []
    headings: tuple[str, ...] = ()
    for number, cell in enumerate(raw["cells"], 1):
        source = cell.get("source", "") if isinstance(cell, dict) else ""
        body = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if not isinstance(cell, dict) or not body.strip():
            continue
        if cell.get("cell_type") == "markdown":
            for line in body.splitlines():
                headings = _under(headings, line)
            cells.append(Cell("text", body, number, headings))
        elif cell.get("cell_type") == "code" and not body.lstrip().startswith("%%"):
            cells.append(Cell("code", MAGIC.sub("", body), number, headings))
    return cells


def _under(headings: tuple[str, ...], line: str) -> tuple[str, ...]:
    found = re.match(r"^(#{1,5})\s+(.+?)\s*#*$", line)
    return (*headings[: len(found[1]) - 1], found[2][:120]) if found else headings


def read_page(text: str) -> list[Cell]:
    """Prose and Python code of a markdown or reStructuredText page or docstring."""
    cells: list[Cell] = []
    prose: list[str] = []
    headings: tuple[str, ...] = ()
    lines = text.expandtabs(4).splitlines()
    at = 0

    def close() -> None:
        if any(line.strip() for line in prose):
            cells.append(Cell("text", "\n".join(prose).strip(), at, headings))
        prose.clear()

    while at < len(lines):
        line = lines[at]
        fence, directive = FENCE.match(line), DIRECTIVE.match(line)
        start = at
        if fence:
            body, at = _fenced(lines, at + 1, fence[2])
            language = fence[3].lower()
        elif directive or (line.rstrip().endswith("::") and not line.lstrip().startswith("..")):
            body, at = _indented(lines, at + 1, len(line) - len(line.lstrip()))
            language = directive[2].lower() if directive else "python"
            if not directive:
                prose.append(line)
        elif line.lstrip().startswith(">>>"):
            body, at = _prompted(lines, at)
            language = "python"
        else:
            if at + 1 < len(lines) and line.strip() and UNDERLINE.match(lines[at + 1]):
                headings = (*headings[:1], line.strip()[:120]) if headings else (line.strip()[:120],)
            headings = _under(headings, line)
            prose.append(line)
            at += 1
            continue
        if language in PYTHON and body.strip():
            close()
            cells.append(Cell("code", MAGIC.sub("", unprompted(body)), start + 1, headings))
    close()
    return cells


def _fenced(lines: list[str], at: int, sign: str) -> tuple[str, int]:
    body: list[str] = []
    while at < len(lines) and not lines[at].strip().startswith(sign):
        body.append(lines[at])
        at += 1
    body = [line for number, line in enumerate(body) if not (number < 4 and line.strip().startswith(":"))]
    return _dedent(body), at + 1


def _indented(lines: list[str], at: int, indent: int) -> tuple[str, int]:
    body: list[str] = []
    while at < len(lines) and (not lines[at].strip() or len(lines[at]) - len(lines[at].lstrip()) > indent):
        body.append(lines[at])
        at += 1
    while body and (not body[0].strip() or re.match(r"\s*:[\w-]+:", body[0])):
        body.pop(0)
    return _dedent(body), at


def _prompted(lines: list[str], at: int) -> tuple[str, int]:
    body: list[str] = []
    blank = 0
    while at < len(lines) and blank < 2:
        line = lines[at].strip()
        if line.startswith((">>>", "...")):
            body.append(line)
            blank = 0
        elif not line:
            blank += 1
            if not (at + 1 < len(lines) and lines[at + 1].strip().startswith(">>>")):
                break
        at += 1
    return "\n".join(body), max(at, 1)


def _dedent(lines: list[str]) -> str:
    depth = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[depth:] for line in lines).strip("\n")


def unprompted(body: str) -> str:
    """Code without the prompts and the outputs of a session."""
    lines = body.splitlines()
    if not any(line.lstrip().startswith(">>>") for line in lines):
        return body
    kept = (line.lstrip() for line in lines)
    return "\n".join(line[4:] for line in kept if line.startswith((">>>", "...")))


def plain(text: str, most: int = 900) -> str:
    """Prose without markup, at most `most` characters, cut at a word."""
    text = re.sub(r"<[^>]{1,200}>|!\[[^\]]*\]\([^)]*\)|^\s*\.\. .*$|^[=\-~^*+#]{3,}\s*$", " ", text, flags=re.MULTILINE)
    text = re.sub(r"\]\([^)]*\)|:[a-z:]+:(?=`)|[`*#|>\[\]{}$]|https?://\S+", " ", text)
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0]
