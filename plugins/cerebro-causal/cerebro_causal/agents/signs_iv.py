"""What in a table speaks for an instrument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cerebro_causal.agents.sign import Sign
    from cerebro_core.table import Table


def signs(table: Table, given: Mapping[str, Any], words: str) -> Iterator[Sign]:
    """Where the table shows, or allows, an instrument.

    Args:
        table: the user's table.
        given: what the user said.
        words: question and description, joined.
    """
    yield from ()
