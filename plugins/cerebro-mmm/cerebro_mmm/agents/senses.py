"""What kind of thing a column is about, by its name alone."""

from __future__ import annotations

from typing import Literal

from cerebro_mmm.agents import words as w

Sense = Literal[
    "spend", "medium", "exposure", "claimed", "outcome", "after", "control", "event", "total", "derived", "calendar",
    "key", "other_cost", "unknown",
]  # fmt: skip


def sense(name: str) -> Sense:
    """What the name of a column says it is about.

    "medium" names a medium without saying whether it is spend; "claimed" is a result that a medium's own platform
    reports; "after" is a consequence of the outcome or of the media (profit, visits, ratios); "derived" is a
    transformation of another column.
    """
    said = w.words(name)
    if not said:
        return "unknown"
    has = frozenset(said)
    if has & w.KEY and not has & (w.MEDIA | w.SPEND):
        return "key"
    if has & w.COMPETITOR:
        return "control"
    if all(word in w.CALENDAR or word.isdigit() for word in said):
        return "calendar"
    return _business(said, has)


def _business(said: tuple[str, ...], has: frozenset[str]) -> Sense:
    outcome, media = bool(has & w.RESULT), bool(has & w.MEDIA)
    spend, exposure = _is_spend(said, has), _is_exposure(said, has)
    if (has & w.DERIVED and (media or spend or outcome)) or (has & w.NOT_YET and outcome):
        return "derived"
    if has & w.OTHER_COST and (spend or "cogs" in has):
        return "other_cost"
    if (has & w.AFTER and not spend) or (has & w.RATIO and (outcome or exposure)):
        return "after"
    if has & w.TOTAL and (spend or media) and not outcome:
        return "total"
    if spend:
        return _spend_or(has, outcome, media)
    if has & (w.UNPAID | w.OWNED):
        return "claimed" if has & (w.RESULT - w.DEMAND) and not has & w.PRICE else "control"
    if exposure:
        return "after" if has & w.SITE and not media else "exposure"
    if media:
        return "claimed" if outcome else "medium"
    return _rest(has, outcome)


def _spend_or(has: frozenset[str], outcome: bool, media: bool) -> Sense:
    if media or has & w.SURE_SPEND:
        return "spend"
    if outcome:
        return "after"
    return "control" if has & (w.CONTROL - w.PROMO) else "spend"


def _rest(has: frozenset[str], outcome: bool) -> Sense:
    if has & w.CONTROL:
        return "control"
    if outcome:
        return "outcome"
    if has & w.EVENT:
        return "event"
    return "control" if has & w.WEAK_CONTROL else "unknown"


def _is_spend(said: tuple[str, ...], has: frozenset[str]) -> bool:
    return bool(has & w.SPEND) or (said[-1] == "s" and len(said) > 1 and bool(has & w.MEDIA))


def _is_exposure(said: tuple[str, ...], has: frozenset[str]) -> bool:
    media = bool(has & w.MEDIA)
    named = has & w.CONTACT
    return bool(named if media else named - w.WEAK_EXPOSURE) or (said[-1] in ("i", "p") and len(said) > 1 and media)
