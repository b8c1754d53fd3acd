"""Stage 4, diagnostics: may the answer be trusted?"""

from __future__ import annotations

import numpy as np

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Diagnostic
from cerebro_mmm.blocks.fitting import Fit
from cerebro_mmm.blocks.inference import Draws
from cerebro_mmm.blocks.modeling import Problem
from cerebro_mmm.blocks.posterior import Posterior, prior_contributions

PARAMETER_WORDS = (
    ("effect", "effect at typical spend"),
    ("retention", "carry-over"),
    ("half_saturation", "spend at half of the most effect"),
    ("slope", "shape of the response curve"),
    ("rate", "speed of saturation"),
    ("peak", "rows until the effect is largest"),
    ("scale", "length of the carry-over"),
    ("shape", "shape of the carry-over"),
    ("spread", "differences between regions"),
    ("region", "effect in a region"),
    ("level_sd", "wandering of the baseline"),
    ("smooth_sd", "movement of the baseline"),
    ("smooth_length", "speed of the baseline's movement"),
    ("noise", "size of the noise"),
    ("contribution", "contribution"),
    ("total_media", "contribution of all media"),
)


def parameter_words(name: str) -> str:
    """A parameter or reported quantity in plain words, such as `carry-over` for `retention`."""
    return dict(PARAMETER_WORDS).get(name, name.replace("_", " "))


def fit_diagnostics(fit: Fit, min_ess: float, max_rhat: float) -> tuple[Diagnostic, ...]:
    """Did the computation succeed? Each check of the forms that weigh something, where it is worst."""
    order = {"pass": 0, "warn": 1, "fail": 2}
    found: dict[str, Diagnostic] = {}
    for draws, weight in zip(fit.draws, fit.weights, strict=True):
        for check in sampler_diagnostics(draws, min_ess, max_rhat) if weight > 0.01 else ():
            if check.name not in found or order[check.status] > order[found[check.name].status]:
                found[check.name] = check
    return tuple(found.values())


def sampler_diagnostics(draws: Draws, min_ess: float, max_rhat: float) -> tuple[Diagnostic, ...]:
    """R-hat, effective draws and divergences of a sampler, or Pareto k-hat for importance weights."""
    if draws.pareto_k is not None:
        fine = draws.pareto_k <= 0.7
        message = (
            "The approximation is close enough to the posterior for its importance weights to mend it."
            if fine
            else "The approximation is too far from the posterior. Do not use these numbers: set inference to nuts."
        )
        enough = draws.least_ess >= min_ess
        return (
            Diagnostic("pareto_k", "pass" if fine else "fail", message, draws.pareto_k, 0.7),
            Diagnostic(
                "importance_ess",
                "pass" if enough else "warn",
                "The weighted draws are enough." if enough else "Few draws carry the weight; intervals are rough.",
                draws.least_ess,
                min_ess,
            ),
        )
    rhat, ess = draws.worst_rhat, draws.least_ess
    worst = max(draws.rhat, key=lambda name: float(np.nan_to_num(draws.rhat[name], nan=np.inf).max()))
    least = min(draws.ess, key=lambda name: float(np.nan_to_num(draws.ess[name], nan=0.0).min()))
    mixed, enough, clean = rhat <= max_rhat, ess >= min_ess, draws.divergences == 0
    return (
        Diagnostic(
            "rhat",
            "pass" if mixed else "fail",
            "The chains agree with each other."
            if mixed
            else f"The chains do not agree (worst: {parameter_words(worst)}). Raise max_seconds, or use fewer channels "
            "or more rows.",
            rhat if np.isfinite(rhat) else None,
            max_rhat,
        ),
        Diagnostic(
            "ess",
            "pass" if enough else "fail",
            "There are enough effective draws of every quantity."
            if enough
            else f"There are too few effective draws of {parameter_words(least)}: intervals are rough. "
            "Raise max_seconds.",
            ess,
            min_ess,
        ),
        Diagnostic(
            "divergences",
            "pass" if clean else "fail",
            "The sampler met no place that it could not explore."
            if clean
            else "The sampler could not explore part of the posterior; results may be biased. "
            "Use tighter priors or fewer channels.",
            float(draws.divergences),
            0.0,
        ),
    )


