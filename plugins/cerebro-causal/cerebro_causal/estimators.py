"""By what each method can estimate; its default comes first."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

Estimator = Literal[
    "aipw", "dml", "regression", "gcomputation", "2sls", "liml", "gmm", "callaway_santanna", "sun_abraham",
    "imputation", "twfe"
]  # fmt: skip

ESTIMATORS = MappingProxyType(
    {
        "backdoor": ("aipw", "dml", "regression", "gcomputation"),
        "iv": ("2sls", "liml", "gmm"),
        "did": ("callaway_santanna", "sun_abraham", "imputation", "twfe"),
    }
)

WHY = MappingProxyType(
    {
        "aipw": "It errs only where both the model of the treatment and that of the outcome do, and learns bends.",
        "2sls": "Two-stage least squares averages the effects of those whom each instrument moves, with weights that "
        "are known; the checks say where its rivals (liml for many instruments, gmm for unequal spread) matter.",
        "liml": "Limited-information maximum likelihood is less biased where there are many instruments, or weak ones.",
        "gmm": "The generalised method of moments weighs several instruments by how precise each is.",
        "callaway_santanna": "It compares with untreated units only, so effects may differ by cohort and over time.",
    }
)
"""Why an estimator is taken, as an agent says it."""
