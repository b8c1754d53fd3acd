"""Every card of an installed plugin is complete, and its recipe runs on a small table with the columns it names."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cerebro_core.cards import Card, read_card
from cerebro_core.method import Method
from cerebro_core.plugins import plugins

WEEKLY = Path(__file__).parents[2] / "examples" / "mmm" / "weekly.csv"
NEEDS = {"mmm.pymc": "pymc", "mmm.stan": "cmdstanpy", "abtest.hierarchical": "pymc"}
QUICK = {"abtest.frequentist", "abtest.bayesian", "abtest.sequential"}
"""Recipes that take less than 10 s; the others sample."""


def methods() -> list[Method]:
    plugins().load_all()
    every = plugins()
    found = [item for domain in every.domains() for item in every.methods(domain)]
    return [item for item in found if item.card is not None]


def card_of(method: Method) -> Card:
    card = read_card(method)
    assert card is not None
    return card


def cases() -> list[object]:
    names = [item.key.replace("/", ".") for item in methods()]
    marks = {name: [] if name in QUICK else [pytest.mark.slow] for name in names}
    return [pytest.param(item, id=name, marks=marks[name]) for item, name in zip(methods(), names, strict=True)]


def visitors() -> pd.DataFrame:
    """An experiment of 1,200 users over 12 days, in which B raises conversion from .30 to .40."""
    random = np.random.default_rng(7)
    size = 1200
    arm = np.where(np.arange(size) % 2 == 0, "A", "B")
    bought = random.random(size) < np.where(arm == "B", 0.4, 0.3)
    before = random.gamma(2.0, 10.0, size)
    views = random.poisson(6, size) + 1
    return pd.DataFrame({
        "user": [f"u{number}" for number in range(size)],
        "variant": arm,
        "conversion": bought.astype(int),
        "pre_revenue": before.round(2),
        "revenue": np.where(bought, before + random.gamma(2.0, 5.0, size), 0.0).round(2),
        "views": views,
        "clicks": random.binomial(views, 0.3),
        "country": random.choice(["de", "fr", "it"], size),
        "day": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(size) // 100, unit="D"),
    })  # fmt: skip


def products() -> pd.DataFrame:
    """Two years of weeks of four products with a price elasticity of -1.5."""
    random = np.random.default_rng(8)
    rows = [(week, sku) for week in pd.date_range("2024-01-01", periods=104, freq="W") for sku in "abcd"]
    price = random.uniform(5, 10, len(rows))
    promo = random.integers(0, 2, len(rows))
    units = np.exp(7 - 1.5 * np.log(price) + 0.2 * promo + random.normal(0, 0.1, len(rows)))
    columns = {"week": [week for week, _ in rows], "sku": [sku for _, sku in rows]}
    return pd.DataFrame({**columns, "price": price.round(2), "promo": promo, "units": units.round()})


def units() -> pd.DataFrame:
    """Units to be assigned, with two columns to stratify by."""
    random = np.random.default_rng(9)
    size = 600
    return pd.DataFrame({
        "unit": [f"u{number}" for number in range(size)],
        "country": random.choice(["de", "fr", "it"], size),
        "segment": random.choice(["new", "old"], size),
    })  # fmt: skip


def bandit_log() -> pd.DataFrame:
    """What a policy that shows B with a chance of .4 to .8 logged: click rates of .1 and .2."""
    random = np.random.default_rng(10)
    size = 2000
    chance = np.linspace(0.4, 0.8, size)
    shown = random.random(size) < chance
    return pd.DataFrame({
        "t": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(size), unit="min"),
        "arm": np.where(shown, "B", "A"),
        "click": (random.random(size) < np.where(shown, 0.2, 0.1)).astype(int),
        "p": np.where(shown, chance, 1 - chance).round(6),
    })  # fmt: skip


def customers() -> pd.DataFrame:
    """People who chose a club or a coupon by age, income and visits; each adds 4 to spending."""
    random = np.random.default_rng(11)
    size = 1500
    age, income, visits = random.normal(45, 12, size), random.normal(40, 9, size), random.poisson(5, size)
    before = 20 + 0.3 * income + random.normal(0, 4, size)
    pull = (age - 45) / 20 + (income - 40) / 25 + (visits - 5) / 8
    chosen = (random.random(size) < 1 / (1 + np.exp(-pull))).astype(int)
    spend = before + 0.1 * age + 0.5 * visits + 4 * chosen + random.normal(0, 4, size)
    return pd.DataFrame({
        "age": age.round(), "income": income.round(1), "visits": visits, "spend_before": before.round(2),
        "club": chosen, "coupon": chosen, "spend": spend.round(2),
    })  # fmt: skip


def stores() -> pd.DataFrame:
    """Sixty stores over ten weeks; half have a campaign from the sixth on, which adds 3."""
    random = np.random.default_rng(12)
    store, week = (grid.ravel() for grid in np.meshgrid(np.arange(60), np.arange(1, 11), indexing="ij"))
    campaign = ((store < 30) & (week >= 6)).astype(int)
    sales = 50 + random.normal(0, 5, 60)[store] + 0.5 * week + 3 * campaign + random.normal(0, 2, len(store))
    return pd.DataFrame({"store": store, "week": week, "campaign": campaign, "sales": sales.round(2)})


def users() -> pd.DataFrame:
    """An ad that works through visits alone, while something hidden moves ad and spending."""
    random = np.random.default_rng(13)
    hidden = random.normal(size=2000)
    ad = (random.random(2000) < 1 / (1 + np.exp(-hidden))).astype(int)
    visits = random.poisson(np.exp(0.5 + 0.6 * ad))
    return pd.DataFrame(
        {"ad": ad, "visits": visits, "spend": (2 * visits + 3 * hidden + random.normal(size=2000)).round(2)}
    )


def trial() -> pd.DataFrame:
    """Forty schools, half of them with coaching, which adds 5 to scores."""
    random = np.random.default_rng(14)
    school = np.repeat(np.arange(40), 25)
    arm = random.permutation(40) % 2
    before = random.normal(50, 10, 1000)
    score = 0.7 * before + random.normal(0, 2, 40)[school] + 5 * arm[school] + random.normal(0, 6, 1000)
    return pd.DataFrame({
        "school": school, "arm": np.where(arm[school] == 1, "coaching", "control"),
        "score_before": before.round(1), "score": score.round(1),
    })  # fmt: skip


def people() -> pd.DataFrame:
    """Schooling that a near college lengthens, and that ability moves too."""
    random = np.random.default_rng(15)
    ability, near = random.normal(size=2000), random.integers(0, 2, 2000)
    educ = (12 + near + ability + random.normal(size=2000)).round()
    wage = 5 + 0.6 * educ + 1.5 * ability + random.normal(size=2000)
    return pd.DataFrame({
        "near_college": near, "educ": educ, "wage": wage.round(2),
        "exper": random.integers(0, 30, 2000), "region": random.choice(["north", "south"], 2000),
    })  # fmt: skip


def districts() -> pd.DataFrame:
    """Votes of the next election, 5 higher for those who won the last one."""
    random = np.random.default_rng(16)
    margin = random.normal(0, 20, 2000).round(3)
    before = 50 + 0.3 * margin + random.normal(0, 6, 2000)
    votes = 48 + 0.3 * margin + 5 * (margin >= 0) + random.normal(0, 6, 2000)
    return pd.DataFrame({"margin": margin, "votes_before": before.round(2), "votes_next": votes.round(2)})


def commands(recipe: str) -> list[list[str]]:
    """Words of each `cerebro` line of a recipe."""
    lines = recipe.replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if line.startswith("cerebro ")]


@pytest.mark.parametrize("method", methods(), ids=lambda item: item.key)
def test_a_card_is_complete(method: Method) -> None:
    card = card_of(method)
    assert len(set(card.answers)) >= 8
    assert all(line.endswith("?") for line in card.answers)
    for field in ("title", "when", "when_not", "assumptions", "columns", "references"):
        assert getattr(card, field), field
    assert all(item["text"] and item["url"] for item in card.references)
    assert commands(card.recipe)
    assert len(card.recipe.splitlines()) <= 20


@pytest.mark.parametrize("method", cases())
def test_a_recipe_runs(method: Method, tmp_path: Path) -> None:
    needed = NEEDS.get(method.key.replace("/", "."))
    if needed is not None and find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed")
    shutil.copy(WEEKLY, tmp_path / "weekly.csv")
    visitors().to_csv(tmp_path / "data.csv", index=False)
    products().to_csv(tmp_path / "shop.csv", index=False)
    units().to_csv(tmp_path / "units.csv", index=False)
    bandit_log().to_csv(tmp_path / "log.csv", index=False)
    customers().to_csv(tmp_path / "customers.csv", index=False)
    customers().to_csv(tmp_path / "members.csv", index=False)
    for table in (stores, users, trial, people, districts):
        table().to_csv(tmp_path / f"{table.__name__}.csv", index=False)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for words in commands(card_of(method).recipe):
        cerebro = [sys.executable, "-c", "from cerebro_core.cli import main; main()", *words[1:]]
        done = subprocess.run(cerebro, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert list(tmp_path.rglob("result.json"))
