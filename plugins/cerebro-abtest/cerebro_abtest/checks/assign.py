"""What can be wrong with an assignment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_abtest.assign_spec import AssignSpec
from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table

EXAMPLE = "write them like --arms control:0.5,b:0.5"


def check_assignment(spec: AssignSpec, table: Table) -> Iterator[Finding]:
    """Every finding about an assignment."""
    yield from check_arm_shares(spec)
    column = table.columns.get(spec.unit or "")
    if column is not None and column.missing:
        message = f"--unit: {column.missing:,} rows have no '{display(column.name)}'"
        yield Finding("error", "missing-units", message, "name them, or leave them out", "unit")
    elif column is not None and column.distinct_exact and column.distinct < column.rows:
        message = f"--unit: '{display(column.name)}' has {column.distinct:,} values in {column.rows:,} rows"
        remedy = "keep one row a unit, or name what is put into arms as a whole with --cluster"
        yield Finding("error", "duplicate-units", message, remedy, "unit")
    if spec.arm_column in table.columns:
        message = f"--arm-column: the table has a column '{display(spec.arm_column)}' already"
        yield Finding("error", "arm-column-taken", message, "give the new column another name", "arm_column")
    yield from check_scheme(spec, table)


def check_arm_shares(spec: AssignSpec) -> Iterator[Finding]:
    """Two arms or more, each with a name of its own and a share."""
    names, total = [], 0.0
    for item in spec.arms:
        name, separator, share = item.rpartition(":" if ":" in item else "=")
        try:
            number = float(share)
        except ValueError:
            number = -1.0
        if not separator or not name.strip() or not 0 < number <= 1:
            message = f"--arms: '{display(item)}' is no name with a share between 0 and 1"
            yield Finding("error", "no-share", message, EXAMPLE, "arms")
            return
        names.append(name.strip())
        total += number
    if len(names) < 2:
        yield Finding("error", "one-arm", "--arms: an experiment has two arms at least", EXAMPLE, "arms")
    elif len(set(names)) < len(names):
        yield Finding("error", "arm-twice", "--arms: a name stands there twice", "give each arm its own name", "arms")
    elif abs(total - 1) > 1e-6:
        message = f"--arms: the shares sum to {total:g}"
        yield Finding("error", "shares-sum", message, "let them sum to 1, such as control:0.5,b:0.5", "arms")


def check_scheme(spec: AssignSpec, table: Table) -> Iterator[Finding]:
    """The scheme has what it needs, and uses what is given."""
    scheme = spec.scheme
    if scheme == "stratified" and not spec.strata:
        yield Finding("error", "no-strata", "--scheme stratified: there are no strata", "name --strata", "scheme")
    if scheme == "rerandomised" and not spec.covariates:
        message = "--scheme rerandomised: there is nothing to balance"
        yield Finding("error", "no-covariates", message, "name --covariates", "scheme")
    if scheme == "hash" and spec.unit is None and spec.cluster is None:
        message = "--scheme hash: an arm follows from the unit's name, and no column names the units"
        yield Finding("error", "no-unit", message, "name it with --unit", "scheme")
    if scheme in ("complete", "hash") and spec.strata:
        message = f"--scheme {scheme}: strata are shown in the balance table and not kept"
        yield Finding("warning", "strata-not-kept", message, "choose --scheme stratified", "strata")
    if spec.block_size and scheme != "blocked":
        message = f"--block-size: --scheme {scheme} has no blocks"
        yield Finding("error", "no-blocks", message, "choose --scheme blocked, or leave it out", "block_size")
    if spec.salt and scheme != "hash":
        message = f"--salt: --scheme {scheme} has none"
        yield Finding("error", "no-salt", message, "choose --scheme hash, or leave it out", "salt")
    cells = 1
    for name in spec.strata:
        column = table.columns.get(name)
        cells *= column.distinct if column is not None else 1
    if spec.strata and cells * 2 * len(spec.arms) > table.rows:
        message = f"--strata: up to {cells:,} strata for {table.rows:,} units leave few in each"
        yield Finding("warning", "small-strata", message, "name fewer columns, or rerandomise on covariates", "strata")
