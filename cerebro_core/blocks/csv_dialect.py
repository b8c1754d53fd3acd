"""How a text file separates its columns: delimiter, quote, escape, header, and a sample of its cells."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from dataclasses import dataclass

USUAL_DELIMITERS = ("\t", ";", "|", ",")
RARE_DELIMITERS = ("^", "~", "\x1f", "\x01", "\x1e", "§", "¬", "¦", ":", "#", "!", " ")
NO_DELIMITER = "\x1f"  # for a file of one column
SAMPLE_HEAD = 256 << 10
SAMPLE_PART = 64 << 10
SAMPLE_ROWS = 1_000
SAMPLE_CELLS = 300_000


@dataclass(frozen=True)
class CsvDialect:
    """How a delimited text file is read.

    Attributes:
        delimiter, quote, escape: one character each; `quote` and `escape` may be empty.
        header: the names as the file has them.
        sample: rows from the head, the middle and the end of the file, without the header.
        whole: whether the sample holds every row of the file.
        skip: blank lines above the header.
    """

    delimiter: str
    quote: str
    escape: str
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    whole: bool
    skip: int


def sniff_csv(path: str) -> CsvDialect:
    """See how a UTF-8 text file is delimited, from parts of it.

    Args:
        path: a file in UTF-8, with one kind of line end.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        head_bytes = file.read(SAMPLE_HEAD)
        parts = [head_bytes.decode("utf-8", "ignore").removeprefix("\ufeff")]
        for start in (size // 2, size - SAMPLE_PART):
            if start > SAMPLE_HEAD:
                file.seek(start)
                chunk = file.read(SAMPLE_PART).decode("utf-8", "ignore")
                parts.append(chunk.partition("\n")[2] if "\n" in chunk else chunk.partition("\r")[2])
    whole = size <= SAMPLE_HEAD
    quote, escape = csv_quote(parts[0])
    delimiter, rows = best_delimiter(parts[0], quote, escape, whole)
    header = rows[0] if rows else ()
    body = [row for row in rows[1:] if len(row) == len(header)]
    limit = max(20, min(SAMPLE_ROWS, SAMPLE_CELLS // max(len(header), 1)))
    sample = body[:limit]
    for part in parts[1:]:
        tail = csv_rows(part, delimiter, quote, escape)[:-1]
        sample += [row for row in tail if len(row) == len(header)][: limit // 2]
    whole = whole and len(sample) == len(rows) - 1
    return CsvDialect(delimiter, quote, escape, header, tuple(sample), whole, blank_lines(parts[0]))


def blank_lines(text: str) -> int:
    """How many blank lines a text begins with."""
    lead = text[: len(text) - len(text.lstrip(" \r\n"))]
    return max(lead.count("\n"), lead.count("\r"))


def csv_quote(text: str) -> tuple[str, str]:
    """The quote and what escapes it; single quotes only where they surround cells and double ones do not."""
    if '"' in text:
        backslash = re.search(r'\\"[^,;\t|\r\n"]', text) and '""' not in text.replace('\\"', "")
        return '"', "\\" if backslash else '"'
    lines = text.splitlines()[:50]
    edges = sum(line.lstrip().startswith("'") and line.count("'") % 2 == 0 for line in lines)
    return ("'", "'") if lines and edges > len(lines) / 2 else ('"', '"')


def best_delimiter(text: str, quote: str, escape: str, whole: bool) -> tuple[str, list[tuple[str, ...]]]:
    """The delimiter that gives most rows as many cells as the header has; with the rows."""
    best: tuple[float, str, list[tuple[str, ...]]] = (0.0, NO_DELIMITER, [])
    for candidates in (USUAL_DELIMITERS, RARE_DELIMITERS):
        for delimiter in candidates:
            if delimiter not in text:
                continue
            rows = csv_rows(text, delimiter, quote, escape)
            if not whole and len(rows) > 1:
                rows = rows[:-1]
            if not rows or len(rows[0]) < 2:
                continue
            body = rows[1:]
            share = sum(len(row) == len(rows[0]) for row in body) / len(body) if body else 0.9
            if share > best[0] + 0.02:
                best = (share, delimiter, rows)
        if best[0] > 0.5:
            return best[1], best[2]
    if best[0] > 0 and best[1] in USUAL_DELIMITERS:
        return best[1], best[2]
    return lone_column(text, quote, escape, whole)


def lone_column(text: str, quote: str, escape: str, whole: bool) -> tuple[str, list[tuple[str, ...]]]:
    """No delimiter in the header: one column, unless the rows below it are clearly delimited.

    A title above the real header must end in an error about its line, not in one column of glued text.
    """
    for delimiter in USUAL_DELIMITERS:
        rows = csv_rows(text, delimiter, quote, escape)
        widths = Counter(len(row) for row in rows[1:])
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        numbers = all(part.strip().lstrip("+-").isdigit() for row in rows[1:] for part in row if part.strip())
        if width > 1 and count > 0.5 * (len(rows) - 1) and not (numbers and width == 2):
            return delimiter, rows
    rows = csv_rows(text, NO_DELIMITER, quote, escape)
    return NO_DELIMITER, rows if whole or len(rows) < 2 else rows[:-1]


def csv_rows(text: str, delimiter: str, quote: str, escape: str) -> list[tuple[str, ...]]:
    """The rows of a piece of text; those before the first that cannot be read, if one cannot."""
    end = "\n" if "\n" in text else "\r"
    lines = [line + end for line in text.split(end)]
    reader = csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=quote,
        doublequote=escape == quote,
        escapechar=None if escape == quote else escape,
    )
    rows: list[tuple[str, ...]] = []
    try:
        for row in reader:
            if row and (rows or any(cell.strip(" ") for cell in row) or len(row) > 1):
                rows.append(tuple(row))
    except csv.Error:
        return rows
    return rows
