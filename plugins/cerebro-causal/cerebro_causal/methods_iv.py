"""Instruments, as the core lists it. Light: code is named by string."""

from __future__ import annotations

from types import MappingProxyType

from cerebro_causal.methods import NUMERIC, SPEC
from cerebro_core.method import Method

IV = Method(
    domain="causal",
    name="iv",
    title="Instrumental variables",
    summary="Compares what an instrument (a lottery, a distance, a rule) moved: the outcome's move divided by the "
    "treatment's, with intervals that hold however weak the instrument is.",
    spec=SPEC,
    block="cerebro_causal.blocks.iv:analyse",
    requires=MappingProxyType({**NUMERIC, "linearmodels": "linearmodels>=7"}),
    needs=(
        "one row a unit: a treatment (two values, or a number), an outcome, and one or more instruments that move the "
        "treatment",
        "with clusters, at least five, and two more than there are instruments",
    ),
    assumes=(
        "the instrument moves the outcome through the treatment alone (exclusion): no column can show it",
        "the instrument came as if by chance, given the confounders that are named",
        "it moves nobody against its direction (monotonicity); the answer is for those whom it moved",
        "no unit's treatment changes another unit's outcome",
    ),
    estimands=("late", "first_stage", "reduced_form", "plain_regression"),
    references=(
        "Imbens & Angrist (1994). Identification and Estimation of Local Average Treatment Effects. Econometrica "
        "62(2), 467-475. https://doi.org/10.2307/2951620",
        "Angrist & Imbens (1995). Two-Stage Least Squares Estimation of Average Causal Effects in Models with Variable "
        "Treatment Intensity. Journal of the American Statistical Association 90(430), 431-442. "
        "https://doi.org/10.1080/01621459.1995.10476535",
        "Anderson & Rubin (1949). Estimation of the Parameters of a Single Equation in a Complete System of Stochastic "
        "Equations. Annals of Mathematical Statistics 20(1), 46-63. https://doi.org/10.1214/aoms/1177730090",
        "Montiel Olea & Pflueger (2013). A Robust Test for Weak Instruments. Journal of Business and Economic "
        "Statistics 31(3), 358-369. https://doi.org/10.1080/00401706.2013.806694",
        "Andrews, Stock & Sun (2019). Weak Instruments in Instrumental Variables Regression: Theory and Practice. "
        "Annual Review of Economics 11, 727-753. https://doi.org/10.1146/annurev-economics-080218-025643",
        "Hansen (1982). Large Sample Properties of Generalized Method of Moments Estimators. Econometrica 50(4), "
        "1029-1054. https://doi.org/10.2307/1912775",
    ),
    card="cerebro_causal:cards/iv.toml",
)

METHODS: tuple[Method, ...] = (IV,)
"""What the core lists."""
