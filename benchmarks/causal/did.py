"""Bias, RMSE, coverage and false alarms of difference in differences in worlds whose effect is known.

    python benchmarks/causal/did.py [--runs 1000] [--seed 1] [--only NAME]

Every figure comes from the same blocks that a script runs; 95 % intervals, and bands for all periods at once. The
Monte-Carlo error stands beside each.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np

from cerebro_causal.blocks.did_bands import band_reach, before_treatment, joint_degrees, pretrend_p_value
from cerebro_causal.blocks.did_fit import (
    DidFit,
    did_callaway_santanna,
    did_imputation,
    did_sun_abraham,
)
from cerebro_causal.blocks.did_inference import inferred_fit
from cerebro_causal.blocks.did_sample import DidSample
from cerebro_causal.blocks.did_trends import FAILED_PRETREND
from cerebro_causal.blocks.did_twfe import did_twfe
from cerebro_causal.blocks.influence import Effect

World = Callable[[np.random.Generator], tuple[DidSample, float, dict[int, float]]]


def sample_of(
    outcome: np.ndarray, unit: np.ndarray, period: np.ndarray, first: np.ndarray, clusters: np.ndarray, panel: bool
) -> DidSample:
    """A sample from arrays."""
    rows = len(outcome)
    return DidSample(
        outcome=outcome,
        unit=unit,
        time=period,
        first=first,
        periods=tuple(str(number + 1) for number in range(int(period.max()))),
        covariates=np.zeros((rows, 0)),
        covariate_names=(),
        weights=np.ones(rows),
        weighted=False,
        clusters=clusters,
        clustered=not panel,
        panel=panel,
        rows_in_file=rows,
        lost=0,
    )


def panel(
    cohorts: dict[int, int],
    periods: int,
    effect: Callable[[np.ndarray, np.ndarray], np.ndarray],
    *,
    memory: float = 0.5,
    apart: float = 0.0,
) -> World:
    """Units with their own level, and shocks that last.

    Args:
        cohorts: first treated period (0 is never) -> units.
        periods: how many.
        effect: of first period and periods since, for treated rows.
        memory: autocorrelation of the shocks.
        apart: how much faster treated units grow each period.
    """
    first = np.repeat(list(cohorts), list(cohorts.values()))
    units = len(first)
    unit, period = np.repeat(np.arange(units), periods), np.tile(np.arange(1, periods + 1), units)
    start = first[unit]
    on = (start > 0) & (period >= start)
    each = np.where(on, effect(start, period - start), 0.0)
    truth = float(each[on].mean())
    since = {int(lag): float(each[on & (period - start == lag)].mean()) for lag in np.unique((period - start)[on])}

    def draw(rng: np.random.Generator) -> tuple[DidSample, float, dict[int, float]]:
        noise = np.zeros((units, periods))
        noise[:, 0] = rng.normal(size=units) / np.sqrt(1 - memory**2)
        for place in range(1, periods):
            noise[:, place] = memory * noise[:, place - 1] + rng.normal(size=units)
        level = rng.normal(size=units)[unit] + 0.3 * period + apart * period * (start > 0)
        own = rng.normal(size=units)[unit] * 0.5 * on  # effects differ by unit around their mean
        return sample_of(level + each + own + noise.ravel(), unit, period, start, unit, True), truth, since

    return draw


def sections(regions: int, treated: int, people: int) -> World:
    """Other people in each of two periods, in regions with shocks of their own."""
    region = np.repeat(np.arange(regions), 2 * people)
    period = np.tile(np.repeat([1, 2], people), regions)
    start = np.where(region < treated, 2, 0)
    on = (start == 2) & (period == 2)

    def draw(rng: np.random.Generator) -> tuple[DidSample, float, dict[int, float]]:
        shock = rng.normal(0, 0.3, (regions, 2))[region, period - 1]
        outcome = rng.normal(size=regions)[region] + period + shock + on + rng.normal(size=len(region))
        return sample_of(outcome, np.arange(len(region)), period, start, region, False), 1.0, {0: 1.0}

    return draw


def growing(start: np.ndarray, since: np.ndarray) -> np.ndarray:
    """Early cohorts gain more, and gains grow."""
    return 0.5 * (1 + since) * np.where(start == 3, 2.0, 1.0)


def constant(start: np.ndarray, since: np.ndarray) -> np.ndarray:
    """One for all."""
    return np.ones(len(start))


def by(
    estimator: Callable[[DidSample, str, int], DidFit], inference: str = "auto"
) -> Callable[[DidSample, int], DidFit]:
    """The estimator with its errors."""
    name = estimator.__name__.removeprefix("did_")

    def run(sample: DidSample, seed: int) -> DidFit:
        if inference == "analytic":
            return estimator(sample, "never", 0)
        return inferred_fit(sample, lambda rows: estimator(rows, "never", 0), name, inference, 0.95, seed)[0]

    return run


def drawn(shares: dict[int, float], units: int, periods: int) -> World:
    """The staggered world where chance decides how many units each cohort has, and the population is asked about."""
    weight = {start: share * (periods - start + 1) for start, share in shares.items() if start}
    lags = {start: np.arange(periods - start + 1) for start in weight}
    means = {start: float(growing(np.full(len(lags[start]), start), lags[start]).mean()) for start in weight}
    truth = sum(weight[start] * means[start] for start in weight) / sum(weight.values())

    def draw(rng: np.random.Generator) -> tuple[DidSample, float, dict[int, float]]:
        counts = rng.multinomial(units, list(shares.values()))
        sizes = {start: int(count) for start, count in zip(shares, counts, strict=True)}
        return panel(sizes, periods, growing)(rng)[0], truth, {}

    return draw


DRAWN = drawn({0: 1 / 3, 3: 1 / 4, 5: 1 / 4, 7: 1 / 6}, 120, 8)
STAGGERED = panel({0: 40, 3: 30, 5: 30, 7: 20}, 8, growing)
CASES: dict[str, tuple[World, Callable[[DidSample, int], DidFit], float]] = {
    # name: world, method, share of --runs
    "2x2, panel of 60, callaway_santanna": (
        panel({0: 30, 2: 30}, 2, constant), by(did_callaway_santanna, "analytic"), 1,
    ),
    "2x2, panel of 60, twfe": (panel({0: 30, 2: 30}, 2, constant), by(did_twfe), 1),
    "staggered, 120 units, callaway_santanna": (STAGGERED, by(did_callaway_santanna, "analytic"), 1),
    "staggered, 120 units, sun_abraham": (STAGGERED, by(did_sun_abraham, "analytic"), 1),
    "staggered, 120 units, imputation": (STAGGERED, by(did_imputation, "analytic"), 0.5),
    "staggered, 120 units, twfe (assumption fails)": (STAGGERED, by(did_twfe), 0.5),
    "drawn cohorts, 120 units, callaway_santanna": (DRAWN, by(did_callaway_santanna, "analytic"), 1),
    "drawn cohorts, 120 units, sun_abraham": (DRAWN, by(did_sun_abraham, "analytic"), 1),
    "few: 2x2, 6 regions (3 treated), twfe cr2": (sections(6, 3, 30), by(did_twfe), 1),
    "few: 2x2, 6 regions (3 treated), twfe wild": (sections(6, 3, 30), by(did_twfe, "wild"), 0.2),
    "few: 2x2, 6 regions (3 treated), callaway_santanna": (sections(6, 3, 30), by(did_callaway_santanna), 0.3),
    "few: 2x2, 12 regions (3 treated), twfe cr2": (sections(12, 3, 30), by(did_twfe), 1),
    "few: 2x2, 12 regions (6 treated), twfe wild": (sections(12, 6, 30), by(did_twfe, "wild"), 0.2),
    "few: panel of 8 (4 treated), callaway_santanna": (
        panel({0: 4, 4: 4}, 6, constant), by(did_callaway_santanna), 0.3,
    ),
    "few: staggered, 12 units, callaway_santanna": (
        panel({0: 5, 3: 4, 5: 3}, 6, growing), by(did_callaway_santanna), 0.3,
    ),
    "few: staggered, 12 units, callaway_santanna analytic": (
        panel({0: 5, 3: 4, 5: 3}, 6, growing), by(did_callaway_santanna, "analytic"), 0.3,
    ),
    "few: staggered, 12 units, imputation": (panel({0: 5, 3: 4, 5: 3}, 6, growing), by(did_imputation), 0.2),
    "trends part by .15 a period (assumption fails)": (
        panel({0: 40, 3: 30, 5: 30, 7: 20}, 8, growing, apart=0.15), by(did_callaway_santanna, "analytic"), 0.3,
    ),
    "trends part by .3 a period (assumption fails)": (
        panel({0: 40, 3: 30, 5: 30, 7: 20}, 8, growing, apart=0.3), by(did_callaway_santanna, "analytic"), 0.3,
    ),
}  # fmt: skip


def measure(name: str, runs: int, seed: int) -> str:
    """One row of the table."""
    world, method, share = CASES[name]
    runs = max(5, int(runs * share))
    errors, held, widths, bands, stopped = [], [], [], [], []
    start = time.process_time()
    for run in range(runs):
        sample, truth, since = world(np.random.default_rng([seed, run]))
        fit = method(sample, seed + run)
        low, high = fit.interval[:2] if fit.interval else Effect(fit.att, fit.att_error, fit.degrees).interval(0.95)
        errors.append(fit.att - truth)
        held.append(low <= truth <= high)
        widths.append(fit.att_error)
        before = before_treatment(sample, fit, 0)
        if before.any() and fit.event_covariance is not None:
            stopped.append(pretrend_p_value(sample, fit, before, seed) < FAILED_PRETREND)
            if not since:
                continue
            wanted = np.array([since.get(int(lag), 0.0) for lag in fit.event_times])
            reach = band_reach(np.asarray(fit.event_covariance), joint_degrees(sample, fit), 0.95, seed)
            bands.append(bool((np.abs(fit.event - wanted) <= reach * fit.event_errors).all()))
    spent = (time.process_time() - start) / runs
    spread = float(np.std(errors, ddof=1))
    rmse = float(np.sqrt(np.mean(np.square(errors))))
    return (
        f"| {name} | {runs} | {np.mean(errors):+.4f} ± {spread / np.sqrt(runs):.4f} | {rmse:.3f} | "
        f"{np.mean(widths) / spread:.2f} | {rate_text(held)} | {rate_text(bands)} | {rate_text(stopped)} | "
        f"{spent:.2f} |"
    )


def rate_text(found: list[bool]) -> str:
    """A rate with its Monte-Carlo error."""
    if not found:
        return ""
    rate, count = float(np.mean(found)), len(found)
    margin = np.sqrt(max(rate * (1 - rate), 0.5 / count * (1 - 0.5 / count)) / count)
    return f"{rate:.3f} ± {margin:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="cases whose name begins with this")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    print("| world and estimator | draws | bias | RMSE | error / spread | coverage | bands | pre-test fails | CPU s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in CASES:
        if name.startswith(given.only):
            print(measure(name, given.runs, given.seed), flush=True)


if __name__ == "__main__":
    main()
