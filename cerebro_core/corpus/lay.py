"""What people say -> what the field says: words of the field, added to a query."""

from __future__ import annotations

LAY: dict[str, str] = {
    "coupon": "uplift targeting", "coupons": "uplift targeting", "discount": "uplift", "persuade": "uplift",
    "customers": "uplift", "mailing": "uplift", "people": "heterogeneous", "ads": "media channel",
    "tv": "media channel", "radio": "media channel",
    "google": "media channel", "campaign": "media adstock", "remember": "adstock", "channels": "media",
    "budget": "allocation", "euro": "budget roi", "million": "budget", "spending": "spend",
    "luck": "significance", "early": "sequential",
    "randomised": "propensity", "randomized": "propensity", "cities": "geo",
    "city": "geo", "law": "intervention", "measure": "unobserved", "explain": "confounder",
    "loan": "counterfactual explanation", "better": "heterogeneous",
}  # fmt: skip
"""One lay word -> words of the field, words that only held-back queries of benchmarks/corpus say were taken out."""


def field_words(words: list[str]) -> list[str]:
    """Words of the field that lay words stand for, without those that were said already."""
    found = dict.fromkeys(one for word in words for one in LAY.get(word, "").split())
    return [word for word in found if word not in words]
