"""The Python API: the same checks as the command line, on a path or a DataFrame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cerebro_core
from cerebro_core.api import RefusedSpec, Undecided
from cerebro_core.errors import SpecError, TableError

pytest.importorskip("cerebro_mmm")


def test_the_public_names_are_five() -> None:
    assert set(cerebro_core.__all__) == {"__version__", "generate", "profile", "propose", "run", "validate"}
    assert all(callable(getattr(cerebro_core, name)) for name in cerebro_core.__all__ if name != "__version__")


def test_a_frame_and_its_file_give_the_same_script_but_for_the_path(weekly: Path) -> None:
    pandas = pytest.importorskip("pandas")
    from_file = cerebro_core.propose(weekly).spec.as_literal()
    from_frame = cerebro_core.propose(pandas.read_csv(weekly)).spec.as_literal()
    del from_file["data"], from_frame["data"]
    assert from_frame == from_file


def test_propose_says_why_for_all_that_it_filled_in(weekly: Path) -> None:
    proposal = cerebro_core.propose(weekly, domain="mmm", saturation="logistic")
    told = {item.field for item in proposal.decisions}
    assert proposal.spec.saturation == "logistic"  # type: ignore[attr-defined]
    assert "saturation" not in told
    assert {"date", "outcome", "channels"} <= told
    assert all(item.reason for item in proposal.decisions)


def test_generate_refuses_what_validators_refuse(weekly: Path) -> None:
    spec = {**cerebro_core.propose(weekly).spec.as_literal(), "outcome": "salse"}
    with pytest.raises(RefusedSpec, match="did you mean 'sales'") as refused:
        cerebro_core.generate(spec)
    assert refused.value.findings[0].code == "unknown-column"
    assert [item.code for item in cerebro_core.validate(spec)][:1] == ["unknown-column"]


def test_unknown_settings_and_domains_are_named(weekly: Path) -> None:
    with pytest.raises(SpecError, match="no setting 'chanels' in mmm; did you mean 'channels'"):
        cerebro_core.propose(weekly, domain="mmm", chanels=["tv"])
    with pytest.raises(Exception, match="pip install cerebro-geo"):
        cerebro_core.propose(weekly, domain="geo")


def test_nothing_to_propose(tmp_path: Path) -> None:
    data = tmp_path / "people.csv"
    data.write_text("name,age\na,1\nb,2\n")
    with pytest.raises(Undecided):
        cerebro_core.propose(data)
    with pytest.raises(TableError):
        cerebro_core.profile(tmp_path / "absent.csv")


def test_run_gives_a_result(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, write_csv: Any) -> None:
    from cerebro_mmm.worlds import draw_world

    monkeypatch.chdir(tmp_path)
    world = draw_world(3, weeks=110, channels=2)
    data = write_csv(tmp_path / "world.csv", world.columns)
    proposal = cerebro_core.propose(
        data, domain="mmm", outcome="sales", channels=list(world.channels), inference="svi", holdout=0
    )
    result = cerebro_core.run(proposal, out="answer_run")
    assert result.estimate("total_media").value is not None
    assert (tmp_path / "answer.py").exists()
    assert "<iframe" in result._repr_html_()


def test_dates_in_the_index_of_a_frame_are_a_column(weekly: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_csv(weekly, parse_dates=["week"]).set_index("week")
    assert cerebro_core.propose(frame).spec.date == "week"  # type: ignore[attr-defined]
    frame.index.name = None
    assert cerebro_core.propose(frame).spec.date == "date"  # type: ignore[attr-defined]
