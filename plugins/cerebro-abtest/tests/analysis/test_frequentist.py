"""Frequentist answers are those of published examples and of independent libraries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from draws import ask, draw_conversions, draw_experiment, pick
from scipy import optimize, stats

from cerebro_abtest.blocks.cluster_sizes import size_correction
from cerebro_abtest.blocks.contrasts import fieller_set
from cerebro_abtest.blocks.exact_tests import exact_interval
from cerebro_abtest.blocks.multiplicity import dunnett_critical, dunnett_probability
from cerebro_abtest.blocks.proportions import score_contrast
from cerebro_abtest.blocks.ranks import pair_quantile, rank_contrast, rank_sum_chances

# Student's (1908) sleep data, as in R's `sleep`
SLEEP = {
    "1": [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    "2": [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
}


def sleep() -> pd.DataFrame:
    return pd.DataFrame([(int(arm), value) for arm, values in SLEEP.items() for value in values], columns=["t", "y"])


@pytest.mark.parametrize(
    ("test", "p_value", "low", "high"),
    [("welch", 0.07939414, -0.2054832, 3.3654832), ("student", 0.07918671, -0.2038740, 3.3638740)],
)
def test_the_sleep_data_give_what_r_gives(tmp_path: Path, test: str, p_value: float, low: float, high: float) -> None:
    """R 4: t.test(extra ~ group, data = sleep, var.equal = …), with the sign of group 2 less group 1."""
    found = pick(ask(tmp_path, sleep(), treatment="t", outcome=["y"], test=test), "difference")
    assert found.value == pytest.approx(1.58)
    assert found.p_value == pytest.approx(p_value, rel=1e-6)
    assert (found.ci_low, found.ci_high) == pytest.approx((low, high), abs=1e-6)


def test_the_tea_tasting_lady(tmp_path: Path) -> None:
    """Fisher (1935): three of four cups right; p = 34 / 70."""
    tea = pd.DataFrame({"poured": ["milk"] * 4 + ["tea"] * 4, "said": [1, 1, 1, 0, 1, 0, 0, 0]})
    found = pick(ask(tmp_path, tea, treatment="poured", outcome=["said"], test="fisher"), "difference")
    assert found.p_value == pytest.approx(34 / 70)


def test_boschloo_is_that_of_scipy_and_no_larger_than_fishers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"arm": ["a"] * 15 + ["b"] * 15, "y": [1] * 2 + [0] * 13 + [1] * 8 + [0] * 7})
    both = {
        test: pick(ask(tmp_path, frame, treatment="arm", outcome=["y"], test=test), "difference").p_value
        for test in ("boschloo", "fisher")
    }
    assert both["boschloo"] == pytest.approx(stats.boschloo_exact([[8, 7], [2, 13]], n=64).pvalue)
    assert both["boschloo"] < both["fisher"]


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0533, 0.3377),
        ((9, 10, 3, 10), 0.1821, 0.8370),
        ((6, 7, 2, 7), 0.0544, 0.8478),
        ((5, 56, 0, 29), -0.0313, 0.1926),
    ],
)
def test_score_intervals_of_newcombe(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17, table II, method 5 (Mee). (statsmodels 0.15 differs from these.)"""
    assert score_contrast(1, *counts).interval(0.95) == pytest.approx((low, high), abs=5.1e-5)


