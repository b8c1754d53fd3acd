"""Faults of comparisons of arms: by adjustment, by weights, by matching, in experiments."""

from __future__ import annotations

from typing import Any

import agent_worlds as worlds
import numpy as np
import pandas as pd
from gate import Fault, rng_of

QUICK = {"learner": "linear", "refute": False}
ROLES: dict[str, Any] = {"treatment": "coupon", "outcome": "spend", "confounders": ("age", "income"), "refute": False}
GRAPH = "age -> coupon; income -> coupon; age -> spend; income -> spend; coupon -> spend"


def choice(seed: int, **settings: Any) -> pd.DataFrame:
    return worlds.draw_choice(seed, "coupon", "spend", ("age", "income"), rows=800, **settings)


def trial(seed: int, **settings: Any) -> pd.DataFrame:
    return worlds.draw_trial(seed, "arm", "score", ("before",), rows=400, **settings)


def sharp(seed: int, *, width: float = 0.0) -> pd.DataFrame:
    """Treated exactly above an age, or nearly so."""
    frame, rng = choice(seed), rng_of(seed)
    frame["coupon"] = (frame["age"] + rng.normal(0, width, len(frame)) > 40).astype(int)
    return frame.assign(spend=lambda d: d.spend + 2 * d.coupon)


def sparse(seed: int) -> pd.DataFrame:
    """Five treated rows of 800."""
    frame = choice(seed)
    keep = frame.index[frame["coupon"] == 1][:5]
    return frame.assign(coupon=frame.index.isin(keep).astype(int))


def with_holes(seed: int, column: str) -> pd.DataFrame:
    frame = choice(seed)
    return frame.assign(**{column: frame[column].where(rng_of(seed).random(len(frame)) > 0.1)})


def with_weights(seed: int, low: float) -> pd.DataFrame:
    frame = choice(seed)
    return frame.assign(weight=rng_of(seed).uniform(low, 2, len(frame)))


def chosen_trial(seed: int) -> pd.DataFrame:
    """An experiment in which those with a high score before went into the treated arm."""
    frame, rng = trial(seed), rng_of(seed)
    frame["arm"] = (frame["before"] + rng.normal(0, 8, len(frame)) > 50).astype(int)
    return frame


def few_clusters(seed: int, clusters: int) -> pd.DataFrame:
    """Whole schools treated."""
    rng = rng_of(seed)
    school = np.arange(480) % clusters
    arm = school % 2
    score = 2 * arm + rng.normal(0, 0.3, clusters)[school] + rng.normal(size=480)
    return pd.DataFrame({"school": [f"s{number}" for number in school], "arm": arm, "score": score})


def bent(seed: int) -> pd.DataFrame:
    """Choice and outcome depend on the square of age, which the columns hide."""
    rng = rng_of(seed)
    age, income = rng.normal(size=2000), rng.normal(size=2000)
    coupon = (rng.random(2000) < 1 / (1 + np.exp(-(2.5 * age**2 - 2.5)))).astype(int)
    spend = 10 + 2 * coupon + 3 * age**2 + income + rng.normal(size=2000)
    return pd.DataFrame({"age": age, "income": income, "coupon": coupon, "spend": spend})


