"""Everyday wording finds what the field calls otherwise; names of packages and things find these."""

from __future__ import annotations

import sqlite3

import pytest

from cerebro_core.corpus.asked import FOLDER, Task, card_tasks, everyday, read_tasks, weights
from cerebro_core.corpus.question import identifiers, mentioned, read_question
from cerebro_core.corpus.record import Passage
from cerebro_core.corpus.roots import root, roots
from cerebro_core.corpus.search import asked_tasks, search
from cerebro_core.corpus.store import fill

CARRYOVER = Task("adstock carryover", ("geometric_adstock",), (), ("how long does a poster work",), "forget")
TARGETING = Task("uplift model", ("UpliftTree",), ("uplift.tree",), ("who should get the coupon",))
PASSAGES = [
    Passage("api", "a.geometric_adstock: Decay.", "a.geometric_adstock", apis=("a.geometric_adstock",), package="a"),
    Passage("docs", "Uplift of a campaign", code="t = UpliftTree()", apis=("b.UpliftTree",), package="b"),
    Passage("api", "b.UpliftTree: Tree.", "b.UpliftTree", apis=("b.UpliftTree",), package="b"),
    Passage("docs", "Weather", code="import c", package="b"),
    Passage("recipe", "Uplift tree", "uplift.tree", prose="Whom do we call?\nOne row a customer.", package="p"),
]


@pytest.fixture
def index() -> sqlite3.Connection:
    memory = sqlite3.connect(":memory:", isolation_level=None)
    fill(memory, {name: {"domains": []} for name in "abp"}, PASSAGES, {}, [CARRYOVER, TARGETING])
    return memory


def titles(index: sqlite3.Connection, query: str, **how: object) -> list[str]:
    return [hit.told["title"] for hit in search(index, query, **how)]  # type: ignore[arg-type]


def test_words_that_no_passage_says_find_what_answers(index: sqlite3.Connection) -> None:
    assert titles(index, "how soon do people forget a poster")[0].startswith("a.geometric_adstock")
    assert titles(index, "coupon")[0] == "Uplift tree", "the card of the task comes first"


def test_a_word_of_the_same_meaning_stands_for_another(index: sqlite3.Connection) -> None:
    """No task says voucher: `everyday.txt` knows that it means what coupon means."""
    assert "voucher" not in " ".join((*TARGETING.questions, TARGETING.words))
    assert titles(index, "voucher")[0] == "Uplift tree"
    assert titles(index, "gibberish") == []


def test_a_card_is_asked_for_in_other_words_than_its_own(index: sqlite3.Connection) -> None:
    assert card_tasks(PASSAGES)[0].questions == ("Whom do we call?",)
    assert titles(index, "telephone")[0] == "Uplift tree"


def test_answers_keep_to_the_packages_and_kinds_asked_for(index: sqlite3.Connection) -> None:
    assert titles(index, "coupon", packages={"b", "a"})[0] != "Uplift tree"
    assert titles(index, "coupon", packages={"a"}) == []
    assert titles(index, "coupon", kinds=("api",)) == ["b.UpliftTree: Tree."]
    assert titles(index, "coupon", kinds=("usage",)) == ["Uplift of a campaign"]


def test_the_rarer_a_word_among_tasks_the_more_it_weighs() -> None:
    tasks = [Task("one", words="sales weather"), Task("two", words="sales"), Task("three", words="sales")]
    told = {(word, number): weight for word, number, weight in weights(tasks, {})}
    assert told["weather", 0] > told["sal", 0]


def test_tasks_far_from_the_best_are_not_looked_at(index: sqlite3.Connection) -> None:
    found = asked_tasks(index, "who should get the coupon or a poster")
    assert found[0][1] == 1.0
    assert all(0.5 <= share <= 1 for _, share in found)
    assert asked_tasks(index, "the of a") == []


@pytest.mark.parametrize(
    ("word", "expected"),
    [("rejected", "reject"), ("cities", "city"), ("stopped", "stop"), ("sales", "sal"), ("sale", "sal"), ("as", "as")],
)
def test_roots(word: str, expected: str) -> None:
    assert root(word) == expected


def test_roots_leave_out_what_says_nothing() -> None:
    assert roots("Who should GET the coupons, and the coupon?") == ["who", "get", "coupon"]


