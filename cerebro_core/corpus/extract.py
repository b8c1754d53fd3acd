"""All passages of one package, from an archive or from what is installed."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from cerebro_core.corpus.interface import api_passages, module_of
from cerebro_core.corpus.record import Passage
from cerebro_core.corpus.usage import MOST_TESTS, page_passages, parse, script_passages, test_passages

EXAMPLES = frozenset(
    [
        "examples",
        "example",
        "docs",
        "doc",
        "tutorials",
        "tutorial",
        "demo",
        "demos",
        "notebooks",
        "samples",
        "scripts",
        "gallery",
    ]
)
TESTS = frozenset(["test", "tests", "testing"])


@dataclass(frozen=True)
class Extracted:
    """What a package gave.

    Attributes:
        passages: without duplicates.
        skipped: files that do not parse, with the reason.
    """

    passages: tuple[Passage, ...]
    skipped: tuple[str, ...]


def extract(files: Iterable[tuple[str, bytes]], copyleft: bool) -> Extracted:
    """Passages of the files of one package.

    Args:
        files: name and content.
        copyleft: keep facts about the API only.
    """
    modules: dict[str, tuple[str, ast.Module]] = {}
    found: list[Passage] = []
    tests: list[Passage] = []
    skipped: list[str] = []
    for name, content in files:
        text = content.decode("utf-8-sig", errors="replace")
        parts = {part.lower() for part in PurePosixPath(name).parts[:-1]}
        stem = PurePosixPath(name).stem
        if not name.endswith(".py"):
            try:
                found += [] if copyleft else page_passages(name, text)
            except (ValueError, RecursionError) as error:
                skipped.append(f"{name}: {type(error).__name__}: {str(error)[:80]}")
            continue
        if parts & TESTS or stem.startswith("test_") or stem.endswith("_test"):
            tests += [] if copyleft or len(tests) >= MOST_TESTS else test_passages(name, text)
        elif parts & EXAMPLES:
            found += [] if copyleft else script_passages(name, text)
        else:
            tree = parse(text)
            if tree is None:
                skipped.append(f"{name}: it is no Python that this interpreter reads")
            else:
                modules[module_of(name)] = (name, tree)
    api = list(api_passages(modules))
    if copyleft:
        return Extracted(tuple(item.facts_only() for item in api if item.kind == "api"), tuple(skipped))
    return Extracted(tuple(unique([*found, *api, *tests[:MOST_TESTS]])), tuple(skipped))


def unique(passages: Iterable[Passage]) -> list[Passage]:
    """The passages without those whose code, or nearly the same code, came before.

    Near means: the same words in the same order once numbers and strings are gone, or 80 % of the lines that say
    something stand in passages that came before.
    """
    seen: set[bytes] = set()
    lines: set[bytes] = set()
    kept: list[Passage] = []
    for item in passages:
        if not item.code:
            kept.append(item)
            continue
        bare = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"|\d+(\.\d+)?", "0", re.sub(r"#.*", "", item.code))
        key = hashlib.sha256(" ".join(bare.split()).encode()).digest()[:8]
        own = {_short(line) for line in bare.splitlines() if len(line.strip()) > 8 and "import" not in line}
        if key in seen or (len(own) >= 5 and len(own - lines) <= 0.2 * len(own)):
            continue
        seen.add(key)
        lines |= own
        kept.append(item)
    return kept


def _short(line: str) -> bytes:
    return hashlib.sha256(line.strip().encode()).digest()[:8]


def stamped(passages: Iterable[Passage], **told: object) -> list[Passage]:
    """The passages with where they came from."""
    return [replace(item, **told) for item in passages]  # type: ignore[arg-type]
