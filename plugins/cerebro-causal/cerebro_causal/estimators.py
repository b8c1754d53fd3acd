"""By what each method can estimate; its default comes first."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

Estimator = Literal[
    "aipw", "dml", "regression", "gcomputation", "callaway_santanna", "sun_abraham", "imputation", "twfe"
]

ESTIMATORS = MappingProxyType(
    {
        "backdoor": ("aipw", "dml", "regression", "gcomputation"),
        "did": ("callaway_santanna", "sun_abraham", "imputation", "twfe"),
    }
)

WHY = MappingProxyType(
    {
        "aipw": "It errs only where both the model of the treatment and that of the outcome do, and learns bends.",
        "callaway_santanna": "It compares with untreated units only, so effects may differ by cohort and over time.",
    }
)
"""Why an estimator is the default of its method."""
