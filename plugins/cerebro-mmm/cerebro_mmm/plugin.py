"""What the marketing mix plugin gives the core. Light: nothing heavy is imported before it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cerebro_core.hookspecs import hookimpl
from cerebro_core.method import Command, CorpusSource, Method

if TYPE_CHECKING:
    from cerebro_core.decisions import Proposal, Request
    from cerebro_core.findings import Finding
    from cerebro_core.spec import AnalysisSpec
    from cerebro_core.table import Table

NUMPYRO = Method(
    domain="mmm",
    name="numpyro",
    title="Bayesian marketing mix model (NumPyro)",
    summary="Splits the outcome into a baseline and the contribution of each channel, with carry-over and diminishing "
    "returns, by Bayesian regression in NumPyro.",
    spec="cerebro_mmm.specs:MMMSpec",
    block="cerebro_mmm.blocks.numpyro:analyse",
    requires={
        "jax": "jax>=0.6",
        "numpyro": "numpyro>=0.19",
        "numpy": "numpy>=2.1",
        "scipy": "scipy>=1.15",
        "pandas": "pandas>=2.2",
        "matplotlib": "matplotlib>=3.10",
    },
    choices={
        "adstock": {"geometric": "cerebro_mmm.blocks.adstock:geometric_adstock"},
        "saturation": {
            "hill": "cerebro_mmm.blocks.saturation:hill",
            "logistic": "cerebro_mmm.blocks.saturation:logistic",
        },
        "inference": {"nuts": "cerebro_mmm.blocks.nuts:sample_nuts", "svi": "cerebro_mmm.blocks.svi:fit_svi"},
    },
    needs=(
        "one row a day or a week, without gaps, for one market",
        "a numeric outcome such as sales or revenue",
        "the spend of each media channel, zero where there was none",
        "two years or more of weeks, better three, and channels whose spend went up and down",
    ),
    assumes=(
        "whatever moves both spend and outcome is among the controls, the trend, the season or the events",
        "spend works on the outcome, and the outcome of a week does not set the spend of that week",
        "the effect of a channel adds to the others and keeps its strength over the whole period",
        "the effect of spend fades by the same share every row, and its returns diminish once spend is large",
    ),
    estimands=("contribution", "contribution_share", "roas", "mroas", "baseline", "total_media", "budget_gain"),
    references=(
        "Jin, Wang, Sun, Chan & Koehler (2017). Bayesian Methods for Media Mix Modeling with Carryover and Shape "
        "Effects. Google. https://research.google/pubs/pub46001/",
        "Chan & Perry (2017). Challenges and Opportunities in Media Mix Modeling. Google. "
        "https://research.google/pubs/pub45998/",
        "Hoffman & Gelman (2014). The No-U-Turn Sampler. Journal of Machine Learning Research 15, 1593-1623. "
        "https://jmlr.org/papers/v15/hoffman14a.html",
        "Phan, Pradhan & Jankowiak (2019). Composable Effects for Flexible and Accelerated Probabilistic Programming "
        "in NumPyro. https://arxiv.org/abs/1912.11554",
        "Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021). Rank-Normalization, Folding, and Localization: An "
        "Improved R-hat. Bayesian Analysis 16(2), 667-718. https://doi.org/10.1214/20-BA1221",
        "Betancourt (2017). A Conceptual Introduction to Hamiltonian Monte Carlo. https://arxiv.org/abs/1701.02434",
        "Yao, Vehtari, Simpson & Gelman (2018). Yes, but Did It Work?: Evaluating Variational Inference. ICML, PMLR "
        "80, 5581-5590. https://proceedings.mlr.press/v80/yao18a.html",
        "Vehtari, Simpson, Gelman, Yao & Gabry (2024). Pareto Smoothed Importance Sampling. Journal of Machine "
        "Learning Research 25(72), 1-58. https://jmlr.org/papers/v25/19-556.html",
    ),
    card="cerebro_mmm:cards/numpyro.toml",
)


@hookimpl
def cerebro_specs() -> Iterable[type[AnalysisSpec]]:
    from cerebro_mmm.specs import MMMSpec

    return [MMMSpec]


@hookimpl
def cerebro_methods() -> Iterable[Method]:
    return [NUMPYRO]


@hookimpl
def cerebro_propose(request: Request, table: Table) -> Iterable[Proposal]:
    from cerebro_mmm.agents.propose import propose

    return propose(request, table)


@hookimpl
def cerebro_validate(spec: AnalysisSpec, table: Table) -> Iterable[Finding]:
    from cerebro_mmm.checks import validate
    from cerebro_mmm.specs import MMMSpec

    return validate(spec, table) if isinstance(spec, MMMSpec) else []


@hookimpl
def cerebro_corpus() -> Iterable[CorpusSource]:
    return [CorpusSource(name="cerebro-mmm-cards", kind="cards", location="cerebro_mmm:cards")]


@hookimpl
def cerebro_commands() -> Iterable[Command]:
    return [
        Command(
            name="mmm",
            domain="mmm",
            help="What each marketing channel earned, and how to spend the next budget.",
            spec="cerebro_mmm.specs:MMMSpec",
        )
    ]
