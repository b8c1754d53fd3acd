"""By what each method can estimate; its default comes first."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

Estimator = Literal["aipw", "dml", "regression", "gcomputation", "2sls", "liml", "gmm"]

ESTIMATORS = MappingProxyType(
    {"backdoor": ("aipw", "dml", "regression", "gcomputation"), "iv": ("2sls", "liml", "gmm")}
)

WHY = MappingProxyType(
    {
        "aipw": "It errs only where both the model of the treatment and that of the outcome do, and learns bends.",
        "2sls": "Two-stage least squares averages the effects of those whom each instrument moves, with weights that "
        "are known; the checks say where its rivals (liml for many instruments, gmm for unequal spread) matter.",
        "liml": "Limited-information maximum likelihood is less biased where there are many instruments, or weak ones.",
        "gmm": "The generalised method of moments weighs several instruments by how precise each is.",
    }
)
"""Why an estimator is taken, as an agent says it."""
