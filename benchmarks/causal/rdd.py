"""Bias, coverage and alarms of `cerebro causal --method rdd` in worlds whose effect is known.

    python benchmarks/causal/rdd.py [--runs 1000] [--seed 1] [--only NAME] [--density | --checks]

Every figure comes from the blocks that a script runs; 95 % intervals, with the Monte-Carlo error beside. `robust` is
the interval of the report, `conventional` the one that passes over the bias. `flagged` says how often the number of
rows or values near the cutoff, or the take-up, is doubted, or the rows are refused; such draws do not count elsewhere.
`--density` measures the density test instead, and `--checks` the other checks: how often each warns and fails, where it
should and where it should not.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.rdd_checks import (
    bandwidth_diagnostics,
    covariate_diagnostics,
    covariate_jumps,
    density_diagnostic,
    other_bandwidths,
    placebo_diagnostics,
    placebo_effects,
    rows_diagnostics,
    take_up_diagnostics,
)
from cerebro_causal.blocks.rdd_density import density_jump
from cerebro_causal.blocks.rdd_effect import CurveSettings, cutoff_effect
from cerebro_causal.blocks.rdd_report import answer_pieces
from cerebro_causal.blocks.rdd_sample import CutoffSample
from cerebro_core.blocks.result import Diagnostic, Refused

LINES = CurveSettings(1, "triangular", None, "mserd", kink=False)
KINK = CurveSettings(2, "triangular", None, "mserd", kink=True)
World = Callable[[np.random.Generator], tuple[CutoffSample, float]]


def sample_of(
    outcome: np.ndarray,
    x: np.ndarray,
    *,
    cause: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    before: np.ndarray | None = None,
) -> CutoffSample:
    """A sample from arrays."""
    rows = len(x)
    covariates = np.zeros((rows, 0)) if before is None else before[:, None]
    study = CausalSample(
        outcome=outcome,
        arm=(x >= 0).astype(int),
        arms=("below", "above"),
        covariates=covariates,
        covariate_names=tuple(f"x{number}" for number in range(covariates.shape[1])),
        weights=np.ones(rows),
        weighted=False,
        clusters=np.arange(rows) if clusters is None else clusters,
        clustered=clusters is not None,
        strata=np.zeros(rows, int),
        rows_in_file=rows,
        lost=0,
        lost_by_arm=(),
        dose=cause,
    )
    return CutoffSample(study, x, 0.0, turned=False, fuzzy=cause is not None)


def lee(x: np.ndarray) -> np.ndarray:
    """Quintic of Lee's (2008) data, jump .04 (Imbens & Kalyanaraman 2012, design 1; CCT 2014, model 1)."""
    left = 0.48 + 1.27 * x + 7.18 * x**2 + 20.21 * x**3 + 21.54 * x**4 + 7.33 * x**5
    right = 0.52 + 0.84 * x - 3.00 * x**2 + 7.99 * x**3 - 9.01 * x**4 + 3.56 * x**5
    return np.where(x < 0, left, right)


def ludwig_miller(x: np.ndarray) -> np.ndarray:
    """Quintic of Ludwig & Miller's (2007) data, jump -3.45, with much curvature (CCT 2014, model 2)."""
    left = 3.71 + 2.30 * x + 3.28 * x**2 + 1.45 * x**3 + 0.23 * x**4 + 0.03 * x**5
    right = 0.26 + 18.49 * x - 54.81 * x**2 + 74.30 * x**3 - 45.02 * x**4 + 9.83 * x**5
    return np.where(x < 0, left, right)


def cct_three(x: np.ndarray) -> np.ndarray:
    """CCT 2014, model 3: Lee's with more curvature, jump .04."""
    left = 0.48 + 1.27 * x - 0.5 * 7.18 * x**2 + 0.7 * 20.21 * x**3 + 1.1 * 21.54 * x**4 + 1.5 * 7.33 * x**5
    right = 0.52 + 0.84 * x - 0.1 * 3.00 * x**2 - 0.3 * 7.99 * x**3 - 0.1 * 9.01 * x**4 + 3.56 * x**5
    return np.where(x < 0, left, right)


def curve(shape: Callable[[np.ndarray], np.ndarray], jump: float, rows: int = 500, digits: int | None = None) -> World:
    """x is 2 Beta(2, 4) - 1, and the spread .1295, as in CCT 2014; `digits` rounds x."""

    def draw(rng: np.random.Generator) -> tuple[CutoffSample, float]:
        x = 2 * rng.beta(2, 4, rows) - 1
        if digits is not None:
            x = np.floor(x * digits) / digits
        y = shape(x) + 0.1295 * rng.normal(size=rows)
        return sample_of(y, x, before=rng.normal(size=rows)), jump

    return draw


