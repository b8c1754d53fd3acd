"""User text in HTML, and values as people read them."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cerebro_core.blocks.display import display
from cerebro_core.blocks.report_numbers import MINUS, free_decimals, number_text

# Names of methods that are read as they are written here, not as words.
TERMS = frozenset(
    {
        "ate",
        "att",
        "atc",
        "cate",
        "late",
        "ess",
        "loo",
        "roas",
        "srm",
        "smd",
        "itt",
        "cuped",
        "auuc",
        "rmse",
        "mae",
        "mape",
    }
)

# What a known check asks, for someone who does not know its name.
CHECK_QUESTIONS = MappingProxyType(
    {
        "rhat": "Did the chains agree?",
        "ess": "Were there enough draws?",
        "divergences": "Did the sampler reach everywhere?",
        "pareto_k": "Is the approximation close enough?",
        "importance_ess": "Do enough draws carry the approximation?",
        "baseline_negative": "Is the outcome without media above zero?",
        "posterior_predictive": "Does the model reproduce the data?",
        "outliers": "Are there unusual rows?",
        "prior_predictive": "Are the priors sensible?",
        "identification": "What do the rows not settle?",
        "residual_autocorrelation": "Is anything lasting left out?",
        "prior_dominance": "Did the data speak?",
        "collinearity": "Can the channels be told apart?",
        "spend_follows_demand": "Does spend follow demand?",
        "holdout": "Does it foretell unseen rows?",
    }
)
# Words whose full stop ends no sentence; so does a full stop after a single letter or within a word.
SHORT_WORDS = frozenset(
    {"vs", "approx", "ca", "no", "nr", "inc", "ltd", "co", "corp", "dr", "mr", "mrs", "ms", "st", "cf"}
)


def safe_html(text: object, limit: int = 400) -> str:
    """Text that came from a user or a method: made showable, then escaped, also for attributes in quotes."""
    return html.escape(display(text, limit))


def spoken_name(name: str) -> str:
    """A snake_case name of a method as words: "holdout_error" becomes "Holdout error"."""
    words = spoken_words(name)
    return words[:1].upper() + words[1:]


def spoken_words(name: str) -> str:
    """A snake_case name as words without a capital: "outcome_low" becomes "outcome low"."""
    return " ".join(_spoken_word(word) for word in name.replace("_", " ").split())


def check_question(name: str) -> str:
    """What a check asks; the name as words where it is not known here."""
    return CHECK_QUESTIONS.get(name) or spoken_name(name)


def first_sentence(text: str) -> tuple[str, str]:
    """A text cut after its first sentence: ". " with a capital behind it; the rest is empty where there is none."""
    for end in re.finditer(r"\. +(?=(\S))", text):
        last_word = re.split(r"[\s(]", text[: end.start()])[-1]
        short = len(last_word) < 2 or "." in last_word.strip(".") or last_word.lower() in SHORT_WORDS
        figure = last_word.rstrip("%)")[-1:].isdigit()  # "(4.1 to 12.0)."
        if end.group(1).isupper() and (figure or not short):
            return text[: end.start() + 1], text[end.end() :]
    return text, ""


def ended(text: str) -> str:
    """A title as the start of a line: with a full stop, unless it has an end of its own."""
    return text if text.endswith((".", "?", "!", ":", "…")) else f"{text}."


def _spoken_word(word: str) -> str:
    if word in TERMS:
        return word.upper()
    return {"rhat": "R-hat", "mroas": "marginal ROAS", "khat": "k-hat"}.get(word, word)


def value_words(value: Any, key: str = "") -> str:
    """A plain value of a spec or a decision as words; not yet escaped.

    Args:
        value: JSON value.
        key: name of the field it belongs to; seeds and years get no thousands separator.
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value) if "seed" in key or "year" in key else number_text(value, 0)
    if isinstance(value, float):
        return figure_words(value)
    if isinstance(value, Mapping):
        parts = (f"{display(name)} = {value_words(item)}" for name, item in value.items())
        return ", ".join(parts) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(value_words(item) for item in value) or "none"
    return display(value, 400) or "none"


def figure_words(value: float | None) -> str:
    """A number whose uncertainty is not known: four significant digits, no digit of an integer cut off."""
    if value is None:
        return "n/a"
    if value == int(value) and abs(value) < 1e15:
        return number_text(value, 0)
    text = number_text(value, free_decimals(value, 4))
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def short_number(value: float) -> str:
    """A number for an axis: 1.2M, 340k."""
    for size, suffix in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{suffix}".replace("-", MINUS)
    return f"{value:.4g}".replace("-", MINUS)


def web_address(url: object) -> str | None:
    """`url` if it is a plain http(s) address, else None."""
    text = str(url or "")
    return text if re.fullmatch(r"https?://[\x21-\x7e]{3,500}", text) else None
