"""Small files for the tests of tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


def text_file(folder: Path, text: str, name: str = "data.csv", encoding: str = "utf-8") -> str:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return str(path)


def column_file(folder: Path, cells: list[str], header: str = "x", name: str = "data.csv") -> str:
    """A CSV file with a row number and one column of quoted cells."""
    lines = [f'n,"{header}"', *(f'{i},"{cell}"' for i, cell in enumerate(cells, 1))]
    return text_file(folder, "\n".join(lines) + "\n", name)


def duckdb_file(path: Path, *statements: str) -> str:
    connection = duckdb.connect(str(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()
    return str(path)


def copy_to(path: Path, select: str, options: str = "") -> str:
    connection = duckdb.connect()
    connection.execute(f"copy ({select}) to '{path}' {options}")
    connection.close()
    return str(path)


def cells_of(source: Any, column: str) -> list[Any]:
    return [row[0] for row in source.records([column])]
