"""The parts of a `result.json`: estimates, diagnostics, decisions, tables and what made them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

Cell = StrictBool | StrictInt | StrictFloat | StrictStr | None


class Part(BaseModel):
    """Frozen, strict about types and infinities, tolerant of keys of a later version."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False, use_attribute_docstrings=True)


class EstimateEntry(Part):
    """One estimated quantity with its uncertainty."""

    name: str = Field(min_length=1)
    """What it is, in the field's term; unique together with outcome, group and period."""
    label: str = ""
    """The same for people."""
    outcome: str | None = None
    group: str | None = None
    period: str | None = None
    value: float | None
    """The point estimate; null where it is not defined."""
    std_error: Annotated[float, Field(ge=0)] | None = None
    """Standard error or posterior standard deviation, in the unit of the value."""
    ci_low: float | None = None
    ci_high: float | None = None
    ci_set: tuple[tuple[float | None, float | None], ...] | None = None
    """Intervals that are disjoint or unbounded; null stands for infinity."""
    ci_level: Annotated[float, Field(gt=0, lt=1)] | None = None
    interval: Literal["confidence", "credible", "sequence", "set"] | None = None
    p_value: Annotated[float, Field(ge=0, le=1)] | None = None
    unit: str = ""

    @model_validator(mode="after")
    def _interval_has_its_ends_in_order(self) -> Self:
        if self.ci_low is not None and self.ci_high is not None and self.ci_low > self.ci_high:
            raise ValueError(f"ci_low {self.ci_low:g} lies above ci_high {self.ci_high:g}")
        return self


class DiagnosticEntry(Part):
    """One check of the answer."""

    name: str = Field(min_length=1)
    status: Literal["pass", "warn", "fail"]
    value: float | None = None
    threshold: float | None = None
    message: str = ""
    """What it means for the reader, in plain words."""


class DecisionEntry(Part):
    """One choice made for the user, with its reason."""

    field: str
    value: Any = None
    reason: str = ""
    agent: str = ""
    evidence: str = ""
    made: Literal["spec", "left out", "run"] = "spec"
    """With the spec; looked at then and left out; or chosen by the script from the rows while it ran."""


class FindingEntry(Part):
    """One thing that a validator saw before the script was written."""

    severity: Literal["error", "warning", "info"]
    code: str
    message: str
    remedy: str = ""
    field: str | None = None


class Citation(Part):
    """A paper, a book or an example that the method rests on."""

    text: str
    url: str | None = None


class TableEntry(Part):
    """A table of the result; each row has one cell for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""
    caption: str = ""
    file: str | None = None
    """The same table as CSV, relative to the run's folder."""

    @model_validator(mode="after")
    def _rows_fit_columns(self) -> Self:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(f"row {number} has {len(row)} cells for {len(self.columns)} columns")
        return self


class DataEntry(Part):
    """What was read."""

    source: str | None
    """The file; null where the method needs none."""
    rows: Annotated[int, Field(ge=0)] | None
    rows_used: Annotated[int, Field(ge=0)] | None
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """Of the file; null where the file is above 256 MiB and `--hash` was not given."""


class Software(Part):
    """What computed it."""

    python: str
    packages: dict[str, str | None] = Field(default_factory=dict)
    """Version of each package, null where not known."""
    plugins: dict[str, str] = Field(default_factory=dict)
    """Version of the core and of the plugins that wrote the script."""


class FigureNote(Part):
    """What a figure shows."""

    title: str = ""
    caption: str = ""


class About(Part):
    """What the method is, for the report."""

    summary: str = ""
    needs: tuple[str, ...] = ()
    assumes: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    when_not: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
