"""Models of an outcome: what the rows of an arm say about its mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import interpolate, special, stats

from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.contrasts import ComparisonPlan
from cerebro_abtest.blocks.counts import yes_counts
from cerebro_abtest.blocks.mean_tests import check_variance, means_of
from cerebro_abtest.blocks.posteriors import Posterior
from cerebro_core.blocks.display import display
from cerebro_core.blocks.moment_sql import MomentSet
from cerebro_core.blocks.result import Diagnostic, Refused
from cerebro_core.blocks.source import Source

TAIL = 1e-14
GRID = 4001
SIGMA_NODES = 60
DISPERSED = 1.5
ASTRAY = 4.0


@dataclass(frozen=True)
class MetricPosterior:
    """The posteriors of one metric.

    Attributes:
        metric: what it is about.
        arms: one posterior for each arm.
        rows: of each arm.
        model: its name.
        priors: name -> number, as used.
        checks: of whether the model fits.
    """

    metric: Metric
    arms: tuple[Posterior, ...]
    rows: tuple[int, ...]
    model: str
    priors: dict[str, float]
    checks: tuple[Diagnostic, ...] = ()


type ArmModel = Callable[[Source, Arms, Sequence[Metric], ComparisonPlan, Mapping[str, float]], list[MetricPosterior]]


def prior_number(priors: Mapping[str, float], name: str, default: float) -> float:
    """A number of a prior."""
    return float(priors.get(name, default))


def frozen_posterior(found: stats.distributions.rv_frozen) -> Posterior:
    """A distribution of SciPy's as a posterior."""
    return Posterior(
        float(found.mean()), float(found.std()), float(found.ppf(TAIL)), float(found.isf(TAIL)), found.pdf, found.cdf
    )


def beta_model(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, priors: Mapping[str, float]
) -> list[MetricPosterior]:
    """Yes or no: a Beta prior on the share, Beta(1, 1) by default."""
    a, b = prior_number(priors, "beta.a", 1.0), prior_number(priors, "beta.b", 1.0)
    found = []
    for metric, (successes, trials) in zip(metrics, yes_counts(source, arms, metrics), strict=True):
        posteriors = tuple(
            frozen_posterior(stats.beta(a + s, b + n - s)) for s, n in zip(successes, trials, strict=True)
        )
        rows = tuple(int(n) for n in trials)
        found.append(MetricPosterior(metric, posteriors, rows, "beta", {"beta.a": a, "beta.b": b}))
    return found


def normal_model(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, priors: Mapping[str, float]
) -> list[MetricPosterior]:
    """Means, ratios and adjusted means: flat priors by default, which give Student's t; or a normal one on the mean.

    The likelihood of a mean is its sampling distribution, with its error from clusters, covariates and strata.
    """
    centre, width = priors.get("normal.mean", 0.0), priors.get("normal.sd", np.inf)
    found = []
    for metric, means in means_of(source, arms, metrics, plan):
        check_variance(metric, means)
        posteriors = []
        for mean, own, degrees in zip(means.means, means.own, means.degrees, strict=True):
            own = max(float(own), 1e-300)
            if np.isfinite(width):
                weight = 1 / own + 1 / width**2
                posteriors.append(frozen_posterior(stats.norm((mean / own + centre / width**2) / weight, weight**-0.5)))
            else:
                posteriors.append(student_posterior(float(mean), own**0.5, float(degrees)))
        used = {"normal.mean": centre, "normal.sd": width} if np.isfinite(width) else {}
        found.append(MetricPosterior(metric, tuple(posteriors), tuple(int(n) for n in means.rows), "normal", used))
    return found


def student_posterior(mean: float, error: float, degrees: float) -> Posterior:
    """Student's t, cut where 1e-14 is left (with few degrees of freedom it has no variance, so 1e-9)."""
    drawn = stats.t(degrees, mean, error)
    tail = TAIL if degrees > 10 else 1e-9
    spread = error * (degrees / (degrees - 2)) ** 0.5 if degrees > 2 else error * 3
    return Posterior(mean, spread, float(drawn.ppf(tail)), float(drawn.isf(tail)), drawn.pdf, drawn.cdf)


