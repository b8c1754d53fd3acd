"""How an experiment is analysed: what the agent chooses where the user leaves it open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from cerebro_abtest.kinds import Kind, is_yes_no, outcome_kind

if TYPE_CHECKING:
    from cerebro_core.table import Table

SEQUENTIAL_FIELDS = ("looks", "planned_looks", "sequence", "futility", "mixing", "spending")
BAYESIAN_FIELDS = ("priors", "rope", "loss_threshold", "model")
EARLY = re.compile(r"\b(peek|early|monitor|any ?time|so far|running|stop(ping)?|interim|sequential|keep looking)\b")
CHANCES = re.compile(r"\b(probability|chance|likely|bayes|bayesian|best variant|risk of choosing)\b")
FEW_EXPECTED = 5
EXACT_ROWS = 900
FEW_ROWS = 30


class Agent(Protocol):
    """What the choices need of the agent."""

    table: Table
    given: dict[str, Any]
    words: str

    def known(self, name: str) -> Any: ...
    def is_open(self, name: str) -> bool: ...
    def decide(self, name: str, value: Any, reason: str, evidence: str = "") -> None: ...


def kinds_of(agent: Agent) -> dict[str, Kind]:
    """The kind of each outcome and guardrail that exists."""
    names = [*agent.known("outcome"), *agent.known("guardrail")]
    columns = {name: agent.table.columns[name] for name in names if name in agent.table.columns}
    return {name: outcome_kind(column) for name, column in columns.items()}


def smallest_arm(agent: Agent) -> int:
    """Rows of the smallest arm."""
    column = agent.table.columns.get(agent.known("treatment"))
    return min((count for _, count in column.levels), default=0) if column else 0


def choose_type(agent: Agent) -> None:
    """Frequentist, sequential, Bayesian or hierarchical."""
    if not agent.is_open("type"):
        return
    given = agent.given
    if given.get("segment") is not None:
        agent.decide("type", "hierarchical", "A segment was named, and its effects are estimated together.")
    elif any(given.get(name) not in (None, "none", "auto", ()) for name in SEQUENTIAL_FIELDS):
        agent.decide("type", "sequential", "Looks were named, and each look needs its share of false alarms.")
    elif any(given.get(name) not in (None, "auto", {}, ()) for name in BAYESIAN_FIELDS):
        agent.decide("type", "bayesian", "A prior, a model or a loss was named, which only a Bayesian answer uses.")
    elif EARLY.search(agent.words):
        agent.decide("type", "sequential", "The question is about looking before the end.")
    elif CHANCES.search(agent.words):
        agent.decide("type", "bayesian", "The question asks for a probability of being better.")
    else:
        reason = "Nothing says that the data is looked at more than once, so the usual intervals hold."
        agent.decide("type", "frequentist", reason)


def choose_test(agent: Agent) -> None:
    """The frequentist test."""
    if not agent.is_open("test"):
        return
    adjusted = any(agent.known(name) for name in ("covariates", "strata", "cluster", "denominator"))
    kinds, smallest = kinds_of(agent), smallest_arm(agent)
    evidence = f"smallest arm: {smallest:,} rows"
    if agent.given.get("quantile") is not None and not adjusted:
        agent.decide("test", "quantile", "A quantile was named.")
    elif adjusted:
        agent.decide("test", "welch", "It takes covariates, strata, clusters and ratios into account.", evidence)
    elif kinds and set(kinds.values()) == {"yes-no"}:
        rarest = min(rare_count(agent, name) for name in kinds)
        if rarest < FEW_EXPECTED and agent.table.rows <= EXACT_ROWS:
            reason = "The outcome is yes or no and one of these is rare, so only an exact test is right."
            agent.decide("test", "boschloo", reason, f"rarest: about {rarest:.1f} in an arm")
        else:
            agent.decide("test", "z", "The outcome is yes or no, and there are enough of both.", evidence)
    elif smallest < FEW_ROWS:
        reason = "There are few rows, and dealing the labels anew needs no normal outcome."
        agent.decide("test", "permutation", reason, evidence)
    else:
        reason = "It compares means, which is what adds up over users, and lets the arms differ in their spread."
        agent.decide("test", "welch", reason, evidence)


def rare_count(agent: Agent, name: str) -> float:
    """Expected number of the rarer of yes and no in the smallest arm."""
    share = agent.table.columns[name].mean or 0.0
    return min(share, 1 - share) * smallest_arm(agent)


def choose_correction(agent: Agent) -> None:
    """Correction for several arms and outcomes."""
    if not agent.is_open("correction"):
        return
    column = agent.table.columns.get(agent.known("treatment"))
    arms = (column.distinct if column else 2) - 1
    outcomes = len(agent.known("outcome"))
    if arms * outcomes <= 1:
        if agent.given.get("correction") == "auto":
            agent.decide("correction", "none", "There is one comparison.")
        return
    evidence = f"{arms} arms against the control, {outcomes} outcomes"
    if outcomes == 1 and agent.known("test") in ("welch", "student"):
        agent.decide("correction", "dunnett", "Several arms are compared with one control.", evidence)
    else:
        agent.decide("correction", "holm", "There are several comparisons, and one may be large by chance.", evidence)


def choose_model(agent: Agent) -> None:
    """The Bayesian model."""
    if not agent.is_open("model"):
        return
    models: dict[Kind, tuple[str, str]] = {
        "yes-no": ("beta", "The outcome is yes or no."),
        "count": ("poisson", "The outcome is a count whose variance is near its mean."),
        "amount": ("lognormal", "The outcome is an amount with a long tail, or with many zeros."),
        "number": ("normal", "The mean of many rows is nearly normal, whatever the outcome."),
    }
    kinds = set(kinds_of(agent).values())
    if any(agent.known(name) for name in ("denominator", "cluster", "covariates")):
        reason = "The mean (or ratio) of an arm is nearly normal, with its error from clusters and covariates."
        agent.decide("model", "normal", reason)
    elif len(kinds) > 1:
        agent.decide("model", "each", "The outcomes are of different kinds; each gets the model of its values.")
    else:
        model, reason = models[next(iter(kinds), "number")]
        agent.decide("model", model, reason)


def choose_sequence(agent: Agent) -> None:
    """How looks are allowed for, and when they were."""
    date = agent.known("date")
    if agent.is_open("looks") and date is not None:
        agent.decide("looks", "daily", "There are dates, and a look at the end of each day is usual.", str(date))
    if not agent.is_open("sequence"):
        return
    planned = agent.given.get("planned_looks") is not None or agent.given.get("futility") not in (None, "none")
    adjusted = any(agent.known(name) for name in ("denominator", "cluster", "covariates", "strata"))
    columns = [agent.table.columns.get(name) for name in (*agent.known("outcome"), *agent.known("guardrail"))]
    bounded = all(column is not None and is_yes_no(column) for column in columns) or agent.known("cap") is not None
    if planned:
        agent.decide("sequence", "group", "The looks were planned, which needs the fewest units.")
    elif bounded and not adjusted:
        reason = "The outcome is bounded, so the answer can be valid at every look from the first unit on."
        agent.decide("sequence", "bounded", reason)
    else:
        reason = "The outcome has no bound (or is adjusted), so the answer is valid at any time for large samples only."
        agent.decide("sequence", "asymptotic", reason)