def model_diagnostics(
    problem: Problem, posterior: Posterior, level: float, rng: np.random.Generator
) -> tuple[Diagnostic, ...]:
    """Does the fitted model look like the rows?"""
    return (
        baseline_check(problem, posterior),
        predictive_check(problem, posterior, level, rng),
        shape_check(problem, posterior, rng),
        autocorrelation_check(problem, posterior),
        prior_check(problem, posterior, rng),
        prior_predictive_check(problem, rng),
        collinearity_check(problem),
    )


def baseline_check(problem: Problem, posterior: Posterior) -> Diagnostic:
    """Outcome without media below zero makes no sense: the media would sell more than all that was sold."""
    below = float((posterior.baseline.sum(axis=1) < 0).mean())
    rows = float((posterior.baseline.mean(axis=0) < 0).mean())
    status = "fail" if below > 0.05 or rows > 0.1 else "warn" if below > 0.01 or rows > 0 else "pass"
    message = (
        "The outcome without media is above zero."
        if status == "pass"
        else (
            f"The outcome without media is below zero with probability {below:.2f}, and in {rows:.0%} of the "
            f"{problem.prepared.period}s: media get too much credit. Add controls that explain the outcome, or tighten "
            "effect.scale."
        )
    )
    return Diagnostic("baseline_negative", status, message, below, 0.05)


def predictive_check(problem: Problem, posterior: Posterior, level: float, rng: np.random.Generator) -> Diagnostic:
    """Share of the rows inside the posterior predictive interval, against the interval's level."""
    outcome, weeks = problem.prepared.outcome, f"{problem.prepared.period}s"
    replicated = replicate_outcome(posterior, rng)
    low, high = np.quantile(replicated, ((1 - level) / 2, (1 + level) / 2), axis=0)
    inside = float(((outcome >= low) & (outcome <= high)).mean())
    allowed = 3.0 * float(np.sqrt(level * (1 - level) / len(outcome)))
    status = "pass" if abs(inside - level) <= allowed + 0.02 else "fail" if inside < level - 0.2 else "warn"
    message = (
        f"{inside:.0%} of the {weeks} lie inside their {level:.0%} interval."
        if status == "pass"
        else f"{inside:.0%} of the {weeks} lie inside their {level:.0%} interval: the model misjudges its own error. "
        "Look at the residuals; a control or an event may be missing."
    )
    return Diagnostic("posterior_predictive", status, message, inside, level)


def shape_check(problem: Problem, posterior: Posterior, rng: np.random.Generator) -> Diagnostic:
    """Posterior predictive p-value of the largest residual (Gelman, Meng, Stern 1996): are there outliers?"""
    expected = posterior.expected
    spread = posterior.noise[:, None]
    distance = np.abs((problem.prepared.outcome - expected) / spread)
    replicated = np.abs(rng.standard_normal(expected.shape)).max(axis=1)
    chance = float((replicated >= distance.max(axis=1)).mean())
    away = distance.mean(axis=0)
    furthest = np.argsort(-away)[:3]
    far = [row for row in furthest if away[row] > np.quantile(replicated, 0.95)] or [furthest[0]]
    days = ", ".join(str(problem.prepared.dates[row].astype("datetime64[D]")) for row in far)
    fine = chance >= 0.01
    message = (
        f"No {problem.prepared.period} is far from what the model expects."
        if fine
        else (
            f"Some {problem.prepared.period}s are further from the model than its normal noise allows "
            f"(furthest: {days}). Mark them as events, or check the table."
        )
    )
    return Diagnostic("outliers", "pass" if fine else "warn", message, chance, 0.01)


