"""Bias and coverage of DoWhy's, EconML's and DoubleML's defaults in the worlds of `truth.py`.

    uv venv peers && uv pip install --python peers doubleml econml dowhy -e . -e plugins/cerebro-causal
    peers/bin/python benchmarks/causal/peers.py [--runs 100] [--only NAME]

DoWhy's weighting has an interval by its bootstrap of 100 draws; EconML's learners are its own choice ("auto"); DoubleML
has no default learners, and gets scikit-learn's random forests with five rows a leaf. 95 % intervals; Cerebro's own
figures for the same worlds are those of `truth.py`.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from truth import kang_schafer, linear, nonlinear

from cerebro_causal.blocks.causal_sample import CausalSample

Found = tuple[float, float, float]
WORLDS = {
    "linear, 1,000 rows": linear(1_000),
    "Kang-Schafer z, 1,000 rows": kang_schafer(1_000, "z"),
    "Kang-Schafer x, 1,000 rows (model wrong)": kang_schafer(1_000, "x"),
    "nonlinear, 2,000 x 10": nonlinear(2_000, 10),
}


def by_dowhy(sample: CausalSample, seed: int) -> Found:
    from dowhy import CausalModel

    names = [f"x{place}" for place in range(sample.covariates.shape[1])]
    frame = pd.DataFrame(sample.covariates, columns=names).assign(t=sample.arm.astype(bool), y=sample.outcome)
    model = CausalModel(frame, "t", "y", common_causes=names)
    named = model.identify_effect(proceed_when_unidentifiable=True)
    np.random.seed(seed)
    found = model.estimate_effect(named, method_name="backdoor.propensity_score_weighting", confidence_intervals=True)
    low, high = np.ravel(found.get_confidence_intervals())
    return float(found.value), float(low), float(high)


def by_linear_dml(sample: CausalSample, seed: int) -> Found:
    from econml.dml import LinearDML

    fit = LinearDML(discrete_treatment=True, random_state=seed).fit(
        sample.outcome, sample.arm, X=None, W=sample.covariates
    )
    return ends_of(fit.intercept__inference())


def by_dr_learner(sample: CausalSample, seed: int) -> Found:
    from econml.dr import LinearDRLearner

    fit = LinearDRLearner(random_state=seed).fit(sample.outcome, sample.arm, X=None, W=sample.covariates)
    return ends_of(fit.intercept__inference(T=1))


def ends_of(found: object) -> Found:
    """Estimate and interval of EconML's inference."""
    low, high = found.conf_int()  # type: ignore[attr-defined]
    point = found.point_estimate  # type: ignore[attr-defined]
    return float(np.ravel(point)[0]), float(np.ravel(low)[0]), float(np.ravel(high)[0])


def by_doubleml(kind: str) -> Callable[[CausalSample, int], Found]:
    def run(sample: CausalSample, seed: int) -> Found:
        import doubleml
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        np.random.seed(seed)
        data = doubleml.DoubleMLData.from_arrays(sample.covariates, sample.outcome, sample.arm)
        outcome = RandomForestRegressor(min_samples_leaf=5, random_state=seed)
        chance = RandomForestClassifier(min_samples_leaf=5, random_state=seed)
        fit = (doubleml.DoubleMLIRM if kind == "irm" else doubleml.DoubleMLPLR)(data, outcome, chance).fit()
        low, high = np.ravel(fit.confint(level=0.95))
        return float(fit.coef[0]), float(low), float(high)

    return run


PEERS: dict[str, tuple[Callable[[CausalSample, int], Found], float]] = {
    # name: analysis, share of --runs
    "DoWhy, weighting, bootstrap": (by_dowhy, 1),
    "EconML LinearDML": (by_linear_dml, 0.5),
    "EconML LinearDRLearner": (by_dr_learner, 0.5),
    "DoubleML IRM, forests": (by_doubleml("irm"), 1),
    "DoubleML PLR, forests": (by_doubleml("plr"), 1),
}


def measure(peer: str, world: str, runs: int) -> str:
    """One row of the table."""
    found, truth, spent = [], 0.0, time.process_time()
    for run in range(runs):
        sample, truth = WORLDS[world](np.random.default_rng([1, run]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.append(PEERS[peer][0](sample, run))
    values, low, high = np.array(found).T
    held = np.mean((low <= truth) & (truth <= high))
    error = values.std(ddof=1) / np.sqrt(runs)
    wobble = np.sqrt(max(held * (1 - held), 0.5 / runs) / runs)
    each = (time.process_time() - spent) / runs
    return (
        f"| {peer} | {world} | {runs} | {values.mean() - truth:+.3f} ± {error:.3f} "
        f"| {np.sqrt(np.mean((values - truth) ** 2)):.3f} | {held:.3f} ± {wobble:.3f} | {each:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--only", default="", help="peers whose name begins with this")
    given = parser.parse_args()
    print("| peer | world | draws | bias | RMSE | coverage | CPU seconds |\n|---|---|---|---|---|---|---|")
    for peer, (_, share) in PEERS.items():
        for world in WORLDS if peer.startswith(given.only) else ():
            print(measure(peer, world, max(10, int(given.runs * share))), flush=True)


if __name__ == "__main__":
    main()
