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
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for words in commands(card_of(method).recipe):
        cerebro = [sys.executable, "-c", "from cerebro_core.cli import main; main()", *words[1:]]
        done = subprocess.run(cerebro, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert list(tmp_path.rglob("result.json"))
