"""What agents decide for the user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cerebro_core.spec import AnalysisSpec


@dataclass(frozen=True)
class Decision:
    """One choice an agent made for the user.

    Attributes:
        field: the spec field that was filled in.
        value: what it was set to (JSON-able).
        reason: why, in a sentence that a product manager understands.
        agent: the name of the agent, such as "exploration".
        evidence: figures from the table that the reason rests on, in a few words.
        taken: False for an alternative that was looked at and left out.
    """

    field: str
    value: Any
    reason: str
    agent: str
    evidence: str = ""
    taken: bool = True

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        domain: the domain asked for, or None for `cerebro auto`.
        given: what flags or YAML said, each value already checked by its field.
        question: the question in the user's words.
        description: a description of the data in the user's words.
    """

    domain: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    question: str = ""
    description: str = ""


@dataclass(frozen=True)
class Proposal:
    """A complete spec with the reasons for all that an agent filled in.

    Attributes:
        spec: the frozen, complete spec.
        score: 1 where the table shows the design, .5 where it is only possible, 0 where it cannot be.
        decisions: one for each field the agent filled in.
        rejected: one for each alternative considered and not taken, with its reason.
    """

    spec: AnalysisSpec
    score: float
    decisions: tuple[Decision, ...] = ()
    rejected: tuple[Decision, ...] = ()

    @property
    def all_decisions(self) -> tuple[Decision, ...]:
        """What was taken, then what was left out, for the script and the report."""
        return self.decisions + tuple(replace(item, taken=False) for item in self.rejected)
