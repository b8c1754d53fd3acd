"""False alarms, coverage and power of each method, by kind of outcome and clusters, and under peeking.

    python benchmarks/abtest/truth.py [--runs 2000] [--seed 1] [--only end|peeking]

Every figure comes from the same blocks that a script runs, on drawn experiments whose effect is known; 95 % intervals.
Monte-Carlo errors: for 2,000 runs .005 at a rate of .05 and of coverage .95, and .011 at a power of .5.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from scipy import stats

from cerebro_abtest.blocks.arm_means import ArmMeans, adjusted_means, influence_of, stratified_means
from cerebro_abtest.blocks.arms import Metric
from cerebro_abtest.blocks.bayes_models import frozen_posterior
from cerebro_abtest.blocks.betting import Batches, difference_fortunes, difference_interval
from cerebro_abtest.blocks.cluster_sizes import size_correction
from cerebro_abtest.blocks.contrasts import ComparisonPlan, Contrast
from cerebro_abtest.blocks.exact_tests import exact_interval
from cerebro_abtest.blocks.mean_tests import mean_answer, pooled_means
from cerebro_abtest.blocks.permutations import permuted_contrast
from cerebro_abtest.blocks.posteriors import difference_quantile
from cerebro_abtest.blocks.proportions import score_contrast
from cerebro_abtest.blocks.quantile_tests import quantile_contrast, quantile_draws
from cerebro_abtest.blocks.ranks import rank_contrast
from cerebro_abtest.blocks.sequence_group import arm_degrees, arm_gap
from cerebro_abtest.blocks.sequence_mixture import mixture_reach
from cerebro_abtest.blocks.spending import student_value, two_sided_bounds
from cerebro_core.blocks.moment_sql import Moments

Rng = np.random.Generator
PLAIN = Metric("y", None, "decides", 1)
RATIO = Metric("y", "b", "decides", 1)


def moments_of(columns: np.ndarray, clustered: bool = False) -> Moments:
    """Moments of the columns of an array, one row a unit."""
    rows = int(columns[:, 0].sum()) if clustered else len(columns)
    spread = np.atleast_2d(np.cov(columns.T))
    names = tuple("y" for _ in range(columns.shape[1]))
    return Moments(names, len(columns), rows, tuple(columns.mean(axis=0)), tuple(map(tuple, spread)))


def means(arms: list[np.ndarray], metric: Metric = PLAIN, adjustment: str = "cuped") -> ArmMeans:
    """Means of arms of independent rows: columns outcome, [denominator], [covariates]."""
    return adjusted_means([influence_of(moments_of(arm), metric, False, "") for arm in arms], adjustment, None)


def clustered(arms: list[tuple[np.ndarray, ...]], metric: Metric = PLAIN) -> ArmMeans:
    """Means of arms of clusters: sums of each, rows first."""
    found = [influence_of(moments_of(np.column_stack(arm), True), metric, True, "") for arm in arms]
    return adjusted_means(found, "cuped", [size_correction(arm[0].astype(int)) for arm in arms])


def contrast(found: ArmMeans, pooled: bool = False, relative: str = "fieller") -> Contrast:
    """The contrast of two arms."""
    return mean_answer(PLAIN, pooled_means(found) if pooled else found, relative, pooled).contrasts[0]


def plan(permutations: int) -> ComparisonPlan:
    return ComparisonPlan((), (), None, "cuped", "fieller", 0.5, permutations, {}, 0.95, 0)


def lognormal(rng: Rng, n: int, mean: float = 10.0, sigma: float = 1.0) -> np.ndarray:
    return rng.lognormal(np.log(mean) - sigma**2 / 2, sigma, n)


# Each case: rng, effect -> contrast; the effect is that of the arm less the control.


def welch(kind: str, n: int = 200) -> Callable[[Rng, float], Contrast]:
    def run(rng: Rng, effect: float) -> Contrast:
        if kind == "normal":
            arms = [rng.normal(10, 3, n), rng.normal(10 + effect, 3, n)]
        elif kind == "skewed":
            arms = [lognormal(rng, n), lognormal(rng, n, 10 + effect)]
        elif kind == "yes-no":
            arms = [rng.binomial(1, 0.1, n).astype(float), rng.binomial(1, 0.1 + effect, n).astype(float)]
        else:
            arms = [rng.normal(10, 1, 4 * n), rng.normal(10 + effect, 4, n)]
        return contrast(means([arm[:, None] for arm in arms]))

    return run


def student_unequal(rng: Rng, effect: float) -> Contrast:
    return contrast(means([rng.normal(10, 1, (800, 1)), rng.normal(10 + effect, 4, (200, 1))]), True)


def adjusted(adjustment: str) -> Callable[[Rng, float], Contrast]:
    def run(rng: Rng, effect: float) -> Contrast:
        arms = []
        for shift, slope, n in ((0.0, 0.6, 150), (effect, 1.2, 250)):
            x = rng.normal(0, 3, n)
            arms.append(np.column_stack([10 + shift + slope * x + rng.normal(0, 2, n), x]))
        return contrast(means(arms, PLAIN, adjustment))

    return run


def ratio(rng: Rng, effect: float) -> Contrast:
    arms = []
    for shift in (0.0, effect):
        rate = rng.beta(4, 16, 200)
        views = rng.poisson(20 * (0.5 + rate * 2.5)) + 1.0
        base = rng.binomial(views.astype(int), rate).astype(float)
        arms.append(np.column_stack([base + shift * views, views]))
    return contrast(means(arms, RATIO))


def strata(rng: Rng, effect: float) -> Contrast:
    parts = []
    for place, n in enumerate(rng.multinomial(400, [0.5, 0.3, 0.2])):
        split = np.clip(rng.binomial(n, 0.5), 2, n - 2)
        arms = [rng.normal(5 * place, 3, (n - split, 1)), rng.normal(5 * place + effect, 3, (split, 1))]
        parts.append(means(arms))
    return contrast(stratified_means(parts))


def clusters(count: int, icc: float, even: bool, kind: str = "mean") -> Callable[[Rng, float], Contrast]:
    """`count` clusters in all, half of them in each arm; sizes of 30 rows, or from 5 to 120."""

    def run(rng: Rng, effect: float) -> Contrast:
        arms = []
        for shift in (0.0, effect):
            sizes = (
                np.full(count // 2, 30) if even else np.clip(rng.lognormal(3.2, 0.8, count // 2), 5, 120).astype(int)
            )
            level = rng.normal(0, np.sqrt(icc), len(sizes))
            noise = rng.normal(0, np.sqrt((1 - icc) / sizes))
            if kind == "yes-no":
                chance = stats.norm.cdf(stats.norm.ppf(0.2) + level)  # latent scale
                sums = rng.binomial(sizes, chance).astype(float) + shift * sizes
            else:
                sums = sizes * (5 + shift + level + noise)
            arms.append((sizes.astype(float), sums))
        return contrast(clustered(arms))

    return run


def proportions(n: int, p: float) -> Callable[[Rng, float], Contrast]:
    return lambda rng, effect: score_contrast(1, rng.binomial(n, p + effect), n, rng.binomial(n, p), n)


def lift(relative: str) -> Callable[[Rng, float], Contrast]:
    """The contrast whose interval is that of the lift; the true lift is effect / .05."""

    def run(rng: Rng, effect: float) -> Contrast:
        arms = [rng.binomial(1, 0.05, (400, 1)).astype(float), rng.binomial(1, 0.05 + effect, (400, 1)).astype(float)]
        if arms[0].sum() == 0:
            arms[0][0, 0] = 1.0
        found = contrast(means(arms), relative=relative)
        return as_interval(found, lambda level: inner(found.lift_set(level), 0.05))

    return run


def inner(intervals: tuple[tuple[float | None, float | None], ...], scale: float) -> tuple[float | None, float | None]:
    low, high = intervals[0] if len(intervals) == 1 else (None, None)
    return None if low is None else low * scale, None if high is None else high * scale


def as_interval(found: Contrast, interval: Callable[[float], tuple[float | None, float | None]]) -> Contrast:
    return Contrast(
        1, found.difference, found.std_error, interval, None, found.lift_set, float("nan"), found.p_above, found.p_below
    )


def exact(rng: Rng, effect: float) -> Contrast:
    x1, x0 = int(rng.binomial(20, 0.3 + effect)), int(rng.binomial(20, 0.3))
    if (x1, x0) not in EXACT:
        EXACT[(x1, x0)] = exact_interval(x1, 20, x0, 20, 0.95)
    return as_interval(score_contrast(1, x1, 20, x0, 20), lambda level: EXACT[(x1, x0)])


EXACT: dict[tuple[int, int], tuple[float | None, float | None]] = {}


def ranks(rng: Rng, effect: float) -> Contrast:
    return rank_contrast(1, np.sort(lognormal(rng, 100) + effect), np.sort(lognormal(rng, 100)))


def permutation(rng: Rng, effect: float) -> Contrast:
    arms = [(lognormal(rng, n) + shift, np.ones(n)) for shift, n in ((effect, 15), (0.0, 15))]
    return permuted_contrast(1, arms[0], arms[1], plan(999), rng)


def quantile(q: float, count: int) -> Callable[[Rng, float], Contrast]:
    """Rows of a skewed outcome; with `count` clusters an arm where that is not zero."""

    def run(rng: Rng, effect: float) -> Contrast:
        found, values = [], []
        for shift in (effect, 0.0):
            if count:
                cluster = np.repeat(np.arange(count), 30)
                y = np.exp(rng.normal(0, 0.4, count)[cluster] + rng.normal(2, 0.9, len(cluster))) + shift
                order = np.argsort(y)
                parts = [y[order], cluster[order].astype(float)]
            else:
                parts = [np.sort(lognormal(rng, 300) + shift)]
            value = float(np.quantile(parts[0], q, method="median_unbiased"))
            values.append(value)
            found.append(quantile_draws(parts, q, value, rng))
        return quantile_contrast(1, values[0], values[1], found[0], found[1])

    return run


def beta_bayes(rng: Rng, effect: float) -> Contrast:
    arms = [stats.beta(1 + x, 101 - x) for x in (rng.binomial(100, 0.2 + effect), rng.binomial(100, 0.2))]
    top, base = (frozen_posterior(arm) for arm in arms)
    found = score_contrast(1, 10, 100, 10, 100)
    return as_interval(found, lambda level: (
        difference_quantile(top, base, (1 - level) / 2), difference_quantile(top, base, (1 + level) / 2)
    ))  # fmt: skip


def holds(found: Contrast, value: float) -> bool:
    low, high = found.interval(0.95)
    return (low is None or low <= value) and (high is None or value <= high)


def fixed_case(name: str, run: Callable[[Rng, float], Contrast], effect: float, runs: int, rng: Rng) -> str:
    """One line: false alarms without an effect, coverage and power with one."""
    alarms = np.mean([not holds(run(rng, 0.0), 0.0) for _ in range(runs)])
    covered, seen = [], []
    for _ in range(runs):
        found = run(rng, effect)
        covered.append(holds(found, effect))
        seen.append(not holds(found, 0.0))
    return f"| {name} | {alarms:.3f} | {np.mean(covered):.3f} | {np.mean(seen):.3f} |"


FIXED: tuple[tuple[str, Callable[[Rng, float], Contrast], float, float], ...] = (
    ("welch, normal, 200 an arm", welch("normal"), 0.8, 1),
    ("welch, log-normal (sigma 1), 200 an arm", welch("skewed"), 3.0, 1),
    ("welch, yes-no .1, 200 an arm", welch("yes-no"), 0.08, 1),
    ("welch, spreads 1 and 4, 800 and 200 rows", welch("unequal"), 0.7, 1),
    ("student, spreads 1 and 4, 800 and 200 rows", student_unequal, 0.7, 1),
    ("cuped, slopes differ, 150 and 250 rows", adjusted("cuped"), 0.7, 1),
    ("regression (Lin), slopes differ, 150 and 250 rows", adjusted("regression"), 0.7, 1),
    ("ratio (delta), 200 users an arm", ratio, 0.03, 1),
    ("post-stratified, 400 rows", strata, 0.7, 1),
    ("lift by Fieller, yes-no .05, 400 an arm", lift("fieller"), 0.04, 1),
    ("lift by delta, yes-no .05, 400 an arm", lift("delta"), 0.04, 1),
    ("z with score interval, .1, 200 an arm", proportions(200, 0.1), 0.08, 1),
    ("z with score interval, .02, 400 an arm", proportions(400, 0.02), 0.03, 1),
    ("exact interval, .3, 20 an arm", exact, 0.3, 1),
    ("mann-whitney, shifted log-normal, 100 an arm", ranks, 2.0, 0.5),
    ("permutation, shifted log-normal, 15 an arm", permutation, 8.0, 0.25),
    ("median, log-normal, 300 an arm", quantile(0.5, 0), 1.2, 0.5),
    ("quantile .9, log-normal, 300 an arm", quantile(0.9, 0), 6.0, 0.5),
    ("median, 20 clusters an arm", quantile(0.5, 20), 2.0, 0.5),
    ("bayesian beta, .2, 100 an arm", beta_bayes, 0.12, 0.25),
    *(
        (f"{count} clusters, ICC {icc}, {'even' if even else 'uneven'} sizes{', yes-no' if kind == 'yes-no' else ''}",
         clusters(count, icc, even, kind), 0.4 if kind == "mean" else 0.08, 1)
        for kind in ("mean", "yes-no") for count in (10, 20) for icc in (0.05, 0.3) for even in (True, False)
    ),
)  # fmt: skip


def peeking_tables(runs: int, rng: Rng) -> None:
    """False alarms and power over looks; what one looks at is the difference so far."""
    print("\n### Under peeking\n")
    print("| sequence | outcome | looks | false alarms | coverage at all looks | power |\n|---|---|---|---|---|---|")
    for kind, effect in (("normal", 0.3), ("revenue", 3.0)):
        for name in ("no correction", "group, O'Brien-Fleming", "group, Pocock", "asymptotic", "msprt"):
            looks = 10 if "group" in name else 100
            figures = [look_paths(name, kind, looks, value, runs, rng) for value in (0.0, effect)]
            print(
                f"| {name} | {kind} | {looks} | {figures[0][0]:.3f} | {figures[1][1]:.3f} | {figures[1][0]:.3f} |",
                flush=True,
            )
    for name, users in (("group, O'Brien-Fleming", 10), ("group, O'Brien-Fleming", 60), ("asymptotic", 120)):
        figures = [everything_paths(name, users, value, runs // 2, rng) for value in (0.0, 0.6 * users**-0.5)]
        what = f"ratio with CUPED, {users} clusters an arm that go on"
        print(f"| {name} | {what} | 10 | {figures[0][0]:.3f} | {figures[1][1]:.3f} | {figures[1][0]:.3f} |", flush=True)
    alarms, covered, power = capped_paths(runs // 4, rng)
    print(f"| bounded (betting) | capped amount | 100 | {alarms:.3f} | {covered:.3f} | {power:.3f} |")


def look_paths(name: str, kind: str, looks: int, effect: float, runs: int, rng: Rng) -> tuple[float, float]:
    """Rate of an interval without zero at any look, and of all looks' intervals with the truth; 2,000 rows an arm."""
    step = 2000 // looks
    established, covered = [], []
    for _ in range(runs):
        if kind == "normal":
            a, b = rng.normal(0, 3, 2000), rng.normal(effect, 3, 2000)
        else:
            a = lognormal(rng, 2000, 30.0, 1.2) * (rng.random(2000) < 0.3)
            b = lognormal(rng, 2000, 30.0 + effect / 0.3, 1.2) * (rng.random(2000) < 0.3)
        n = np.arange(1, looks + 1) * step
        gap, variance = np.zeros(looks), np.zeros(looks)
        for sign, y in ((-1, a), (1, b)):
            mean = np.cumsum(y)[n - 1] / n
            variance += (np.cumsum(y * y)[n - 1] / n - mean**2) / np.maximum(n - 1, 1)
            gap += sign * mean
        used = n >= 100
        if name == "no correction":
            reach, used = 1.959964 * np.sqrt(variance), n >= 2
        elif name.startswith("group"):
            bounds = two_sided_bounds(n / 2000, 0.05, "pocock" if "Pocock" in name else "obrien-fleming", 1.0)
            reach = bounds * np.sqrt(variance)
        else:
            first = int(np.argmax(used))
            tau = 0.1 * np.sqrt(variance[first] * n[first] / 2)
            if name == "asymptotic":
                r = -2 * np.log(0.05) + np.log(1 - 2 * np.log(0.05))
                tau = np.sqrt(r * variance[first] * n[first] / 2000)
            reach = np.array([mixture_reach(v, float(tau), 0.05) for v in variance])
        established.append(bool((np.abs(gap[used]) > reach[used]).any()))
        covered.append(bool((np.abs(gap[used] - effect) <= reach[used]).all()))
    return float(np.mean(established)), float(np.mean(covered))


