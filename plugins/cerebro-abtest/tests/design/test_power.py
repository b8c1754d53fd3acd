"""Power analyses, held to published figures, to statsmodels, and to simulated experiments."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cerebro_abtest.blocks import mean_tests, power_design
from cerebro_abtest.blocks.power_design import PowerPlan, comparison_alpha, effect_for, power_of, size_for
from cerebro_abtest.blocks.power_simulation import simulated_power
from cerebro_core.api import RefusedSpec, generate, propose, validate
from cerebro_core.testing import PlanContract
from cerebro_core.testing.direct import Answer, call_block
from cerebro_core.testing.domain import DomainContract


def plan(**changes: Any) -> PowerPlan:
    usual: dict[str, Any] = {
        "metric": "mean",
        "baseline": 0.0,
        "variance": 1.0,
        "shares": (0.5, 0.5),
        "alpha": 0.05,
        "two_sided": True,
        "hypothesis": "difference",
        "correction": "none",
        "looks": 1,
        "spending": "obrien-fleming",
        "spending_power": 2.0,
        "convention": "pooled",
        "design_effect": 1.0,
        "cluster_size": 1.0,
        "kept": 1.0,
    }
    return PowerPlan(**{**usual, **changes})


SHARE = {"metric": "proportion", "baseline": 0.05}


@pytest.mark.parametrize(
    ("convention", "units"),
    [
        ("baseline", 7663),  # Evan Miller's calculator
        ("arcsine", 8143),  # R pwr.2p.test; statsmodels below
        ("unpooled", 8155),  # Chow, Shao & Wang (2008), 4.2
        ("pooled", 8158),  # R power.prop.test
    ],
)
def test_the_four_common_answers_to_five_and_six_per_cent(convention: str, units: int) -> None:
    assert int(np.ceil(size_for(plan(**SHARE, convention=convention), 0.01, 0.8) - 1e-3)) == units


def test_figures_of_rs_manuals() -> None:
    # R, ?power.t.test: n = 20, delta = 1 -> power 0.8689528; power = .90, delta = 1 -> n = 22.02110
    assert power_of(plan(), 20, 1.0) == pytest.approx(0.8689528, abs=1e-6)
    assert size_for(plan(), 1.0, 0.9) == pytest.approx(22.02110, abs=1e-4)
    # R, ?power.t.test: power = .90, delta = 1, one-sided -> n = 17.84713
    assert size_for(plan(two_sided=False), 1.0, 0.9) == pytest.approx(17.84713, abs=1e-4)
    # R, ?power.prop.test: p1 = .50, p2 = .75, power = .90 -> n = 76.7
    assert size_for(plan(metric="proportion", baseline=0.5), 0.25, 0.9) == pytest.approx(76.7, abs=0.05)


def test_statsmodels_agrees() -> None:
    statsmodels = pytest.importorskip("statsmodels.stats.power")
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    h = proportion.proportion_effectsize(0.06, 0.05)
    theirs = statsmodels.NormalIndPower().solve_power(h, alpha=0.05, power=0.8)
    assert size_for(plan(**SHARE, convention="arcsine"), 0.01, 0.8) == pytest.approx(theirs, rel=1e-5)
    theirs = statsmodels.TTestIndPower().solve_power(0.2, alpha=0.05, power=0.9, ratio=0.5)
    ours = size_for(plan(shares=(2 / 3, 1 / 3)), 0.2, 0.9)
    assert ours == pytest.approx(theirs, rel=1e-6)
    theirs = statsmodels.TTestIndPower().solve_power(nobs1=150, alpha=0.05, power=0.8)
    assert effect_for(plan(), 150, 0.8) == pytest.approx(theirs, rel=1e-6)


def test_dunnetts_table() -> None:
    # Dunnett (1955), two-sided .05, infinite degrees: 2 arms 2.21, 3 arms 2.35
    for arms, value in ((2, 2.21), (3, 2.35)):
        shares = (1 / (arms + 1),) * (arms + 1)
        alpha = comparison_alpha(plan(shares=shares, correction="dunnett"))
        assert stats.norm.isf(alpha / 2) == pytest.approx(value, abs=0.01)


def test_textbook_designs() -> None:
    # one-sided tests at .05: 2 (1.645 + .842)^2 .01 / .05^2 = 49.5; TOST: 2 (1.645 + 1.282)^2 .01 / .05^2 = 68.5
    assert np.ceil(size_for(plan(variance=0.01, hypothesis="non-inferiority"), 0.05, 0.8)) == 50
    assert np.ceil(size_for(plan(variance=0.01, hypothesis="equivalence"), 0.05, 0.8)) == 69
    assert size_for(plan(kept=0.75), 0.2, 0.8) == pytest.approx(0.75 * size_for(plan(), 0.2, 0.8), rel=0.005)
    # Wang & Tsiatis (1987), Pocock's inflation with 5 looks at .05 and .8 is 1.229; the spending function's is close
    many = size_for(plan(**SHARE, looks=5, spending="pocock"), 0.01, 0.8)
    assert many / size_for(plan(**SHARE), 0.01, 0.8) == pytest.approx(1.22, abs=0.02)


def test_gsdesigns_non_inferiority() -> None:
    # ?nBinomial of R's gsDesign: p1 = p2 = .677, delta0 = .07, ratio = 2, alpha .025, power .9: n1 = 685.5569,
    # n2 = 1371.114 (printed in r-help, 2011-11-15, and in the manual)
    found = size_for(
        plan(metric="proportion", baseline=0.677, shares=(1 / 3, 2 / 3), alpha=0.025, hypothesis="non-inferiority"),
        0.07,
        0.9,
    )
    assert found == pytest.approx(685.5569, abs=1e-3)


@pytest.mark.parametrize(
    ("looks", "pocock", "fleming", "power", "wider"),
    [
        # Jennison & Turnbull (2000), tables 2.1 to 2.4, alpha .05: C_P, C_B, and R_P, R_B at this power
        (2, 2.178, 1.977, 0.8, (1.110, 1.008)),
        (2, 2.178, 1.977, 0.9, (1.100, 1.007)),
        (3, 2.289, 2.004, 0.8, (1.166, 1.017)),
        (5, 2.413, 2.040, 0.8, (1.229, 1.028)),
        (5, 2.413, 2.040, 0.9, (1.207, 1.026)),
    ],
)
def test_inflation_of_several_looks(
    monkeypatch: pytest.MonkeyPatch, looks: int, pocock: float, fleming: float, power: float, wider: tuple[float, float]
) -> None:
    for constant, shape, ratio in ((pocock, 0.0, wider[0]), (fleming, 0.5, wider[1])):
        bounds = np.array([constant * (looks / (k + 1)) ** shape for k in range(looks)])
        monkeypatch.setattr(power_design, "look_bounds", lambda plan, alpha, bounds=bounds: bounds)
        share = plan(metric="mean", looks=looks)
        fixed = 2 * (stats.norm.isf(0.025) + stats.norm.isf(1 - power)) ** 2 / 0.01
        assert size_for(share, 0.1, power) / fixed == pytest.approx(ratio, abs=1.5e-3)


CLUSTERS = {"design_effect": 1 + 19 * 0.1, "cluster_size": 20.0}
UNEVEN = {"design_effect": 1 + (1.25 * 20 - 1) * 0.05, "cluster_size": 20.0, "cluster_cv": 0.5}
DESIGNS: dict[str, dict[str, Any]] = {
    "shares": SHARE,
    "rare": {"metric": "proportion", "baseline": 0.002},
    "unpooled": {**SHARE, "convention": "unpooled"},
    "means": {},
    "unequal": {"shares": (0.8, 0.2)},
    "one-sided": {"two_sided": False},
    "covariates": {"kept": 0.6},
    "ratio": {"metric": "ratio", "baseline": 0.2},
    "ratio, covariates": {"metric": "ratio", "baseline": 0.2, "kept": 0.6},
    "clusters": CLUSTERS,
    "shares in clusters": {**SHARE, **CLUSTERS},
    "uneven clusters": UNEVEN,
    "bonferroni": {"shares": (0.4, 0.3, 0.3), "correction": "bonferroni"},
    "holm": {**SHARE, "shares": (0.4, 0.3, 0.3), "correction": "holm"},
    "dunnett": {"shares": (0.25,) * 4, "correction": "dunnett"},
    "looks": {**SHARE, "looks": 5, "spending": "obrien-fleming"},
    "pocock": {"looks": 4, "spending": "pocock"},
    "one-sided looks": {**SHARE, "looks": 3, "two_sided": False},
    "ratio, covariates, clusters, looks": {
        "metric": "ratio", "baseline": 0.2, "kept": 0.6, "looks": 4, "design_effect": 2.9, "cluster_size": 20.0,
    },
    "non-inferiority": {**SHARE, "hypothesis": "non-inferiority"},
    "equivalence": {**SHARE, "hypothesis": "equivalence"},
}  # fmt: skip


def solved(design: PowerPlan, power: float) -> tuple[int, float]:
    """Units in the control, in whole clusters, and the effect."""
    effect = {0.05: 0.01, 0.002: 0.001}.get(design.baseline, 0.15)
    units = int(np.ceil(size_for(design, effect, power) / design.cluster_size) * design.cluster_size)
    return units, effect


@pytest.mark.parametrize("name", DESIGNS)
def test_simulated_experiments_keep_the_promise(name: str) -> None:
    """Experiments of the planned size, tested by the blocks of `cerebro abtest`, find the effect in .8 ± .02."""
    design = plan(**DESIGNS[name])
    units, effect = solved(design, 0.8)
    found, error = simulated_power(design, units, effect, 1_500, seed=3)
    assert abs(found - 0.8) < 0.02 + 3 * error


@pytest.mark.slow
@pytest.mark.parametrize("name", DESIGNS)
def test_simulated_experiments_keep_a_larger_promise(name: str) -> None:
    design = plan(**DESIGNS[name])
    units, effect = solved(design, 0.9)
    found, error = simulated_power(design, units, effect, 4_000, seed=5)
    assert abs(found - 0.9) < 0.02 + 2 * error


@pytest.mark.parametrize(
    "name",
    [
        "shares",
        "means",
        "ratio, covariates",
        "clusters",
        "uneven clusters",
        "looks",
        "ratio, covariates, clusters, looks",
    ],
)
def test_without_an_effect_the_simulation_errs_as_often_as_alpha_says(name: str) -> None:
    design = plan(**DESIGNS[name])
    found, error = simulated_power(design, 2_000, 0.0, 3_000, seed=4)
    assert abs(found - 0.05) < 4 * max(error, 0.004)


def test_a_simulated_experiment_is_tested_by_the_blocks_of_the_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the analysis changes, so does the simulated power."""
    before = simulated_power(plan(), 176, 0.3, 200, seed=1)[0]
    monkeypatch.setattr(mean_tests, "satterthwaite", lambda variances, degrees: 1.0)
    assert before > 0.7
    assert simulated_power(plan(), 176, 0.3, 200, seed=1)[0] < 0.2


