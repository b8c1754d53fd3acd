"""Which design answers, and why the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cerebro_causal import methods, methods_matching
from cerebro_causal.agents.agent import CausalInferenceAgent
from cerebro_causal.agents.alike import why_not_by_chance
from cerebro_causal.agents.controls import find_confounders
from cerebro_causal.agents.designs import all_signs, choose_sign, wanted_method
from cerebro_causal.agents.front import choose_front_door
from cerebro_causal.agents.panels import never_switches, why_no_comparison
from cerebro_causal.agents.roles import (
    choose_missing,
    find_cluster,
    find_control,
    find_near_outcome,
    find_near_treatment,
    find_only_number,
    find_outcome,
    find_strata,
    find_treatment,
)
from cerebro_causal.agents.words import said_adjuster, said_estimand, says_choice, says_experiment
from cerebro_causal.estimators import ESTIMATORS, WHY
from cerebro_causal.graphs import adjustment_set, read_graph, unmeasured_text
from cerebro_causal.specs import CausalInferenceSpec
from cerebro_core.blocks.display import display
from cerebro_core.decisions import Proposal, Request
from cerebro_core.errors import SpecError
from cerebro_core.spec import build_spec
from cerebro_core.suggest import listing

if TYPE_CHECKING:
    from cerebro_causal.agents.panels import Panel
    from cerebro_causal.agents.sign import Sign
    from cerebro_core.table import ColumnProfile, Table

FEWEST_ROWS = 40
ADJUSTING = ("backdoor", "ipw", "psm")
DRAWN, POSSIBLE, UNLIKE, CHOSEN = 0.45, 0.5, 0.6, 0.7
"""How well a comparison of arms fits: an experiment (the field of another domain, where that is installed), nothing
known, arms that chance would not have made so unlike, units that chose by the user's words."""
UNSEEN = {
    "rct": "That chance decided who was treated rests on your word; no column can show it.",
    "adjust": "That all that moves both was named rests on you; no column can show it.",
}
EXOGENOUS = "They may move the outcome beside the treatment, and were there before, as far as names and values show."
CONFOUNDING = (
    "They may move both treatment and outcome. That they were there before the treatment, and that none is missing, "
    "cannot be seen in columns: say --confounders if one was caused by the treatment."
)


def propose(request: Request, table: Table) -> list[Proposal]:
    """Complete a spec where the table shows, or allows, a causal comparison.

    Raises:
        SpecError: where `cerebro causal` was asked for and no design is defensible, or a role cannot be filled.
    """
    given = dict(request.given)
    asked = request.domain == CausalInferenceSpec.domain
    if (request.domain is not None and not asked) or not set(given) <= set(CausalInferenceSpec.model_fields):
        return []
    if given.get("method") == "auto":
        del given["method"]
    agent = CausalInferenceAgent(table, given, request.question, request.description)
    if not asked and table.rows < FEWEST_ROWS:
        return []
    try:
        score = complete(agent)
    except SpecError as error:
        if asked:
            raise SpecError(with_rejected(agent, str(error))) from None
        return []
    spec = build_spec(CausalInferenceSpec, {**agent.values, **given})
    return [Proposal(spec, score, tuple(agent.decisions), tuple(agent.rejected))]


class NothingToAdjust(SpecError):
    """Arms that chance did not make, and no column to adjust for."""


def complete(agent: CausalInferenceAgent) -> float:
    """Choose the design, then fill in its roles; how well the table shows the design."""
    signs = all_signs(agent)
    sign, others = choose_sign(agent, signs)
    for one in signs:
        if one.method in others:
            agent.reject("method", one.method, others[one.method], one.evidence)
    wanted = wanted_method(agent.given)
    if sign is not None and sign.method == "did":
        refuse_panels(agent, False, sign.values.get("treatment"))
    if sign is not None or wanted in ("did", "rdd", "iv"):
        return complete_quasi(agent, sign, wanted)
    before = (dict(agent.values), list(agent.decisions), list(agent.rejected))
    try:
        return complete_arms(agent)
    except NothingToAdjust:
        allowed = next((one for one in signs if one.method == "did" and agent.is_open("method")), None)
        if allowed is None or says_experiment(agent.words):
            raise
        agent.values, agent.decisions, agent.rejected = before
        agent.rejected = [item for item in agent.rejected if item.value != "did"]
        return complete_quasi(agent, allowed, None)


