"""What the stage that does not look at the outcome has to count: rows on either side of the comparison."""

from __future__ import annotations

import numpy as np

from cerebro_core.blocks.result import Estimate


def arm_counts(arm: np.ndarray, arms: tuple[str, ...]) -> tuple[Estimate, ...]:
    """The number of rows of each arm, as estimates named "n"; of all rows where there are no arms (a dose)."""
    if not arms:
        return (Estimate("n", float(len(arm)), label="Rows"),)
    return tuple(
        Estimate("n", float((arm == number).sum()), label=f"Rows, {name}", group=str(name))
        for number, name in enumerate(arms)
    )
