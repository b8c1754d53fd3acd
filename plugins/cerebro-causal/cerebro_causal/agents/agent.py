"""CausalInferenceAgent: finds the roles in a table and chooses the design, with reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cerebro_causal.agents.casting import likely_cause, read_words
from cerebro_causal.agents.likeness import nearness
from cerebro_causal.agents.panels import Panel, find_panel
from cerebro_causal.agents.said_cutoffs import said_cutoffs
from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.decisions import Decision
from cerebro_core.spec import Column

if TYPE_CHECKING:
    from cerebro_causal.agents.asks import Asked
    from cerebro_core.table import ColumnProfile, Table

AGENT = "causal"
ROLES = frozenset(
    name
    for name, info in CausalInferenceSpec.model_fields.items()
    if any(isinstance(item, Column) for item in info.metadata)
)


@dataclass
class CausalInferenceAgent:
    """Completes the spec of a study.

    Attributes:
        table: the user's table.
        given: what the user said, without `method: auto`.
        question, description: in the user's words.
        values: what the agent fills in.
        decisions: one for each of these.
        rejected: what was looked at and left out, with the reason.
        told: designs whose parts the words name.
    """

    table: Table
    given: dict[str, Any]
    question: str = ""
    description: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    rejected: list[Decision] = field(default_factory=list)
    told: frozenset[str] = frozenset()

    @property
    def words(self) -> str:
        """Question and description."""
        question = self.question.strip()
        stop = "" if not question or question[-1] in ".?!;" else "."
        return f"{question}{stop} {self.description}".strip()

    @cached_property
    def asked(self) -> Asked:
        """What the words say of the columns."""
        return read_words(self.table, self.question, self.description)

    @cached_property
    def near(self) -> dict[str, float]:
        """How near each column is to the words of the question."""
        return nearness(self.table.columns, self.question, self.description)

    @cached_property
    def said_running(self) -> frozenset[str]:
        """Columns that the words compare with a number, as in "a headcount of 250 or more"."""
        return frozenset(item.running for item in said_cutoffs(self.table, self.words, None, self.taken()))

    def no_result(self) -> frozenset[str]:
        """Columns that the grammar of the question does not call the result, and that something else is made of."""
        if any(value >= 1 for value in self.asked.results.values()):
            return frozenset()
        cause = self.known("treatment") or likely_cause(self.table, self.asked, self.taken(), self.near)
        return self.said_running | ({cause} if cause else frozenset())

    @cached_property
    def panel(self) -> Panel | None:
        """Units over time, where the table follows some."""
        return find_panel(self.table, self.known("unit"), self.known("time"))

    def known(self, name: str) -> Any:
        """A field as the user or the agent set it, else its default."""
        for source in (self.given, self.values):
            if name in source:
                return source[name]
        return CausalInferenceSpec.model_fields[name].get_default(call_default_factory=True)

    def is_open(self, name: str) -> bool:
        """Whether nobody has set a field."""
        return name not in self.given and name not in self.values

    def decide(self, name: str, value: Any, reason: str, evidence: str = "") -> None:
        """Fill in a field."""
        self.values[name] = value
        shown = list(value) if isinstance(value, tuple) else value
        self.decisions.append(Decision(name, shown, reason, AGENT, evidence))

    def reject(self, name: str, value: Any, reason: str, evidence: str = "") -> None:
        """Say what was looked at and left out."""
        self.rejected.append(Decision(name, value, reason, AGENT, evidence, taken=False))

    def taken(self) -> frozenset[str]:
        """Columns that have a role."""
        found: set[str] = set()
        for source in (self.given, self.values):
            for name in ROLES & set(source):
                value = source[name]
                found |= {value} if isinstance(value, str) else set(value or ())
        return frozenset(found)

    def free(self) -> list[ColumnProfile]:
        """Columns without a role, in the order of the table."""
        taken = self.taken()
        return [column for name, column in self.table.columns.items() if name not in taken]