@pytest.mark.parametrize("counts", [(56, 70, 48, 80), (9, 10, 3, 10), (120, 2000, 90, 2100), (3, 40, 9, 38)])
def test_ends_of_score_intervals_are_where_the_likelihood_says(counts: tuple[int, int, int, int]) -> None:
    """At each end the score, with the constrained likelihood maximised by brute force, is the normal quantile."""
    x1, n1, x0, n0 = counts
    found = score_contrast(1, x1, n1, x0, n0)

    def score(top_of: Callable[[float], float], gap_of: Callable[[float], float], weight: float) -> float:
        def loss(base: float) -> float:
            top = top_of(base)
            if not (0 < base < 1 and 0 < top < 1):
                return 1e9
            return -(stats.binom.logpmf(x1, n1, top) + stats.binom.logpmf(x0, n0, base))

        grid = np.linspace(1e-6, 1 - 1e-6, 4001)
        start = grid[np.argmin([loss(value) for value in grid])]
        base = optimize.minimize_scalar(loss, bounds=(start - 3e-4, start + 3e-4), method="bounded").x
        top = top_of(base)
        return gap_of(base) / np.sqrt(top * (1 - top) / n1 + weight**2 * base * (1 - base) / n0)

    for delta, sign in zip(found.interval(0.95), (1, -1), strict=True):
        gap = x1 / n1 - x0 / n0 - (delta or 0)
        z = score(lambda base, d=delta: base + d, lambda base, g=gap: g, 1.0)
        assert z == pytest.approx(sign * 1.959964, abs=1e-3)
    for lift, sign in zip(found.lift_set(0.95)[0], (1, -1), strict=True):
        r = 1 + (lift or 0)
        z = score(lambda base, r=r: r * base, lambda base, r=r: x1 / n1 - r * x0 / n0, r)
        assert z == pytest.approx(sign * 1.959964, abs=1e-3)


def test_chi_square_of_several_arms(tmp_path: Path) -> None:
    """The pairwise p-value is that of scipy without a continuity correction."""
    frame = draw_conversions(1, 0.05)
    table = pd.crosstab(frame["variant"], frame["won"]).to_numpy()
    found = pick(ask(tmp_path, frame, treatment="variant", outcome=["won"], test="chi2"), "difference")
    assert found.p_value == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)


def test_the_exact_interval_covers_at_least_as_often_as_it_says() -> None:
    """All tables of 12 against 10, at three pairs of chances: exact coverage, without simulation."""
    n1, n0 = 12, 10
    ends = {(x1, x0): exact_interval(x1, n1, x0, n0, 0.9) for x1 in range(n1 + 1) for x0 in range(n0 + 1)}
    for p1, p0 in ((0.3, 0.3), (0.6, 0.2), (0.95, 0.85)):
        covered = sum(
            stats.binom.pmf(x1, n1, p1) * stats.binom.pmf(x0, n0, p0)
            for (x1, x0), (low, high) in ends.items()
            if low is not None and high is not None and low - 1e-6 <= p1 - p0 <= high + 1e-6
        )
        assert covered >= 0.9


def test_mann_whitney_of_hollander_and_wolfe() -> None:
    """Hollander & Wolfe (1973), p. 69: W = 35, one-sided p = 0.1272, estimate of the shift 0.305 (R: wilcox.test)."""
    x = np.sort([0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46])
    y = np.sort([1.15, 0.88, 0.90, 0.74, 1.21])
    found = rank_contrast(1, x, y)
    assert found.p_above(0.0) == pytest.approx(0.1272, abs=5e-5)
    assert found.difference == pytest.approx(0.305)
    pairs = np.sort((x[:, None] - y[None, :]).ravel())
    out = int(np.searchsorted(np.cumsum(rank_sum_chances(10, 5)), 0.025, "right"))
    assert found.interval(0.95) == pytest.approx((pairs[out - 1], pairs[len(pairs) - out]))


def test_rank_sum_chances_are_exact() -> None:
    """Against all arrangements of 3 and 4 (35 of them)."""
    assert rank_sum_chances(3, 4) * 35 == pytest.approx([1, 1, 2, 3, 4, 4, 5, 4, 4, 3, 2, 1, 1])


def test_the_shift_is_the_median_of_all_pairs() -> None:
    rng = np.random.default_rng(4)
    x, y = np.sort(rng.gamma(1, 3, 301).round(1)), np.sort(rng.gamma(1, 2, 200).round(1))
    pairs = np.sort((x[:, None] - y[None, :]).ravel())
    for rank in (1, 77, 30_100, 60_200):
        assert pair_quantile(x, y, rank) == pytest.approx(pairs[rank - 1], abs=1e-9)


