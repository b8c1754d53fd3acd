"""The exploration agent gives columns the roles that a careful analyst would give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cerebro_core.decisions import Proposal, Request
from cerebro_core.errors import SpecError
from cerebro_core.table import Table, profile_table
from cerebro_mmm.agents.propose import propose
from cerebro_mmm.agents.senses import sense
from cerebro_mmm.agents.words import words

from .conftest import Columns, clean
from .tables import HELD_OUT, TUNED, Invented, write

ROBYN = Path("/work/shared/data/robyn_weekly.csv")


def only(proposals: list[Proposal]) -> Proposal:
    assert len(proposals) == 1
    return proposals[0]


@pytest.mark.parametrize("invented", TUNED + HELD_OUT, ids=lambda item: item.name)
@pytest.mark.parametrize("seed", [0, 1])
def test_roles_of_invented_tables(invented: Invented, seed: int, tmp_path: Path) -> None:
    proposal = only(propose(Request(), profile_table(str(write(invented, tmp_path, seed)))))
    roles = {name: getattr(proposal.spec, name) for name in ("date", "outcome", "channels", "controls", "events")}
    assert roles == {name: getattr(invented, name) for name in roles}
    assert proposal.score == 1
    shown = {roles["date"], roles["outcome"], *roles["channels"], *roles["controls"], *roles["events"]}
    left = {item.value for item in proposal.rejected}
    assert shown | left == {name for name, _ in invented.columns}, "every column has a role, or a reason"


@pytest.mark.skipif(not ROBYN.exists(), reason="the data of the project's workspace are not here")
def test_roles_of_robyns_table() -> None:
    proposal = only(propose(Request(), profile_table(str(ROBYN))))
    assert proposal.spec.model_dump(include={"date", "outcome", "channels", "controls", "events"}) == {
        "date": "DATE",
        "outcome": "revenue",
        "channels": ("tv_S", "ooh_S", "print_S", "search_S", "facebook_S"),
        "controls": ("competitor_sales_B", "newsletter"),
        "events": ("events",),
    }
    reasons = {item.value: item.reason for item in proposal.rejected}
    assert "search_S" in reasons["search_clicks_P"]
    assert "facebook_S" in reasons["facebook_I"]
    assert proposal.score == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TV Spend (EUR)", ("tv", "spend", "eur")),
        ("tvSpend", ("tv", "spend")),
        ("TVSpend", ("tv", "spend")),
        ("tvspend", ("tv", "spend")),
        ("Fernsehausgaben", ("fernseh", "ausgaben")),
        ("dépenses_télé", ("depenses", "tele")),
        ("Out-of-home €", ("outofhome", "€")),
        ("Umsätze", ("umsaetze",)),
        ("", ()),
        ("  __ ", ()),
    ],
)
def test_words_of_a_name(name: str, expected: tuple[str, ...]) -> None:
    assert words(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cost_per_click", "after"),
        ("competitor_tv_spend", "control"),
        ("sales_promotion", "control"),
        ("sales_price", "control"),
        ("conversion_rate", "after"),
        ("revenue_per_conversion", "after"),
        ("email_revenue", "claimed"),
        ("google_trends", "control"),
        ("interest_rate", "control"),
        ("tv_adstock", "derived"),
        ("customer_id", "key"),
        ("dayofyear", "calendar"),
        ("cost_of_goods", "other_cost"),
        ("promo_spend", "spend"),
        ("total_sales", "outcome"),
        ("media_total", "total"),
        ("page_views", "after"),
        ("product_rating", "unknown"),
        ("x1", "unknown"),
    ],
)
def test_sense_of_a_name(name: str, expected: str) -> None:
    assert sense(name) == expected


def test_what_the_user_says_holds(table_of: Callable[[Columns], Table]) -> None:
    given = {"outcome": "price", "channels": ("search", "holiday"), "controls": (), "seasonality": 5, "chains": 2}
    proposal = only(propose(Request("mmm", given), table_of(clean())))
    assert {name: getattr(proposal.spec, name) for name in given} == given
    assert not set(given) & {item.field for item in proposal.decisions}


def test_a_question_that_names_the_outcome_decides(tmp_path: Path) -> None:
    table = profile_table(str(write(TUNED[0], tmp_path)))
    plain = only(propose(Request(), table)).spec
    asked = only(propose(Request(question="What drives num_orders?"), table)).spec
    assert (plain.model_dump()["outcome"], asked.model_dump()["outcome"]) == ("gmv_usd", "num_orders")


def test_a_control_that_copies_the_outcome_is_left(table_of: Callable[[Columns], Table]) -> None:
    columns = clean()
    columns["weather"] = [2 * float(str(value)) + 1 for value in columns["sales"]]
    proposal = only(propose(Request(), table_of(columns)))
    assert "weather" in {item.value for item in proposal.rejected}


def test_a_lone_total_is_a_channel(table_of: Callable[[Columns], Table]) -> None:
    columns = clean()
    columns = {"week": columns["week"], "sales": columns["sales"], "Total media spend": columns["search"]}
    proposal = only(propose(Request(), table_of(columns)))
    assert proposal.spec.model_dump()["channels"] == ("Total media spend",)
    assert proposal.score == 0.5


def test_panel_data_are_only_possible(table_of: Callable[[Columns], Table]) -> None:
    columns = clean()
    columns["week"] = [columns["week"][i // 2] for i in range(len(columns["week"]))]
    assert only(propose(Request(), table_of(columns))).score == 0.5


def test_a_foreign_domain_or_table_gets_no_proposal(table_of: Callable[[Columns], Table]) -> None:
    table = table_of(clean())
    assert propose(Request("geo"), table) == []
    assert propose(Request(given={"treatment": "tv"}), table) == []
    trial = table_of({"user": list(range(40)), "variant": ["a", "b"] * 20, "converted": [0, 1] * 20})
    assert propose(Request(), trial) == []


def test_what_cannot_be_found_is_named_with_its_flag(table_of: Callable[[Columns], Table]) -> None:
    table = table_of({"a": list(range(40)), "b": [i % 7 for i in range(40)]})
    with pytest.raises(SpecError) as caught:
        propose(Request("mmm"), table)
    for flag in ("--date", "--outcome", "--channels"):
        assert flag in str(caught.value)
