"""The spec of a study by comparison of arms: the fields of all its methods."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from cerebro_causal.estimators import ESTIMATORS, Estimator
from cerebro_core.spec import AnalysisSpec, Column, Flag

NUMBER = Column(kinds=("number", "integer", "boolean"))

Estimand = Literal["ate", "att", "atc", "ato"]
Design = Literal["observational", "experiment"]


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
    cluster: Annotated[str | None, Column(), Flag(panel="Roles")] = None
    """Column whose values hang together (shop, school), where errors should allow for that."""
    strata: Annotated[tuple[str, ...], Column(), Flag(panel="Roles")] = ()
    """Columns within whose values an experiment assigned the treatment (blocks), or matches must agree (psm)."""
    weights: Annotated[str | None, Column(kinds=("number", "integer")), Flag(panel="Roles")] = None
    """Column with sampling weights: how many units of the population each row stands for."""

    # Panels
    unit: Annotated[str | None, Column(), Flag(panel="Roles")] = None
    """Column with whom each row is about (shop, person), in a panel."""
    time: Annotated[str | None, Column(), Flag(panel="Roles")] = None
    """Column with the period of each row."""
    first_treated: Annotated[str | None, Column(), Flag(panel="Roles")] = None
    """Column with the first period in which the unit was treated; 0 or blank is never."""
    comparison: Annotated[Literal["auto", "never", "not_yet"], Flag(panel="Panels")] = "auto"
    """Whom treated units are compared with: never treated, also not yet treated, or by how many there are."""
    anticipation: Annotated[int, Flag(panel="Panels"), Field(ge=0, le=100)] = 0
    """Periods before treatment in which it may already act."""
    inference: Annotated[Literal["auto", "analytic", "jackknife", "cr2", "wild", "bayesian"], Flag(panel="Panels")] = (
        "auto"
    )
    """How intervals come about: by the number of clusters, or as named; wild and cr2 with --estimator twfe."""

    # Cutoffs
    running: Annotated[str | None, Column(kinds=("number", "integer", "date")), Flag(panel="Roles")] = None
    """Column that decides about the treatment at a cutoff (score, age, distance)."""
    cutoff: Annotated[float | None, Flag(panel="Roles", chosen=True)] = None
    """Value of the running column from which rows are treated."""
    fuzzy: Annotated[bool, Flag(panel="Cutoff", chosen=True)] = False
    """Whether the cutoff only moves the chance of treatment, so that some above are untreated or some below treated."""
    kink: Annotated[bool, Flag(panel="Cutoff")] = False
    """Whether the treatment's slope changes at the cutoff, and not its level."""
    bandwidth: Annotated[float | None, Flag(panel="Cutoff", chosen=True), Field(gt=0)] = None
    """How far from the cutoff rows are compared; without it, what makes the error least."""
    bandwidth_rule: Annotated[Literal["mserd", "msetwo", "cerrd", "certwo"], Flag(panel="Cutoff")] = "mserd"
    """What the bandwidth makes best: the error (mse) or the interval (cer); one for both sides (rd) or two (two)."""
    kernel: Annotated[Literal["triangular", "epanechnikov", "uniform"], Flag(panel="Cutoff")] = "triangular"
    """How rows further from the cutoff count less."""
    degree: Annotated[int | None, Flag(panel="Cutoff", chosen=True), Field(ge=0, le=4)] = None
    """Degree of the curves on both sides: 1 (lines), or 2 for a kink."""
    donut: Annotated[float, Flag(panel="Cutoff"), Field(ge=0)] = 0.0
    """Leave out rows closer to the cutoff than this, where people may have moved themselves across."""

    # Instruments
    instruments: Annotated[tuple[str, ...], Column(), Flag(panel="Roles")] = ()
    """Columns that move the treatment, and the outcome only through it."""
    errors: Annotated[Literal["robust", "classical"], Flag(panel="Inference")] = "robust"
    """Whether errors allow for rows that spread unequally (robust), or not; --cluster goes further than either."""

    # Mediators
    mediators: Annotated[tuple[str, ...], Column(), Flag(panel="Roles")] = ()
    """Columns through which all of the treatment's effect runs, for the front door."""

    # The design
    method: Annotated[str, Flag(panel="Design", chosen=True)] = "backdoor"
    """Method that answers, or auto: the agent chooses by what the table shows."""
    design: Annotated[Design, Flag(panel="Design")] = "observational"
    """Whether the treatment was assigned by chance (experiment): only you can know."""
    estimand: Annotated[Estimand, Flag(panel="Design", chosen=True)] = "ate"
    """For whom: all (ate), the treated (att), the untreated (atc), where both overlap (ato)."""
    control: Annotated[str | None, Flag(panel="Design", chosen=True)] = None
    """Value of the treatment that the others are compared with."""
    graph: Annotated[str | None, Flag(panel="Design")] = None
    """Causal graph as a DOT file, or as text such as "age -> t; age -> y; t -> y"."""
    stage: Annotated[Literal["full", "design"], Flag(panel="Design")] = "full"
    """Whether to stop after overlap and balance, before the outcome is looked at (design)."""
    missing: Annotated[Literal["refuse", "drop", "indicator"], Flag(panel="Design", chosen=True)] = "refuse"
    """Empty cells: refuse, leave such rows out (drop), or give those of confounders their own level (indicator)."""

    # Adjustment for confounders
    estimator: Annotated[Estimator | None, Flag(panel="Adjustment", chosen=True)] = None
    """How the method estimates: backdoor by aipw, dml, …; iv by 2sls, liml, gmm; did by callaway_santanna, twfe, …"""
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
    """What makes rows alike: their chance of treatment (propensity), or all confounders at once (mahalanobis)."""
    neighbours: Annotated[int, Flag(panel="Matching"), Field(ge=1, le=100)] = 1
    """How many rows of the other arm each row is compared with; more where several are equally near."""
    replacement: Annotated[bool, Flag(panel="Matching")] = True
    """Whether a row may be the match of several others; without, --estimand is att or atc."""
    caliper: Annotated[float | None, Flag(panel="Matching"), Field(gt=0)] = None
    """Farthest match: in standard deviations of the chance (.2 is usual), or in Mahalanobis distance."""
    bias_correction: Annotated[Literal["auto", "regression", "none"], Flag(panel="Matching")] = "auto"
    """Correct by regression for what is left between matches; auto does, but for one neighbour on the chance."""

    # Inference
    ci_level: Annotated[float, Flag(panel="Inference"), Field(gt=0.5, lt=1)] = 0.95
    """Level of the intervals."""

    @model_validator(mode="before")
    @classmethod
    def _estimator_of_the_method(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        able = ESTIMATORS.get(values.get("method", "backdoor"), ())
        if able and values.get("estimator") is None:
            return {**values, "estimator": able[0]}
        return values

    @model_validator(mode="after")
    def _estimator_is_one_of_the_method(self) -> CausalInferenceSpec:
        able = ESTIMATORS.get(self.method, ())
        if self.estimator is not None and able and self.estimator not in able:
            raise ValueError(f"estimator: {self.method} estimates by {', '.join(able)}, not by {self.estimator}")
        return self