@pytest.mark.parametrize(("count", "degrees", "bound"), [(2, 20, 2.38), (4, 20, 2.65), (9, 20, 2.95), (3, 60, 2.41)])
def test_dunnetts_table(count: int, degrees: float, bound: float) -> None:
    """Dunnett (1964), two-sided 5 per cent, equal sizes."""
    assert dunnett_critical(0.95, np.full(count, 0.5**0.5), degrees) == pytest.approx(bound, abs=0.006)


def test_dunnett_is_that_of_scipy() -> None:
    rng = np.random.default_rng(1)
    groups = [rng.normal(0.3 * place, 1, 12 + place) for place in range(4)]
    pooled = sum((len(g) - 1) * g.var(ddof=1) for g in groups) / (sum(map(len, groups)) - 4)
    sizes = np.array([len(g) for g in groups])
    wanted = stats.dunnett(*groups[1:], control=groups[0], random_state=1).pvalue
    correlations = np.sqrt((1 / sizes[0]) / (1 / sizes[0] + 1 / sizes[1:]))
    for group, p_value in zip(groups[1:], wanted, strict=True):
        ratio = abs(group.mean() - groups[0].mean()) / np.sqrt(pooled * (1 / len(group) + 1 / sizes[0]))
        assert 1 - dunnett_probability(ratio, correlations, sizes.sum() - 4) == pytest.approx(p_value, abs=1e-3)


@pytest.mark.parametrize("adjustment", ["cuped", "regression"])
def test_adjustment_is_the_regression_that_it_stands_for(tmp_path: Path, adjustment: str) -> None:
    """CUPED: the arm's coefficient beside the covariate. Regression: Lin's, with the centred one times the arm."""
    frame = draw_experiment(3, 1.0, 500)
    found = pick(
        ask(tmp_path, frame, treatment="variant", outcome=["amount"], covariates=["before"], adjustment=adjustment),
        "difference",
    )
    frame["b"] = (frame["variant"] == "b").astype(int)
    frame["x"] = frame["before"] - frame["before"].mean()
    formula = "amount ~ b + x" if adjustment == "cuped" else "amount ~ b * x"
    fitted = smf.ols(formula, frame).fit(cov_type="HC2")
    assert found.value == pytest.approx(fitted.params["b"], rel=1e-8)
    assert found.std_error == pytest.approx(fitted.bse["b"], rel=0.01)
    plain = pick(ask(tmp_path, frame, treatment="variant", outcome=["amount"]), "difference")
    assert (found.std_error or 0) < 0.5 * (plain.std_error or 0)


def test_ratios_by_the_delta_method_with_clusters(tmp_path: Path) -> None:
    """Weighted least squares of clicks / views with weights and clusters is the same estimator (statsmodels)."""
    rng = np.random.default_rng(8)
    users = 300
    arm = rng.choice(["a", "b"], users)
    rate = rng.beta(4, 16, users)
    rows = pd.DataFrame({"user": np.repeat(np.arange(users), 5)})
    rows["variant"] = arm[rows["user"]]
    rows["views"] = rng.poisson(6, len(rows)) + 1
    rows["clicks"] = rng.binomial(rows["views"], rate[rows["user"]])
    found = ask(tmp_path, rows, treatment="variant", outcome=["clicks"], denominator="views", cluster="user")
    difference = pick(found, "difference")
    design = sm.add_constant((rows["variant"] == "b").astype(float))
    fitted = sm.WLS(rows["clicks"] / rows["views"], design, weights=rows["views"]).fit(
        cov_type="cluster", cov_kwds={"groups": rows["user"], "use_correction": False}
    )
    assert difference.value == pytest.approx(fitted.params.iloc[1], rel=1e-9)
    per_arm = pd.Series(arm).value_counts()
    factor = per_arm / (per_arm - 1)  # statsmodels' has none here; ours has G / (G - 1) in each arm
    low, high = sorted(np.sqrt(factor))
    assert low * fitted.bse.iloc[1] * 0.999 <= (difference.std_error or 0) <= high * fitted.bse.iloc[1] * 1.01


