"""Effects by segment, estimated together: a hierarchical model in PyMC."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cerebro_abtest.blocks.arms import Arms, Metric, arm_name, list_metrics, read_arms
from cerebro_abtest.blocks.health import health_checks
from cerebro_abtest.blocks.hierarchical_report import segment_chart, segment_estimates, segment_table
from cerebro_core.blocks.chains import split_rhat
from cerebro_core.blocks.display import display
from cerebro_core.blocks.moment_sql import Moments, MomentSet
from cerebro_core.blocks.progress import Progress
from cerebro_core.blocks.result import Diagnostic, Refused, Result
from cerebro_core.blocks.source import Source

CHAINS = 4
DRAWS = 1_000
FEWEST_SEGMENTS = 3
MOST_SEGMENTS = 500
WORST_RHAT = 1.01


@dataclass(frozen=True)
class SegmentSums:
    """Rows, means and variances of an outcome: shape (segments, 2), the control first.

    Attributes:
        names: of the segments.
        binary: whether all values are 0 and 1.
    """

    names: tuple[str, ...]
    n: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    binary: bool

    @property
    def weights(self) -> np.ndarray:
        """Share of all rows in each segment."""
        return np.asarray(self.n.sum(axis=1) / self.n.sum())


@dataclass(frozen=True)
class SegmentDraws:
    """Posterior draws of the effects in the outcome's unit, shape (draws, segments), and how they were made."""

    effects: np.ndarray
    base: np.ndarray
    spread: np.ndarray
    divergences: int
    rhat: float


def analyse(
    source: Source,
    *,
    treatment: str,
    outcome: Sequence[str],
    segment: str | None,
    unit: str | None,
    control: str | None,
    allocation: Mapping[str, float],
    lower_is_better: Sequence[str],
    ci_level: float,
    priors: Mapping[str, float],
    min_p_allocation: float,
    seed: int,
    progress: Progress,
) -> Result:
    """The effect in each segment, drawn towards that of all as far as the segments' data is thin.

    Args:
        source: the table.
        segment: the column with the segments.
        treatment, outcome, … : the spec's fields.

    Raises:
        Refused: no segment column, or too few or too many segments.
    """
    if segment is None:
        raise Refused("--segment: name the column whose values may differ in their effect")
    arms = read_arms(source, treatment, control, allocation)
    metric = list_metrics(outcome[:1], (), None, lower_is_better)[0]
    if len(outcome) > 1:
        raise Refused("--outcome: the hierarchical model takes one outcome; run it for each")
    found = []
    for arm in range(1, len(arms.names)):
        sums = segment_sums(source, arms, metric, segment, arm)
        progress.stage(f"sampling the effects of {display(arms.names[arm])} in {len(sums.names)} segments")
        found.append((arm, sums, sampled_effects(sums, priors, seed + arm)))
    checks = health_checks(source, arms, [metric], (), None, unit, None, None, min_p_allocation)
    checks += [draws_check(draws) for _, _, draws in found]
    estimates, answer = segment_estimates(arms, metric, found, ci_level)
    return Result(
        answer=answer,
        estimates=estimates,
        diagnostics=tuple(checks),
        tables={"segments": segment_table(arms, found, ci_level)},
        charts=tuple(segment_chart(arms, metric, *item, ci_level) for item in found),
        rows_used=int(found[0][1].n.sum()),
    )


def segment_sums(source: Source, arms: Arms, metric: Metric, segment: str, arm: int) -> SegmentSums:
    """Sums of each segment that has two rows in both arms."""
    groups = source.moments({"y": MomentSet((metric.name,))}, [segment, arms.column])
    by_segment: dict[object, dict[int, Moments]] = {}
    for (value, which), moments in groups:
        if value is not None and arms.place(which) in (0, arm) and moments["y"].count >= 2:
            by_segment.setdefault(value, {})[arms.place(which)] = moments["y"]
    whole = {value: pair for value, pair in by_segment.items() if len(pair) == 2}
    if not FEWEST_SEGMENTS <= len(whole) <= MOST_SEGMENTS:
        raise Refused(
            f"--segment: '{display(segment)}' has {len(whole)} values with two rows in both arms; {FEWEST_SEGMENTS} to "
            f"{MOST_SEGMENTS} are needed"
        )
    pairs = [[pair[0], pair[arm]] for pair in whole.values()]
    counts = np.array([[item.count for item in pair] for pair in pairs], float)
    means = np.array([[item.means[0] for item in pair] for pair in pairs])
    spread = np.array([[item.covariances[0][0] for item in pair] for pair in pairs])
    binary = source.kind(metric.name) == "boolean"
    if not binary:
        facts = source.aggregate({"low": ("min", metric.name), "high": ("max", metric.name)})[0]
        binary = source.kind(metric.name) == "integer" and {facts["low"], facts["high"]} <= {0, 1}
    names = tuple(arm_name(value) for value in whole)
    return SegmentSums(names, counts, means, spread, binary)


