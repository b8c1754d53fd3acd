"""Writing a script: header, docstring, imports, literals, blocks, guard, checksum."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from cerebro_core.blocks.display import display
from cerebro_core.linker.literals import literal
from cerebro_core.linker.module import Definition, Imported, Module
from cerebro_core.linker.resolve import Linked
from cerebro_core.linker.seal import sealed
from cerebro_core.method import Method

NOTE = """\
# This script is yours. It needs no Cerebro. Licence 0BSD: permission to use, copy, modify, and/or
# distribute it for any purpose with or without fee is hereby granted, without warranty of any kind.
"""


CORE_BLOCKS = "cerebro_core."
REST = "\n\n# From here on nothing is about the method: reading the table, writing the result and the report."


def script_text(
    linked: Linked,
    method: Method,
    literals: Mapping[str, Any],
    requires: Iterable[str],
    main: str,
    analyse: str,
    choices: Mapping[str, str],
) -> str:
    """The text of a script.

    Args:
        linked: the blocks and imports.
        method: the method, for the docstring.
        literals: name -> plain value, in the order in which the script shows them.
        requires: PEP 508 requirements.
        main: name of the entry block.
        analyse: name of the method's block.
        choices: spec field -> name of the block chosen for it.
    """
    body = "\n".join(
        [
            _header(requires),
            _docstring(method, literals["METHOD"]["plugins"]),
            _imports(linked),
            *(f"{name} = {literal(value, used=len(name) + 3)}" for name, value in literals.items()),
            *_modules(linked),
            _guard(main, analyse, choices, literals),
        ]
    )
    return sealed(body)


def _header(requires: Iterable[str]) -> str:
    listed = "".join(f"#     {literal(one)},\n" for one in requires)
    dependencies = f"# dependencies = [\n{listed}# ]\n" if listed else "# dependencies = []\n"
    return f'# /// script\n# requires-python = ">=3.12"\n{dependencies}# ///\n#\n{NOTE}'


def _docstring(method: Method, plugins: Mapping[str, str]) -> str:
    """Constants of the plugin alone: no word of the user's stands here."""
    versions = ", ".join(f"{name} {version}" for name, version in plugins.items())
    parts = [
        _wrapped(method.title.rstrip(".") + "."),
        _wrapped(method.summary),
        _listed("What must hold for the answer to be right:", method.assumes),
        "How to run it (the data file's own name is the default of --data):\n\n"
        "    uv run SCRIPT.py\n"
        "    python SCRIPT.py --data DATA --out FOLDER",
        _listed("References:", method.references),
        _wrapped(f"Method {method.key}; written by {versions}." if versions else f"Method {method.key}."),
    ]
    text = "\n\n".join(part for part in parts if part)
    return f'"""{text}\n"""\n'


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    safe = display(text, limit=2000).replace("\\", "\\\\").replace('"', "'")
    return textwrap.fill(safe, 88, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def _listed(heading: str, items: Iterable[str]) -> str:
    lines = [_wrapped(item, "- ", "  ") for item in items]
    return "\n".join([heading, *lines]) if lines else ""


def _imports(linked: Linked) -> str:
    standard = [one for one in linked.imports if one.is_standard]
    foreign = [one for one in linked.imports if not one.is_standard]
    future = ["from __future__ import annotations"] if linked.future else []
    sections = [future, _import_lines(standard), _import_lines(foreign)]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _import_lines(imports: Iterable[Imported]) -> list[str]:
    """In the order of isort: `import` first, then `from`, each by module."""
    whole: list[tuple[Any, str]] = []
    taken: dict[str, list[str]] = {}
    renamed: list[tuple[Any, str]] = []
    for one in imports:
        suffix = f" as {one.bound}" if one.alias else ""
        if one.name is None:
            whole.append(((_natural(one.module), suffix), f"import {one.module}{suffix}"))
        elif one.alias:
            key = (_natural(one.module), one.module, 1, _member(one.name), suffix)
            renamed.append((key, f"from {one.module} import {one.name}{suffix}"))
        else:
            taken.setdefault(one.module, []).append(one.name)
    for module, names in taken.items():
        ordered = sorted(names, key=_member)
        key = (_natural(module), module, 0, _member(ordered[0]), "")
        renamed.append((key, _from_line(module, ordered)))
    return [line for _, line in sorted(whole)] + [line for _, line in sorted(renamed)]


def _from_line(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= 88:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"


def _member(name: str) -> tuple[int, Any]:
    if name.isupper() and len(name) > 1:
        return 0, _natural(name)
    return (1 if name[:1].isupper() else 2), _natural(name)


def _natural(text: str) -> list[tuple[int, int, str]]:
    """A key under which `b2` stands before `B10`."""
    parts = re.split(r"(\d+)", text.lower())
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts if part]


def _modules(linked: Linked) -> list[str]:
    """Every module, with a line where the method ends and the core's blocks begin."""
    parts: list[str] = []
    before = ""
    for module in linked.modules:
        is_core = module.name.startswith(CORE_BLOCKS)
        if is_core and before and not before.startswith(CORE_BLOCKS):
            parts.append(REST)
        parts.append(_module(module, linked.definitions[module.name]))
        before = module.name
    return parts


def _module(module: Module, definitions: Iterable[Definition]) -> str:
    """The needed lines of one module, verbatim, under its name."""
    about = f": {module.doc}" if module.doc else ""
    heading = textwrap.fill(f"From {display(module.name + about, limit=400)}", 98, break_on_hyphens=False)
    pieces = ["\n\n" + textwrap.indent(heading, "# ") + "\n"]
    previous: Definition | None = None
    for one in definitions:
        if previous is not None:
            pieces.append(_gap(module, previous, one))
        elif not one.is_constant:
            pieces.append("\n\n")
        else:
            pieces.append("\n")
        pieces.append("\n".join(line.rstrip("\n") for line in module.lines[one.first - 1 : one.last]) + "\n")
        previous = one
    return "".join(pieces).removesuffix("\n")


def _gap(module: Module, previous: Definition, one: Definition) -> str:
    if not (previous.is_constant and one.is_constant):
        return "\n\n"
    return "" if one.first == previous.last + 1 else "\n"


def _guard(main: str, analyse: str, choices: Mapping[str, str], literals: Mapping[str, Any]) -> str:
    """The only generated code."""
    lines = ["SPEC", analyse, *(f"{name.lower()}={name}" for name in literals if name != "SPEC")]
    chosen = ", ".join(f"{literal(name)}: {block}" for name, block in choices.items())
    lines.append(f"choices={{{chosen}}}")
    arguments = "".join(f"            {line},\n" for line in lines)
    return f'\n\nif __name__ == "__main__":\n    raise SystemExit(\n        {main}(\n{arguments}        )\n    )'
