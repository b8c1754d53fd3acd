"""Values as `result.json` and the CSV tables hold them: plain, finite, without surrogates."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def strict_value(value: Any) -> Any:
    """Turn a value into what strict JSON can hold.

    Numbers that are not finite and missing values become None, NumPy and JAX scalars and arrays Python numbers and
    lists, dates ISO 8601 text; a lone surrogate becomes its escape (`\\udcff`), since strict parsers refuse it.

    Args:
        value: a plain value, or one of NumPy, pandas, JAX, `datetime` or `decimal`.

    Returns:
        None, bool, int, float, str, or a list or dict of these.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(strict_value(str(key))): strict_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [strict_value(item) for item in value]
    return _plain_foreign(value)


def _plain_foreign(value: Any) -> Any:
    kind = type(value).__name__
    if kind in ("NAType", "NaTType"):
        return None
    if kind == "datetime64":
        return None if str(value) == "NaT" else str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return strict_value(value.tolist())
    if hasattr(value, "__float__"):
        return strict_value(float(value))
    return strict_value(str(value))


def strict_json(document: Mapping[str, Any]) -> bytes:
    """A document as strict JSON in ASCII, so that no terminal or parser meets a raw control or bidi mark."""
    return (json.dumps(strict_value(document), indent=1, allow_nan=False) + "\n").encode("ascii")


def csv_bytes(columns: Iterable[Any], rows: Iterable[Iterable[Any]]) -> bytes:
    """A table as CSV in UTF-8 that a spreadsheet can open without running anything.

    Text that a spreadsheet would take for a formula gets a leading single quote; numbers stay as they are; missing
    and not finite values are empty cells.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180; Python 3.12 quotes only what stands in it
    writer.writerow([_csv_cell(name) for name in columns])
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
    return text.getvalue().encode("utf-8")


def _csv_cell(value: Any) -> Any:
    plain = strict_value(value)
    if isinstance(plain, list | dict):
        plain = json.dumps(plain)
    if isinstance(plain, str) and plain.lstrip(" ").startswith(FORMULA_STARTS):
        return "'" + plain
    return plain
