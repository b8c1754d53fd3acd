"""The result of the stage that does not look at the outcome: checks, and rows on either side of the comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.study_report import design_answer
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, Result, ResultTable


def arm_counts(arm: np.ndarray, arms: tuple[str, ...]) -> tuple[Estimate, ...]:
    """The number of rows of each arm, as estimates named "n"; of all rows where there are no arms (a dose)."""
    if not arms:
        return (Estimate("n", float(len(arm)), label="Rows"),)
    return tuple(
        Estimate("n", float((arm == number).sum()), label=f"Rows, {name}", group=str(name))
        for number, name in enumerate(arms)
    )


def design_result(
    sample: CausalSample, checks: Sequence[Diagnostic], tables: Mapping[str, ResultTable], charts: Sequence[Chart]
) -> Result:
    """What a comparison of arms gives where it stops before the outcome is looked at."""
    arms = sample.arms if sample.dose is None else ()
    return Result(
        design_answer(list(checks)),
        arm_counts(sample.arm, arms),
        tuple(checks),
        dict(tables),
        tuple(charts),
        len(sample.outcome),
    )
