"""What people say -> what the field says: words added to a query, with less weight than the user's own."""

from __future__ import annotations

LAY: dict[str, str] = {
    "coupon": "uplift targeting", "coupons": "uplift targeting", "discount": "uplift", "persuade": "uplift",
    "customers": "uplift", "mailing": "uplift", "people": "heterogeneous", "ad": "media channel",
    "ads": "media channel",
    "advertising": "media channel", "tv": "media channel", "television": "media channel", "radio": "media channel",
    "google": "media channel", "campaign": "media adstock", "remember": "adstock", "channels": "media",
    "budget": "allocation", "euro": "budget roi", "dollar": "budget roi", "million": "budget", "spending": "spend",
    "visitors": "sample size", "luck": "significance", "variant": "experiment", "early": "sequential",
    "randomised": "propensity", "randomized": "propensity", "happened": "counterfactual", "cities": "geo",
    "regions": "geo", "city": "geo", "law": "intervention", "measure": "unobserved", "explain": "confounder",
    "sick": "confounder", "loan": "counterfactual explanation", "better": "heterogeneous",
}  # fmt: skip
"""One lay word -> words of the field, from reading the tuning queries and the cards; never from held-back queries."""


def field_words(words: list[str]) -> list[str]:
    """Words of the field that lay words stand for, without those that were said already."""
    found = dict.fromkeys(one for word in words for one in LAY.get(word, "").split())
    return [word for word in found if word not in words]
