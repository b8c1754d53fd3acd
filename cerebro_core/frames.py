"""A DataFrame as a file: so that notebooks go the same way as the command line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cerebro_core.blocks.display import display
from cerebro_core.errors import TableError

if TYPE_CHECKING:
    import pandas as pd


def save_frame(frame: pd.DataFrame, path: str) -> None:
    """Write a DataFrame to a Parquet file that `open_source` reads back with the same names and values.

    An index with a name, or of dates, becomes a column; any other is left out. Categories become their values, times
    with a zone UTC, objects of several types text.

    Args:
        frame: the table.
        path: the file to write; its folder exists.

    Raises:
        TableError: the frame has no rows or columns, two columns of one name, or cannot be written.
    """
    import duckdb
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise TableError(f"a {type(frame).__name__} is no table; give a path or a pandas DataFrame")
    if not len(frame) or not len(frame.columns):
        raise TableError("the DataFrame has no rows or no columns; give one with at least one of each")
    if isinstance(frame.index, pd.DatetimeIndex) and frame.index.name is None:
        frame = frame.rename_axis("date")
    if any(name is not None and name not in frame.columns for name in frame.index.names):
        frame = frame.reset_index(level=[i for i, name in enumerate(frame.index.names) if name not in frame.columns])
    names = [exact_name(label) for label in frame.columns]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise TableError(f"the DataFrame has two columns called '{display(twice[0])}'; rename one")
    plain = pd.DataFrame({f"c{i}": storable(frame.iloc[:, i]) for i in range(len(names))})
    connection = duckdb.connect(":memory:")
    try:
        connection.register("frame", plain)
        connection.execute(parquet_statement(names, path))
    except duckdb.Error as error:
        raise TableError(f"the DataFrame cannot be written to {display(path)}: {display(error, 300)}") from error
    finally:
        connection.close()


def exact_name(label: Any) -> str:
    """A column label as text; the parts of a tuple are joined."""
    name = "_".join(str(part) for part in label) if isinstance(label, tuple) else str(label)
    try:
        name.encode()
    except UnicodeEncodeError:
        raise TableError(f"the column name '{display(name)}' is no valid Unicode text; rename it") from None
    return name


def parquet_statement(names: list[str], path: str) -> str:
    """SQL that writes the registered frame; the exact names are kept, in hexadecimal, in the file's metadata."""
    import json

    from cerebro_core.blocks.table_sql import quoted

    folded = {name.casefold() for name in names}
    sayable = len(folded) == len(names) and all(name.strip() and "\0" not in name for name in names)
    columns = ", ".join(f"c{i} as {quoted(name)}" if sayable else f"c{i}" for i, name in enumerate(names))
    kept = json.dumps(names).encode().hex()
    target = path.replace("'", "''")
    return (
        f"copy (select {columns} from frame) to '{target}' (format parquet, compression zstd, "
        f"kv_metadata {{cerebro_columns: '{kept}'}})"
    )


def storable(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column as DuckDB can take it without guessing."""
    import pandas as pd

    column = column.reset_index(drop=True)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype) if not column.isna().any() else column.astype(object)
        column = column.infer_objects()
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.dt.tz_convert("UTC").dt.tz_localize(None)
    if isinstance(column.dtype, pd.PeriodDtype):
        return column.dt.to_timestamp()
    if pd.api.types.is_complex_dtype(column.dtype) or pd.api.types.is_timedelta64_dtype(column.dtype):
        return column.astype(str)
    if isinstance(column.dtype, pd.SparseDtype):
        return column.sparse.to_dense()
    if pd.api.types.is_extension_array_dtype(column.dtype) and not isinstance(column.dtype, pd.StringDtype):
        column = column.astype(object).infer_objects() if not column.isna().any() else column.astype(object)
    if column.dtype != object:
        return column
    return plain_objects(column)


def plain_objects(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column of objects as one type: truth values, numbers, times or else text."""
    import decimal

    import pandas as pd

    held = column[column.notna()]
    kind = pd.api.types.infer_dtype(held, skipna=True)
    if kind in ("string", "empty", "boolean"):
        return column.where(column.notna(), None)
    if kind in ("integer", "floating", "mixed-integer-float", "decimal"):
        numbers = held.map(lambda value: float(value) if isinstance(value, decimal.Decimal) else value)
        if kind == "integer" and len(held) == len(column) and numbers.abs().max() < 2**63:
            return column.astype("int64")
        if kind != "integer" or held.abs().max() <= 2**53:
            return numbers.reindex(column.index).astype("float64")
    if kind in ("datetime", "datetime64", "date"):
        times = pd.to_datetime(column, utc=True, errors="coerce")
        if times.notna().sum() == len(held):
            return times.dt.tz_localize(None)
    return column.map(lambda value: None if pd.api.types.is_scalar(value) and pd.isna(value) else str(value))
