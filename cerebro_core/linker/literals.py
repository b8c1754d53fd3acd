"""Python literals of plain values, in ASCII: the only way in which user text enters a script."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cerebro_core.errors import CerebroError, LinkError, SpecError

WIDTH = 100
DEPTH = 40


def plain(value: Any, where: str) -> Any:
    """A copy of `value` of JSON's types only: dict, list, str, int, float, bool, None.

    Args:
        value: plain values; tuples become lists.
        where: what it is, for messages, such as "SPEC".

    Raises:
        SpecError, LinkError: for anything else, NaN and infinity too; the first where it is the spec's.
    """
    return _plain(value, where, 0)


def _plain(value: Any, where: str, depth: int) -> Any:
    if depth > DEPTH:
        raise _refused(where[:80], f"nested more than {DEPTH} deep; make it flatter")
    match value:
        case None | bool():
            return value
        case int() if value.bit_length() <= 1024:
            return int(value)
        case float() if math.isfinite(value):
            return float(value)
        case str():
            return str.__str__(value)
        case Mapping() if all(isinstance(key, str) for key in value):
            return {str.__str__(key): _plain(one, f"{where}[{key!a}]", depth + 1) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one, f"{where}[{position}]", depth + 1) for position, one in enumerate(value)]
    what = f"a {type(value).__name__} cannot stand in a script as a literal"
    raise _refused(where, f"{what}; use text, finite numbers, true, false, null, lists and objects of these")


def _refused(where: str, what: str) -> CerebroError:
    kind = SpecError if where.startswith("SPEC") else LinkError
    return kind(f"{where}: {what}")


def literal(value: Any, indent: int = 0, used: int = 0) -> str:
    """The literal of a plain value, broken over lines where it is long.

    Args:
        value: what `plain` gives.
        indent: columns by which the lines after the first are indented.
        used: columns taken in the first line, before and after the literal.
    """
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, dict | list) or not value:
        return repr(value)
    if isinstance(value, dict):
        inner = [(_text(key) + ": ", one) for key, one in value.items()]
        left, right = "{", "}"
    else:
        inner = [("", one) for one in value]
        left, right = "[", "]"
    if not any(isinstance(one, dict | list) and one for _, one in inner):
        line = left + ", ".join(key + literal(one) for key, one in inner) + right
        if used + len(line) <= WIDTH:
            return line
    space = " " * (indent + 4)
    lines = [f"{space}{key}{literal(one, indent + 4, indent + 5 + len(key))},\n" for key, one in inner]
    return f"{left}\n{''.join(lines)}{' ' * indent}{right}"


def _text(value: str) -> str:
    """An ASCII literal in one line, nothing raw in it that is not printable; in double quotes where it can be."""
    shown = ascii(value)
    return shown if '"' in value else f'"{shown[1:-1]}"'