def everything_paths(name: str, users: int, effect: float, runs: int, rng: Rng) -> tuple[float, float]:
    """Clicks per view of clusters that have rows at all ten looks, adjusted for a covariate: as `look_paths`."""
    established, covered = [], []
    for _ in range(runs):
        arms = []
        for shift in (0.0, effect):
            level = rng.normal(0, 1, users)
            new = rng.poisson(4 * rng.lognormal(0, 0.4, users), (10, users)) + 0.0
            new[0] += 1
            seen = rng.poisson(3 * new) + new
            noise = np.cumsum(np.sqrt(seen) * rng.normal(0, 1.5, (10, users)), axis=0)
            n, views = np.cumsum(new, axis=0), np.cumsum(seen, axis=0)
            clicks = (1 + shift + 0.5 * level) * views + noise
            before = n * (level + rng.normal(0, 0.5, users))
            arms.append((n, clicks, views, before))
        found = [clustered([tuple(column[look] for column in arm) for arm in arms], RATIO) for look in range(10)]
        gap, error = np.array([arm_gap(item, 1) for item in found]).T
        if name == "asymptotic":
            first, r = float(found[0].rows.sum()), -2 * np.log(0.05) + np.log(1 - 2 * np.log(0.05))
            tau = float(np.sqrt(r * error[0] ** 2 * first / (10 * first)))
            reach = np.array([mixture_reach(e * e, tau, 0.05) for e in error])
        else:
            bounds = two_sided_bounds(np.arange(1, 11) / 10, 0.05, "obrien-fleming", 1.0)
            degrees = [arm_degrees(item, 1) for item in found]
            reach = error * [student_value(float(b), d) for b, d in zip(bounds, degrees, strict=True)]
        established.append(bool((np.abs(gap) > reach).any()))
        covered.append(bool((np.abs(gap - effect) <= reach).all()))
    return float(np.mean(established)), float(np.mean(covered))


