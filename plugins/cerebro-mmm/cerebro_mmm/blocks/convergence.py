"""Has the sampler converged? R-hat, effective sample size and Pareto k-hat, as published."""

from __future__ import annotations

import numpy as np
from scipy import stats


def rank_rhat(draws: np.ndarray) -> np.ndarray:
    """Rank-normalised split R-hat, the larger of bulk and folded.

    Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), "Rank-normalization, folding, and localization", section 4.

    Args:
        draws: shape (chains, draws, …).

    Returns:
        Shape (…); values near 1 mean that the chains agree.
    """
    median = np.median(draws, axis=(0, 1), keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        bulk = plain_rhat(split_chains(normal_ranks(draws)))
        folded = plain_rhat(split_chains(normal_ranks(np.abs(draws - median))))
    return np.asarray(np.fmax(bulk, folded))


def bulk_ess(draws: np.ndarray) -> np.ndarray:
    """Effective sample size of the rank-normalised split chains (Vehtari et al. 2021), (chains, draws, …) to (…)."""
    return plain_ess(normal_ranks(split_chains(draws)))


def tail_ess(draws: np.ndarray) -> np.ndarray:
    """The smaller effective sample size of the 5 % and 95 % quantiles, shape (chains, draws, …) to (…)."""
    low, high = np.quantile(draws, (0.05, 0.95), axis=(0, 1))
    halves = split_chains(draws)
    sizes = [plain_ess((halves <= cut).astype(float)) for cut in (low, high)]
    return np.asarray(np.fmin(sizes[0], sizes[1]))


def plain_rhat(draws: np.ndarray) -> np.ndarray:
    """Gelman and Rubin's potential scale reduction, (chains, draws, …) to (…); `BDA3`, equation 11.4."""
    count = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean(axis=0)
    between = draws.mean(axis=1).var(axis=0, ddof=1)
    return np.asarray(np.sqrt((count - 1) / count + between / within))


def plain_ess(draws: np.ndarray) -> np.ndarray:
    """Effective sample size with Geyer's initial monotone sequence, (chains, draws, …) to (…); Vehtari et al. (2021).

    Autocovariances of all chains come from one fast Fourier transform.
    """
    chains, count = draws.shape[:2]
    centred = draws - draws.mean(axis=1, keepdims=True)
    padded = 2 ** int(np.ceil(np.log2(2 * count)))
    power = np.abs(np.fft.rfft(centred, padded, axis=1)) ** 2
    covariance = np.fft.irfft(power, padded, axis=1)[:, :count].mean(axis=0) / count
    within = covariance[0] * count / (count - 1)
    total = covariance[0] + draws.mean(axis=1).var(axis=0, ddof=1) if chains > 1 else covariance[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = 1.0 - (within - covariance) / total
    rho[0] = 1.0
    pairs = rho[: count - count % 2].reshape((-1, 2, *rho.shape[1:])).sum(axis=1)
    positive = np.cumprod(pairs > 0, axis=0).astype(bool)
    monotone = np.where(positive, np.minimum.accumulate(np.where(positive, pairs, 0.0), axis=0), 0.0)
    time = np.maximum(-1.0 + 2.0 * monotone.sum(axis=0), 1.0 / np.log10(chains * count))
    return np.asarray(np.where(total > 0, chains * count / time, np.nan))


def split_chains(draws: np.ndarray) -> np.ndarray:
    """Each chain cut in two halves, shape (chains, draws, …) to (2 chains, draws // 2, …)."""
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]], axis=0)


def normal_ranks(draws: np.ndarray) -> np.ndarray:
    """Fractional ranks over all chains, as normal scores."""
    flat = draws.reshape((-1, *draws.shape[2:]))
    ranks = stats.rankdata(flat, axis=0, method="average")
    return np.asarray(stats.norm.ppf((ranks - 0.375) / (flat.shape[0] + 0.25)).reshape(draws.shape))


def pareto_smooth(log_weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Pareto-smoothed importance weights and their k-hat.

    Vehtari, Simpson, Gelman, Yao, Gabry (2024), "Pareto smoothed importance sampling"; the tail is fitted as in Zhang
    and Stephens (2009).

    Args:
        log_weights: shape (draws,).

    Returns:
        Normalised log weights and k-hat; above 0.7 the weights cannot be trusted.
    """
    logs = log_weights - log_weights.max()
    count = logs.size
    tail = int(np.ceil(min(0.2 * count, 3.0 * np.sqrt(count))))
    if tail < 5 or np.ptp(logs) == 0:
        return logs - np.log(np.exp(logs).sum()), np.inf if tail < 5 else 0.0
    order = np.argsort(logs)
    largest = order[-tail:]
    cutoff = max(float(logs[order[-tail - 1]]), float(np.log(np.finfo(float).tiny)))
    excess = np.exp(logs[largest]) - np.exp(cutoff)
    if not (excess > 0).all():
        return logs - np.log(np.exp(logs).sum()), np.inf
    shape, scale = fit_pareto(excess)
    if np.isfinite(shape):
        levels = (np.arange(tail) + 0.5) / tail
        smooth = scale * np.expm1(-shape * np.log1p(-levels)) / shape
        logs[largest] = np.log(smooth + np.exp(cutoff))
    logs = np.minimum(logs, 0.0)
    return logs - np.log(np.exp(logs).sum()), float(shape)


def fit_pareto(excess: np.ndarray) -> tuple[float, float]:
    """Shape k and scale of a generalised Pareto distribution, by Zhang and Stephens (2009) with the prior of PSIS.

    Args:
        excess: values above the cutoff, ascending.
    """
    count = excess.size
    grid = 30 + int(np.sqrt(count))
    steps = np.arange(1, grid + 1, dtype=float)
    quartile = excess[int(count / 4 + 0.5) - 1]
    rates = (1.0 - np.sqrt(grid / (steps - 0.5))) / (3.0 * quartile) + 1.0 / excess[-1]
    shapes = np.log1p(-rates[:, None] * excess).mean(axis=1)
    profile = count * (np.log(-rates / shapes) - shapes - 1.0)
    weights = np.exp(profile - profile.max())
    weights /= weights.sum()
    rate = float(rates @ weights)
    shape = float(np.log1p(-rate * excess).mean())
    scale = -shape / rate
    return (count * shape + 5.0) / (count + 10.0), scale
