"""Whether rows could have gone either way: the overlap of the arms."""

from __future__ import annotations

import numpy as np

from cerebro_causal.blocks.balance import effective_size
from cerebro_causal.blocks.influence import Effect
from cerebro_core.blocks.result import Diagnostic, Refused

NEAR_EDGE = 0.05
AT_EDGE = 0.01
MOST_AT_EDGE = 0.05
FEWEST_EFFECTIVE = 30.0
MOST_OF_ONE_ROW = 0.05
FEWEST_DECIDING = 10.0


def safer_ways(method: str, estimand: str = "ate", trim: float = 0.0) -> str:
    """The flags that ask about rows of both arms alone, or make fewer rows decide, and that the method reads."""
    if method == "ipw":
        wider = "--trim 0.05" if trim < NEAR_EDGE else "a larger --trim"
        return wider if estimand == "ato" else f"--estimand ato or {wider}"
    return "--method ipw --estimand ato" if method != "psm" else "a narrow --caliper or --method ipw --estimand ato"


def edge_share(scores: np.ndarray, weights: np.ndarray, estimand: str, edge: float) -> float:
    """Share of rows whose chance of the arm that they lack, and that the estimand asks for, is below an edge."""
    low, high = scores < edge, scores > 1 - edge
    outside = high if estimand == "att" else low if estimand == "atc" else low | high
    return float(np.average(outside, weights=weights))


def refuse_without_overlap(scores: np.ndarray, treated: np.ndarray) -> None:
    """Refuse arms whose estimated chances do not meet at all."""
    if scores[treated == 1].min() > scores[treated == 0].max():
        raise Refused(
            "every treated row was more likely to be treated than any untreated one: nothing can be compared (no "
            "overlap); leave out the column that decides, or ask about rows that could have gone either way"
        )


def overlap_diagnostics(
    scores: np.ndarray, treated: np.ndarray, weights: np.ndarray, estimand: str, ways: str
) -> list[Diagnostic]:
    """Judge the chances of treatment.

    Thresholds: rows beyond .1 and .9 cost more precision than they bring (Crump, Hotz, Imbens & Mitnik 2009); here one
    in twenty beyond .05 warns, and one in twenty beyond .01, where a row stands for a hundred, fails. With overlap
    weights (ato) such rows hardly count.

    Args:
        scores: (n,) estimated chance of treatment.
        treated: (n,) 0 and 1.
        weights: (n,) sampling weights.
        estimand: "ate", "att", "atc" or "ato".
        ways: what to do instead, by `safer_ways`.
    """
    near, edge = (edge_share(scores, weights, estimand, bound) for bound in (NEAR_EDGE, AT_EDGE))
    if estimand == "ato":
        message = f"Rows beyond {NEAR_EDGE:.0%} chance on either side ({near:.0%}) hardly count in this estimand."
        return [Diagnostic("overlap", "pass", message, near, MOST_AT_EDGE)]
    if edge > MOST_AT_EDGE:
        message = (
            f"{edge:.0%} of the rows had a chance below {AT_EDGE:.0%} of the other arm: for them there is hardly "
            f"anyone to compare with. Use {ways}, or leave such rows out."
        )
        return [Diagnostic("overlap", "fail", message, edge, MOST_AT_EDGE)]
    if near > MOST_AT_EDGE:
        message = (
            f"{near:.0%} of the rows had a chance below {NEAR_EDGE:.0%} of the other arm: the answer for them rests on "
            f"few others. To ask about the rows that overlap, use {ways}."
        )
        return [Diagnostic("overlap", "warn", message, near, MOST_AT_EDGE)]
    return [Diagnostic("overlap", "pass", "In both arms there are rows like those of the other.", near, MOST_AT_EDGE)]


def weight_diagnostics(weights: np.ndarray, treated: np.ndarray, how: str, ways: str) -> list[Diagnostic]:
    """Whether some rows stand for too much: effective sample size (Kish 1965), and the largest share of one row."""
    sizes = [effective_size(weights[treated == arm]) for arm in (1, 0)]
    shares = [float(weights[treated == arm].max() / weights[treated == arm].sum()) for arm in (1, 0)]
    size, share = min(sizes), max(shares)
    enough, even = size >= FEWEST_EFFECTIVE, share <= MOST_OF_ONE_ROW
    return [
        Diagnostic(
            "effective_sample_size",
            "pass" if enough else "warn",
            f"{how.capitalize()}, the smaller arm counts like {size:,.0f} rows"
            + ("." if enough else f": few; the interval may be too short. More rows help, or {ways}."),
            size,
            FEWEST_EFFECTIVE,
        ),
        Diagnostic(
            "largest_weight",
            "pass" if even else "warn",
            f"The row that counts most makes up {share:.1%} of its arm"
            + ("." if even else f": the answer hangs on single rows. Try {ways}."),
            share,
            MOST_OF_ONE_ROW,
        ),
    ]


def deciding_rows(effect: Effect, ways: str = "--method ipw --estimand ato") -> Diagnostic:
    """Whether the interval hangs on a handful of rows, or of clusters where rows hang together."""
    fine = effect.degrees >= FEWEST_DECIDING
    counted = effect.counted
    message = f"As many as {effect.degrees:,.0f} {counted} of equal weight decide how wide the interval is" + (
        "."
        if fine
        else f": few, so that it is wide, and may still be too short if rarer {counted} were not drawn. More "
        f"{counted} are safer{f', or {ways}' if counted == 'rows' else ''}."
    )
    return Diagnostic("deciding_rows", "pass" if fine else "warn", message, effect.degrees, FEWEST_DECIDING)
