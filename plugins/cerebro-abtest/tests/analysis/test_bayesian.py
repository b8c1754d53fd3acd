"""Bayesian answers are exact: held to closed forms, published constants and large simulations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from draws import ask, draw_conversions, draw_experiment, pick
from scipy import special, stats

from cerebro_abtest.blocks.bayes_models import frozen_posterior, lognormal_posterior
from cerebro_abtest.blocks.posteriors import best_and_loss, difference_cdf, ratio_cdf, ratio_quantile


def closed_form(a1: int, b1: int, a2: int, b2: int) -> float:
    """P(Beta(a2, b2) > Beta(a1, b1)) for whole parameters (Miller 2015, evanmiller.org/bayesian-ab-testing.html)."""
    i = np.arange(a2)
    terms = special.betaln(a1 + i, b1 + b2) - np.log(b2 + i) - special.betaln(1 + i, b2) - special.betaln(a1, b1)
    return float(np.exp(terms).sum())


@pytest.mark.parametrize("counts", [(1, 1, 1, 1), (11, 91, 15, 87), (501, 9501, 545, 9457), (2, 40, 30, 3)])
def test_two_betas_agree_with_the_closed_form(counts: tuple[int, int, int, int]) -> None:
    a1, b1, a2, b2 = counts
    arms = [frozen_posterior(stats.beta(a1, b1)), frozen_posterior(stats.beta(a2, b2))]
    best, loss = best_and_loss(arms, 1)
    assert best[1] == pytest.approx(closed_form(a1, b1, a2, b2), abs=1e-9)
    assert best.sum() == pytest.approx(1.0, abs=1e-9)
    assert difference_cdf(arms[1], arms[0], 0.0) == pytest.approx(1 - best[1], abs=1e-9)
    assert loss[0] - loss[1] == pytest.approx(arms[1].mean - arms[0].mean, abs=1e-9)


@pytest.mark.parametrize(("arms", "largest"), [(2, 0.5641895835), (5, 1.1629644736), (10, 1.5387527308)])
def test_losses_of_equal_arms_are_the_expected_largest_normal(arms: int, largest: float) -> None:
    """Means of the largest of n standard normals (Harter 1961, to ten digits)."""
    best, loss = best_and_loss([frozen_posterior(stats.norm(3.0, 1.0))] * arms, 1)
    assert best == pytest.approx(np.full(arms, 1 / arms), abs=1e-9)
    assert loss == pytest.approx(np.full(arms, largest), abs=1e-8)


def test_ten_arms_of_all_widths_sum_to_one_and_agree_with_draws() -> None:
    rng = np.random.default_rng(1)
    counts = [(5 + k, 100 - k, 10**k) for k in range(1, 6)] * 2
    arms = [frozen_posterior(stats.beta(a * scale / 10, b * scale / 10)) for a, b, scale in counts]
    best, loss = best_and_loss(arms, 1)
    assert best.sum() == pytest.approx(1.0, abs=1e-7)
    drawn = np.column_stack([rng.beta(a * s / 10, b * s / 10, 400_000) for a, b, s in counts])
    share = np.bincount(drawn.argmax(axis=1), minlength=10) / len(drawn)
    assert best == pytest.approx(share, abs=4 * 0.5 / np.sqrt(len(drawn)))
    wanted = drawn.max(axis=1)[:, None] - drawn
    assert loss == pytest.approx(wanted.mean(axis=0), abs=float(5 * wanted.std() / np.sqrt(len(drawn))))


def test_less_can_be_better() -> None:
    arms = [frozen_posterior(stats.norm(0, 1)), frozen_posterior(stats.norm(1, 2))]
    best, _ = best_and_loss(arms, -1)
    assert best[0] == pytest.approx(stats.norm.cdf(1 / np.sqrt(5)), abs=1e-9)


def test_ratios() -> None:
    """A ratio of Gammas is a scaled F."""
    arms = [frozen_posterior(stats.gamma(50, scale=1 / 100)), frozen_posterior(stats.gamma(60, scale=1 / 90))]
    scale = (60 / 90) / (50 / 100)
    for ratio in (0.8, 1.0, 1.5):
        wanted = stats.f.cdf(ratio / scale, 120, 100)
        assert ratio_cdf(arms[1], arms[0], ratio) == pytest.approx(wanted, abs=1e-9)
    assert ratio_quantile(arms[1], arms[0], 0.9) == pytest.approx(scale * stats.f.ppf(0.9, 120, 100), rel=1e-7)


def test_the_lognormal_posterior_is_that_of_draws() -> None:
    rng = np.random.default_rng(3)
    count, mean, variance, rows, bound = 40, 2.0, 1.5, 100, 3.0
    sigma = np.sqrt((count - 1) * variance / rng.chisquare(count - 2, 600_000))
    sigma = sigma[sigma < bound]  # a uniform prior of sigma: sigma^-(n - 1) exp(…) is this chi with n - 2
    mu = rng.normal(mean, sigma / np.sqrt(count))
    theta = rng.beta(1 + count, 1 + rows - count, len(sigma)) * np.exp(mu + sigma**2 / 2)
    found = lognormal_posterior(count, mean, variance, rows, bound, (1.0, 1.0))
    assert found.mean == pytest.approx(theta.mean(), rel=0.005)
    for level in (0.025, 0.5, 0.975):
        assert found.cdf(np.quantile(theta, [level]))[0] == pytest.approx(level, abs=0.002)


def test_its_mean_grows_without_end_as_the_bound_of_sigma_does() -> None:
    """Why the prior bounds sigma: without a bound the posterior mean is infinite (few rows show it)."""
    means = [lognormal_posterior(5, 0.0, 1.0, 5, bound, (1.0, 1.0)).mean for bound in (2.0, 4.0, 8.0)]
    assert means[1] > 2 * means[0]
    assert means[2] > 100 * means[1]


def test_conversions(tmp_path: Path) -> None:
    frame = draw_conversions(4, 0.05)
    found = ask(tmp_path, frame, type="bayesian", treatment="variant", outcome=["won"], model="beta", rope=0.001)
    sums = frame.groupby("variant")["won"].agg(["sum", "count"])
    a, b = ((int(row["sum"]) + 1, int(row["count"] - row["sum"]) + 1) for row in (sums.loc["a"], sums.loc["b"]))
    assert pick(found, "p_superior").value == pytest.approx(closed_form(*a, *b), abs=1e-9)
    assert pick(found, "probability_best", group="b").value == pytest.approx(closed_form(*a, *b), abs=1e-9)
    assert (pick(found, "expected_loss", group="b").value or 1) < (pick(found, "expected_loss", group="a").value or 0)
    assert pick(found, "difference").interval == "credible"


def test_flat_priors_on_means_give_students_t(tmp_path: Path) -> None:
    frame = draw_experiment(2, 1.0, 60)
    found = pick(ask(tmp_path, frame, type="bayesian", treatment="variant", outcome=["amount"], model="normal"), "mean")
    sample = frame.loc[frame["variant"] == "a", "amount"]
    wanted = stats.t.interval(0.95, len(sample) - 1, sample.mean(), sample.sem())
    assert (found.ci_low, found.ci_high) == pytest.approx(wanted, rel=1e-8)
    strong = {"normal.mean": 0.0, "normal.sd": 1e-3}
    held = ask(tmp_path, frame, type="bayesian", treatment="variant", outcome=["amount"], model="normal", priors=strong)
    assert abs(pick(held, "mean").value or 9) < 0.01


def test_counts_that_vary_too_much_are_said_to(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"arm": rng.choice(["a", "b"], 500), "visits": rng.negative_binomial(1, 0.2, 500)})
    found = ask(tmp_path, frame, type="bayesian", treatment="arm", outcome=["visits"], model="poisson")
    assert {item.name: item.status for item in found.diagnostics}["counts_visits"] == "fail"
    each = ask(tmp_path, frame, type="bayesian", treatment="arm", outcome=["visits"], model="each")
    assert pick(each, "difference").ci_low is not None