def test_a_skewed_history_is_drawn_from() -> None:
    """Twelve units an arm of a heavily skewed amount: as scipy's Welch test on the same kind of draws."""
    rng = np.random.default_rng(8)
    amounts = rng.lognormal(0, 1.5, 5_000)
    effect = 2 * float(amounts.std())
    design = plan(variance=float(amounts.var()))
    ours, error = simulated_power(design, 12, effect, 2_000, seed=2, history=amounts[:, None])
    a, b = rng.choice(amounts, (2, 2_000, 12))
    theirs = float((stats.ttest_ind(b + effect, a, axis=1, equal_var=False).pvalue < 0.05).mean())
    assert abs(ours - theirs) < 4 * error * 2**0.5
    assert abs(ours - power_of(design, 12, effect)) > 0.03  # which the normal formula does not see


def test_each_of_the_three_is_solved_for() -> None:
    first = call_block(propose(domain="power-analysis", simulations=0, baseline=0.05, mde=0.01).spec)
    assert first.estimates[0].name == "sample_size_per_arm"
    assert first.estimates[0].value == 8158
    second = call_block(propose(domain="power-analysis", simulations=0, baseline=0.05, sample_size=8158).spec)
    assert second.estimates[0].name == "mde"
    assert second.estimates[0].value == pytest.approx(0.01, rel=1e-3)
    third = call_block(
        propose(
            domain="power-analysis", simulations=0, baseline=0.05, sample_size=8158, mde=0.2, mde_scale="relative"
        ).spec
    )
    assert third.estimates[0].name == "power"
    assert third.estimates[0].value == pytest.approx(0.8, abs=1e-3)
    named = {row[0]: row[1] for row in first.tables["conventions"].rows}
    assert named == {"pooled": 8158, "unpooled": 8155, "arcsine": 8143, "baseline": 7663}


