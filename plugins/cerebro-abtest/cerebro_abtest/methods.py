"""The methods that analyse an experiment. Light: names code by string."""

from __future__ import annotations

from cerebro_core.method import Method

SPEC = "cerebro_abtest.specs:ABTestSpec"
REQUIRES = {
    "matplotlib": "matplotlib>=3.10",
    "numpy": "numpy>=2.1",
    "pandas": "pandas>=2.2",
    "scipy": "scipy>=1.15",
}
RANDOM = (
    "units were put into arms by chance, with the planned shares",
    "what one unit gets changes no other unit's outcome",
)
BLOCKS = "cerebro_abtest.blocks"

FREQUENTIST = Method(
    domain="abtest",
    name="frequentist",
    title="Experiment at its planned end (frequentist)",
    summary="Compares each arm with the control on means, ratios, proportions, ranks or quantiles, with adjustment for "
    "covariates, strata and clusters, and intervals that hold for several arms together.",
    spec=SPEC,
    block=f"{BLOCKS}.frequentist:analyse",
    requires=REQUIRES,
    choices={
        "test": {
            "welch": f"{BLOCKS}.mean_tests:welch_test",
            "student": f"{BLOCKS}.mean_tests:student_test",
            "z": f"{BLOCKS}.proportions:z_test",
            "chi2": f"{BLOCKS}.proportions:chi2_test",
            "fisher": f"{BLOCKS}.exact_tests:fisher_test",
            "boschloo": f"{BLOCKS}.exact_tests:boschloo_test",
            "mann-whitney": f"{BLOCKS}.ranks:mann_whitney_test",
            "permutation": f"{BLOCKS}.permutations:permutation_test",
            "quantile": f"{BLOCKS}.quantile_tests:quantile_test",
        },
        "correction": {
            "none": f"{BLOCKS}.multiplicity:uncorrected",
            "holm": f"{BLOCKS}.multiplicity:holm_correction",
            "bh": f"{BLOCKS}.multiplicity:bh_correction",
            "dunnett": f"{BLOCKS}.multiplicity:dunnett_correction",
        },
    },
    needs=(
        "one row for each unit, or the column that says which rows are of one unit (--cluster)",
        "a column with the arm of each row, and one with its outcome",
    ),
    assumes=(*RANDOM, "the data is looked at once, at the planned end"),
    estimands=("difference", "relative_lift", "mean", "n"),
    references=(
        "Welch (1947). The Generalization of 'Student's' Problem When Several Different Population Variances Are "
        "Involved. Biometrika 34, 28-35. https://doi.org/10.1093/biomet/34.1-2.28",
        "Deng, Xu, Kohavi & Walker (2013). Improving the Sensitivity of Online Controlled Experiments by Utilizing "
        "Pre-Experiment Data. WSDM. https://doi.org/10.1145/2433396.2433413",
        "Lin (2013). Agnostic Notes on Regression Adjustments to Experimental Data. Annals of Applied Statistics 7, "
        "295-318. https://doi.org/10.1214/12-AOAS583",
        "Deng, Knoblich & Lu (2018). Applying the Delta Method in Metric Analytics. KDD. "
        "https://doi.org/10.1145/3219819.3219919",
        "Dunnett (1955). A Multiple Comparison Procedure for Comparing Several Treatments with a Control. JASA 50, "
        "1096-1121. https://doi.org/10.1080/01621459.1955.10501294",
        "Pustejovsky & Tipton (2018). Small-Sample Methods for Cluster-Robust Variance Estimation. Journal of Business "
        "& Economic Statistics 36, 672-683. https://doi.org/10.1080/07350015.2016.1247004",
    ),
    card="cerebro_abtest:cards/frequentist.toml",
)

BAYESIAN = Method(
    domain="abtest",
    name="bayesian",
    title="Experiment, Bayesian",
    summary="Says how probable it is that each arm is best and what a wrong choice costs, by exact integrals over the "
    "posteriors of the arms.",
    spec=SPEC,
    block=f"{BLOCKS}.bayesian:analyse",
    requires=REQUIRES,
    choices={
        "model": {
            "beta": f"{BLOCKS}.bayes_models:beta_model",
            "normal": f"{BLOCKS}.bayes_models:normal_model",
            "lognormal": f"{BLOCKS}.bayes_models:lognormal_model",
            "poisson": f"{BLOCKS}.bayes_models:poisson_model",
            "each": f"{BLOCKS}.bayes_models:each_model",
        }
    },
    needs=("one row for each unit, or the column that says which rows are of one unit", "an arm and an outcome"),
    assumes=(*RANDOM, "the model's distribution fits the outcome, and its priors say what was known before"),
    estimands=("difference", "relative_lift", "p_superior", "probability_best", "expected_loss", "mean", "n"),
    references=(
        "Gelman et al. (2013). Bayesian Data Analysis, 3rd edition. CRC Press. "
        "https://sites.stat.columbia.edu/gelman/book/",
        "Stucchio (2015). Bayesian A/B Testing at VWO. "
        "https://vwo.com/downloads/VWO_SmartStats_technical_whitepaper.pdf",
        "Kruschke (2018). Rejecting or Accepting Parameter Values in Bayesian Estimation. Advances in Methods and "
        "Practices in Psychological Science 1, 270-280. https://doi.org/10.1177/2515245918771304",
        "Fabrizi & Trivisano (2012). Bayesian Estimation of Log-Normal Means with Finite Quadratic Expected Loss. "
        "Bayesian Analysis 7, 975-996. https://doi.org/10.1214/12-BA733",
    ),
    card="cerebro_abtest:cards/bayesian.toml",
)