def poisson_model(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, priors: Mapping[str, float]
) -> list[MetricPosterior]:
    """Counts: a Gamma prior on the rate, Jeffreys' Gamma(0.5, 0) by default."""
    shape, rate = prior_number(priors, "poisson.shape", 0.5), prior_number(priors, "poisson.rate", 0.0)
    found = []
    for metric in metrics:
        asked = {"n": ("count", metric.name), "s": ("sum", metric.name), "v": ("var", metric.name)}
        rows = {row[arms.column]: row for row in source.aggregate(asked, by=[arms.column])}
        of_arm = [rows[value] for value in arms.values]
        if any(not row["n"] for row in of_arm):
            raise Refused(f"an arm has no value of '{display(metric.name)}'; leave it out")
        posteriors = tuple(
            frozen_posterior(stats.gamma(shape + row["s"], scale=1 / (rate + row["n"]))) for row in of_arm
        )
        ratio = max((row["v"] or 0.0) / max(row["s"] / row["n"], 1e-300) for row in of_arm)
        fits = ratio <= DISPERSED
        message = (
            f"'{display(metric.name)}' varies as counts do."
            if fits
            else f"'{display(metric.name)}' varies {ratio:.1f} times as much as independent counts, so "
            "intervals are too narrow: choose --model normal."
        )
        check = Diagnostic(f"counts_{display(metric.name)}", "pass" if fits else "fail", message, ratio, DISPERSED)
        used = {"poisson.shape": shape, "poisson.rate": rate}
        numbers = tuple(int(row["n"]) for row in of_arm)
        found.append(MetricPosterior(metric, posteriors, numbers, "poisson", used, (check,)))
    return found


def lognormal_model(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, priors: Mapping[str, float]
) -> list[MetricPosterior]:
    """Amounts with zeros: a share p of rows is positive, and their logarithms are normal.

    The mean is p exp(mu + sigma^2 / 2). Under the usual conjugate prior its posterior mean is infinite; a uniform prior
    of sigma up to a bound makes it finite (Fabrizi & Trivisano 2012 discuss others). mu has a flat prior, p a Beta.
    """
    bound = prior_number(priors, "lognormal.sigma_max", 4.0)
    a, b = prior_number(priors, "lognormal.a", 1.0), prior_number(priors, "lognormal.b", 1.0)
    found = []
    for place, metric in enumerate(metrics):
        name = f"m{place}"
        asked = {name: MomentSet((metric.name,))}
        logs = dict(source.moments(asked, [arms.column], limits=plan.limits, logs=[metric.name]))
        plain = dict(source.moments(asked, [arms.column], limits=plan.limits))
        posteriors, rows, astray = [], [], 0.0
        for value, arm in zip(arms.values, arms.names, strict=True):
            whole = plain[(value,)][name]
            part = logs[(value,)][name] if (value,) in logs else None
            if part is None or part.count < 3:
                raise Refused(
                    f"arm '{display(arm)}' has fewer than three positive values of '{display(metric.name)}'; "
                    "choose --model normal"
                )
            posterior = lognormal_posterior(
                part.count, part.means[0], part.covariances[0][0], whole.count, bound, (a, b)
            )
            error = (whole.covariances[0][0] / whole.count) ** 0.5
            gap = abs(posterior.mean - whole.means[0])
            astray = max(astray, gap / max(float(np.hypot(error, posterior.std)), 1e-300))
            posteriors.append(posterior)
            rows.append(whole.count)
        fits = astray <= ASTRAY
        message = (
            f"The log-normal model gives the means of '{display(metric.name)}' that the rows have."
            if fits
            else f"The log-normal model gives means of '{display(metric.name)}' that are {astray:.1f} errors from "
            "those of the rows: it does not fit. Choose --model normal."
        )
        check = Diagnostic(f"lognormal_{display(metric.name)}", "pass" if fits else "fail", message, astray, ASTRAY)
        used = {"lognormal.sigma_max": bound, "lognormal.a": a, "lognormal.b": b}
        found.append(MetricPosterior(metric, tuple(posteriors), tuple(rows), "lognormal", used, (check,)))
    return found


