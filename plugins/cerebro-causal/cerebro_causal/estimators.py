"""By what each method can estimate; its default comes first."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

Estimator = Literal["aipw", "dml", "regression", "gcomputation"]

ESTIMATORS = MappingProxyType({"backdoor": ("aipw", "dml", "regression", "gcomputation")})

WHY = MappingProxyType(
    {"aipw": "It errs only where both the model of the treatment and that of the outcome do, and learns bends."}
)
"""Why an estimator is the default of its method."""
