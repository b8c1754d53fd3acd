"""Checks whose figure is a p-value, and that say so."""

from __future__ import annotations

from cerebro_core.blocks.result import Diagnostic


def p_diagnostic(name: str, status: str, message: str, p_value: float, limit: float) -> Diagnostic:
    """A check by a test; its message ends with what its figure and its limit are."""
    shown = f"{p_value:.2g}" if p_value >= 0.0001 else "below 0.0001"
    told = f"{message} The p-value of this test is {shown}, the limit {limit:g}."
    return Diagnostic(name, status, told, p_value, limit)
