"""From a spec and a method to a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cerebro_core.linker.check import check_script
from cerebro_core.linker.emit import script_text
from cerebro_core.linker.literals import plain
from cerebro_core.linker.resolve import Linked, reference, resolve
from cerebro_core.linker.signature import check_signature, chosen_blocks
from cerebro_core.method import Method

if TYPE_CHECKING:
    from cerebro_core.decisions import Decision
    from cerebro_core.findings import Finding
    from cerebro_core.script import Script
    from cerebro_core.spec import AnalysisSpec

ENTRY = "cerebro_core.blocks.entry:main"
"""The block that every script runs."""
MOST_ANSWERS = 5
"""Questions of a card that a script keeps."""


def link(
    spec: AnalysisSpec,
    method: Method,
    *,
    decisions: Sequence[Decision] = (),
    findings: Sequence[Finding] = (),
    citations: Sequence[Mapping[str, Any]] = (),
    plugins: Mapping[str, str] | None = None,
    entry: str = ENTRY,
) -> Script:
    """Link the script that answers `spec` by `method`.

    Args:
        spec: a complete spec.
        method: the method; its block, and those that the spec's values choose, are linked.
        decisions: what agents decided, for the report.
        findings: what validators saw.
        citations: {"text": …, "url": …} of passages.
        plugins: distribution -> version, of what the script was made with.
        entry: the block of `main`.

    Returns:
        The script, checked: the same arguments give the same bytes.

    Raises:
        LinkError: where a block breaks the dialect or cannot be linked; the message begins with file and line.
        SpecError: where the method does not offer a value of the spec, or a value cannot be a literal.
    """
    from cerebro_core.script import Script  # it reads literals back with this package

    chosen = chosen_blocks(spec, method)
    check_signature(spec, method)
    roots = [
        (entry, "entry"),
        (method.block, f"method {method.key}"),
        *((block, f"method {method.key}, choice {field}") for field, block in chosen.items()),
    ]
    linked = resolve(roots, method.requires)
    literals = {
        "METHOD": plain(_described(method, spec, linked, plugins or {}), "METHOD"),
        "SPEC": plain(spec.as_literal(), "SPEC"),
        "DECISIONS": plain([one.as_dict() for one in decisions], "DECISIONS"),
        "FINDINGS": plain([one.as_dict() for one in findings], "FINDINGS"),
        "CITATIONS": plain([dict(one) for one in citations], "CITATIONS"),
    }
    requires = requirements(linked)
    main, analyse = (reference(text, what)[1] for text, what in roots[:2])
    choices = {field: reference(block, field)[1] for field, block in chosen.items()}
    text = script_text(linked, method, literals, requires, main, analyse, choices)
    check_script(text, literals)
    return Script(text=text, requires=requires, literals=literals)


def requirements(linked: Linked) -> tuple[str, ...]:
    """The requirements of what was linked, each once, sorted."""
    return tuple(sorted(set(linked.requires.values()), key=str.lower))


def _described(method: Method, spec: AnalysisSpec, linked: Linked, plugins: Mapping[str, str]) -> dict[str, Any]:
    from cerebro_core.spec import column_fields

    return {
        "domain": method.domain,
        "name": method.name,
        "title": method.title,
        "summary": method.summary,
        "needs": method.needs,
        "assumes": method.assumes,
        **_of_card(method),
        "columns": {field: list(column.kinds) for field, column in column_fields(type(spec)).items()},
        **({"data_optional": True} if spec.data_optional else {}),
        "plugins": dict(sorted(plugins.items())),
        "requires": dict(linked.requires),
    }


def _of_card(method: Method) -> dict[str, Any]:
    """What the report says of the method in the card's words; nothing where it ships no card."""
    from cerebro_core.cards import read_card

    card = read_card(method)
    if card is None:
        return {}
    return {
        "answers": card.answers[:MOST_ANSWERS],
        "when": card.when,
        "when_not": card.when_not,
        "holds": card.assumptions,
    }
