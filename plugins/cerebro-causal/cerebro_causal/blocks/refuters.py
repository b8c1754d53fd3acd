"""Refuters: the same analysis where the answer is known, everything estimated again each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from cerebro_causal.blocks.causal_sample import CausalSample
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.p_values import p_diagnostic
from cerebro_core.blocks.result import Diagnostic, Refused, ResultTable

REFUTER_LEVEL = 0.01
SUBSET_SHARE = 0.8
MOST_CHANGE = 0.5
REPEATS = 20
LARGE_TABLE = 1_000_000
CLIP = 2.5


@dataclass(frozen=True)
class Refutation:
    """What one refuter found.

    Attributes:
        name: such as "placebo_treatment".
        status: "pass", "warn" or "fail".
        message: for the reader.
        value: the p value, or for the random cause the change in standard errors.
        threshold: what it was held to.
        estimates: what the analysis gave, draw by draw.
    """

    name: str
    status: str
    message: str
    value: float
    threshold: float
    estimates: tuple[float, ...]


def refute_effect(
    sample: CausalSample,
    effect: Effect,
    again: Callable[[CausalSample], Effect],
    seed: int,
    repeats: int = REPEATS,
    churn: float = 0.0,
) -> list[Refutation]:
    """Run the four refuters.

    Each has a rate of false alarms of about 1 % where the errors of the analysis are right. Draws of the placebo and of
    the subset are independent of each other given the rows, so that the squares of their z values add up to a
    chi-square; draws of the dummy outcome are not, and are judged by the smallest p value times their number.

    Args:
        sample: the rows.
        effect: what was estimated.
        again: the whole analysis as a function of the rows.
        seed: of all draws.
        repeats: draws of each refuter; one where the table is large.
        churn: for analyses that are no smooth function of the rows, such as matching: standard deviation of the change
            of the estimate when rows are matched anew, in standard errors.
    """
    rng = np.random.default_rng([seed, 1728])
    if sample.covariates.size > LARGE_TABLE:
        repeats = 1
    return [
        placebo_treatment(sample, again, rng, repeats),
        dummy_outcome(sample, again, rng, repeats),
        random_common_cause(sample, effect, again, rng, repeats, churn),
        random_subset(sample, effect, again, rng, repeats, churn),
    ]


def tried(again: Callable[[CausalSample], Effect], samples: list[CausalSample]) -> list[Effect]:
    """The analysis of each, without those that refuse it."""
    found = []
    for one in samples:
        try:
            found.append(again(one))
        except Refused:
            continue
    return found


def least_p_value(effects: list[Effect]) -> float:
    """Smallest p value of no effect, times how many there are (Bonferroni)."""
    return min(1.0, len(effects) * min(known_p_value(effect) for effect in effects)) if effects else 1.0


def joint_p_value(effects: list[Effect], count: int) -> float:
    """Of no effect in any of these estimates, `count` of which are independent: a chi-square of their z values."""
    squares = [float(stats.norm.isf(max(known_p_value(effect), 1e-300) / 2)) ** 2 for effect in effects]
    return float(stats.chi2.sf(sum(squares), count)) if squares else 1.0


def moves_of(effects: list[Effect], effect: Effect, churn: float) -> tuple[list[float], int]:
    """How far estimates are from the one of all rows, and how many of the moves are independent.

    Where matches are dealt anew, the estimate of all rows is itself one deal: the moves are those about their mean.
    """
    values = [one.value for one in effects]
    if not churn or len(values) < 2:
        return [value - effect.value for value in values], len(values)
    middle = sum(values) / len(values)
    return [value - middle for value in values], len(values) - 1


def known_p_value(effect: Effect) -> float:
    """The p value of no effect; 1 where there is no error to judge by."""
    return 1.0 if effect.p_value is None else effect.p_value


def judged(
    name: str,
    effects: list[Effect],
    value: float,
    broken: bool,
    messages: tuple[str, str, str],
    bad: str,
    threshold: float = REFUTER_LEVEL,
) -> Refutation:
    """A refutation, with "warn" where no draw could be analysed."""
    good, worse, none = messages
    if not effects:
        return Refutation(name, "warn", none, value, threshold, ())
    status, message = (bad, worse) if broken else ("pass", good)
    return Refutation(name, status, message, value, threshold, tuple(effect.value for effect in effects))


def placebo_treatment(
    sample: CausalSample, again: Callable[[CausalSample], Effect], rng: np.random.Generator, repeats: int
) -> Refutation:
    """Treatment dealt anew by chance: the effect must be zero. Clusters that were treated as a whole stay whole."""
    effects = tried(again, [replace(sample, arm=dealt_anew(sample, rng)) for _ in range(repeats)])
    value = joint_p_value(effects, len(effects))
    messages = (
        "With treatment dealt anew by chance the analysis finds nothing, as it should.",
        (
            "With treatment dealt anew by chance the analysis still finds an effect: its errors are too small, or it "
            "is broken. Do not use the answer before this is understood; name what hangs together with --cluster."
        ),
        "With treatment dealt anew by chance the analysis could not be run.",
    )
    return judged("placebo_treatment", effects, value, value < REFUTER_LEVEL, messages, "fail")


def dealt_anew(sample: CausalSample, rng: np.random.Generator) -> np.ndarray:
    """The arms in a random order, of whole clusters where treatment does not vary within."""
    if not sample.clustered:
        return rng.permutation(sample.arm)
    groups, first = np.unique(sample.clusters, return_index=True, return_inverse=False)
    place = np.searchsorted(groups, sample.clusters)
    if not np.array_equal(sample.arm[first][place], sample.arm):
        return rng.permutation(sample.arm)
    return rng.permutation(sample.arm[first])[place]


def dummy_outcome(
    sample: CausalSample, again: Callable[[CausalSample], Effect], rng: np.random.Generator, repeats: int
) -> Refutation:
    """An outcome made of the confounders, their squares and chance, but not of the treatment: no effect."""
    changed = [replace(sample, outcome=outcome_of_confounders(sample, rng)) for _ in range(repeats)]
    effects = tried(again, changed)
    value = least_p_value(effects)
    messages = (
        "For an outcome made of the confounders alone the analysis finds nothing, as it should.",
        (
            "For an outcome made of the confounders and their squares alone the analysis finds an effect: it does not "
            "adjust for all that they can do. Try --method backdoor --learner auto."
        ),
        "With a dummy outcome the analysis could not be run.",
    )
    return judged("dummy_outcome", effects, value, value < REFUTER_LEVEL, messages, "warn")


def outcome_of_confounders(sample: CausalSample, rng: np.random.Generator) -> np.ndarray:
    """Random signs of standardised confounders, cut at 2.5 standard deviations, and of their squares, plus noise."""
    rows, width = sample.covariates.shape
    noise = np.asarray(rng.standard_normal(rows))
    if sample.clustered:
        count = int(sample.clusters.max()) + 1
        noise = noise + rng.standard_normal(count)[sample.clusters]
    if not width:
        return noise
    spread = sample.covariates.std(axis=0)
    scaled = (sample.covariates - sample.covariates.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    scaled = np.clip(scaled, -CLIP, CLIP)
    signs = rng.choice((-1.0, 1.0), size=(2, width)) / np.sqrt(2 * width)
    return np.asarray(noise + scaled @ signs[0] + (scaled**2 - 1) @ signs[1])


def random_common_cause(
    sample: CausalSample,
    effect: Effect,
    again: Callable[[CausalSample], Effect],
    rng: np.random.Generator,
    repeats: int,
    churn: float,
) -> Refutation:
    """One more confounder made of chance: the estimate must hardly move."""
    changed = []
    for _ in range(repeats):
        chance = rng.standard_normal((len(sample.arm), 1))
        names = (*sample.covariate_names, "chance")
        changed.append(replace(sample, covariates=np.column_stack([sample.covariates, chance]), covariate_names=names))
    effects = tried(again, changed)
    moves, count = moves_of(effects, effect, churn)
    moved = float(np.sqrt(sum(move**2 for move in moves) / count)) if count else 0.0
    value = moved / effect.error if effect.error > 0 else 0.0
    limit = max(MOST_CHANGE, 2 * churn)
    messages = (
        "A confounder made of chance hardly moves the estimate, as it should.",
        (
            f"A confounder made of chance moves the estimate by {value:.1f} standard errors: it is not stable. Use "
            "fewer confounders or more rows."
        ),
        "With one more confounder the analysis could not be run.",
    )
    return judged("random_common_cause", effects, value, value > limit, messages, "warn", limit)


def random_subset(
    sample: CausalSample,
    effect: Effect,
    again: Callable[[CausalSample], Effect],
    rng: np.random.Generator,
    repeats: int,
    churn: float,
) -> Refutation:
    """Four fifths of the rows, or of the clusters: the estimate must move no more than chance lets it."""
    parts = []
    for _ in range(repeats):
        units = np.unique(sample.clusters)
        chosen = rng.permutation(units)[: max(2, round(SUBSET_SHARE * len(units)))]
        kept = np.isin(sample.clusters, chosen)
        weights = sample.weights[kept]
        parts.append(
            replace(
                sample,
                outcome=sample.outcome[kept],
                arm=sample.arm[kept],
                covariates=sample.covariates[kept],
                weights=weights / weights.mean(),
                clusters=np.unique(sample.clusters[kept], return_inverse=True)[1],
                strata=sample.strata[kept],
                mediators=None if sample.mediators is None else sample.mediators[kept],
            )
        )
    effects = tried(again, parts)
    spread = effect.error * np.sqrt(1 / SUBSET_SHARE - 1 + churn**2)
    moves, count = moves_of(effects, effect, churn)
    shifts = [Effect(move, float(spread), effect.degrees) for move in moves]
    value = joint_p_value(shifts, count)
    found = judged(
        "random_subset",
        effects,
        value,
        value < REFUTER_LEVEL,
        (
            "In random parts of the rows the answer is the same within chance.",
            (
                "In random parts of the rows the answer moves more than its error allows: single rows decide, or the "
                "error is too small. Look for outliers, and name what hangs together with --cluster."
            ),
            "In a part of the rows the analysis could not be run.",
        ),
        "warn",
    )
    return found


def refutation_diagnostics(tests: list[Refutation]) -> list[Diagnostic]:
    """Refutations among the checks of the answer."""
    return [refutation_diagnostic(one) for one in tests]


def refutation_diagnostic(one: Refutation) -> Diagnostic:
    """One refutation as a check; the figure of the random cause is no p-value, and without draws there is none."""
    as_check = p_diagnostic if one.estimates and one.name != "random_common_cause" else Diagnostic
    return as_check(f"refute_{one.name}", one.status, one.message, one.value, one.threshold)


def refutation_table(tests: list[Refutation]) -> ResultTable:
    """What each refuter found, draw by draw."""
    rows = tuple(
        (one.name.replace("_", " "), number + 1, value) for one in tests for number, value in enumerate(one.estimates)
    )
    caption = (
        "The same analysis where the answer is known: zero for a placebo treatment and a dummy outcome, the estimate "
        "itself for a random cause and a subset. None of these can see a confounder that was not measured."
    )
    return ResultTable(("refuter", "draw", "estimate"), rows, "Refuters", caption)
