"""The spec of a marketing mix model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cerebro_core.spec import AnalysisSpec, Column, Flag

NUMBER = Column(kinds=("number", "integer"))


class Between(BaseModel):
    """A belief: nine times in ten the truth lies between these."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    low: Annotated[float, Field(gt=0)]
    high: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _in_order(self) -> Between:
        if self.low >= self.high:
            raise ValueError(f"low ({self.low:g}) must be below high ({self.high:g})")
        return self


class LiftTest(BaseModel):
    """An experiment on one channel."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    channel: str
    """The channel whose spend was changed."""
    start: dt.date
    """First day of the test."""
    end: dt.date
    """Last day of the test."""
    spend_change: float
    """Money spent more (below zero: less) than the table says was spent in this period."""
    lift: float
    """Outcome gained (below zero: lost) by it, carry-over included."""
    std_error: Annotated[float, Field(gt=0)]
    """Standard error of the lift."""
    region: str | None = None
    """Region of a panel in which the test ran; none for all."""

    @model_validator(mode="after")
    def _in_order(self) -> LiftTest:
        if self.end < self.start:
            raise ValueError(f"the test of {self.channel} ends before it starts")
        return self


def read_lift_test(value: Any) -> Any:
    """`tv:2024-01-01:2024-02-25:-50000:-120000:30000` as the fields of a `LiftTest`."""
    if not isinstance(value, str):
        return value
    parts = value.rsplit(":", 5)
    if len(parts) != 6:
        raise ValueError(f"'{value}' is not CHANNEL:START:END:SPEND_CHANGE:LIFT:STD_ERROR")
    return dict(zip(("channel", "start", "end", "spend_change", "lift", "std_error"), parts, strict=True))


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
    geo: Annotated[str | None, Column(), Flag(panel="Roles")] = None
    """Column that names the region of each row, for a panel of regions; none for one market."""
    exposure: Annotated[dict[str, str], NUMBER, Flag(panel="Roles")] = Field(default_factory=dict)
    """Column with what people saw of a channel (impressions, GRPs), as channel=column; its spend is then only paid."""
    reach: Annotated[dict[str, str], NUMBER, Flag(panel="Roles")] = Field(default_factory=dict)
    """Column with the people reached by a channel, as channel=column; needs its average_frequency too."""
    average_frequency: Annotated[dict[str, str], NUMBER, Flag(panel="Roles")] = Field(default_factory=dict)
    """Column with how often each was reached on average, as channel=column."""
    revenue_per_unit: Annotated[str | None, NUMBER, Flag(panel="Roles")] = None
    """Column with the money that one unit of the outcome earned, where the outcome is no money."""
    unit_value: Annotated[float, Flag(panel="Roles"), Field(gt=0)] = 1.0
    """Money that one unit of the outcome earns, where it is the same in every row."""
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
    cross_validation: Annotated[int, Flag(panel="Diagnostics"), Field(ge=0, le=20)] = 0
    """Time slices of `holdout` rows, each foretold by a fit on the rows before it; 0 for the last one only."""

    # The model: the modeling agent
    engine: Annotated[str, Flag(panel="Model")] = "numpyro"
    """Engine that fits the model."""
    form: Annotated[Literal["given", "auto"], Flag(panel="Model", chosen=True)] = "given"
    """One form, as adstock and saturation say, or several that are weighed by how well they foretell (auto)."""
    adstock: Annotated[
        Literal["geometric", "delayed", "weibull_pdf", "weibull_cdf"], Flag(panel="Model", chosen=True)
    ] = "geometric"
    """How the effect of spend carries over to later rows."""
    adstock_max_lag: Annotated[int, Flag(panel="Model", chosen=True), Field(ge=0, le=365)] = 8
    """Longest carry-over of spend, in rows; how fast it fades is learnt."""
    saturation: Annotated[Literal["hill", "logistic"], Flag(panel="Model", chosen=True)] = "hill"
    """How returns diminish as spend grows."""
    order: Annotated[Literal["adstock_first", "saturation_first"], Flag(panel="Model")] = "adstock_first"
    """Whether returns diminish in what has carried over, or within each row before it carries over."""
    trend: Annotated[Literal["none", "linear", "local_level", "gp"], Flag(panel="Model", chosen=True)] = "linear"
    """Slow movement of the baseline: a straight line, and with it a random walk or a Gaussian process."""
    seasonality: Annotated[int, Flag(panel="Model", chosen=True), Field(ge=0, le=26)] = 2
    """Pairs of waves (Fourier terms) of the yearly season; 0 for none."""
    weekly_seasonality: Annotated[int, Flag(panel="Model", chosen=True), Field(ge=0, le=3)] = 0
    """Pairs of waves (Fourier terms) of the day of the week, for daily rows; 0 for none."""
    holidays: Annotated[str, Flag(panel="Model"), Field(max_length=12)] = ""
    """Country whose public holidays are part of the baseline, as an ISO code such as DE or US-CA; none by default."""
    demand_proxy: Annotated[Literal["auto", "on", "off"], Flag(panel="Model")] = "auto"
    """Give what moves all channels' spend alike to the baseline, since it may be demand; auto: where they do so."""
    prior: Annotated[dict[str, str], Flag(panel="Model")] = Field(default_factory=dict)
    """Belief about a channel, as roas:CHANNEL=lognormal(LOC,SCALE) or share:CHANNEL=…; also gamma and halfnormal."""
    beliefs: Annotated[dict[str, dict[Literal["roas", "share"], Between]], Flag(hidden=True)] = Field(
        default_factory=dict
    )
    """Beliefs in plain words, such as `tv: {roas: {low: 1, high: 4}}`: nine times in ten between these."""
    lift_tests: Annotated[tuple[Annotated[LiftTest, BeforeValidator(read_lift_test)], ...], Flag(panel="Model")] = ()
    """Experiments, as CHANNEL:START:END:SPEND_CHANGE:LIFT:STD_ERROR; in YAML as a list with these keys."""
    priors: Annotated[dict[str, float], Flag(hidden=True)] = Field(default_factory=dict)
    """Numbers of the priors, such as `trend.scale`, where they differ from the defaults shown in the report."""
    inference: Annotated[Literal["fast", "nuts", "svi"], Flag(panel="Model")] = "fast"
    """Importance sampling that hands over to nuts where its checks fail (fast), sampling (nuts), variational (svi)."""
    stan_runtime: Annotated[Literal["stanli", "cmdstanpy"], Flag(panel="Model")] = "stanli"
    """What runs Stan, for `--engine stan`: stanli needs no toolchain, cmdstanpy needs CmdStan."""
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

    budget_fixed: Annotated[tuple[str, ...], Flag(panel="Budget")] = ()
    """Channels whose spend stays what it recently was."""
    budget_groups: Annotated[dict[str, str], Flag(panel="Budget")] = Field(default_factory=dict)
    """Bounds of several channels together over the horizon, as A+B=LEAST:MOST."""
    risk_aversion: Annotated[float, Flag(panel="Budget"), Field(ge=0, le=1)] = 0.0
    """0 plans for the mean outcome, 1 for the mean of the worst fifth of what is possible."""

    # The report: the visualization agent
    figures: Annotated[Literal["all", "main"], Flag(panel="Report")] = "all"
    """Which figures the report shows."""

    @model_validator(mode="after")
    def _names_are_channels(self) -> MMMSpec:
        by_channel: dict[str, Mapping[str, Any]] = {
            "budget_min": self.budget_min,
            "budget_max": self.budget_max,
            "budget_fixed": dict.fromkeys(self.budget_fixed),
            "exposure": self.exposure,
            "reach": self.reach,
            "average_frequency": self.average_frequency,
            "beliefs": self.beliefs,
            "prior": dict.fromkeys(key.partition(":")[2] for key in self.prior),
            "lift_tests": dict.fromkeys(test.channel for test in self.lift_tests),
        }
        for field, names in by_channel.items():
            for name in names:
                if name not in self.channels:
                    raise ValueError(f"{field}: '{name}' is not one of the channels {', '.join(self.channels)}")
        if self.reach.keys() != self.average_frequency.keys():
            raise ValueError("reach and average_frequency must name the same channels")
        if both := sorted(self.reach.keys() & self.exposure.keys()):
            raise ValueError(f"'{both[0]}' has both exposure and reach; give one")
        return self
