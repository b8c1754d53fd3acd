"""Cerebro: from a table and a question to a checked causal analysis.

    from cerebro_core import profile, propose, validate, generate, run

Nothing heavy is imported until one of these is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cerebro_core.api import generate, profile, propose, run, validate

__version__ = "0.1.0"
__all__ = ["__version__", "generate", "profile", "propose", "run", "validate"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from cerebro_core import api

        return getattr(api, name)
    raise AttributeError(f"module 'cerebro_core' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
