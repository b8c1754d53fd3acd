"""The contract of a plugin that owns a domain: its spec, its agent and its validator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from cerebro_core.api import generate, profile, propose_all, spec_class, validate
from cerebro_core.decisions import Proposal, Request
from cerebro_core.plugins import plugins
from cerebro_core.spec import AnalysisSpec, Column, build_spec, check_given, json_schema
from cerebro_core.testing.plugin import PluginContract
from cerebro_core.testing.tables import Drawn, write_table

FOREIGN_TABLE = {"note": ["first", "second", "third"] * 9, "remark": [f"remark {n}" for n in range(27)]}


class ForeignSpec(AnalysisSpec):
    """A spec that belongs to nobody."""

    kind: ClassVar[str] = "foreign-to-all"
    domain: ClassVar[str] = "foreign-to-all"

    method: str = "none"
    note: Annotated[str, Column()] = "note"


class DomainContract(PluginContract):
    """Checks of a plugin that owns a domain.

    Attributes:
        plugin: name of its entry point, which is the name of the domain.
        command: the command whose agent is checked; by default the one with the plugin's name.
        given: what a user has to say so that the agent can complete the rest; nothing by default.
    """

    command: ClassVar[str] = ""
    given: ClassVar[Mapping[str, Any]] = {}

    def draw(self, seed: int) -> Drawn:
        """A table that the domain's agent should recognise."""
        raise NotImplementedError(f"{type(self).__name__}: give `draw(seed)`, a table that the agent should recognise")

    @property
    def kind(self) -> str:
        """The command that is checked."""
        return self.command or self.plugin

    def proposal(self, folder: Path, **more: Any) -> Proposal:
        """What the agent proposes for a drawn table."""
        path = write_table(folder / "data.csv", self.draw(0))
        found = propose_all(path, self.kind, given={**self.given, **more})
        assert found, f"the agent of '{self.kind}' proposes nothing for the drawn table"
        return found[0]

    def test_its_specs_are_well_formed(self) -> None:
        """Each says what it is, describes every field, is frozen, and has a JSON Schema."""
        specs = [spec for _, items in plugins().call("cerebro_specs", only=self.plugin) for spec in items]
        assert spec_class(self.kind) in specs
        for spec in specs:
            assert issubclass(spec, AnalysisSpec)
            assert spec.domain == self.plugin
            assert spec.model_config.get("frozen")
            assert spec.method_field in spec.model_fields, f"{spec.__name__}: it has no field '{spec.method_field}'"
            missing = [name for name, info in spec.model_fields.items() if not info.description]
            assert not missing, f"{spec.__name__}: no description of {missing}"
            assert json_schema(spec)["properties"]["kind"] == {"const": spec.kind}

    def test_its_agent_gives_a_reason_for_all_that_it_fills_in(self, tmp_path: Path) -> None:
        """The proposal is complete, keeps what was given, and has one decision for each field it set."""
        proposal = self.proposal(tmp_path)
        spec = proposal.spec
        assert isinstance(spec, spec_class(self.kind))
        assert 0 <= proposal.score <= 1
        for name, value in check_given(type(spec), self.given).items():
            assert getattr(spec, name) == value, f"{name}: what the user gave was changed"
        decided = [decision.field for decision in proposal.decisions]
        assert len(set(decided)) == len(decided), "a field is decided twice"
        defaults = {
            name: info.get_default(call_default_factory=True)
            for name, info in type(spec).model_fields.items()
            if not info.is_required()
        }
        silent = [
            name
            for name in type(spec).model_fields
            if name not in {*decided, *self.given, "data", "table", "options"}
            and (name not in defaults or getattr(spec, name) != defaults[name])
        ]
        assert not silent, f"filled in without a decision: {silent}"
        literal = spec.as_literal()
        for decision in proposal.decisions:
            assert decision.field in literal, f"a decision about '{decision.field}', no field of the spec"
            assert decision.reason.strip(), f"{decision.field}: a decision without a reason"
            assert decision.agent, f"{decision.field}: a decision of nobody"
            value = list(decision.value) if isinstance(decision.value, tuple) else decision.value
            assert value == literal[decision.field], f"{decision.field}: the decision is not what the spec says"

    def test_its_agent_can_be_overruled(self, tmp_path: Path) -> None:
        """What the agent chose, said by the user, gives the same spec with nothing left to decide."""
        first = self.proposal(tmp_path)
        said = {item.field: getattr(first.spec, item.field) for item in first.decisions}
        second = self.proposal(tmp_path, **said)
        assert second.spec == first.spec
        assert not second.decisions

    def test_its_proposal_is_valid_and_generates(self, tmp_path: Path) -> None:
        """The validators see no error in what the agent proposes for a good table, and the script is written."""
        proposal = self.proposal(tmp_path)
        errors = [item.message for item in validate(proposal) if item.severity == "error"]
        assert not errors
        assert generate(proposal).text

    def test_its_spec_survives_being_written(self, tmp_path: Path) -> None:
        """The literal in a script and in YAML gives the same spec again."""
        spec = self.proposal(tmp_path).spec
        literal = spec.as_literal()
        assert literal.pop("kind") == spec.kind
        assert build_spec(type(spec), literal) == spec

    def test_it_leaves_foreign_work_alone(self, tmp_path: Path) -> None:
        """No finding about another domain's spec, no proposal for another domain or for a table without its design."""
        foreign = profile(write_table(tmp_path / "foreign.csv", FOREIGN_TABLE))
        own = profile(write_table(tmp_path / "own.csv", self.draw(0)))
        ask = plugins().call
        spec = ForeignSpec(data=foreign.path)
        assert not answers_of(ask("cerebro_validate", only=self.plugin, spec=spec, table=foreign))
        request = Request(ForeignSpec.domain, {"data": own.path, "table": None})
        assert not answers_of(ask("cerebro_propose", only=self.plugin, request=request, table=own))
        request = Request(None, {"data": foreign.path, "table": None})
        assert not answers_of(ask("cerebro_propose", only=self.plugin, request=request, table=foreign))


def answers_of(called: list[tuple[str, list[Any]]]) -> list[Any]:
    """All that hooks returned."""
    return [item for _, items in called for item in items]
