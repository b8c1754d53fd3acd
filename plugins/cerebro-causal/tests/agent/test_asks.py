"""Plain sentences, read for who is to have changed what."""

from __future__ import annotations

import pytest

from cerebro_causal.agents.asks import read_question
from cerebro_causal.agents.words import said_adjuster, said_estimand, says_choice, says_experiment

SENTENCES = [
    ("Is there a causal effect of fasting on glucose?", "fasting", "glucose"),
    ("Did sales go up because of the campaign?", "campaign", "sales"),
    ("What was the impact of the price change on demand?", "price_change", "demand"),
    ("How does remote work affect output?", "remote_work", "output"),
    ("Does taking aspirin lead to fewer strokes?", "aspirin", "strokes"),
    ("I want to know whether coaching increases retention.", "coaching", "retention"),
    ("Estimate the effect of zoning on rents.", "zoning", "rents"),
    ("What would have happened to profit without the merger?", "merger", "profit"),
    ("How big is the uplift in clicks from the banner?", "banner", "clicks"),
    ("Can helmets prevent injuries?", "helmet", "injuries"),
    ("Do shops with a new layout have higher revenue?", "new_layout", "revenue"),
    ("By how much did the ban cut emissions?", "ban", "emissions"),
    ("How many extra orders did the voucher bring?", "voucher", "orders"),
    ("Are emissions lower due to the ban?", "ban", "emissions"),
    ("Has training made workers more productive (output_per_hour)?", "training", "output_per_hour"),
    ("Find out if the diet lowers cholesterol.", "diet", "cholesterol"),
    ("What difference does breakfast make to marks?", "breakfast", "marks"),
    ("Is attendance driven by free lunches?", "free_lunch", "attendance"),
    ("effect of tariff on imports", "tariff", "imports"),
    ("Do smokers (smoker) pay more for insurance (premium) because they smoke?", "smoker", "premium"),
]


@pytest.mark.parametrize(("text", "cause", "result"), SENTENCES)
def test_cause_and_result_are_told_apart(text: str, cause: str, result: str) -> None:
    asked = read_question(text, "", ["row_id", "weather", result, "city_size", cause])
    assert max(asked.causes, key=lambda name: asked.causes[name], default="") == cause
    assert max(asked.results, key=lambda name: asked.results[name], default="") == result


@pytest.mark.parametrize(
    "text",
    [
        "Half of the schools were chosen at random to get tablets.",
        "The offer was randomised.",
        "This is an A/B test.",
        "A coin decided who got the call.",
        "Places were given out by lottery.",
        "We ran a controlled trial.",
        "Clinics were drawn by lot.",
    ],
)
def test_words_for_chance(text: str) -> None:
    assert says_experiment(text)


@pytest.mark.parametrize(
    "text",
    [
        "Nobody was randomised.",
        "The stores were not chosen at random.",
        "A random sample of households was interviewed.",
        "This is a natural experiment.",
        "Treatment was not assigned randomly.",
        "We could not run an A/B test.",
        "An observational study.",
        "Customers were sampled at random from the register.",
    ],
)
def test_words_that_only_sound_like_chance(text: str) -> None:
    assert not says_experiment(text)


def test_for_whom_and_how() -> None:
    assert said_estimand("What did it do for those who took it?") == "att"
    assert said_estimand("What would it do for farms that do not have it?") == "atc"
    assert said_estimand("Do users earn more than people who did not use it?") == ""
    assert said_adjuster("Match each user with a similar one.") == "psm"
    assert said_adjuster("Use inverse probability weighting.") == "ipw"
    assert said_adjuster("Does the match on Sunday raise sales?") == ""
    assert says_choice("People signed up on their own.")
    assert not says_choice("Chance decided, by lottery.")
