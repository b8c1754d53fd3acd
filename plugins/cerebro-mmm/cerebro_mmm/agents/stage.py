"""What a stage's agent hands back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cerebro_core.decisions import Decision


class Stage:
    """The choices of one agent; a field that the user gave is never touched.

    Attributes:
        values: field -> value, for the fields this agent filled in.
        decisions: one for each of them.
        rejected: alternatives that were looked at and left.
    """

    def __init__(self, agent: str, given: Mapping[str, Any]) -> None:
        self.agent = agent
        self.given = given
        self.values: dict[str, Any] = {}
        self.decisions: list[Decision] = []
        self.rejected: list[Decision] = []

    def choose(self, field: str, value: Any, reason: str, evidence: str = "") -> Any:
        """Fill in a field unless the user gave it; returns the value that holds."""
        if field in self.given:
            return self.given[field]
        self.values[field] = value
        shown = list(value) if isinstance(value, tuple) else value
        self.decisions.append(Decision(field, shown, reason, self.agent, evidence))
        return value

    def reject(self, field: str, value: Any, reason: str, evidence: str = "") -> None:
        """Note an alternative that was not taken."""
        self.rejected.append(Decision(field, value, reason, self.agent, evidence))
