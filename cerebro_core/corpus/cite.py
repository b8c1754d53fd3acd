"""Comparable examples for a generated script, chosen by retrieval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cerebro_core.corpus.scope import find
from cerebro_core.method import Method

MOST = 3
SAYS = "Example to compare with: "


def example_citations(
    given: list[tuple[str, list[Any]]], method: Method, words: str = ""
) -> list[dict[str, str | None]]:
    """Up to three usage examples for a method, each with package, version, file, lines and licence.

    Args:
        given: what the hook `cerebro_corpus` returned, by plugin name.
        method: the method of the script.
        words: settings of the spec that name algorithms.

    Returns:
        {"text", "url"} each, fit for `CITATIONS`; nothing where no corpus is built.
    """
    query = f"{method.title} {method.name} {words}"
    card = f"{method.domain}.{method.name}"
    hits, _ = find(given, query, domain=method.domain, kinds=("usage",), limit=2 * MOST, card=card)
    chosen: dict[str, dict[str, Any]] = {}
    for hit in hits:  # one of a package first: three ways to do it compare better than one thrice
        chosen.setdefault(hit.told["package"], hit.told)
    ordered = [*chosen.values(), *(hit.told for hit in hits if hit.told not in chosen.values())][:MOST]
    return [{"text": _line(told), "url": None} for told in ordered]


def kept_examples(citations: Iterable[Mapping[str, Any]]) -> list[dict[str, str | None]]:
    """The examples among the citations of a script that was written with `--cite`."""
    return [{"text": item["text"], "url": item.get("url")} for item in citations if item["text"].startswith(SAYS)]


def _line(told: dict[str, Any]) -> str:
    return (
        f"{SAYS}{told['title']}. {told['package']} {told['version']}, {told['file']}, "
        f"lines {told['line']}-{told['last']} ({told['licence']})."
    )
