"""The spec of the analysis of a bandit's log."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cerebro_core.spec import AnalysisSpec, Column, Flag

NUMBER = Column(kinds=("number", "integer", "boolean"))


class BanditSpec(AnalysisSpec):
    """What each arm of a bandit is worth, from its log, and what a policy would lose while it learns."""

    kind: ClassVar[str] = "bandit"
    domain: ClassVar[str] = "abtest"

    arm: Annotated[str, Column(), Flag(panel="Roles")]
    """Column with the arm that was played."""
    reward: Annotated[str, NUMBER, Flag(panel="Roles", short="-y")]
    """Column with what it earned."""
    propensity: Annotated[str | None, NUMBER, Flag(panel="Roles")] = None
    """Column with the chance that the logging policy gave to the arm it played."""
    time: Annotated[str | None, Column(kinds=("date", "integer", "number")), Flag(panel="Roles")] = None
    """Column with the time or order of each row; default: the order of the rows."""
    context: Annotated[tuple[str, ...], NUMBER, Flag(panel="Roles")] = ()
    """Columns of numbers known before the arm was chosen."""
    target: Annotated[str | None, Column(), Flag(panel="Roles")] = None
    """Column with the arm that a policy of yours would have played in each row, to value that policy."""
    target_chance: Annotated[str | None, NUMBER, Flag(panel="Roles")] = None
    """Column with the chance that a policy of yours would have given to the arm that was played, to value it."""
    reward_min: Annotated[float, Flag(panel="Roles")] = 0.0
    """Lowest reward that is possible, for intervals that hold at any time."""
    reward_max: Annotated[float | None, Flag(panel="Roles")] = None
    """Highest reward that is possible, for intervals that hold at any time; 1 where rewards are 0 and 1."""
    policy: Annotated[Literal["thompson", "ucb1", "epsilon_greedy", "linucb", "lints"], Flag(panel="Model")] = (
        "thompson"
    )
    """Policy whose regret is simulated, and which is replayed on the log."""
    epsilon: Annotated[float, Flag(panel="Model"), Field(ge=0, le=1)] = 0.1
    """Share of random plays of epsilon_greedy."""
    horizon: Annotated[int, Flag(panel="Model"), Field(ge=10, le=100_000)] = 2_000
    """Plays in a simulated run."""
    simulations: Annotated[int, Flag(panel="Model"), Field(ge=10, le=10_000)] = 200
    """Simulated runs."""
    ci_level: Annotated[float, Flag(panel="Model"), Field(gt=0, lt=1)] = 0.95
    """Level of the intervals."""
    method: Annotated[Literal["bandit"], Flag(panel="Model", hidden=True)] = "bandit"
    """Method that answers."""
