"""ABTestingAgent: finds the roles in an experiment's table and chooses how it is analysed, with reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cerebro_abtest.blocks.arms import arm_name
from cerebro_abtest.choices import choose_correction, choose_model, choose_sequence, choose_test, choose_type
from cerebro_abtest.specs import ABTestSpec
from cerebro_core.blocks.display import display
from cerebro_core.decisions import Decision, Proposal, Request
from cerebro_core.errors import SpecError
from cerebro_core.roles import TREATMENTS, name_words
from cerebro_core.spec import build_spec
from cerebro_core.suggest import listing

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

AGENT = "abtest"
EXPERIMENT = frozenset({"variant", "arm", "bucket", "experiment", "assignment", "variante", "group", "ab", "testgroup"})
CONTROLS = frozenset(
    {"control", "ctrl", "a", "baseline", "0", "false", "old", "default", "off", "holdout", "kontrolle", "none"}
)
SURE_CONTROLS = frozenset({"control", "ctrl", "baseline", "holdout", "kontrolle", "placebo"})  # of three arms and more
PEOPLE = frozenset(
    {"user", "customer", "visitor", "account", "member", "uid", "uuid", "userid", "patient", "person", "household"}
)
BEFORE = frozenset(
    {"pre", "prior", "before", "past", "previous", "prev", "last", "baseline", "lag", "history", "vorher"}
)
MOST_ARMS_GUESSED = 10
FEWEST_ROWS = 20


@dataclass
class ABTestingAgent:
    """Completes the spec of an experiment.

    Attributes:
        table: the user's table.
        given: what the user said.
        words: the question and description, in lower case.
        values: what the agent fills in.
        decisions: one for each of these.
    """

    table: Table
    given: dict[str, Any]
    words: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)

    def known(self, name: str) -> Any:
        """A field as the user or the agent set it, else its default."""
        if name in self.given and self.given[name] != "auto":
            return self.given[name]
        if name in self.values:
            return self.values[name]
        return ABTestSpec.model_fields[name].get_default(call_default_factory=True)

    def is_open(self, name: str) -> bool:
        """Whether the user left a field to the agent."""
        return self.given.get(name, "auto") == "auto"

    def decide(self, name: str, value: Any, reason: str, evidence: str = "") -> None:
        """Fill in a field."""
        self.values[name] = value
        shown = list(value) if isinstance(value, tuple) else value
        self.decisions.append(Decision(name, shown, reason, AGENT, evidence))

    def taken(self) -> set[str]:
        """Columns that have a role."""
        found: set[str] = set()
        for value in (*self.given.values(), *self.values.values()):
            if isinstance(value, dict):
                value = tuple(item for item in value.values() if isinstance(item, str))
            found |= {value} if isinstance(value, str) else set(value) if isinstance(value, tuple | list) else set()
        return found

    def free(self) -> list[ColumnProfile]:
        """Columns without a role."""
        taken = self.taken()
        return [column for name, column in self.table.columns.items() if name not in taken]

    def takes_no(self, role: str) -> bool:
        """Whether the test, model or sequence that the user chose leaves no room for clusters or covariates."""
        tests = ("auto", "welch", "student", *(("permutation", "quantile") if role == "cluster" else ()))
        given = self.given
        return (
            given.get("test", "auto") not in tests
            or given.get("model", "auto") not in ("auto", "normal")
            or given.get("sequence") == "bounded"
            or given.get("type") == "hierarchical"
        )

    # Roles

    def find_treatment(self) -> bool:
        """The column with the arms."""
        if "treatment" in self.given:
            return True
        likely = [
            column
            for column in self.free()
            if column.kind in ("text", "integer", "boolean")
            and 2 <= column.distinct <= MOST_ARMS_GUESSED
            and name_words(column.name) & (EXPERIMENT | TREATMENTS)
        ]
        likely.sort(key=lambda column: not name_words(column.name) & EXPERIMENT)
        if not likely:
            return False
        column = likely[0]
        evidence = ", ".join(f"{display(arm_name(value), 20)} {count:,}" for value, count in column.levels[:6])
        self.decide("treatment", column.name, "Its name says that it holds the arms, and its values are few.", evidence)
        return True

    def find_outcome(self) -> bool:
        """The column that the experiment should move."""
        if "outcome" in self.given:
            return True
        found = [
            column.name
            for column in self.free()
            if column.role == "outcome"
            and column.kind in ("number", "integer", "boolean")
            and not name_words(column.name) & BEFORE
        ]
        if not found:
            return False
        self.decide("outcome", (found[0],), "Its name says that it is what the experiment should move.")
        return True

    def find_people(self) -> None:
        """A column that names users, of whom there may be several rows."""
        if any(name in self.given for name in ("unit", "cluster")):
            return
        for column in self.free():
            if column.kind not in ("text", "integer") or not name_words(column.name) & PEOPLE or column.missing:
                continue
            if column.distinct == column.rows and column.distinct_exact:
                self.decide("unit", column.name, "It names each row's unit, so that double ones are seen.")
                return
            several = column.distinct < 0.98 * column.rows and column.distinct > 20
            if several:
                if self.takes_no("cluster"):
                    self.decide("unit", column.name, "It names the units; what was chosen takes no clusters.")
                    return
                reason = "It has several rows for each of its values, and rows of one person hang together."
                evidence = f"{column.distinct:,} in {column.rows:,} rows"
                self.decide("cluster", column.name, reason, evidence)
                return

    def find_covariates(self) -> None:
        """Columns that are an outcome before the experiment."""
        if self.given.get("covariate_of") and "covariates" not in self.given:
            named = tuple(dict.fromkeys(self.given["covariate_of"].values()))
            self.decide("covariates", named, "They are named as the covariates of single outcomes.")
        if any(name in self.given for name in ("covariates", "covariate_of", "denominator")):
            return
        if self.takes_no("covariates"):
            return
        outcome = set().union(*(name_words(name) for name in self.metrics())) - {""}
        found = [
            column.name
            for column in self.free()
            if column.is_number
            and not column.is_constant
            and name_words(column.name) & BEFORE
            and (name_words(column.name) - BEFORE) & outcome
        ]
        if found:
            reason = "By their names they are the outcome from before, which foretells it and narrows the interval."
            self.decide("covariates", tuple(found), reason)

    def pair_covariates(self) -> None:
        """Each of several outcomes with the covariate that is the same thing before: pre_revenue with revenue."""
        if "covariate_of" in self.given or len(self.metrics()) < 2:
            return
        pairs = {}
        for metric in self.metrics():
            words = name_words(metric) - {""}
            own = [name for name in self.known("covariates") if name_words(name) - BEFORE - {""} == words]
            if len(own) == 1:
                pairs[metric] = own[0]
        if pairs:
            reason = "By its name each is one outcome from before, so it serves that outcome alone."
            self.decide("covariate_of", pairs, reason)

    def metrics(self) -> list[str]:
        """Outcomes and guardrails."""
        return [*self.known("outcome"), *self.known("guardrail")]

    def find_date(self) -> None:
        """The only column with dates."""
        if "date" in self.given:
            return
        dates = [column for column in self.free() if column.kind == "date" and not column.missing]
        if len(dates) == 1 and 1 < dates[0].distinct <= 1000:
            self.decide("date", dates[0].name, "It is the only column with dates; the effect is looked at over time.")

    def find_control(self) -> None:
        """The arm that others are compared with."""
        column = self.table.columns.get(self.known("treatment"))
        if "control" in self.given or column is None or column.distinct < 2:
            return
        names = [arm_name(value) for value, _ in column.levels]
        sure = CONTROLS if column.distinct == 2 else SURE_CONTROLS
        plain = [name for name in names if name.casefold() in sure]
        if len(plain) != 1 and column.distinct == 2:
            plain = [name for name in names if name_words(name) & CONTROLS]
        if len(plain) == 1:
            self.decide("control", plain[0], "Its name says that it is the control.")
        elif column.distinct == 2 and len(names) == 2:
            first = arm_name(min(value for value, _ in column.levels))
            self.decide("control", first, "It is the first of the two arms; swap them with --control.")

    # The method

    def choose(self) -> None:
        """How the experiment is analysed."""
        choose_type(self)
        kind = self.known("type")
        if kind == "sequential" and self.is_open("date"):
            self.find_date()
        if kind == "frequentist":
            choose_test(self)
            choose_correction(self)
        elif kind == "bayesian":
            choose_model(self)
        elif kind == "sequential":
            choose_sequence(self)

    def spec(self) -> ABTestSpec:
        """The complete spec."""
        given = {name: value for name, value in self.given.items() if value != "auto" or name not in self.values}
        return build_spec(ABTestSpec, {**self.values, **given})


def propose(request: Request, table: Table) -> list[Proposal]:
    """Complete the spec of an experiment.

    Raises:
        SpecError: where `cerebro abtest` was asked for and a role cannot be filled.
    """
    if request.domain not in (None, ABTestSpec.kind) or not set(request.given) <= set(ABTestSpec.model_fields):
        return []
    agent = ABTestingAgent(table, dict(request.given), f"{request.question} {request.description}".casefold())
    asked = request.domain is not None
    if not agent.find_treatment():
        return missing_role(table, "treatment", "no column looks like the arms of an experiment") if asked else []
    if not agent.find_outcome():
        return missing_role(table, "outcome", "no column looks like what the experiment should move") if asked else []
    refuse_words(agent)
    if not asked and table.rows < FEWEST_ROWS:
        return []
    agent.find_control()
    if not asked and agent.known("control") is None:
        return []
    agent.find_people()
    agent.find_covariates()
    agent.pair_covariates()
    agent.find_date()
    agent.choose()
    return [Proposal(agent.spec(), design_score(agent), tuple(agent.decisions))]


def refuse_words(agent: ABTestingAgent) -> None:
    """Ask for 1 and 0 where yes and no are written out: only the user knows which word is which."""
    for name in (*agent.known("outcome"), *agent.known("guardrail")):
        column = agent.table.columns.get(name)
        if column is None or column.kind != "text" or column.distinct != 2:
            continue
        words = " and ".join(f"'{display(value, 30)}'" for value, _ in column.levels)
        raise SpecError(
            f"--outcome: column '{display(name)}' in {display(agent.table.path)} holds the words {words}; write 1 for "
            "what counts as yes, and 0 for the other"
        )


def missing_role(table: Table, role: str, why: str) -> list[Proposal]:
    """Say which role is missing."""
    raise SpecError(f"{display(table.path)}: {why}; name it with --{role}; there is {listing(table.columns)}")


def design_score(agent: ABTestingAgent) -> float:
    """1 where name and values say that it is an experiment; 0.5 where arms may have been chosen by the units."""
    column = agent.table.columns.get(agent.known("treatment"))
    if column is None:
        return 0.5
    named = bool(name_words(column.name) & EXPERIMENT)
    controls = any(arm_name(value).casefold() in CONTROLS for value, _ in column.levels)
    return 1.0 if named and controls else 0.5
