"""The runner together with the `main` that every generated script carries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cerebro_core.errors import RunError
from cerebro_core.runner import run_script
from cerebro_core.spec_yaml import load_yaml

ROOT = Path(__file__).parents[2]

SCRIPT = """
from cerebro_core.blocks.entry import main
from cerebro_core.blocks.result import Diagnostic, Estimate, Refused, Result

SPEC = {"kind": "demo", "data": "data.csv", "seed": 0, "outcome": "y", "options": {}}
METHOD = {"domain": "demo", "name": "mean", "title": "A mean", "summary": "The mean.", "needs": [], "assumes": [],
          "plugins": {"cerebro-core": "0.1.0"}, "requires": {}}

def analyse(source, *, outcome, seed, progress):
    progress.stage("averaging")
    values = source.frame([outcome])[outcome]
    if len(values) < 2:
        raise Refused("one row has no spread; give at least two")
    if values.isna().any():
        raise Refused("there are empty cells: say --missing drop")
    if values.max() > 100:
        raise ValueError("an accident")
    return Result(
        answer="The mean is 2.", estimates=(Estimate("mean", float(values.mean())),),
        diagnostics=(Diagnostic("rows", "pass" if len(values) > 2 else "fail", "Few rows."),), tables={}, charts=(),
        rows_used=len(values), extras={"draws.txt": b"1"},
    )

if __name__ == "__main__":
    raise SystemExit(main(SPEC, analyse, method=METHOD, decisions=[], findings=[], citations=[], choices={}))
"""


@pytest.fixture
def run_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    Path("mean.py").write_text(SCRIPT)

    def run_on(rows: str, **arguments):
        Path("data.csv").write_text(f"y\n{rows}")
        return run_script(Path("mean.py"), out=Path("mean run"), env=["PYTHONPATH"], **arguments)

    return run_on


def test_a_refusal_says_where_flags_belong_that_a_script_does_not_have(run_on):
    refused = run_on("1\nNA\n3\n")
    assert refused.exit_code == 2
    told = "say --missing drop. --missing: no flag of this script; generate it again with `cerebro demo`"
    assert told in refused.result.answer


def test_ok_again_and_refused(run_on, tmp_path):
    run = run_on("1\n2\n3\n", seed=5)
    assert run.exit_code == 0
    assert run.result.estimate("mean").value == 2
    assert run.result.unknown_keys() == ()
    assert run.result.command == "python mean.py --data data.csv --out 'mean run' --seed 5"
    assert "Report: mean run/report.html" in run.summary.replace("\\", "/")
    assert "… averaging" in run.log.read_text(encoding="utf-8")
    assert load_yaml(run.folder / "spec.yaml")[1]["seed"] == "5"
    report = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "cerebro-run" not in report

    again = run_on("1\n2\n3\n", seed=5)
    first, second = (json.loads(item.result.model_dump_json()) for item in (run, again))
    assert {**first, "seconds": 0} == {**second, "seconds": 0}

    refused = run_on("1\n")
    assert refused.exit_code == 2
    assert "at least two" in refused.result.answer
    assert not (refused.folder / "draws.txt").exists()
    names = sorted(item.name for item in tmp_path.iterdir())
    assert names == ["data.csv", "mean run", "mean run.refused", "mean.py"], "the earlier answer stays"
    assert json.loads((tmp_path / "mean run" / "result.json").read_text())["status"] == "ok"


def test_failed_diagnostic(run_on):
    assert run_on("1\n3\n").exit_code == 4


def test_crash(run_on):
    with pytest.raises(RunError, match="ValueError: an accident"):
        run_on("1\n300\n")
