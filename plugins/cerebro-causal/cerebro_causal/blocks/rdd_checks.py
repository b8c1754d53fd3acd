"""What can be checked at a cutoff: crowding, other jumps, other cutoffs, other bandwidths, a hole around it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cerebro_causal.blocks.p_values import p_diagnostic
from cerebro_causal.blocks.rdd_density import MOST_REPEATED, DensityJump, repeated_share
from cerebro_causal.blocks.rdd_effect import CurveSettings, CutoffEffect, Jump, cutoff_effect
from cerebro_causal.blocks.rdd_sample import CutoffSample
from cerebro_core.blocks.result import Diagnostic, Refused, ResultTable

CROWDED = 0.01
DOUBTFUL = 0.05
JUMPING = 0.01
ROUGH = 0.002  # at .01, 4 % of clean tables of 1,000 rows failed: quarters of a side have few rows for robust errors
FEW_ROWS = 30
FEW_VALUES = 10
FEWEST_VALUES = 5  # within the bandwidth; below, robust intervals held the truth in 75 % of draws (docs/causal_rdd.md)
WEAK_JUMP = 10.0  # F of the treatment's jump: Staiger & Stock (1997)
STRONG_JUMP = 23.1  # Montiel Olea & Pflueger (2013), one instrument, a tenth of the worst bias
SHARES = (0.5, 0.75, 1.0, 1.5, 2.0)
HOLES = (0.0, 0.02, 0.05, 0.1)

Tried = list[tuple[str, CutoffEffect]]


def density_diagnostic(found: DensityJump, running: str) -> Diagnostic:
    """Whether rows crowd on one side."""
    if found.p_value is None:
        message = f"Whether rows crowd on one side of the cutoff of '{running}' could not be tested: too few values."
        return Diagnostic("density", "warn", message, None, CROWDED)
    ratio = f" ({found.ratio:.2g} rows just on the treated side for each one before it)" if found.ratio else ""
    if found.p_value >= DOUBTFUL:
        message = f"Rows do not crowd on one side of the cutoff of '{running}' more than chance allows{ratio}."
        return p_diagnostic("density", "pass", message, found.p_value, DOUBTFUL)
    status = "fail" if found.p_value < CROWDED else "warn"
    message = (
        f"Rows crowd on one side of the cutoff of '{running}'{ratio}, as they do where people move themselves "
        "across: then both sides differ by more than the treatment. Find out how the column came about; --donut "
        "leaves out the rows closest to the cutoff."
    )
    return p_diagnostic("density", status, message, found.p_value, CROWDED if status == "fail" else DOUBTFUL)


def rows_diagnostics(found: CutoffEffect, sample: CutoffSample) -> list[Diagnostic]:
    """Whether enough rows, and enough different values, lie within the bandwidth."""
    least = min(found.rows)
    message = f"{found.rows[0]:,} and {found.rows[1]:,} rows lie within the bandwidth on the two sides" + (
        "." if least >= FEW_ROWS else ": few to fit curves to. Take the interval with a margin."
    )
    checks = [
        Diagnostic("rows_near_cutoff", "pass" if least >= FEW_ROWS else "warn", message, float(least), float(FEW_ROWS))
    ]
    share = repeated_share(sample.running)
    if share > MOST_REPEATED:
        x = sample.running
        near = [x[(x < 0) & (x > -found.bandwidths[0])], x[(x >= 0) & (x < found.bandwidths[1])]]
        values = min(len(np.unique(part)) for part in near)
        status = "pass" if values >= FEW_VALUES else "warn" if values >= FEWEST_VALUES else "fail"
        needed = FEWEST_VALUES if status == "fail" else FEW_VALUES
        message = (
            f"The running column takes the same values again and again ({values} different ones within the bandwidth "
            "on the poorer side)"
        )
        message += (
            "; that is enough to follow the curves."
            if status == "pass"
            else f", fewer than {needed}: how the curve goes on between the last value and the cutoff is a guess "
            "that the interval does not hold. Use a finer column, or a wider --bandwidth."
        )
        checks.append(Diagnostic("discrete_running", status, message, float(values), float(needed)))
    return checks


def take_up_diagnostics(found: CutoffEffect) -> list[Diagnostic]:
    """Whether the treatment jumps enough at a cutoff that does not decide it."""
    if found.treatment is None:
        return []
    robust = found.treatment.robust
    size = (robust.value / robust.error) ** 2 if robust.error > 0 else float("inf")
    size = min(size, 1e6)
    if size < WEAK_JUMP:
        message = (
            f"The treatment hardly changes at the cutoff (F {size:.1f}, below {WEAK_JUMP:.0f}): the estimate is not "
            "to be relied on. The interval in the answer (Anderson-Rubin) allows for it, and may have no end."
        )
        return [Diagnostic("take_up_jump", "fail", message, size, WEAK_JUMP)]
    strong = size >= STRONG_JUMP
    message = f"The treatment changes at the cutoff (F {size:.0f})" + (
        "." if strong else f", but not by much ({STRONG_JUMP} is wanted): the interval in the answer allows for it."
    )
    return [Diagnostic("take_up_jump", "pass" if strong else "warn", message, size, STRONG_JUMP)]


def with_outcome(sample: CutoffSample, values: np.ndarray) -> CutoffSample:
    """The same rows with another outcome, compared as the cutoff says."""
    return replace(sample, study=replace(sample.study, outcome=values, dose=None), fuzzy=False)


def try_effect(sample: CutoffSample, settings: CurveSettings) -> CutoffEffect | None:
    """An effect, or None where the rows do not allow it."""
    try:
        found = cutoff_effect(sample, settings)
    except Refused:
        return None
    return found if np.isfinite(found.effect.robust.error) and found.effect.robust.error > 0 else None


def p_of(jump: Jump) -> float:
    """Of no jump, by the robust interval."""
    return jump.robust.p_value if jump.robust.p_value is not None else 1.0


def covariate_jumps(sample: CutoffSample, settings: CurveSettings) -> list[tuple[str, Jump]]:
    """Jumps of what was there before, each with its own bandwidth."""
    found = []
    for place, name in enumerate(sample.study.covariate_names):
        tried = try_effect(with_outcome(sample, sample.study.covariates[:, place]), settings)
        if tried is not None:
            found.append((name, tried.effect))
    return found


def worst_of(p_values: list[float]) -> float:
    """Smallest p value, multiplied by their number (Bonferroni)."""
    return min(1.0, min(p_values) * len(p_values))


def covariate_diagnostics(jumps: list[tuple[str, Jump]]) -> list[Diagnostic]:
    """Whether what was there before jumps."""
    if not jumps:
        return []
    worst = worst_of([p_of(jump) for _, jump in jumps])
    name = min(jumps, key=lambda item: p_of(item[1]))[0]
    if worst >= DOUBTFUL:
        message = "What was there before does not jump at the cutoff more than chance allows."
        return [p_diagnostic("covariates_continuous", "pass", message, worst, DOUBTFUL)]
    message = (
        f"'{name}', which was there before, jumps at the cutoff: those just above differ from those just below by "
        "more than the treatment, or something else changes there too."
    )
    status, limit = ("fail", JUMPING) if worst < JUMPING else ("warn", DOUBTFUL)
    return [p_diagnostic("covariates_continuous", status, message, worst, limit)]


def placebo_effects(sample: CutoffSample, settings: CurveSettings) -> list[tuple[float, Jump]]:
    """Jumps of the outcome where nothing happens: at quarters of each side, with the rows of that side alone."""
    found = []
    for rows in (sample.running < 0, sample.running >= 0):
        side = sample.keep(rows)
        for place in np.quantile(side.running, (0.25, 0.5, 0.75)):
            moved = replace(with_outcome(side, side.study.outcome), running=side.running - place)
            least = min((moved.running < 0).sum(), (moved.running >= 0).sum())
            if least < FEW_ROWS or min(len(np.unique(moved.running[moved.running < 0])), 5) < 5:
                continue
            tried = try_effect(moved, replace(settings, bandwidth=None))
            if tried is not None:
                found.append((float(place), tried.effect))
    return found


def placebo_diagnostics(jumps: list[tuple[float, Jump]]) -> list[Diagnostic]:
    """Whether the outcome jumps where nothing happens."""
    if not jumps:
        return []
    worst = worst_of([p_of(jump) for _, jump in jumps])
    fine = worst >= DOUBTFUL
    message = (
        "The outcome does not jump at other places, where nothing happens."
        if fine
        else "The outcome jumps at other places as well, where nothing happens: its curve is rougher than what is "
        "fitted, so that the jump at the cutoff may be nothing else. Look at the figure, and try --degree 2 or a "
        "narrower --bandwidth."
    )
    status = "pass" if fine else "fail" if worst < ROUGH else "warn"
    limit = ROUGH if status == "fail" else DOUBTFUL
    return [p_diagnostic("placebo_cutoffs", status, message, worst, limit)]


def near_main(settings: CurveSettings, main: CutoffEffect, width: float) -> CurveSettings:
    """Another bandwidth, whose bias has a bandwidth in the same ratio as that of the answer."""
    return replace(settings, bandwidth=width, ratio=float(np.mean(main.pilots) / np.mean(main.bandwidths)))


def other_bandwidths(sample: CutoffSample, settings: CurveSettings, main: CutoffEffect) -> Tried:
    """The effect with narrower and wider bandwidths."""
    found = []
    width = float(np.mean(main.bandwidths))
    for share in SHARES:
        tried = main if share == 1.0 else try_effect(sample, near_main(settings, main, share * width))
        if tried is not None:
            found.append((f"{share * width:.4g}", tried))
    return found


def bandwidth_diagnostics(tried: Tried, main: CutoffEffect, level: float) -> list[Diagnostic]:
    """Whether the answer hangs on the bandwidth."""
    centre = main.effect.robust.value
    apart = [
        name
        for name, item in tried
        if not item.effect.robust.interval(level)[0] <= centre <= item.effect.robust.interval(level)[1]
    ]
    fine = not apart
    message = (
        "Narrower and wider bandwidths say the same within their intervals."
        if fine
        else f"Other bandwidths say otherwise ({', '.join(apart)}): the answer hangs on how far from the cutoff rows "
        "are compared. Trust narrow bandwidths more, and see the table."
    )
    return [Diagnostic("bandwidth_sensitivity", "pass" if fine else "warn", message, float(len(apart)), 0.0)]


def with_holes(sample: CutoffSample, settings: CurveSettings, main: CutoffEffect) -> Tried:
    """The effect without the rows closest to the cutoff."""
    found = []
    width = float(np.mean(main.bandwidths))
    for share in HOLES:
        if share == 0.0:
            tried: CutoffEffect | None = main
        else:
            kept = np.abs(sample.running) >= share * width
            tried = try_effect(sample.keep(kept), near_main(settings, main, width))
        if tried is not None:
            found.append((f"{share * width:.4g}", tried))
    return found


def tried_table(tried: Tried, what: str, level: float, title: str, caption: str) -> ResultTable:
    """Effects by what was tried."""
    rows = []
    for name, item in tried:
        low, high = item.effect.robust.interval(level)
        rows.append((name, item.effect.value, low, high, item.rows[0], item.rows[1]))
    columns = (what, "effect", f"{level:.0%} low", f"{level:.0%} high", "rows left", "rows right")
    return ResultTable(columns, tuple(rows), title, caption)


def jumps_table(jumps: list[tuple[str, Jump]], level: float, title: str, caption: str) -> ResultTable:
    """Jumps by name."""
    rows = [(name, jump.value, *jump.robust.interval(level), p_of(jump)) for name, jump in jumps]
    columns = ("what", "jump", f"{level:.0%} low", f"{level:.0%} high", "p value")
    return ResultTable(columns, tuple(rows), title, caption)