ARMS = [
    Fault("one-valued treatment", lambda s: choice(s).assign(coupon=1), choice, {**ROLES, "method": "ipw"}),
    Fault("no overlap, ipw", sharp, choice, {**ROLES, "method": "ipw"}),
    Fault("no overlap, aipw", sharp, choice, {**ROLES, **QUICK, "method": "backdoor"}),
    Fault("no overlap, matching", sharp, choice, {**ROLES, "method": "psm"}),
    Fault("almost no overlap, ipw", lambda s: sharp(s, width=1.0), choice, {**ROLES, "method": "ipw"}),
    Fault("almost no overlap, aipw", lambda s: sharp(s, width=1.0), choice, {**ROLES, **QUICK, "method": "backdoor"}),
    Fault(
        "the graph says that a control is caused by the treatment",
        lambda s: choice(s, extras={"visits": "post"}), lambda s: choice(s, extras={"visits": "noise"}),
        {**ROLES, **QUICK, "confounders": ("age", "income", "visits"), "method": "backdoor"},
        {"graph": f"{GRAPH}; coupon -> visits"}, {"graph": f"{GRAPH}; visits -> spend"},
    ),
    Fault(
        "a mediator by the graph is adjusted for",
        lambda s: choice(s, extras={"visits": "post"}), lambda s: choice(s, extras={"visits": "noise"}),
        {**ROLES, "confounders": ("age", "income", "visits"), "method": "ipw"},
        {"graph": f"{GRAPH}; coupon -> visits; visits -> spend"}, {"graph": f"{GRAPH}; visits -> spend"},
    ),
    Fault(
        "a collider by the graph is adjusted for",
        lambda s: choice(s, extras={"rating": "post"}), lambda s: choice(s, extras={"rating": "noise"}),
        {**ROLES, "confounders": ("age", "income", "rating"), "method": "ipw"},
        {"graph": f"{GRAPH}; coupon -> rating; spend -> rating"}, {"graph": f"{GRAPH}; rating -> spend"},
    ),
    Fault(
        "a back door of the graph is left open", choice, choice, {**ROLES, "method": "ipw", "graph": GRAPH},
        {"confounders": ("age",)}, {"confounders": ("age", "income")},
    ),
    Fault(
        "a hidden common cause by the graph", choice, choice, {**ROLES, "method": "ipw", "confounders": ()},
        {"graph": f"{GRAPH}; coupon <-> spend"}, {"graph": GRAPH, "confounders": ("age", "income")},
    ),
    Fault(
        "a graph with a circle", choice, choice, {**ROLES, "method": "ipw"},
        {"graph": f"{GRAPH}; spend -> age"}, {"graph": GRAPH},
    ),
    Fault(
        "by the graph there is no effect", choice, choice, {**ROLES, "method": "ipw"},
        {"graph": GRAPH.replace("; coupon -> spend", "; coupon -> other")}, {"graph": GRAPH},
    ),
    Fault(
        "the outcome in another unit among the confounders",
        lambda s: choice(s, extras={"bill": "leak"}), lambda s: choice(s, extras={"bill": "noise"}),
        {**ROLES, **QUICK, "confounders": ("age", "income", "bill"), "method": "backdoor"},
    ),
    Fault(
        "the treatment in another unit among the confounders",
        lambda s: choice(s, extras={"code": "copy"}), lambda s: choice(s, extras={"code": "flag"}),
        {**ROLES, "confounders": ("age", "income", "code"), "method": "ipw"},
    ),
    Fault("five treated rows, ipw", sparse, choice, {**ROLES, "method": "ipw"}),
    Fault("five treated rows, aipw", sparse, choice, {**ROLES, **QUICK, "method": "backdoor"}),
    Fault(
        "missing outcomes", lambda s: with_holes(s, "spend"), choice, {**ROLES, "method": "ipw", "missing": "refuse"}
    ),
    Fault(
        "missing confounders", lambda s: with_holes(s, "age"), choice, {**ROLES, "method": "ipw", "missing": "refuse"}
    ),
    Fault("constant outcome", lambda s: choice(s).assign(spend=3.0), choice, {**ROLES, "method": "ipw"}),
    Fault(
        "infinite outcome", lambda s: choice(s).assign(spend=lambda d: d.spend.mask(d.index == 7, np.inf)), choice,
        {**ROLES, "method": "ipw"},
    ),
    Fault(
        "negative sampling weights", lambda s: with_weights(s, -1.0), lambda s: with_weights(s, 0.5),
        {**ROLES, "method": "ipw", "weights": "weight"},
    ),
    Fault(
        "nobody knows which arm is untreated",
        lambda s: choice(s, words=("Meyer", "Schulz")), lambda s: choice(s, words=("none", "Schulz")),
        {**ROLES, "method": "ipw"},
    ),
    Fault(
        "three arms where two are compared",
        lambda s: choice(s, words=("none", "mail")).assign(
            coupon=lambda d: d.coupon.mask(rng_of(s).random(len(d)) < 0.3, "app")
        ),
        lambda s: choice(s, words=("none", "mail")), {**ROLES, "method": "ipw", "control": "none"},
    ),
    Fault(
        "weights of straight lines where choice is bent", bent,
        lambda s: choice(s), {**ROLES, "method": "ipw", "refute": True},
    ),
    Fault(
        "nothing to adjust for", lambda s: choice(s)[["coupon", "spend"]], choice, {"refute": False, **QUICK},
        question="Did the coupon raise spend?",
    ),
    Fault(
        "a column from after the treatment, agent", lambda s: choice(s, extras={"visits_after": "post"}),
        lambda s: choice(s, extras={"visits_before": "noise"}), QUICK, question="Did the coupon raise spend?",
        mended=lambda spec: "visits_after" not in getattr(spec, "confounders", ()),
    ),
    Fault(
        "the outcome of another unit, agent", lambda s: choice(s, extras={"bill": "leak"}),
        lambda s: choice(s, extras={"bill": "noise"}), QUICK, question="Did the coupon raise spend?",
        mended=lambda spec: "bill" not in getattr(spec, "confounders", ()),
    ),
    Fault(
        "an experiment that nobody claims", trial, trial,
        {"method": "rct", "treatment": "arm", "outcome": "score", "confounders": ("before",)},
        {}, {"design": "experiment"},
    ),
    Fault(
        "an experiment whose arms were chosen", chosen_trial, trial,
        {"method": "rct", "design": "experiment", "treatment": "arm", "outcome": "score", "confounders": ("before",)},
    ),
    Fault(
        "an experiment with two clusters", lambda s: few_clusters(s, 2), lambda s: few_clusters(s, 40),
        {"method": "rct", "design": "experiment", "treatment": "arm", "outcome": "score", "cluster": "school"},
    ),
    Fault(
        "an experiment with one arm", lambda s: trial(s).assign(arm=1), trial,
        {"method": "rct", "design": "experiment", "treatment": "arm", "outcome": "score"},
    ),
]  # fmt: skip
