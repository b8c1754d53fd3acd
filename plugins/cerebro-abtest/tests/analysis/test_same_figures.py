"""The same figures from every format and in any order of rows, also of numbers that cost digits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from draws import ask, draw_experiment, pick

from cerebro_core.api import as_spec
from cerebro_core.testing.direct import call_block

SETTINGS: dict[str, dict[str, Any]] = {
    "welch": {"covariates": ["before"], "strata": ["country"], "date": "day"},
    "ratio": {"denominator": "views", "cluster": "user", "covariates": ["before"]},
    "ranks": {"test": "mann-whitney"},
    "permutation": {"test": "permutation", "permutations": 999},
    "quantile": {"test": "quantile", "quantile": 0.9},
    "bayesian": {"type": "bayesian", "model": "lognormal"},
    "sequential": {"type": "sequential", "sequence": "asymptotic", "date": "day", "looks": "daily"},
}


def table() -> pd.DataFrame:
    frame = draw_experiment(4, 1.0, 1200)
    frame["user"] = np.arange(1200) // 3
    frame["variant"] = np.where(frame["user"] % 2 == 0, "a", "b")
    frame["views"] = np.arange(1200) % 7 + 1
    frame["amount"] = frame["amount"].clip(lower=0) + 1000.0
    return frame


@pytest.mark.parametrize("name", SETTINGS)
def test_figures_do_not_depend_on_format_or_order(tmp_path: Path, name: str) -> None:
    frame = table()
    answers = []
    for kind, seed in (("csv", 0), ("parquet", 1), ("json", 2), ("duckdb", 3)):
        path = tmp_path / f"data.{kind}"
        shuffled = frame.sample(frac=1, random_state=seed)
        if kind == "csv":
            shuffled.to_csv(path, index=False)
        elif kind == "parquet":
            shuffled.to_parquet(path, index=False)
        elif kind == "json":
            shuffled.to_json(path, orient="records", double_precision=15)
        else:
            with duckdb.connect(str(path)) as connection:
                connection.register("given", shuffled)
                connection.execute("create table data as select * from given")
        spec = {"kind": "abtest", "data": str(path), "treatment": "variant", "outcome": ["amount"], "control": "a"}
        answers.append(call_block(as_spec({**spec, **SETTINGS[name]})))
    for other in answers[1:]:
        for one, two in zip(answers[0].estimates, other.estimates, strict=True):
            assert (one.name, one.group) == (two.name, two.group)
            for figure in ("value", "std_error", "ci_low", "ci_high", "p_value"):
                first, second = getattr(one, figure), getattr(two, figure)
                assert second == (None if first is None else pytest.approx(first, rel=1e-9, abs=1e-12)), figure


@pytest.mark.parametrize(("centre", "digits"), [(1.2, 13), (1_000_000.2, 9), (10_000_000.2, 8)])
def test_numacc_of_nist(tmp_path: Path, centre: float, digits: int) -> None:
    """NIST StRD NumAcc2-4: 1,001 values centre, then centre -/+ 0.1 in turn; standard deviation exactly 0.1.

    The digits are those that doubles leave: 1000000.1 itself is known to 1e-10.
    """
    values = [centre, *([round(centre - 0.1, 1), round(centre + 0.1, 1)] * 500)]
    both = pd.DataFrame({"arm": ["a"] * 1001 + ["b"] * 1001, "y": [repr(value) for value in values * 2]})
    found = ask(tmp_path, both, treatment="arm", outcome=["y"])
    mean = pick(found, "mean")
    assert mean.value == pytest.approx(centre, rel=1e-14)
    assert (mean.std_error or 0) * 1001**0.5 == pytest.approx(0.1, rel=10.0**-digits)
    assert pick(found, "difference").value == pytest.approx(0.0, abs=1e-9)