def autocorrelation_check(problem: Problem, posterior: Posterior) -> Diagnostic:
    """Lag-one correlation of the residuals; intervals are too narrow where it is large."""
    residual = problem.prepared.outcome - posterior.expected.mean(axis=0)
    correlation = float(np.corrcoef(residual[1:], residual[:-1])[0, 1])
    limit = max(0.3, 2.0 / float(np.sqrt(len(residual))))
    fine = abs(correlation) <= limit
    message = (
        "What is left over does not carry on from one row to the next."
        if fine
        else (
            "What is left over carries on from row to row: something that lasts is missing (a control, more Fourier "
            "pairs, a longer adstock_max_lag). Intervals are likely too narrow."
        )
    )
    return Diagnostic("residual_autocorrelation", "pass" if fine else "warn", message, correlation, limit)


def prior_check(problem: Problem, posterior: Posterior, rng: np.random.Generator) -> Diagnostic:
    """Posterior sd over prior sd of each channel's contribution: near one, the rows taught nothing."""
    prior = prior_contributions(problem, rng).std(axis=0)
    ratio = posterior.contributions.sum(axis=2).std(axis=0) / prior
    channels = problem.prepared.channels
    named = [display(name) for name, value in zip(channels, ratio, strict=True) if value > 0.7]
    weak = [display(name) for name, value in zip(channels, ratio, strict=True) if 0.5 < value <= 0.7]
    message = (
        f"For {', '.join(named)} the data say little that the prior did not: the interval is mostly an assumption. "
        "An experiment (a pause or a raise in some regions) would settle it."
        if named
        else "The data narrow every channel's prior."
    )
    if weak:
        message += (
            f" They do so only weakly for {', '.join(weak)}."
            if not named
            else (f" The data narrow the prior only weakly for {', '.join(weak)}.")
        )
    return Diagnostic("prior_dominance", "warn" if named else "pass", message, float(ratio.max()), 0.7)


def prior_predictive_check(problem: Problem, rng: np.random.Generator) -> Diagnostic:
    """What the priors alone say of media: in how many draws would these sell more than all that was sold?

    Prior predictive check (Gabry, Simpson, Vehtari, Betancourt, Gelman 2019, "Visualization in Bayesian workflow").
    """
    share = prior_contributions(problem, rng).sum(axis=1) / problem.prepared.outcome.sum()
    above = float((share > 1).mean())
    low, high = (float(end) for end in np.quantile(share, (0.05, 0.95)))
    message = f"Before it sees the rows the model takes media to cause {low:.0%} to {high:.0%} of the outcome."
    fine = above <= 0.1
    if not fine:
        message += (
            f" In {above:.0%} of the priors' draws media sell more than all that was sold: the priors or beliefs are "
            "too generous; tighten them."
        )
    return Diagnostic("prior_predictive", "pass" if fine else "warn", message, above, 0.1)


def collinearity_check(problem: Problem) -> Diagnostic:
    """Largest correlation between the spends of two channels."""
    names, spend = problem.prepared.channels, problem.prepared.spend
    moving = np.flatnonzero(np.ptp(spend, axis=1) > 0)
    correlation = np.abs(np.atleast_2d(np.corrcoef(spend[moving]))) if len(moving) > 1 else np.zeros((1, 1))
    np.fill_diagonal(correlation, 0.0)
    one, two = np.unravel_index(int(correlation.argmax()), correlation.shape)
    worst = float(correlation.max())
    fine = worst <= 0.8
    message = (
        "No two channels move together."
        if fine
        else (
            f"{display(names[moving[one]])} and {display(names[moving[two]])} move together; the split between them "
            "is uncertain, their sum is not. Vary them apart, or add them up."
        )
    )
    return Diagnostic("collinearity", "pass" if fine else "warn", message, worst, 0.8)


def replicate_outcome(posterior: Posterior, rng: np.random.Generator) -> np.ndarray:
    """Outcomes that the fitted model would produce, shape (draws, rows)."""
    expected = posterior.expected
    return np.asarray(expected + posterior.noise[:, None] * rng.standard_normal(expected.shape))
