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

FORMS: dict[str, dict[str, str]] = {
    "form": {"given": "cerebro_mmm.blocks.forms:given_form", "auto": "cerebro_mmm.blocks.forms:usual_forms"},
    "adstock": {
        "geometric": "cerebro_mmm.blocks.adstock:geometric_adstock",
        "delayed": "cerebro_mmm.blocks.adstock:delayed_adstock",
        "weibull_pdf": "cerebro_mmm.blocks.adstock:weibull_pdf_adstock",
        "weibull_cdf": "cerebro_mmm.blocks.adstock:weibull_cdf_adstock",
    },
    "saturation": {
        "hill": "cerebro_mmm.blocks.saturation:hill",
        "logistic": "cerebro_mmm.blocks.saturation:logistic",
    },
}

COMMON = {
    "numpy": "numpy>=2.1",
    "scipy": "scipy>=1.15",
    "pandas": "pandas>=2.2",
    "matplotlib": "matplotlib>=3.10",
    "holidays": "holidays>=0.80",
}

NEEDS = (
    "one row a day or a week, without gaps, for one market or for each of several regions",
    "a numeric outcome such as sales or revenue",
    "the spend of each media channel, zero where there was none, and what people saw of it where you know that",
    "two years or more of weeks, better three, and channels whose spend went up and down",
)

ASSUMES = (
    "whatever moves both spend and outcome is among the controls, the trend, the season or the events",
    "spend works on the outcome, and the outcome of a week does not set the spend of that week",
    "the effect of a channel adds to the others and keeps its strength over the whole period",
    "the effect of spend fades as the adstock says, and its returns diminish as the saturation says",
)

ESTIMANDS = ("contribution", "contribution_share", "roas", "mroas", "baseline", "total_media", "budget_gain")

REFERENCES = (
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
    "Yao, Vehtari, Simpson & Gelman (2018). Using Stacking to Average Bayesian Predictive Distributions. Bayesian "
    "Analysis 13(3), 917-1007. https://doi.org/10.1214/17-BA1091",
    "Cornuet, Marin, Mira & Robert (2012). Adaptive Multiple Importance Sampling. Scandinavian Journal of Statistics "
    "39(4), 798-812. https://doi.org/10.1111/j.1467-9469.2011.00756.x",
)


def engine(
    name: str, title: str, library: str, requires: dict[str, str], inference: dict[str, str], **more: dict[str, str]
) -> Method:
    """A method of this domain: the same model, fitted by another library."""
    return Method(
        domain="mmm",
        name=name,
        title=f"Bayesian marketing mix model ({title})",
        summary="Splits the outcome into a baseline and the contribution of each channel, with carry-over and "
        f"diminishing returns, by Bayesian regression in {library}.",
        spec="cerebro_mmm.specs:MMMSpec",
        block="cerebro_mmm.blocks.analysis:analyse",
        requires={**COMMON, **requires},
        choices={**FORMS, "inference": inference, **more},
        needs=NEEDS,
        assumes=ASSUMES,
        estimands=ESTIMANDS,
        references=REFERENCES,
        card=f"cerebro_mmm:cards/{name}.toml",
    )


NUMPYRO = engine(
    "numpyro",
    "NumPyro",
    "NumPyro",
    {"jax": "jax>=0.6", "numpyro": "numpyro>=0.19"},
    {
        "fast": "cerebro_mmm.blocks.fast_numpyro:fit_fast_numpyro",
        "nuts": "cerebro_mmm.blocks.nuts:sample_nuts",
        "svi": "cerebro_mmm.blocks.svi:fit_svi",
    },
)


PYMC = engine(
    "pymc",
    "PyMC",
    "PyMC",
    {"pymc": "pymc>=6.4", "pytensor": "pytensor>=3", "nutpie": "nutpie>=0.16"},
    {
        "fast": "cerebro_mmm.blocks.fast_pymc:fit_fast_pymc",
        "nuts": "cerebro_mmm.blocks.pymc_nuts:sample_pymc",
    },
)

STAN = engine(
    "stan",
    "Stan",
    "Stan",
    {"stanli": "stanli>=0.24", "cmdstanpy": "cmdstanpy>=1.2"},
    {
        "fast": "cerebro_mmm.blocks.stan_engine:fit_fast_stan",
        "nuts": "cerebro_mmm.blocks.stan_engine:sample_stan",
    },
    stan_runtime={
        "stanli": "cerebro_mmm.blocks.stan_nuts:sample_stanli",
        "cmdstanpy": "cerebro_mmm.blocks.stan_nuts:sample_cmdstan",
    },
)


@hookimpl
def cerebro_specs() -> Iterable[type[AnalysisSpec]]:
    from cerebro_mmm.specs import MMMSpec

    return [MMMSpec]


@hookimpl
def cerebro_methods() -> Iterable[Method]:
    return [NUMPYRO, PYMC, STAN]


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
        ),
        Command(
            name="budget",
            domain="mmm",
            help="Split a budget anew with a fitted marketing mix model, without fitting again.",
            run="cerebro_mmm.commands.budget:budget",
        ),
        Command(
            name="forecast",
            domain="mmm",
            help="What a media plan should sell, by a fitted marketing mix model.",
            run="cerebro_mmm.commands.forecast:forecast",
        ),
        Command(
            name="refresh",
            domain="mmm",
            help="Fit a marketing mix model to newer data and say how its answers moved.",
            run="cerebro_mmm.commands.refresh:refresh",
        ),
    ]
