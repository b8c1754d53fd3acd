"""Matching, as the core lists it. Light: code is named by string."""

from __future__ import annotations

from cerebro_causal.methods import NUMERIC, SPEC
from cerebro_core.method import Method

PSM = Method(
    domain="causal",
    name="psm",
    title="Matching",
    summary="Compares each row with the rows of the other arm that are nearest to it, by their chance of treatment or "
    "by all confounders at once.",
    spec=SPEC,
    block="cerebro_causal.blocks.matching:analyse",
    requires=NUMERIC,
    needs=("one row a unit: a treatment of two values, an outcome, and what was known before the treatment",),
    assumes=(
        "whatever moves both treatment and outcome is among the confounders, and was there before the treatment",
        "each row could have been treated or not (overlap)",
        "on the score: the chance of treatment follows a logistic regression on the confounders",
        "no unit's treatment changes another unit's outcome",
    ),
    estimands=("ate", "att", "atc"),
    references=(
        "Abadie & Imbens (2006). Large Sample Properties of Matching Estimators for Average Treatment Effects. "
        "Econometrica 74(1), 235-267. https://doi.org/10.1111/j.1468-0262.2006.00655.x",
        "Abadie & Imbens (2011). Bias-Corrected Matching Estimators for Average Treatment Effects. Journal of Business "
        "& Economic Statistics 29(1), 1-11. https://doi.org/10.1198/jbes.2009.07333",
        "Abadie & Imbens (2016). Matching on the Estimated Propensity Score. Econometrica 84(2), 781-807. "
        "https://doi.org/10.3982/ECTA11293",
        "Abadie & Spiess (2022). Robust Post-Matching Inference. Journal of the American Statistical Association "
        "117(538), 983-995. https://doi.org/10.1080/01621459.2020.1840383",
        "Otsu & Rai (2017). Bootstrap Inference of Matching Estimators for Average Treatment Effects. Journal of the "
        "American Statistical Association 112(520), 1720-1732. https://doi.org/10.1080/01621459.2016.1231613",
        "Stuart (2010). Matching Methods for Causal Inference: A Review and a Look Forward. Statistical Science 25(1), "
        "1-21. https://doi.org/10.1214/09-STS313",
    ),
    card="cerebro_causal:cards/psm.toml",
)

METHODS: tuple[Method, ...] = (PSM,)
