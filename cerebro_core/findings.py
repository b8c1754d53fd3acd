"""What validators see."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing a validator saw.

    Attributes:
        severity: "error" stops generation (exit code 2); "warning" and "info" go into the script.
        code: a stable kebab-case name, such as `duplicate-dates`, for programs and docs.
        message: what is the matter, and where.
        remedy: what the user can do; empty where nothing is needed.
        field: the spec field it is about, if one.
    """

    severity: Severity
    code: str
    message: str
    remedy: str = ""
    field: str | None = None

    @property
    def sentence(self) -> str:
        """What is the matter and what to do."""
        return f"{self.message}; {self.remedy}" if self.remedy else self.message

    def as_dict(self) -> dict[str, str | None]:
        return asdict(self)