def test_strata_are_weighted_by_their_share(tmp_path: Path) -> None:
    frame = draw_experiment(5, 1.0, 400)
    frame["amount"] += frame["country"].map({"x": 0, "y": 10, "z": 20})
    found = pick(ask(tmp_path, frame, treatment="variant", outcome=["amount"], strata=["country"]), "difference")
    means = frame.groupby(["country", "variant"])["amount"].mean().unstack()
    weights = frame["country"].value_counts(normalize=True).sort_index()
    assert found.value == pytest.approx(float(((means["b"] - means["a"]) * weights).sum()), rel=1e-10)
    plain = pick(ask(tmp_path, frame, treatment="variant", outcome=["amount"]), "difference")
    assert (found.std_error or 0) < (plain.std_error or 0)


def test_clusters_of_one_size_need_no_correction() -> None:
    found = size_correction([7] * 12)
    assert (found.factor, found.degrees) == pytest.approx((1.0, 11.0))
    uneven = size_correction([1, 1, 2, 2, 3, 40])
    assert uneven.factor > 1.1
    assert uneven.degrees < 3


def test_fiellers_interval_is_where_the_test_does_not_reject() -> None:
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    low, high = fieller_set(3.0, 2.0, covariance, 1.96)[0]
    for r in (low, high):
        assert r is not None
        spread = covariance[1, 1] - 2 * r * covariance[0, 1] + r * r * covariance[0, 0]
        assert abs(3.0 - r * 2.0) == pytest.approx(1.96 * np.sqrt(spread))
    assert fieller_set(1.0, 0.1, np.diag([0.04, 0.04]), 1.96)[0][1] is not None  # disjoint: ends in a gap
    assert fieller_set(0.1, 0.1, np.diag([0.04, 0.04]), 1.96) == ((None, None),)


def test_several_arms_and_outcomes_are_corrected_together(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"arm": rng.choice(list("abc"), 900), "y": rng.normal(0, 1, 900), "z": rng.normal(0, 1, 900)})
    frame.loc[frame["arm"] == "c", "y"] += 0.3
    results = {
        name: ask(tmp_path, frame, treatment="arm", outcome=["y", "z"], control="a", correction=name)
        for name in ("none", "holm", "bh", "dunnett")
    }
    plain = [item for item in results["none"].estimates if item.name == "difference"]
    for name, method in (("holm", "holm"), ("bh", "fdr_bh")):
        wanted = sm.stats.multipletests([item.p_value for item in plain], method=method)[1]
        found = [item.p_value for item in results[name].estimates if item.name == "difference"]
        assert found == pytest.approx(wanted)
    for name in ("holm", "dunnett"):
        for one, other in zip(plain, results[name].estimates, strict=False):
            assert (other.ci_high or 0) - (other.ci_low or 0) > (one.ci_high or 0) - (one.ci_low or 0)


def test_noninferiority_and_equivalence(tmp_path: Path) -> None:
    frame = draw_experiment(9, 0.0, 2000)
    error = pick(ask(tmp_path, frame, treatment="variant", outcome=["amount"]), "difference")
    margin = abs(error.value or 0) + 4 * (error.std_error or 0)
    common = {"treatment": "variant", "outcome": ["amount"]}
    shown = ask(tmp_path, frame, hypothesis="equivalence", margin=margin, **common)
    assert shown.answer.startswith("Shown")
    assert shown.tables["hypotheses"].rows[0][-1] is True
    narrow = ask(tmp_path, frame, hypothesis="equivalence", margin=margin / 50, **common)
    assert narrow.answer.startswith("Not shown")
    worse = frame.assign(amount=frame["amount"] - 5 * (frame["variant"] == "b"))
    assert ask(tmp_path, worse, hypothesis="noninferiority", margin=1.0, **common).answer.startswith("Not shown")
    less = ask(tmp_path, worse, hypothesis="noninferiority", margin=1.0, lower_is_better=["amount"], **common)
    assert less.answer.startswith("Shown")


