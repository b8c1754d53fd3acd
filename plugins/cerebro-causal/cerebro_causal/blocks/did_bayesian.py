"""Difference in differences by CausalPy: a posterior instead of a confidence interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cerebro_causal.blocks.did_fit import DidFit
from cerebro_causal.blocks.did_inference import Inferred, cluster_checks
from cerebro_causal.blocks.did_jackknife import jackknife_fit, jackknife_strata
from cerebro_causal.blocks.did_sample import DID_AGENT, DidSample
from cerebro_causal.blocks.influence import Effect
from cerebro_core.blocks.chains import split_rhat
from cerebro_core.blocks.result import Diagnostic, Refused, RunDecision

POSTERIOR_DRAWS = 1_000
POSTERIOR_CHAINS = 4
MOST_BAYESIAN_CLUSTERS = 200
LARGEST_RHAT = 1.01  # Vehtari et al. (2021)


def infer_bayesian(
    sample: DidSample, fit: Callable[[DidSample], DidFit], estimator: str, level: float, seed: int
) -> Inferred:
    """CausalPy's difference in differences of each cluster's averages before and after.

    Averages of clusters, because rows of one cluster are no separate evidence (Bertrand, Duflo & Mullainathan 2004).
    Each cluster has a level of its own. Outcomes are scaled by how much clusters' changes differ, so that the priors
    (normal with standard deviation 10 for coefficients, half-normal 1 for the spread) say little. The event study keeps
    its frequentist errors.

    Raises:
        Refused: treatment began at several times, confounders or weights are named, or there are too many clusters.
    """
    jackknife_strata(sample)
    refuse_beyond_bayesian(sample)
    whole = jackknife_fit(sample, fit, fit(sample))
    draws, rhat = posterior_of_averages(cluster_averages(sample), seed)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    beside = [("att_frequentist", f"The same by {estimator}", Effect(whole.att, whole.att_error, whole.degrees))]
    fine = rhat <= LARGEST_RHAT
    message = (
        "The chains of the sampler agree."
        if fine
        else "The chains of the sampler do not agree: run again with another --seed, or take --inference auto."
    )
    checks = cluster_checks(sample, whole)
    checks.append(Diagnostic("rhat", "pass" if fine else "fail", message, rhat, LARGEST_RHAT))
    found = replace(
        whole,
        att=float(draws.mean()),
        att_error=float(draws.std(ddof=1)),
        degrees=float("inf"),
        interval=(float(low), float(high), None),
        kind="credible",
    )
    reason = "You asked for it: the interval holds the effect with this probability, given model and priors."
    return found, beside, checks, RunDecision("inference", "bayesian", reason, DID_AGENT)


def refuse_beyond_bayesian(sample: DidSample) -> None:
    """What CausalPy's model does not know."""
    if sample.is_staggered:
        raise Refused(
            "--inference bayesian is for a treatment that begins at one time, and here it begins at several: take "
            "--inference auto"
        )
    if sample.covariates.shape[1] or sample.weighted:
        raise Refused("--inference bayesian reads neither confounders nor weights: leave them out, or take auto")
    if sample.cluster_count > MOST_BAYESIAN_CLUSTERS:
        raise Refused(
            f"--inference bayesian gives each cluster a level of its own, and there are {sample.cluster_count}, more "
            f"than {MOST_BAYESIAN_CLUSTERS}: name a coarser --cluster, or take auto"
        )


def cluster_averages(sample: DidSample) -> pd.DataFrame:
    """One row a cluster and period (before, after)."""
    start = sample.cohorts[0]
    frame = pd.DataFrame(
        {
            "unit": np.unique(sample.clusters, return_inverse=True)[1],
            "group": (sample.first > 0).astype(int),
            "post_treatment": sample.time >= start,
            "y": sample.outcome,
        }
    )
    found = frame.groupby(["unit", "group", "post_treatment"], as_index=False)["y"].mean()
    both = found.groupby("unit")["y"].transform("size") == 2
    return found[both].reset_index(drop=True).assign(t=lambda table: table["post_treatment"].astype(int))


def posterior_of_averages(averages: pd.DataFrame, seed: int) -> tuple[np.ndarray, float]:
    """Draws of the effect, in the outcome's unit, and the largest R-hat."""
    import causalpy
    from pymc_extras.prior import Prior  # type: ignore[import-untyped]

    change = averages.groupby("unit")["y"].agg(lambda values: float(values.iloc[1] - values.iloc[0]))
    scale = float(change.std(ddof=1)) or 1.0
    # levels of units and periods are taken out first, so that no prior pulls at them
    level = averages.groupby("unit")["y"].transform("mean")
    moved = (averages["y"] - level).groupby(averages["t"]).transform("mean")
    table = averages.assign(y=(averages["y"] - level - moved) / scale)
    spread = Prior("HalfNormal", sigma=1, dims=["treated_units"])
    priors: dict[str, Any] = {
        "beta": Prior("Normal", mu=0, sigma=10, dims=["treated_units", "coeffs"]),
        "y_hat": Prior("Normal", sigma=spread, dims=["obs_ind", "treated_units"]),
    }
    settings: dict[str, Any] = {"draws": POSTERIOR_DRAWS, "tune": POSTERIOR_DRAWS, "chains": POSTERIOR_CHAINS}
    settings |= {"cores": 1, "target_accept": 0.9, "random_seed": seed, "progressbar": False}
    study = causalpy.DifferenceInDifferences(
        table,
        formula="y ~ 1 + group*post_treatment + C(unit)",
        time_variable_name="t",
        group_variable_name="group",
        model=causalpy.pymc_models.LinearRegression(sample_kwargs=settings, priors=priors),
    ).fit()
    found = study.result.causal_impact.transpose("chain", "draw", ...)
    chains = np.asarray(found, dtype=float).reshape(POSTERIOR_CHAINS, -1)
    return chains.ravel() * scale, split_rhat(chains)
