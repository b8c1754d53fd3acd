"""What in a table speaks for difference in differences, a discontinuity or an instrument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cerebro_causal.signs import Sign

if TYPE_CHECKING:
    from cerebro_core.table import Table


def signs(table: Table, given: Mapping[str, Any]) -> tuple[Sign, ...]:
    """Quasi-experimental designs that the table shows, strongest first; with `given["method"]`, of that one.

    Args:
        table: the user's table.
        given: what the user said.
    """
    return ()
