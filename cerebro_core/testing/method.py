"""The contract of a method: its block, its script and its statistics."""

from __future__ import annotations

import ast
import hashlib
import json
import math
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import pytest

from cerebro_core.api import as_spec, link_spec, validate
from cerebro_core.blocks.result import Estimate
from cerebro_core.linker import block_parameters, unread_fields
from cerebro_core.linker.seal import CHECKSUM
from cerebro_core.load import import_name
from cerebro_core.method import Method
from cerebro_core.plugins import plugins
from cerebro_core.runner import run_script
from cerebro_core.spec import AnalysisSpec
from cerebro_core.testing.contract import Contract
from cerebro_core.testing.direct import Answer, answer, answers, call_block, most_by_chance
from cerebro_core.testing.plugin import check_card, check_method
from cerebro_core.testing.processes import digest_elsewhere, heavy_imports, ruff_complaints, run_walled
from cerebro_core.testing.tables import Drawn, hostile_names, rename_settings, rename_table, write_table

GIVEN_BY_MAIN = frozenset({"seed", "progress"})
FIGURES = ("value", "std_error", "ci_low", "ci_high", "p_value")


class MethodContract(Contract):
    """Checks of one method.

    Attributes:
        method: its key, such as "pricing/loglog".
        settings: the spec without `data`: the columns of the drawn tables and whatever else it needs.
        effect: the effect that is planted; of a size that the method should see.
        estimate: name of the estimate that carries the effect; by default the first.
        group: its group, where there are several of that name.
        quick: settings for the simulations alone, for a method that takes long (fewer draws, an approximation).
        tolerance: largest relative difference between script and direct call.
    """

    method: ClassVar[str]
    settings: ClassVar[Mapping[str, Any]]
    effect: ClassVar[float]
    estimate: ClassVar[str | None] = None
    group: ClassVar[str | None] = None
    quick: ClassVar[Mapping[str, Any]] = {}
    tolerance: ClassVar[float] = 1e-9

    TABLES: ClassVar[int] = 20
    COVERED: ClassVar[int] = 16

    # What the author says

    def draw(self, seed: int, effect: float) -> Drawn:
        """A table that meets the method's assumptions, with this effect planted; 0 for none."""
        raise NotImplementedError(f"{type(self).__name__}: give `draw(seed, effect)`, a table with a planted effect")

    def violated(self, seed: int) -> Drawn:
        """A table that breaks an assumption that the method can check."""
        raise NotImplementedError(f"{type(self).__name__}: give `violated(seed)`, a table that breaks an assumption")

    def truth(self, seed: int, effect: float) -> float:
        """What the estimate should be for `draw(seed, effect)`, where it is not the effect itself."""
        return effect

    def is_alarm(self, estimate: Estimate) -> bool:
        """Whether an estimate says that there is an effect: by default, that its interval leaves out zero."""
        low, high = estimate.ci_low, estimate.ci_high
        return (low is not None and low > 0) or (high is not None and high < 0)

    # What the checks use

    @cached_property
    def registered(self) -> Method:
        """The method as its plugin registered it."""
        return plugins().method(*self.method.split("/"))

    @cached_property
    def kind(self) -> type[AnalysisSpec]:
        """The class of its spec."""
        found: type[AnalysisSpec] = import_name(self.registered.spec)
        return found

    def spec(self, path: Path, drawn: Drawn, settings: Mapping[str, Any] | None = None, **more: Any) -> AnalysisSpec:
        """Write a table and make the spec that asks about it."""
        write_table(path, drawn)
        chosen = self.settings if settings is None else settings
        own = {self.kind.method_field: self.registered.name, **chosen, **more}
        return as_spec({"kind": self.kind.kind, "data": str(path), **own})

    def pick(self, found: Answer) -> Estimate:
        """The estimate that carries the effect."""
        assert not found.refusal, f"the method refuses a table that meets its assumptions: {found.refusal}"
        wanted = [
            item
            for item in found.estimates
            if self.estimate in (None, item.name) and (self.group is None or item.group == self.group)
        ]
        assert wanted, f"no estimate '{self.estimate}' (group {self.group}) in the result"
        return wanted[0]

    def simulate(self, folder: Path, effect: float) -> list[Estimate]:
        """The estimates from as many tables as the contract asks for."""
        literals = [
            self.spec(folder / f"{seed}.csv", self.draw(seed, effect), **{"seed": seed, **self.quick}).as_literal()
            for seed in range(1, self.TABLES + 1)
        ]
        return [self.pick(found) for found in answers(literals)]

    # The code

    def test_it_is_registered_and_says_what_it_is(self) -> None:
        """Its texts and references are there, and the names it gives resolve."""
        check_method(self.registered)

    def test_its_plugin_is_light(self) -> None:
        """Importing the plugin brings no heavy package, so that `cerebro --help` stays quick."""
        assert heavy_imports(plugins().plugin_of(self.registered).module) == []

    def test_its_card_is_complete(self) -> None:
        """It has a card that says what it answers, when to use it, what it assumes, and where from."""
        check_card(self.registered)

    def test_spec_and_block_agree(self, tmp_path: Path) -> None:
        """The block's parameters are fields, options or given by `main`; it reads all that is set here."""
        fields = set(self.kind.model_fields)
        if self.registered.options:
            fields |= set(import_name(self.registered.options).model_fields)
        read = set(block_parameters(self.registered))
        assert read <= fields | GIVEN_BY_MAIN, f"read and nowhere set: {sorted(read - fields - GIVEN_BY_MAIN)}"
        assert set(self.registered.choices) <= read, "a choice is made and not passed in"
        spec = self.spec(tmp_path / "data.csv", self.draw(0, self.effect))
        assert unread_fields(spec, self.registered) == ()

    def test_a_good_table_passes_the_validators(self, tmp_path: Path) -> None:
        """No error finding about a table that meets the assumptions."""
        spec = self.spec(tmp_path / "data.csv", self.draw(0, self.effect))
        assert [item.message for item in validate(spec) if item.severity == "error"] == []

    # The script

    def test_the_script_is_the_same_every_time(self, tmp_path: Path) -> None:
        """Same spec and versions, same bytes, in this process and in another."""
        spec = self.spec(tmp_path / "data.csv", self.draw(0, self.effect))
        text = link_spec(spec, (), ()).text
        assert link_spec(spec, (), ()).text == text
        assert digest_elsewhere(spec.as_literal()) == hashlib.sha256(text.encode()).hexdigest()

    def test_the_script_is_clean_and_needs_no_cerebro(self, tmp_path: Path) -> None:
        """`ruff check` has nothing to say, and no import names Cerebro or the plugin."""
        spec = self.spec(tmp_path / "data.csv", self.draw(0, self.effect))
        path = link_spec(spec, (), ()).write(tmp_path / "pipeline.py")
        assert ruff_complaints(path) == ""
        assert imported_packages(path.read_text(encoding="utf-8")) & self.own_packages() == set()

    def test_script_and_direct_call_agree(self, tmp_path: Path) -> None:
        """The script in a child process gives the numbers that the block gives when it is called."""
        spec = self.spec(tmp_path / "data.csv", self.draw(0, self.effect))
        path = link_spec(spec, (), ()).write(tmp_path / "pipeline.py")
        ran = run_script(path, out=tmp_path / "pipeline_run", quiet=True).result
        called = call_block(spec)
        assert ran.status == "ok", ran.answer
        assert [(item.name, item.status) for item in ran.diagnostics] == [
            (item.name, item.status) for item in called.diagnostics
        ]
        self.assert_same([item.model_dump() for item in ran.estimates], called.estimates)

    def test_hostile_column_names_change_nothing(self, tmp_path: Path) -> None:
        """Under hostile names only the script's `SPEC` differs, and it runs and gives the same numbers."""
        drawn = self.draw(0, self.effect)
        names = hostile_names(str(name) for name in drawn)
        settings = rename_settings(self.kind, self.settings, names)
        plain = self.spec(tmp_path / "plain.csv", drawn)
        hostile = self.spec(tmp_path / "hostile.csv", rename_table(drawn, names), settings)
        script = link_spec(hostile, (), ())
        assert without_spec(script.text) == without_spec(link_spec(plain, (), ()).text)
        path = script.write(tmp_path / "pipeline.py")
        done = run_walled(path, tmp_path / "out", self.own_packages())
        assert done.returncode in (0, 4), done.stderr
        ran = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
        self.assert_same(ran["estimates"], answer(plain.as_literal()).estimates, names)

    # The statistics

    @pytest.mark.slow
    def test_a_planted_effect_is_found(self, tmp_path: Path) -> None:
        """The truth lies in at least 16 of 20 intervals."""
        found = self.simulate(tmp_path, self.effect)
        truths = [self.truth(seed, self.effect) for seed in range(1, self.TABLES + 1)]
        covered = [holds(item, truth) for item, truth in zip(found, truths, strict=True)]
        shown = [(item.ci_low, truth, item.ci_high) for item, truth in zip(found, truths, strict=True)]
        assert sum(covered) >= self.COVERED, f"{sum(covered)} of {self.TABLES} intervals hold the truth: {shown}"

    @pytest.mark.slow
    def test_null_data_raise_few_alarms(self, tmp_path: Path) -> None:
        """Without an effect, alarms are as rare as the level of the intervals says."""
        found = self.simulate(tmp_path, 0.0)
        alarms = sum(map(self.is_alarm, found))
        most = most_by_chance(self.TABLES, 1 - (found[0].ci_level or 0.95))
        assert alarms <= most, f"{alarms} false alarms in {self.TABLES} tables; chance explains {most}"

    def test_a_violated_assumption_is_seen(self, tmp_path: Path) -> None:
        """A finding, a diagnostic that does not pass, or a refusal, which a good table does not bring."""
        good = self.warnings(self.spec(tmp_path / "good.csv", self.draw(0, self.effect)))
        broken = self.warnings(self.spec(tmp_path / "broken.csv", self.violated(0)))
        assert broken - good, "nothing warns of the table that breaks an assumption"

    def warnings(self, spec: AnalysisSpec) -> set[str]:
        """All that warns of a table: finding codes, diagnostics that do not pass, a refusal."""
        findings = validate(spec)
        seen = {item.code for item in findings if item.severity != "info"}
        if any(item.severity == "error" for item in findings):
            return seen
        found = answer({**spec.as_literal(), **self.quick})
        seen |= {item.name for item in found.diagnostics if item.status != "pass"}
        return seen | ({"refused"} if found.refusal else set())

    def own_packages(self) -> set[str]:
        """Packages that a script must not import: Cerebro's, and those that this method's code stands in."""
        named = [self.registered.spec, self.registered.block]
        named += [block for blocks in self.registered.choices.values() for block in blocks.values()]
        return {"cerebro_core", *(name.split(".")[0] for name in named)}

    def assert_same(
        self, ran: list[dict[str, Any]], called: tuple[Estimate, ...], names: Mapping[str, str] | None = None
    ) -> None:
        """The estimates of a script and of a direct call are the same, but for renamed groups."""
        assert len(ran) == len(called)
        for script, direct in zip(ran, called, strict=True):
            group = (names or {}).get(direct.group or "", direct.group)
            assert (script["name"], script["group"]) == (direct.name, group)
            for figure in FIGURES:
                one, other = script[figure], number(getattr(direct, figure))
                same = one == other or (
                    one is not None
                    and other is not None
                    and math.isclose(one, other, rel_tol=self.tolerance, abs_tol=self.tolerance)
                )
                assert same, f"{direct.name} {group}, {figure}: the script gives {one}, the direct call {other}"


def number(value: Any) -> float | None:
    """A figure as `result.json` holds it: None where it is not finite."""
    return None if value is None or not math.isfinite(value) else float(value)


def holds(estimate: Estimate, truth: float) -> bool:
    """Whether an interval, or one of a set of intervals, holds a value; an open end holds everything beyond."""
    for low, high in estimate.ci_set or ((estimate.ci_low, estimate.ci_high),):
        if (low is None or low <= truth) and (high is None or truth <= high) and (low, high) != (None, None):
            return True
    return False


def without_spec(text: str) -> str:
    """A script without its `SPEC` literal and without the checksum that is taken over it."""
    lines: list[str | None] = [None if line.startswith(CHECKSUM) else line for line in text.split("\n")]
    for node in ast.parse(text).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "SPEC" for target in targets):
            for line in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[line] = None
    return "\n".join(line for line in lines if line is not None)


def imported_packages(text: str) -> set[str]:
    """Top-level names of all that a script imports."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found
