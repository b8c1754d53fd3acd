"""Discontinuities, as the core lists them. Light: code is named by string."""

from __future__ import annotations

from types import MappingProxyType

from cerebro_causal.methods import NUMERIC, SPEC
from cerebro_core.method import Method

RDD = Method(
    domain="causal",
    name="rdd",
    title="Regression discontinuity",
    summary="Compares rows just above a cutoff with rows just below it, where only the treatment differs: sharp, fuzzy "
    "or a kink.",
    spec=SPEC,
    block="cerebro_causal.blocks.rdd:analyse",
    requires=MappingProxyType({**NUMERIC, "diff_diff": "diff-diff>=3.13"}),
    needs=(
        "one row a unit: an outcome and a running column (score, age, distance) that decides about the treatment, or "
        "its chance, at a cutoff; for a fuzzy design the treatment as well",
        "at least 20 rows and 4 different values of the running column on each side",
    ),
    assumes=(
        "nothing else changes at the cutoff: no column can show it all, though what was there before is checked",
        "nobody could choose the side by a hair; crowding on one side is checked",
        "the outcome's curves are smooth on both sides",
        "the answer is for rows at the cutoff; in a fuzzy design for those whose treatment it moved",
    ),
    estimands=("effect", "first_stage", "reduced_form", "bias_corrected"),
    references=(
        "Hahn, Todd & van der Klaauw (2001). Identification and Estimation of Treatment Effects with a "
        "Regression-Discontinuity Design. Econometrica 69(1), 201-209. https://doi.org/10.1111/1468-0262.00183",
        "Calonico, Cattaneo & Titiunik (2014). Robust Nonparametric Confidence Intervals for Regression-Discontinuity "
        "Designs. Econometrica 82(6), 2295-2326. https://doi.org/10.3982/ECTA11757",
        "Cattaneo, Jansson & Ma (2020). Simple Local Polynomial Density Estimators. Journal of the American "
        "Statistical Association 115(531), 1449-1455. https://doi.org/10.1080/01621459.2019.1635480",
        "McCrary (2008). Manipulation of the Running Variable in the Regression Discontinuity Design: A Density Test. "
        "Journal of Econometrics 142(2), 698-714. https://doi.org/10.1016/j.jeconom.2007.05.005",
        "Card, Lee, Pei & Weber (2015). Inference on Causal Effects in a Generalized Regression Kink Design. "
        "Econometrica 83(6), 2453-2483. https://doi.org/10.3982/ECTA11224",
        "Feir, Lemieux & Marmer (2016). Weak Identification in Fuzzy Regression Discontinuity Designs. Journal of "
        "Business and Economic Statistics 34(2), 185-196. https://doi.org/10.1080/07350015.2015.1024836",
        "Kolesár & Rothe (2018). Inference in Regression Discontinuity Designs with a Discrete Running Variable. "
        "American Economic Review 108(8), 2277-2304. https://doi.org/10.1257/aer.20160945",
    ),
    card="cerebro_causal:cards/rdd.toml",
)

METHODS: tuple[Method, ...] = (RDD,)
"""What the core lists."""
