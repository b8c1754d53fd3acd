"""Sequential answers: published boundaries, and false alarms over many looks."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from draws import ask, draw_conversions, draw_experiment, pick
from scipy import stats

from cerebro_abtest.blocks import spending
from cerebro_abtest.blocks.arms import Arms, Metric
from cerebro_abtest.blocks.betting import (
    Batches,
    difference_fortunes,
    difference_interval,
    ratio_fortunes,
    ratio_interval_of,
)
from cerebro_abtest.blocks.contrasts import ComparisonPlan
from cerebro_abtest.blocks.drawn_table import DrawnTable
from cerebro_abtest.blocks.looks import LookPlan, SequenceRule
from cerebro_abtest.blocks.power_design import PowerPlan
from cerebro_abtest.blocks.power_draws import DrawnDesign, draw_moments, new_rows
from cerebro_abtest.blocks.sequence_group import group_sequence
from cerebro_abtest.blocks.sequence_mixture import asymptotic_sequence, mixture_p, mixture_reach

FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)
LOOKS = tuple(range(5))


@pytest.mark.parametrize(
    ("kind", "bounds"),
    [
        ("obrien-fleming", (4.8769, 3.3569, 2.6803, 2.2898, 2.0310)),
        ("pocock", (2.4380, 2.4268, 2.4101, 2.3966, 2.3859)),
    ],
)
def test_boundaries_of_lan_and_demets(kind: str, bounds: tuple[float, ...]) -> None:
    """gsDesign(k = 5, test.type = 2, alpha = 0.025, sfu = sfLDOF and sfLDPocock); Proschan, Lan & Wittes (2006)."""
    assert spending.two_sided_bounds(FIVE, 0.05, kind, 1.0) == pytest.approx(bounds, abs=2e-4)


def test_the_classical_pocock_and_obrien_fleming_constants() -> None:
    """Jennison & Turnbull (2000), tables 2.1, 2.3: C_P(5, .05) = 2.413, C_B(5, .05) = 2.040 (crossing adds to .05)."""
    for bounds in ([2.413] * 5, [2.040 * (5 / k) ** 0.5 for k in range(1, 6)]):
        path, crossed = spending.CrossingPath(0.0), 0.0
        for t, bound in zip(FIVE, bounds, strict=True):
            crossed += path.chance_above(t, bound) + path.chance_below(t, -bound)
            path.stay(t, -bound, bound)
        assert crossed == pytest.approx(0.05, abs=2e-4)


def test_the_default_of_gsdesign(monkeypatch: pytest.MonkeyPatch) -> None:
    """gsDesign(): k = 3, non-binding futility, Hwang-Shih-DeCani spending with gamma -4 and -2, alpha .025, beta .1.

    Upper 3.01, 2.55, 2.00, lower -0.24, 0.94, 2.00, sample 1.07 times the fixed one (vignette of gsDesign).
    """

    def hwang(kind: str, error: float, t: np.ndarray, gamma: float) -> np.ndarray:
        return np.asarray(error * np.expm1(-gamma * t) / np.expm1(-gamma))

    monkeypatch.setattr(spending, "spent", hwang)
    times = (1 / 3, 2 / 3, 1.0)
    upper = spending.upper_bounds(times, 0.025, "", -4.0)
    lower, drift = spending.futility_bounds(times, upper, 0.1, "", -2.0)
    assert upper == pytest.approx((3.0107, 2.5465, 1.9992), abs=1e-4)
    assert lower == pytest.approx((-0.2387, 0.9411, 1.9992), abs=1e-4)
    assert (drift / (stats.norm.isf(0.025) + stats.norm.isf(0.1))) ** 2 == pytest.approx(1.0699, abs=1e-4)


@pytest.mark.parametrize("kind", ["obrien-fleming", "pocock", "kim-demets"])
def test_the_error_is_spent_exactly(kind: str) -> None:
    rng = np.random.default_rng(5)
    times = np.array([0.1, 0.35, 0.4, 0.8, 1.0])
    bounds = spending.two_sided_bounds(tuple(times), 0.1, kind, 2.0)
    steps = rng.normal(0, 1, (400_000, 5)) * np.sqrt(np.diff(times, prepend=0))
    z = np.cumsum(steps, axis=1) / np.sqrt(times)
    rate = float((np.abs(z) > bounds).any(axis=1).mean())
    assert rate == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / len(z)))


def all_small_experiments(p1: float, p0: float, pi: float, units: int) -> list[tuple[Batches, float]]:
    """Every sequence of a few units, one a look, with its chance."""
    found = []
    for cells in product(range(4), repeat=units):
        n, y, chance = np.zeros((units, 2)), np.zeros((units, 2)), 1.0
        for look, cell in enumerate(cells):
            arm, yes = divmod(cell, 2)
            n[look, arm], y[look, arm] = 1, yes
            rate = p1 if arm else p0
            chance *= (pi if arm else 1 - pi) * (rate if yes else 1 - rate)
        found.append((Batches(n, y, y, pi, True), chance))
    return found


@pytest.mark.parametrize(("p1", "p0", "pi"), [(0.4, 0.4, 0.5), (0.7, 0.2, 0.3), (0.05, 0.9, 0.6)])
def test_a_fair_bet_wins_nothing_on_average(p1: float, p0: float, pi: float) -> None:
    """Summed over all sequences of five units the mean fortune is exactly one: the whole proof rests on this."""
    whole = all_small_experiments(p1, p0, pi, 5)
    difference = sum(chance * np.exp(difference_fortunes(item, p1 - p0)) for item, chance in whole)
    ratio = sum(chance * np.exp(ratio_fortunes(item, p1 / p0)) for item, chance in whole)
    assert difference == pytest.approx(np.ones(5), abs=1e-12)
    assert ratio == pytest.approx(np.ones(5), abs=1e-12)


def test_sums_of_squares_give_no_more_than_the_exact_bet() -> None:
    """For capped amounts the fortune is bounded from below; for yes and no both can be compared."""
    rng = np.random.default_rng(2)
    n = np.full((50, 2), 40.0)
    y = rng.binomial(40, [0.3, 0.4], (50, 2)).astype(float)
    exact = difference_fortunes(Batches(n, y, y, 0.5, True), 0.0)
    bounded = difference_fortunes(Batches(n, y, y, 0.5, False), 0.0)
    assert (bounded <= exact + 1e-9).all()
    assert bounded[-1] > 0.5 * exact[-1]


def test_intervals_are_where_the_fortune_is_small() -> None:
    rng = np.random.default_rng(3)
    n = rng.multinomial(200, [0.5, 0.5], 30).astype(float)
    y = rng.binomial(n.astype(int), [0.10, 0.15]).astype(float)
    batches = Batches(n, y, y, 0.5, True)
    limit = -np.log(0.05)
    for end in difference_interval(batches, 0.05):
        assert difference_fortunes(batches, end)[-1] == pytest.approx(limit, abs=1e-6)
    for ratio in ratio_interval_of(batches, 0.05):
        assert ratio is not None
        assert ratio_fortunes(batches, ratio)[-1] == pytest.approx(limit, abs=1e-6)
    low, high = difference_interval(batches, 0.05)
    assert low < 0.05 < high


@pytest.mark.slow
@pytest.mark.parametrize(("p", "step"), [(0.5, 1), (0.5, 20), (0.05, 20)])
def test_false_alarms_over_a_thousand_looks_from_the_first_unit(p: float, step: int) -> None:
    """At most .055, with no least number of rows; 1,000 experiments here, more in benchmarks/abtest/peeking.py."""
    rng = np.random.default_rng(11)
    alarms = []
    for _ in range(1000):
        arm = rng.binomial(step, 0.5, 1000)
        n = np.column_stack([step - arm, arm]).astype(float)
        y = rng.binomial(n.astype(int), p).astype(float)
        alarms.append((difference_fortunes(Batches(n, y, y, 0.5, True), 0.0) >= -np.log(0.05)).any())
    rate = float(np.mean(alarms))
    assert rate <= 0.055 + 3 * np.sqrt(0.055 * 0.945 / 1000)


def test_the_mixture_is_that_of_johari_et_al() -> None:
    """The interval holds zero exactly where the p-value is above alpha."""
    for variance, tau in ((0.01, 0.1), (2.0, 0.5)):
        reach = mixture_reach(variance, tau, 0.05)
        assert mixture_p(reach, variance, tau) == pytest.approx(0.05)


def test_false_alarms_of_an_asymptotic_sequence() -> None:
    """Normal differences at 500 looks, from 1/50 of the horizon on."""
    rng = np.random.default_rng(4)
    n = np.linspace(20, 1000, 500)
    steps = rng.normal(0, 1, (4000, 500)) * np.sqrt(np.diff(n, prepend=0))
    mean, variance = np.cumsum(steps, axis=1) / n, 1 / n
    tau = np.sqrt((-2 * np.log(0.05) + np.log(1 - 2 * np.log(0.05))) / 1000)
    reach = np.array([mixture_reach(v, tau, 0.05) for v in variance])
    rate = float((np.abs(mean) > reach).any(axis=1).mean())
    assert rate <= 0.05


@pytest.mark.parametrize("sequence", ["group", "bounded", "asymptotic", "msprt"])
def test_a_large_effect_is_established_early(tmp_path: Path, sequence: str) -> None:
    frame = draw_conversions(1, 0.15, 6000)
    found = ask(
        tmp_path,
        frame,
        type="sequential",
        treatment="variant",
        outcome=["won"],
        date="day",
        looks="daily",
        sequence=sequence,
        control="a",
    )
    assert "is established since 2024-03-0" in found.answer
    difference = pick(found, "difference")
    assert difference.interval == "sequence"
    assert (difference.p_value or 0) < 0.05
    assert (difference.ci_low or 0) > 0
    fixed = pick(ask(tmp_path, frame, treatment="variant", outcome=["won"], test="z"), "difference")
    assert (difference.ci_high or 0) - (difference.ci_low or 0) > (fixed.ci_high or 0) - (fixed.ci_low or 0)
    assert len(found.tables["looks"].rows) <= 10


def test_no_effect_is_given_up(tmp_path: Path) -> None:
    frame = draw_conversions(6, -0.01, 4000)
    found = ask(
        tmp_path,
        frame,
        type="sequential",
        treatment="variant",
        outcome=["won"],
        date="day",
        looks="daily",
        sequence="group",
        control="a",
        horizon=5000,
        futility="obrien-fleming",
    )
    assert "stop for futility" in found.answer


def test_clusters_covariates_and_ratios_look_by_look(tmp_path: Path) -> None:
    """All of it together, which no other tool has; clusters go on over several days."""
    rng = np.random.default_rng(7)
    users = 800
    arm = rng.choice(["a", "b"], users)
    level = rng.normal(0, 1, users)
    rows = pd.DataFrame({"user": rng.integers(0, users, 8000)})
    rows["variant"] = arm[rows["user"]]
    rows["before"] = level[rows["user"]] + 5
    day = np.sort(rng.integers(0, 8, len(rows)))
    rows["day"] = (pd.Timestamp("2024-05-01") + pd.to_timedelta(day, unit="D")).strftime("%Y-%m-%d")
    rows["views"] = rng.poisson(4, len(rows)) + 1
    chance = 1 / (1 + np.exp(1.5 - 0.5 * level[rows["user"]] - 0.3 * (rows["variant"] == "b")))
    rows["clicks"] = rng.binomial(rows["views"], chance)
    found = ask(
        tmp_path,
        rows,
        type="sequential",
        treatment="variant",
        outcome=["clicks"],
        denominator="views",
        covariates=["before"],
        cluster="user",
        date="day",
        looks="daily",
        sequence="asymptotic",
        control="a",
    )
    assert (pick(found, "difference").ci_low or 0) > 0
    assert (pick(found, "relative_lift").ci_low or 0) > 0
    assert pick(found, "n").value == (rows["variant"] == "a").sum()


def test_a_capped_amount_is_valid_and_an_uncapped_one_says_that_it_is_asymptotic(tmp_path: Path) -> None:
    frame = draw_experiment(1, 3.0, 4000)
    common = {"type": "sequential", "treatment": "variant", "outcome": ["amount"], "control": "a", "floor": -30.0}
    capped = ask(tmp_path, frame, sequence="bounded", cap=80.0, **common)
    low, high = pick(capped, "difference").ci_low, pick(capped, "difference").ci_high
    assert (low or 0) < 3.0 < (high or 0)
    common.pop("floor")
    open_ended = ask(tmp_path, frame, sequence="asymptotic", **common)
    assert "asymptotic" in open_ended.tables["comparisons"].caption


def test_a_mismatch_of_arm_sizes_is_seen_on_its_day(tmp_path: Path) -> None:
    frame = draw_conversions(3, 0.0, 8000)
    broken = frame[(frame["variant"] == "a") | (frame["day"] < "2024-03-06") | (frame.index % 2 == 0)]
    found = ask(
        tmp_path,
        broken,
        type="sequential",
        treatment="variant",
        outcome=["won"],
        date="day",
        looks="daily",
        sequence="group",
        control="a",
    )
    check = next(item for item in found.diagnostics if item.name == "sample_ratio_by_day")
    assert check.status == "fail"
    assert "since 2024-03-0" in check.message


def test_rows_of_one_user_are_one_arrival(tmp_path: Path) -> None:
    """Few users with very many rows: the arms' rows differ by far more than chance, their users do not."""
    rng = np.random.default_rng(21)
    counts = np.round(rng.lognormal(3, 1.5, 60)).astype(int) + 1
    user = np.repeat(np.arange(60), counts)
    rows = pd.DataFrame({"user": user, "variant": np.where(user % 2, "b", "a"), "won": rng.integers(0, 2, len(user))})
    rows["day"] = (pd.Timestamp("2024-05-01") + pd.to_timedelta(rng.integers(0, 6, len(rows)), unit="D")).astype(str)
    given = {"type": "sequential", "treatment": "variant", "outcome": ["won"], "date": "day", "looks": "daily"}
    given |= {"sequence": "group", "control": "a"}
    status = {
        cluster: next(item.status for item in found.diagnostics if item.name == "sample_ratio_by_day")
        for cluster in ("user", None)
        for found in [ask(tmp_path, rows, cluster=cluster, **given)]
    }
    assert status == {"user": "pass", None: "fail"}