def complete_quasi(agent: CausalInferenceAgent, sign: Sign | None, wanted: str | None) -> float:
    """Fill in the roles of a quasi-experiment."""
    if sign is not None:
        take_sign(agent, sign)
    elif agent.is_open("method"):
        agent.decide("method", wanted, "Only this method reads what you named.")
    need(agent, find_outcome(agent) or find_near_outcome(agent) or find_only_number(agent), "outcome")
    method = agent.known("method")
    if method in ("iv", "frontdoor") and agent.is_open("treatment"):
        need(agent, find_treatment(agent, {}), "treatment")
    find_control(agent)
    if method == "did" and agent.known("unit") is None:
        find_cluster(agent)
    if method == "iv":
        find_confounders(agent, EXOGENOUS)
        find_cluster(agent)
    choose_estimator(agent)
    choose_missing(agent)
    return 1.0 if sign is None else min(sign.strength, 1.0)


def complete_arms(agent: CausalInferenceAgent) -> float:
    """Fill in the roles of a comparison of arms."""
    if agent.is_open("design") and agent.known("method") != "rct" and says_experiment(agent.words):
        agent.decide("design", "experiment", "Your words say that chance decided who was treated.")
    experiment = agent.known("design") == "experiment" or agent.given.get("method") == "rct"
    find_outcome(agent)
    found = find_treatment(agent, {}) or find_near_treatment(agent)
    if found:
        find_near_outcome(agent)
    refuse_panels(agent, experiment)
    need(agent, found, "treatment")
    need(agent, not agent.is_open("outcome"), "outcome")
    find_control(agent)
    if experiment:
        find_strata(agent)
    find_cluster(agent)
    if not choose_front_door(agent):
        choose_confounders(agent, experiment)
    choose_method(agent, experiment)
    choose_estimator(agent)
    choose_estimand(agent)
    choose_missing(agent)
    return DRAWN if experiment else how_likely(agent)


def how_likely(agent: CausalInferenceAgent) -> float:
    """How sure it is that the arms were not made by chance."""
    if says_choice(agent.words):
        return CHOSEN
    seen = any(item.field == "method" and item.evidence for item in agent.decisions)
    return UNLIKE if seen else POSSIBLE


def unlike(agent: CausalInferenceAgent) -> str:
    """In what the arms differ more than chance would leave; "" where in nothing that was looked at."""
    treatment, confounders = agent.known("treatment"), agent.known("confounders")
    if treatment not in agent.table.columns:
        return ""
    return why_not_by_chance(agent.table, treatment, [name for name in confounders if name in agent.table.columns])


def refuse_panels(agent: CausalInferenceAgent, experiment: bool, cause: str | None = None) -> None:
    """Decline where a table follows units over time and nobody is left to compare with.

    Args:
        agent: what is known so far.
        experiment: whether chance decided.
        cause: the treatment, where no role is filled yet.

    Raises:
        SpecError: with the reason.
    """
    panel = agent.panel
    if panel is None or "method" in agent.given or "confounders" in agent.given or experiment:
        return
    treatment = agent.table.columns.get(cause or agent.known("treatment") or "")
    why = why_no_comparison(agent.table, panel, treatment)
    if cause is None and not why and treatment is not None and panel.unit:
        why = why_not_followed(agent, panel, treatment)
    if why:
        raise SpecError(f"no design is defensible: {why}")


def why_not_followed(agent: CausalInferenceAgent, panel: Panel, treatment: ColumnProfile) -> str:
    """Why difference in differences cannot follow a treatment in a panel, where it did not show itself."""
    unit = display(panel.unit)
    if never_switches(agent.table, panel, treatment):
        return (
            f"each unit of '{unit}' is treated in all periods or in none, so nobody is seen before and after. Add "
            "periods from before, or say when each unit was first treated with --first-treated"
        )
    return (
        f"the treatment comes and goes, or is a dose, within units of '{unit}': difference in differences here follows "
        "treatments that stay on. Say --confounders if what moves both is measured, and --cluster for the units"
    )


def take_sign(agent: CausalInferenceAgent, sign: Sign) -> None:
    """Fill in what the design needs."""
    for name, value in {"method": sign.method, **sign.values}.items():
        if agent.is_open(name):
            reason = sign.reasons.get(name) or f"The design {sign.method} needs it."
            if name == "method" and sign.unknown:
                reason = f"{reason} {sign.unknown}"
            agent.decide(name, value, reason, sign.evidence)