def fuzzy(rows: int, push: float) -> World:
    """Crossing raises the chance of treatment by `push`; the hidden wish for it raises the outcome; the effect is 1."""

    def draw(rng: np.random.Generator) -> tuple[CutoffSample, float]:
        x = rng.uniform(-1, 1, rows)
        wish = rng.random(rows)
        cause = (wish < 0.2 + 0.1 * x + push * (x >= 0)).astype(float)
        y = 1.0 * cause + np.sin(2 * x) - 0.8 * wish + 0.5 * rng.normal(size=rows)
        return sample_of(y, x, cause=cause), 1.0

    return draw


def kinked(rows: int) -> World:
    """The slope changes by 2 at the cutoff of a bent curve."""

    def draw(rng: np.random.Generator) -> tuple[CutoffSample, float]:
        x = rng.uniform(-1, 1, rows)
        y = np.cos(2 * x) + 2 * np.maximum(x, 0) + 0.2 * rng.normal(size=rows)
        return sample_of(y, x), 2.0

    return draw


def clustered(count: int, each: int) -> World:
    """Rows of a cluster have close values of x, and an outcome in common."""

    def draw(rng: np.random.Generator) -> tuple[CutoffSample, float]:
        x = np.clip(np.repeat(rng.uniform(-1, 1, count), each) + rng.uniform(-0.1, 0.1, count * each), -1, 1)
        y = 0.5 * (x >= 0) + np.sin(2 * x) + np.repeat(rng.normal(0, 0.3, count), each) + 0.3 * rng.normal(size=len(x))
        return sample_of(y, x, clusters=np.repeat(np.arange(count), each)), 0.5

    return draw


def crowded(rows: int, share: float, digits: int | None = None) -> World:
    """A `share` of those within .1 below the cutoff move themselves just across, and are the abler ones."""

    def draw(rng: np.random.Generator) -> tuple[CutoffSample, float]:
        x = np.clip(rng.normal(-0.1, 0.4, rows), -1, 1)
        able = rng.normal(size=rows)
        moves = (x < 0) & (x > -0.1) & (rng.random(rows) < 2 * share * (able > 0))
        x = np.where(moves, -x * rng.random(rows), x)
        if digits is not None:
            x = np.floor(x * digits) / digits
        y = 0.5 * (x >= 0) + x + 0.5 * able + 0.5 * rng.normal(size=rows)
        return sample_of(y, x, before=able + rng.normal(size=rows)), 0.5

    return draw


@dataclass(frozen=True)
class Case:
    """A world, how it is asked, and the share of the runs."""

    world: World
    settings: CurveSettings = LINES
    share: float = 1.0


CASES = {
    "Lee, 500 rows (CCT 1)": Case(curve(lee, 0.04)),
    "Ludwig-Miller, 500 rows (CCT 2)": Case(curve(ludwig_miller, -3.45)),
    "more curvature, 500 rows (CCT 3)": Case(curve(cct_three, 0.04)),
    "Lee, 500 rows, x in steps of .02": Case(curve(lee, 0.04, digits=50)),
    "Lee, 500 rows, x in steps of .1": Case(curve(lee, 0.04, digits=10)),
    "Ludwig-Miller, 500 rows, x in steps of .1": Case(curve(ludwig_miller, -3.45, digits=10)),
    "Lee, 500 rows, uniform kernel": Case(curve(lee, 0.04), replace(LINES, kernel="uniform")),
    "fuzzy, 2,000 rows, push .5": Case(fuzzy(2_000, 0.5), share=0.5),
    "fuzzy, 1,000 rows, push .2": Case(fuzzy(1_000, 0.2), share=0.5),
    "fuzzy, 1,000 rows, push .05 (weak)": Case(fuzzy(1_000, 0.05), share=0.5),
    "kink, 2,000 rows": Case(kinked(2_000), KINK),
    "clusters, 100 of 10": Case(clustered(100, 10)),
    "clusters, 40 of 25": Case(clustered(40, 25)),
    "crowded: a fifth of those close below moved (invalid)": Case(crowded(2_000, 0.2), share=0.5),
}
CHECKED = {
    "nobody moved, 1,000 rows": crowded(1_000, 0.0),
    "nobody moved, 4,000 rows": crowded(4_000, 0.0),
    "nobody moved, 4,000 rows, steps of .02": crowded(4_000, 0.0, 50),
    "a tenth moved, 4,000 rows": crowded(4_000, 0.1),
    "a fifth moved, 1,000 rows": crowded(1_000, 0.2),
    "a fifth moved, 4,000 rows": crowded(4_000, 0.2),
    "two fifths moved, 1,000 rows": crowded(1_000, 0.4),
    "a fifth moved, 4,000 rows, steps of .02": crowded(4_000, 0.2, 50),
    "two fifths moved, 4,000 rows, steps of .02": crowded(4_000, 0.4, 50),
    "Lee, 500 rows": curve(lee, 0.04),
    "Ludwig-Miller, 500 rows": curve(ludwig_miller, -3.45),
}


