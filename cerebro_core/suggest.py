"""Suggesting the name that was meant, and showing names safely."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from cerebro_core.blocks.display import display


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest known name, else an empty string."""
    by_fold = {item.casefold(): item for item in known}
    if name.casefold() in by_fold:
        return f"; did you mean '{display(by_fold[name.casefold()])}'?"
    close = difflib.get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.6)
    return f"; did you mean '{display(by_fold[close[0]])}'?" if close else ""


def listing(names: Iterable[str], limit: int = 12) -> str:
    """Names for a message: shown safely, quoted, cut after `limit`."""
    shown = [f"'{display(name)}'" for name in names]
    more = f" and {len(shown) - limit} more" if len(shown) > limit else ""
    return ", ".join(shown[:limit]) + more