def lognormal_posterior(
    count: int, mean: float, variance: float, rows: int, bound: float, prior: tuple[float, float]
) -> Posterior:
    """The posterior of p exp(mu + sigma^2 / 2), by quadrature over sigma and p: given these it is log-normal.

    Args:
        count, mean, variance: positive rows, and mean and variance of their logarithms.
        rows: all rows.
        bound: largest sigma.
        prior: the Beta prior of p.
    """
    sigma, sigma_weight = sigma_quadrature(count, variance, bound)
    p, p_weight = share_quadrature(prior[0] + count, prior[1] + rows - count, float(np.sqrt(variance)), rows > count)
    place = (np.log(p)[:, None] + mean + sigma[None, :] ** 2 / 2).ravel()
    scale = np.broadcast_to(sigma / count**0.5, (len(p), len(sigma))).ravel()
    weight = (p_weight[:, None] * sigma_weight[None, :]).ravel()
    kept = weight > 1e-16
    place, scale, weight = place[kept], scale[kept], weight[kept] / weight[kept].sum()
    ends = float((place - 8 * scale).min()), float((place + 8 * scale).max())
    grid = np.linspace(*ends, GRID)
    below, density = np.zeros(GRID), np.zeros(GRID)
    for start in range(0, len(place), 256):
        part = slice(start, start + 256)
        z = (grid[:, None] - place[part]) / scale[part]
        below += special.ndtr(z) @ weight[part]
        density += np.exp(-z * z / 2) @ (weight[part] / scale[part]) / np.sqrt(2 * np.pi)
    middle = float(weight @ np.exp(place + scale**2 / 2))
    second = float(weight @ np.exp(2 * place + 2 * scale**2))
    first_cdf = interpolate.CubicSpline(grid, below)
    first_pdf = interpolate.CubicSpline(grid, density)

    def log_of(x: np.ndarray) -> np.ndarray:
        return np.log(np.maximum(x, np.exp(ends[0])))

    def cdf(x: np.ndarray) -> np.ndarray:
        at = log_of(x)
        inside = np.clip(first_cdf(np.clip(at, *ends)), 0.0, 1.0)
        return np.asarray(np.where(at <= ends[0], 0.0, np.where(at >= ends[1], 1.0, inside)))

    def pdf(x: np.ndarray) -> np.ndarray:
        at = log_of(x)
        outside = (at <= ends[0]) | (at >= ends[1])
        return np.asarray(np.where(outside, 0.0, np.maximum(first_pdf(np.clip(at, *ends)), 0.0) / np.exp(at)))

    inside = np.flatnonzero((below > 1e-12) & (below < 1 - 1e-12))
    low, high = grid[max(inside[0] - 1, 0)], grid[min(inside[-1] + 1, GRID - 1)]
    std = float(np.sqrt(max(second - middle**2, 0.0)))
    return Posterior(middle, std, float(np.exp(low)), float(np.exp(high)), pdf, cdf)


def sigma_quadrature(count: int, variance: float, bound: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of sigma's posterior, sigma^-(n - 1) exp(-(n - 1) s^2 / (2 sigma^2)) up to its bound."""
    squares = (count - 1) * max(variance, 1e-20)
    low = float(np.sqrt(squares / stats.chi2.isf(1e-13, count - 1)))
    high = min(bound, float(np.sqrt(squares / max(stats.chi2.ppf(1e-13, max(count - 2, 1)), 1e-300))))
    if low >= high:
        low = high / 2
    node, weight = np.polynomial.legendre.leggauss(SIGMA_NODES)
    log_sigma = (np.log(high) + np.log(low)) / 2 + (np.log(high) - np.log(low)) / 2 * node
    log_density = -(count - 1) * log_sigma - squares / 2 * np.exp(-2 * log_sigma) + log_sigma
    mass = weight * np.exp(log_density - log_density.max())
    return np.exp(log_sigma), mass / mass.sum()


def share_quadrature(a: float, b: float, sigma: float, zeros: bool) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of the share of positive rows; one node of 1 where no row is zero."""
    if not zeros:
        return np.ones(1), np.ones(1)
    share = stats.beta(a, b)
    apart = float(np.sqrt(b / (a + b))) / max(sigma, 1e-6)
    node, weight = np.polynomial.legendre.leggauss(int(np.clip(40 + 24 * apart, 40, 400)))
    low, high = float(share.ppf(1e-13)), float(share.isf(1e-13))
    p = (high + low) / 2 + (high - low) / 2 * node
    mass = weight * share.pdf(p)
    return p, mass / mass.sum()


def each_model(
    source: Source, arms: Arms, metrics: Sequence[Metric], plan: ComparisonPlan, priors: Mapping[str, float]
) -> list[MetricPosterior]:
    """Each outcome by its own values: yes or no, counts, amounts that are positive or zero, or any numbers."""
    found = []
    for metric in metrics:
        asked = {
            "low": ("min", metric.name),
            "high": ("max", metric.name),
            "kinds": ("approx_distinct", metric.name),
            "mean": ("mean", metric.name),
            "var": ("var", metric.name),
            "zeros": ("zeros", metric.name),
        }
        kind = source.kind(metric.name)
        facts = source.aggregate({name: ask for name, ask in asked.items() if kind != "boolean"} or {"n": ("rows",)})[0]
        model = normal_model
        if kind == "boolean" or ({facts["low"], facts["high"]} <= {0, 1} and kind == "integer"):
            model = beta_model
        elif metric.denominator is None and facts["low"] >= 0 and facts["mean"] > 0:
            if kind == "integer" and 0.5 < facts["var"] / facts["mean"] < DISPERSED:
                model = poisson_model
            elif facts["var"] > facts["mean"] ** 2:
                model = lognormal_model
        found += model(source, arms, [metric], plan, priors)
    return found