SEQUENTIAL = Method(
    domain="abtest",
    name="sequential",
    title="Experiment with several looks (sequential)",
    summary="Intervals and p-values that hold at all looks together, so that an experiment may be stopped early: by "
    "group-sequential boundaries, betting for bounded outcomes, or asymptotic sequences.",
    spec=SPEC,
    block=f"{BLOCKS}.sequential:analyse",
    requires=REQUIRES,
    choices={
        "sequence": {
            "group": f"{BLOCKS}.sequence_group:group_sequence",
            "msprt": f"{BLOCKS}.sequence_mixture:msprt_sequence",
            "asymptotic": f"{BLOCKS}.sequence_mixture:asymptotic_sequence",
            "bounded": f"{BLOCKS}.sequence_bounded:bounded_sequence",
        }
    },
    needs=(
        "one row for each unit, or the column that says which rows are of one unit (--cluster)",
        "a column with the arm, one with the outcome, and for several looks the date on which each unit entered",
    ),
    assumes=(*RANDOM, "group: looks do not depend on what was seen; asymptotic and msprt: samples are large"),
    estimands=("difference", "relative_lift", "mean", "n"),
    references=(
        "Jennison & Turnbull (2000). Group Sequential Methods with Applications to Clinical Trials. Chapman & Hall. "
        "https://doi.org/10.1201/9780367805326",
        "Lan & DeMets (1983). Discrete Sequential Boundaries for Clinical Trials. Biometrika 70, 659-663. "
        "https://doi.org/10.1093/biomet/70.3.659",
        "Waudby-Smith & Ramdas (2024). Estimating Means of Bounded Random Variables by Betting. JRSS B 86, 1-27. "
        "https://doi.org/10.1093/jrsssb/qkad009",
        "Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024). Time-Uniform Central Limit Theory and Asymptotic "
        "Confidence Sequences. Annals of Statistics 52, 2613-2640. https://arxiv.org/abs/2103.06476",
        "Johari, Koomen, Pekelis & Walsh (2022). Always Valid Inference: Continuous Monitoring of A/B Tests. "
        "Operations "
        "Research 70, 1806-1821. https://doi.org/10.1287/opre.2021.2135",
        "Lindon & Malek (2022). Anytime-Valid Inference for Multinomial Count Data. NeurIPS. "
        "https://arxiv.org/abs/2011.03567",
    ),
    card="cerebro_abtest:cards/sequential.toml",
)

HIERARCHICAL = Method(
    domain="abtest",
    name="hierarchical",
    title="Experiment by segment (hierarchical, PyMC)",
    summary="Estimates the effect in every segment together, so that segments with few rows borrow from the others.",
    spec=SPEC,
    block=f"{BLOCKS}.hierarchical:analyse",
    requires={**REQUIRES, "pymc": "pymc>=5.20"},
    needs=("one row for each unit", "an arm, an outcome, and a column with three segments or more"),
    assumes=(*RANDOM, "the effects of the segments are like draws from one normal distribution"),
    estimands=("difference", "relative_lift", "p_superior", "segment_difference"),
    references=(
        "Gelman et al. (2013). Bayesian Data Analysis, 3rd edition, chapter 5. CRC Press. "
        "https://sites.stat.columbia.edu/gelman/book/",
        "Betancourt & Girolami (2015). Hamiltonian Monte Carlo for Hierarchical Models. "
        "https://arxiv.org/abs/1312.0906",
        "Abril-Pla et al. (2023). PyMC: A Modern and Comprehensive Probabilistic Programming Framework in Python. "
        "PeerJ "
        "Computer Science 9, e1516. https://doi.org/10.7717/peerj-cs.1516",
    ),
    card="cerebro_abtest:cards/hierarchical.toml",
)

METHODS = (FREQUENTIST, BAYESIAN, SEQUENTIAL, HIERARCHICAL)
