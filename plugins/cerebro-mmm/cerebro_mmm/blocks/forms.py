"""Forms of the response: an adstock, a saturation and their order; one that was chosen, or several to be averaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cerebro_mmm.blocks.adstock import delayed_adstock, geometric_adstock, weibull_pdf_adstock
from cerebro_mmm.blocks.saturation import hill, logistic


@dataclass(frozen=True)
class Form:
    """How media turn into outcome.

    Attributes:
        name: in words, such as "geometric, hill".
        adstock: gives the weights of the lags, see `blocks/adstock.py`.
        saturation: gives the curve, see `blocks/saturation.py`.
        saturate_first: diminishing returns within a row come before carry-over, not after it.
    """

    name: str
    adstock: Callable[..., Any]
    saturation: Callable[..., Any]
    saturate_first: bool


def given_form(adstock: Callable[..., Any], saturation: Callable[..., Any], order: str) -> tuple[Form, ...]:
    """The one form that the settings name."""
    return (Form(form_name(adstock, saturation), adstock, saturation, order == "saturation_first"),)


def usual_forms(adstock: Callable[..., Any], saturation: Callable[..., Any], order: str) -> tuple[Form, ...]:
    """The forms that `--form auto` fits and stacks: the settings' own first, then the others of the usual ones."""
    carry = (geometric_adstock, delayed_adstock, weibull_pdf_adstock)
    pairs = [(adstock, saturation), *((one, curve) for one in carry for curve in (hill, logistic))]
    first = order == "saturation_first"
    return tuple(Form(form_name(one, curve), one, curve, first) for one, curve in dict.fromkeys(pairs))


def form_name(adstock: Callable[..., Any], saturation: Callable[..., Any]) -> str:
    """Such as "delayed, logistic"."""
    return f"{adstock.__name__.removesuffix('_adstock').replace('_', ' ')}, {saturation.__name__}"