@pytest.mark.parametrize(("rule", "count"), [(group_sequence, 60), (asymptotic_sequence, 600)])
def test_ratio_covariate_and_clusters_keep_their_level_at_all_looks(rule: SequenceRule, count: int) -> None:
    """Drawn experiments of five looks, 30 clusters an arm each: all looks' intervals hold the truth of .03."""
    plan = PowerPlan(
        "ratio", 0.2, 1.0, (0.5, 0.5), 0.05, True, "difference", "none", 5, "pocock", 1.0, "pooled", 2.9, 20.0, 0.6
    )
    rows = new_rows(plan, 3_000)
    drawn = draw_moments(DrawnDesign(plan, np.array([0.2, 0.23]), rows), count, np.random.default_rng(12))
    arms = Arms("arm", (0, 1), ("a", "b"), (3_000, 3_000), (0.5, 0.5), 0)
    compare = ComparisonPlan(("before",), (), "cluster", "cuped", "fieller", 0.5, 999, {}, 0.95, 0)
    looks = LookPlan("day", LOOKS, LOOKS, 0.95, 5, None, "pocock", 1.0, "none", 0.8, None, 0.0, None)
    metric = Metric("outcome", "denominator", "decides", 1)
    held = 0
    for place in range(count):
        (_, paths), *_ = rule(DrawnTable(drawn, place), arms, [metric], compare, looks)
        points = paths[0].points
        held += all(point.low <= 0.03 <= point.high for point in points)
    error = (0.95 * 0.05 / count) ** 0.5
    assert held / count > 0.95 - 3 * error
