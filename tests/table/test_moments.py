"""Joint moments are those of NumPy, from every format, in any row order, and without a large file in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from cerebro_core.blocks import column_loading
from cerebro_core.blocks.moment_sql import MomentSet
from cerebro_core.blocks.source import SourceError, open_source


def frame(rows: int = 3000, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    past = rng.normal(50, 10, rows)
    table = pd.DataFrame(
        {
            "arm": rng.choice(["a", "b"], rows),
            "user": rng.integers(0, 400, rows),
            "spend": 1e6 + past + rng.normal(0, 5, rows),
            "past": past,
            "won": rng.random(rows) < 0.3,
        }
    )
    table.loc[rng.choice(rows, 200, replace=False), "past"] = np.nan
    table.loc[rng.choice(rows, 100, replace=False), "spend"] = np.nan
    return table


def write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False)


def write_duckdb(table: pd.DataFrame, path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.register("given", table)
        connection.execute("create table data as select * from given")


FORMATS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": write_csv,
    "parquet": lambda table, path: table.to_parquet(path, index=False),
    "json": lambda table, path: table.to_json(path, orient="records", double_precision=15),
    "duckdb": write_duckdb,
}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("large", [False, True])
def test_moments_of_rows_are_those_of_numpy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, large: bool
) -> None:
    """Also where the file counts as large, so that it is read again with each question."""
    if large:
        monkeypatch.setattr(column_loading, "MOST_HELD", 0)
    table = frame().sample(frac=1, random_state=len(kind))
    FORMATS[kind](table, tmp_path / f"data.{kind}")
    with open_source(str(tmp_path / f"data.{kind}")) as source:
        found = dict(source.moments({"m": MomentSet(("spend",), ("past",)), "w": MomentSet(("won",))}, by=["arm"]))
    assert set(found) == {("a",), ("b",)}
    for arm, rows in table.groupby("arm"):
        whole = rows[rows["spend"].notna()]
        gap = whole["past"].isna()
        moments = found[(arm,)]["m"]
        assert moments.names == ("spend", "past", "missing past")
        assert moments.count == len(whole)
        assert moments.means[0] == pytest.approx(whole["spend"].mean(), rel=1e-13)
        # what is regressed on the filled column and its gaps does not depend on the constant
        covariances = np.array(moments.covariances)
        slopes = np.linalg.solve(covariances[1:, 1:], covariances[1:, 0])
        design = np.column_stack([np.ones(len(whole)), whole["past"].fillna(0), gap])
        wanted = np.linalg.lstsq(design, whole["spend"] - 1e6, rcond=None)[0]
        assert slopes[0] == pytest.approx(wanted[1], rel=1e-9)
        assert covariances[0, 0] == pytest.approx(whole["spend"].var(), rel=1e-9)
        assert found[(arm,)]["w"].means[0] == pytest.approx(rows["won"].mean(), rel=1e-14)


def test_moments_of_units_are_those_of_their_sums(tmp_path: Path) -> None:
    table = frame()
    write_csv(table, tmp_path / "data.csv")
    with open_source(str(tmp_path / "data.csv")) as source:
        found = source.moments({"m": MomentSet(("spend", "won"))}, unit="user")[0][1]["m"]
    whole = table.dropna(subset=["spend"]).assign(rows=1, won=lambda rows: rows["won"].astype(int))
    sums = whole.groupby("user")[["rows", "spend", "won"]].sum()
    assert (found.count, found.rows) == (len(sums), len(whole))
    np.testing.assert_allclose(found.means, sums.mean(), rtol=1e-12)
    np.testing.assert_allclose(found.covariances, sums.cov(), rtol=1e-8)


def test_limits_and_dates(tmp_path: Path) -> None:
    day = pd.date_range("2024-01-01", periods=100)
    pd.DataFrame({"day": day, "y": np.arange(100.0)}).to_csv(tmp_path / "data.csv", index=False)
    with open_source(str(tmp_path / "data.csv")) as source:
        found = source.moments({"m": MomentSet(("y",))}, limits={"y": (10.0, 60.0)}, until=("day", day[79].date()))
        assert source.quantiles("y", [0.5, 0.99]) == [((), [49.5, pytest.approx(98.01)])]
    clipped = np.clip(np.arange(80.0), 10, 60)
    assert found[0][1]["m"].count == 80
    assert found[0][1]["m"].means[0] == pytest.approx(clipped.mean())
    assert found[0][1]["m"].covariances[0][0] == pytest.approx(clipped.var(ddof=1))


def test_logarithms_are_of_what_is_positive(tmp_path: Path) -> None:
    pd.DataFrame({"y": [0.0, 1.0, 10.0, 100.0, None]}).to_csv(tmp_path / "data.csv", index=False)
    with open_source(str(tmp_path / "data.csv")) as source:
        found = source.moments({"m": MomentSet(("y",))}, logs=["y"])[0][1]["m"]
    assert found.count == 3
    assert found.means[0] == pytest.approx(np.log(10))


def test_text_has_no_moments(tmp_path: Path) -> None:
    write_csv(frame(), tmp_path / "data.csv")
    with open_source(str(tmp_path / "data.csv")) as source, pytest.raises(SourceError, match="not numbers"):
        source.moments({"m": MomentSet(("arm",))})
