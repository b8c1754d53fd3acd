"""What is known besides the rows: beliefs about a channel's return or share, and lift tests.

A belief replaces the prior of a channel's effect. Given the form's parameters, return and share are proportional to the
effect, so a density for them is one for it: in logarithms both have the same Jacobian. The density is written as
a log q + b (log q)^2 + c q + d q^2 (+ constant), which holds the log-normal, the gamma and the half-normal, so that
every engine needs one formula.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_mmm.blocks.preprocessing import Prepared
from cerebro_mmm.blocks.priors import Prior

NORMAL_QUANTILE = 1.6448536269514722


@dataclass(frozen=True)
class Belief:
    """A density for what a channel returns.

    Attributes:
        channel: number of the channel.
        quantity: "roas", or "share" of the outcome.
        prior: "lognormal", "gamma" or "halfnormal", with scalar numbers.
    """

    channel: int
    quantity: str
    prior: Prior


@dataclass(frozen=True)
class LiftTest:
    """An experiment on one channel.

    Attributes:
        channel: number of the channel.
        rows: rows whose spend was changed, as booleans, shape (rows,).
        spend_change: money more (or less, below zero) than the table says, or would have been, over these rows.
        lift: outcome gained over these rows and those to which the effect carries over.
        std_error: of the lift.
    """

    channel: int
    rows: np.ndarray
    spend_change: float
    lift: float
    std_error: float


def read_beliefs(
    prior: Mapping[str, str], beliefs: Mapping[str, Mapping[str, Mapping[str, float]]], channels: Sequence[str]
) -> tuple[Belief, ...]:
    """Beliefs from the settings `prior` and `beliefs`.

    Args:
        prior: such as {"roas:tv": "lognormal(0.5, 0.4)"}.
        beliefs: such as {"tv": {"roas": {"low": 1, "high": 4}}}: nine times in ten between these.
        channels: names.

    Raises:
        Refused: an unknown channel, quantity or family, numbers out of range, or two beliefs about one channel.
    """
    found = []
    for key, text in prior.items():
        quantity, _, name = key.partition(":")
        found.append(Belief(number_of(name, channels, "prior"), quantity, parse_prior(key, text)))
    for name, said in beliefs.items():
        for quantity, ends in said.items():
            low, high = float(ends["low"]), float(ends["high"])
            if not 0 < low < high:
                raise Refused(f"beliefs: {display(name)}: low must be above zero and below high.")
            middle, half = (np.log(low) + np.log(high)) / 2, (np.log(high) - np.log(low)) / 2
            values = (float(middle), float(half) / NORMAL_QUANTILE)
            found.append(Belief(number_of(name, channels, "beliefs"), quantity, Prior("lognormal", values, "")))
    for belief in found:
        if belief.quantity not in ("roas", "share"):
            raise Refused(f"prior: '{display(belief.quantity)}' is neither roas nor share; write roas:CHANNEL=….")
        if sum(other.channel == belief.channel for other in found) > 1:
            raise Refused(f"prior: {display(channels[belief.channel])} has two beliefs; one replaces the other.")
    return tuple(found)


def parse_prior(key: str, text: str) -> Prior:
    """`lognormal(0.5, 0.4)` as a prior.

    Raises:
        Refused: another family, or numbers that it cannot have.
    """
    found = re.fullmatch(r"\s*(\w+)\s*\(\s*([^(),]+?)\s*(?:,\s*([^(),]+?)\s*)?\)\s*", text)
    family = found[1].lower() if found else ""
    counts = {"lognormal": 2, "gamma": 2, "halfnormal": 1}
    try:
        values = tuple(float(item) for item in found.groups()[1:] if item is not None) if found else ()
    except ValueError:
        values = ()
    positive = all(value > 0 for value in (values[1:] if family == "lognormal" else values))
    if len(values) != counts.get(family, 0) or not values or not np.isfinite(values).all() or not positive:
        raise Refused(
            f"prior: '{display(key)}={display(text, 60)}' is not understood; write lognormal(LOC,SCALE), "
            "gamma(SHAPE,RATE) or halfnormal(SCALE), the scales above zero."
        )
    return Prior(family, values, "")


def number_of(name: str, channels: Sequence[str], setting: str) -> int:
    """Number of a channel.

    Raises:
        Refused: where there is none of this name.
    """
    if name not in channels:
        raise Refused(f"{setting}: '{display(name)}' is not one of the channels {', '.join(map(display, channels))}.")
    return list(channels).index(name)


def belief_terms(belief: Belief) -> tuple[float, float, float, float]:
    """Numbers a, b, c, d of the density of log q: a log q + b (log q)^2 + c q + d q^2."""
    if belief.prior.family == "lognormal":
        loc, scale = belief.prior.values
        return loc / scale**2, -0.5 / scale**2, 0.0, 0.0
    if belief.prior.family == "gamma":
        shape, rate = belief.prior.values
        return shape, 0.0, -rate, 0.0
    return 1.0, 0.0, 0.0, -0.5 / belief.prior.values[0] ** 2


def belief_arrays(prepared: Prepared, beliefs: Sequence[Belief], effect: Prior) -> dict[str, Any]:
    """Arrays of the beliefs for the engines; empty where there are none.

    `believed` are numbers of channels, `believed_rows` turns their effects into return or share, `believed_terms` are
    the numbers of `belief_terms`, and `believed_effect` is the precision of the effect's own prior, which is taken out.
    """
    if not beliefs:
        return {}
    weights = []
    for belief in beliefs:
        if belief.quantity == "roas":
            money = prepared.row_spend[belief.channel].sum()
            weights.append(prepared.row_scale * prepared.row_worth / money)
        else:
            weights.append(prepared.row_scale / prepared.row_outcome.sum())
    channels = np.array([belief.channel for belief in beliefs])
    return {
        "believed": channels,
        "believed_rows": np.stack(weights),
        "believed_terms": np.array([belief_terms(belief) for belief in beliefs]),
        "believed_effect": 1.0 / np.broadcast_to(effect.values[0], (len(prepared.channels),))[channels] ** 2,
    }


def belief_density(quantity: Any, log_quantity: Any, effect: Any, log_effect: Any, arrays: Mapping[str, Any]) -> Any:
    """Log density of the beliefs over that of the effects' own half-normal priors, up to a constant; operators alone.

    Args:
        quantity, log_quantity: return or share, shape (…, beliefs).
        effect, log_effect: effects of the same channels.
        arrays: see `belief_arrays`.
    """
    terms = arrays["believed_terms"]
    said = terms[:, 0] * log_quantity + terms[:, 1] * log_quantity**2 + terms[:, 2] * quantity
    said = said + terms[:, 3] * quantity**2
    return (said + 0.5 * arrays["believed_effect"] * effect**2 - log_effect).sum(axis=-1)


def lift_arrays(prepared: Prepared, tests: Sequence[LiftTest]) -> dict[str, Any]:
    """Arrays of the lift tests for the engines; empty where there are none.

    `tested` and `tested_changed` are exposures now and before, as the table has them and as the test changed them, of
    shape (channels, cells, lags + 1); `tested_sum` (tests, channels, cells) adds the cells of a test up in the
    outcome's unit; `lift` and `lift_error` are what was measured.
    """
    if not tests:
        return {}
    cells = [felt_cells(prepared, test) for test in tests]
    length = max(len(one) for one in cells)
    places = {
        channel: [k for k, test in enumerate(tests) if test.channel == channel]
        for channel in range(len(prepared.channels))
    }
    most = max(len(own) for own in places.values())
    count, lags = len(prepared.channels), len(prepared.lags)
    now, then = np.zeros((count, most * length, lags)), np.zeros((count, most * length, lags))
    total = np.zeros((len(tests), count, most * length))
    for channel, own in places.items():
        for slot, k in enumerate(own):
            rows = cells[k]
            at = slot * length + np.arange(len(rows))
            now[channel, at] = prepared.exposure[channel][prepared.window[rows]]
            then[channel, at] = changed_exposure(prepared, tests[k])[prepared.window[rows]]
            total[k, channel, at] = prepared.row_scale[rows]
    return {
        "tested": now,
        "tested_changed": then,
        "tested_sum": total,
        "lift": np.array([test.lift for test in tests]),
        "lift_error": np.array([test.std_error for test in tests]),
    }


def changed_exposure(prepared: Prepared, test: LiftTest) -> np.ndarray:
    """The channel's exposure with the test's change of spend, spread as spend was (evenly where there was none).

    Raises:
        Refused: a cut below zero.
    """
    periods, lags = len(prepared.dates), len(prepared.lags) - 1
    money = prepared.row_spend[test.channel]
    spent = money[test.rows].sum()
    split = np.where(test.rows, money / spent if spent > 0 else 1.0 / test.rows.sum(), 0.0)
    after = money + test.spend_change * split
    if (after < -1e-6 * max(money.max(), 1.0)).any():
        raise Refused(
            f"lift_tests: {display(prepared.channels[test.channel])}: spend_change takes away more than the "
            f"{spent:,.0f} that were spent in this period."
        )
    shown = prepared.exposure[test.channel].reshape((len(prepared.regions), periods + lags)).copy()
    price = money.sum() / prepared.exposure[test.channel][prepared.window[:, 0]].sum()
    added = (np.maximum(after, 0.0) - money) / price
    if spent > 0:
        now = prepared.exposure[test.channel][prepared.window[:, 0]]
        added = np.where(money > 0, now * (np.maximum(after, 0.0) / np.maximum(money, 1e-300) - 1.0), 0.0)
    shown[:, lags:] += added.reshape((len(prepared.regions), periods))
    return np.asarray(shown.ravel())


def felt_cells(prepared: Prepared, test: LiftTest) -> np.ndarray:
    """Rows in which a test can be felt: those that it changed and those to which they carry over."""
    periods = len(prepared.dates)
    marked = test.rows.reshape((len(prepared.regions), periods))
    felt = marked.copy()
    for lag in range(1, min(len(prepared.lags), periods)):
        felt[:, lag:] |= marked[:, :-lag]
    return np.flatnonzero(felt.ravel())
