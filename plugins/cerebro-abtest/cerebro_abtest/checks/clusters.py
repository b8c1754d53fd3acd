"""Checks of clusters, units and strata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cerebro_abtest.specs import ABTestSpec
from cerebro_core.blocks.display import display
from cerebro_core.findings import Finding

if TYPE_CHECKING:
    from cerebro_core.table import Table

FEW_CLUSTERS = 10
MOST_STRATA = 200


def check_clusters(spec: ABTestSpec, table: Table) -> Iterator[Finding]:
    """Clusters hold several rows, and each arm has enough of them."""
    yield from check_strata(spec, table)
    if spec.cluster is None or spec.cluster not in table.columns:
        return
    column = table.columns[spec.cluster]
    shown = f"--cluster: column '{display(spec.cluster)}'"
    if column.missing:
        message = f"{shown} has {column.missing:,} empty cells, which would count as one cluster"
        yield Finding("error", "missing-cluster", message, "fill them, or leave these rows out", "cluster")
    if column.is_key:
        message = f"{shown} has a value of its own in each row: a cluster is equal to a row"
        yield Finding("error", "cluster-is-row", message, "leave --cluster out; --unit names the units", "cluster")
        return
    if spec.treatment not in table.columns or table.columns[spec.treatment].distinct > 100:
        return
    rows = table.aggregate({"number of clusters": ("distinct", spec.cluster)}, by=[spec.treatment])
    fewest = min((row["number of clusters"] for row in rows if row[spec.treatment] is not None), default=0)
    if fewest < 2:
        message = f"{shown}: an arm has {fewest} cluster, and chance between clusters cannot be measured"
        yield Finding("error", "one-cluster", message, "an arm needs two clusters, better ten or more", "cluster")
    elif fewest < FEW_CLUSTERS:
        message = f"{shown}: an arm has {fewest} clusters, fewer than {FEW_CLUSTERS}"
        remedy = "intervals are corrected for that, but are wide; --test permutation deals whole clusters"
        yield Finding("warning", "few-clusters", message, remedy, "cluster")


def check_strata(spec: ABTestSpec, table: Table) -> Iterator[Finding]:
    """Strata are few, and a cluster lies in one."""
    if not spec.strata or any(name not in table.columns for name in spec.strata):
        return
    levels = 1
    for name in spec.strata:
        levels *= max(table.columns[name].distinct, 1)
    if levels > MOST_STRATA or levels > table.rows / 8:
        message = f"--strata: the columns make up to {levels:,} strata of {table.rows:,} rows"
        yield Finding("error", "too-many-strata", message, "name fewer or coarser columns", "strata")
    elif spec.cluster is not None and spec.cluster in table.columns:
        asked = {"number of clusters": ("distinct", spec.cluster)}
        within = sum(row["number of clusters"] for row in table.aggregate(asked, by=list(spec.strata)))
        if within > table.aggregate(asked)[0]["number of clusters"]:
            message = f"--strata: some '{display(spec.cluster)}' lie in several strata"
            remedy = "name strata that do not vary within a cluster"
            yield Finding("error", "cluster-in-strata", message, remedy, "strata")
