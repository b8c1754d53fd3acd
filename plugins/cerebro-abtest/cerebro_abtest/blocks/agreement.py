"""Whether p-values and intervals say the same, and a word where they do not."""

from __future__ import annotations

from collections.abc import Sequence

from cerebro_abtest.blocks.arms import Arms
from cerebro_abtest.blocks.comparison_report import Compared
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Diagnostic

SLACK = 1e-9


def leaves_out_zero(item: Compared) -> bool:
    """Whether the interval of a comparison lies on one side of zero."""
    low, high = item.adjusted.interval
    return (low is not None and low > 0) or (high is not None and high < 0)


def agreement_check(arms: Arms, compared: Sequence[Compared], ci_level: float) -> Diagnostic:
    """Is each comparison that is significant one whose interval leaves out zero, and the reverse?

    They part where Holm's steps find more than Bonferroni's intervals, and at the edge of exact tests, whose p-value
    and interval order the tables in different ways.
    """
    alpha = 1 - ci_level
    apart = [item for item in compared if (item.adjusted.p_value <= alpha + SLACK) != leaves_out_zero(item)]
    if not apart:
        message = "Each p-value agrees with its interval about whether there is an effect."
        return Diagnostic("p_and_interval", "pass", message, 0.0, 0.0)
    item = apart[0]
    name, shown = display(arms.names[item.contrast.arm], 40), display(item.answer.metric.name, 40)
    p_value = f"p = {item.adjusted.p_value:.3g}"
    stepped = item.contrast.p_value < item.adjusted.p_value
    if leaves_out_zero(item):
        message = f"{name}, {shown}: the interval leaves out zero, and {p_value} is above {alpha:.3g}."
    elif stepped:
        message = (
            f"{name}, {shown}: {p_value} by Holm's steps says that there is an effect, and its simultaneous interval "
            "(Bonferroni's, which is wider) holds zero. That there is an effect holds for all comparisons together; "
            "how large it is, only the interval says."
        )
    else:
        message = f"{name}, {shown}: {p_value} is at most {alpha:.3g}, and the interval holds zero."
    if not stepped:
        message += " It is a close call, which p-value and interval order differently: take it for open."
    more = f" So do {len(apart) - 1} more comparisons." if len(apart) > 1 else ""
    return Diagnostic("p_and_interval", "warn", message + more, float(len(apart)), 0.0)
