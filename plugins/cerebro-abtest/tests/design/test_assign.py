"""Assignments: their shares, their balance, and what they refuse."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cerebro_abtest.blocks.assign_draws import (
    DrawPlan,
    arm_distance,
    balance_limit,
    blocked_draw,
    complete_draw,
    hash_draw,
    lot,
    rerandomised_draw,
    stratified_draw,
    whitened,
)
from cerebro_core.api import generate, propose, validate
from cerebro_core.blocks.result import Refused
from cerebro_core.cli import main
from cerebro_core.testing import DomainContract, MethodContract
from cerebro_core.testing.direct import call_block


def plan(count: int = 600, **changes: Any) -> DrawPlan:
    rng = np.random.default_rng(0)
    usual = DrawPlan(
        tuple(f"u{n}" for n in range(count)),
        rng.integers(0, 7, count),
        rng.normal(size=(count, 3)),
        np.array([0.5, 0.3, 0.2]),
        None,
        0.05,
        "trial",
    )
    return replace(usual, **changes)


def test_every_unit_gets_every_arm_with_its_share() -> None:
    shares, rng = np.array([0.5, 0.3, 0.2]), np.random.default_rng(1)
    drawn = np.array([lot(7, shares, rng) for _ in range(20_000)])
    for arm, share in enumerate(shares):
        error = np.sqrt(share * (1 - share) / len(drawn))
        assert np.abs((drawn == arm).mean(axis=0) - share).max() < 4.5 * error
        counts = (drawn == arm).sum(axis=1)
        assert np.abs(counts - 7 * share).max() < 1


def test_complete_and_stratified_shares_are_exact_to_one_unit() -> None:
    design, rng = plan(), np.random.default_rng(2)
    assert np.bincount(complete_draw(design, rng)).tolist() == [300, 180, 120]
    arms = stratified_draw(design, rng)
    for stratum in range(7):
        mine = arms[design.strata == stratum]
        assert np.abs(np.bincount(mine, minlength=3) - len(mine) * design.shares).max() < 1


def test_blocks_keep_their_shares_at_every_block() -> None:
    design = plan(strata=np.zeros(600, int))
    arms = blocked_draw(design, np.random.default_rng(3)).reshape(-1, 10)  # 10: the fewest units for .5, .3 and .2
    assert all(np.bincount(block).tolist() == [5, 3, 2] for block in arms)
    assert len({tuple(block) for block in arms}) > 50


def test_rerandomised_draws_are_balanced_as_morgan_and_rubin_say() -> None:
    """Theorem 3.2: acceptance p_a leaves v_a = P(chi2_{k+2} <= a) / P(chi2_k <= a) of the variance of differences."""
    design = plan(200, shares=np.array([0.5, 0.5]), strata=np.zeros(200, int), acceptance=0.2)
    white = whitened(design.covariates)
    rng = np.random.default_rng(4)

    def gaps(draw: Any) -> np.ndarray:
        found = []
        for _ in range(1_500):
            arms = draw(design, rng)
            found.append(design.covariates[arms == 1].mean(axis=0) - design.covariates[arms == 0].mean(axis=0))
        return np.array(found)

    kept = rerandomised_draw(design, rng)
    assert arm_distance(white, kept, 2) <= balance_limit(design)
    left = (gaps(rerandomised_draw) ** 2).mean() / (gaps(complete_draw) ** 2).mean()
    limit = stats.chi2.ppf(0.2, 3)
    expected = stats.chi2.cdf(limit, 5) / 0.2
    assert left == pytest.approx(expected, rel=6 * np.sqrt(2 / 4_500))


def test_hashed_arms_stay_when_units_are_added_and_differ_between_experiments() -> None:
    few, many, rng = plan(600), plan(20_000), np.random.default_rng(5)
    assert (hash_draw(few, rng) == hash_draw(many, rng)[:600]).all()
    counts = np.bincount(hash_draw(many, rng))
    assert stats.chisquare(counts, 20_000 * many.shares).pvalue > 0.001
    table = pd.crosstab(hash_draw(many, rng), hash_draw(replace(many, salt="other"), rng))
    assert stats.chi2_contingency(table).pvalue > 0.001


def draw_units(seed: int, rows: int = 600) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    spend = rng.normal(10, 3, rows)
    return pd.DataFrame(
        {
            "user": [f"u{n}" for n in range(rows)],
            "country": rng.choice(["de", "fr"], rows),
            "spend": spend.round(6),
            "shop": [f"s{n // 10}" for n in range(rows)],
            "last": (spend + rng.normal(0, 1, rows)).round(6),
        }
    )


def test_clusters_stay_together() -> None:
    units = draw_units(1)
    spec = propose(units, "assign", cluster="shop", covariates=["spend"], unit="user").spec
    found = call_block(spec)
    rows = list(csv.DictReader(io.StringIO((found.extras or {})["assigned.csv"].decode())))
    arms = pd.DataFrame(rows).groupby("shop")["arm"].nunique()
    assert len(arms) == 60
    assert (arms == 1).all()


def test_dangerous_text_is_quoted_in_the_csv() -> None:
    units = draw_units(1, 40)
    units.loc[:3, "user"] = ["=1+1", "+x", "-y", "@z"]
    found = call_block(propose(units, "assign", unit="user", arms=["=a:0.5", "b:0.5"]).spec)
    rows = list(csv.reader(io.StringIO((found.extras or {})["assigned.csv"].decode())))
    assert [row[0] for row in rows[1:5]] == ["'=1+1", "'+x", "'-y", "'@z"]
    assert {row[-1] for row in rows[1:]} == {"'=a", "b"}


def test_the_a_a_check_is_quiet() -> None:
    found = call_block(propose(draw_units(2), "assign", strata=["country"], outcome="last").spec)
    alarms = next(item for item in found.diagnostics if item.name == "aa_alarms")
    assert alarms.status == "pass"
    assert alarms.value == pytest.approx(0.05, abs=0.04)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"arms": ["a:0.5", "b:0.4"]}, "the shares sum to 0.9"),
        ({"arms": ["a:1"]}, "two arms at least"),
        ({"arms": ["a:0.5", "a:0.5"]}, "a name stands there twice"),
        ({"arms": ["a", "b"]}, "no name with a share"),
        ({"arms": ["a:0.5", "b:x"]}, "no name with a share"),
        ({"unit": "country"}, "2 values in 600 rows"),
        ({"arm_column": "spend"}, "has a column 'spend' already"),
        ({"scheme": "stratified"}, "name --strata"),
        ({"scheme": "rerandomised"}, "name --covariates"),
        ({"scheme": "complete", "block_size": 4}, "has no blocks"),
    ],
)
def test_bad_input_says_what_to_do(given: dict[str, Any], message: str) -> None:
    spec = propose(draw_units(1), "assign", **given).spec
    errors = [item.sentence for item in validate(spec) if item.severity == "error"]
    assert any(message in item for item in errors), errors


def test_rows_refuse_what_the_profile_did_not_see() -> None:
    units = draw_units(1)
    spec = propose(units, "assign", unit="user").spec
    units.loc[5, "user"] = "u4"
    doubled = spec.model_copy(update={"data": propose(units, "assign", unit="user").spec.data})
    with pytest.raises(Refused, match="'u4' stands in several rows"):
        call_block(doubled)


def test_a_cluster_in_two_strata_is_refused() -> None:
    with pytest.raises(Refused, match="lies in two strata"):
        call_block(propose(draw_units(1), "assign", cluster="shop", strata=["country"], unit="user").spec)


def cerebro(*told: str) -> int:
    with pytest.raises(SystemExit) as end:
        main([*told])
    return int(end.value.code or 0)


def test_output_as_csv_is_the_assignment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    draw_units(1).to_csv("units.csv", index=False)
    told = ["assign", "units.csv", "--arms", "control:0.5,b:0.5", "--unit", "user", "--strata", "country", "-o"]
    assert cerebro(*told, "assigned.csv") == 0
    first = Path("assigned.csv").read_bytes()
    assert set(pd.read_csv("assigned.csv")["arm"]) == {"control", "b"}
    assert cerebro(*told, "assigned.csv") == 2
    assert cerebro(*told, "assigned.csv", "--force") == 0
    assert Path("assigned.csv").read_bytes() == first
    assert cerebro(*told, "units.csv", "--force") == 2
    assert "arm" not in pd.read_csv("units.csv")


def test_assigned_csv_has_the_other_columns_too(tmp_path: Path) -> None:
    """Names, dates, whole numbers and gaps come back as they were."""
    units = draw_units(4).head(40)
    units["Sign up, day"] = pd.date_range("2026-01-01", periods=40).strftime("%Y-%m-%d")
    units["note"] = np.where(units.index % 3, '=cmd "x"', None)
    units["visits"] = [None if n % 5 == 0 else n for n in range(40)]
    units.to_csv(tmp_path / "units.csv", index=False)
    whole, named = (
        (call_block(propose(tmp_path / "units.csv", "assign", unit="user", keep=keep).spec).extras or {})[
            "assigned.csv"
        ]
        for keep in ("all", "named")
    )
    found = pd.read_csv(io.BytesIO(whole))
    assert list(found) == [*units, "arm"]
    assert list(found["Sign up, day"].astype(str).str[:10]) == list(units["Sign up, day"])
    assert found["visits"].isna().sum() == 8
    assert set(found["note"].dropna()) == {'\'=cmd "x"'}
    assert list(pd.read_csv(io.BytesIO(named))) == ["user", "arm"]


def test_the_same_seed_gives_the_same_arms() -> None:
    units = draw_units(3)
    one, two, other = (
        (call_block(propose(units, "assign", unit="user", seed=seed).spec).extras or {})["assigned.csv"]
        for seed in (7, 7, 8)
    )
    assert one == two
    assert one != other
    assert generate(propose(units, "assign", unit="user")).text


class TestAssignDomain(DomainContract):
    plugin = "abtest"
    command = "assign"

    def draw(self, seed: int) -> pd.DataFrame:
        return draw_units(seed)


class TestAssign(MethodContract):
    """The planted effect is of an experiment yet to come; before it arms do not differ: A/A."""

    method = "abtest/assign"
    settings: ClassVar[dict[str, Any]] = {
        "unit": "user",
        "strata": ["country"],
        "covariates": ["spend"],
        "outcome": "last",
        "scheme": "stratified",
        "aa_draws": 100,
    }
    effect = 1.0
    estimate = "aa_difference"

    def draw(self, seed: int, effect: float) -> pd.DataFrame:
        return draw_units(seed)

    def truth(self, seed: int, effect: float) -> float:
        return 0.0

    def violated(self, seed: int) -> pd.DataFrame:
        """A unit stands there twice."""
        units = draw_units(seed)
        return pd.concat([units, units.iloc[:5]])
