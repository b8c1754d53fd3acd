"""Tables that authors draw: written to files, and with their columns renamed to hostile names."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cerebro_core.spec import AnalysisSpec, column_fields

type Drawn = Any
"""A table as an author draws it: column name -> values (a mapping), or a pandas DataFrame."""

HOSTILE_NAMES = (
    '"""; raise SystemExit(9) #',
    "two\nlines",
    "{effect!r} {0} %s %(x)s",
    "'; DROP TABLE data; --",
    "=1+1",
    "$\\frac{x}$",
    "<script>alert(1)</script>",
    "\u202eevil\u2069",
    "\x1b[31mred",
    "lambda",
    "C(x) ~ y + 1",
    "back\\slash\\",
    "naïve Größe 値",
    "__class__",
    "a,b;c\td",
    " padded ",
    "x" * 300,
    "SPEC",
    "np",
    "`quoted` \"and\" 'more'",
)
"""Column names that break careless code. Each is one that a spreadsheet could hold."""


def write_table(path: Path, drawn: Drawn) -> Path:
    """Write a drawn table as CSV; missing values as empty cells."""
    columns = {str(name): list(drawn[name]) for name in drawn}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in zip(*columns.values(), strict=True))
    return path


def _cell(value: Any) -> Any:
    return "" if value is None or value != value else value


def hostile_names(names: Iterable[str]) -> dict[str, str]:
    """Each column name -> a hostile one."""
    found = {}
    for number, name in enumerate(names):
        again = number // len(HOSTILE_NAMES)
        found[name] = HOSTILE_NAMES[number % len(HOSTILE_NAMES)] + (f" {again}" if again else "")
    return found


def rename_table(drawn: Drawn, names: Mapping[str, str]) -> dict[str, list[Any]]:
    """A drawn table under other column names."""
    return {names[str(name)]: list(drawn[name]) for name in drawn}


def rename_settings(spec: type[AnalysisSpec], settings: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Settings that name the same columns under their new names, also as keys and values of mappings."""
    columns = column_fields(spec)
    renamed: dict[str, Any] = {}
    for field, value in settings.items():
        if isinstance(value, Mapping):
            renamed[field] = {names.get(key, key): names.get(item, item) for key, item in value.items()}
        elif field in columns and isinstance(value, str):
            renamed[field] = names.get(value, value)
        elif field in columns and value is not None:
            renamed[field] = [names.get(item, item) for item in value]
        else:
            renamed[field] = value
    return renamed
