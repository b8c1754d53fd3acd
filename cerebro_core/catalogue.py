"""The plugins that the Cerebro project itself publishes, so that a missing one can be named with its pip line."""

from __future__ import annotations

from typing import NamedTuple


class Published(NamedTuple):
    """A plugin of the project: its index name, its distribution, what it is for, and its commands."""

    name: str
    distribution: str
    purpose: str
    commands: tuple[str, ...]


PUBLISHED: tuple[Published, ...] = (
    Published("mmm", "cerebro-mmm", "marketing mix models", ("mmm", "budget", "forecast", "refresh")),
    Published(
        "abtest",
        "cerebro-abtest",
        "A/B tests and experiments",
        ("abtest", "power-analysis", "bandit", "assign"),
    ),
    Published("causal", "cerebro-causal", "observational and quasi-experimental studies", ("causal",)),
    Published("geo", "cerebro-geo", "geo experiments", ("geotest",)),
    Published("uplift", "cerebro-uplift", "who to treat: uplift models", ("uplift",)),
    Published("counterfactual", "cerebro-counterfactual", "what would have happened", ("counterfactual",)),
)


def publisher_of(name: str) -> str | None:
    """The distribution that the project publishes under this plugin name, or None."""
    return next((item.distribution for item in PUBLISHED if item.name == name), None)


def publisher_of_command(name: str) -> str | None:
    """The distribution that the project publishes with this command, or None."""
    return next((item.distribution for item in PUBLISHED if name in item.commands), None)


def install_hint(word: str) -> str:
    """`pip install …` for a plugin or command name of the project, else an empty string."""
    for item in PUBLISHED:
        if word == item.name or word in item.commands:
            return f"pip install {item.distribution}"
    return ""