def choose_confounders(agent: CausalInferenceAgent, experiment: bool) -> None:
    """From the graph where there is one, else from the columns.

    Raises:
        SpecError: no set of columns closes the back doors of the graph.
    """
    if agent.known("graph") is None:
        narrow = "They may foretell the outcome, and make the interval narrower."
        find_confounders(agent, narrow if experiment else CONFOUNDING)
        return
    if not agent.is_open("confounders"):
        return
    graph = read_graph(agent.known("graph"))
    treatment, outcome = agent.known("treatment"), agent.known("outcome")
    chosen = adjustment_set(graph, treatment, outcome, agent.table.columns)
    if chosen is None:
        unknown = unmeasured_text(graph, agent.table.columns)
        raise SpecError(
            f"--graph: no columns of {display(agent.table.path)} close all back doors from '{display(treatment)}' to "
            f"'{display(outcome)}', so adjustment cannot answer; measure what opens them, or use another design"
            f"{'; ' if unknown else ''}{unknown}"
        )
    if chosen:
        agent.decide("confounders", chosen, "By the graph these close every back door, and none can be left out.")


def choose_method(agent: CausalInferenceAgent, experiment: bool) -> None:
    """The method for a comparison of arms.

    Raises:
        SpecError: nothing is defensible: no experiment, and nothing to adjust for.
    """
    available = {method.name for module in (methods, methods_matching) for method in module.METHODS}
    if not agent.is_open("method"):
        return
    if experiment:
        agent.decide("method", "rct", f"An experiment needs no model. {UNSEEN['rct']}")
        for name in ADJUSTING:
            if name in available:
                agent.reject("method", name, "Chance made the arms alike; adjustment only narrows the interval.")
        return
    if not agent.known("confounders") and agent.known("graph") is None:
        raise NothingToAdjust(
            "no design is defensible: nothing says that chance decided about the treatment, there is nothing to adjust "
            "for, and the table shows no panel, cutoff or instrument. Say --design experiment if chance decided, name "
            "--confounders from before, or --instruments"
        )
    said = said_adjuster(agent.words)
    first = said if said in available else next(name for name in ADJUSTING if name in available)
    why = (
        "Your words ask for it."
        if first == said
        else "Nothing says that chance decided, so the arms must be made alike."
    )
    seen = unlike(agent)
    agent.decide("method", first, f"{why} {UNSEEN['adjust']}", seen)
    if seen:
        agent.reject("method", "rct", "Chance would hardly have made arms that differ so.", seen)
    else:
        agent.reject("method", "rct", "Nothing says that chance decided about the treatment (--design experiment).")


def choose_estimator(agent: CausalInferenceAgent) -> None:
    """The method's own way to estimate, where it has several; for a dose the one that can read it."""
    able = ESTIMATORS.get(agent.known("method"), ())
    if not able or not agent.is_open("estimator"):
        return
    cause = agent.table.columns.get(agent.known("treatment") or "")
    if agent.known("method") == "backdoor" and cause is not None and cause.is_number and cause.distinct > 2:
        agent.decide("estimator", "dml", "The treatment is a number with more than two values: a dose.")
    else:
        agent.decide("estimator", able[0], WHY.get(able[0], "It is the method's usual way."))


def choose_estimand(agent: CausalInferenceAgent) -> None:
    """For whom, where the words of the question say."""
    said = said_estimand(agent.question)
    if said and agent.is_open("estimand") and agent.known("method") in ADJUSTING and agent.known("estimator") != "dml":
        agent.decide("estimand", said, "Your words ask about these people.")


def need(agent: CausalInferenceAgent, there: bool, role: str) -> None:
    """Insist on a role.

    Raises:
        SpecError: it is not filled.
    """
    if there:
        return
    why = {"treatment": "no column looks like a cause with two values", "outcome": "no column looks like the result"}[
        role
    ]
    place = display(agent.table.path)
    raise SpecError(f"{place}: {why}; name it with --{role}; there is {listing(agent.table.columns)}")


def with_rejected(agent: CausalInferenceAgent, message: str) -> str:
    """Why it is declined, with the designs that were looked at."""
    looked = [f"{item.value}: {item.reason}" for item in agent.rejected if item.field == "method"]
    return "\n".join([message, *(f"looked at {line}" for line in looked)])
