"""Specs as YAML: a small, closed part of the language.

Only maps, lists and scalars. A scalar stays text until its field types it, so `NO`, `0123`, `1e3` and dates are
never silently something else; a plain `null`, `~` or nothing is None. Tags, anchors, aliases, merge keys, duplicate
keys, several documents, deep nesting and files above 1 MB are refused with file and line. The loader reads parser
events and builds nothing but dict, list, str and None, so no constructor can ever run.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from cerebro_core.blocks.display import display
from cerebro_core.errors import SpecError

if TYPE_CHECKING:
    from cerebro_core.spec import AnalysisSpec

LARGEST_FILE = 1_000_000
DEEPEST = 12
LONGEST_SIMPLE_KEY = 1000  # YAML takes a name of 1024 characters without a `?`

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_NOT_TEXT = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def dump_yaml(literal: Mapping[str, Any], comments: Mapping[str, str] | None = None) -> str:
    """Write a spec literal as YAML; the same literal gives the same text, and strings come back exactly.

    Args:
        literal: plain JSON values, as `AnalysisSpec.as_literal` gives them; keys keep their order.
        comments: top-level key -> one line to stand above it; constants of a plugin only, never user text.

    Returns:
        YAML 1.2 (and 1.1) text that ends with a line break. Whatever does not print is written as an escape.

    Raises:
        SpecError: on a value that is no JSON value, such as NaN.
    """
    lines = []
    for key, value in literal.items():
        if comments and key in comments:
            lines.append(f"# {display(comments[key], 400)}")
        lines.extend(_entry(key, value, ""))
    return "\n".join(lines) + "\n"


def field_comments(spec: type[AnalysisSpec]) -> dict[str, str]:
    """The description of each field of a spec, for `dump_yaml`."""
    return {name: info.description for name, info in spec.model_fields.items() if info.description}


def load_yaml(source: Path | str) -> tuple[str, dict[str, Any]]:
    """Read a spec.

    Args:
        source: a path, or the YAML text itself as `str`.

    Returns:
        the `kind`, and the other settings: dict, list, str and None only.

    Raises:
        SpecError: naming the file and the line, and saying what to do.
    """
    where = display(source, 400) if isinstance(source, Path) else "the YAML text"
    text = _read(source, where) if isinstance(source, Path) else source
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST_FILE:
        raise SpecError(f"{where}: larger than {LARGEST_FILE:,} bytes; a spec holds settings, not data")
    values = _Reader(where).document(text)
    kind = values.pop("kind", None)
    if not isinstance(kind, str):
        raise SpecError(f"{where}: no `kind`; say what it asks for in a line such as `kind: mmm`")
    return kind, values


def _read(path: Path, where: str) -> str:
    try:
        if not path.is_file():
            raise SpecError(f"{where}: {'not a file' if path.exists() else 'no such file'}; name a YAML spec")
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise SpecError(f"{where}: cannot be read: {display(error)}") from None
    if len(raw) > LARGEST_FILE:
        raise SpecError(f"{where}: larger than {LARGEST_FILE:,} bytes; a spec holds settings, not data")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SpecError(f"{where}, line {line}: not UTF-8; save the file as UTF-8") from None


class _Reader:
    """Builds dict, list, str and None from the events of one document."""

    def __init__(self, where: str) -> None:
        self.where = where

    def document(self, text: str) -> dict[str, Any]:
        try:
            events = self._checked(yaml.parse(text, Loader=yaml.SafeLoader))
            first = next(events)
            if isinstance(first, StreamEndEvent):
                raise SpecError(f"{self.where}: empty; begin with a line such as `kind: mmm`")
            if not isinstance(first, MappingStartEvent):
                self._refuse(first, "not a map of settings", "write one `setting: value` a line")
            values = self._map(events, first, 1)
            last = next(events)
            if not isinstance(last, StreamEndEvent):
                self._refuse(last, "a second document", "keep one spec in a file")
        except yaml.reader.ReaderError as error:
            number = text.count("\n", 0, error.position) + 1
            raise SpecError(
                f"{self.where}, line {number}: character U+{int(error.character):04X} is not allowed in YAML; "
                "remove it, or write it as an escape in double quotes"
            ) from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = f", line {mark.line + 1}" if mark else ""
            raise SpecError(f"{self.where}{line}: not YAML: {display(error.problem or error.context)}") from None
        except (ValueError, OverflowError) as error:  # an escape such as "\U00110000"
            raise SpecError(f"{self.where}: not YAML: {display(error)}") from None
        return values

    def _checked(self, events: Iterator[Event]) -> Iterator[Event]:
        """The events of nodes, and the end of the stream; refused: tags, anchors, aliases, `%TAG`."""
        for event in events:
            if isinstance(event, DocumentStartEvent) and event.tags:
                self._refuse(event, "a %TAG line", "remove it; specs have no tags")
            if isinstance(event, AliasEvent):
                self._refuse(event, f"alias '*{display(event.anchor, 40)}'", "write the value out again")
            if isinstance(event, NodeEvent) and event.anchor is not None:
                self._refuse(event, f"anchor '&{display(event.anchor, 40)}'", "remove it, and write values out")
            tag = getattr(event, "tag", None)
            if tag is not None:
                self._refuse(event, f"tag '{display(tag, 60)}'", "remove it; the setting knows its type")
            if isinstance(event, NodeEvent | MappingEndEvent | SequenceEndEvent | StreamEndEvent):
                yield event

    def _node(self, events: Iterator[Event], event: Event, depth: int) -> Any:
        if isinstance(event, ScalarEvent):
            return None if event.style is None and event.value in _NULLS else event.value
        if depth > DEEPEST:
            self._refuse(event, f"nested deeper than {DEEPEST} levels", "flatten it")
        if isinstance(event, MappingStartEvent):
            return self._map(events, event, depth)
        return self._list(events, depth)

    def _list(self, events: Iterator[Event], depth: int) -> list[Any]:
        items = []
        while not isinstance(event := next(events), SequenceEndEvent):
            items.append(self._node(events, event, depth + 1))
        return items

    def _map(self, events: Iterator[Event], start: MappingStartEvent, depth: int) -> dict[str, Any]:
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            if not isinstance(event, ScalarEvent) or (event.style is None and event.value in _NULLS):
                self._refuse(event, "a setting's name is not text", "write `setting: value`")
            key = event.value
            if key == "<<" and event.style is None:
                self._refuse(event, "merge key '<<'", "write the settings out")
            if key in values:
                first = f"first on line {lines[key]}"
                self._refuse(event, f"'{display(key)}' stands twice ({first})", "keep one of them")
            lines[key] = _line(event)
            values[key] = self._node(events, next(events), depth + 1)
        return values

    def _refuse(self, event: Event, what: str, remedy: str) -> NoReturn:
        raise SpecError(f"{self.where}, line {_line(event)}: {what}; {remedy}")


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _entry(key: str, value: Any, indent: str) -> list[str]:
    """`key: value` in as few lines as it reads well in."""
    head = f"{indent}{_text(key)}:"
    if len(head) > LONGEST_SIMPLE_KEY:
        return [f"{indent}? {_text(key)}", f"{indent}: {_flow(value)}"]
    deeper = indent + "  "
    if isinstance(value, Mapping) and value:
        return [head, *(line for name, item in value.items() for line in _entry(name, item, deeper))]
    if isinstance(value, list | tuple) and value:
        if all(_is_scalar(item) for item in value):
            flow = f"{head} [{', '.join(_scalar(item) for item in value)}]"
            if len(flow) <= 100:
                return [flow]
            return [head, *(f"{deeper}- {_scalar(item)}" for item in value)]
        return [head, *(f"{deeper}- {_flow(item)}" for item in value)]
    return [f"{head} {_flow(value)}"]


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow_key(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value)


def _flow_key(key: Any) -> str:
    text = _text(key)
    return f"? {text} " if len(text) > LONGEST_SIMPLE_KEY else text


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | bool | int | float)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if not _is_scalar(value):
        raise SpecError(f"a spec cannot hold a {type(value).__name__}; use text, numbers, lists and maps")
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        raise SpecError(f"a spec cannot hold the number {value}; leave the setting out") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise SpecError(f"a setting's name must be text, not {display(repr(value), 60)}")
    if _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == " " or unicodedata.category(character)[0] in "LMNPS":
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
