"""`cerebro auto` sends each table to the domain that answers it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import agent_worlds as worlds
import pandas as pd
import pytest

from cerebro_core import propose
from cerebro_core.api import Undecided
from cerebro_core.plugins import plugins

EVERY = {"mmm", "abtest", "causal"}
CHOICE = {"treatment": "treated", "outcome": "sales", "numbers": ("age", "income")}
MEDIA = Path(__file__).parents[4] / "examples" / "mmm" / "weekly.csv"

TABLES: dict[str, tuple[Callable[[], pd.DataFrame], str, str]] = {
    "arms by name": (
        lambda: worlds.draw_trial(1, "variant", "converted", words=("control", "new"), binary=True, effect=0.1), "",
        "abtest",
    ),
    "an experiment by the words": (
        lambda: worlds.draw_trial(2, "variant", "revenue", words=("control", "new")),
        "Visitors were assigned at random. Did the variant raise revenue?", "abtest",
    ),
    "arms that chance would not make": (lambda: worlds.draw_choice(3, **CHOICE), "", "causal"),
    "units that chose": (
        lambda: worlds.draw_choice(4, **CHOICE), "Customers chose the treatment themselves. Did it raise sales?",
        "causal",
    ),
    "a plain question": (
        lambda: worlds.draw_choice(5, "loyalty_card", "spend"), "Does the loyalty card raise spend?", "causal",
    ),
    "a panel that switches on": (lambda: worlds.draw_panel(6, "store", "week", "campaign", "sales"), "", "causal"),
    "a staggered panel": (
        lambda: worlds.draw_panel(7, "state", "year", "policy", "outcome", starts={4: 0.3, 7: 0.3}, style="year"), "",
        "causal",
    ),
    "a cutoff in the treatment": (lambda: worlds.draw_cutoff(8, "score", "outcome", 50.0, "treated"), "", "causal"),
    "a cutoff by the words": (
        lambda: worlds.draw_cutoff(9, "score", "grade", 50.0), "Everyone with a score above 50 got a grant. What did "
        "that do to the grade?", "causal",
    ),
    "an instrument by the words": (
        lambda: worlds.draw_instrument(10, "letter", "vaccinated", "sick_days"),
        "What does being vaccinated do to sick days, with the letter as an instrument?", "causal",
    ),
}  # fmt: skip


def domain_of(path: Path, question: str) -> str:
    return propose(path, question=question).spec.domain


@pytest.fixture(autouse=True)
def _all_domains() -> None:
    plugins().load_all()
    if not set(plugins().domains()) >= EVERY:
        pytest.skip("not all domains are installed")


@pytest.mark.parametrize("case", TABLES)
def test_a_table_goes_to_its_domain(tmp_path: Path, case: str) -> None:
    draw, question, domain = TABLES[case]
    path = tmp_path / "t.parquet"
    draw().to_parquet(path, index=False)
    assert domain_of(path, question) == domain


@pytest.mark.skipif(not MEDIA.exists(), reason="the example of the repository")
def test_weeks_of_media_go_to_the_marketing_mix() -> None:
    assert domain_of(MEDIA, "") == "mmm"


def test_arms_that_chance_may_have_made_are_left_to_the_user(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    worlds.draw_trial(11, "treated", "sales", ("age",)).to_parquet(path, index=False)
    with pytest.raises(Undecided) as refusal:
        propose(path)
    assert {item.spec.domain for item in refusal.value.proposals} >= {"abtest", "causal"}
