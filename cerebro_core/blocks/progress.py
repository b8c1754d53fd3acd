"""Where a long run is, on stderr."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Says on stderr which stage runs.

    Attributes:
        quiet: say nothing.
        bars: whether libraries may draw progress bars of their own.
    """

    quiet: bool = False
    bars: bool = False

    def stage(self, name: str) -> None:
        """Announce that the stage `name` begins."""
        if not self.quiet:
            print(f"… {name}", file=sys.stderr, flush=True)
