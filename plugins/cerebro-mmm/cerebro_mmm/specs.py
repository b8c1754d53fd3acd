"""The spec of a marketing mix model."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from cerebro_core.spec import AnalysisSpec, Column, Flag

NUMBER = Column(kinds=("number", "integer"))


class MMMSpec(AnalysisSpec):
    """What each marketing channel earned, how sure that is, and how to spend the next budget."""

    kind: ClassVar[str] = "mmm"
    domain: ClassVar[str] = "mmm"
    method_field: ClassVar[str] = "engine"

    # Roles: the exploration agent
    date: Annotated[str, Column(kinds=("date",)), Flag(panel="Roles")]
    """Column with the date of each row; one row a day or a week."""
    outcome: Annotated[str, NUMBER, Flag(panel="Roles", short="-y")]
    """Column with what marketing should raise: sales, revenue, sign-ups."""
    channels: Annotated[tuple[str, ...], NUMBER, Flag(panel="Roles"), Field(min_length=1)]
    """Columns with the spend of each media channel, 0 where nothing was spent."""
    controls: Annotated[tuple[str, ...], NUMBER, Flag(panel="Roles")] = ()
    """Columns that also move the outcome: price, promotions, competitors, weather."""
    events: Annotated[tuple[str, ...], Column(), Flag(panel="Roles")] = ()
    """Columns that mark special days: 0/1, or the event's name."""
    currency: Annotated[str, Flag(panel="Roles", chosen=True), Field(max_length=12)] = ""
    """Name of the money unit, for labels only."""

    # The table: the preprocessing agent
    frequency: Annotated[Literal["day", "week"], Flag(panel="Data", chosen=True)] = "week"
    """Spacing of the rows."""
    missing_media: Annotated[Literal["refuse", "zero"], Flag(panel="Data", chosen=True)] = "refuse"
    """Blank spend: refuse the table, or read it as no spend."""
    missing_controls: Annotated[Literal["refuse", "interpolate"], Flag(panel="Data", chosen=True)] = "refuse"
    """Blank controls: refuse the table, or interpolate between neighbours."""
    holdout: Annotated[int, Flag(panel="Diagnostics", chosen=True), Field(ge=0)] = 0
    """Rows at the end that are hidden from a second fit, which then has to foretell them; 0 for none."""

    # The model: the modeling agent
    engine: Annotated[str, Flag(panel="Model")] = "numpyro"
    """Engine that fits the model."""
    adstock: Annotated[Literal["geometric"], Flag(panel="Model")] = "geometric"
    """How the effect of spend carries over to later rows."""
    adstock_max_lag: Annotated[int, Flag(panel="Model", chosen=True), Field(ge=0, le=365)] = 8
    """Longest carry-over of spend, in rows; how fast it fades is learnt."""
    saturation: Annotated[Literal["hill", "logistic"], Flag(panel="Model", chosen=True)] = "hill"
    """How returns diminish as spend grows."""
    trend: Annotated[Literal["none", "linear"], Flag(panel="Model", chosen=True)] = "linear"
    """Slow movement of the baseline."""
    seasonality: Annotated[int, Flag(panel="Model", chosen=True), Field(ge=0, le=26)] = 2
    """Pairs of waves (Fourier terms) of the yearly season; 0 for none."""
    weekly_seasonality: Annotated[int, Flag(panel="Model", chosen=True), Field(ge=0, le=3)] = 0
    """Pairs of waves (Fourier terms) of the day of the week, for daily rows; 0 for none."""
    priors: Annotated[dict[str, float], Flag(hidden=True)] = Field(default_factory=dict)
    """Numbers of the priors, such as `trend.scale`, where they differ from the defaults shown in the report."""
    inference: Annotated[Literal["nuts", "svi"], Flag(panel="Model")] = "nuts"
    """Sampling (nuts), or a quicker approximation (svi)."""
    ci_level: Annotated[float, Flag(panel="Model"), Field(gt=0, lt=1)] = 0.9
    """Level of the intervals."""

    # The sampler: the diagnostics agent
    chains: Annotated[int, Flag(panel="Diagnostics"), Field(ge=2, le=16)] = 4
    """Chains of the sampler."""
    min_ess: Annotated[int, Flag(panel="Diagnostics"), Field(ge=100)] = 400
    """Effective draws wanted of every quantity; the sampler goes on until then."""
    max_rhat: Annotated[float, Flag(panel="Diagnostics"), Field(gt=1, le=1.1)] = 1.01
    """R-hat wanted of every quantity; the sampler goes on until then."""
    max_seconds: Annotated[float, Flag(panel="Diagnostics"), Field(gt=0)] = 600
    """Seconds after which the sampler stops whether it has converged or not."""

    # The budget: the optimization agent
    budget: Annotated[float | None, Flag(panel="Budget"), Field(gt=0)] = None
    """Total to spend over the horizon; default: what was spent in the last `budget_horizon` rows."""
    budget_horizon: Annotated[int, Flag(panel="Budget"), Field(ge=1)] = 13
    """Rows over which the budget is spent."""
    budget_min: Annotated[dict[str, float], Flag(panel="Budget")] = Field(default_factory=dict)
    """Least spend of a channel over the horizon, as channel=amount."""
    budget_max: Annotated[dict[str, float], Flag(panel="Budget")] = Field(default_factory=dict)
    """Most spend of a channel over the horizon, as channel=amount."""
    budget_change: Annotated[float, Flag(panel="Budget"), Field(gt=0)] = 0.5
    """Largest change of a channel's spend, as a share of its recent spend, where no bound is given."""

    # The report: the visualization agent
    figures: Annotated[Literal["all", "main"], Flag(panel="Report")] = "all"
    """Which figures the report shows."""

    @model_validator(mode="after")
    def _bounds_name_channels(self) -> MMMSpec:
        for field in ("budget_min", "budget_max"):
            for name in getattr(self, field):
                if name not in self.channels:
                    raise ValueError(f"{field}: '{name}' is not one of the channels {', '.join(self.channels)}")
        return self
