"""Runs of the script's `main` on small files, with a realistic made-up result."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cerebro_core.blocks.entry import main
from cerebro_core.blocks.result import Result


def _load_sample() -> Any:
    path = Path(__file__).with_name("sample.py")
    spec = importlib.util.spec_from_file_location("report_sample", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample() -> Any:
    """The module `sample.py`: SPEC, METHOD, … and `sample_result`."""
    return _load_sample()


@dataclass(frozen=True)
class Ended:
    """What a run of `main` left."""

    code: int
    folder: Path

    @property
    def text(self) -> str:
        return (self.folder / "result.json").read_text(encoding="utf-8")

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.text, parse_constant=_refuse_constant)
        return document

    @property
    def report(self) -> str:
        return (self.folder / "report.html").read_text(encoding="utf-8")


def _refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is not strict JSON")


@pytest.fixture
def data_file(tmp_path: Path) -> Path:
    path = tmp_path / "weekly sales.csv"
    path.write_text("week,sales,tv\n2024-01-01,100,5\n2024-01-08,120,7\n", encoding="utf-8")
    return path


@pytest.fixture
def run_main(sample: Any, data_file: Path, tmp_path: Path) -> Callable[..., Ended]:
    """Call `main` with a result, or with a function that makes one; literals can be replaced by keyword."""

    def run(result: Result | Callable[..., Result], *arguments: str, **literals: Any) -> Ended:
        def give(source: object) -> Result:
            assert isinstance(result, Result)
            return result

        out = tmp_path / "out"
        given = ["--out", str(out), "--data", str(data_file), *arguments]
        code = main(
            literals.get("spec", sample.SPEC),
            give if isinstance(result, Result) else result,
            method=literals.get("method", sample.METHOD),
            decisions=literals.get("decisions", sample.DECISIONS),
            findings=literals.get("findings", sample.FINDINGS),
            citations=literals.get("citations", sample.CITATIONS),
            choices=literals.get("choices", {}),
            argv=given,
        )
        return Ended(code, Path(given[len(given) - 1 - given[::-1].index("--out") + 1]))

    return run


@pytest.fixture(scope="session")
def full_result(sample: Any) -> Result:
    """The sample with all figures; made once, since drawing takes a second."""
    result: Result = sample.sample_result()
    return result


@pytest.fixture(scope="session")
def small_result(full_result: Result) -> Result:
    """The sample without figures."""
    return Result(
        full_result.answer,
        full_result.estimates,
        full_result.diagnostics,
        full_result.tables,
        (),
        full_result.rows_used,
        full_result.decisions,
        full_result.extras,
    )
