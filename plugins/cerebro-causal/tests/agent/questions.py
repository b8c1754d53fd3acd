"""What a question expects of the agent, and how an answer is scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from cerebro_core.api import Undecided, profile, propose, validate
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import SourceError
from cerebro_core.errors import SpecError
from cerebro_core.spec import AnalysisSpec
from cerebro_core.testing.direct import call_block

ADJUST = ("backdoor", "ipw", "psm")
QUICK: Mapping[str, Mapping[str, Any]] = {
    "backdoor": {"refute": False, "learner": "linear"},
    "ipw": {"refute": False},
    "psm": {"refute": False},
}
"""Settings that change how long an estimate takes, and hardly the estimate where effects are the same for all."""


@dataclass(frozen=True)
class Question:
    """A table, a question in plain words, and what an expert would do with both.

    Attributes:
        name: of the question.
        draw: gives the table.
        text: the question.
        method: methods that are right; empty where the agent should decline (exit code 2).
        roles: spec field -> the right value, or a set of right values.
        adjusted: columns that must be among the confounders.
        left_out: columns that must not be.
        estimand: where the words ask for one.
        effect, within: the true effect, or the published one, and how far the estimate may be off; None where no
            effect is known.
        description: of the data, in plain words.
        given: flags that the user said.
    """

    name: str
    draw: Callable[[], pd.DataFrame]
    text: str
    method: tuple[str, ...] = ()
    roles: Mapping[str, Any] = field(default_factory=dict)
    adjusted: frozenset[str] | set[str] = frozenset()
    left_out: frozenset[str] | set[str] = frozenset()
    estimand: str = ""
    effect: float | None = None
    within: float = 0.0
    description: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answered:
    """What the agent made of a question: a spec, or why it declined."""

    spec: AnalysisSpec | None
    declined: str = ""
    reasons: tuple[str, ...] = ()


def ask(question: Question, folder: Path) -> Answered:
    """Put a question to the agent; validators may decline too."""
    path = folder / f"{question.name}.parquet"
    if not path.exists():
        question.draw().to_parquet(path, index=False)
    table = profile(path)
    try:
        found = propose(
            table, "causal", question=question.text, description=question.description, **dict(question.given)
        )
        errors = [item.sentence for item in validate(found, table) if item.severity == "error"]
    except (SpecError, Undecided) as error:
        return Answered(None, str(error))
    finally:
        table.close()
    if errors:
        return Answered(None, "; ".join(errors))
    return Answered(found.spec, "", tuple(f"{item.field}: {item.reason}" for item in found.decisions))


def wrong(question: Question, answered: Answered) -> list[str]:
    """What is wrong with the specification; empty where all is right."""
    spec = answered.spec
    if spec is None:
        return [f"declined: {answered.declined}"] if question.method else []
    shown = f"{spec.method_name} of {getattr(spec, 'treatment', None)} on {getattr(spec, 'outcome', None)}"
    if not question.method:
        return [f"should have declined, and took {shown}"]
    found = []
    if spec.method_name not in question.method:
        found.append(f"took {shown}")
    for name, right in question.roles.items():
        value = getattr(spec, name)
        value = set(value) if isinstance(value, tuple) else value
        able = right if isinstance(right, set | frozenset) and not isinstance(value, set) else (right,)
        if value not in able:
            found.append(f"{name} is {value!r}, not {right!r}")
    adjusted = set(getattr(spec, "confounders", ()))
    if question.adjusted - adjusted:
        found.append(f"does not adjust for {sorted(question.adjusted - adjusted)}")
    if question.left_out & adjusted:
        found.append(f"adjusts for {sorted(question.left_out & adjusted)}")
    if question.estimand and getattr(spec, "estimand", "") != question.estimand:
        found.append(f"estimand is {getattr(spec, 'estimand', '')}, not {question.estimand}")
    return found


def estimate_of(answered: Answered, question: Question) -> tuple[float | None, str]:
    """The estimate of an answer (by the quick learner, without refuters), and how it is shown; None where refused."""
    if answered.spec is None:
        return None, answered.declined
    spec = answered.spec.model_copy(update=QUICK.get(answered.spec.method_name, {}))
    try:
        found = call_block(spec).estimates[0]
    except (Refused, SourceError, SpecError) as refusal:
        return None, str(refusal)
    if found.value is None:
        return None, "none"
    return found.value, f"{found.value:.3f} ({found.ci_low}, {found.ci_high})"
