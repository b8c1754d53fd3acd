"""The issue's bad inputs on the command line, with a table as spreadsheets hold them: exit code 2, and what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cerebro_core.cli import main

ARM = 'Test, "Variant"'
ROWS = 240


def messy(**columns: object) -> pd.DataFrame:
    """Names with spaces, quotes and commas, German dates, empty cells, text with apostrophes."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "Unit ID": [f"x{n}" for n in range(ROWS)],
            ARM: rng.choice(["control", "new 'green' button"], ROWS),
            "con version": rng.integers(0, 2, ROWS),
            "said": rng.choice(["yes", "no"], ROWS),
            "Revenue (EUR)": rng.lognormal(3, 1, ROWS).round(2),
            "returns": -rng.integers(0, 4, ROWS),
            "zero": 0,
            "day": pd.Series(pd.date_range("2026-09-01", periods=8).repeat(ROWS // 8)).dt.strftime("%d.%m.%Y"),
        }
    )
    frame.loc[::9, "Revenue (EUR)"] = np.nan
    return frame.assign(**columns)


TABLES = {
    "messy": messy(),
    "one": messy(**{ARM: "control"}),
    "three": messy(**{ARM: np.resize(["a", "b", "c"], ROWS)}),
    "empty arm": messy().assign(
        **{"Revenue (EUR)": lambda d: d["Revenue (EUR)"].where(d[ARM] == "control")},
    ),
    "still arm": messy().assign(**{"Revenue (EUR)": lambda d: d["Revenue (EUR)"].where(d[ARM] == "control", 5.0)}),
    "no dates": messy().drop(columns="day"),
}
CASES = {
    "one arm": ("one", ["--outcome", "con version"], "has one arm ('control')"),
    "three arms": ("three", ["--outcome", "con version"], "say which one is the control with --control"),
    "arm with no rows": (
        "messy", ["--outcome", "con version", "--allocation", "control=0.5,b=0.5"], "arm 'b' has no rows",
    ),
    "arm with no values": ("empty arm", ["--outcome", "Revenue (EUR)"], "has no value of 'Revenue (EUR)'"),
    "arm with no variance": ("still arm", ["--outcome", "Revenue (EUR)"], "--test permutation"),
    "yes and no": ("messy", ["--outcome", "said"], "write 1 for what counts as yes"),
    "negative counts": (
        "messy", ["--outcome", "returns", "--type", "bayesian", "--model", "poisson"], "negative counts",
    ),
    "denominator zero": (
        "messy", ["--outcome", "con version", "--denominator", "zero"], "nothing can be divided by it",
    ),
    "cluster is row": (
        "messy", ["--outcome", "con version", "--cluster", "Unit ID"], "a cluster is equal to a row",
    ),
    "no dates": (
        "no dates", ["--outcome", "con version", "--type", "sequential", "--looks", "daily"], "name it with --date",
    ),
    "level": ("messy", ["--outcome", "con version", "--ci-level", "95"], "--ci-level"),
    "name": ("messy", ["--outcome", "conversion"], "did you mean 'con version'?"),
    "covariate of nothing": (
        "messy", ["--outcome", "con version", "--covariates", "returns", "--covariate-of", "x=returns"], "none of",
    ),
}  # fmt: skip


def told(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main([*words])
    return int(end.value.code or 0)


@pytest.mark.parametrize("case", CASES)
def test_it_ends_with_exit_code_2_and_says_what_to_do(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table, flags, message = CASES[case]
    monkeypatch.chdir(tmp_path)
    TABLES[table].to_csv("data.csv", index=False)
    assert told("abtest", "data.csv", "--treatment", ARM, *flags, "-o", "out.py") == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not Path("out.py").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--mde", "0"], "an effect of 0 is found by no number of units"),
        (["--mde", "0.01", "--alpha", "1.2"], "--alpha: 1.2 is not between 0 and 1"),
        (["--mde", "0.01", "--power", "80"], "--power: 80 is not between 0 and 1"),
    ],
)
def test_so_does_a_power_analysis(flags: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told("power-analysis", "--baseline", "0.05", *flags) == 2
    assert message in " ".join(capsys.readouterr().err.split())
