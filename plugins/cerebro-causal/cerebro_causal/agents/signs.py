"""What an agent sees in a table that speaks for a design, gathered from the designs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cerebro_causal.agents import signs_did, signs_iv, signs_rdd

if TYPE_CHECKING:
    from cerebro_causal.agents.sign import Sign
    from cerebro_core.table import Table


def find_signs(table: Table, given: Mapping[str, Any], words: str) -> tuple[Sign, ...]:
    """Quasi-experimental designs that the table shows, strongest first; with `given["method"]`, of that one.

    Args:
        table: the user's table.
        given: what the user said.
        words: question and description, joined.
    """
    found = [
        *signs_did.signs(table, given, words),
        *signs_rdd.signs(table, given, words),
        *signs_iv.signs(table, given, words),
    ]
    wanted = given.get("method")
    kept = [sign for sign in found if wanted is None or sign.method == wanted]
    return tuple(sorted(kept, key=lambda sign: -sign.strength))