def rate(values: list[bool]) -> str:
    """A share with its Monte-Carlo error."""
    share, runs = float(np.mean(values)), len(values)
    return f"{share:.3f} ± {np.sqrt(max(share * (1 - share), 0.25 / runs) / runs):.3f}"


def measure(name: str, runs: int, seed: int) -> str:
    """One row of the table of estimates."""
    case = CASES[name]
    errors, robust, plain, answers, widths, flagged = [], [], [], [], [], []
    start = time.process_time()
    for run in range(runs):
        sample, truth = case.world(np.random.default_rng([seed, run]))
        try:
            found = cutoff_effect(sample, case.settings)
        except Refused:
            flagged.append(True)
            continue
        jump = found.effect
        low, high = jump.robust.interval(0.95)
        pieces = answer_pieces(found, 0.95)[0]
        errors.append(jump.value - truth)
        robust.append(low <= truth <= high)
        answers.append(any((a is None or a <= truth) and (b is None or b >= truth) for a, b in pieces))
        plain.append(abs(jump.value - truth) <= 1.96 * jump.error)
        widths.append(high - low)
        flagged.append(
            any(item.status != "pass" for item in [*rows_diagnostics(found, sample), *take_up_diagnostics(found)])
        )
    spent = (time.process_time() - start) / runs
    middle = float(np.median(errors))
    spread = 1.2533 * float(np.std(errors)) / np.sqrt(len(errors)) if "weak" not in name else float("nan")
    rmse = float(np.sqrt(np.mean(np.square(errors))))
    return (
        f"| {name} | {len(errors)} | {middle:+.4f} ± {spread:.4f} | {rmse:.3f} | {rate(answers)} | {rate(robust)} | "
        f"{rate(plain)} | "
        f"{np.median(widths):.3f} | {np.mean(flagged):.0%} | {spent * 1e3:.0f} |"
    )


def density_only(sample: CutoffSample) -> list[Diagnostic]:
    """The density test."""
    return [density_diagnostic(density_jump(sample), "x")]


def other_checks(sample: CutoffSample) -> list[Diagnostic]:
    """The checks that fit curves."""
    found = cutoff_effect(sample, LINES)
    return [
        *covariate_diagnostics(covariate_jumps(sample, LINES)),
        *placebo_diagnostics(placebo_effects(sample, LINES)),
        *bandwidth_diagnostics(other_bandwidths(sample, LINES, found), found, 0.95),
    ]


def measure_checks(name: str, runs: int, seed: int, *, only_density: bool) -> str:
    """One row of the table of checks: share of draws in which each does not pass, and fails."""
    doubts: dict[str, list[bool]] = {}
    fails: dict[str, list[bool]] = {}
    for run in range(runs):
        sample, _ = CHECKED[name](np.random.default_rng([seed, run]))
        for item in density_only(sample) if only_density else other_checks(sample):
            doubts.setdefault(item.name, []).append(item.status != "pass")
            fails.setdefault(item.name, []).append(item.status == "fail")
    cells = [f"{rate(doubts[check])} / {np.mean(fails[check]):.3f}" for check in doubts]
    return f"| {name} | {runs} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="cases whose name begins with this")
    parser.add_argument("--density", action="store_true", help="the density test instead of the estimates")
    parser.add_argument("--checks", action="store_true", help="the other checks instead")
    given = parser.parse_args()
    estimates = not (given.density or given.checks)
    if estimates:
        print(
            "| world | draws | bias of the median | RMSE | coverage: answer | coverage: robust | "
            "coverage: conventional | width | flagged | ms |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
    elif given.density:
        print("| world | draws | density: doubts / fails |\n|---|---|---|")
    else:
        print("| world | draws | covariates: doubts / fails | placebo cutoffs | bandwidths |\n|---|---|---|---|---|")
    for name in CASES if estimates else CHECKED:
        if not name.startswith(given.only):
            continue
        if estimates:
            row = measure(name, max(50, int(given.runs * CASES[name].share)), given.seed)
        else:
            row = measure_checks(name, given.runs, given.seed, only_density=given.density)
        print(row, flush=True)


if __name__ == "__main__":
    main()
