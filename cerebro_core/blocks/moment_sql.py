"""Joint moments of columns: the SQL that sums them where the data is, and what comes back.

Each variable is taken less a typical value of its column before anything is squared or added, so that a large mean
costs no digits (Chan, Golub & LeVeque 1983), and sums are compensated (Kahan). One pass over the rows serves all sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MomentSet:
    """Columns whose joint moments are wanted.

    Attributes:
        columns: a row counts where all of these have a finite value.
        filled: further columns; where one has no value it is filled with a constant, and a variable that is 1 in such
            rows is added, so that what is regressed on both does not depend on the constant.
    """

    columns: tuple[str, ...]
    filled: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moments:
    """Joint moments of variables over the rows of a group, or over its units.

    Attributes:
        names: of the variables: with units "rows" first (rows of a unit), then the columns (sums over the rows of a
            unit), the filled columns, and for each of those with missing values "missing NAME".
        count: rows, or units.
        rows: rows.
        means: one for each variable.
        covariances: of each two variables, with count - 1 in the denominator; zero where there is one row or unit.
    """

    names: tuple[str, ...]
    count: int
    rows: int
    means: tuple[float, ...]
    covariances: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class ColumnSql:
    """How a column enters the sums: the SQL of its value, what it is taken less, and whether it may be missing."""

    value: str
    shift: float
    doubtful: bool


@dataclass(frozen=True)
class MomentPlan:
    """The statement for some sets, and where each figure stands in a row of its answer.

    Attributes:
        sql: the statement.
        places: SQL of an aggregate -> place in the row, after the keys.
        variables: set -> variables, each (name, alias in the inner statement, shift).
    """

    sql: str
    places: Mapping[str, int]
    variables: Mapping[str, tuple[tuple[str, str, float], ...]]


def moment_plan(
    sets: Mapping[str, MomentSet],
    columns: Mapping[str, ColumnSql],
    keys: Sequence[str],
    unit: str | None,
    relation: str,
    condition: str,
) -> MomentPlan:
    """The statement that sums all that the sets need.

    Args:
        sets: what is wanted.
        columns: how each column enters.
        keys: SQL of what makes the groups.
        unit: SQL of what makes the units, or None for rows.
        relation: the table's SQL name.
        condition: SQL of a `where`, or an empty string.
    """
    aliases: dict[str, str] = {}
    variables: dict[str, tuple[tuple[str, str, float], ...]] = {}
    for name, wanted in sets.items():
        found = row_variables(wanted, columns)
        variables[name] = tuple(
            (variable, aliases.setdefault(sql, f"v{len(aliases)}"), shift) for variable, sql, shift in found
        )
    inner = [f"{sql} as {alias}" for sql, alias in aliases.items()]
    names = [f"k{place}" for place in range(len(keys))]
    selected = ", ".join([*(f"{key} as {name}" for key, name in zip(keys, names, strict=True)), *inner])
    where = f" where {condition}" if condition else ""
    if unit is None:
        rows = f"(select {selected} from {relation}{where})"
    else:
        sums = [f"nullif(count({alias}), 0) as n{alias}, fsum({alias}) as {alias}" for alias in aliases.values()]
        grouped = ", ".join([*names, "u"])
        rows = f"(select {', '.join([*names, *sums])} from (select {selected}, {unit} as u from {relation}{where}) "
        rows += f"group by {grouped})"
    places: dict[str, int] = {}
    for found_variables in variables.values():
        for sql in wanted_sums([alias for _, alias, _ in found_variables], unit is not None):
            places.setdefault(sql, len(places))
    tail = f" group by {', '.join(names)} order by {', '.join(f'{name} nulls last' for name in names)}" if names else ""
    return MomentPlan(f"select {', '.join([*names, *places])} from {rows}{tail}", places, variables)


def row_variables(wanted: MomentSet, columns: Mapping[str, ColumnSql]) -> list[tuple[str, str, float]]:
    """(name, SQL of the shifted value, shift) of each variable of a set."""
    doubtful = [columns[name].value for name in wanted.columns if columns[name].doubtful]
    whole = " and ".join(f"isfinite(({value})::double)" for value in doubtful)  # null where missing

    def guarded(sql: str) -> str:
        return f"case when {whole} then {sql} end" if whole else sql

    found = [(name, guarded(shifted(columns[name])), columns[name].shift) for name in wanted.columns]
    gaps = []
    for name in wanted.filled:
        column = columns[name]
        there = f"coalesce(isfinite(({column.value})::double), false)"
        filled = f"case when {there} then {shifted(column)} else 0.0 end" if column.doubtful else shifted(column)
        found.append((name, guarded(filled), column.shift))
        if column.doubtful:
            gaps.append((f"missing {name}", guarded(f"case when {there} then 0.0 else 1.0 end"), 0.0))
    return found + gaps


def shifted(column: ColumnSql) -> str:
    """SQL of a column less its typical value."""
    value = f"({column.value})::double"
    return f"({value} - {column.shift!r}::double)" if column.shift else value


def wanted_sums(aliases: Sequence[str], units: bool) -> list[str]:
    """SQL of the count, sums and sums of products of variables."""
    names = [f"n{aliases[0]}", *aliases] if units else list(aliases)
    found = [f"count({names[0]})", *(f"fsum({name}::double)" for name in names)]
    return found + [f"fsum({one}::double * {other})" for place, one in enumerate(names) for other in names[: place + 1]]


def read_moments(plan: MomentPlan, name: str, row: Sequence[Any], units: bool) -> Moments:
    """The moments of one set from a row of the answer, without the keys."""
    variables = plan.variables[name]
    aliases = [alias for _, alias, _ in variables]
    sums = wanted_sums(aliases, units)
    figures = {sql: row[plan.places[sql]] for sql in sums}
    names = [f"n{aliases[0]}", *aliases] if units else aliases
    labels = (*(("rows",) if units else ()), *(variable for variable, _, _ in variables))
    width, count = len(names), int(figures[f"count({names[0]})"] or 0)
    if not count:
        return Moments(labels, 0, 0, (0.0,) * width, ((0.0,) * width,) * width)
    totals = [float(figures[f"fsum({item}::double)"]) for item in names]
    matrix = [[0.0] * width for _ in names]
    for i in range(width):
        for j in range(i + 1):
            product = float(figures[f"fsum({names[i]}::double * {names[j]})"])
            spread = (product - totals[i] * totals[j] / count) / (count - 1) if count > 1 else 0.0
            matrix[i][j] = matrix[j][i] = max(spread, 0.0) if i == j else spread
    means = [total / count for total in totals]
    shifts = [shift for _, _, shift in variables]
    if not units:
        means = [mean + shift for mean, shift in zip(means, shifts, strict=True)]
        return Moments(labels, count, count, tuple(means), tuple(map(tuple, matrix)))
    return unshifted_units(labels, count, totals[0], means, matrix, [0.0, *shifts])


def unshifted_units(
    labels: tuple[str, ...],
    count: int,
    rows: float,
    means: Sequence[float],
    matrix: Sequence[Sequence[float]],
    shifts: Sequence[float],
) -> Moments:
    """Moments of sums over units, where each row was taken less a shift: Y = V + shift * rows."""
    width = len(means)
    moved = tuple(mean + shift * means[0] for mean, shift in zip(means, shifts, strict=True))
    spread = tuple(
        tuple(
            matrix[i][j] + shifts[i] * matrix[0][j] + shifts[j] * matrix[i][0] + shifts[i] * shifts[j] * matrix[0][0]
            for j in range(width)
        )
        for i in range(width)
    )
    return Moments(labels, count, round(rows), moved, spread)