def test_what_ships_is_whole() -> None:
    """Each task is asked for in several ways, no question twice, no meaning of one word alone."""
    tasks = read_tasks()
    questions = [line for task in tasks for line in task.questions]
    assert len(tasks) > 60
    assert len(questions) > 600
    assert len(set(questions)) == len(questions)
    assert all(len(task.questions) >= 3 and task.terms and task.words for task in tasks)
    lines = (FOLDER / "everyday.txt").read_text(encoding="utf-8").splitlines()
    assert all(len(line.split()) > 1 for line in lines)
    assert everyday("coupon voucher") == {"coupon": "=0", "voucher": "=0"}


SOURCES = [(0, "pymc", "pymc"), (1, "pymc-marketing", "pymc_marketing"), (2, "scikit-uplift", "sklift")]


@pytest.mark.parametrize(
    ("query", "packages"),
    [
        ("pymc HSGP", {0}),
        ("pm.sample chains", {0}),
        ("adstock in pymc_marketing", {0, 1}),
        ("pymc-marketing clv", {0, 1}),
        ("sklift metrics", {2}),
        ("from scikit-uplift", {2}),
        ("at 3 pm. sample sizes", set()),
        ("pymcish", set()),
    ],
)
def test_packages_that_a_query_names(query: str, packages: set[int]) -> None:
    assert mentioned(query, SOURCES) == packages


@pytest.mark.parametrize(
    ("query", "packages", "names"),
    [
        ("tea_tasting Experiment analyze", ["tea-tasting", "tea_tasting"], ["experiment"]),
        ("Experiment analyze", [], []),
        ("pm.sample nuts_sampler", ["pymc"], ["nuts_sampler", "sample"]),
        ("who should get the coupon?", [], []),
    ],
)
def test_names_that_look_like_code(query: str, packages: list[str], names: list[str]) -> None:
    assert identifiers(query, packages) == names


def test_an_api_is_found_by_its_name_though_others_say_it_more_often() -> None:
    other = [Passage("docs", f"Sampling {n}", prose="sample_it " * 5, code=f"a{n} = 1", package="a") for n in range(90)]
    memory = sqlite3.connect(":memory:", isolation_level=None)
    thing = Passage("api", "a.b.sample_it: Draws.", "a.b.sample_it", prose="Long prose. " * 60, package="a")
    fill(memory, {"a": {"domains": []}}, [*other, thing], {})
    assert titles(memory, "sample_it")[0] == "a.b.sample_it: Draws."


def test_words_that_most_passages_say_are_not_looked_for_beside_rare_ones() -> None:
    pages = [Passage("docs", f"Page {n}", prose="every model", code=f"x{n} = 1", package="a") for n in range(300)]
    memory = sqlite3.connect(":memory:", isolation_level=None)
    rare = Passage("docs", "Tides", prose="a model of tides at the shore", code="y = 1", package="a")
    fill(memory, {"a": {"domains": []}}, [*pages, rare], {})
    question = read_question(memory, "model tides shore", None, ())
    assert question is not None
    assert question.rare == ("tides", "shore")
    assert titles(memory, "model")[0], "alone it is looked for"
    assert titles(memory, "model of tides at the shore") == ["Tides"]


def test_hits_are_different_things(index: sqlite3.Connection) -> None:
    """The same heading of one package comes twice only after everything else."""
    same = [Passage("docs", "Adstock", prose="adstock adstock", code=f"a{n} = 1", package="a") for n in range(3)]
    memory = sqlite3.connect(":memory:", isolation_level=None)
    fill(
        memory,
        {"a": {"domains": []}},
        [*same, Passage("docs", "Other", prose="adstock", code="b = 1", package="a")],
        {},
    )
    assert titles(memory, "adstock") == ["Adstock", "Other", "Adstock", "Adstock"]


def test_examples_for_a_card_are_what_answers_its_tasks(index: sqlite3.Connection) -> None:
    """Words that fit something else better do not change it; where nothing answers, nothing is found."""
    assert titles(index, "weather", card="uplift.tree", kinds=("usage",)) == ["Uplift of a campaign"]
    assert titles(index, "weather", card="uplift.tree", packages={"a"}) == []
    assert titles(index, "weather", card="no.card") == ["Weather"]