def test_a_permutation_of_clusters_is_not_fooled_by_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    shops = pd.DataFrame({"shop": np.repeat(np.arange(12), 100)})
    shops["arm"] = np.where(shops["shop"] % 2 == 0, "a", "b")
    shops["y"] = rng.normal(0, 1, 12)[shops["shop"]] + rng.normal(0, 0.2, len(shops)) + 0.4 * (shops["arm"] == "b")
    rows = pick(
        ask(tmp_path, shops, treatment="arm", outcome=["y"], test="permutation", permutations=999), "difference"
    )
    whole = ask(tmp_path, shops, treatment="arm", outcome=["y"], test="permutation", permutations=999, cluster="shop")
    assert (rows.p_value or 1) <= 0.002
    assert (pick(whole, "difference").p_value or 0) > 0.02


def test_outliers_are_cut_off_where_it_is_said(tmp_path: Path) -> None:
    frame = draw_experiment(1, 0.0)
    frame.loc[0, "amount"] = 1e6
    plain = ask(tmp_path, frame, treatment="variant", outcome=["amount"])
    assert {item.name: item.status for item in plain.diagnostics}["outliers_amount"] == "warn"
    capped = ask(tmp_path, frame, treatment="variant", outcome=["amount"], winsorize=0.99)
    assert (pick(capped, "difference").std_error or 0) < 0.01 * (pick(plain, "difference").std_error or 0)
    assert any("were set to that" in item.reason for item in capped.decisions)


def test_a_median_has_an_interval_without_a_density(tmp_path: Path) -> None:
    frame = draw_experiment(2, 4.0, 2000)
    found = pick(ask(tmp_path, frame, treatment="variant", outcome=["amount"], test="quantile"), "difference")
    rng = np.random.default_rng(0)
    a, b = (frame.loc[frame["variant"] == arm, "amount"].to_numpy() for arm in "ab")
    boot = [np.median(rng.choice(b, len(b))) - np.median(rng.choice(a, len(a))) for _ in range(2000)]
    assert found.std_error == pytest.approx(np.std(boot), rel=0.1)
    assert (found.ci_low or 9) < 4.0 < (found.ci_high or 0)


def test_each_arm_has_an_interval_of_its_own(tmp_path: Path) -> None:
    """Student's for means; Wilson's for shares: 9 of 10 gives .5958 to .9821 (Newcombe 1998b, and R's prop.test)."""
    found = [item for item in ask(tmp_path, sleep(), treatment="t", outcome=["y"]).estimates if item.name == "mean"]
    for item, sample in zip(found, SLEEP.values(), strict=True):
        assert (item.ci_low, item.ci_high) == pytest.approx(
            stats.t.interval(0.95, 9, np.mean(sample), stats.sem(sample))
        )
    frame = pd.DataFrame({"arm": ["a"] * 10 + ["b"] * 10, "y": [1] * 9 + [0] + [1] * 3 + [0] * 7})
    share = pick(ask(tmp_path, frame, treatment="arm", outcome=["y"], test="z"), "mean", group="a")
    assert (share.ci_low, share.ci_high) == pytest.approx((0.5958, 0.9821), abs=1e-4)


def test_each_outcome_can_have_its_own_covariate(tmp_path: Path) -> None:
    """Each figure is that of the outcome alone with its covariate; what is nobody's own serves all."""
    frame = draw_experiment(9, 1.0)
    rng = np.random.default_rng(9)
    frame["pre_orders"] = rng.poisson(4, len(frame))
    frame["orders"] = frame["pre_orders"] + rng.poisson(2, len(frame))
    frame["age"] = frame["before"] + rng.normal(0, 3, len(frame))
    common = {"treatment": "variant", "control": "a", "test": "welch"}
    own = {"amount": "before", "orders": "pre_orders"}
    both = ask(
        tmp_path, frame, outcome=["amount", "orders"], covariates=["age", *own.values()], covariate_of=own, **common
    )
    for outcome, covariate in own.items():
        alone = ask(tmp_path, frame, outcome=[outcome], covariates=["age", covariate], **common)
        one, other = pick(both, "difference", outcome), pick(alone, "difference")
        assert (one.value, one.std_error) == pytest.approx((other.value, other.std_error), rel=1e-9)
    plain = ask(tmp_path, frame, outcome=["orders"], **common)
    assert (pick(both, "difference", "orders").std_error or 9) < 0.7 * (pick(plain, "difference").std_error or 0)
