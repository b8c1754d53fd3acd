"""Bias, coverage and alarms of `cerebro causal --method iv` in worlds whose effect is known.

    python benchmarks/causal/iv.py [--runs 2000] [--seed 1] [--only NAME]

Every figure comes from the blocks that a script runs; 95 % intervals, with the Monte-Carlo error beside. Bias is that
of the median, since two-stage least squares has no mean with one instrument. `answer` is the interval that stands first
in the report, `wald` the ordinary one, `AR` Anderson and Rubin's; `no end` says how often the latter is unbounded, and
`failed` how often a diagnostic failed (exit code 4).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cerebro_causal.blocks.anderson_rubin import AndersonRubin
from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.iv_checks import WEAK, agreement_diagnostics, regress
from cerebro_causal.blocks.iv_estimators import instrumental_effect, overidentification_test
from cerebro_causal.blocks.iv_report import is_bounded
from cerebro_causal.blocks.iv_sample import InstrumentSample
from cerebro_causal.blocks.weak_instruments import instrument_strength

World = Callable[[np.random.Generator], InstrumentSample]
EFFECT = 1.0


def sample_of(
    outcome: np.ndarray, cause: np.ndarray, instruments: np.ndarray, clusters: np.ndarray | None = None
) -> InstrumentSample:
    """A sample from arrays."""
    rows, many = instruments.shape
    study = CausalSample(
        outcome=outcome,
        arm=np.zeros(rows, int),
        arms=(),
        covariates=np.zeros((rows, 0)),
        covariate_names=(),
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
    names = tuple(f"z{number}" for number in range(many))
    return InstrumentSample(study, instruments, names, names)


def dose(rows: int, many: int, f: float, *, spread: float = 0.0, leak: float = 0.0, hidden: float = 0.8) -> World:
    """A dose with an expected first-stage F of about `f`; what is hidden moves dose and outcome (correlation `hidden`).

    `spread` makes both spread more where the first instrument is far from zero; `leak` lets the last instrument act on
    the outcome by itself.
    """

    def draw(rng: np.random.Generator) -> InstrumentSample:
        z = rng.normal(size=(rows, many))
        v = rng.normal(size=rows)
        u = hidden * v + np.sqrt(1 - hidden**2) * rng.normal(size=rows)
        wide = np.sqrt((1 + spread * z[:, 0] ** 2) / (1 + spread))
        strength = np.sqrt(max(f - 1, 0.0) / rows)
        cause = strength * z.sum(axis=1) + v * wide
        return sample_of(EFFECT * cause + u * wide + leak * z[:, -1], cause, z)

    return draw


def offer(rows: int, push: float) -> World:
    """A lottery that raises take-up by about `push`; who comes is more motivated."""

    def draw(rng: np.random.Generator) -> InstrumentSample:
        z = rng.integers(0, 2, rows).astype(float)
        v = rng.normal(size=rows)
        cause = (v + 2.6 * push * z > 0.6).astype(float)
        return sample_of(EFFECT * cause + v + rng.normal(size=rows), cause, z[:, None])

    return draw


def villages(count: int, each: int) -> World:
    """Whole villages are offered; their people are alike."""

    def draw(rng: np.random.Generator) -> InstrumentSample:
        village = np.repeat(np.arange(count), each)
        z = rng.permutation(np.arange(count) % 2)[village].astype(float)
        own = rng.normal(0, 0.5, count)[village]
        v = rng.normal(size=count * each)
        cause = (v + own + 1.3 * z > 0.6).astype(float)
        outcome = EFFECT * cause + v + own + rng.normal(size=len(v))
        return sample_of(outcome, cause, z[:, None], village)

    return draw


@dataclass(frozen=True)
class Case:
    """A world, how it is asked, and the share of the runs."""

    world: World
    estimator: str = "2sls"
    share: float = 1.0


CASES = {
    "lottery, 1,000 rows": Case(offer(1_000, 0.4)),
    "one instrument, F 50": Case(dose(500, 1, 50)),
    "one instrument, F 10": Case(dose(500, 1, 10)),
    "one instrument, F 3": Case(dose(500, 1, 3)),
    "one useless instrument, F 1": Case(dose(500, 1, 1)),
    "three instruments, F 40 each": Case(dose(500, 3, 40)),
    "three instruments, F 40, liml": Case(dose(500, 3, 40), "liml"),
    "three instruments, F 40, gmm": Case(dose(500, 3, 40), "gmm"),
    "three instruments, F 4": Case(dose(500, 3, 4)),
    "three instruments, F 4, liml": Case(dose(500, 3, 4), "liml"),
    "30 instruments, F 4": Case(dose(1_000, 30, 4), "2sls", 0.25),
    "30 instruments, F 4, liml": Case(dose(1_000, 30, 4), "liml", 0.25),
    "unequal spread, F 50": Case(dose(500, 1, 50, spread=2.0)),
    "unequal spread, three, gmm": Case(dose(500, 3, 40, spread=2.0), "gmm"),
    "villages, 30 of 20": Case(villages(30, 20)),
    "villages, 12 of 20": Case(villages(12, 20)),
    "one of three leaks (invalid)": Case(dose(500, 3, 40, leak=0.25)),
}


def measure(name: str, runs: int, seed: int) -> str:
    """One row of the table."""
    case = CASES[name]
    runs = max(100, int(runs * case.share))
    rows = []
    start = time.process_time()
    for run in range(runs):
        sample = case.world(np.random.default_rng([seed, run]))
        rows.append(one_draw(sample, case.estimator))
    spent = (time.process_time() - start) / runs
    value, answer, wald, exact, free, failed, agree, size = np.array(rows, float).T
    middle = float(np.median(value))
    # error of a median by its order statistics
    ordered = np.sort(value)
    step = int(np.ceil(np.sqrt(runs) / 2))
    error = float(ordered[runs // 2 + step] - ordered[runs // 2 - step]) / 2

    def rate(values: np.ndarray) -> str:
        share = float(np.mean(values))
        margin = np.sqrt(max(share * (1 - share), 0.25 / runs) / runs)
        return f"{share:.3f} ± {margin:.3f}"

    clash = f"{np.nanmean(agree):.1%}" if not np.isnan(agree).all() else ""
    return (
        f"| {name} | {runs} | {middle - EFFECT:+.4f} ± {error:.4f} | {rate(answer)} | {rate(wald)} | {rate(exact)} | "
        f"{np.mean(free):.1%} | {np.mean(size):.0f} | {np.mean(failed):.1%} | {clash} | {spent * 1e3:.0f} |"
    )


def one_draw(sample: InstrumentSample, estimator: str) -> tuple[float, ...]:
    """What one table gives."""
    both = np.column_stack([sample.study.outcome, sample.study.cause])
    fit = regress(sample, both, sample.instruments, "robust")
    strength = instrument_strength(fit, 1)
    test = AndersonRubin(fit)
    effect = instrumental_effect(sample, estimator, "robust")
    low, high = effect.interval(0.95)
    wald = low <= EFFECT <= high
    exact = test.p_value(EFFECT) >= 0.05
    weak = strength.effective < strength.critical
    answer = exact if weak or sample.instruments.shape[1] == 1 else wald
    agreement = agreement_diagnostics(overidentification_test(sample, "robust"))
    pieces = test.interval(0.95)
    failed = strength.effective < WEAK or not pieces or any(item.status == "fail" for item in agreement)
    agree = float(agreement[0].status == "fail") if agreement else np.nan
    return (effect.value, answer, wald, exact, not is_bounded(pieces), failed, agree, strength.effective)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="cases whose name begins with this")
    given = parser.parse_args()
    print(
        "| world | draws | bias of the median | coverage: answer | coverage: wald | coverage: AR | no end | mean F | "
        "failed | of these: instruments clash | ms |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name in CASES:
        if name.startswith(given.only):
            print(measure(name, given.runs, given.seed), flush=True)


if __name__ == "__main__":
    main()
