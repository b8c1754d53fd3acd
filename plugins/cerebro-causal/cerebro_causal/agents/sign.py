"""What an agent sees in a table that speaks for a design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sign:
    """A design that a table shows, or allows.

    Attributes:
        method: the method that would answer, such as "did".
        strength: 1 where the values show the design, 0.5 where they only allow it.
        values: spec fields that the design would fill in, for those that the user left open.
        reasons: why, for each of these fields; and for "method" why this design.
        evidence: figures from the table that the reasons rest on.
        unknown: what must hold and cannot be seen in columns, in a sentence.
    """

    method: str
    strength: float
    values: Mapping[str, Any] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    evidence: str = ""
    unknown: str = ""
