"""Difference in differences, as the core lists it. Light: code is named by string."""

from __future__ import annotations

from types import MappingProxyType

from cerebro_causal.methods import NUMERIC, SPEC
from cerebro_core.method import Method

DID = Method(
    domain="causal",
    name="did",
    title="Difference in differences",
    summary="Compares what happened to the treated since they were treated with what happened to the untreated at the "
    "same time, also where treatment began at several times.",
    spec=SPEC,
    block="cerebro_causal.blocks.did:analyse",
    requires=MappingProxyType(
        {
            **NUMERIC,
            "diff_diff": "diff-diff>=3.13",
            "causalpy": "causalpy>=1.0.0rc1",
            "pymc_extras": "pymc-extras>=0.4",
        }
    ),
    choices=MappingProxyType(
        {
            "estimator": MappingProxyType(
                {
                    "callaway_santanna": "cerebro_causal.blocks.did_fit:did_callaway_santanna",
                    "sun_abraham": "cerebro_causal.blocks.did_fit:did_sun_abraham",
                    "imputation": "cerebro_causal.blocks.did_fit:did_imputation",
                    "twfe": "cerebro_causal.blocks.did_twfe:did_twfe",
                }
            ),
            "inference": MappingProxyType(
                {
                    "auto": "cerebro_causal.blocks.did_inference:infer_auto",
                    "analytic": "cerebro_causal.blocks.did_inference:infer_analytic",
                    "jackknife": "cerebro_causal.blocks.did_inference:infer_jackknife",
                    "cr2": "cerebro_causal.blocks.did_inference:infer_cr2",
                    "wild": "cerebro_causal.blocks.did_inference:infer_wild",
                    "bayesian": "cerebro_causal.blocks.did_bayesian:infer_bayesian",
                }
            ),
        }
    ),
    needs=(
        "rows with a period (--time), from before and after the treatment began",
        "who was treated when: a 0/1 column that switches on, a group and two periods, or the first treated period",
        "in a panel the unit of each row; at least two treated and two untreated clusters",
    ),
    assumes=(
        "without the treatment, treated and untreated would have moved in parallel (given the confounders)",
        "the treatment did not act before it began, but for the periods that --anticipation says",
        "treatment stays, once it has begun",
        "no unit's treatment changes another unit's outcome",
    ),
    estimands=("att", "event_study", "group_att"),
    references=(
        "Callaway & Sant'Anna (2021). Difference-in-Differences with Multiple Time Periods. Journal of Econometrics "
        "225(2), 200-230. https://doi.org/10.1016/j.jeconom.2020.12.001",
        "Sun & Abraham (2021). Estimating Dynamic Treatment Effects in Event Studies with Heterogeneous Treatment "
        "Effects. Journal of Econometrics 225(2), 175-199. https://doi.org/10.1016/j.jeconom.2020.09.006",
        "Borusyak, Jaravel & Spiess (2024). Revisiting Event-Study Designs: Robust and Efficient Estimation. Review of "
        "Economic Studies 91(6), 3253-3285. https://doi.org/10.1093/restud/rdae007",
        "Goodman-Bacon (2021). Difference-in-Differences with Variation in Treatment Timing. Journal of Econometrics "
        "225(2), 254-277. https://doi.org/10.1016/j.jeconom.2021.03.014",
        "de Chaisemartin & D'Haultfoeuille (2020). Two-Way Fixed Effects Estimators with Heterogeneous Treatment "
        "Effects. American Economic Review 110(9), 2964-2996. https://doi.org/10.1257/aer.20181169",
        "Rambachan & Roth (2023). A More Credible Approach to Parallel Trends. Review of Economic Studies 90(5), "
        "2555-2591. https://doi.org/10.1093/restud/rdad018",
        "Roth (2022). Pretest with Caution: Event-Study Estimates after Testing for Parallel Trends. American Economic "
        "Review: Insights 4(3), 305-322. https://doi.org/10.1257/aeri.20210236",
        "MacKinnon, Nielsen & Webb (2023). Cluster-Robust Inference: A Guide to Empirical Practice. Journal of "
        "Econometrics 232(2), 272-299. https://doi.org/10.1016/j.jeconom.2022.04.001",
    ),
    card="cerebro_causal:cards/did.toml",
)

METHODS: tuple[Method, ...] = (DID,)
