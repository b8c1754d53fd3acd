"""Methods and commands of the design half: power analysis, bandits, assignment. Light: names code by string."""

from __future__ import annotations

from cerebro_core.method import Command, Method

METHODS: tuple[Method, ...] = ()
COMMANDS: tuple[Command, ...] = (
    Command(
        name="power-analysis",
        domain="abtest",
        help="How many units an experiment needs, or what a given number can show.",
        spec="cerebro_abtest.specs_power:PowerAnalysisSpec",
    ),
    Command(
        name="bandit",
        domain="abtest",
        help="What a bandit's log says about its arms, and what another policy would have earned.",
        spec="cerebro_abtest.specs_bandit:BanditSpec",
    ),
    Command(
        name="assign",
        domain="abtest",
        help="Put units into the arms of an experiment.",
        spec="cerebro_abtest.specs_assign:AssignSpec",
    ),
)