def test_the_curve_of_the_mde_falls() -> None:
    found = call_block(propose(domain="power-analysis", baseline=0.05, mde=0.01, units_per_day=1000).spec)
    curve = [row[2] for row in found.tables["mde_over_time"].rows]
    assert len(curve) > 5
    assert all(a > b for a, b in pairwise(curve))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"baseline": 0.05, "mde": 0}, "--mde: an effect of 0"),
        ({"baseline": 0.05, "mde": 0.01, "alpha": 0}, "--alpha: 0 is not between 0 and 1"),
        ({"baseline": 0.05, "mde": 0.01, "alpha": 1.5}, "--alpha: 1.5"),
        ({"baseline": 0.05, "mde": 0.01, "power": 1}, "--power: 1 is not"),
        ({"baseline": 5, "mde": 1}, "5 % is 0.05"),
        ({"baseline": 0.05, "mde": 0.01, "shares": [0.5, 0.4]}, "they sum to 0.9"),
        ({"baseline": 0.05}, "--mde and --sample-size are both missing"),
        ({"baseline": 0.05, "mde": 0.01, "power": 0.8, "sample_size": 10}, "nothing is left to solve for"),
        ({"mde": 0.01}, "the share that the control will show is not known"),
        ({"baseline": 0.9, "mde": 0.2}, "which is not between 0 and 1"),
        ({"metric": "mean", "mde": 1}, "needs the outcome's standard deviation"),
        ({"baseline": 0.05, "mde": 0.01, "icc": 0.1}, "give both"),
        ({"baseline": 0.05, "mde": 0.01, "outcome": "won"}, "there is no data file"),
        ({"baseline": 0.05, "mde": 0.01, "hypothesis": "equivalence"}, "give --margin"),
    ],
)
def test_bad_input_says_what_to_do(given: dict[str, Any], message: str) -> None:
    spec = propose(domain="power-analysis", **given).spec
    errors = [item.sentence for item in validate(spec) if item.severity == "error"]
    assert any(message in item for item in errors), errors
    with pytest.raises(RefusedSpec):
        generate(spec)


