"""The spec of an observational or quasi-experimental study: the fields of all its methods."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from cerebro_core.spec import AnalysisSpec, Column, Flag

NUMBER = Column(kinds=("number", "integer", "boolean"))

Estimand = Literal["ate", "att", "atc", "ato", "late"]
Design = Literal["observational", "experiment"]
Inference = Literal["auto", "robust", "bootstrap", "wild-bootstrap", "cr2", "bayesian"]
DidEstimator = Literal["auto", "two-by-two", "twfe", "callaway-santanna", "sun-abraham", "imputation"]


class CausalInferenceSpec(AnalysisSpec):
    """What one thing changed in another, from data that nobody, or only chance, arranged for it."""

    kind: ClassVar[str] = "causal"
    domain: ClassVar[str] = "causal"

    # Roles
    treatment: Annotated[str | None, Column(), Flag(panel="Roles", short="-t")] = None
    """Column with the cause: whether, or how much, each row was treated."""
    outcome: Annotated[str, NUMBER, Flag(panel="Roles", short="-y")]
    """Column with what the treatment may have changed: a number, a count, or 0/1."""
    confounders: Annotated[tuple[str, ...], Column(), Flag(panel="Roles")] = ()
    """Columns from before the treatment that move both treatment and outcome; in an experiment, that foretell it."""
    instruments: Annotated[tuple[str, ...], Column(), Flag(panel="Roles")] = ()
    """Columns that move the treatment, and the outcome through the treatment only."""
    mediators: Annotated[tuple[str, ...], Column(), Flag(panel="Roles")] = ()
    """Columns through which the treatment works; needed by the front door, never confounders."""
    running: Annotated[str | None, Column(kinds=("number", "integer")), Flag(panel="Roles")] = None
    """Column with the score whose cutoff decides about the treatment."""
    unit: Annotated[str | None, Column(), Flag(panel="Roles", chosen=True)] = None
    """Column that names the person, shop or region of each row, where a unit has several rows."""
    time: Annotated[str | None, Column(), Flag(panel="Roles", chosen=True)] = None
    """Column with the period of each row: a date, or a number that counts periods."""
    first_treated: Annotated[str | None, Column(), Flag(panel="Roles")] = None
    """Column with the first period in which the unit was treated; 0 or blank for never."""
    cluster: Annotated[str | None, Column(), Flag(panel="Roles")] = None
    """Column whose values hang together (shop, school), where errors should allow for that."""
    strata: Annotated[tuple[str, ...], Column(), Flag(panel="Roles")] = ()
    """Columns within whose values an experiment assigned the treatment (blocks)."""
    weights: Annotated[str | None, Column(kinds=("number", "integer")), Flag(panel="Roles")] = None
    """Column with sampling weights: how many units of the population each row stands for."""

    # The design
    method: Annotated[str, Flag(panel="Design", chosen=True)] = "backdoor"
    """Method that answers, or auto: the agent chooses by what the table shows."""
    design: Annotated[Design, Flag(panel="Design")] = "observational"
    """Whether the treatment was assigned by chance (experiment): only you can know."""
    estimand: Annotated[Estimand, Flag(panel="Design", chosen=True)] = "ate"
    """For whom: all (ate), the treated (att), the untreated (atc), where both overlap (ato), compliers (late)."""
    control: Annotated[str | None, Flag(panel="Design", chosen=True)] = None
    """Value of the treatment that the others are compared with."""
    graph: Annotated[str | None, Flag(panel="Design")] = None
    """Causal graph as a DOT or GML file, or as text such as "age -> t; age -> y; t -> y"."""
    stage: Annotated[Literal["full", "design"], Flag(panel="Design")] = "full"
    """Whether to stop after overlap and balance, before the outcome is looked at (design)."""
    missing: Annotated[Literal["refuse", "drop", "indicator"], Flag(panel="Design", chosen=True)] = "refuse"
    """Empty cells: refuse, leave such rows out (drop), or give those of confounders their own level (indicator)."""

    # Adjustment for confounders
    estimator: Annotated[Literal["aipw", "dml", "regression", "gcomputation"], Flag(panel="Adjustment")] = "aipw"
    """How backdoor adjusts: doubly robust (aipw), double machine learning (dml), or by a model of the outcome alone."""
    learner: Annotated[Literal["auto", "linear", "boosting"], Flag(panel="Adjustment")] = "auto"
    """What learns treatment and outcome from the confounders; auto takes what foretells best out of fold."""
    folds: Annotated[int, Flag(panel="Adjustment"), Field(ge=2, le=20)] = 5
    """Parts of the table for cross-fitting."""
    trim: Annotated[float, Flag(panel="Adjustment"), Field(ge=0, lt=0.5)] = 0.0
    """Leave out rows whose chance of treatment is below this or above one less this; 0 keeps all."""
    stabilised: Annotated[bool, Flag(panel="Adjustment")] = True
    """Whether weights are divided by their sum (Hajek), or not (Horvitz-Thompson)."""
    refute: Annotated[bool, Flag(panel="Adjustment")] = True
    """Whether to try the analysis where the answer is known: placebo treatment, random cause, subset, dummy outcome."""

    # Matching
    distance: Annotated[Literal["propensity", "mahalanobis"], Flag(panel="Matching")] = "propensity"
    """What makes two rows alike: their chance of treatment, or all confounders."""
    neighbours: Annotated[int, Flag(panel="Matching"), Field(ge=1, le=50)] = 1
    """Matches of each row."""
    caliper: Annotated[float | None, Flag(panel="Matching"), Field(gt=0)] = None
    """Largest distance of a match, in standard deviations of the logit of the chance of treatment."""
    replacement: Annotated[bool, Flag(panel="Matching")] = True
    """Whether a row can be the match of several."""
    bias_correction: Annotated[bool, Flag(panel="Matching")] = True
    """Whether differences that are left between matches are corrected by regression (Abadie and Imbens 2011)."""

    # Difference in differences
    did_estimator: Annotated[DidEstimator, Flag(panel="Difference in differences", chosen=True)] = "auto"
    """Estimator of difference in differences; auto: by how many periods and starts the table has."""
    control_group: Annotated[
        Literal["never-treated", "not-yet-treated"], Flag(panel="Difference in differences", chosen=True)
    ] = "never-treated"
    """Whom the treated are compared with."""
    anticipation: Annotated[int, Flag(panel="Difference in differences"), Field(ge=0, le=50)] = 0
    """Periods before the start in which the treatment may work already."""

    # Discontinuity
    cutoff: Annotated[float | None, Flag(panel="Discontinuity", chosen=True)] = None
    """Value of `--running` from which on the treatment is given."""
    fuzzy: Annotated[bool, Flag(panel="Discontinuity", chosen=True)] = False
    """Whether the cutoff only makes the treatment more likely."""
    kink: Annotated[bool, Flag(panel="Discontinuity")] = False
    """Whether the cutoff changes the slope of the treatment rather than its level."""
    bandwidth: Annotated[float | None, Flag(panel="Discontinuity"), Field(gt=0)] = None
    """Distance from the cutoff within which rows count; default: the one with the least mean squared error."""
    donut: Annotated[float, Flag(panel="Discontinuity"), Field(ge=0)] = 0.0
    """Distance from the cutoff within which rows are left out, where scores may have been pushed over it."""
    kernel: Annotated[Literal["triangular", "epanechnikov", "uniform"], Flag(panel="Discontinuity")] = "triangular"
    """How rows count by their distance from the cutoff."""
    polynomial: Annotated[int, Flag(panel="Discontinuity"), Field(ge=1, le=4)] = 1
    """Degree of the curve on each side of the cutoff."""

    # Instruments
    iv_estimator: Annotated[Literal["2sls", "liml", "gmm"], Flag(panel="Instruments")] = "2sls"
    """Estimator with instruments."""

    # Inference
    inference: Annotated[Inference, Flag(panel="Inference")] = "auto"
    """How uncertainty is measured; auto: what is right for the method and the number of clusters."""
    ci_level: Annotated[float, Flag(panel="Inference"), Field(gt=0.5, lt=1)] = 0.95
    """Level of the intervals."""
    draws: Annotated[int, Flag(panel="Inference"), Field(ge=99, le=100_000)] = 999
    """Draws of a bootstrap, where one is used."""

    @model_validator(mode="after")
    def _settings_fit_together(self) -> CausalInferenceSpec:
        if self.donut and self.bandwidth is not None and self.donut >= self.bandwidth:
            raise ValueError("donut: it must be less than the bandwidth, or no row is left")
        if self.fuzzy and self.treatment is None:
            raise ValueError("fuzzy: name the treatment that the cutoff makes more likely")
        return self
