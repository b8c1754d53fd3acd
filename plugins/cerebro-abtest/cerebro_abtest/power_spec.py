"""The spec of a power analysis."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cerebro_core.spec import AnalysisSpec, Column, Flag

NUMBER = Column(kinds=("number", "integer", "boolean"))


class PowerAnalysisSpec(AnalysisSpec):
    """How many units an experiment needs, which effect it can find, or how likely it finds it."""

    kind: ClassVar[str] = "power-analysis"
    domain: ClassVar[str] = "abtest"
    data_optional: ClassVar[bool] = True

    # The question
    baseline: Annotated[float | None, Flag(panel="Question")] = None
    """Mean, share or ratio that the control will show, such as 0.05; default: that of the history."""
    mde: Annotated[float | None, Flag(panel="Question")] = None
    """Smallest effect worth finding (minimum detectable effect); left out, it is solved for."""
    mde_scale: Annotated[Literal["absolute", "relative"], Flag(panel="Question")] = "absolute"
    """Whether --mde and --margin are in the outcome's unit, or shares of the baseline."""
    sample_size: Annotated[int | None, Flag(panel="Question")] = None
    """Units in the control arm; left out, it is solved for."""
    power: Annotated[float | None, Flag(panel="Question", chosen=True)] = None
    """Chance to find the effect if it is there; solved for where --mde and --sample-size are given."""
    alpha: Annotated[float, Flag(panel="Question")] = 0.05
    """Chance to find an effect that is not there, over all arms and looks."""
    sides: Annotated[Literal["two", "one"], Flag(panel="Question")] = "two"
    """Whether an effect in either direction is looked for, or in the one of --mde."""
    hypothesis: Annotated[Literal["difference", "non-inferiority", "equivalence"], Flag(panel="Question")] = (
        "difference"
    )
    """What is to be shown; the last two take --margin, assume no true difference, and test each side at alpha."""
    margin: Annotated[float | None, Flag(panel="Question")] = None
    """The loss (or difference) that would still be acceptable, above 0, in place of --mde."""

    # The outcome
    metric: Annotated[Literal["auto", "proportion", "mean", "ratio"], Flag(panel="Outcome", chosen=True)] = "auto"
    """What the outcome is."""
    sd: Annotated[float | None, Flag(panel="Outcome")] = None
    """Standard deviation of the outcome over units (of the numerator, for a ratio)."""
    denominator_mean: Annotated[float | None, Flag(panel="Outcome")] = None
    """Ratio: mean of the denominator over units, such as views per user."""
    denominator_sd: Annotated[float | None, Flag(panel="Outcome")] = None
    """Ratio: standard deviation of the denominator over units."""
    correlation: Annotated[float | None, Flag(panel="Outcome")] = None
    """Ratio: correlation of numerator and denominator over units."""
    variance_explained: Annotated[float | None, Flag(panel="Outcome")] = None
    """Share of the outcome's variance that covariates from before explain (CUPED): the squared correlation."""
    icc: Annotated[float | None, Flag(panel="Outcome")] = None
    """Intra-cluster correlation, where whole clusters are put into arms."""
    cluster_size: Annotated[float | None, Flag(panel="Outcome")] = None
    """Mean number of units in a cluster."""
    cluster_cv: Annotated[float, Flag(panel="Outcome"), Field(ge=0)] = 0.0
    """Coefficient of variation of the clusters' sizes."""

    # The design
    shares: Annotated[tuple[float, ...], Flag(panel="Design")] = ()
    """Share of units of each arm, the control first, such as 0.5,0.25,0.25; default: two equal arms."""
    correction: Annotated[Literal["none", "bonferroni", "holm", "dunnett"], Flag(panel="Design", chosen=True)] = "none"
    """How several arms share alpha; power is that of one arm's comparison with the control."""
    looks: Annotated[int, Flag(panel="Design"), Field(ge=1, le=100)] = 1
    """How often the data is looked at, equally spaced."""
    spending: Annotated[Literal["obrien-fleming", "pocock", "kim-demets"], Flag(panel="Design")] = "obrien-fleming"
    """How alpha is spent over the looks."""
    spending_power: Annotated[float, Flag(panel="Design"), Field(gt=0, le=10)] = 2.0
    """Kim and DeMets: alpha t^power."""
    convention: Annotated[
        Literal["auto", "pooled", "unpooled", "arcsine", "baseline"], Flag(panel="Design", chosen=True)
    ] = "auto"
    """Proportions: variance under no effect pooled, unpooled, arcsine-transformed, or of the baseline alone."""
    units_per_day: Annotated[float | None, Flag(panel="Design")] = None
    """Units that enter on a day, over all arms, for days needed and the curve of the MDE over time."""
    simulations: Annotated[int, Flag(panel="Design"), Field(ge=0, le=1_000_000)] = 4_000
    """Experiments that are simulated to check the power; 0 for none."""

    # History
    outcome: Annotated[str | None, NUMBER, Flag(panel="History", short="-y")] = None
    """Column of the history with the outcome of each unit."""
    denominator: Annotated[str | None, NUMBER, Flag(panel="History")] = None
    """Column of the history below the line, for a ratio."""
    covariate: Annotated[str | None, NUMBER, Flag(panel="History")] = None
    """Column of the history that was known before, for the variance that CUPED takes away."""
    cluster: Annotated[str | None, Column(), Flag(panel="History")] = None
    """Column of the history with the cluster of each unit, for its correlation and size."""

    method: Annotated[Literal["power"], Flag(panel="Design", hidden=True)] = "power"
    """Method that answers."""
