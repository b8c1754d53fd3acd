"""False alarms and detections of each refuter of `cerebro causal`, by method, over many drawn tables.

    python benchmarks/causal/refuters.py [--runs 200] [--seed 1] [--only METHOD] [--faults]

Without `--faults`: the share of alarms where nothing is wrong (two worlds, half of the runs each), and in brackets the
median and the 95th percentile of what was measured. With it: the share of alarms under faults that the refuter can see.
A placebo treatment cannot see confounding, and none sees a confounder that was not measured: not counted. The faults:

- stale chances: treatment is dealt anew, and the chances of the real treatment are used (what DoWhy's placebo refuter
  does to a correct analysis, dowhy#1728);
- short errors: the analysis gives half of its standard error;
- not adjusted: the analysis leaves the confounders out;
- a bend: treatment and outcome follow the squares of confounders, which the method takes as straight;
- unstable: the analysis moves by two standard errors whenever it is run again.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import expit
from truth import linear, sample_of

from cerebro_causal.blocks.adjustment import adjust_gcomputation, adjust_regression
from cerebro_causal.blocks.backdoor import LEARNT_CHURN
from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.doubly_robust import adjust_aipw
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.ipw import propensity, weighted_means
from cerebro_causal.blocks.matching import MatchingPlan, churn_of, matched_rows, matching_effect, whole_matching
from cerebro_causal.blocks.refuters import REPEATS, refute_effect

Analysis = Callable[[CausalSample], Effect]
REFUTERS = ("placebo_treatment", "dummy_outcome", "random_common_cause", "random_subset")
SCORE = MatchingPlan("ate", "propensity", 1, True, None, False, 1)
TREATED = MatchingPlan("att", "propensity", 1, True, None, False, 1)
SPACE = MatchingPlan("ate", "mahalanobis", 1, True, None, True, 1)
PAIRS = MatchingPlan("att", "propensity", 1, False, 0.2, True, 1)


def by_ipw(sample: CausalSample) -> Effect:
    return weighted_means(sample, propensity(sample), sample.outcome, "ate", True).effect


def by_adjustment(estimator: Callable[..., object], estimand: str) -> Analysis:
    def run(sample: CausalSample) -> Effect:
        found = estimator(sample, estimand=estimand, learner="linear", folds=5, seed=1)
        return found.effect  # type: ignore[attr-defined, no-any-return]

    return run


def by_matching(plan: MatchingPlan) -> Analysis:
    return lambda sample: whole_matching(sample, plan).effect


METHODS: dict[str, tuple[Analysis, int, float, float]] = {
    # name: analysis, draws of each refuter, churn, share of --runs
    "ipw": (by_ipw, REPEATS, 0.0, 1),
    "gcomputation": (by_adjustment(adjust_gcomputation, "ate"), REPEATS, 0.0, 1),
    "regression": (by_adjustment(adjust_regression, "ato"), REPEATS, 0.0, 1),
    "aipw, linear": (by_adjustment(adjust_aipw, "ate"), 1, LEARNT_CHURN, 0.5),
    "psm, score": (by_matching(SCORE), REPEATS, churn_of(SCORE), 1),
    "psm, score, att": (by_matching(TREATED), REPEATS, churn_of(TREATED), 1),
    "psm, mahalanobis": (by_matching(SPACE), REPEATS, churn_of(SPACE), 1),
    "psm, pairs, att": (by_matching(PAIRS), REPEATS, churn_of(PAIRS), 1),
}


def skewed(rows: int) -> Callable[[np.random.Generator], tuple[CausalSample, float]]:
    """Two confounders, one of them skewed, a third of the rows treated, and an outcome with a long tail."""

    def draw(rng: np.random.Generator) -> tuple[CausalSample, float]:
        x = np.column_stack([rng.normal(size=rows), rng.exponential(size=rows)])
        treated = rng.random(rows) < expit(0.6 * x[:, 0] + 0.3 * (x[:, 1] - 1) - 0.8)
        outcome = x[:, 0] + x[:, 1] + treated + rng.exponential(2, size=rows)
        return sample_of(outcome, treated, x), 1.0

    return draw


def bent(rows: int) -> Callable[[np.random.Generator], tuple[CausalSample, float]]:
    """Treatment follows the squares of two confounders."""

    def draw(rng: np.random.Generator) -> tuple[CausalSample, float]:
        x = rng.normal(size=(rows, 3))
        pull = 0.7 * (x[:, 0] ** 2 - 1) + 0.7 * (x[:, 1] ** 2 - 1) + 0.4 * x[:, 2]
        treated = rng.random(rows) < expit(pull)
        outcome = x[:, 0] ** 2 + x[:, 1] ** 2 + x[:, 2] + treated + rng.normal(size=rows)
        return sample_of(outcome, treated, x), 1.0

    return draw


def alarms(
    name: str, sample: CausalSample, seed: int, analysis: Analysis | None = None
) -> dict[str, tuple[bool, float]]:
    """For each refuter whether it gave alarm, and what it measured."""
    own, repeats, churn, _ = METHODS[name]
    run = analysis or own
    found = refute_effect(sample, run(sample), run, seed, repeats, churn)
    return {one.name: (one.status != "pass", one.value) for one in found}


def stale(name: str, sample: CausalSample) -> Analysis:
    """The analysis with the chances of the real treatment, whatever the treatment."""
    model = propensity(sample)

    def run(changed: CausalSample) -> Effect:
        if changed.covariates.shape != sample.covariates.shape:
            return METHODS[name][0](changed)
        kept = model
        if name == "ipw":
            return weighted_means(changed, kept, changed.outcome, "ate", True).effect
        plan = TREATED if name.endswith("att") else SCORE
        return matching_effect(changed, kept, matched_rows(changed, kept, plan), plan).effect

    return run


def short(name: str, sample: CausalSample) -> Analysis:
    def run(changed: CausalSample) -> Effect:
        effect = METHODS[name][0](changed)
        return replace(effect, error=effect.error / 2)

    return run


def plain(name: str, sample: CausalSample) -> Analysis:
    def run(changed: CausalSample) -> Effect:
        parts = [changed.outcome[changed.arm == arm] for arm in (0, 1)]
        error = float(np.sqrt(sum(part.var(ddof=1) / len(part) for part in parts)))
        return Effect(float(parts[1].mean() - parts[0].mean()), error)

    return run


def unstable(name: str, sample: CausalSample) -> Analysis:
    rng = np.random.default_rng(len(sample.arm))

    def run(changed: CausalSample) -> Effect:
        effect = METHODS[name][0](changed)
        return replace(effect, value=effect.value + float(rng.normal(0, 2)) * effect.error)

    return run


FAULTS: dict[str, tuple[str, Callable[[str, CausalSample], Analysis] | None, tuple[str, ...]]] = {
    # fault: world, analysis, refuters that can see it
    "stale chances": ("linear", stale, ("placebo_treatment",)),
    "short errors": ("linear", short, ("placebo_treatment", "random_subset")),
    "not adjusted": ("linear", plain, ("dummy_outcome",)),
    "a bend": ("bent", None, ("dummy_outcome",)),
    "unstable": ("linear", unstable, ("random_common_cause",)),
}


def false_alarms(name: str, runs: int, seed: int) -> str:
    """A row: share of alarms where nothing is wrong."""
    found = []
    for run in range(max(10, int(runs * METHODS[name][3]))):
        rng = np.random.default_rng([seed, run])
        sample = (linear if run % 2 else skewed)(600)(rng)[0]
        found.append(alarms(name, sample, run))
    cells = []
    for refuter in REFUTERS:
        rate = float(np.mean([one[refuter][0] for one in found]))
        middle = float(np.median([one[refuter][1] for one in found]))
        high = float(np.quantile([one[refuter][1] for one in found], 0.95))
        cells.append(f"{share_text(rate, len(found))} [{middle:.2f}, {high:.2f}]")
    return f"| {name} | {len(found)} | " + " | ".join(cells) + " |"


def detections(name: str, runs: int, seed: int) -> list[str]:
    """Rows: share of alarms under each fault."""
    rows = []
    for fault, (world, make, refuters) in FAULTS.items():
        if fault == "stale chances" and name not in ("ipw", "psm, score", "psm, score, att"):
            continue
        if fault == "not adjusted" and name != "ipw":
            continue
        found = []
        for run in range(max(10, int(runs * METHODS[name][3]))):
            rng = np.random.default_rng([seed, 7, run])
            sample = (bent(1_500) if world == "bent" else linear(600))(rng)[0]
            found.append(alarms(name, sample, run, make(name, sample) if make else None))
        for refuter in refuters:
            rate = float(np.mean([one[refuter][0] for one in found]))
            rows.append(f"| {fault} | {refuter.replace('_', ' ')} | {name} | {share_text(rate, len(found))} |")
    return rows


def share_text(rate: float, runs: int) -> str:
    """A share with its Monte-Carlo error."""
    return f"{rate:.1%} ± {np.sqrt(max(rate * (1 - rate), 0.5 / runs) / runs):.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="methods whose name begins with this")
    parser.add_argument("--faults", action="store_true")
    given = parser.parse_args()
    for name in METHODS:
        if name.startswith(given.only):
            rows = (
                detections(name, given.runs, given.seed)
                if given.faults
                else [false_alarms(name, given.runs, given.seed)]
            )
            for row in rows:
                print(row, flush=True)


if __name__ == "__main__":
    main()
