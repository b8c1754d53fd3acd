"""Two-stage least squares, LIML and GMM, by linearmodels."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from linearmodels.iv import IV2SLS, IVGMM, IVLIML

from cerebro_causal.blocks.influence import Effect
from cerebro_causal.blocks.iv_sample import InstrumentSample


@dataclass(frozen=True)
class Overidentification:
    """The test whether several instruments tell the same effect.

    Attributes:
        name: "Sargan" or "Hansen".
        statistic, degrees, p_value: of the chi-squared test.
    """

    name: str
    statistic: float
    degrees: int
    p_value: float


def error_settings(sample: InstrumentSample, errors: str) -> dict[str, Any]:
    """How linearmodels is to compute errors."""
    if sample.study.clustered:
        return {"cov_type": "clustered", "debiased": True, "clusters": sample.study.clusters}
    return {"cov_type": "robust" if errors == "robust" else "unadjusted", "debiased": True}


def model_inputs(sample: InstrumentSample) -> dict[str, Any]:
    """Arrays for linearmodels, whose names are its own."""
    study = sample.study
    return {
        "dependent": study.outcome,
        "exog": sample.base,
        "endog": study.cause,
        "instruments": sample.instruments,
        "weights": study.weights if study.weighted else None,
    }


def instrumental_effect(sample: InstrumentSample, estimator: str, errors: str) -> Effect:
    """The effect of one more unit of the treatment, with its ordinary (Wald) error.

    Args:
        sample: the rows.
        estimator: "2sls", "liml" or "gmm" (two steps).
        errors: "robust" or "classical"; clusters go first.
    """
    settings = error_settings(sample, errors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if estimator == "gmm":
            found = gmm_model(sample, errors).fit(**settings)
        else:
            kind = IVLIML if estimator == "liml" else IV2SLS
            found = kind(**model_inputs(sample)).fit(**settings)
    place = sample.base.shape[1]
    degrees = len(np.unique(sample.study.clusters)) - 1 if sample.study.clustered else found.df_resid
    return Effect(float(found.params.iloc[place]), float(found.std_errors.iloc[place]), float(degrees))


def gmm_model(sample: InstrumentSample, errors: str) -> Any:
    """GMM with weights that fit the errors."""
    if sample.study.clustered:
        return IVGMM(**model_inputs(sample), weight_type="clustered", clusters=sample.study.clusters)
    return IVGMM(**model_inputs(sample), weight_type="robust" if errors == "robust" else "unadjusted")


def overidentification_test(sample: InstrumentSample, errors: str) -> Overidentification | None:
    """Sargan's test where errors are classical, else Hansen's; None where one instrument leaves nothing to test."""
    if sample.instruments.shape[1] < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if errors == "classical" and not sample.study.clustered:
            name, test = "Sargan", IV2SLS(**model_inputs(sample)).fit(cov_type="unadjusted").sargan
        else:
            name, test = "Hansen", gmm_model(sample, errors).fit(**error_settings(sample, errors)).j_stat
    return Overidentification(name, float(test.stat), int(test.df), float(test.pval))
