"""Simulated markets whose truth is known: for tests, benchmarks, the contract suite and the demo table.

A world draws demand, prices and spend, lets spend carry over, saturate and sell, and remembers what each channel really
sold. The rows handed out begin after a hidden past of spend, as in a real table.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

FAMILIES = ("right", "wrong", "demand", "collinear", "short", "heavy")
"""right: the model's own form; wrong: other carry-over and saturation; demand: spend chases demand; collinear: channels
move together; short: 52 weeks; heavy: Student-t(3) noise."""

PAST = 30


@dataclass(frozen=True)
class World:
    """One simulated market.

    Attributes:
        columns: column name -> values, one a row; `week` is ISO text.
        channels: the columns with spend.
        controls: the columns with controls.
        contribution: channel -> outcome that it truly added over all rows.
        weekly: channel -> the same by row.
        response: channel -> true outcome a row at a constant spend, as (spend, response) grids.
        unseen: what no column shows and both spend and outcome may follow, shape (rows,).
        truth: every number that made the world.
    """

    columns: dict[str, list[object]]
    channels: tuple[str, ...]
    controls: tuple[str, ...]
    contribution: dict[str, float]
    weekly: dict[str, np.ndarray]
    response: dict[str, tuple[np.ndarray, np.ndarray]]
    unseen: np.ndarray
    truth: dict[str, object]


def draw_world(
    seed: int,
    family: str = "right",
    *,
    saturation: str = "hill",
    weeks: int = 156,
    channels: int = 5,
    media_share: float | None = None,
    names: tuple[str, ...] | None = None,
    start: str = "2021-01-04",
) -> World:
    """Draw a market.

    Args:
        seed: of every random number.
        family: one of `FAMILIES`.
        saturation: "hill" or "logistic", in all families but "wrong".
        weeks: rows; the family "short" has 52.
        channels: number of media channels.
        media_share: share of the outcome that media cause; drawn between .1 and .45 by default.
        names: names of the channels.
        start: the first week.

    Returns:
        The world.

    Raises:
        ValueError: for an unknown family.
    """
    if family not in FAMILIES:
        raise ValueError(f"no family '{family}'; there are {', '.join(FAMILIES)}")
    rng = np.random.default_rng([seed, FAMILIES.index(family)])
    rows = 52 if family == "short" else weeks
    length = rows + PAST
    time = np.arange(length)
    names = names or tuple(f"media_{index + 1}" for index in range(channels))

    season = _season(rng, time)
    price = _walk(rng, length, 0.85)
    promo = (rng.random(length) < 0.12).astype(float)
    trend = rng.normal(0.0, 0.12) * (time - length / 2) / length
    demand = trend + season + rng.normal(-0.05, 0.02) * price + abs(rng.normal(0.06, 0.03)) * promo

    # Demand reaches spend through the error term too, which no column shows.
    noise_sd = rng.uniform(0.03, 0.09)
    hidden = _walk(rng, length, 0.6)
    noise = noise_sd * (rng.standard_t(3, length) / np.sqrt(3.0) if family == "heavy" else rng.normal(size=length))
    if family == "demand":
        noise = noise_sd * (0.8 * hidden + 0.6 * rng.normal(size=length))

    spend = np.stack([_spend(rng, length, season, hidden, family) for _ in names])
    if family == "collinear":
        common = np.exp(0.5 * _walk(rng, length, 0.5))
        spend = 0.15 * spend + 0.85 * common * spend.mean(axis=1, keepdims=True)
    spend *= rng.lognormal(np.log(20_000.0), 0.7, size=(len(names), 1))

    share = rng.uniform(0.10, 0.45) if media_share is None else media_share
    parts = rng.dirichlet(np.full(len(names), 2.0)) * share
    shapes = [_shape(rng, family, saturation) for _ in names]
    level = rng.lognormal(np.log(1_000_000.0), 0.5)

    weekly: dict[str, np.ndarray] = {}
    curves: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    baseline = 1.0 - share + demand
    for name, money, part, shape in zip(names, spend, parts, shapes, strict=True):
        typical = money[money > 0].mean()
        carried = np.convolve(money / typical, shape.weights)[:length]
        raw = shape.saturate(carried)
        most = part / raw[PAST:].mean()
        weekly[name] = (level * most * raw)[PAST:]
        grid = np.linspace(0.0, 3.0 * money.max(), 301)
        curves[name] = (grid, level * most * shape.saturate(grid / typical))
    outcome = level * (baseline + noise)[PAST:] + sum(weekly.values())

    days = np.datetime64(start) + 7 * np.arange(rows)
    columns: dict[str, list[object]] = {
        "week": [str(day) for day in days],
        "sales": np.round(outcome, 2).tolist(),
        **{name: np.round(money[PAST:], 2).tolist() for name, money in zip(names, spend, strict=True)},
        "price": np.round(10.0 + price[PAST:], 3).tolist(),
        "promo": promo[PAST:].astype(int).tolist(),
    }
    return World(
        columns=columns,
        channels=tuple(names),
        controls=("price", "promo"),
        contribution={name: float(values.sum()) for name, values in weekly.items()},
        weekly=weekly,
        response=curves,
        unseen=hidden[PAST:],
        truth={
            "family": family,
            "seed": seed,
            "media_share": share,
            "noise_sd": noise_sd,
            "level": level,
            "shapes": [asdict(shape) | {"weights": shape.weights.tolist()} for shape in shapes],
        },
    )


def _season(rng: np.random.Generator, time: np.ndarray) -> np.ndarray:
    angle = 2 * np.pi * time * 7 / 365.25
    first, second = rng.uniform(0.03, 0.12), rng.uniform(0.0, 0.05)
    return np.asarray(first * np.sin(angle + rng.uniform(0, 6.28)) + second * np.sin(2 * angle + rng.uniform(0, 6.28)))


def _walk(rng: np.random.Generator, length: int, memory: float) -> np.ndarray:
    """A stationary AR(1) with unit variance."""
    values = rng.normal(size=length)
    for index in range(1, length):
        values[index] = memory * values[index - 1] + np.sqrt(1 - memory**2) * values[index]
    return values


def _spend(rng: np.random.Generator, length: int, season: np.ndarray, hidden: np.ndarray, family: str) -> np.ndarray:
    """Always-on or flighted spend with mean about one."""
    chase = rng.uniform(0.0, 0.4) if family != "demand" else rng.uniform(0.4, 0.8)
    log_spend = rng.uniform(0.3, 0.7) * _walk(rng, length, rng.uniform(0.0, 0.8)) + chase * season / season.std()
    if family == "demand":
        log_spend = log_spend + 0.5 * hidden
    money = np.exp(log_spend - log_spend.var() / 2)
    if rng.random() < 0.4:
        on = np.repeat(rng.random(length // 3 + 1) < rng.uniform(0.3, 0.7), 3)[:length]
        on[: length // 10] = True
        money = money * on
    return np.asarray(money)


@dataclass(frozen=True)
class Shape:
    """How a channel's spend turns into outcome: carry-over weights, and a saturation with its numbers."""

    weights: np.ndarray
    form: str
    half: float
    slope: float
    rate: float
    power: float

    def saturate(self, spend: np.ndarray) -> np.ndarray:
        """The response to adstocked spend in typical spends, unscaled."""
        if self.form == "hill":
            return np.asarray(spend**self.slope / (spend**self.slope + self.half**self.slope))
        if self.form == "logistic":
            return np.asarray(np.tanh(self.rate * spend / 2))
        if self.form == "power":
            return np.asarray(spend**self.power)
        if self.form == "log":
            return np.asarray(np.log1p(spend / self.half))
        return np.asarray(spend**3 / (spend**3 + (0.6 * self.half) ** 3))


def _shape(rng: np.random.Generator, family: str, saturation: str) -> Shape:
    lags = np.arange(13)
    if family == "wrong":
        # Delayed peak (Jin et al. 2017, equation 3) or Weibull density; power, log or S-shaped response.
        if rng.random() < 0.5:
            weights = rng.uniform(0.3, 0.7) ** ((lags - rng.uniform(0.5, 2.5)) ** 2)
        else:
            shape, scale = rng.uniform(1.2, 2.5), rng.uniform(1.5, 3.5)
            weights = ((lags + 0.5) / scale) ** (shape - 1) * np.exp(-(((lags + 0.5) / scale) ** shape))
        form = str(rng.choice(["power", "log", "s"]))
    else:
        weights = rng.uniform(0.05, 0.75) ** lags[:9]
        form = saturation
    return Shape(
        weights / weights.sum(),
        form,
        half=rng.uniform(0.5, 3.0),
        slope=rng.uniform(0.8, 1.8),
        rate=rng.uniform(0.4, 2.5),
        power=rng.uniform(0.3, 0.8),
    )
