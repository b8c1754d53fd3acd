"""Whether the arms are alike in what was there before the treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cerebro_core.blocks.result import Chart, Diagnostic, ResultTable
from cerebro_core.blocks.style import PALETTE, label, legend_text, new_figure, tick_text

SMALL_SMD = 0.1  # Stuart (2010), section 4.1; Austin (2009)
LARGE_SMD = 0.25  # Rubin (2001); Stuart (2010)
VARIANCE_RATIOS = (0.5, 2.0)  # Rubin (2001)
MOST_IN_CHART = 30
ROWS_AT_ONCE = 100_000


@dataclass(frozen=True)
class Balance:
    """Differences of the arms in each confounder.

    Attributes:
        smd: (p,) differences of weighted means over the standard deviation before weighting, pooled over arms.
        ratios: (p,) weighted variances, treated over control; NaN for columns of 0 and 1.
    """

    smd: np.ndarray
    ratios: np.ndarray

    @property
    def worst(self) -> float:
        """The largest difference, without its sign; 0 without confounders."""
        return float(np.abs(self.smd).max()) if self.smd.size else 0.0


def balance_of(covariates: np.ndarray, treated: np.ndarray, weights: np.ndarray, base: np.ndarray) -> Balance:
    """Compare the arms under some weights.

    Args:
        covariates: (n, p).
        treated: (n,) 0 and 1.
        weights: (n,) weights under which means are compared; rows with 0 do not count.
        base: (n,) sampling weights, under which the standard deviations are taken.
    """
    ratios = np.full(covariates.shape[1], np.nan)
    arms = (treated == 1, treated == 0)
    before = [weighted_moments(covariates, np.where(arm, base, 0.0)) for arm in arms]
    after = [weighted_moments(covariates, np.where(arm, weights, 0.0)) for arm in arms]
    spread = np.sqrt((before[0][1] + before[1][1]) / 2)
    gap = after[0][0] - after[1][0]
    smd = np.divide(gap, spread, out=np.where(gap == 0, 0.0, np.copysign(np.inf, gap)), where=spread > 0)
    many = np.array([len(np.unique(column[:2000])) > 2 for column in covariates.T], dtype=bool)
    able = many & (after[1][1] > 0)
    ratios[able] = after[0][1][able] / after[1][1][able]
    return Balance(smd, ratios)


def weighted_moments(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and variances of columns."""
    total = weights.sum()
    means = weights @ values / total
    squares = np.zeros(values.shape[1])
    for start in range(0, len(values), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        squares += weights[part] @ (values[part] - means) ** 2
    return means, np.maximum(squares / total, 0.0)


def effective_size(weights: np.ndarray) -> float:
    """Rows of equal weight that would be as precise (Kish 1965): (sum w)^2 / sum w^2."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def balance_diagnostics(names: Sequence[str], after: Balance, how: str) -> list[Diagnostic]:
    """Judge what is left of the differences."""
    if not names:
        return []
    worst = int(np.abs(after.smd).argmax())
    status = "pass" if after.worst <= SMALL_SMD else "warn" if after.worst <= LARGE_SMD else "fail"
    what = f"the largest difference between the arms {how} is {after.worst:.2f} standard deviations, in {names[worst]}"
    tail = {
        "pass": ".",
        "warn": ": more than .1; what this column does to the outcome may be taken for the effect.",
        "fail": ": more than .25; the arms are not comparable, and the answer should not be used as it stands.",
    }[status]
    low, high = VARIANCE_RATIOS
    ratios = after.ratios[np.isfinite(after.ratios)]
    found = [Diagnostic("balance", status, what[0].upper() + what[1:] + tail, after.worst, SMALL_SMD)]
    if ratios.size:
        farthest = float(ratios[np.abs(np.log(np.maximum(ratios, 1e-12))).argmax()])
        fine = low <= farthest <= high
        message = (
            f"The arms' variances {how} are alike within a factor of two."
            if fine
            else f"A column varies {farthest:.2g} times as much among the treated as among the untreated {how}: equal "
            "means alone do not make them comparable; see the table of balance."
        )
        found.append(Diagnostic("variance_ratio", "pass" if fine else "warn", message, farthest, high))
    return found


def balance_table(names: Sequence[str], before: Balance, after: Balance, how: str) -> ResultTable:
    """Each confounder before and after."""
    rows = tuple(
        (name, finite(before.smd[i]), finite(after.smd[i]), finite(before.ratios[i]), finite(after.ratios[i]))
        for i, name in enumerate(names)
    )
    return ResultTable(
        ("column", "difference before", "difference after", "variance ratio before", "variance ratio after"),
        rows,
        "Balance",
        f"Differences of means in standard deviations and ratios of variances, treated to untreated, before and {how}.",
    )


def finite(value: float) -> float | None:
    """A number, or None where it is not finite."""
    return float(value) if np.isfinite(value) else None


def love_chart(names: Sequence[str], before: Balance, after: Balance, how: str) -> Chart:
    """The differences before and after, the largest first."""
    order = np.argsort(np.abs(np.nan_to_num(before.smd, posinf=9.0, neginf=9.0)))[-MOST_IN_CHART:]
    figure = new_figure(8.0, max(3.0, 1.6 + 0.3 * len(order)))
    axes = figure.subplots()
    places = np.arange(len(order))
    first = axes.plot(np.abs(before.smd[order]), places, "o", color=PALETTE[9], markersize=7)[0]
    second = axes.plot(np.abs(after.smd[order]), places, "o", color=PALETTE[0], markersize=7)[0]
    axes.axvline(SMALL_SMD, color=PALETTE[1], linestyle="--", linewidth=1.2)
    axes.set_xlim(left=0)
    label(axes, title="Are the arms alike?", x="difference of means, in standard deviations", y="")
    tick_text(axes.yaxis, places.tolist(), [names[i] for i in order])
    legend_text(axes, [first, second], ["before", how], loc="lower right")
    caption = f"Each line is a column; left of the dashed line ({SMALL_SMD}) the arms count as alike."
    return Chart("balance", "Balance of the arms", caption, figure)
