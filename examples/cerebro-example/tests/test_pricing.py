"""The domain `pricing`, held to the contract; and its method, held to statsmodels."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from cerebro_core import propose, validate
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import open_source
from cerebro_core.errors import SpecError
from cerebro_core.testing import DomainContract, MethodContract
from cerebro_example.blocks.elasticity import analyse


def draw_shop(seed: int, elasticity: float, *, products: int = 12, bend: float = 0.0) -> pd.DataFrame:
    """Weekly units and prices of some products, with promotions that move both."""
    rng = np.random.default_rng(seed)
    product = np.repeat(np.arange(products), 40)
    promo = (rng.random(len(product)) < 0.2).astype(int)
    log_price = rng.normal(1.0, 0.5, products)[product] + rng.normal(0, 0.12, len(product)) - 0.15 * promo
    moved = log_price - log_price.mean()
    noise = rng.normal(0, 0.1 + 0.4 * rng.random(len(product)))
    log_units = rng.normal(4, 0.7, products)[product] + elasticity * moved + bend * moved**2 + 0.4 * promo + noise
    return pd.DataFrame(
        {
            "week": np.tile(np.arange(40), products),
            "sku": [f"p{number:02d}" for number in product],
            "price": np.exp(log_price).round(4),
            "units": np.exp(log_units).round(3),
            "promo": promo,
        }
    )


class TestPricing(DomainContract):
    plugin = "pricing"

    def draw(self, seed: int) -> pd.DataFrame:
        return draw_shop(seed, -1.5)


class TestLogLog(MethodContract):
    method = "pricing/loglog"
    settings: ClassVar[dict[str, Any]] = {
        "units": "units",
        "price": "price",
        "product": "sku",
        "controls": ["promo"],
    }
    effect = -1.5
    estimate = "elasticity"

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_shop(seed, effect)

    def violated(self, seed: int) -> pd.DataFrame:
        return draw_shop(seed, -1.5, bend=3.0)


@pytest.mark.parametrize("products", [8, 40])
def test_it_agrees_with_statsmodels(tmp_path: Path, products: int) -> None:
    """Dummies for products, HC3 for few of them and clusters for many."""
    frame = draw_shop(3, -2.0, products=products)
    frame.to_csv(tmp_path / "shop.csv", index=False)
    result = analyse(
        open_source(str(tmp_path / "shop.csv")),
        units="units",
        price="price",
        product="sku",
        controls=["promo"],
        ci_level=0.9,
    )
    model = smf.ols("np.log(units) ~ np.log(price) + promo + C(sku)", frame)
    if products < 20:
        fitted = model.fit(cov_type="HC3", use_t=True)
        error = fitted.bse["np.log(price)"]
    else:
        groups = pd.factorize(frame["sku"])[0]
        fitted = model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
        # statsmodels counts the dummies in n - k; within a cluster they take no freedom (Cameron & Miller 2015, III.B)
        rows = len(frame)
        error = fitted.bse["np.log(price)"] * np.sqrt((rows - 2 - products) / (rows - 2))
    estimate = result.estimates[0]
    assert estimate.value == pytest.approx(fitted.params["np.log(price)"], rel=1e-9)
    assert estimate.std_error == pytest.approx(error, rel=1e-9)


def test_zero_units_are_a_finding_and_a_refusal(tmp_path: Path) -> None:
    frame = draw_shop(1, -1.0)
    frame.loc[3, "units"] = 0.0
    path = tmp_path / "shop.csv"
    frame.to_csv(path, index=False)
    assert "units-not-positive" in {item.code for item in validate(propose(path, "pricing"))}
    with pytest.raises(Refused, match="1 rows at zero or below"):
        analyse(open_source(str(path)), units="units", price="price", product="sku", controls=[], ci_level=0.9)


def test_a_price_that_only_differs_between_products_is_refused(tmp_path: Path) -> None:
    frame = draw_shop(1, -1.0)
    frame["price"] = frame.groupby("sku")["price"].transform("first")
    frame.to_csv(tmp_path / "shop.csv", index=False)
    with pytest.raises(Refused, match="does not move by itself"):
        analyse(
            open_source(str(tmp_path / "shop.csv")),
            units="units",
            price="price",
            product="sku",
            controls=[],
            ci_level=0.9,
        )


def test_a_role_that_cannot_be_filled_is_named(tmp_path: Path) -> None:
    draw_shop(1, -1.0).rename(columns={"units": "amount"}).to_csv(tmp_path / "shop.csv", index=False)
    with pytest.raises(SpecError, match="name it with --units"):
        propose(tmp_path / "shop.csv", "pricing")
