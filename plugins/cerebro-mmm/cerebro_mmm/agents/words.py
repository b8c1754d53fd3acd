"""The words of a column name, and what they mean in the spellings and languages of marketing tables.

Names are evidence, never proof: `roles.py` weighs them against the values.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib.resources import files

_VOCABULARY = tomllib.loads(files("cerebro_mmm.agents").joinpath("vocabulary.toml").read_text(encoding="utf-8"))


def _group(name: str) -> frozenset[str]:
    return frozenset(_VOCABULARY[name].split())


FAMILY: dict[str, str] = {word: line.split()[0] for line in _VOCABULARY["media_families"] for word in line.split()}
MEDIA = frozenset(FAMILY) | _group("any_media")
OWNED = _group("owned")
SPEND = _group("spend")
SURE_SPEND = SPEND - _group("weak_spend")
CURRENCY_NAME: dict[str, str] = _VOCABULARY["currency"]
EXPOSURE = tuple(_VOCABULARY["exposure"].split())
CONTACT = frozenset(EXPOSURE)
WEAK_EXPOSURE = _group("weak_exposure")
OUTCOME = tuple(_VOCABULARY["outcome"].split())
RESULT = frozenset(OUTCOME)
DEMAND = _group("demand")
AFTER = _group("after")
RATIO = _group("ratio")
NOT_YET = _group("not_yet")
OTHER_COST = _group("other_cost")
PRICE = _group("price")
PROMO = _group("promo")
COMPETITOR = _group("competitor")
UNPAID = _group("unpaid") | PRICE
CONTROL = PRICE | PROMO | COMPETITOR | _group("surroundings")
WEAK_CONTROL = _group("weak_control")
EVENT = _group("event")
DATE = _group("date")
CALENDAR = _group("calendar")
KEY = _group("key")
DERIVED = _group("derived")
TOTAL = _group("total")
SITE = _group("site")
# The same words as `event_label` in blocks/exploration.py, which makes the model's columns; a test holds them together.
NO_EVENT = frozenset(("", "na", "n/a", "nan", "none", "null", "no", "0", "0.0", "false", "-", "<na>"))

_KNOWN = MEDIA | SPEND | CONTACT | RESULT | AFTER | RATIO | NOT_YET | CONTROL | EVENT | DATE | TOTAL | DERIVED
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """The lower-case words of a column name, without accents.

    `TV Spend (EUR)`, `tvSpend_EUR` and `tv-spend eur` all give tv, spend, eur; a compound of two known words is
    taken apart (`tvspend`, `Plakatkosten`), and words that belong together are joined (`direct mail`).
    """
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    text = unicodedata.normalize("NFC", text).casefold().translate(_GERMAN)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    pieces = re.findall(r"[a-z]+|[0-9]+|(?<![\\{}])[€$£¥](?![\\{}])", text)
    return tuple(part for word in _joined(pieces) for part in _apart(word))


def _joined(pieces: list[str]) -> list[str]:
    """The pieces, with two or three that make one known word joined: out of home, sign-ups, You Tube."""
    found: list[str] = []
    at = 0
    while at < len(pieces):
        size = next((n for n in (3, 2) if len(pieces) >= at + n and _one_word(pieces[at : at + n])), 1)
        found.append("".join(pieces[at : at + size]))
        at += size
    return found


def _one_word(pieces: list[str]) -> bool:
    return "".join(pieces) in _KNOWN and not all(piece in _KNOWN for piece in pieces)


def _apart(word: str) -> tuple[str, ...]:
    """A word, or the two known words it is made of."""
    if word in _KNOWN or len(word) < 5:
        return (word,)
    for cut in range(len(word) - 2, 1, -1):
        left, right = word[:cut], word[cut:]
        if left in _KNOWN and right in _KNOWN:
            return (left, right)
        if left in _KNOWN and right[0] == "s" and right[1:] in _KNOWN:  # the German linking s
            return (left, right[1:])
    return (word,)


def channel_key(name: str) -> frozenset[str]:
    """The words that say which channel a column is about: without those for spend, exposure and money."""
    other = {"s", "i", "p", "paid", "ad", "ads", "total", "net", "gross"}
    found = (w for w in words(name) if w not in SPEND and w not in CONTACT and w not in CURRENCY_NAME)
    return frozenset(word for word in found if word not in other)


def families(name: str) -> frozenset[str]:
    """The media families that a name mentions."""
    return frozenset(FAMILY[word] for word in words(name) if word in FAMILY)


def rank(name: str, order: tuple[str, ...]) -> int:
    """Where the best word of a name stands in an order of preference; the length of the order if nowhere."""
    return min((order.index(word) for word in words(name) if word in order), default=len(order))
