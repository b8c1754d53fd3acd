"""What a report says of matches: how alike they are, who found none, and who stands for many."""

from __future__ import annotations

import numpy as np

from cerebro_causal.blocks.balance import balance_diagnostics, balance_of, balance_table, effective_size, love_chart
from cerebro_causal.blocks.causal_sample import CausalSample, missing_diagnostics
from cerebro_causal.blocks.influence import effect_estimate
from cerebro_causal.blocks.match_effect import Matched, MatchedEffect
from cerebro_causal.blocks.overlap import overlap_diagnostics, safer_ways, weight_diagnostics
from cerebro_causal.blocks.study_report import overlap_chart, sample_facts
from cerebro_core.blocks.result import Chart, Diagnostic, Estimate, ResultTable

MOST_UNMATCHED = 0.05
FAR_TOO_MANY_UNMATCHED = 0.25
HOW = "after matching"


def matching_design(
    sample: CausalSample, scores: np.ndarray, matched: Matched, estimand: str
) -> tuple[list[Diagnostic], dict[str, ResultTable], tuple[Chart, ...]]:
    """Overlap, balance and matches, before the outcome is looked at."""
    names = sample.covariate_names
    before = balance_of(sample.covariates, sample.treated, sample.weights, sample.weights)
    after = balance_of(sample.covariates, sample.treated, matched.balancing, sample.weights)
    checks = [
        *missing_diagnostics(sample),
        unmatched_diagnostic(sample, matched, estimand),
        *overlap_diagnostics(scores, sample.treated, sample.weights, estimand, safer_ways("psm")),
        *balance_diagnostics(names, after, HOW),
        *weight_diagnostics(matched.balancing, sample.treated, HOW, safer_ways("psm")),
    ]
    tables = {
        "sample": sample_facts(sample),
        "balance": balance_table(names, before, after, HOW),
        "matches": match_table(sample, matched),
    }
    charts = [overlap_chart(scores, sample.treated, sample.arms)]
    if names:
        charts.insert(0, love_chart(names, before, after, HOW))
    return checks, tables, tuple(charts)


def wanted_rows(sample: CausalSample, estimand: str) -> np.ndarray:
    """(n,) whether a row is one whom the estimand is about."""
    if estimand == "ate":
        return np.ones(len(sample.arm), bool)
    return np.asarray(sample.arm == (1 if estimand == "att" else 0))


def unmatched_share(sample: CausalSample, matched: Matched, estimand: str) -> float:
    """Share of those whom the estimand is about that found no match."""
    wanted = wanted_rows(sample, estimand)
    return float(np.average(~matched.kept[wanted], weights=sample.weights[wanted]))


def unmatched_diagnostic(sample: CausalSample, matched: Matched, estimand: str) -> Diagnostic:
    """Whether so many found no match that the answer is about others than was asked."""
    share = unmatched_share(sample, matched, estimand)
    status = "pass" if share <= MOST_UNMATCHED else "warn" if share <= FAR_TOO_MANY_UNMATCHED else "fail"
    message = {
        "pass": "Nearly all rows found a match." if share else "Every row found a match.",
        "warn": f"{share:.0%} of the rows found no match that is near enough: the answer is about the others only.",
        "fail": f"{share:.0%} of the rows found no match that is near enough: the answer is about other people than "
        "you asked about. Choose a wider --caliper, fewer --strata, or --method ipw --estimand ato.",
    }[status]
    return Diagnostic("unmatched_rows", status, message, share, MOST_UNMATCHED)


def unmatched_text(sample: CausalSample, matched: Matched, estimand: str) -> str:
    """What to add to whom the effect is about."""
    return " that found a match" if unmatched_share(sample, matched, estimand) > 0 else ""


def match_table(sample: CausalSample, matched: Matched) -> ResultTable:
    """For each arm: how many rows were matched, served as a match, and how often."""
    rows = []
    for arm, name in enumerate(sample.arms):
        own = sample.arm == arm
        sets = matched.sets.get(arm)
        used = matched.used[own]
        size, far = (None, None) if sets is None else (sets.size[sets.found], sets.farthest[sets.found])
        rows.append(
            (
                name,
                int(own.sum()),
                int(matched.kept[own].sum()) if sets is not None else None,
                None if size is None else float(size.mean()),
                None if far is None else float(far.mean()),
                None if far is None else float(far.max()),
                int((used > 0).sum()),
                float(used.max()),
                effective_size(matched.balancing[own]),
            )
        )
    columns = (
        "arm", "rows", "matched", "matches each", "mean distance", "largest distance", "served as match",
        "stands for at most", "effective rows",
    )  # fmt: skip
    caption = (
        "Distances are in the score, or Mahalanobis distances; ties are kept, so that a row can have more matches."
    )
    return ResultTable(columns, tuple(rows), "Matches", caption)


def matching_estimates(
    sample: CausalSample, found: MatchedEffect, estimand: str, level: float, outcome: str, who: str
) -> tuple[Estimate, ...]:
    """The effect, then the averages that it is the difference of."""
    lower, upper = sample.arms
    text = f"Effect of {upper} against {lower}, {who}"
    estimates = [effect_estimate(estimand, found.effect, level, text=text, outcome=outcome)]
    for name, effect in ((upper, found.upper), (lower, found.lower)):
        text = f"Average outcome of {who} with {name}"
        estimates.append(
            effect_estimate("mean_outcome", effect, level, text=text, outcome=outcome, group=name, unit="level")
        )
    return tuple(estimates)