def capped_paths(runs: int, rng: Rng) -> tuple[float, float, float]:
    """A revenue capped at 100, by betting on sums and sums of squares, from the first look of 40 units on."""
    cap, rates = 100.0, []
    pool = np.minimum(lognormal(rng, 400_000, 30.0, 1.2) * (rng.random(400_000) < 0.3), cap) / cap
    better = np.minimum(lognormal(rng, 400_000, 45.0, 1.2) * (rng.random(400_000) < 0.36), cap) / cap
    truth = float(better.mean() - pool.mean())
    alarms, covered, power = [], [], []
    for _ in range(runs):
        for other, effect in ((pool, 0.0), (better, truth)):
            n = np.full((100, 2), 20.0)
            draws = [rng.choice(pool, (100, 20)), rng.choice(other, (100, 20))]
            y = np.column_stack([draw.sum(axis=1) for draw in draws])
            y2 = np.column_stack([(draw**2).sum(axis=1) for draw in draws])
            batches = Batches(n, y, y2, 0.5, False)
            over = bool((difference_fortunes(batches, 0.0) >= -np.log(0.05)).any())
            if effect == 0.0:
                alarms.append(over)
            else:
                power.append(over)
                covered.append(bool((difference_fortunes(batches, effect) < -np.log(0.05)).all()))
                low, high = difference_interval(batches, 0.05)
                assert low <= high
        rates.append(over)
    return float(np.mean(alarms)), float(np.mean(covered)), float(np.mean(power))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["end", "peeking"])
    given = parser.parse_args()
    print(f"### At the planned end ({given.runs:,} runs; some slower methods a half or a quarter)\n")
    print("| method and outcome | false alarms | coverage | power |\n|---|---|---|---|")
    for place, (name, run, effect, part) in enumerate(FIXED if given.only != "peeking" else ()):
        rng = np.random.default_rng([given.seed, place])
        print(fixed_case(name, run, effect, int(given.runs * part), rng), flush=True)
    if given.only != "end":
        peeking_tables(given.runs, np.random.default_rng([given.seed, 999]))


if __name__ == "__main__":
    main()