def sampled_effects(sums: SegmentSums, priors: Mapping[str, float], seed: int) -> SegmentDraws:
    """Draw from the model: effects are normal about a common one, with a spread that is learnt.

    Yes or no: logit p = a_s + w (mu + tau z_s) with a binomial likelihood. Other outcomes: the segment's difference has
    a normal likelihood with its own standard error. The parameters are non-centred (Betancourt & Girolami 2015).
    """
    import pymc as pm

    logging.getLogger("pymc").setLevel(logging.ERROR)
    count = len(sums.names)
    gaps = sums.mean[:, 1] - sums.mean[:, 0]
    errors = np.sqrt(np.maximum((sums.variance / sums.n).sum(axis=1), 1e-300))
    with pm.Model():
        z = pm.Normal("z", 0.0, 1.0, shape=count)
        if sums.binary:
            mu = pm.Normal("mu", 0.0, priors.get("hierarchical.mu", 1.0))
            tau = pm.HalfNormal("tau", priors.get("hierarchical.tau", 0.5))
            overall = float((sums.n * sums.mean).sum() / sums.n.sum())
            centre = float(np.log(max(overall, 1e-4) / max(1 - overall, 1e-4)))
            level = pm.Normal("level", centre, 1.5)
            width = pm.HalfNormal("width", 1.0)
            a = level + width * pm.Normal("az", 0.0, 1.0, shape=count)
            yes = np.rint(sums.n * sums.mean)
            control, treated = pm.math.invlogit(a), pm.math.invlogit(a + mu + tau * z)
            pm.Binomial("y0", n=sums.n[:, 0], p=control, observed=yes[:, 0])
            pm.Binomial("y1", n=sums.n[:, 1], p=treated, observed=yes[:, 1])
            pm.Deterministic("effect", treated - control)
            pm.Deterministic("base", control)
        else:
            scale = float(np.sqrt(np.average(gaps**2 + errors**2, weights=sums.weights)))
            mu = pm.Normal("mu", 0.0, priors.get("hierarchical.mu", 5 * scale))
            tau = pm.HalfNormal("tau", priors.get("hierarchical.tau", scale))
            effect = pm.Deterministic("effect", mu + tau * z)
            pm.Normal("y", effect, errors, observed=gaps)
        drawn = pm.sample(
            DRAWS,
            tune=DRAWS,
            chains=CHAINS,
            cores=1,
            random_seed=seed,
            progressbar=False,
            target_accept=0.95,
            compute_convergence_checks=False,
        )
    effects = np.asarray(drawn.posterior["effect"].values)
    base = np.asarray(drawn.posterior["base"].values) if sums.binary else sums.mean[None, None, :, 0]
    tau_draws = np.asarray(drawn.posterior["tau"].values)
    worst = max(split_rhat(values) for values in (*np.moveaxis(effects, -1, 0), tau_draws))
    return SegmentDraws(
        effects.reshape(-1, count),
        np.broadcast_to(base, effects.shape).reshape(-1, count),
        tau_draws.ravel(),
        int(np.asarray(drawn.sample_stats["diverging"].values).sum()),
        worst,
    )


def draws_check(draws: SegmentDraws) -> Diagnostic:
    """Have the chains found the same distribution, without divergences?"""
    share = draws.divergences / len(draws.effects)
    fine = draws.rhat <= WORST_RHAT and share < 0.005
    message = (
        "The chains agree."
        if fine
        else f"The sampler is not done (R-hat {draws.rhat:.3f}, {draws.divergences} divergences): run it with another "
        "--seed, join small segments, or narrow the priors hierarchical.mu and hierarchical.tau."
    )
    status = "pass" if fine else "fail" if draws.rhat > 1.05 or share > 0.05 else "warn"
    return Diagnostic("chains", status, message, draws.rhat, WORST_RHAT)
