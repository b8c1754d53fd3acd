"""Methods and commands that plan an experiment: power analysis, bandits, assignment. Light: names code by string.

Each command that is added here needs its line among the entry points `cerebro.commands` in pyproject.toml, and its
section in docs/cli.md.
"""

from __future__ import annotations

from cerebro_abtest.methods import RANDOM, REQUIRES
from cerebro_core.method import Command, Method

POWER = Method(
    domain="abtest",
    name="power",
    title="Power analysis",
    summary="Solves for the sample size, the power or the smallest effect of an experiment, whichever is missing, and "
    "checks it by simulating the analysis.",
    spec="cerebro_abtest.power_spec:PowerAnalysisSpec",
    block="cerebro_abtest.blocks.power:analyse",
    requires=REQUIRES,
    needs=(
        "two of effect, sample size and power",
        "the control's share, or the outcome's standard deviation; or a history",
    ),
    assumes=(*RANDOM, "baseline and spread will be as said", "samples are large enough for means to be nearly normal"),
    estimands=("sample_size_per_arm", "power", "mde"),
    references=(
        "Cohen (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd edition. Erlbaum. "
        "https://doi.org/10.4324/9780203771587",
        "Fleiss, Levin & Paik (2003). Statistical Methods for Rates and Proportions, 3rd edition. Wiley. "
        "https://doi.org/10.1002/0471445428",
        "Chow, Shao & Wang (2008). Sample Size Calculations in Clinical Research, 2nd edition. Chapman & Hall. "
        "https://doi.org/10.1201/9781584889830",
        "Farrington & Manning (1990). Test Statistics and Sample Size Formulae for Comparative Binomial Trials. "
        "Statistics in Medicine 9, 1447-1454. https://doi.org/10.1002/sim.4780091208",
        "Jennison & Turnbull (2000). Group Sequential Methods with Applications to Clinical Trials. Chapman & Hall. "
        "https://doi.org/10.1201/9780367805326",
        "Donner & Klar (2000). Design and Analysis of Cluster Randomization Trials in Health Research. Arnold.",
        "Deng, Xu, Kohavi & Walker (2013). Improving the Sensitivity of Online Controlled Experiments by Utilizing "
        "Pre-Experiment Data. WSDM. https://doi.org/10.1145/2433396.2433413",
    ),
    card="cerebro_abtest:cards/power.toml",
)

DRAWS = "cerebro_abtest.blocks.assign_draws"
ASSIGN = Method(
    domain="abtest",
    name="assign",
    title="Assignment of units to arms",
    summary="Puts units or whole clusters into arms by chance: as one lot, within strata, in blocks, until covariates "
    "are balanced, or by hash; shows the balance, and tries the design on last period's outcome.",
    spec="cerebro_abtest.assign_spec:AssignSpec",
    block="cerebro_abtest.blocks.assign:analyse",
    requires=REQUIRES,
    choices={
        "scheme": {
            "complete": f"{DRAWS}:complete_draw",
            "stratified": f"{DRAWS}:stratified_draw",
            "blocked": f"{DRAWS}:blocked_draw",
            "rerandomised": f"{DRAWS}:rerandomised_draw",
            "hash": f"{DRAWS}:hash_draw",
        }
    },
    needs=("one row for each unit",),
    assumes=("what is known of the units was known before", "each unit will get the arm that it is given"),
    estimands=("n", "aa_difference"),
    references=(
        "Morgan & Rubin (2012). Rerandomization to Improve Covariate Balance in Experiments. Annals of Statistics 40, "
        "1263-1282. https://doi.org/10.1214/12-AOS1008",
        "Madow (1949). On the Theory of Systematic Sampling, II. Annals of Mathematical Statistics 20, 333-354. "
        "https://doi.org/10.1214/aoms/1177729988",
        "Austin (2009). Balance Diagnostics for Comparing the Distribution of Baseline Covariates between Treatment "
        "Groups. Statistics in Medicine 28, 3083-3107. https://doi.org/10.1002/sim.3697",
        "Kohavi, Tang & Xu (2020). Trustworthy Online Controlled Experiments. Cambridge University Press. "
        "https://doi.org/10.1017/9781108653985",
    ),
    card="cerebro_abtest:cards/assign.toml",
)

BANDIT = Method(
    domain="abtest",
    name="bandit",
    title="Bandit",
    summary="Values each arm, and policies of your own, from a log with propensities, also where the log came from a "
    "policy that learned; replays a policy on the log; and simulates what policies lose while they learn.",
    spec="cerebro_abtest.bandit_spec:BanditSpec",
    block="cerebro_abtest.blocks.bandit:analyse",
    requires=REQUIRES,
    needs=("one row for each play: arm and reward", "for off-policy values: the propensity of the arm that was played"),
    assumes=("propensities are those with which arms were played", "what an arm earns does not drift"),
    estimands=("mean", "policy_value", "mean_any_time", "effective_n", "replay", "regret", "n"),
    references=(
        "Hadad, Hirshberg, Zhan, Wager & Athey (2021). Confidence Intervals for Policy Evaluation in Adaptive "
        "Experiments. PNAS 118(15). https://doi.org/10.1073/pnas.2014602118",
        "Waudby-Smith, Wu, Ramdas, Karampatziakis & Mineiro (2022). Anytime-Valid Off-Policy Inference for Contextual "
        "Bandits. https://arxiv.org/abs/2210.10768",
        "Dudik, Langford & Li (2011). Doubly Robust Policy Evaluation and Learning. ICML. "
        "https://arxiv.org/abs/1103.4601",
        "Swaminathan & Joachims (2015). The Self-Normalized Estimator for Counterfactual Learning. NeurIPS. "
        "https://papers.nips.cc/paper/2015/hash/39027dfad5138c9ca0c474d71db915c3-Abstract.html",
        "Li, Chu, Langford & Wang (2011). Unbiased Offline Evaluation of Contextual-Bandit-Based News Article "
        "Recommendation Algorithms. WSDM. https://doi.org/10.1145/1935826.1935878",
        "Li, Chu, Langford & Schapire (2010). A Contextual-Bandit Approach to Personalized News Article "
        "Recommendation. WWW. https://doi.org/10.1145/1772690.1772758",
        "Agrawal & Goyal (2013). Thompson Sampling for Contextual Bandits with Linear Payoffs. ICML. "
        "https://arxiv.org/abs/1209.3352",
        "Auer, Cesa-Bianchi & Fischer (2002). Finite-Time Analysis of the Multiarmed Bandit Problem. Machine Learning "
        "47, 235-256. https://doi.org/10.1023/A:1013689704352",
    ),
    card="cerebro_abtest:cards/bandit.toml",
)

METHODS: tuple[Method, ...] = (POWER, ASSIGN, BANDIT)
COMMANDS: tuple[Command, ...] = (
    Command(
        name="power-analysis",
        domain="abtest",
        help="How many units an experiment needs, or which effect it can find.",
        spec="cerebro_abtest.power_spec:PowerAnalysisSpec",
        data_optional=True,
    ),
    Command(
        name="assign",
        domain="abtest",
        help="Put units into the arms of an experiment by chance, and show the balance.",
        spec="cerebro_abtest.assign_spec:AssignSpec",
        delivers="assigned.csv",
    ),
    Command(
        name="bandit",
        domain="abtest",
        help="What each arm of a bandit is worth by its log, and what a policy loses.",
        spec="cerebro_abtest.bandit_spec:BanditSpec",
    ),
)
