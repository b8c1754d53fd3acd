"""The methods that compare arms by adjusting for confounders, or need not. Light: code is named by string."""

from __future__ import annotations

from types import MappingProxyType

from cerebro_core.method import Method

SPEC = "cerebro_causal.specs:CausalInferenceSpec"
NUMERIC = MappingProxyType(
    {
        "matplotlib": "matplotlib>=3.10",
        "numpy": "numpy>=2.1",
        "pandas": "pandas>=2.2",
        "scipy": "scipy>=1.15",
    }
)

RCT = Method(
    domain="causal",
    name="rct",
    title="Experiment: adjusted difference between arms",
    summary="Compares arms that chance assigned, adjusting for what was known before, within blocks and clusters.",
    spec=SPEC,
    block="cerebro_causal.blocks.rct:analyse",
    requires=NUMERIC,
    needs=(
        "one row a unit, with its arm and its outcome",
        "at least ten rows of each arm; with clusters, at least two clusters in each arm and four in all",
    ),
    assumes=(
        "chance decided about the arm: no column can show it, so you have to say --design experiment",
        "no unit's treatment changes another unit's outcome",
        "the columns that are adjusted for were measured before the treatment",
        "outcomes are missing, if any are, for reasons that have nothing to do with the arm",
    ),
    estimands=("ate", "difference_in_means", "mean_outcome"),
    references=(
        "Lin (2013). Agnostic Notes on Regression Adjustments to Experimental Data: Reexamining Freedman's Critique. "
        "Annals of Applied Statistics 7(1), 295-318. https://doi.org/10.1214/12-AOAS583",
        "Bell & McCaffrey (2002). Bias Reduction in Standard Errors for Linear Regression with Multi-Stage Samples. "
        "Survey Methodology 28(2), 169-181.",
        "Imbens & Kolesár (2016). Robust Standard Errors in Small Samples: Some Practical Advice. Review of Economics "
        "and Statistics 98(4), 701-712. https://doi.org/10.1162/REST_a_00552",
        "de Chaisemartin & Ramirez-Cuellar (2024). At What Level Should One Cluster Standard Errors in Paired and "
        "Small-Strata Experiments? American Economic Journal: Applied Economics 16(1), 193-212. "
        "https://doi.org/10.1257/app.20210252",
    ),
    card="cerebro_causal:cards/rct.toml",
)

IPW = Method(
    domain="causal",
    name="ipw",
    title="Inverse probability weighting",
    summary="Weights rows by the inverse of their estimated chance of the arm that they are in, so that both arms look "
    "like those whom the question is about.",
    spec=SPEC,
    block="cerebro_causal.blocks.ipw:analyse",
    requires=NUMERIC,
    needs=("one row a unit: a treatment of two values, an outcome, and what was known before the treatment",),
    assumes=(
        "whatever moves both treatment and outcome is among the confounders, and was there before the treatment",
        "each row could have been treated or not (overlap)",
        "the chance of treatment follows a logistic regression on the confounders",
        "no unit's treatment changes another unit's outcome",
    ),
    estimands=("ate", "att", "atc", "ato"),
    references=(
        "Lunceford & Davidian (2004). Stratification and Weighting via the Propensity Score in Estimation of Causal "
        "Treatment Effects. Statistics in Medicine 23(19), 2937-2960. https://doi.org/10.1002/sim.1903",
        "Li, Morgan & Zaslavsky (2018). Balancing Covariates via Propensity Score Weighting. Journal of the American "
        "Statistical Association 113(521), 390-400. https://doi.org/10.1080/01621459.2016.1260466",
        "Crump, Hotz, Imbens & Mitnik (2009). Dealing with Limited Overlap in Estimation of Average Treatment Effects. "
        "Biometrika 96(1), 187-199. https://doi.org/10.1093/biomet/asn055",
        "Stuart (2010). Matching Methods for Causal Inference: A Review and a Look Forward. Statistical Science 25(1), "
        "1-21. https://doi.org/10.1214/09-STS313",
        "VanderWeele & Ding (2017). Sensitivity Analysis in Observational Research: Introducing the E-Value. Annals of "
        "Internal Medicine 167(4), 268-274. https://doi.org/10.7326/M16-2607",
        "Cinelli & Hazlett (2020). Making Sense of Sensitivity: Extending Omitted Variable Bias. Journal of the Royal "
        "Statistical Society B 82(1), 39-67. https://doi.org/10.1111/rssb.12348",
    ),
    card="cerebro_causal:cards/ipw.toml",
)

METHODS: tuple[Method, ...] = (RCT, IPW)
