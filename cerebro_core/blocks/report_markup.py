"""User text in HTML, and values as people read them."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from cerebro_core.blocks.display import display
from cerebro_core.blocks.report_numbers import MINUS, free_decimals, number_text

# Names of methods that are read as they are written here, not as words.
TERMS = frozenset({"ate", "att", "atc", "cate", "late", "ess", "loo", "roas", "srm", "smd", "itt", "cuped", "auuc"})


def safe_html(text: object, limit: int = 400) -> str:
    """Text that came from a user or a method: made showable, then escaped, also for attributes in quotes."""
    return html.escape(display(text, limit))


def spoken_name(name: str) -> str:
    """A snake_case name of a method as words: "holdout_error" becomes "Holdout error"."""
    words = " ".join(_spoken_word(word) for word in name.replace("_", " ").split())
    return words[:1].upper() + words[1:]


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
