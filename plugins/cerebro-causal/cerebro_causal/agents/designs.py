"""Which design answers: the signs of the table and the words of the user, weighed against each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cerebro_causal.agents.agent import CausalInferenceAgent
from cerebro_causal.agents.casting import rank_outcomes, rank_treatments
from cerebro_causal.agents.said_cutoffs import jump_at, said_cutoff_sign
from cerebro_causal.agents.said_instruments import said_instrument_sign
from cerebro_causal.agents.said_paths import said_path_sign
from cerebro_causal.agents.sign import Sign
from cerebro_causal.agents.signs import find_signs
from cerebro_causal.agents.words import CHANGE, EDGE, ENCOURAGED, INSTRUMENT, says_experiment

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGE_JUMP = 0.4
FLAGS = {
    "did": ("first_treated", "unit", "time"),
    "rdd": ("running", "cutoff", "fuzzy", "kink", "donut"),
    "iv": ("instruments",),
    "frontdoor": ("mediators",),
}
"""Fields that only one design reads: who names one, wants that design."""


def wanted_method(given: Mapping[str, Any]) -> str | None:
    """The design that the user named, or that only can read what the user named."""
    if "method" in given:
        return given["method"]
    return next((method for method, names in FLAGS.items() if any(given.get(name) for name in names)), None)


def likely_roles(agent: CausalInferenceAgent) -> dict[str, Any]:
    """What was given, with the cause and the result that the words or names make likely."""
    roles = dict(agent.given)
    outcomes = rank_outcomes(agent.table, agent.asked, agent.taken() | agent.no_result())
    if "outcome" not in roles and outcomes:
        roles["outcome"] = outcomes[0].column
    taken = agent.taken() | {roles.get("outcome", "")}
    causes = rank_treatments(agent.table, agent.asked, taken, {})
    if "treatment" not in roles and causes:
        roles["treatment"] = causes[0].column
    return roles


def all_signs(agent: CausalInferenceAgent) -> list[Sign]:
    """What the table and the words show of each design; those of the words stand first."""
    method = wanted_method(agent.given)
    if method is not None and method not in FLAGS:
        return []
    roles = likely_roles(agent)
    asked = {**roles, "method": method} if method else roles
    seen = list(find_signs(agent.table, asked, agent.words))
    if "treatment" not in agent.given and "treatment" in roles:
        fewer = {name: value for name, value in asked.items() if name != "treatment"}
        have = {sign.method for sign in seen}
        sure = agent.asked.causes.get(roles["treatment"], 0.0) >= 1
        seen += [
            sign
            for sign in find_signs(agent.table, fewer, agent.words)
            if sign.method not in have
            and not (sure and sign.values.get("treatment", "") not in ("", roles["treatment"]))
        ]
    taken = agent.taken() | {roles.get("outcome", ""), roles.get("treatment", "")}
    said = [
        said_instrument_sign(agent.table, agent.words, roles),
        said_path_sign(agent.table, agent.words, roles.get("treatment"), roles.get("outcome")),
        said_cutoff_sign(agent.table, agent.words, roles.get("treatment"), taken),
    ]
    told = [sign for sign in said if sign is not None and method in (None, sign.method)]
    agent.told = frozenset(sign.method for sign in told)
    return [with_details(sign, seen) for sign in told] + [
        sign for sign in seen if sign.method not in {one.method for one in told}
    ]


def with_details(told: Sign, seen: list[Sign]) -> Sign:
    """What the words say of a design, with what the table shows of the same one where both agree."""
    for sign in seen:
        if sign.method != told.method:
            continue
        if told.method == "rdd" and not agree(told, sign):
            continue
        return replace(
            told,
            values={**sign.values, **told.values},
            reasons={**sign.reasons, **told.reasons},
            evidence=told.evidence or sign.evidence,
        )
    return told


def agree(told: Sign, seen: Sign) -> bool:
    """Whether two signs of a discontinuity speak of the same running column."""
    return told.values.get("running") == seen.values.get("running")


def choose_sign(agent: CausalInferenceAgent, signs: list[Sign]) -> tuple[Sign | None, dict[str, str]]:
    """The quasi-experiment that answers, or None; and why each of the others does not."""
    wanted = wanted_method(agent.given)
    if wanted is not None:
        return next((sign for sign in signs if sign.method == wanted), None), {}
    why: dict[str, str] = {}
    by_method = {sign.method: sign for sign in reversed(signs)}
    drawn = agent.known("design") == "experiment" or says_experiment(agent.words)
    if "iv" in by_method and by_method["iv"].strength >= 1 and speaks_of(agent, "iv"):
        return by_method["iv"], {name: "Your words name an instrument." for name in by_method if name != "iv"}
    if drawn:
        return None, dict.fromkeys(
            by_method, "You say that chance decided about the treatment, which needs no such design."
        )
    order = [
        name
        for name in ("frontdoor", "rdd", "did", "iv")
        if name in by_method and strength(agent, by_method[name]) >= 1
    ]
    order.sort(key=lambda name: -strength(agent, by_method[name]))
    taken = by_method[order[0]] if order else None
    for name, sign in by_method.items():
        if taken is not None and name != taken.method:
            why[name] = f"{taken.method} has the better grounds here. {sign.unknown}".strip()
        elif taken is None:
            why[name] = f"The table only allows it: {sign.reasons.get('method', '')} {sign.unknown}".strip()
    return taken, why


def strength(agent: CausalInferenceAgent, sign: Sign) -> float:
    """How strongly table and words together speak for a design: 1 and more is enough to take it.

    A jump in the chance of treatment that was found by looking at every value of every column is taken on its own only
    where it is large: the steepest of many jumps is never small.
    """
    said = speaks_of(agent, sign.method)
    if sign.method == "rdd" and sign.values.get("fuzzy") and not said:
        return sign.strength - 0.5 * (abs(jump_of(agent, sign)) < LARGE_JUMP)
    return sign.strength + 0.5 * said


def jump_of(agent: CausalInferenceAgent, sign: Sign) -> float:
    """By how much the share of treated rows jumps at the cutoff of a sign; 0 where it cannot be known."""
    running, treatment, cutoff = (sign.values.get(name) for name in ("running", "treatment", "cutoff"))
    if running is None or treatment is None or cutoff is None:
        return 0.0
    return jump_at(agent.table, running, treatment, cutoff) or 0.0


def speaks_of(agent: CausalInferenceAgent, method: str) -> bool:
    """Whether the words speak of a design."""
    words = agent.words
    if method in agent.told:
        return True
    if method == "iv":
        return bool(INSTRUMENT.search(words)) or (says_experiment(words) and bool(ENCOURAGED.search(words)))
    if method == "rdd":
        return bool(EDGE.search(words))
    if method == "did":
        return bool(CHANGE.search(words)) or (agent.panel is not None and bool(agent.panel.unit))
    return False
