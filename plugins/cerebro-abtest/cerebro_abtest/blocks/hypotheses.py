"""Non-inferiority and equivalence: showing that an arm is not worse, or alike."""

from __future__ import annotations

from collections.abc import Sequence

from cerebro_abtest.blocks.arms import Arms
from cerebro_abtest.blocks.comparison_report import Compared
from cerebro_abtest.blocks.contrasts import Contrast
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused, ResultTable


def shown_p(contrast: Contrast, sign: int, hypothesis: str, margin: float, scale: str) -> float:
    """P-value of what is to be ruled out: worse by the margin, or (for equivalence) different by it either way.

    Equivalence is two one-sided tests (Schuirmann 1987).

    Args:
        contrast: of the arm.
        sign: 1 where more is better, -1 where less is.
        hypothesis: "noninferiority" or "equivalence".
        margin, scale: how much is acceptable, "absolute" or "relative" to the control.

    Raises:
        Refused: a relative margin, where the test has none.
    """
    if scale == "relative":
        if contrast.p_ratio_above is None or contrast.p_ratio_below is None:
            raise Refused("--margin-scale relative: this test compares no ratios; give an absolute margin")
        above, below = contrast.p_ratio_above(1 - margin), contrast.p_ratio_below(1 + margin)
    else:
        above, below = contrast.p_above(-margin), contrast.p_below(margin)
    if hypothesis == "equivalence":
        return max(above, below)
    return above if sign > 0 else below


def hypothesis_table(
    arms: Arms, compared: Sequence[Compared], hypothesis: str, margin: float, scale: str, alpha: float
) -> ResultTable:
    """For each comparison whether it is shown, with its p-value."""
    rows = []
    for item in compared:
        metric = item.answer.metric
        kind = hypothesis if metric.role != "guardrail" else "noninferiority"
        p_value = shown_p(item.contrast, metric.sign, kind, margin, scale)
        level = alpha if kind == "equivalence" else alpha / 2
        rows.append((metric.name, arms.names[item.contrast.arm], kind, margin, scale, p_value, level, p_value < level))
    columns = ("outcome", "arm", "to be shown", "margin", "scale", "p", "level", "shown")
    caption = "One-sided tests; non-inferiority at half the level of the two-sided interval, so that both agree."
    return ResultTable(columns, tuple(rows), "Not worse, or alike", caption)


def hypothesis_sentence(arms: Arms, item: Compared, hypothesis: str, margin: float, scale: str, alpha: float) -> str:
    """Whether the deciding comparison shows what was to be shown."""
    metric = item.answer.metric
    p_value = shown_p(item.contrast, metric.sign, hypothesis, margin, scale)
    done = p_value < (alpha if hypothesis == "equivalence" else alpha / 2)
    much = f"{margin:.4g}" if scale == "absolute" else f"{margin:.2%} of the control"
    name, shown = display(arms.names[item.contrast.arm], 40), display(metric.name, 40)
    if hypothesis == "equivalence":
        claim = f"{name} and {display(arms.names[0], 40)} differ in {shown} by less than {much}"
    else:
        claim = f"{name} is not worse than {display(arms.names[0], 40)} in {shown} by {much} or more"
    return f"{'Shown' if done else 'Not shown'} (p = {p_value:.2g}): {claim}."
