"""The spec of the analysis of an experiment."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from cerebro_core.spec import AnalysisSpec, Column, Flag

NUMBER = Column(kinds=("number", "integer", "boolean"))
GROUP = Column(kinds=("text", "integer", "boolean"))

Test = Literal["auto", "welch", "student", "z", "chi2", "fisher", "boschloo", "mann-whitney", "permutation", "quantile"]
Model = Literal["auto", "beta", "normal", "lognormal", "poisson", "each"]
Sequence = Literal["auto", "group", "msprt", "asymptotic", "bounded"]


class ABTestSpec(AnalysisSpec):
    """What an experiment changed, how sure that is, and whether it was run well."""

    kind: ClassVar[str] = "abtest"
    domain: ClassVar[str] = "abtest"
    method_field: ClassVar[str] = "type"

    # Roles
    treatment: Annotated[str, GROUP, Flag(panel="Roles", short="-t")]
    """Column with the arm that each row was put into by chance."""
    outcome: Annotated[tuple[str, ...], NUMBER, Flag(panel="Roles", short="-y"), Field(min_length=1)]
    """Columns that the experiment should move; the first is the one that decides."""
    guardrail: Annotated[tuple[str, ...], NUMBER, Flag(panel="Roles")] = ()
    """Columns that must not get worse."""
    denominator: Annotated[str | None, NUMBER, Flag(panel="Roles")] = None
    """Column below the line, where each outcome is a ratio such as clicks per view."""
    covariates: Annotated[tuple[str, ...], NUMBER, Flag(panel="Roles")] = ()
    """Columns measured before the treatment that foretell the outcome, for narrower intervals (CUPED)."""
    covariate_of: Annotated[dict[str, str], Flag(panel="Roles", chosen=True)] = Field(default_factory=dict)
    """Those covariates that serve one outcome alone, as outcome=column; the others serve all."""
    strata: Annotated[tuple[str, ...], GROUP, Flag(panel="Roles")] = ()
    """Columns known before the treatment, within whose values the arms are compared (post-stratification)."""
    segment: Annotated[str | None, GROUP, Flag(panel="Roles")] = None
    """Column whose values may differ in their effect (hierarchical model)."""
    cluster: Annotated[str | None, Column(), Flag(panel="Roles")] = None
    """Column with what was really put into arms (user, shop), where a row is less than that."""
    unit: Annotated[str | None, Column(), Flag(panel="Roles")] = None
    """Column that names the unit of each row, to see units that are in two arms or twice in the table."""
    date: Annotated[str | None, Column(kinds=("date",)), Flag(panel="Roles")] = None
    """Column with the date of each row: when the unit entered the experiment."""

    # The design
    control: Annotated[str | None, Flag(panel="Design", chosen=True)] = None
    """Arm that the others are compared with."""
    allocation: Annotated[dict[str, float], Flag(panel="Design")] = Field(default_factory=dict)
    """Share of units that each arm was meant to get, as arm=share; default: equal shares."""
    lower_is_better: Annotated[tuple[str, ...], Flag(panel="Design")] = ()
    """Those outcomes and guardrails of which less is better, such as complaints."""
    covariate_date: Annotated[str | None, Column(kinds=("date",)), Flag(panel="Design")] = None
    """Column with the date on which the covariates were measured, to see whether that was before the treatment."""

    # The method
    type: Annotated[str, Flag(panel="Method", chosen=True)] = "frequentist"
    """Kind of inference: frequentist, sequential, bayesian, hierarchical, or auto."""
    ci_level: Annotated[float, Flag(panel="Method"), Field(gt=0.5, lt=1)] = 0.95
    """Level of the intervals; one less this is the rate of false alarms (alpha)."""
    hypothesis: Annotated[Literal["difference", "noninferiority", "equivalence"], Flag(panel="Method")] = "difference"
    """What is to be shown: that arms differ, that a new one is not worse, or that both are alike."""
    margin: Annotated[float | None, Flag(panel="Method"), Field(gt=0)] = None
    """How much worse (or different) is still acceptable, for noninferiority and equivalence and for guardrails."""
    margin_scale: Annotated[Literal["absolute", "relative"], Flag(panel="Method")] = "absolute"
    """Whether the margin is in the unit of the outcome, or a share of the control's mean."""

    # Outliers
    cap: Annotated[float | None, Flag(panel="Outliers")] = None
    """Highest value that counts; larger ones are set to it."""
    winsorize: Annotated[float | None, Flag(panel="Outliers"), Field(gt=0.5, lt=1)] = None
    """Quantile beyond which values are set to it, such as 0.99, over all arms together."""

    # Frequentist
    test: Annotated[Test, Flag(panel="Frequentist", chosen=True)] = "welch"
    """Test that is used."""
    adjustment: Annotated[Literal["cuped", "regression"], Flag(panel="Frequentist")] = "cuped"
    """How covariates enter: one slope for all arms (cuped), or one for each (regression, Lin 2013)."""
    relative: Annotated[Literal["fieller", "delta"], Flag(panel="Frequentist")] = "fieller"
    """Interval of the relative lift: Fieller's, or the delta method's."""
    correction: Annotated[Literal["auto", "none", "holm", "bh", "dunnett"], Flag(panel="Frequentist", chosen=True)] = (
        "none"
    )
    """Correction for several arms and outcomes; its intervals are simultaneous."""
    quantile: Annotated[float, Flag(panel="Frequentist"), Field(gt=0, lt=1)] = 0.5
    """Quantile that the quantile test compares; 0.5 is the median."""
    permutations: Annotated[int, Flag(panel="Frequentist"), Field(ge=199, le=1_000_000)] = 9999
    """Permutations of the permutation test."""

    # Bayesian
    model: Annotated[Model, Flag(panel="Bayesian", chosen=True)] = "normal"
    """Distribution of the outcome: beta (yes or no), normal, lognormal (revenue with zeros), poisson (counts), or
    each outcome by its own values."""
    priors: Annotated[dict[str, float], Flag(hidden=True)] = Field(default_factory=dict)
    """Numbers of the priors, where they differ from the defaults shown in the report."""
    rope: Annotated[float | None, Flag(panel="Bayesian"), Field(gt=0)] = None
    """Difference that is too small to matter (half width of the region of practical equivalence)."""
    loss_threshold: Annotated[float | None, Flag(panel="Bayesian"), Field(gt=0)] = None
    """Expected loss at which an arm is good enough to be chosen."""

    # Sequential
    sequence: Annotated[Sequence, Flag(panel="Sequential", chosen=True)] = "asymptotic"
    """How looks are allowed for: group (planned looks), bounded (any time, exact), asymptotic (any time), msprt."""
    looks: Annotated[Literal["none", "daily", "weekly", "each"], Flag(panel="Sequential", chosen=True)] = "none"
    """When the data was looked at: at the end of each day or week, at each value of `--date`, or once."""
    planned_looks: Annotated[int | None, Flag(panel="Sequential"), Field(ge=1, le=500)] = None
    """Looks that were planned; default: those in the data."""
    horizon: Annotated[int | None, Flag(panel="Sequential"), Field(ge=2)] = None
    """Rows that were planned in all; a frequentist answer warns before, a sequential one is tuned for it."""
    spending: Annotated[Literal["obrien-fleming", "pocock", "kim-demets"], Flag(panel="Sequential")] = "obrien-fleming"
    """How the rate of false alarms is spent over planned looks."""
    spending_power: Annotated[float, Flag(panel="Sequential"), Field(gt=0, le=20)] = 3.0
    """Power of Kim and DeMets' spending function."""
    futility: Annotated[Literal["none", "obrien-fleming", "pocock", "kim-demets"], Flag(panel="Sequential")] = "none"
    """How the risk of missing an effect is spent on stopping early for futility (non-binding)."""
    power: Annotated[float, Flag(panel="Sequential"), Field(gt=0.5, lt=1)] = 0.8
    """Power that the experiment was planned for, where futility is looked at."""
    mixing: Annotated[float | None, Flag(panel="Sequential"), Field(gt=0)] = None
    """Standard deviation of the effects that the mSPRT looks for, in the unit of the outcome."""
    floor: Annotated[float, Flag(panel="Sequential")] = 0.0
    """Lowest value that the outcome can take, for bounded sequences; the highest is `--cap`."""

    # Checks
    min_p_allocation: Annotated[float, Flag(panel="Checks"), Field(gt=0, lt=0.1)] = 0.001
    """Chance below which arm sizes are called a sample ratio mismatch."""

    @model_validator(mode="after")
    def _settings_fit_together(self) -> ABTestSpec:
        metrics = {*self.outcome, *self.guardrail}
        for field in ("lower_is_better", "covariate_of"):
            for name in getattr(self, field):
                if name not in metrics:
                    raise ValueError(f"{field}: '{name}' is none of {', '.join(sorted(metrics))}")
        for name in self.covariate_of.values():
            if name not in self.covariates:
                raise ValueError(f"covariate_of: '{name}' is not among the covariates; name it there too")
        if any(share <= 0 for share in self.allocation.values()):
            raise ValueError("allocation: each share must be more than 0")
        if self.hypothesis != "difference" and self.margin is None:
            raise ValueError(f"margin: {self.hypothesis} needs to know how much is still acceptable")
        if self.cap is not None and self.cap <= self.floor:
            raise ValueError("cap: it must be more than the floor")
        if self.cap is not None and self.winsorize is not None:
            raise ValueError("cap: give a cap or a quantile to winsorise at, not both")
        return self
