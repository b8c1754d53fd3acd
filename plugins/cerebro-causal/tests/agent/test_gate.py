"""Planted faults are stopped, redirected or flagged; twins without them are answered (docs/causal_agent.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate import STOPPED, Fault, judge_both, judge_spec
from gate_arms import ARMS
from gate_quasi import QUASI

FAULTS = [*ARMS, *QUASI]


def test_there_are_enough_faults() -> None:
    assert len(FAULTS) >= 40
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_no_clean_table_is_stopped_before_it_is_analysed(tmp_path: Path, fault: Fault) -> None:
    given = {**fault.given, **fault.clean_given}
    stopped, why = judge_spec(fault.clean(0), tmp_path / "t.parquet", given, fault.question)
    assert stopped is not None, why


@pytest.mark.slow
@pytest.mark.parametrize("faults", [ARMS, QUASI], ids=["arms", "quasi"])
def test_faults_are_stopped_and_clean_tables_answered(tmp_path: Path, faults: list[Fault]) -> None:
    judged = {fault.name: judge_both(fault, 1, tmp_path) for fault in faults}
    missed = [name for name, (bad, _) in judged.items() if bad[0] not in STOPPED]
    false = [name for name, (_, clean) in judged.items() if clean[0] != "answered"]
    assert len(missed) <= 0.05 * len(faults), missed
    assert len(false) <= 0.04 * len(faults), false  # 2 % are aimed at: one of fifty tables may fall either way
