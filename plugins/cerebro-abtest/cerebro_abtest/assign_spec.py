"""The spec of an assignment of units to arms."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cerebro_core.spec import AnalysisSpec, Column, Flag

NUMBER = Column(kinds=("number", "integer", "boolean"))


class AssignSpec(AnalysisSpec):
    """Which unit gets which arm of an experiment."""

    kind: ClassVar[str] = "assign"
    domain: ClassVar[str] = "abtest"
    method_field: ClassVar[str] = "method"

    unit: Annotated[str | None, Column(), Flag(panel="Roles", chosen=True)] = None
    """Column that names each unit, one row a unit."""
    arms: Annotated[tuple[str, ...], Flag(panel="Design")] = ("control:0.5", "treatment:0.5")
    """Arms with their shares, the control first, such as control:0.5,b:0.5."""
    strata: Annotated[tuple[str, ...], Column(), Flag(panel="Roles")] = ()
    """Columns within whose values the shares are kept."""
    covariates: Annotated[tuple[str, ...], NUMBER, Flag(panel="Roles")] = ()
    """Columns of numbers whose balance is shown, and wanted by rerandomised."""
    cluster: Annotated[str | None, Column(), Flag(panel="Roles")] = None
    """Column with the cluster (shop, class) that is put into an arm as a whole."""
    outcome: Annotated[str | None, NUMBER, Flag(panel="Roles", short="-y")] = None
    """Column with last period's outcome, for an A/A check of this design."""
    scheme: Annotated[
        Literal["auto", "complete", "stratified", "blocked", "rerandomised", "hash"], Flag(panel="Design", chosen=True)
    ] = "auto"
    """How arms are drawn: as one lot, within strata, in blocks in the order of rows, until balanced, or by hash."""
    block_size: Annotated[int | None, Flag(panel="Design"), Field(ge=2)] = None
    """Blocked: units in a block; default: the fewest in which each arm has its share."""
    acceptance: Annotated[float, Flag(panel="Design"), Field(gt=0, le=1)] = 0.01
    """Rerandomised: share of draws that are balanced enough to be accepted."""
    salt: Annotated[str, Flag(panel="Design")] = ""
    """Hash: name of the experiment, so that arms of different experiments are unrelated; default: the seed."""
    arm_column: Annotated[str, Flag(panel="Design"), Field(min_length=1)] = "arm"
    """Name of the new column with the arm."""
    keep: Annotated[Literal["all", "named"], Flag(panel="Design")] = "all"
    """Columns of assigned.csv beside the arm: all of the table with the units, or those that are named here."""
    aa_draws: Annotated[int, Flag(panel="Design"), Field(ge=20, le=100_000)] = 400
    """How often units are assigned anew for the A/A check."""
    method: Annotated[Literal["assign"], Flag(panel="Design", hidden=True)] = "assign"
    """Method that answers."""
