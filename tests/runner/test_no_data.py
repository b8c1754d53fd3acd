"""A method that needs no data file: what its script's `main` does without one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cerebro_core.blocks.entry import main
from cerebro_core.blocks.result import Estimate, Result
from cerebro_core.result import read_result


def half(source: object, *, x: float) -> Result:
    assert source is None
    return Result("Half of it.", (Estimate("half", x / 2),), (), {}, (), None)


def run_half(folder: Path, **method: Any) -> int:
    about = {"domain": "tiny", "name": "half", "title": "Half", "summary": "", "needs": [], "assumes": [], **method}
    spec = {"kind": "tiny", "data": "", "table": None, "seed": 0, "x": 3.0}
    told: dict[str, Any] = {"decisions": [], "findings": [], "citations": [], "choices": {}}
    return main(spec, half, method=about, **told, argv=["--out", str(folder), "--quiet"])


def test_a_script_without_data_answers_and_says_that_it_read_none(tmp_path: Path) -> None:
    assert run_half(tmp_path / "out", data_optional=True) == 0
    result = read_result(tmp_path / "out")
    assert result.estimate("half").value == 1.5
    assert (result.data.source, result.data.rows, result.data.rows_used) == (None, None, None)
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "no data file" in report
    assert "newer data" not in report
    command = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))["command"]
    assert "--data" not in command


def test_a_method_that_needs_data_refuses_without(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_half(tmp_path / "out") == 2
    assert capsys.readouterr().err.startswith("error: ")
