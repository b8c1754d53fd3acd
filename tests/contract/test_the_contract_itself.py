"""The contract catches what it is for: methods that are wrong in one way each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cerebro_core.blocks.result import Estimate
from cerebro_core.cards import Card
from cerebro_core.method import Method
from cerebro_core.testing import MethodContract, PlanContract
from cerebro_core.testing.contract import Contract
from cerebro_core.testing.direct import Answer, most_by_chance
from cerebro_core.testing.method import holds, imported_packages, without_spec
from cerebro_core.testing.plugin import check_card
from cerebro_core.testing.processes import heavy_imports, run_walled
from cerebro_core.testing.tables import HOSTILE_NAMES, hostile_names, rename_table, write_table


class Fake(MethodContract):
    """A method that answers with the intervals it is told."""

    effect = 1.0
    low, high = 0.5, 1.5

    def simulate(self, folder: Path, effect: float) -> list[Estimate]:
        return [Estimate("e", 1.0, ci_low=self.low, ci_high=self.high, ci_level=0.95)] * self.TABLES


def test_intervals_that_miss_the_truth_fail(tmp_path: Path) -> None:
    fake = Fake()
    fake.test_a_planted_effect_is_found(tmp_path)
    fake.low = 1.1
    with pytest.raises(AssertionError, match="0 of 20 intervals hold the truth"):
        fake.test_a_planted_effect_is_found(tmp_path)


def test_false_alarms_fail(tmp_path: Path) -> None:
    fake = Fake()
    with pytest.raises(AssertionError, match="20 false alarms in 20 tables; chance explains 5"):
        fake.test_null_data_raise_few_alarms(tmp_path)
    fake.low = -0.5
    fake.test_null_data_raise_few_alarms(tmp_path)


class FakePlan(PlanContract):
    """A plan whose experiments find an effect as often as they are told."""

    effect = 1.0
    power, size = 0.8, 0.05

    def found(self, folder: Path, effect: float) -> int:
        return round(self.EXPERIMENTS * (self.power if effect else self.size))


def test_a_plan_that_does_not_keep_its_promise_fails(tmp_path: Path) -> None:
    fake = FakePlan()
    fake.test_a_planted_effect_is_found(tmp_path)
    fake.test_null_data_raise_few_alarms(tmp_path)
    fake.power, fake.size = 0.7, 0.12
    with pytest.raises(AssertionError, match="80% was promised"):
        fake.test_a_planted_effect_is_found(tmp_path)
    with pytest.raises(AssertionError, match="48 false alarms in 400 experiments"):
        fake.test_null_data_raise_few_alarms(tmp_path)
    with pytest.raises(NotImplementedError, match="give `finds"):
        PlanContract().finds(Answer(), 0, 1.0)


def test_the_number_of_false_alarms_that_chance_explains() -> None:
    """P(Binomial(20, .05) > 5) = 3.3e-4 and P(> 4) = 2.6e-3."""
    assert most_by_chance(20, 0.05) == 5
    assert most_by_chance(20, 0.0) == 0
    assert most_by_chance(20, 1.0) == 20


def test_a_check_is_dropped_with_a_reason_or_not_at_all() -> None:
    class Replaced(Fake):
        def test_its_card_is_complete(self) -> None:
            pass

    class Removed(Fake):
        test_its_card_is_complete = None  # type: ignore[assignment]

    class Unexplained(Fake):
        @pytest.mark.xfail
        def test_its_card_is_complete(self) -> None:
            super().test_its_card_is_complete()

    class Skipped(Fake):
        @pytest.mark.skip(reason="later")
        def test_its_card_is_complete(self) -> None:
            super().test_its_card_is_complete()

    class Explained(Fake):
        @pytest.mark.xfail(reason="the card is written by the marketing department")
        def test_its_card_is_complete(self) -> None:
            super().test_its_card_is_complete()

    @pytest.mark.skip(reason="all of it")
    class Whole(Fake):
        pass

    for bad in (Replaced, Removed, Unexplained, Skipped, Whole):
        with pytest.raises(AssertionError):
            bad().test_no_check_is_dropped_without_a_reason()
    for good in (Fake, FakePlan, Explained, Contract):
        good().test_no_check_is_dropped_without_a_reason()


def test_a_table_and_a_truth_must_be_given() -> None:
    with pytest.raises(NotImplementedError, match="give `draw"):
        Fake().draw(0, 1.0)
    with pytest.raises(NotImplementedError, match="give `violated"):
        Fake().violated(0)


def test_heavy_imports_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    heavy = "def cerebro_methods():\n    import pandas\n    return []\n"
    (tmp_path / "heavy_plugin.py").write_text(heavy, encoding="utf-8")
    (tmp_path / "light_plugin.py").write_text("print('hello')\n", encoding="utf-8")
    assert "pandas" in heavy_imports("heavy_plugin")
    assert heavy_imports("light_plugin") == []


def test_a_script_that_imports_cerebro_runs_into_a_wall(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import cerebro_core.cli\n", encoding="utf-8")
    done = run_walled(script, tmp_path / "out", ["cerebro_core"])
    assert done.returncode != 0
    assert "a script must not import cerebro_core" in done.stderr
    assert imported_packages("import acme.cli as c\nfrom numpy.linalg import inv\n") == {"acme", "numpy"}


def test_only_the_spec_literal_may_differ() -> None:
    one = "A = 1\nSPEC = {\n    'x': 'a',\n}\nB = 2\n"
    assert without_spec(one) == without_spec(one.replace("'a'", "'b',\n    'y': 'c'"))
    assert without_spec(one) != without_spec(one.replace("B = 2", "B = 3"))
    assert "SPEC" not in without_spec("SPEC: dict = {}\n")


@pytest.mark.parametrize(
    ("estimate", "truth", "held"),
    [
        (Estimate("e", 1.0, ci_low=0.0, ci_high=2.0), 1.0, True),
        (Estimate("e", 1.0, ci_low=0.0, ci_high=2.0), 2.1, False),
        (Estimate("e", 1.0, ci_low=None, ci_high=2.0), -9.0, True),
        (Estimate("e", 1.0), 1.0, False),
        (Estimate("e", 1.0, ci_low=0.0, ci_high=2.0, ci_set=((None, -1.0), (3.0, None))), 1.0, False),
        (Estimate("e", 1.0, ci_set=((None, -1.0), (3.0, None))), 5.0, True),
    ],
)
def test_intervals_of_all_shapes(estimate: Estimate, truth: float, held: bool) -> None:
    assert holds(estimate, truth) is held


def test_an_incomplete_card_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    method = Method("a", "b", "t", "s", spec="x:Y", block="z:f")
    with pytest.raises(AssertionError, match="no card"):
        check_card(method)
    card: dict[str, Any] = {
        "title": "t",
        "answers": tuple(f"question {n}?" for n in range(8)),
        "when": ("a",),
        "when_not": ("b",),
        "assumptions": ("c",),
        "columns": "d",
        "references": ({"text": "e", "url": "https://doi.org/x"},),
        "recipe": "f",
    }
    for change in ({}, {"answers": ("one?",)}, {"answers": ("same?",) * 8}, {"recipe": ""}, {"references": ()}):
        made = Card(**{**card, **change})
        monkeypatch.setattr("cerebro_core.testing.plugin.read_card", lambda _, made=made: made)
        if change:
            with pytest.raises(AssertionError):
                check_card(method)
        else:
            check_card(method)


def test_hostile_names_are_all_different_and_survive_a_file(tmp_path: Path) -> None:
    import csv

    names = hostile_names(f"c{n}" for n in range(50))
    assert len(set(names.values())) == 50
    assert set(HOSTILE_NAMES) <= set(names.values())
    path = write_table(tmp_path / "t.csv", rename_table({name: [1, None, float("nan")] for name in names}, names))
    with path.open(encoding="utf-8", newline="") as file:
        head, first, *rest = csv.reader(file)
    assert head == list(names.values())
    assert set(first) == {"1"}
    assert {cell for row in rest for cell in row} == {""}
