"""Which role a column is likely to play, whatever the field: by its name and its values together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile

OUTCOMES = frozenset(
    [
        "revenue",
        "sales",
        "outcome",
        "conversion",
        "conversions",
        "converted",
        "orders",
        "y",
        "kpi",
        "target",
        "response",
        "turnover",
        "profit",
        "purchases",
        "bookings",
        "signups",
        "subscriptions",
        "churn",
        "churned",
        "umsatz",
        "gmv",
    ]
)
MEDIA = frozenset(
    [
        "spend",
        "cost",
        "media",
        "tv",
        "radio",
        "ooh",
        "print",
        "search",
        "social",
        "facebook",
        "meta",
        "google",
        "youtube",
        "display",
        "email",
        "tiktok",
        "affiliate",
        "video",
        "impressions",
        "clicks",
        "grp",
        "grps",
        "ads",
        "ad",
        "advertising",
        "instagram",
        "bing",
        "outdoor",
    ]
)
TREATMENTS = frozenset(
    [
        "treatment",
        "treated",
        "treat",
        "variant",
        "arm",
        "exposed",
        "exposure",
        "intervention",
        "assignment",
        "bucket",
        "campaign",
        "experiment",
        "t",
        "w",
        "z",
    ]
)
UNITS = frozenset(
    [
        "id",
        "user",
        "customer",
        "unit",
        "household",
        "store",
        "shop",
        "region",
        "geo",
        "dma",
        "state",
        "city",
        "country",
        "market",
        "zip",
        "postcode",
        "account",
        "visitor",
        "session",
        "member",
        "patient",
        "person",
        "uid",
        "uuid",
    ]
)
EVENTS = frozenset({"event", "events", "holiday", "holidays", "promo", "promotion", "season", "weekend", "closed"})


def likely_role(column: ColumnProfile) -> tuple[str, str]:
    """A likely role with its reason in a few words; an empty role where nothing is likely.

    Roles: "date", "unit", "treatment", "outcome", "media", "event", "control".
    """
    words = name_words(column.name)
    if column.distinct == 0:
        return "", "it is empty"
    if column.is_constant:
        return "", "it has one value only"
    if column.kind == "date":
        spacing = column.spacing or "irregular"
        return "date", "it holds dates" if spacing == "irregular" else f"it holds dates by {spacing}"
    flag = column.kind == "boolean" or (column.is_number and column.distinct == 2 and column.minimum == 0)
    few = column.distinct <= 12
    if words & TREATMENTS and few:
        return "treatment", f"its name says so, and it has {column.distinct} values"
    if column.kind == "text":
        return text_role(column, words)
    if words & UNITS and column.kind == "integer":
        return "unit", "its name says so, and it holds whole numbers"
    if words & OUTCOMES and not words & {"competitor", "competitors"}:
        return "outcome", f"its name says so, and it holds {'yes or no' if flag else 'numbers'}"
    if words & MEDIA and not flag and not column.negatives:
        return "media", f"its name says so, and it is never negative ({share(column.zeros, column)} zero)"
    if words & EVENTS and few:
        return "event", f"its name says so, and it has {column.distinct} values"
    if column.kind == "integer" and column.is_key and words & {"index", "row", "no", "nr", "number", ""}:
        return "", "it numbers the rows"
    return "control", "it holds yes or no" if flag else "it holds numbers that vary"


def text_role(column: ColumnProfile, words: frozenset[str]) -> tuple[str, str]:
    """The likely role of a column of text."""
    if column.is_key:
        return "unit", "each row has its own value"
    if words & UNITS:
        return "unit", f"its name says so, and it has {column.distinct} values"
    if words & EVENTS:
        return "event", f"its name says so, and it has {column.distinct} values"
    if words & OUTCOMES and column.distinct == 2:
        return "outcome", "its name says so, and it has two values"
    if column.distinct <= 50:
        return "control", f"it has {column.distinct} levels"
    return "", f"it is text with {column.distinct:,} values"


def name_words(name: str) -> frozenset[str]:
    """The words of a name: split at punctuation, digits and capitals."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return frozenset(re.split(r"[\W_\d]+", spaced.casefold().strip()))


def share(count: int | None, column: ColumnProfile) -> str:
    """A count as a share of the rows."""
    return f"{(count or 0) / max(column.rows, 1):.0%}"
