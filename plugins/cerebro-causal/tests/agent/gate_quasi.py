"""Faults of panels, cutoffs, instruments and front doors."""

from __future__ import annotations

from typing import Any

import agent_worlds as worlds
import numpy as np
import pandas as pd
from gate import Fault, rng_of

PANEL: dict[str, Any] = {"method": "did", "treatment": "promo", "outcome": "sales", "unit": "store", "time": "week"}
EDGE: dict[str, Any] = {"method": "rdd", "running": "score", "cutoff": 50.0, "outcome": "grade"}
IV: dict[str, Any] = {"method": "iv", "treatment": "served", "outcome": "wage", "instruments": ("lottery",)}
FRONT: dict[str, Any] = {"method": "frontdoor", "treatment": "ad", "outcome": "orders", "mediators": ("visits",)}


def panel(seed: int, **settings: Any) -> pd.DataFrame:
    return worlds.draw_panel(seed, "store", "week", "promo", "sales", **{"units": 50, "periods": 10, **settings})


def drifting(seed: int) -> pd.DataFrame:
    """Treated stores were on a steeper trend before."""
    frame = panel(seed, starts={7: 0.5})
    ever = frame.groupby("store")["promo"].transform("max")
    return frame.assign(sales=frame["sales"] + 0.8 * ever * frame["week"])


def switching_off(seed: int) -> pd.DataFrame:
    frame = panel(seed, starts={5: 0.5})
    return frame.assign(promo=frame["promo"].where(frame["week"] <= 7, 0))


def doubled(seed: int) -> pd.DataFrame:
    """Some rows of unit and time stand there twice, with different values."""
    frame = panel(seed)
    again = frame.sample(40, random_state=seed)
    return pd.concat([frame, again.assign(sales=again["sales"] + 1)], ignore_index=True)


def cutoff(seed: int, **settings: Any) -> pd.DataFrame:
    return worlds.draw_cutoff(seed, "score", "grade", 50.0, "grant", **{"rows": 2000, **settings})


def one_sided(seed: int) -> pd.DataFrame:
    frame = cutoff(seed)
    low = frame.index[frame["score"] < 50]
    return frame.drop(low[4:]).reset_index(drop=True)


def jumping_covariate(seed: int, jump: float) -> pd.DataFrame:
    frame, rng = cutoff(seed), rng_of(seed)
    return frame.assign(income=30 + jump * (frame["score"] >= 50) + rng.normal(0, 3, len(frame)))


def offer(seed: int, **settings: Any) -> pd.DataFrame:
    return worlds.draw_instrument(seed, "lottery", "served", "wage", ("age",), **{"rows": 2000, **settings})


def two_instruments(seed: int, leak: float) -> pd.DataFrame:
    """A second instrument that, with `leak`, moves the wage on its own."""
    frame, rng = offer(seed), rng_of(seed)
    second = (rng.random(len(frame)) < 0.5).astype(int)
    served = np.where((second == 1) & (rng.random(len(frame)) < 0.3), 1, frame["served"])
    extra = 2.0 * (served - frame["served"]) + leak * second
    return frame.assign(second=second, served=served, wage=frame["wage"] + extra)


def front(seed: int, **settings: Any) -> pd.DataFrame:
    return worlds.draw_front_door(seed, "ad", "visits", "orders", **{"rows": 1500, **settings})


PANELS = [
    Fault(
        "all units treated at once", lambda s: panel(s, starts={6: 1.0}), panel, question="Did the promo raise sales?"
    ),
    Fault("all units treated at once, did asked for", lambda s: panel(s, starts={6: 1.0}), panel, PANEL),
    Fault("no period before", lambda s: panel(s, starts={1: 0.5}), panel, PANEL),
    Fault("no period before, agent", lambda s: panel(s, starts={1: 0.5}), panel, question="Did the promo raise sales?"),
    Fault("treatment that switches off", switching_off, lambda s: panel(s, starts={5: 0.5}), PANEL),
    Fault("rows of unit and time twice", doubled, panel, PANEL),
    Fault("one treated and two untreated units", lambda s: panel(s, units=3, starts={6: 0.34}), panel, PANEL),
    Fault(
        "staggered adoption by TWFE",
        lambda s: panel(s, starts={3: 0.3, 6: 0.3, 8: 0.4}),
        lambda s: panel(s, starts={6: 0.5}),
        {**PANEL, "estimator": "twfe"},
    ),
    Fault(
        "staggered adoption, agent",
        lambda s: panel(s, starts={3: 0.3, 6: 0.3}),
        lambda s: panel(s, starts={6: 0.5}),
        question="Did the promo raise sales?",
        mended=lambda spec: spec.method_name == "did" and getattr(spec, "estimator", None) not in ("twfe", None),
    ),
    Fault("trends that differed before", drifting, lambda s: panel(s, starts={7: 0.5}), PANEL),
    Fault("one period only", lambda s: panel(s, starts={1: 0.5}).query("week == 1"), panel, PANEL),
    Fault("nobody treated", lambda s: panel(s).assign(promo=0), panel, PANEL),
    Fault(
        "each unit in one row only",
        lambda s: panel(s).assign(store=lambda d: [f"u{n}" for n in range(len(d))]),
        panel,
        PANEL,
    ),
    Fault(
        "one unit over time",
        lambda s: panel(s, units=1, starts={6: 1.0}, periods=60),
        lambda s: panel(s),
        question="Did the promo raise sales?",
    ),
    Fault(
        "missing outcomes of a panel",
        lambda s: panel(s).assign(sales=lambda d: d.sales.where(rng_of(s).random(len(d)) > 0.1)),
        panel,
        {**PANEL, "missing": "refuse"},
    ),
    Fault("group without a start", lambda s: panel(s, form="group"), lambda s: panel(s, form="switch"), PANEL),
]

