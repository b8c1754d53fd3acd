"""What the report of a study at a cutoff says: answer, estimates, facts."""

from __future__ import annotations

from dataclasses import replace

from cerebro_causal.blocks.anderson_rubin import AndersonRubin, Pieces
from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.iv_report import anderson_rubin_estimate, holds_zero, is_bounded, pieces_text
from cerebro_causal.blocks.rdd_checks import STRONG_JUMP, WEAK_JUMP
from cerebro_causal.blocks.rdd_effect import CurveSettings, CutoffEffect, Jump
from cerebro_causal.blocks.rdd_sample import CutoffSample
from cerebro_causal.blocks.study_report import cause_text, moved_text
from cerebro_core.blocks.display import display
from cerebro_core.blocks.report_numbers import estimate_decimals, number_text
from cerebro_core.blocks.result import Estimate, ResultTable


def take_up_size(found: CutoffEffect) -> float:
    """F of the treatment's jump; infinite where the cutoff decides."""
    if found.treatment is None or found.treatment.robust.error == 0:
        return float("inf")
    return (found.treatment.robust.value / found.treatment.robust.error) ** 2


def jump_estimate(name: str, jump: Jump, level: float, *, text: str, outcome: str) -> Estimate:
    """A jump as an entry of the result: the conventional estimate with the robust interval."""
    low, high = jump.robust.interval(level)
    return Estimate(
        name=name,
        value=jump.value,
        label=text,
        std_error=jump.robust.error,
        ci_low=low,
        ci_high=high,
        ci_level=level,
        interval="confidence",
        p_value=jump.robust.p_value,
        outcome=outcome,
    )


def cutoff_estimates(
    sample: CutoffSample,
    found: CutoffEffect,
    settings: CurveSettings,
    level: float,
    *,
    treatment: str | None,
    outcome: str,
) -> tuple[Estimate, ...]:
    """The effect, then what it is made of, then the same by other formulas."""
    change = "change of slope" if settings.kink else "jump"
    what = f"Effect of '{display(treatment, 40)}' at the cutoff" if treatment else "Effect at the cutoff"
    if settings.kink and not sample.fuzzy:
        what = "Change of slope at the cutoff"
    elif settings.kink:
        what = f"Effect of one more unit of '{display(treatment, 40)}' at the cutoff"
    main = jump_estimate("effect", found.effect, level, text=what, outcome=outcome)
    rows = [main]
    if found.test is not None:
        point = Effect(found.effect.value, found.effect.robust.error)
        exact = anderson_rubin_estimate(
            "effect_anderson_rubin", point, found.test, level, text=f"{what}, Anderson-Rubin interval", outcome=outcome
        )
        if take_up_size(found) < STRONG_JUMP:
            other = replace(main, name="effect_robust", label=f"{what}, ordinary robust interval")
            rows = [replace(exact, name="effect", label=what), other]
        else:
            rows = [main, exact]
    if found.treatment is not None:
        rows.append(
            jump_estimate(
                "first_stage", found.treatment, level, text=f"The treatment's {change}", outcome=treatment or ""
            )
        )
        rows.append(
            jump_estimate("reduced_form", found.outcome, level, text=f"The outcome's {change}", outcome=outcome)
        )
    robust = found.effect.robust
    plain = Jump(found.effect.value, found.effect.error, Effect(found.effect.value, found.effect.error, robust.degrees))
    corrected = Jump(robust.value, robust.error, robust)
    rows.append(
        jump_estimate("bias_corrected", corrected, level, text=f"{what}, bias-corrected estimate", outcome=outcome)
    )
    text = f"{what}, conventional interval (too short)"
    rows.append(jump_estimate("conventional", plain, level, text=text, outcome=outcome))
    return tuple(rows)


def answer_pieces(found: CutoffEffect, level: float) -> tuple[Pieces, AndersonRubin | None]:
    """The interval that stands in the answer."""
    if found.test is not None and take_up_size(found) < STRONG_JUMP:
        return found.test.interval(level), found.test
    return (found.effect.robust.interval(level),), None


def cutoff_answer(
    sample: CutoffSample,
    found: CutoffEffect,
    settings: CurveSettings,
    level: float,
    *,
    treatment: str | None,
    outcome: str,
    running: str,
) -> str:
    """The answer in plain sentences: what the interval shows, for whom, and what it rests on."""
    result = display(outcome, 60)
    place = f"at {display(running, 60)} = {sample.cutoff:.6g}"
    cause = cause_text(treatment, sample.values) if treatment else "Being treated"
    if settings.kink:
        cause = f"One more unit of '{display(treatment, 60)}'" if sample.fuzzy else "Passing the cutoff"
    pieces, _ = answer_pieces(found, level)
    ends = [end for piece in pieces for end in piece if end is not None]
    digits = estimate_decimals(
        {
            "value": found.effect.value,
            "ci_low": min(ends, default=None),
            "ci_high": max(ends, default=None),
            "std_error": found.effect.robust.error,
            "unit": "",
        }
    )
    value, fits = number_text(found.effect.value, digits), pieces_text(pieces, digits)
    what = "the slope of " if settings.kink and not sample.fuzzy else ""
    inner = cause[0].lower() + cause[1:]
    who = "for those whom the cutoff moved, " if sample.fuzzy and not settings.kink else ""
    if holds_zero(pieces):
        first = (
            f"No effect of {inner} on {what}'{result}' is shown {place}: "
            f"the estimate is {value}, and {fits} fits the data ({level:.0%} interval)."
        )
    elif not is_bounded(pieces):
        first = (
            f"{cause} changed {what}'{result}' {place}, but by how much the data hardly tell: the estimate is "
            f"{value}, and {fits} fits them ({level:.0%} interval)."
        )
    else:
        moved, size = moved_text(found.effect.value, (ends[0], ends[1]), digits)
        first = f"{cause} {moved} {what}'{result}' {who}{place}: {size} ({level:.0%} interval)."
    weak = take_up_size(found) < WEAK_JUMP
    second = f"The treatment changes too little there to rely on the estimate of {value} itself." if weak else ""
    last = (
        "That holds for rows at the cutoff, and only if nothing else changes there and nobody could choose the side; "
        "the checks say what of it can be seen."
    )
    return " ".join(part for part in (first, second, last) if part)


def cutoff_facts(sample: CutoffSample, found: CutoffEffect, settings: CurveSettings, running: str) -> ResultTable:
    """What entered, for the report."""
    left, right = sample.running < 0, sample.running >= 0
    side = "at or below" if sample.turned else "at or above"
    rows = (
        ("cutoff", f"{display(running, 40)} {side} {sample.cutoff:.6g} is the treated side"),
        ("design", ("fuzzy " if sample.fuzzy else "sharp ") + ("kink" if settings.kink else "discontinuity")),
        ("rows, untreated side", f"{int(left.sum()):,}, of these {found.rows[0]:,} within the bandwidth"),
        ("rows, treated side", f"{int(right.sum()):,}, of these {found.rows[1]:,} within the bandwidth"),
        ("bandwidth", " and ".join(dict.fromkeys(f"{value:.5g}" for value in found.bandwidths))),
        ("bandwidth of the bias", " and ".join(dict.fromkeys(f"{value:.5g}" for value in found.pilots))),
        ("curves", f"degree {settings.degree}, {settings.kernel} kernel"),
    )
    return ResultTable(("what", "which"), rows, "What was compared", "Rows and settings that entered the estimate.")
