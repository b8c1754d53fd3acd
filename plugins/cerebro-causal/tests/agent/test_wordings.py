"""More ways to say the same: designs by plain words that stand in no question of the scored set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import agent_worlds as worlds
import pandas as pd
import pytest
from questions import Question, ask

CASES: dict[str, tuple[Callable[[], pd.DataFrame], str, dict[str, Any]]] = {
    "drawing lots": (
        lambda: worlds.draw_trial(1, "new_shelves", "revenue", ["revenue_before"]),
        "We picked 200 of 400 shops by drawing lots to get new shelves. Did new shelves raise revenue?",
        {"method": "rct", "treatment": "new_shelves", "outcome": "revenue"},
    ),
    "three arms": (
        lambda: worlds.draw_trial(2, "arm", "score", ["pretest"], words=("business as usual", "coaching", "app")),
        "Three arms, randomised: which raises the score?",
        {"method": "rct", "treatment": "arm", "control": "business as usual"},
    ),
    "at least 60 points": (
        lambda: worlds.draw_cutoff(3, "exam_points", "income", 60.0, "passed"),
        "Pupils with at least 60 points pass. Does passing raise later income?",
        {"method": "rdd", "running": "exam_points", "cutoff": 60.0, "outcome": "income"},
    ),
    "under 100 a month": (
        lambda: worlds.draw_cutoff(4, "monthly_spend", "retention", 100.0, span=60, below=True),
        "Customers who spend under 100 a month get a call. Does the call help retention?",
        {"method": "rdd", "running": "monthly_spend", "cutoff": 100.0, "outcome": "retention"},
    ),
    "judges": (
        lambda: worlds.draw_instrument(5, "strict_judge", "jailed", "reoffended", ("age",)),
        "Does being jailed make people reoffend? Cases are dealt to judges at random; strict judges jail more often.",
        {"method": "iv", "treatment": "jailed", "outcome": "reoffended", "instruments": ("strict_judge",)},
    ),
    "who did not show up": (
        lambda: worlds.draw_instrument(6, "assigned", "treated", "outcome_score", ("age",), one_sided=True),
        "Effect of actually getting treated on the outcome score. Assignment was random but some did not show up.",
        {"method": "iv", "treatment": "treated", "instruments": ("assigned",)},
    ),
    "the offer itself": (
        lambda: worlds.draw_instrument(7, "assigned", "treated", "outcome_score", ("age",), one_sided=True),
        "What is the effect of being assigned on the outcome score? Assignment was random.",
        {"method": "rct", "treatment": "assigned", "confounders": ("age",)},
    ),
    "a tariff from July": (
        lambda: worlds.draw_panel(8, "region", "month", "new_tariff", "consumption", style="month"),
        "In July 2023 half of the regions switched to the new tariff. Did consumption fall?",
        {"method": "did", "treatment": "new_tariff", "outcome": "consumption", "unit": "region", "time": "month"},
    ),
    "exports in different years": (
        lambda: worlds.draw_panel(
            9, "firm_id", "year", "exported", "productivity", starts={4: 0.2, 6: 0.2, 8: 0.2}, style="year"
        ),
        "Do firms become more productive after they start to export?",
        {"method": "did", "treatment": "exported", "outcome": "productivity"},
    ),
    "two provinces": (
        lambda: worlds.draw_two_by_two(
            10, "province", "survey_year", "wage", words=("Ontario", "Quebec"), times=(2015, 2019)
        ),
        "Quebec introduced the subsidy in 2017 and Ontario did not. What did it do to wages?",
        {"method": "did", "treatment": "province", "time": "survey_year", "outcome": "wage"},
    ),
    "entirely through visits": (
        lambda: worlds.draw_front_door(11, "advert", "store_visits", "purchases"),
        "What is the effect of the advert on purchases, if it works entirely through store visits and we did not "
        "observe interest?",
        {"method": "frontdoor", "treatment": "advert", "outcome": "purchases", "mediators": ("store_visits",)},
    ),
    "households without": (
        lambda: worlds.draw_choice(12, "solar", "bill", ("roof", "income")),
        "How much would households without solar save on the bill if they got solar?",
        {"treatment": "solar", "outcome": "bill", "estimand": "atc"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_plain_words_lead_to_the_design(tmp_path: Path, case: str) -> None:
    draw, text, expected = CASES[case]
    answered = ask(Question("wording", draw, text), tmp_path)
    assert answered.spec is not None, answered.declined
    assert {name: getattr(answered.spec, name) for name in expected} == expected


DECLINED: dict[str, tuple[Callable[[], pd.DataFrame], str, str]] = {
    "a campaign in one series": (
        lambda: worlds.draw_series(13, "week", "sales", ("tv", "radio"), style="week"),
        "Did the TV campaign that started in week 60 raise sales?",
        "one unit over time",
    ),
    "discounts from the first week": (
        lambda: worlds.draw_panel(14, "shop", "week", "discount", "units", starts={1: 0.5}, periods=8),
        "Did the discount sell more units?",
        "nobody is seen before",
    ),
    "a treatment that comes and goes": (
        lambda: worlds.draw_panel(
            16, "person", "year", "union", "wage", starts={3: 0.5}, style="year", periods=8
        ).assign(union=lambda d: d["union"] * (d["year"] % 3 > 0)),
        "Does being in a union raise the wage?",
        "comes and goes",
    ),
    "a forecast": (
        lambda: worlds.draw_choice(15, "flag", "y", ()),
        "How many customers will leave next month?",
        "no column looks like a cause",
    ),
}


@pytest.mark.parametrize("case", DECLINED)
def test_what_cannot_be_defended_is_declined_with_the_reason(tmp_path: Path, case: str) -> None:
    draw, text, reason = DECLINED[case]
    answered = ask(Question("wording", draw, text), tmp_path)
    assert answered.spec is None
    assert reason in answered.declined