CUTOFFS = [
    Fault("manipulated running variable", lambda s: cutoff(s, manipulated=0.8), cutoff, EDGE),
    Fault("cutoff outside the range", cutoff, cutoff, {**EDGE, "cutoff": 50.0}, {"cutoff": 500.0}),
    Fault("four rows below the cutoff", one_sided, cutoff, EDGE),
    Fault(
        "running variable with four values",
        lambda s: cutoff(s).assign(score=lambda d: (d.score / 40).round().clip(0, 3) * 40),
        cutoff,
        EDGE,
    ),
    Fault(
        "no jump in the treatment",
        lambda s: cutoff(s).assign(grant=(rng_of(s).random(2000) < 0.5).astype(int)),
        lambda s: cutoff(s, fuzzy=True, rows=4000),
        {**EDGE, "treatment": "grant"},
    ),
    Fault("constant running variable", lambda s: cutoff(s).assign(score=50.0), cutoff, EDGE),
    Fault("running variable that is the outcome", cutoff, cutoff, EDGE, {"running": "grade"}, {}),
    Fault(
        "a covariate jumps at the cutoff",
        lambda s: jumping_covariate(s, 4.0),
        lambda s: jumping_covariate(s, 0.0),
        {**EDGE, "confounders": ("income",)},
    ),
    Fault(
        "no cutoff named",
        lambda s: cutoff(s).drop(columns="grant"),
        lambda s: cutoff(s).drop(columns="grant"),
        {"method": "rdd", "running": "score", "outcome": "grade"},
        {},
        {"cutoff": 50.0},
    ),
]

INSTRUMENTS = [
    Fault("weak instrument", lambda s: offer(s, strength=0.02), offer, IV),
    Fault("instrument that moves nothing", lambda s: offer(s, strength=0.0), offer, IV),
    Fault("instrument is the treatment", lambda s: offer(s).assign(lottery=lambda d: d.served), offer, IV),
    Fault(
        "instrument is the treatment in another unit",
        lambda s: offer(s).assign(lottery=lambda d: 10 - 3 * d.served),
        offer,
        IV,
    ),
    Fault("constant instrument", lambda s: offer(s).assign(lottery=1), offer, IV),
    Fault("instrument is the outcome", lambda s: offer(s).assign(lottery=lambda d: d.wage * 2), offer, IV),
    Fault(
        "one of two instruments acts on its own",
        lambda s: two_instruments(s, 1.5),
        lambda s: two_instruments(s, 0.0),
        {**IV, "instruments": ("lottery", "second")},
    ),
    Fault(
        "instrument is a confounder too",
        lambda s: offer(s).assign(copy=lambda d: d.lottery * 2.0),
        lambda s: offer(s).assign(copy=rng_of(s).normal(size=2000)),
        {**IV, "confounders": ("age", "copy")},
    ),
    Fault(
        "no instrument named",
        lambda s: offer(s)[["served", "wage", "age"]],
        offer,
        {"method": "iv", "treatment": "served", "outcome": "wage"},
        {},
        {"instruments": ("lottery",)},
    ),
    Fault("constant treatment of an instrument", lambda s: offer(s).assign(served=1), offer, IV),
]

FRONT_DOORS = [
    Fault("mediator is the treatment", lambda s: front(s).assign(visits=lambda d: d.ad * 3.0), front, FRONT),
    Fault(
        "mediator that the treatment does not move",
        lambda s: front(s).assign(visits=rng_of(s).normal(size=1500)),
        front,
        FRONT,
    ),
    Fault("mediator is the outcome", lambda s: front(s).assign(visits=lambda d: d.orders * 2), front, FRONT),
    Fault("constant mediator", lambda s: front(s).assign(visits=1.0), front, FRONT),
    Fault(
        "no mediator named",
        front,
        front,
        {"method": "frontdoor", "treatment": "ad", "outcome": "orders"},
        {},
        {"mediators": ("visits",)},
    ),
    Fault(
        "by the graph there is another path",
        front,
        front,
        FRONT,
        {"graph": "ad -> visits; visits -> orders; ad -> orders; ad <-> orders"},
        {"graph": "ad -> visits; visits -> orders; ad <-> orders"},
    ),
]

QUASI = [*PANELS, *CUTOFFS, *INSTRUMENTS, *FRONT_DOORS]
