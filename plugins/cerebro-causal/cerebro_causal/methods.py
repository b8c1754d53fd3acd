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

BACKDOOR = Method(
    domain="causal",
    name="backdoor",
    title="Adjustment for confounders",
    summary="Compares treated and untreated rows that are alike in their confounders: doubly robust with cross-fitted "
    "machine learning, double machine learning, or a regression.",
    spec=SPEC,
    block="cerebro_causal.blocks.backdoor:analyse",
    requires=MappingProxyType({**NUMERIC, "sklearn": "scikit-learn>=1.6", "threadpoolctl": "threadpoolctl>=3.5"}),
    choices=MappingProxyType(
        {
            "estimator": MappingProxyType(
                {
                    "aipw": "cerebro_causal.blocks.doubly_robust:adjust_aipw",
                    "dml": "cerebro_causal.blocks.doubly_robust:adjust_dml",
                    "regression": "cerebro_causal.blocks.adjustment:adjust_regression",
                    "gcomputation": "cerebro_causal.blocks.adjustment:adjust_gcomputation",
                }
            )
        }
    ),
    needs=(
        "one row a unit: a treatment, an outcome, and what was known before the treatment",
        "a treatment of two values; with --estimator dml or regression also a number (a dose)",
    ),
    assumes=(
        "whatever moves both treatment and outcome is among the confounders, and was there before the treatment",
        "each row could have been treated or not (overlap)",
        "the learners, or for regression and gcomputation the straight lines, describe treatment and outcome well",
        "no unit's treatment changes another unit's outcome",
    ),
    estimands=("ate", "att", "atc", "ato"),
    references=(
        "Robins, Rotnitzky & Zhao (1994). Estimation of Regression Coefficients When Some Regressors Are Not Always "
        "Observed. Journal of the American Statistical Association 89(427), 846-866. "
        "https://doi.org/10.1080/01621459.1994.10476818",
        "Chernozhukov, Chetverikov, Demirer, Duflo, Hansen, Newey & Robins (2018). Double/Debiased Machine Learning "
        "for Treatment and Structural Parameters. Econometrics Journal 21(1), C1-C68. "
        "https://doi.org/10.1111/ectj.12097",
        "Ahrens, Hansen, Schaffer & Wiemann (2025). Model Averaging and Double Machine Learning. Journal of Applied "
        "Econometrics 40(3), 249-269. https://doi.org/10.1002/jae.3103",
        "Angrist (1998). Estimating the Labor Market Impact of Voluntary Military Service Using Social Security Data "
        "on Military Applicants. Econometrica 66(2), 249-288. https://doi.org/10.2307/2998558",
        "Cinelli & Hazlett (2020). Making Sense of Sensitivity: Extending Omitted Variable Bias. Journal of the Royal "
        "Statistical Society B 82(1), 39-67. https://doi.org/10.1111/rssb.12348",
    ),
    card="cerebro_causal:cards/backdoor.toml",
)

METHODS: tuple[Method, ...] = (RCT, IPW, BACKDOOR)
