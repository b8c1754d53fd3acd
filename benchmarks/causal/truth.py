"""Bias, RMSE and coverage of each method of `cerebro causal` in worlds whose effect is known.

    python benchmarks/causal/truth.py [--runs 1000] [--seed 1] [--only NAME]

Every figure comes from the same blocks that a script runs; 95 % intervals. The Monte-Carlo error stands beside each. A
world in which a method's own assumption fails is marked so: its interval is not expected to hold, and the last column
says how often the plugin's own checks warned or failed; refuters are not run.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from cerebro_causal.blocks.adjustment import adjust_gcomputation, adjust_regression
from cerebro_causal.blocks.backdoor import adjustment_design
from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.doubly_robust import adjust_aipw, adjust_dml
from cerebro_causal.blocks.frontdoor import front_door_design, two_ways, with_bootstrap_errors
from cerebro_causal.blocks.frontdoor_effect import front_door, repeat_front_door
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.ipw import propensity, weighted_means, weighting_design
from cerebro_causal.blocks.match_report import matching_design
from cerebro_causal.blocks.matching import MatchingPlan, matched_rows, matching_effect
from cerebro_causal.blocks.overlap import deciding_rows
from cerebro_causal.blocks.rct import contrast_effect, experiment_balance, experiment_fit
from cerebro_causal.blocks.score_form import score_form_diagnostics
from cerebro_core.blocks.result import Diagnostic, Refused

GRID = norm.ppf((np.arange(20_000) + 0.5) / 20_000)  # a standard normal, for averages over it
Answer = tuple[Effect, Iterable[Diagnostic]]
World = Callable[[np.random.Generator], tuple[CausalSample, float]]


def sample_of(
    outcome: np.ndarray, treated: np.ndarray, covariates: np.ndarray, clusters: np.ndarray | None = None
) -> CausalSample:
    """A sample from arrays."""
    rows = len(outcome)
    return CausalSample(
        outcome=outcome,
        arm=treated.astype(int),
        arms=("0", "1"),
        covariates=covariates,
        covariate_names=tuple(f"x{number + 1}" for number in range(covariates.shape[1])),
        weights=np.ones(rows),
        weighted=False,
        clusters=np.arange(rows) if clusters is None else clusters,
        clustered=clusters is not None,
        strata=np.zeros(rows, int),
        rows_in_file=rows,
        lost=0,
        lost_by_arm=(),
    )


def kang_schafer(rows: int, shown: str) -> World:
    """Kang & Schafer (2007): linear in z; `shown` is "z", or "x", their nonlinear distortion. The effect is 0."""

    def draw(rng: np.random.Generator) -> tuple[CausalSample, float]:
        z = rng.normal(size=(rows, 4))
        treated = rng.random(rows) < expit(z @ (-1.0, 0.5, -0.25, -0.1))
        outcome = 210 + z @ (27.4, 13.7, 13.7, 13.7) + rng.normal(size=rows)
        x = np.column_stack(
            [
                np.exp(z[:, 0] / 2),
                z[:, 1] / (1 + np.exp(z[:, 0])) + 10,
                (z[:, 0] * z[:, 2] / 25 + 0.6) ** 3,
                (z[:, 1] + z[:, 3] + 20) ** 2,
            ]
        )
        return sample_of(outcome, treated, z if shown == "z" else x), 0.0

    return draw


def nonlinear(rows: int, columns: int) -> World:
    """Bends, steps and a product move treatment and outcome; the effect is .5 on average, and differs by row."""

    def draw(rng: np.random.Generator) -> tuple[CausalSample, float]:
        x = rng.normal(size=(rows, columns))
        bend = np.sin(2 * x[:, 0]) + 0.5 * (x[:, 1] > 0) + 0.5 * x[:, 2] * (x[:, 0] > 0)
        treated = rng.random(rows) < expit(bend - 0.25)
        each = 0.5 + 0.25 * x[:, 3]
        outcome = 1.5 * bend + x[:, 4] ** 2 + 0.3 * x[:, 5] + each * treated + rng.normal(size=rows)
        return sample_of(outcome, treated, x), 0.5

    return draw


def linear(rows: int) -> World:
    """Five confounders on straight lines, and an effect that differs by row with average 1."""

    def draw(rng: np.random.Generator) -> tuple[CausalSample, float]:
        x = rng.normal(size=(rows, 5))
        treated = rng.random(rows) < expit(x @ (0.5, -0.5, 0.3, 0.0, 0.2))
        outcome = x @ (1.0, -1.0, 0.5, 0.5, 0.0) + (1 + 0.5 * x[:, 0]) * treated + rng.normal(size=rows)
        return sample_of(outcome, treated, x), 1.0

    return draw


def alike(rows: int) -> World:
    """As `linear`, with a third of the rows treated and one effect for all, so that it is that of the treated too."""

    def draw(rng: np.random.Generator) -> tuple[CausalSample, float]:
        x = rng.normal(size=(rows, 5))
        treated = rng.random(rows) < expit(x @ (0.5, -0.5, 0.3, 0.0, 0.2) - 0.7)
        outcome = x @ (1.0, -1.0, 0.5, 0.5, 0.0) + treated + rng.normal(size=rows)
        return sample_of(outcome, treated, x), 1.0

    return draw


def classes(count: int) -> World:
    """Whole classes of 5 to 25 chose the treatment by what their pupils were like, and share a shock."""

    def draw(rng: np.random.Generator) -> tuple[CausalSample, float]:
        group = np.repeat(np.arange(count), rng.integers(5, 26, size=count))
        level = rng.normal(size=count)
        x = np.column_stack([level[group], rng.normal(size=len(group))])
        treated = (rng.random(count) < expit(0.7 * level))[group]
        outcome = x[:, 0] + x[:, 1] + treated + rng.normal(0, 0.5, count)[group] + rng.normal(size=len(group))
        return sample_of(outcome, treated, x, group), 1.0

    return draw


def skewed_tail(rows: int) -> World:
    """A quarter is treated, few confounders with a strong pull, and an outcome with a long tail."""

    def draw(rng: np.random.Generator) -> tuple[CausalSample, float]:
        x = rng.normal(size=(rows, 3))
        treated = rng.random(rows) < expit(1.2 * x[:, 0] - 0.8 * x[:, 1] - 1)
        outcome = x[:, 0] + x[:, 1] + treated + rng.exponential(size=rows)
        return sample_of(outcome, treated, x), 1.0

    return draw


def steps(rows: int) -> World:
    """New to the tuning: steps and a product of two 0/1 columns move treatment and a count; the effect is in counts."""

    def draw(rng: np.random.Generator) -> tuple[CausalSample, float]:
        x = rng.normal(size=(rows, 4))
        flags = (rng.random((rows, 2)) < 0.4).astype(float)
        step = 0.8 * (x[:, 0] > 0.5) - 0.8 * (x[:, 1] < -0.5) + 0.7 * flags[:, 0] * flags[:, 1]
        treated = rng.random(rows) < expit(step - 0.1)
        outcome = rng.poisson(np.exp(0.6 + 0.5 * step + 0.2 * x[:, 2])) + rng.binomial(1, 0.5, rows) * treated
        return sample_of(outcome.astype(float), treated, np.column_stack([x, flags])), 0.5

    return draw


def hidden(rows: int, kind: str) -> World:
    """Something hidden moves treatment and outcome; the effect runs through a mediator (a number, or 0/1)."""

    def draw(rng: np.random.Generator) -> tuple[CausalSample, float]:
        prone, x = rng.normal(size=rows), rng.normal(size=(rows, 1))
        treated = (rng.random(rows) < expit(prone + 0.3 * x[:, 0])).astype(int)
        if kind == "number":
            through, truth = 0.8 * treated + 0.4 * x[:, 0] + rng.normal(size=rows), 0.8
        else:
            through = (rng.random(rows) < expit(1.2 * treated - 0.6 + 0.3 * x[:, 0])).astype(float)
            truth = float(expit(0.6 + 0.3 * GRID).mean() - expit(-0.6 + 0.3 * GRID).mean())
        outcome = through + prone + 0.5 * x[:, 0] + rng.normal(size=rows)
        return replace(sample_of(outcome, treated, x), mediators=through[:, None]), truth

    return draw


def trial(rows: int) -> World:
    """A trial with unequal arms, unequal spread, and a skewed column from before."""

    def draw(rng: np.random.Generator) -> tuple[CausalSample, float]:
        before = rng.exponential(size=(rows, 1))
        treated = rng.permutation(np.arange(rows) < rows * 0.3)
        outcome = before[:, 0] + (1 + 0.5 * (before[:, 0] - 1)) * treated + rng.normal(size=rows) * (1 + treated)
        return sample_of(outcome, treated, before), 1.0

    return draw


def schools(count: int) -> World:
    """Whole schools of 5 to 40 pupils were randomised."""

    def draw(rng: np.random.Generator) -> tuple[CausalSample, float]:
        school = np.repeat(np.arange(count), rng.integers(5, 41, size=count))
        treated = rng.permutation(np.arange(count) % 2)[school]
        outcome = treated + rng.normal(0, 0.5, count)[school] + rng.normal(size=len(school))
        return sample_of(outcome, treated, np.zeros((len(school), 0)), school), 1.0

    return draw


def by_rct(sample: CausalSample, seed: int) -> Answer:
    return contrast_effect(experiment_fit(sample, False), 1), experiment_balance(sample, "experiment")[0]


def by_ipw(sample: CausalSample, seed: int) -> Answer:
    model = propensity(sample)
    effect = weighted_means(sample, model, sample.outcome, "ate", True).effect
    return effect, [*weighting_design(sample, model, "ate")[0], deciding_rows(effect)]


def by_matching(plan: MatchingPlan) -> Callable[[CausalSample, int], Answer]:
    def run(sample: CausalSample, seed: int) -> Answer:
        model = propensity(sample)
        matched = matched_rows(sample, model, plan)
        checks = matching_design(sample, model.mean, matched, plan.estimand)[0]
        if plan.distance == "propensity":
            checks += score_form_diagnostics(sample, model)
        return matching_effect(sample, model, matched, plan).effect, checks

    return run


def by_front_door(sample: CausalSample, seed: int) -> Answer:
    found, repeated = front_door(sample, sample.weights), repeat_front_door(sample, seed)
    checks = [*front_door_design(sample)[0], two_ways(found, repeated)]
    return with_bootstrap_errors(found, repeated)[0], checks


def by_adjustment(estimator: Callable[..., object], learner: str = "auto") -> Callable[[CausalSample, int], Answer]:
    def run(sample: CausalSample, seed: int) -> Answer:
        found = estimator(sample, estimand="ate", learner=learner, folds=5, seed=seed)
        return found.effect, [*adjustment_design(sample, "ate")[0], *found.diagnostics]  # type: ignore[attr-defined]

    return run


SCORE = MatchingPlan("ate", "propensity", 1, True, None, False, 1)
SPACE = MatchingPlan("ate", "mahalanobis", 1, True, None, True, 1)
PAIRS = MatchingPlan("att", "propensity", 1, False, 0.2, True, 1)


def by_influence(sample: CausalSample, seed: int) -> Answer:
    """The front door with the error of the influence function, as in tables above 100,000 rows."""
    found = front_door(sample, sample.weights)
    return found.effect, front_door_design(sample)[0]


AIPW, LINEAR = by_adjustment(adjust_aipw), by_adjustment(adjust_aipw, "linear")
GCOMP, OLS, DML = (by_adjustment(one) for one in (adjust_gcomputation, adjust_regression, adjust_dml))

CASES: dict[str, tuple[World, Callable[[CausalSample, int], Answer], float]] = {
    # name: world, method, share of --runs
    "rct, 200 rows, unequal arms": (trial(200), by_rct, 1),
    "rct, 40 rows, unequal arms": (trial(40), by_rct, 1),
    "rct, 12 schools": (schools(12), by_rct, 1),
    "rct, 40 schools": (schools(40), by_rct, 1),
    "ipw, linear, 1,000 rows": (linear(1_000), by_ipw, 1),
    "ipw, Kang-Schafer z, 1,000 rows": (kang_schafer(1_000, "z"), by_ipw, 1),
    "ipw, Kang-Schafer x, 1,000 rows (model wrong)": (kang_schafer(1_000, "x"), by_ipw, 1),
    "ipw, Kang-Schafer z, 200 rows": (kang_schafer(200, "z"), by_ipw, 1),
    "ipw, Kang-Schafer z, 5,000 rows": (kang_schafer(5_000, "z"), by_ipw, 1),
    "ipw, long tail and strong pull, 1,000 rows": (skewed_tail(1_000), by_ipw, 1),
    "psm score, 1 neighbour, 1,000 rows": (alike(1_000), by_matching(SCORE), 1),
    "psm score, 1 neighbour, att, 1,000 rows": (alike(1_000), by_matching(replace(SCORE, estimand="att")), 1),
    "psm score, 1 neighbour, effects differ, 1,000 rows": (linear(1_000), by_matching(SCORE), 1),
    "psm score, 4 neighbours, corrected, 1,000 rows": (
        linear(1_000),
        by_matching(replace(SCORE, neighbours=4, correct=True)),
        1,
    ),
    "psm mahalanobis, 1 neighbour, corrected, 1,000 rows": (linear(1_000), by_matching(SPACE), 1),
    "psm mahalanobis, 4 neighbours, corrected, att, 1,000 rows": (
        alike(1_000),
        by_matching(replace(SPACE, neighbours=4, estimand="att")),
        1,
    ),
    "psm mahalanobis, not corrected, 1,000 rows (not advised)": (
        linear(1_000),
        by_matching(replace(SPACE, correct=False)),
        0.3,
    ),
    "psm pairs without replacement, caliper .2, att, 1,000 rows": (alike(1_000), by_matching(PAIRS), 1),
    "psm mahalanobis, 60 classes that chose as a whole": (classes(60), by_matching(SPACE), 1),
    "psm score, Kang-Schafer z, 1,000 rows": (kang_schafer(1_000, "z"), by_matching(SCORE), 1),
    "psm mahalanobis, Kang-Schafer z, 1,000 rows": (kang_schafer(1_000, "z"), by_matching(SPACE), 1),
    "psm score, Kang-Schafer x, 1,000 rows (model wrong)": (kang_schafer(1_000, "x"), by_matching(SCORE), 1),
    "frontdoor, a number, 300 rows, bootstrap": (hidden(300, "number"), by_front_door, 0.08),
    "frontdoor, a number, 300 rows, influence function": (hidden(300, "number"), by_influence, 1),
    "frontdoor, a number, 1,000 rows, bootstrap": (hidden(1_000, "number"), by_front_door, 0.08),
    "frontdoor, a number, 1,000 rows, influence function": (hidden(1_000, "number"), by_influence, 1),
    "frontdoor, 0/1, 1,000 rows, bootstrap": (hidden(1_000, "flag"), by_front_door, 0.08),
    "frontdoor, 0/1, 1,000 rows, influence function": (hidden(1_000, "flag"), by_influence, 1),
    "gcomputation, linear, 1,000 rows": (linear(1_000), GCOMP, 1),
    "gcomputation, Kang-Schafer x, 1,000 rows (model wrong)": (kang_schafer(1_000, "x"), GCOMP, 1),
    "regression, Kang-Schafer z, 1,000 rows": (kang_schafer(1_000, "z"), OLS, 1),
    "aipw linear, linear, 1,000 rows": (linear(1_000), LINEAR, 0.5),
    "aipw, Kang-Schafer z, 1,000 rows": (kang_schafer(1_000, "z"), AIPW, 0.05),
    "aipw, Kang-Schafer x, 1,000 rows": (kang_schafer(1_000, "x"), AIPW, 0.05),
    "aipw, nonlinear, 2,000 x 10": (nonlinear(2_000, 10), AIPW, 0.05),
    "aipw, steps and counts, 2,000 rows (never tuned on)": (steps(2_000), AIPW, 0.05),
    "dml, nonlinear, 2,000 x 10 (ato asked as .5)": (nonlinear(2_000, 10), DML, 0.05),
    "aipw, nonlinear, 20,000 x 50": (nonlinear(20_000, 50), AIPW, 0.01),
}


def measure(name: str, runs: int, seed: int) -> str:
    """One row of the table."""
    world, method, share = CASES[name]
    runs = max(5, int(runs * share))
    errors, held, widths, flagged = [], [], [], []
    start = time.process_time()
    for run in range(runs):
        rng = np.random.default_rng([seed, run])
        sample, truth = world(rng)
        try:
            effect, checks = method(sample, seed + run)
        except Refused:
            continue
        low, high = effect.interval(0.95)
        errors.append(effect.value - truth)
        held.append(low <= truth <= high)
        widths.append(effect.error)
        flagged.append(any(item.status != "pass" for item in checks))
    spent, runs = (time.process_time() - start) / runs, len(errors)
    spread = float(np.std(errors, ddof=1))
    rate = float(np.mean(held))
    margin = np.sqrt(max(rate * (1 - rate), 0.5 / runs * (1 - 0.5 / runs)) / runs)
    rmse = float(np.sqrt(np.mean(np.square(errors))))
    return (
        f"| {name} | {runs} | {np.mean(errors):+.4f} ± {spread / np.sqrt(runs):.4f} | {rmse:.4f} | "
        f"{np.mean(widths) / spread:.2f} | {rate:.3f} ± {margin:.3f} | {np.mean(flagged):.0%} | {spent:.3f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="cases whose name begins with this")
    given = parser.parse_args()
    print("| method and world | draws | bias | RMSE | error / spread | coverage | flagged | CPU seconds |")
    print("|---|---|---|---|---|---|---|---|")
    for name in CASES:
        if name.startswith(given.only):
            print(measure(name, given.runs, given.seed), flush=True)


if __name__ == "__main__":
    main()