def test_a_spec_without_the_agents_choices_says_what_to_write() -> None:
    codes = [item.code for item in validate({"kind": "power-analysis", "baseline": 0.05, "mde": 0.01, "power": 0.8})]
    assert codes.count("not-chosen") == 2


def draw_history(seed: int, rows: int = 4_000) -> pd.DataFrame:
    """Shops of some 20 visits: amounts with ICC .1, half explained by what was spent before."""
    rng = np.random.default_rng(seed)
    shop = rng.integers(0, rows // 20, rows)
    before = rng.normal(0, 1, rows)
    own = np.sqrt(0.2) * rng.normal(0, 1, rows // 20)[shop]
    amount = 10 + before + own + np.sqrt(0.8) * rng.normal(0, 1, rows)
    views = rng.poisson(5, rows) + 1
    return pd.DataFrame(
        {
            "shop": [f"s{n}" for n in shop],
            "before": before.round(6),
            "amount": amount.round(6),
            "views": views,
            "clicks": rng.binomial(views, 0.3),
        }
    )


def test_a_history_gives_baseline_spread_clusters_and_covariate() -> None:
    given: dict[str, Any] = {"outcome": "amount", "covariate": "before", "cluster": "shop", "mde": 0.1}
    spec = propose(draw_history(1, 40_000), "power-analysis", **given, simulations=500).spec
    found = call_block(spec)
    # variance 2, ICC .1, 20 visits a shop with a CV of sqrt(1 / 20); the covariate explains half of a visit's variance
    # and none of what shops share, so that of a shop's sum, 20 (1 + .8) + 20^2 1.05 .2, it explains 20
    design = 1 + ((1 / 20 + 1) * 20 - 1) * 0.1
    expected = 2 * 7.849 * 2 * design * (1 - 20 / 120) / 0.01
    assert found.estimates[0].value == pytest.approx(expected, rel=0.1)


def test_the_variance_of_a_ratio_is_that_of_the_delta_method() -> None:
    history = draw_history(2, 20_000)
    given: dict[str, Any] = {"outcome": "clicks", "denominator": "views", "mde": 0.005, "simulations": 0}
    proposal = propose(history, "power-analysis", **given)
    assert proposal.spec.metric == "ratio"  # type: ignore[attr-defined]
    seen = call_block(proposal.spec)
    said = call_block(
        propose(
            domain="power-analysis",
            baseline=history.clicks.sum() / history.views.sum(),
            sd=history.clicks.std(),
            denominator_mean=history.views.mean(),
            denominator_sd=history.views.std(),
            correlation=history.clicks.corr(history.views),
            mde=0.005,
            simulations=0,
        ).spec
    )
    assert seen.estimates[0].value == said.estimates[0].value
    # clicks are binomial given views: var = p q / mean views
    share = history.clicks.sum() / history.views.sum()
    expected = 2 * 7.849 * share * (1 - share) / history.views.mean() / 0.005**2
    assert seen.estimates[0].value == pytest.approx(expected, rel=0.05)


class TestPowerDomain(DomainContract):
    plugin = "abtest"
    command = "power-analysis"
    given: ClassVar[dict[str, Any]] = {"outcome": "amount", "mde": 0.1}

    def draw(self, seed: int) -> pd.DataFrame:
        return draw_history(seed)


class TestPower(PlanContract):
    method = "abtest/power"
    settings: ClassVar[dict[str, Any]] = {
        "outcome": "amount",
        "covariate": "before",
        "cluster": "shop",
        "metric": "mean",
        "power": 0.8,
        "mde": 0.1,
        "simulations": 500,
    }
    effect = 0.1

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_history(seed)

    def violated(self, seed: int) -> pd.DataFrame:
        """Two shops alone: the smallest arm has too few clusters."""
        return draw_history(seed).assign(shop=lambda d: np.where(d.index % 2, "a", "b"))

    def finds(self, plan: Answer, seed: int, effect: float) -> bool:
        """Shops drawn like the history, tested by scipy on shops' means of the amount less what was spent before."""
        shops = round(next(item.value for item in plan.estimates if item.name == "sample_size_per_arm") or 0) // 20
        rng = np.random.default_rng([seed, 91])
        sizes = np.maximum(rng.poisson(20, (2, shops)), 1)
        level = np.sqrt(0.2) * rng.normal(0, 1, (2, shops)) + np.sqrt(0.8 / sizes) * rng.normal(0, 1, (2, shops))
        weights = sizes / sizes.mean()
        level[1] += effect
        means = (weights * level).mean(axis=1)
        errors = ((weights * (level - means[:, None])) ** 2).sum(axis=1) / shops / (shops - 1)
        return bool(abs(means[1] - means[0]) > 1.96 * np.sqrt(errors.sum()))
