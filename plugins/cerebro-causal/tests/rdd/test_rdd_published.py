"""Discontinuities: figures that papers and books publish, from data that a package ships."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cerebro_causal.blocks.rdd_density import density_jump
from cerebro_causal.blocks.rdd_sample import cutoff_sample
from cerebro_core.api import as_spec
from cerebro_core.blocks.result import Estimate, Result
from cerebro_core.blocks.source import open_source
from cerebro_core.testing.direct import call_block


def ask(frame: pd.DataFrame, folder: Path, **settings: Any) -> Result:
    """The method's answer to a table."""
    path = folder / "data.parquet"
    frame.to_parquet(path, index=False)
    return call_block(as_spec({"kind": "causal", "method": "rdd", "data": str(path), "missing": "drop", **settings}))


def named(found: Result, name: str) -> Estimate:
    return next(item for item in found.estimates if item.name == name)


def packaged(package: str, file: str) -> pd.DataFrame:
    """A table that a package ships, read without importing the package."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        pytest.skip(f"{package} is not installed; it ships the published data")
    path = Path(found.submodule_search_locations[0]) / file
    if not path.exists():
        pytest.skip(f"this version of {package} does not ship {file}")
    return pd.read_csv(path)


def test_the_incumbents_advantage_in_the_senate(tmp_path: Path) -> None:
    # Calonico, Cattaneo & Titiunik (2014, R Journal 7(1)) and the help of rdrobust 4.0: 7.414, standard error 1.459,
    # bandwidth 17.754, pilot 28.028, 360 and 323 rows, robust interval [4.094, 10.919]. Data of Cattaneo, Frandsen &
    # Titiunik (2015), which the package rdrobust ships; its code is neither imported nor needed.
    frame = packaged("rdrobust", "data/rdrobust_RDsenate.csv")
    found = ask(frame, tmp_path, outcome="vote", running="margin", cutoff=0)
    main = found.estimates[0]
    assert main.value == pytest.approx(7.414, abs=5e-4)
    assert (main.ci_low, main.ci_high) == (pytest.approx(4.094, abs=5e-4), pytest.approx(10.919, abs=5e-4))
    assert named(found, "conventional").std_error == pytest.approx(1.459, abs=5e-4)
    facts = dict(found.tables["sample"].rows)
    assert facts["bandwidth"] == "17.754"
    assert facts["bandwidth of the bias"] == "28.028"
    assert "of these 360" in facts["rows, untreated side"]
    assert "of these 323" in facts["rows, treated side"]


def test_crowding_in_the_senate(tmp_path: Path) -> None:
    # Cattaneo, Jansson & Ma, the package rddensity's illustration with the same margins: T = -0.8753, p = .3814.
    frame = packaged("rdrobust", "data/rdrobust_RDsenate.csv")
    path = tmp_path / "data.parquet"
    frame.assign(y=range(len(frame))).to_parquet(path, index=False)
    with open_source(str(path)) as source:
        sample = cutoff_sample(
            source, treatment=None, outcome="y", running="margin", cutoff=0, fuzzy=False, kink=False, confounders=(),
            control=None, weights=None, cluster=None, missing="drop", donut=0,
        )  # fmt: skip
    assert density_jump(sample).p_value == pytest.approx(0.3814, abs=5e-4)


def test_transfers_and_support_for_the_government(tmp_path: Path) -> None:
    # Huntington-Klein (2021), "The Effect", chapter 20, with data of Manacorda, Miguel & Vigorito (2011): rdrobust says
    # .025 (.062) for passing the income limit. Those below it were treated, so that ours has the other sign.
    frame = pytest.importorskip("causaldata").gov_transfers.load_pandas().data
    found = ask(frame, tmp_path, treatment="Participation", outcome="Support", running="Income_Centered", cutoff=0)
    plain = named(found, "conventional")
    assert (plain.value, plain.std_error) == (pytest.approx(-0.025, abs=5e-4), pytest.approx(0.062, abs=5e-4))


@pytest.mark.parametrize(("outcome", "value"), [("score", 21.28), ("democrat", 0.484)])
def test_who_wins_by_a_hair_votes_otherwise(tmp_path: Path, outcome: str, value: float) -> None:
    # Lee, Moretti & Butler (2004), Quarterly Journal of Economics 119(3), table I: 21.2 (1.9) and .48 (.02), means
    # within 2 points of the vote share; 21.28 and .484 in Cunningham (2021), "Mixtape", with the same data and errors
    # clustered by district and term.
    frame = pytest.importorskip("causaldata").close_elections_lmb.load_pandas().data
    found = ask(
        frame, tmp_path, outcome=outcome, running="lagdemvoteshare", cutoff=0.5, bandwidth=0.02, degree=0,
        kernel="uniform",
    )  # fmt: skip
    assert found.estimates[0].value == pytest.approx(value, abs=5e-3 if value > 1 else 5e-4)


@pytest.mark.parametrize(
    ("bandwidth", "degree", "value"), [(2.0, 1, 7.66), (2.0, 2, 9.55), (1.0, 1, 9.75), (1.0, 2, 9.61)]
)
def test_drinking_age_and_deaths(tmp_path: Path, bandwidth: float, degree: int, value: float) -> None:
    # Angrist & Pischke (2015), "Mastering 'Metrics", table 4.1, all deaths: 7.66 and 9.55 at ages 19 to 22, 9.75 and
    # 9.61 at ages 20 to 21 (data of Carpenter & Dobkin 2009, monthly cells, which CausalPy ships).
    frame = packaged("causalpy", "data/drinking.csv").dropna(subset=["all"])
    found = ask(
        frame, tmp_path, outcome="all", running="agecell", cutoff=21, bandwidth=bandwidth, degree=degree,
        kernel="uniform",
    )  # fmt: skip
    assert found.estimates[0].value == pytest.approx(value, abs=5e-3)
